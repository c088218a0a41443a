"""Shows that did not go as planned end by themselves, too, with their warnings: see test_timers.py."""

from chalicelib.bookings.states import State
from chalicelib.endings.rules.times import DECIDED_WITHIN, MISSED_BY_CLOCK_AFTER, STATED_WITHIN
from tests.fakes.console import OPERATOR, STARTS, console, market
from tests.unit.timers_kit import DAY, HOUR, MINUTE, Play, both, kinds, play, signed

__all__ = ["console", "market", "play"]


def test_a_show_that_nobody_starts_counts_as_not_held_a_day_after_its_planned_end(play: Play) -> None:
    booking_id = signed(play).bookings[0].booking_id
    ends = STARTS + HOUR + MISSED_BY_CLOCK_AFTER
    assert kinds(play.at(ends - DAY / 2 - MINUTE), "show_not_started") == []
    assert kinds(play.at(ends - DAY / 2), "show_not_started") == both("show_not_started")
    assert kinds(play.at(ends - MINUTE), "show_not_started", "show_missed") == []
    assert play.console.services.bookings.booking(booking_id).state is State.CONTRACTED
    assert kinds(play.at(ends), "show_not_started", "show_missed") == both("show_missed")
    assert play.console.services.bookings.booking(booking_id).state is State.NO_SHOW
    assert kinds(play.at(ends + DAY), "show_not_started", "show_missed") == []


def test_a_dispute_takes_statements_then_a_decision_and_lapses_without_one(play: Play) -> None:
    contract, found = signed(play), play.console.services
    booking_id, raised = contract.bookings[0].booking_id, STARTS + 2 * HOUR
    play.market.on_air(contract.bookings[0].show_id)
    found.clock.set(STARTS + HOUR)
    found.shows.end(play.market.brand, contract.bookings[0].show_id)
    play.at(raised)
    found.endings.disputes.dispute(play.market.brand, booking_id, about=None, statement="Somebody else was on air")
    play.console.work()
    assert kinds(play.news(), "show_disputed") == sorted([*both("show_disputed"), (OPERATOR.email, "show_disputed")])
    assert kinds(play.at(raised + STATED_WITHIN - 2 * DAY), "statement_awaited") == both("statement_awaited")
    ends = raised + DECIDED_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), "decision_awaited") == []
        assert kinds(play.at(ends - before), "decision_awaited") == [(OPERATOR.email, "decision_awaited")]
    assert kinds(play.at(ends - MINUTE), "dispute_decided") == []
    assert found.bookings.booking(booking_id).state is State.DISPUTED
    assert kinds(play.at(ends), "dispute_decided") == both("dispute_decided")
    assert found.bookings.booking(booking_id).state is State.COMPLETED

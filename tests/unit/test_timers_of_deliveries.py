"""What is said about what was delivered holds by itself when its time has passed, with warnings before: see test_timers.py."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.contracts.terms import Deliverable
from chalicelib.core.access import Principal
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, How, Why
from chalicelib.shows.rules.deliverables import ANSWER_WITHIN, DECIDE_WITHIN, STATE_WITHIN, held, results
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.timers_kit import AGENCY, DAY, HOST, HOUR, MINUTE, Play, both, kinds, play, signed

__all__ = ["console", "market", "play"]

OPERATORS = OPERATOR.email
MET, NOT_MET = DeliveryResult.MET, DeliveryResult.NOT_MET
APPEARS, MINUTES = DeliverableKind.HOST_APPEARS, DeliverableKind.MINUTES_ON_AIR
OWED = (Deliverable(kind="host_appears", fee_off_basis_points=5_000), Deliverable(kind="minutes_on_air", target=60))
ENDED = STARTS + HOUR
TOLD = (
    "delivery_measured",
    "delivery_measured_stands_soon",
    "delivery_stated",
    "delivery_answer_awaited",
    "delivery_contradicted",
    "delivery_word_awaited",
    "delivery_stands",
    "delivery_unspoken",
)


def over(play: Play, monkeypatch: pytest.MonkeyPatch, ended: datetime = ENDED) -> str:
    """A show that is over, at which the host had to appear and to be on air for an hour."""
    plain = Market.terms
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), deliverables=OWED))
    show_id, found = signed(play).bookings[0].show_id, play.console.services
    play.market.on_air(show_id)
    found.clock.set(ended)
    found.shows.end(play.market.brand, show_id)
    play.console.work()
    return show_id


def says(play: Play, who: Principal, show_id: str, result: DeliveryResult) -> list[tuple[str, str]]:
    said = Statement(kind=APPEARS, result=result, words="I watched.", how=How.WATCHED_LIVE)
    play.console.services.delivery.deliverables.state(who, show_id, said)
    play.console.work()
    return kinds(play.news(), *TOLD)


def stands(play: Play, show_id: str, kind: DeliverableKind = APPEARS) -> tuple[DeliveryResult, Why] | None:
    found = play.console.services
    now_held = held(results(found.shows.show(show_id), OWED), kind, found.clock.now())
    return None if now_held is None else (now_held.outcome, now_held.why)


def test_what_one_side_states_holds_after_three_days_and_the_other_is_warned(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    show_id = over(play, monkeypatch)
    play.quiet()
    assert says(play, play.market.brand, show_id, NOT_MET) == [(HOST, "delivery_stated"), (AGENCY, "delivery_stated")]
    ends = ENDED + ANSWER_WITHIN
    assert kinds(play.at(ends - DAY - MINUTE), *TOLD) == []
    assert kinds(play.at(ends - DAY), *TOLD) == [(HOST, "delivery_answer_awaited"), (AGENCY, "delivery_answer_awaited")]
    assert kinds(play.at(ends - MINUTE), *TOLD) == []
    assert stands(play, show_id) is None
    assert kinds(play.at(ends), *TOLD) == both("delivery_stands")
    assert stands(play, show_id) == (NOT_MET, Why.UNANSWERED)
    assert kinds(play.at(ends + DAY), *TOLD) == []


def test_a_contradiction_waits_thirty_days_for_the_marketplace_and_then_counts_as_met(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    show_id = over(play, monkeypatch)
    play.quiet()
    says(play, play.market.brand, show_id, NOT_MET)
    told = says(play, play.market.host, show_id, MET)
    assert told == sorted([*both("delivery_contradicted"), (OPERATORS, "delivery_contradicted")])
    ends = ENDED + DECIDE_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), "delivery_word_awaited") == []
        assert kinds(play.at(ends - before), "delivery_word_awaited") == [(OPERATORS, "delivery_word_awaited")]
    assert kinds(play.at(ends - MINUTE), "delivery_stands") == []
    assert stands(play, show_id) == (DeliveryResult.DISPUTED, Why.CONTRADICTED)
    assert kinds(play.at(ends), "delivery_stands") == both("delivery_stands")
    assert stands(play, show_id) == (MET, Why.UNDECIDED)


def test_the_marketplaces_word_and_agreement_are_told_at_once_and_end_the_wait(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    show_id = over(play, monkeypatch)
    play.quiet()
    says(play, play.market.brand, show_id, NOT_MET)
    says(play, play.market.host, show_id, MET)
    assert says(play, OPERATOR, show_id, NOT_MET) == both("delivery_stands")
    assert kinds(play.at(ENDED + DECIDE_WITHIN - DAY), *TOLD) == both("delivery_unspoken"), "the minutes alone"
    assert kinds(play.at(ENDED + DECIDE_WITHIN), *TOLD) == []


def test_a_measurement_that_takes_something_off_holds_after_three_days_unless_a_side_speaks(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_id = over(play, monkeypatch, STARTS + 40 * MINUTE)
    assert kinds(play.news(), *TOLD) == both("delivery_measured")
    ends = STARTS + 40 * MINUTE + ANSWER_WITHIN
    assert kinds(play.at(ends - DAY - MINUTE), *TOLD) == []
    assert kinds(play.at(ends - DAY), *TOLD) == both("delivery_measured_stands_soon")
    assert kinds(play.at(ends - MINUTE), *TOLD) == []
    assert stands(play, show_id, MINUTES) is None
    assert kinds(play.at(ends), *TOLD) == both("delivery_stands")
    assert stands(play, show_id, MINUTES) == (NOT_MET, Why.MEASURED)


def test_both_are_told_before_nothing_can_be_stated_any_more_about_what_nobody_spoke_of(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_id = over(play, monkeypatch)
    assert kinds(play.news(), *TOLD) == [], "what was measured was met"
    ends = ENDED + STATE_WITHIN
    assert kinds(play.at(ends - 3 * DAY - MINUTE), *TOLD) == []
    assert kinds(play.at(ends - 3 * DAY), *TOLD) == both("delivery_unspoken")
    assert kinds(play.at(ends + MINUTE), *TOLD) == []
    assert stands(play, show_id) is None, "it counts as met"

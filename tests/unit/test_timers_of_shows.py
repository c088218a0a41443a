"""Other times for shows, make-up shows and what is said about deliverables end by themselves, too, with warnings: see test_timers.py."""

from dataclasses import replace

import pytest

from chalicelib.bookings.states import Move, Party, State
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import MakeUp, SalesGuarantee, Scope
from chalicelib.notices.rules import deal_subject
from chalicelib.shows.rearranging import NewMakeUp
from chalicelib.shows.rules.proposals import Answer, Proposal, ProposalState
from tests.fakes.console import BEGIN, STARTS, Market, console, market
from tests.unit.rearranging_kit import LATER, answers, at, new_id, proposed, ran
from tests.unit.timers_kit import AGENCY, BRAND, DAY, HOST, HOUR, MINUTE, Play, both, kinds, play, signed

__all__ = ["console", "market", "play"]

PROPOSALS = ("time_proposed", "make_up_proposed", "proposal_awaited", "proposal_expired", "proposal_declined", "proposal_withdrawn")


def of_host(kind: str) -> list[tuple[str, str]]:
    return [(HOST, kind), (AGENCY, kind)]


def stored(play: Play, proposal: Proposal) -> ProposalState:
    found = at(play.market).of_booking(play.market.brand, proposal.booking_id)
    return next(each.state for each in found if each.proposal_id == proposal.proposal_id)


def test_another_time_that_nobody_answers_expires_after_two_days_and_the_show_stays(play: Play) -> None:
    contract = signed(play)
    proposal = proposed(play.market, contract)
    play.console.work()
    assert kinds(play.news(), *PROPOSALS) == of_host("time_proposed")
    ends = BEGIN + 48 * HOUR
    for before in (DAY, 2 * HOUR):
        assert kinds(play.at(ends - before - MINUTE), *PROPOSALS) == []
        assert kinds(play.at(ends - before), *PROPOSALS) == of_host("proposal_awaited")
    assert kinds(play.at(ends - MINUTE), *PROPOSALS) == []
    assert stored(play, proposal) is ProposalState.OPEN
    assert kinds(play.at(ends), *PROPOSALS) == both("proposal_expired")
    assert stored(play, proposal) is ProposalState.EXPIRED
    assert play.console.services.bookings.booking(proposal.booking_id).starts_at == STARTS
    assert kinds(play.at(ends + DAY), *PROPOSALS) == []


def test_a_proposal_that_expires_after_notices_have_looked_is_told_all_the_same(play: Play) -> None:
    proposal, found = proposed(play.market, signed(play)), play.console.services
    play.at(proposal.expires_at - MINUTE)
    play.quiet()
    found.clock.set(proposal.expires_at)
    found.notices.look(deal_subject(proposal.contract_id))
    found.delivery.rearranging.expire()
    play.console.work(but="clock.advanced")
    assert kinds(play.news(), *PROPOSALS) == both("proposal_expired")


def test_a_show_that_both_agree_to_move_is_told_to_both_with_the_old_date_out_and_the_new_one_in(play: Play) -> None:
    contract = signed(play)
    proposal = proposed(play.market, contract)
    play.quiet()
    answers(play.market, proposal, play.market.host)
    assert kinds(play.news(), "show_changed", *PROPOSALS) == both("show_changed")
    store = play.console.services.notices.sending.store
    calendar = next(mail.calendar for mail in play.console.mailer.sent if store.notice(mail.notice_id).kind.name == "show_changed")
    assert calendar is not None
    events = calendar.decode().split("BEGIN:VEVENT")[1:]
    told = [
        (f"UID:{proposal.booking_id}@" in event, "STATUS:CANCELLED" in event, f"DTSTART:{LATER:%Y%m%dT%H%M%SZ}" in event)
        for event in events
    ]
    assert told == [(True, True, False), (False, False, True)]
    assert kinds(play.at(BEGIN + 3 * DAY), "show_changed", *PROPOSALS) == []
    assert kinds(play.at(LATER - HOUR), "show_soon") == both("show_soon")


def test_a_proposal_that_is_declined_or_taken_back_is_told_to_the_other_side_and_one_about_a_show_that_is_off_to_nobody(play: Play) -> None:
    contract = signed(play)
    declined = proposed(play.market, contract)
    play.quiet()
    answers(play.market, declined, play.market.agency, Answer.DECLINE)
    assert kinds(play.news(), *PROPOSALS) == [(BRAND, "proposal_declined")]
    withdrawn = proposed(play.market, contract, who=play.market.host)
    play.quiet()
    answers(play.market, withdrawn, play.market.host, Answer.WITHDRAW)
    assert kinds(play.news(), *PROPOSALS) == [(BRAND, "proposal_withdrawn")]
    proposed(play.market, contract)
    play.quiet()
    play.console.services.bookings.move(contract.bookings[0].booking_id, Move.CANCEL, Party.HOST)
    assert kinds(play.at(BEGIN + 47 * HOUR), *PROPOSALS) == []
    assert kinds(play.at(BEGIN + 3 * DAY), *PROPOSALS) == []


GUARANTEE = SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=2, within_days=20, fee_minor=50_00))


def over_with_make_ups(play: Play, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A contract whose show is over; two make-up shows are agreed until the end of 30 January."""
    plain = Market.terms
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), sales_guarantee=GUARANTEE))
    contract = signed(play)
    ran(play.market, contract.bookings[0].show_id, STARTS)
    play.quiet()
    return contract


def test_a_make_up_show_that_nobody_answers_is_not_booked_and_one_that_is_agreed_comes_with_its_date(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = over_with_make_ups(play, monkeypatch)
    show_id, made = contract.bookings[0].show_id, STARTS + HOUR
    first = at(play.market).propose_make_up(play.market.host, show_id, NewMakeUp(starts_at=STARTS + 5 * DAY), new_id())
    play.console.work()
    assert kinds(play.news(), *PROPOSALS) == [(BRAND, "make_up_proposed")]
    assert kinds(play.at(made + DAY), *PROPOSALS) == [(BRAND, "proposal_awaited")]
    play.at(made + 46 * HOUR)
    assert kinds(play.at(made + 48 * HOUR - MINUTE), *PROPOSALS) == []
    assert kinds(play.at(made + 48 * HOUR), *PROPOSALS) == both("proposal_expired")
    assert stored(play, first) is ProposalState.EXPIRED
    second = at(play.market).propose_make_up(play.market.host, show_id, NewMakeUp(starts_at=STARTS + 5 * DAY), new_id())
    play.quiet()
    booked = answers(play.market, second, play.market.brand).new_booking_id
    assert booked is not None
    assert kinds(play.news(), "make_up_agreed", "show_changed") == both("make_up_agreed")
    assert play.console.services.bookings.booking(booked).state is State.CONTRACTED


def test_make_up_shows_that_can_still_be_booked_are_told_until_the_last_day_on_which_one_may_end(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_with_make_ups(play, monkeypatch)
    ends = STARTS.replace(hour=0) + 21 * DAY
    for before in (7 * DAY, 2 * DAY):
        assert kinds(play.at(ends - before - MINUTE), "make_ups_left") == []
        assert kinds(play.at(ends - before), "make_ups_left") == both("make_ups_left")
    assert kinds(play.at(ends), "make_ups_left") == []

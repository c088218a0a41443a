"""Another time for a show and make-up shows, from a proposal to slots, contract, page, calendar, earnings and the deal's history."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from icalendar import Calendar

from chalicelib.bookings.rules import BadSlot, Claim, SlotTaken
from chalicelib.bookings.states import NotAllowedNow, State
from chalicelib.bookings.store import BookingNotFound
from chalicelib.contracts.rebooking import next_booking_id
from chalicelib.contracts.rules import ContractVersion, FormerStart, show_id_of
from chalicelib.contracts.store import ContractItem
from chalicelib.core.errors import Conflict
from chalicelib.shows.errors import AlreadyProposed, NotYourAnswer, ProposalClosed, ProposalNotFound
from chalicelib.shows.rearranging import OtherTime
from chalicelib.shows.rules.proposals import ANSWER_WITHIN, Answer, ProposalState
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.rearranging_kit import (
    DAY,
    LATER,
    answers,
    at,
    between,
    booking,
    facts,
    is_free,
    line_up,
    now_of,
    other_show,
    proposed,
    show_of,
    stored,
)

__all__ = ["console", "market"]

QUARTER = timedelta(minutes=15)
ACCEPT, DECLINE, WITHDRAW = Answer.ACCEPT, Answer.DECLINE, Answer.WITHDRAW


def test_nothing_moves_before_the_other_side_has_accepted(market: Market) -> None:
    contract = market.signed()
    proposal = proposed(market, contract)
    assert (proposal.state, proposal.expires_at) == (ProposalState.OPEN, market.console.services.clock.now() + ANSWER_WITHIN)
    assert now_of(market, contract) == contract
    assert (is_free(market, STARTS), is_free(market, LATER)) == (False, True)
    assert answers(market, proposal, market.host, DECLINE).state is ProposalState.DECLINED
    assert now_of(market, contract) == contract


def test_acceptance_moves_slots_bookings_contract_show_page_and_calendar_together(market: Market) -> None:
    contract = market.signed()
    market.console.services.shows.edit(market.brand, contract.bookings[0].show_id, line_up(market))
    market.console.services.shows.request_publishing(market.brand, contract.bookings[0].show_id)
    market.console.work()
    before = show_of(market, contract)
    old_id = contract.bookings[0].booking_id
    done = answers(market, proposed(market, contract), market.host)
    new_id = str(done.new_booking_id)
    (moved,) = now_of(market, contract).bookings
    assert (moved.booking_id, moved.starts_at, moved.show_id) == (new_id, LATER, before.show_id)
    assert moved.former_starts == (FormerStart(starts_at=STARTS, until=market.console.services.clock.now()),)
    old, new = booking(market, old_id), booking(market, new_id)
    assert (old.state, old.slots, old.starts_at) == (State.RESCHEDULED, (), STARTS)
    assert (new.state, new.starts_at, new.slots[0], new.contract_id) == (State.CONTRACTED, LATER, LATER, contract.contract_id)
    assert (is_free(market, STARTS), is_free(market, LATER)) == (True, False)
    show = show_of(market, contract)
    assert (show.booking_id, show.starts_at, show.slug, show.page_sequence) == (new_id, LATER, before.slug, before.page_sequence + 1)
    assert [each.show_id for each in market.console.services.shows.shows(market.host)] == [show.show_id]
    pages = boto3.client("s3")
    entry = pages.get_object(Bucket="test-pages", Key=f"shows/{show.slug}/show.ics")["Body"].read()
    (event,) = Calendar.from_ical(entry.decode()).walk("VEVENT")
    assert (event.decoded("DTSTART"), str(event["SEQUENCE"])) == (LATER, str(show.page_sequence))
    assert "2011-01-12T20:00" in pages.get_object(Bucket="test-pages", Key=f"shows/{show.slug}/index.html")["Body"].read().decode()
    assert show_id_of(new_id) == show.show_id


def test_a_moved_show_runs_and_earns_under_its_new_booking(market: Market) -> None:
    contract = market.signed()
    answers(market, proposed(market, contract), market.host)
    found, show_id = market.console.services, contract.bookings[0].show_id
    found.shows.edit(market.brand, show_id, line_up(market))
    found.shows.request_publishing(market.brand, show_id)
    found.clock.set(LATER)
    found.shows.start(market.brand, show_id)
    found.clock.set(LATER + timedelta(hours=1))
    found.shows.end(market.brand, show_id)
    market.console.work()
    assert booking(market, now_of(market, contract).bookings[0].booking_id).state is State.COMPLETED
    (fact,) = facts(market, contract)
    assert (fact.scheduled_start, fact.completed is not None) == (LATER, True)


@pytest.mark.parametrize("shift", [QUARTER, -QUARTER, timedelta(minutes=30)])
def test_a_show_may_move_into_time_that_it_has_itself(market: Market, shift: timedelta) -> None:
    contract = market.signed()
    answers(market, proposed(market, contract, STARTS + shift), market.host)
    new = booking(market, now_of(market, contract).bookings[0].booking_id)
    assert new.slots == tuple(STARTS + shift + n * QUARTER for n in range(4))
    _, claims = market.console.services.bookings.claims_of(market.host.tenant_id, STARTS - DAY, STARTS + DAY)
    taken = {(claim.slot, claim.booking_id) for claim in claims if isinstance(claim, Claim)}
    assert taken == {(slot, new.booking_id) for slot in new.slots}


def test_it_can_move_again_and_back(market: Market) -> None:
    contract = market.signed()
    answers(market, proposed(market, contract), market.host)
    answers(market, proposed(market, contract, STARTS, market.host), market.brand)
    (booked,) = now_of(market, contract).bookings
    assert booked.booking_id.endswith("-3")
    assert (booked.starts_at, [former.starts_at for former in booked.former_starts]) == (STARTS, [STARTS, LATER])
    assert [next_booking_id("bkg_1"), next_booking_id("bkg_1-9")] == ["bkg_1-2", "bkg_1-10"]


def test_the_terms_are_those_in_force_at_the_new_start(market: Market) -> None:
    contract = market.signed()
    second = ContractVersion(version=2, terms=market.terms(400_00), document_sha256="0" * 64, in_force_from=STARTS + DAY)
    item = ContractItem.get(f"contract#{contract.contract_id}", "contract")
    item.contract = replace(contract, versions=(*contract.versions, second), terms=second.terms, document_sha256=second.document_sha256)
    item.save()
    assert facts(market, contract)[0].terms_version == 1
    proposal = proposed(market, contract)
    assert proposal.terms_version == 2
    answers(market, proposal, market.host)
    assert facts(market, contract)[0].terms_version == 2


def test_silence_keeps_the_time_and_the_history_says_so(market: Market) -> None:
    contract, found = market.signed(), market.console.services
    proposal = proposed(market, contract)
    found.clock.set(proposal.expires_at)
    with pytest.raises(ProposalClosed):
        answers(market, proposal, market.host)
    (seen,) = at(market).of_booking(market.host, proposal.booking_id)
    assert seen.state is ProposalState.EXPIRED
    found.release()
    assert now_of(market, contract) == contract
    entries = found.history.of_booking(contract.contract_id, proposal.booking_id)
    assert [(each.act, each.refused is not None) for each in entries][-3:] == [
        ("propose_reschedule", False),
        ("accept_proposal", True),
        ("expire_proposal", False),
    ]
    assert proposed(market, contract).state is ProposalState.OPEN


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [
        (STARTS, BadSlot),
        (STARTS - timedelta(days=30), BadSlot),
        (LATER + timedelta(minutes=1), BadSlot),
        (LATER + timedelta(hours=5), SlotTaken),
    ],
)
def test_a_time_that_cannot_be_is_not_proposed(market: Market, starts_at: datetime, refusal: type[Exception]) -> None:
    contract = market.signed()
    before = stored()
    with pytest.raises(refusal):
        proposed(market, contract, starts_at)
    assert stored() == before


def test_a_proposal_ends_with_the_old_start_and_a_show_that_has_begun_cannot_move(market: Market) -> None:
    contract, found = market.signed(), market.console.services
    found.clock.set(STARTS - timedelta(hours=2))
    assert proposed(market, contract).expires_at == STARTS
    found.clock.set(STARTS)
    found.release()
    with pytest.raises(BadSlot, match="until it starts"):
        proposed(market, contract)


def test_each_side_answers_the_other_and_takes_back_its_own(market: Market) -> None:
    contract = market.signed()
    proposal = proposed(market, contract, who=market.agency)
    for who, answer in ((market.host, ACCEPT), (market.agency, DECLINE), (market.brand, WITHDRAW)):
        with pytest.raises(NotYourAnswer):
            answers(market, proposal, who, answer)
    with pytest.raises(AlreadyProposed):
        proposed(market, contract)
    assert answers(market, proposal, market.host, WITHDRAW).state is ProposalState.WITHDRAWN
    with pytest.raises(ProposalClosed):
        answers(market, proposal, market.brand)
    with pytest.raises(BookingNotFound):
        answers(market, proposal, market.rival)
    with pytest.raises(ProposalNotFound):
        answers(market, replace(proposal, proposal_id="prp_none"), market.brand)


@pytest.mark.parametrize("first", [DECLINE, ACCEPT])
def test_of_two_answers_at_once_one_wins_and_nothing_is_half_done(market: Market, monkeypatch: pytest.MonkeyPatch, first: Answer) -> None:
    contract = market.signed()
    proposal = proposed(market, contract)
    states: list[dict[str, list[Any]]] = []

    def faster() -> None:
        at(market).answer(market.agency, proposal.booking_id, proposal.proposal_id, first)
        states.append(stored())

    between(monkeypatch, faster)
    with pytest.raises(Conflict):
        at(market).answer(market.host, proposal.booking_id, proposal.proposal_id, ACCEPT)
    assert stored() == states[0]


def test_time_that_somebody_else_took_meanwhile_refuses_the_acceptance_and_the_proposal_stays(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, found = market.signed(), market.console.services
    proposal = proposed(market, contract)
    states: list[dict[str, list[Any]]] = []

    def booked() -> None:
        other_show(market, LATER)
        states.append(stored())

    between(monkeypatch, booked)
    with pytest.raises(SlotTaken):
        at(market).answer(market.host, proposal.booking_id, proposal.proposal_id, ACCEPT)
    assert stored() == states[0]
    (seen,) = at(market).of_booking(market.brand, proposal.booking_id)
    assert seen.state is ProposalState.OPEN
    assert found.history.of_deal(contract.contract_id)[-1].refused is not None


def test_a_booking_that_moved_cannot_move_again_itself(market: Market) -> None:
    contract = market.signed()
    answers(market, proposed(market, contract), market.host)
    with pytest.raises(NotAllowedNow):
        at(market).propose_time(market.brand, contract.bookings[0].booking_id, OtherTime(starts_at=STARTS), "prp_x")


def test_it_all_goes_through_the_api(market: Market) -> None:
    contract = market.signed()
    proposal = proposed(market, contract)
    answer = market.console.get(f"/api/v1/bookings/{proposal.booking_id}/proposals", market.host)
    (told,) = json.loads(answer.text)
    assert (told["proposal_id"], told["state"], told["starts_at"]) == (proposal.proposal_id, "open", "2011-01-12T20:00:00Z")
    assert market.console.get(f"/api/v1/contracts/{contract.contract_id}/make-ups", market.host).text == "[]"
    assert market.console.get(f"/api/v1/bookings/{proposal.booking_id}/proposals", market.rival).status == 404

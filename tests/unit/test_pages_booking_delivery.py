"""A booking's page: what was delivered is stated there by both sides, and other times are proposed and answered."""

import html
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import Deliverable, MakeUp, SalesGuarantee, Scope, Terms
from chalicelib.shows.deliverables import Deliverables
from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.rules import DeliveryResult
from chalicelib.web.views.common import when
from tests.fakes.console import SITE, STARTS, Answer, Market, console, market
from tests.unit.rearranging_kit import DAY, LATER, now_of, ran

__all__ = ["console", "market"]

GUARANTEE = SalesGuarantee(net_sales_minor=1_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=20))


@pytest.fixture
def promised(market: Market, monkeypatch: pytest.MonkeyPatch) -> Contract:
    plain = Market.terms
    owed = (Deliverable(kind="host_appears", fee_off_basis_points=5_050), Deliverable(kind="minutes_on_air", target=55))

    def terms(each: Market, fee_minor: int = 300_00) -> Terms:
        return replace(plain(each, fee_minor), deliverables=owed, sales_guarantee=GUARANTEE)

    monkeypatch.setattr(Market, "terms", terms)
    return market.signed()


def went_to(answer: Answer) -> str:
    """Where a form leads."""
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(SITE)


def page(market: Market, who: str, booking_id: str) -> str:
    answer = market.console.get(f"/console/bookings/{booking_id}", getattr(market, who))
    assert answer.status == 200
    return html.unescape(answer.text)


def test_both_sides_state_what_was_delivered_on_the_bookings_page(market: Market, promised: Contract) -> None:
    (booked,) = promised.bookings
    path = f"/console/bookings/{booked.booking_id}"
    assert "State Host appears as met" not in page(market, "brand", booked.booking_id)
    ran(market, booked.show_id, STARTS)
    seen = page(market, "host", booked.booking_id)
    assert "State Host appears as met" in seen
    assert "Promised: 55 · Measured: 60 · To be contradicted by" in seen
    assert "Where not met, 50.5 % of the show's flat fee is taken off" in seen
    assert "State Host appears" not in page(market, "viewer", booked.booking_id)
    for who, result in (("brand", "not_met"), ("host", "met")):
        sent = market.console.post(
            f"{path}/delivery", getattr(market, who), kind="host_appears", result=result, words="I watched.", how="watched_live"
        )
        assert went_to(sent) == path
    seen = page(market, "brand", booked.booking_id)
    assert "Brand: not met. I watched." in seen
    assert "Host: met. I watched." in seen
    assert "Disputed" in seen
    assert [each.result for each in market.console.services.shows.show(booked.show_id).deliveries] == [
        DeliveryResult.NOT_MET,
        DeliveryResult.MET,
    ]


def test_another_time_is_proposed_and_accepted_by_forms_and_leads_to_the_new_booking(market: Market, promised: Contract) -> None:
    (booked,) = promised.bookings
    path = f"/console/bookings/{booked.booking_id}"
    sent = market.console.post(f"{path}/reschedules", market.brand, starts_at="2011-01-12 20:00", reason="The studio is flooded.")
    assert went_to(sent) == path
    assert "Take it back" in page(market, "brand", booked.booking_id)
    assert f"Accept {when(LATER, 'Europe/London')}" in page(market, "host", booked.booking_id)
    proposal = market.console.services.delivery.rearranging.of_booking(market.host, booked.booking_id)[0]
    assert proposal.starts_at == LATER
    assert f"Accept {when(LATER, 'Europe/London')}" not in page(market, "viewer", booked.booking_id)
    sent = market.console.post(f"{path}/proposals/{proposal.proposal_id}/accept", market.host)
    new_id = now_of(market, promised).bookings[0].booking_id
    assert went_to(sent) == f"/console/bookings/{new_id}"
    market.console.work()
    assert "Moved from Mon 10 Jan 2011, 19:00 UTC to Wed 12 Jan 2011, 20:00 UTC" in page(market, "brand", new_id)
    assert "Rescheduled" in page(market, "brand", booked.booking_id)


def test_a_start_that_cannot_be_read_is_refused_with_an_example(market: Market, promised: Contract) -> None:
    path = f"/console/bookings/{promised.bookings[0].booking_id}/reschedules"
    answer = market.console.post(path, market.brand, starts_at="soon", reason="The studio is <flooded>.")
    assert answer.status == 422
    assert "2011-01-12 20:00" in answer.text.partition('id="time-1-starts_at-error"')[2]
    assert 'name="starts_at" value="soon"' in answer.text
    assert 'name="reason" value="The studio is &lt;flooded&gt;."' in answer.text
    whole = market.console.post(path, market.brand, starts_at="2011-01-10T19:00", reason="The same.")
    assert (whole.status, 'name="reason" value="The same."' in whole.text) == (422, True)


def test_a_statement_that_somebody_elses_overtook_comes_back_with_its_words(
    market: Market, promised: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object) -> None:
        raise ShowMoved("The show has changed meanwhile. Look again.")

    (booked,) = promised.bookings
    assert "What is to be delivered" in page(market, "brand", booked.booking_id)
    ran(market, booked.show_id, STARTS)
    assert "What was delivered" in page(market, "brand", booked.booking_id)
    monkeypatch.setattr(Deliverables, "state", overtaken)
    said = {"kind": "host_appears", "result": "met", "words": "I watched.", "how": "counted"}
    answer = market.console.post(f"/console/bookings/{booked.booking_id}/delivery", market.brand, **said)
    assert answer.status == 409
    assert 'name="words" required maxlength="500" value="I watched." aria-invalid="true"' in answer.text
    assert 'value="counted" selected' in answer.text
    assert answer.text.count("<details open>") == 1
    assert "Look again." in answer.text.partition('id="host_appears-error"')[2].partition("</p>")[0]


def test_make_up_shows_are_proposed_on_the_page_and_tracked_on_the_contracts(market: Market, promised: Contract) -> None:
    (booked,) = promised.bookings
    ran(market, booked.show_id, STARTS)
    assert "Propose a make-up show" in page(market, "host", booked.booking_id)
    starts = (STARTS + 3 * DAY).strftime("%Y-%m-%d %H:%M")
    market.console.post(f"/console/bookings/{booked.booking_id}/make-ups", market.host, starts_at=starts)
    (proposal,) = market.console.services.delivery.rearranging.of_booking(market.host, booked.booking_id)
    market.console.post(f"/console/bookings/{booked.booking_id}/proposals/{proposal.proposal_id}/accept", market.brand)
    market.console.work()
    contract = html.unescape(market.console.get(f"/contracts/{promised.contract_id}", market.brand).text)
    assert "Make-up shows" in contract
    assert "2011-01-30" in contract
    assert proposal.starts_at == STARTS + timedelta(days=3)
    assert "Propose a make-up show" not in page(market, "host", booked.booking_id)

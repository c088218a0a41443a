"""An agency that its host has left: whatever an agency may do about a deal, it may not do any more, and each attempt is written down.

The moves are the app's own routes: whichever an agency's role gets through to and is about a deal is tried here, so that a new one is too.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from chalicelib.contracts.offers import AgencyHasLeft
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import SigningContext
from chalicelib.core.access import Action, Role, may
from chalicelib.core.clock import iso
from chalicelib.core.errors import Forbidden
from chalicelib.history.rules import Actor, Side
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rules import DeliverableKind, DeliveryResult
from chalicelib.web.pages.terms_fields import typed_of
from chalicelib.web.routes import Declared
from tests.architecture.routes import GUARDED, Caller, name_of
from tests.fakes.api import Api
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_matching_approaches import leave_agency

__all__ = ["console", "market"]

OF_A_DEAL = ("{offer_id}", "{contract_id}", "{booking_id}", "{show_id}")
LATER = STARTS.replace(day=12)
REFUSAL = "is not with your agency any more, so you cannot act for them"
ONLY_LOOKS = {("POST", "/offers/{offer_id}/terms/look"), ("POST", "/contracts/{contract_id}/amendment/look")}
"""What shows how something would be, and keeps nothing."""
MOVES = [
    each
    for each in GUARDED
    if each.method != "GET"
    and name_of(each) not in ONLY_LOOKS
    and each.action is not None
    and may(Role.AGENCY_MANAGER, each.action)
    and any(of in each.path for of in OF_A_DEAL)
]
BODIES: Mapping[str, Mapping[str, Any]] = {
    "/offers/{offer_id}/counter": {"version": 1, "fee": "400.00"},
    "/offers/{offer_id}/accept": {"version": 1},
    "/offers/{offer_id}/decline": {"version": 1, "reason": "No."},
    "/offers/{offer_id}/withdraw": {"version": 1, "reason": "No."},
    "/bookings/{booking_id}/cancellation": {"confirmed_minor": 0, "reason": "Ill"},
    "/bookings/{booking_id}/disputes": {"statement": "It was otherwise"},
    "/bookings/{booking_id}/disputes/statements": {"statement": "It was otherwise"},
    "/bookings/{booking_id}/reschedules": {"starts_at": iso(LATER)},
    "/bookings/{booking_id}/make-ups": {"starts_at": iso(LATER)},
    "/shows/{show_id}/make-ups": {"starts_at": iso(LATER)},
}
"""What is sent, by the path without its beginning; nothing where it is not here."""


def agency_of(market: Market) -> Actor:
    return Actor(side=Side.HOST, user_id=market.agency.user_id, tenant_id=market.agency.tenant_id)


def test_the_moves_of_an_agency_are_those_that_are_known() -> None:
    """One more is tried below by itself; it needs a body here only where it takes one."""
    assert len(MOVES) >= 18
    assert {each.action for each in MOVES} >= {Action.NEGOTIATE, Action.MOVE_SHOW, Action.CANCEL_BOOKING, Action.DISPUTE_BOOKING}


def body_of(declared: Declared, market: Market) -> dict[str, Any]:
    path = declared.path.removeprefix("/api/v1").removeprefix("/console")
    found = dict(BODIES.get(path, {}))
    if declared.kind == "api" and path.endswith("/counter"):
        found = {"version": 1, "terms": msgspec.to_builtins(market.terms(400_00))}
    if path.endswith("/terms"):
        found = {"version": "1"} | dict(typed_of(market.terms(400_00)))
    if path.endswith("/amendment"):
        found = {"in_force_from": f"{LATER:%Y-%m-%dT%H:%M}"} | dict(typed_of(market.terms(400_00)))
    if path.endswith("/amendments"):
        found = {"terms": msgspec.to_builtins(market.terms(400_00)), "in_force_from": iso(LATER)}
    if declared.kind == "form" and path.endswith("/disputes"):
        found["about"] = "show"
    return found


@pytest.mark.parametrize("move", MOVES, ids=[" ".join(name_of(each)) for each in MOVES])
def test_whatever_an_agency_may_do_about_a_deal_is_refused_once_the_host_has_left_and_is_written_down(
    market: Market, move: Declared
) -> None:
    contract = market.signed()
    booked, found = contract.bookings[0], market.console.services
    proposed = Api(market.console, market.brand).post(f"/api/v1/bookings/{booked.booking_id}/reschedules", {"starts_at": iso(LATER)})
    leave_agency(market)
    ids = {
        "offer_id": contract.offer_id,
        "contract_id": contract.contract_id,
        "booking_id": booked.booking_id,
        "show_id": booked.show_id,
        "proposal_id": proposed["proposal_id"],
        "answer": "accept",
    }
    before = found.contracts.contract(contract.contract_id), found.bookings.booking(booked.booking_id)
    answer = Caller(market.console).ask(move, market.agency, ids, body_of(move, market))
    assert (answer.status_code, REFUSAL in str(answer.body)) == (403, True), answer.body
    last = found.history.of_deal(contract.contract_id)[-1]
    assert last.actor.tenant_id == market.agency.tenant_id
    assert REFUSAL in str(last.refused)
    assert (found.contracts.contract(contract.contract_id), found.bookings.booking(booked.booking_id)) == before


def test_what_its_role_keeps_it_from_today_it_could_not_do_either_if_it_were_let_through(market: Market) -> None:
    contract, found = market.signed(), market.console.services
    leave_agency(market)
    context = SigningContext(authenticated_at=found.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")
    signature = {"document_sha256": contract.document_sha256, "typed_name": "A name", "consent": True, "context": context}
    said = Statement(kind=DeliverableKind.HOST_APPEARS, result=DeliveryResult.MET, words="She was there.")
    contracts, amendments, who, contract_id = found.contracts, found.contracts.amendments, market.agency, contract.contract_id
    tries: list[Callable[[], object]] = [
        lambda: contracts.sign(who, contract_id, **signature),  # type: ignore[arg-type]
        lambda: contracts.decline(who, contract_id, "No", context),
        lambda: amendments.sign(who, contract_id, 2, **signature),  # type: ignore[arg-type]
        lambda: amendments.decline(who, contract_id, 2, "No", context),
        lambda: found.delivery.deliverables.state(who, contract.bookings[0].show_id, said),
        lambda: found.shows.start(who, contract.bookings[0].show_id),
    ]
    for attempt in tries:
        with pytest.raises(AgencyHasLeft):
            attempt()
    told = [entry for entry in found.history.of_deal(contract_id) if entry.refused]
    assert [entry.actor.tenant_id for entry in told] == [who.tenant_id] * len(tries)


def test_who_was_left_reads_the_deal_and_keeps_its_share_and_who_was_not_acts(market: Market) -> None:
    contract: Contract = market.sold()
    found = market.console.services
    found.contracts.offers.demand_spoken_for(contract.contract_id, replace(agency_of(market), tenant_id=market.host.tenant_id))
    found.contracts.offers.demand_spoken_for(contract.contract_id, agency_of(market))
    leave_agency(market)
    with pytest.raises(Forbidden, match=REFUSAL):
        found.contracts.offers.demand_spoken_for(contract.contract_id, agency_of(market))
    assert found.contracts.get(market.agency, contract.contract_id).terms.splits == contract.terms.splits
    found.release()
    market.console.work()
    owed = {each.account: -each.minor for each in found.ledger.balances() if market.agency.tenant_id in each.account}
    assert sum(owed.values()) > 0


def test_pages_give_who_was_left_the_reason_in_place_of_forms(market: Market) -> None:
    offer_id, contract, console = market.offer(), market.signed(), market.console
    booking_id = contract.bookings[0].booking_id
    Api(console, market.brand).post(f"/api/v1/bookings/{booking_id}/reschedules", {"starts_at": iso(LATER)})
    pages = {f"/offers/{offer_id}": "/offers/", f"/console/bookings/{booking_id}": "/console/bookings/"}

    def forms() -> dict[str, int]:
        """Of each page, how many forms it has for this deal."""
        return {path: console.get(path, market.agency).text.count(f'method="post" action="{to}') for path, to in pages.items()}

    assert min(forms().values()) >= 3
    leave_agency(market)
    assert set(forms().values()) == {0}
    for path in pages:
        assert REFUSAL in console.get(path, market.agency).text
        assert REFUSAL not in console.get(path, market.host).text

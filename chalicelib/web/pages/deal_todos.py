"""What waits for a side in deals that are signed: amendments to sign, disputes in which it has not said its part."""

from collections.abc import Iterator, Sequence
from itertools import islice

from chalicelib.bookings.states import State
from chalicelib.contracts.rules import Contract, awaited
from chalicelib.core.access import Action, Principal
from chalicelib.shows.rules import Side
from chalicelib.web.pages.words import allowed, is_on_side, time_left
from chalicelib.web.views.common import Link, Todo
from chalicelib.wiring import services

MAX_DISPUTES_LOOKED_AT = 20


def signed_todos(principal: Principal, contracts: Sequence[Contract]) -> Iterator[Todo]:
    """Amendments first, since they lapse; then disputes."""
    yield from _amendments(principal, contracts)
    yield from _disputes(principal)


def _amendments(principal: Principal, contracts: Sequence[Contract]) -> Iterator[Todo]:
    now = services().clock.now()
    for contract in contracts if allowed(principal, Action.SIGN) else ():
        amendment = contract.amendment
        if amendment is None or not any(
            is_on_side(principal, contract, side) for side in awaited(amendment.signatures, amendment.terms.signing_order)
        ):
            continue
        text = f"Sign version {amendment.version} of the contract for {contract.bookings[0].title}, or decline it"
        link = Link(label="Read it", href=f"/contracts/{contract.contract_id}#amendment")
        yield Todo(text=text, link=link, due=f"Lapses {time_left(amendment.sign_by, now)}")


def _disputes(principal: Principal) -> Iterator[Todo]:
    found = services()
    now = found.clock.now()
    disputed = (each for each in found.bookings.list(principal) if each.state is State.DISPUTED)
    for booking in islice(disputed, MAX_DISPUTES_LOOKED_AT) if allowed(principal, Action.DISPUTE_BOOKING) else ():
        mine = Side.BRAND if principal.tenant_id == booking.brand_id else Side.HOST
        for dispute in found.endings.disputes.of_booking(principal, booking.booking_id):
            if dispute.is_open and now < dispute.state_by and mine not in {each.side for each in dispute.statements}:
                link = Link(label="Say your part", href=f"/console/bookings/{booking.booking_id}")
                yield Todo(text=f"{booking.title} is disputed", link=link, due=f"Statements end {time_left(dispute.state_by, now)}")

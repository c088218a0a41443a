"""What all ends of a show stand on: whose booking it is, its show, what its contract has earned, and the transaction of a move."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.service import BookingChanged, Bookings
from chalicelib.bookings.states import Booking, Move, Party
from chalicelib.contracts.rules import Contract, show_id_of
from chalicelib.contracts.service import Contracts
from chalicelib.core.access import OPERATORS, PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock
from chalicelib.endings.errors import NotASide
from chalicelib.endings.rules.costs import Cost, Known, cost
from chalicelib.endings.store import EndingStore
from chalicelib.history.rules import PLATFORM, Actor, actor_of
from chalicelib.history.service import History
from chalicelib.payouts.earnings import ShowFacts
from chalicelib.payouts.service import Payouts
from chalicelib.shows.rules import Show, Side
from chalicelib.shows.service import ShowNotFound, Shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The features that a show's end brings together. `facts_of` says a show as earnings see it."""

    store: EndingStore
    bookings: Bookings
    contracts: Contracts
    shows: Shows
    payouts: Payouts
    history: History
    clock: Clock
    facts_of: Callable[[Show], ShowFacts]

    def party(self, principal: Principal, booking: Booking) -> Party:
        """Who the caller is in this deal; the host's agency stands on the host's side. Raises `NotASide`."""
        if principal.tenant_id == booking.brand_id:
            return Party.BRAND
        if principal.tenant_id in {booking.creator_id, booking.agency_id}:
            return Party.HOST
        if principal.tenant_id == PLATFORM_TENANT and principal.role in OPERATORS:
            return Party.OPERATOR
        raise NotASide("You stand on neither side of this booking.")

    def side(self, principal: Principal, booking: Booking) -> Side:
        """The side that the caller stands on. Raises `NotASide` for the operator too."""
        party = self.party(principal, booking)
        if party is Party.OPERATOR:
            raise NotASide("Only the two sides of a booking do this.")
        return Side(party.value)

    def actor(self, principal: Principal | None, booking: Booking) -> Actor:
        """The same for the history; nobody in particular where the clock acts."""
        return PLATFORM if principal is None else actor_of(principal, self.party(principal, booking))

    def show(self, booking: Booking) -> Show:
        """The show of a signed booking, opened now where that was still to be done."""
        show_id = show_id_of(booking.booking_id)
        try:
            return self.shows.show(show_id)
        except ShowNotFound:
            self.shows.open_for(booking.contract_id)
            return self.shows.show(show_id)

    def contract(self, booking: Booking) -> Contract:
        """The contract of a booking, drawn up now where that was still to be done."""
        return self.contracts.draft(booking.offer_id)

    def cost_of(self, after: Show) -> Cost:
        """What it costs if a show goes this way, by now."""
        now = self.clock.now()
        computed = self.payouts.accruals.computed(after.contract_id, now)
        known = Known(
            contract_id=after.contract_id,
            host_id=computed.parties.creator_id,
            terms=computed.parties.terms,
            shows=computed.shows,
            buckets=computed.buckets,
            as_of=now,
        )
        return cost(known, self.facts_of(after))

    def move(self, transaction: Transaction, seen: Booking, move: Move, by: Party) -> Booking:
        """Add a booking's move to a transaction: from what was seen, for what was decided was decided on that."""
        after = self.bookings.move_in(transaction, seen.booking_id, move, by)
        if after.version != seen.version + 1:
            raise BookingChanged("The booking has changed in the meantime. Load it again.")
        return after

    def now(self) -> datetime:
        """Business time."""
        return self.clock.now()

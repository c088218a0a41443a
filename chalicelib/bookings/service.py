"""What people and other features do with host time: say when, look for free slots, claim them, and move bookings along.

Claiming and moving are offered as parts of a caller's transaction (`claim`, `move_in`), so that a deal and its slots change together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import (
    MAX_BUFFER_MINUTES,
    MAX_LISTED_DAYS,
    Availability,
    BadSlot,
    FreeStart,
    SlotTaken,
    check_availability,
    check_minutes,
    check_show_time,
    claimed_slots,
    first_obstacle,
    free_starts,
    when,
    why_not,
)
from chalicelib.bookings.states import Booking, Move, Party, State, allowed
from chalicelib.bookings.store import BookingNotFound, BookingStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.directory.rules import Profile, check_zone
from chalicelib.directory.service import Directory

__all__ = ["BookingNotFound", "Bookings", "Deal", "NewBooking"]

WIDEST_CLAIM = timedelta(minutes=MAX_BUFFER_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A show that is to be booked."""

    booking_id: str
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Whose booking it is."""

    offer_id: str
    contract_id: str
    brand_id: str
    creator_id: str
    agency_id: str | None


class Bookings:
    """Use cases of availability, slots and bookings."""

    def __init__(self, *, store: BookingStore, directory: Directory, clock: Clock) -> None:
        """`clock.now()` tells which starts have passed."""
        self._store = store
        self._directory = directory
        self._clock = clock

    def save_availability(self, principal: Principal, creator_id: str, availability: Availability) -> Availability:
        """Say when a host may be booked; the host or a manager of the host's agency does."""
        self._directory.host_acted_for(principal, creator_id)
        check_zone(availability.timezone)
        check_availability(availability)
        self._store.save_availability(creator_id, availability)
        return availability

    def availability(self, principal: Principal, creator_id: str) -> Availability:
        """When a host may be booked, for who speaks for the host."""
        profile = self._directory.host_acted_for(principal, creator_id)
        return self._offered(profile)

    def slots(self, principal: Principal, creator_id: str, start: datetime, end: datetime, minutes: int) -> tuple[FreeStart, ...]:
        """Every free start for a show of this length, at most `MAX_LISTED_DAYS` at a time."""
        profile = self._directory.host(principal, creator_id)
        if not start < end <= start + timedelta(days=MAX_LISTED_DAYS):
            raise BadSlot(f"Ask for a stretch of up to {MAX_LISTED_DAYS} days.", fields={"to": "must be after from, within the limit"})
        check_minutes(minutes)
        claims = self._store.claims(creator_id, start - WIDEST_CLAIM, end + WIDEST_CLAIM)
        return tuple(free_starts(self._offered(profile), claims, start, end, minutes, self._clock.now()))

    def is_free(self, creator_id: str, starts_at: datetime, minutes: int) -> bool:
        """Whether a show could be booked then; what matching asks. A show that is too long with this host's rest cannot."""
        try:
            return self._why_not(self._directory.profile(creator_id), starts_at, minutes) is None
        except BadSlot:
            return False

    def check_free(self, creator_id: str, starts_at: datetime, minutes: int) -> None:
        """Raise `BadSlot` or `SlotTaken` with a sentence on who, when and what to do."""
        check_show_time(starts_at, minutes, self._clock.now())
        refusal = self._why_not(self._directory.profile(creator_id), starts_at, minutes)
        if refusal is not None:
            raise SlotTaken(refusal)

    def claim(self, transaction: Transaction, deal: Deal, shows: Sequence[NewBooking]) -> tuple[Booking, ...]:
        """Add bookings and a claim on each of their slots to a transaction: all of them or none.

        Raises `SlotTaken` at once where that is known already; the transaction raises it where somebody was faster.
        """
        profile = self._directory.profile(deal.creator_id)
        offered = self._offered(profile)
        bookings: list[Booking] = []
        for show in shows:
            self.check_free(deal.creator_id, show.starts_at, show.minutes)
            booking = Booking(
                booking_id=show.booking_id,
                contract_id=deal.contract_id,
                offer_id=deal.offer_id,
                brand_id=deal.brand_id,
                creator_id=deal.creator_id,
                agency_id=deal.agency_id,
                starts_at=show.starts_at,
                minutes=show.minutes,
                title=show.title,
                timezone=offered.timezone,
                state=State.ACCEPTED,
                version=1,
                changed_at=self._clock.now(),
                slots=claimed_slots(offered, show.starts_at, show.minutes),
            )
            _check_apart(bookings, booking, profile.name)
            self._store.add(transaction, booking, _somebody_was_faster(profile.name, booking))
            bookings.append(booking)
        return tuple(bookings)

    def slots_needed(self, creator_id: str, starts_at: datetime, minutes: int) -> tuple[datetime, ...]:
        """The slots, buffers included, that a show would claim."""
        return claimed_slots(self._offered(self._directory.profile(creator_id)), starts_at, minutes)

    def move_in(self, transaction: Transaction, booking_id: str, move: Move, by: Party) -> Booking:
        """Add a move of a booking to a transaction. Raises `NotAllowedNow` or `NotYourMove`."""
        before = self._store.booking(booking_id)
        row = allowed(before.state, move, by)
        slots = () if row.frees_slots else before.slots
        after = replace(before, state=row.to, version=before.version + 1, changed_at=self._clock.now(), slots=slots)
        self._store.change(transaction, before, after)
        return after

    def move(self, booking_id: str, move: Move, by: Party = Party.PLATFORM) -> Booking:
        """Move a booking by itself. A move that has been made already is not made again: the booking is returned as it is."""
        before = self._store.booking(booking_id)
        if _already(before.state, move):
            return before
        transaction = Transaction()
        after = self.move_in(transaction, booking_id, move, by)
        transaction.commit()
        return after

    def booking(self, booking_id: str) -> Booking:
        """A booking, read by the system. Raises `BookingNotFound`."""
        return self._store.booking(booking_id)

    def get(self, principal: Principal, booking_id: str) -> Booking:
        """A booking of the caller's. Raises `BookingNotFound` for another tenant's."""
        return self._store.get(principal, booking_id)

    def list(self, principal: Principal) -> tuple[Booking, ...]:
        """The caller's bookings by start."""
        return tuple(self._store.of(principal))

    def _offered(self, profile: Profile) -> Availability:
        return self._store.availability(profile.creator_id) or Availability(timezone=profile.timezone)

    def _why_not(self, profile: Profile, starts_at: datetime, minutes: int) -> str | None:
        offered = self._offered(profile)
        end = starts_at + timedelta(minutes=minutes)
        claims = self._store.claims(profile.creator_id, starts_at - WIDEST_CLAIM, end + WIDEST_CLAIM)
        obstacle = first_obstacle(offered, claims, starts_at, minutes)
        return None if obstacle is None else why_not(profile.name, offered, starts_at, minutes, obstacle)


_AFTER: dict[Move, frozenset[State]] = {
    Move.FUND: frozenset({State.FUNDED, State.LIVE, State.COMPLETED, State.SETTLED}),
    Move.START: frozenset({State.LIVE, State.COMPLETED, State.SETTLED}),
    Move.COMPLETE: frozenset({State.COMPLETED, State.SETTLED}),
    Move.SETTLE: frozenset({State.SETTLED}),
}
"""States in which a worker's move has been made already, so that working twice on one message changes nothing."""


def _already(state: State, move: Move) -> bool:
    return state in _AFTER.get(move, frozenset())


def _somebody_was_faster(host: str, booking: Booking) -> SlotTaken:
    wanted = when(booking.starts_at, booking.starts_at + timedelta(minutes=booking.minutes), booking.timezone)
    return SlotTaken(f"{host} has just been booked for a time that {wanted} would need. Pick one of the free slots.")


def _check_apart(bookings: Sequence[Booking], booking: Booking, host: str) -> None:
    if any(set(other.slots) & set(booking.slots) for other in bookings):
        raise BadSlot(f"Two of these shows overlap, or leave {host} no rest between them. Move one of them.", fields={"shows": "overlap"})

"""What people and other features do with host time: say when, look for free slots, claim them, and move bookings along.

Claiming and moving are offered as parts of a caller's transaction (`claim`, `move_in`), so that a deal and its slots change together.
"""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.agenda import Agenda
from chalicelib.bookings.calendars import Calendars
from chalicelib.bookings.feed import Feeds
from chalicelib.bookings.host_time import HostTime, TimeOfHost, check_apart, somebody_was_faster
from chalicelib.bookings.rescheduling import Rescheduling
from chalicelib.bookings.rules import (
    MAX_LISTED_DAYS,
    Availability,
    BadSlot,
    Busy,
    Claim,
    FreeStart,
    SlotTaken,
    check_availability,
    check_minutes,
    check_show_time,
    claimed_slots,
)
from chalicelib.bookings.series_service import SeriesOfShows
from chalicelib.bookings.states import Booking, Deal, Move, NewBooking, Party, State, allowed
from chalicelib.bookings.store import BookingChanged, BookingNotFound, BookingStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED, Profile, check_zone
from chalicelib.directory.service import Directory
from chalicelib.notices.rules import LOOK, deal_subject

__all__ = ["BookingChanged", "BookingNotFound", "Bookings", "Deal", "NewBooking"]


class Bookings:
    """Use cases of availability, slots and bookings."""

    def __init__(self, *, store: BookingStore, directory: Directory, clock: Clock) -> None:
        """`clock.now()` tells which starts have passed, and which holds have expired."""
        self._store = store
        self._directory = directory
        self._clock = clock
        self._time = HostTime(store=store, directory=directory, clock=clock)
        self.calendars = Calendars(store=store, directory=directory, time=self._time, clock=clock)
        self.agenda = Agenda(store=store, directory=directory, time=self._time)
        self.feeds = Feeds(store=store, directory=directory, clock=clock)
        self.series = SeriesOfShows(bookings=store, time=self._time, clock=clock)
        self.rescheduling = Rescheduling(bookings=store, time=self._time, clock=clock)

    def save_availability(self, principal: Principal, creator_id: str, availability: Availability) -> Availability:
        """Say when a host may be booked; the host or a manager of the host's agency does."""
        self._directory.host_acted_for(principal, creator_id)
        check_zone(availability.timezone)
        check_availability(availability)
        self._store.save_availability(creator_id, availability, self._clock.real_now())
        return availability

    def availability(self, principal: Principal, creator_id: str) -> Availability:
        """When a host may be booked, for who speaks for the host."""
        profile = self._directory.host_acted_for(principal, creator_id)
        return self._time.of(profile).offered

    def slots(self, principal: Principal, creator_id: str, start: datetime, end: datetime, minutes: int) -> tuple[FreeStart, ...]:
        """Every free start for a show of this length, at most `MAX_LISTED_DAYS` at a time."""
        profile = self._directory.host(principal, creator_id)
        if not start < end <= start + timedelta(days=MAX_LISTED_DAYS):
            raise BadSlot(f"Ask for a stretch of up to {MAX_LISTED_DAYS} days.", fields={"to": "must be after from, within the limit"})
        check_minutes(minutes)
        return tuple(self._time.of(profile).free_starts(start, end, minutes))

    def time_of(self, principal: Principal, creator_id: str) -> TimeOfHost:
        """A host's time as others may see it. Raises `HostNotFound`."""
        return self._time.of(self._directory.host(principal, creator_id))

    def time_acted_for(self, principal: Principal, creator_id: str) -> TimeOfHost:
        """The same for who speaks for the host, approved or not. Raises `HostNotFound`."""
        return self._time.of(self._directory.host_acted_for(principal, creator_id))

    def is_free(self, creator_id: str, starts_at: datetime, minutes: int) -> bool:
        """Whether a show could be booked then; what matching asks. A show that is too long with this host's rest cannot."""
        try:
            return self._time.of(self._directory.profile(creator_id)).why_not(starts_at, minutes) is None
        except BadSlot:
            return False

    def claims_of(
        self, creator_id: str, start: datetime, end: datetime, profile: Profile | None = None
    ) -> tuple[Availability, tuple[Claim | Busy, ...]]:
        """What a host (whose profile has been read, or is now) offers, and what of it is taken from `start` to `end`.

        Read once by whoever asks about many shows.
        """
        time = self._time.of_host(creator_id) if profile is None else self._time.of(profile)
        return time.offered, tuple(time.taken(start, end))

    def check_free(self, creator_id: str, starts_at: datetime, minutes: int) -> None:
        """Raise `BadSlot` or `SlotTaken` with a sentence on who, when and what to do."""
        check_show_time(starts_at, minutes, self._clock.now())
        self._demand_free(self._time.of(self._directory.profile(creator_id)), starts_at, minutes)

    def claim(
        self, transaction: Transaction, deal: Deal, shows: Sequence[NewBooking], state: State = State.ACCEPTED
    ) -> tuple[Booking, ...]:
        """Add bookings and a claim on each of their slots to a transaction: all of them or none. Holds of these bookings are theirs.

        Raises `SlotTaken` at once where that is known already; the transaction raises it where somebody was faster.
        """
        time = self._time.of(self._directory.profile(deal.creator_id))
        now, mine = self._clock.now(), frozenset(show.booking_id for show in shows)
        bookings: list[Booking] = []
        for show in shows:
            check_show_time(show.starts_at, show.minutes, now)
            self._demand_free(time, show.starts_at, show.minutes, mine)
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
                timezone=time.offered.timezone,
                state=state,
                version=1,
                changed_at=now,
                slots=claimed_slots(time.offered, show.starts_at, show.minutes),
            )
            check_apart(bookings, booking, time.name)
            self._store.add(transaction, booking, somebody_was_faster(time.name, booking))
            bookings.append(booking)
        transaction.announce(HOST_CHANGED, deal.creator_id, iso(self._clock.real_now()))
        return tuple(bookings)

    def slots_needed(self, creator_id: str, shows: Sequence[tuple[datetime, int]]) -> tuple[datetime, ...]:
        """The slots, buffers included, that shows (start and minutes) would claim, one show after the other."""
        offered = self._time.of_host(creator_id).offered
        return tuple(slot for starts_at, minutes in shows for slot in claimed_slots(offered, starts_at, minutes))

    def move_in(self, transaction: Transaction, booking_id: str, move: Move, by: Party) -> Booking:
        """Add a move of a booking to a transaction. Raises `NotAllowedNow` or `NotYourMove`."""
        before = self._store.booking(booking_id)
        row = allowed(before.state, move, by)
        slots = () if row.frees_slots else before.slots
        after = replace(before, state=row.to, version=before.version + 1, changed_at=self._clock.now(), slots=slots)
        self._store.change(transaction, before, after)
        transaction.announce(LOOK, deal_subject(before.contract_id), iso(self._clock.real_now()))
        if slots != before.slots:
            transaction.announce(HOST_CHANGED, before.creator_id, iso(self._clock.real_now()))
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

    def _demand_free(self, time: TimeOfHost, starts_at: datetime, minutes: int, mine: Container[str] = ()) -> None:
        refusal = time.why_not(starts_at, minutes, mine)
        if refusal is not None:
            raise SlotTaken(refusal)


_AFTER: dict[Move, frozenset[State]] = {
    Move.EXPIRE: frozenset({State.EXPIRED}),
    Move.FUND: frozenset({State.FUNDED, State.LIVE, State.COMPLETED, State.SETTLED}),
    Move.START: frozenset({State.LIVE, State.COMPLETED, State.SETTLED}),
    Move.COMPLETE: frozenset({State.COMPLETED, State.SETTLED}),
    Move.SETTLE: frozenset({State.SETTLED}),
}
"""States in which a worker's move has been made already, so that working twice on one message changes nothing."""


def _already(state: State, move: Move) -> bool:
    return state in _AFTER.get(move, frozenset())

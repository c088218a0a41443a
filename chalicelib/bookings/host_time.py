"""What is known of a host's time when somebody asks: hours, calendars, claims and holds, read once and looked at by the same rules.

Listing free starts, checking a wanted one, holding and booking all come through `TimeOfHost`, so they can never disagree.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.bookings.busy import BusyCalendar, busy_between
from chalicelib.bookings.rules import (
    MAX_BUFFER_MINUTES,
    Availability,
    BadSlot,
    Busy,
    Claim,
    FreeStart,
    SlotTaken,
    first_obstacle,
    free_starts,
    standing,
    when,
    why_not,
)
from chalicelib.bookings.states import Booking
from chalicelib.bookings.store import BookingStore
from chalicelib.core.clock import Clock
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory

WIDEST_CLAIM = timedelta(minutes=MAX_BUFFER_MINUTES)


class TimeOfHost:
    """The time of one host: hours and calendars as they were read, claims as they are at each question."""

    def __init__(self, store: BookingStore, profile: Profile, now: datetime) -> None:
        """A host who has not said when offers nothing."""
        availability, self._calendars = store.hours(profile.creator_id)
        self.creator_id = profile.creator_id
        self.name = profile.name
        self.offered = availability or Availability(timezone=profile.timezone)
        self._store = store
        self._now = now

    @property
    def calendars(self) -> tuple[BusyCalendar, ...]:
        """The host's imported calendars."""
        return self._calendars

    def free_starts(self, start: datetime, end: datetime, minutes: int) -> Iterator[FreeStart]:
        """Every start that can be booked."""
        return free_starts(self.offered, self.taken(start, end), start, end, minutes, self._now)

    def why_not(self, starts_at: datetime, minutes: int, mine: Container[str] = ()) -> str | None:
        """Why a show cannot be booked then, None if it can; holds of the bookings `mine` are the caller's own."""
        taken = self.taken(starts_at, starts_at + timedelta(minutes=minutes), mine)
        obstacle = first_obstacle(self.offered, taken, starts_at, minutes)
        return None if obstacle is None else why_not(self.name, self.offered, starts_at, minutes, obstacle)

    def taken(self, start: datetime, end: datetime, mine: Container[str] = ()) -> list[Claim | Busy]:
        """Claims that stand, holds of the bookings `mine` apart, and what calendars say; with room for the widest buffer on both sides."""
        start, end = start - WIDEST_CLAIM, end + WIDEST_CLAIM
        claims = standing(self._store.claims(self.creator_id, start, end), self._now, mine)
        return [*claims, *busy_between(self._calendars, start, end)]


class HostTime:
    """The time of hosts."""

    def __init__(self, *, store: BookingStore, directory: Directory, clock: Clock) -> None:
        """`clock.now()` tells which holds have expired."""
        self._store = store
        self._directory = directory
        self._clock = clock

    def of(self, profile: Profile) -> TimeOfHost:
        """The time of a host, as it is now."""
        return TimeOfHost(self._store, profile, self._clock.now())

    def of_host(self, creator_id: str) -> TimeOfHost:
        """The same by the host's id."""
        return self.of(self._directory.profile(creator_id))


def somebody_was_faster(host: str, booking: Booking) -> SlotTaken:
    """What the condition of a write says when it fails."""
    wanted = when(booking.starts_at, booking.starts_at + timedelta(minutes=booking.minutes), booking.timezone)
    return SlotTaken(f"{host} has just been booked for a time that {wanted} would need. Pick one of the free slots.")


def check_apart(bookings: Sequence[Booking], booking: Booking, host: str) -> None:
    """Raise `BadSlot` when a booking takes time of one of these."""
    if any(set(other.slots) & set(booking.slots) for other in bookings):
        raise BadSlot(f"Two of these shows overlap, or leave {host} no rest between them. Move one of them.", fields={"shows": "overlap"})

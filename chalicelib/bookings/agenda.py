"""What takes a host's time in a stretch of it: what is booked, what is held softly and until when, what the host's calendars say."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.bookings.busy import BusyCalendar, busy_between
from chalicelib.bookings.host_time import HostTime
from chalicelib.bookings.rules import SLOT, Availability, Claim
from chalicelib.bookings.states import Booking
from chalicelib.bookings.store import BookingStore
from chalicelib.core.access import Principal
from chalicelib.directory.service import Directory


class Kind(StrEnum):
    """Why there is no time."""

    BOOKED = "booked"
    HELD = "held"
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A show with the rest around it (from `taken_from` to `taken_until`), or a busy stretch. Instants in UTC, ends exclusive.

    `booking` is None for a hold, and for a series at the moment at which it is being booked.
    """

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    taken_from: datetime
    taken_until: datetime
    booking_id: str = ""
    booking: Booking | None = None
    held_until: datetime | None = None
    calendar_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAgenda:
    """A host's time: what the host offers, and what of it is taken, by start."""

    creator_id: str
    name: str
    offered: Availability
    entries: tuple[Entry, ...]


class Agenda:
    """The use case of looking at it."""

    def __init__(self, *, store: BookingStore, directory: Directory, time: HostTime) -> None:
        """`time` tells which holds still stand."""
        self._store = store
        self._directory = directory
        self._time = time

    def of(self, principal: Principal, creator_id: str, start: datetime, end: datetime) -> HostAgenda:
        """A host's time from `start` to `end`, for who speaks for the host. Raises `HostNotFound`."""
        time = self._time.of(self._directory.host_acted_for(principal, creator_id))
        claims = [each for each in time.taken(start, end) if isinstance(each, Claim)]
        booked = self._store.bookings({each.booking_id for each in claims if each.held_until is None})
        found = [*_shows(claims, {each.booking_id: each for each in booked}), *_busy(time.calendars, start, end)]
        seen = (each for each in found if each.taken_from < end and start < each.taken_until)
        entries = sorted(seen, key=lambda each: (each.starts_at, each.kind, each.ends_at))
        return HostAgenda(creator_id=creator_id, name=time.name, offered=time.offered, entries=tuple(entries))


def _shows(claims: Iterable[Claim], bookings: dict[str, Booking]) -> Iterator[Entry]:
    by_booking: dict[str, list[Claim]] = {}
    for claim in claims:
        by_booking.setdefault(claim.booking_id, []).append(claim)
    for booking_id, own in by_booking.items():
        slots = [claim.slot for claim in own]
        yield Entry(
            kind=Kind.BOOKED if own[0].held_until is None else Kind.HELD,
            starts_at=own[0].starts_at,
            ends_at=own[0].ends_at,
            taken_from=min(slots),
            taken_until=max(slots) + SLOT,
            booking_id=booking_id,
            booking=bookings.get(booking_id),
            held_until=own[0].held_until,
        )


def _busy(calendars: Iterable[BusyCalendar], start: datetime, end: datetime) -> Iterator[Entry]:
    for calendar in calendars:
        for busy in busy_between([calendar], start, end):
            yield Entry(
                kind=Kind.BUSY,
                starts_at=busy.starts_at,
                ends_at=busy.ends_at,
                taken_from=busy.starts_at,
                taken_until=busy.ends_at,
                calendar_id=calendar.calendar_id,
            )

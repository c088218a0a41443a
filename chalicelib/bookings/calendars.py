"""A host's own calendars: imported, looked at and removed. From the moment one is kept, its busy times stand against every start.

A calendar is kept as one item, so a new import replaces the old one as a whole, and a file that is refused leaves it as it was.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.bookings.busy import BusyCalendar
from chalicelib.bookings.host_time import HostTime
from chalicelib.bookings.rules import SLOT_MINUTES
from chalicelib.bookings.store import BookingStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.directory.service import Directory

MAX_CALENDARS = 8
LOOKED_BACK = timedelta(days=1)
HORIZON = timedelta(days=400)
"""How far ahead busy times are kept; a calendar is imported anew before that."""
CALENDAR_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class CalendarNotFound(NotFound):
    """There is no such calendar of this host."""


class TooManyCalendars(Conflict):
    """The host has as many calendars as can be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCalendar:
    """A calendar as it is kept. `events` counts the busy times that were found, `busy_minutes` what they take up to `until`."""

    calendar_id: str
    imported_at: datetime
    until: datetime
    events: int
    busy_minutes: int


class Calendars:
    """Use cases of imported calendars."""

    def __init__(self, *, store: BookingStore, directory: Directory, time: HostTime, clock: Clock) -> None:
        """`clock.now()` says from when on busy times matter."""
        self._store = store
        self._directory = directory
        self._time = time
        self._clock = clock

    def save(self, principal: Principal, creator_id: str, calendar_id: str, text: str) -> ImportedCalendar:
        """Keep the busy times of an .ics file under a name, instead of what was kept under it. Raises `BadCalendar`.

        What is booked stays booked.
        """
        from chalicelib.bookings.ics import read_calendar  # noqa: PLC0415  # brings a parser that nothing else here needs

        time = self._time.of(self._directory.host_acted_for(principal, creator_id))
        if CALENDAR_ID.fullmatch(calendar_id) is None:
            raise Invalid(
                "Name a calendar by up to 40 small letters, digits and hyphens, such as work.", fields={"calendar_id": "not such a name"}
            )
        if calendar_id not in {each.calendar_id for each in time.calendars} and len(time.calendars) >= MAX_CALENDARS:
            raise TooManyCalendars(f"A host has at most {MAX_CALENDARS} calendars. Remove one first, or import under its name.")
        now = self._clock.now()
        found = read_calendar(text, ZoneInfo(time.offered.timezone), now - LOOKED_BACK, now + HORIZON)
        busy = BusyCalendar(calendar_id=calendar_id, imported_at=now, until=now + HORIZON, events=found.events, stretches=found.stretches)
        self._store.save_calendar(creator_id, busy, self._clock.real_now())
        return _shown(busy)

    def list(self, principal: Principal, creator_id: str) -> tuple[ImportedCalendar, ...]:
        """The calendars of a host, for who speaks for the host."""
        time = self._time.of(self._directory.host_acted_for(principal, creator_id))
        return tuple(_shown(calendar) for calendar in time.calendars)

    def remove(self, principal: Principal, creator_id: str, calendar_id: str) -> tuple[ImportedCalendar, ...]:
        """Forget a calendar; its times are free again at once. Answers those that are left. Raises `CalendarNotFound`."""
        calendars = self.list(principal, creator_id)
        if calendar_id not in {each.calendar_id for each in calendars}:
            raise CalendarNotFound("There is no such calendar. It may have been removed already.")
        self._store.remove_calendar(creator_id, calendar_id, self._clock.real_now())
        return tuple(each for each in calendars if each.calendar_id != calendar_id)


def _shown(calendar: BusyCalendar) -> ImportedCalendar:
    return ImportedCalendar(
        calendar_id=calendar.calendar_id,
        imported_at=calendar.imported_at,
        until=calendar.until,
        events=calendar.events,
        busy_minutes=SLOT_MINUTES * sum(quarters for _, quarters in calendar.stretches),
    )

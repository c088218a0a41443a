"""A host's calendar: what is booked, held and busy, the hours in which the host can be booked, calendars in and out."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Empty, Link, Notice, Status, Table
from chalicelib.web.views.forms import Choice

Errors = tuple[tuple[str, str], ...]
"""Names of fields with the sentences that stand beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """Something that takes time; `note` says more, such as until when it is held."""

    status: Status
    times: str
    words: str
    href: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the host's zone. `opened` are the hours in which the host can be booked."""

    iso: str
    number: str
    words: str
    opened: str
    entries: tuple[CalendarEntry, ...]
    is_today: bool = False
    is_outside: bool = False
    """Of another month than the one that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Weeks of days from Monday on, and the ways to other times. `views` are month and week; the one that is shown has no address."""

    heading: str
    zone: str
    views: tuple[Link, ...]
    before: Link
    today: Link
    after: Link
    weeks: tuple[tuple[CalendarDay, ...], ...]
    nothing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayField:
    """The hours of a weekday, as they are written."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """Days with hours of their own, as they are written; without hours the host cannot be booked then."""

    number: int
    first: str = ""
    last: str = ""
    repeat: str = "daily"
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursForm:
    """When the host can be booked. What was sent comes back with what is wrong."""

    action: str
    timezone: str
    zones: tuple[str, ...]
    before: str
    after: str
    weekdays: tuple[WeekdayField, ...]
    exceptions: tuple[ExceptionRow, ...]
    errors: Errors = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCalendar:
    """An imported calendar."""

    name: str
    facts: str
    remove: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportForm:
    """Brings a calendar's busy times."""

    action: str
    name: str = ""
    ics: str = ""
    max_bytes: int = 0
    errors: Errors = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """The outgoing feed. `address` is there once, after it was made."""

    words: str
    make: Button
    remove: Button | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesForm:
    """A series to look at: its first start in the host's zone, how it repeats, how often and how long."""

    action: str
    zone: str
    first: str
    rhythm: str
    rhythms: tuple[Choice, ...]
    times: str
    minutes: str
    errors: Errors = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPage:
    """The form, and every date with what stands against it."""

    form: SeriesForm
    dates: Table | None
    words: str
    back: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """The page of one host."""

    title: str
    all_hosts: Link | None
    """Where an agency finds its others."""
    notice: Notice | None
    grid: Grid
    series: Table
    look: Link
    """Where a series can be looked at before anybody offers it."""
    hours: HoursForm
    kept: tuple[KeptCalendar, ...]
    bring: ImportForm
    feed: FeedView


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsPage:
    """An agency's hosts, each with its calendar."""

    hosts: tuple[Link, ...]
    empty: Empty

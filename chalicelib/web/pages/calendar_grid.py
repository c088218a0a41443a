"""A host's time as weeks of days, in the host's own zone: a month of whole weeks, or one week."""

import calendar as months
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.bookings.agenda import Entry, HostAgenda, Kind
from chalicelib.bookings.rules import Calendar, calendar
from chalicelib.web.pages.hours_form import hours_text
from chalicelib.web.views.calendar import CalendarDay, CalendarEntry, Grid
from chalicelib.web.views.common import Link, Status

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
STATUSES = {
    Kind.BOOKED: Status(word="Booked", tone="good"),
    Kind.HELD: Status(word="Held", tone="waiting"),
    Kind.BUSY: Status(word="Busy", tone="neutral"),
}
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
NOTHING = "Nothing is booked, held or busy in this time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown: days from `first` on, of the month of `day` or the week of `day`."""

    view: str
    day: date
    first: date
    days: int

    def between(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the first midnight to the last, as instants."""
        return _midnight(self.first, zone), _midnight(self.first + self.days * DAY, zone)


def shown(view: str, day: date) -> Shown:
    """A week, or for any other word a month."""
    if view == "week":
        return Shown(view="week", day=day, first=day - day.weekday() * DAY, days=7)
    begins = day.replace(day=1)
    first = begins - begins.weekday() * DAY
    last = begins + months.monthrange(day.year, day.month)[1] * DAY
    return Shown(view="month", day=day, first=first, days=-(-(last - first).days // 7) * 7)


def day_asked(text: str, today: date) -> date:
    """The day in an address; today where there is none that can be shown."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return asked if EARLIEST <= asked <= LATEST else today


def grid(agenda: HostAgenda, what: Shown, today: date, address: str, words: Callable[[Entry], CalendarEntry]) -> Grid:
    """The grid; `words` tells of an entry all but its status and times."""
    zone = ZoneInfo(agenda.offered.timezone)
    offered = calendar(agenda.offered)
    days = [what.first + number * DAY for number in range(what.days)]
    made = [_day(agenda.entries, day, zone, offered, words) for day in days]
    marked = [_marked(each, day, what, today) for each, day in zip(made, days, strict=True)]

    def to(view: str, day: date) -> str:
        return f"{address}?view={view}&day={day.isoformat()}"

    before, after = _neighbours(what)
    return Grid(
        heading=f"{what.day:%B %Y}" if what.view == "month" else f"Week from {what.first:%A %-d %B %Y}",
        zone=agenda.offered.timezone.replace("_", " "),
        views=tuple(
            Link(label=label, href="" if what.view == view else to(view, what.day))
            for label, view in (("Month", "month"), ("Week", "week"))
        ),
        before=Link(label=f"Earlier {what.view}", href=to(what.view, before)),
        today=Link(label="Today", href=to(what.view, today)),
        after=Link(label=f"Later {what.view}", href=to(what.view, after)),
        weeks=tuple(tuple(marked[start : start + 7]) for start in range(0, what.days, 7)),
        nothing="" if any(day.entries for day in made) else NOTHING,
    )


def _neighbours(what: Shown) -> tuple[date, date]:
    if what.view == "week":
        return what.first - WEEK, what.first + WEEK
    begins = what.day.replace(day=1)
    return (begins - DAY).replace(day=1), (begins + 32 * DAY).replace(day=1)


def _day(entries: Sequence[Entry], day: date, zone: ZoneInfo, offered: Calendar, words: Callable[[Entry], CalendarEntry]) -> CalendarDay:
    begins, ends = _midnight(day, zone), _midnight(day + DAY, zone)
    return CalendarDay(
        iso=day.isoformat(),
        number=str(day.day),
        words=f"{day:%a %-d %b %Y}",
        opened=hours_text(offered.dated.get(day, offered.weekly.get(day.weekday(), ()))),
        entries=tuple(_entries(entries, begins, ends, zone, words)),
    )


def _marked(made: CalendarDay, day: date, what: Shown, today: date) -> CalendarDay:
    outside = what.view == "month" and day.month != what.day.month
    return CalendarDay(
        iso=made.iso,
        number=made.number,
        words=made.words,
        opened=made.opened,
        entries=made.entries,
        is_today=day == today,
        is_outside=outside,
    )


def _entries(
    entries: Sequence[Entry], begins: datetime, ends: datetime, zone: ZoneInfo, words: Callable[[Entry], CalendarEntry]
) -> Iterator[CalendarEntry]:
    for entry in entries:
        if entry.starts_at < ends and begins < entry.ends_at:
            told = words(entry)
            yield CalendarEntry(
                status=STATUSES[entry.kind],
                times=_times(entry, begins, ends, zone),
                words=told.words,
                href=told.href,
                note=" ".join(part for part in (_rest(entry, zone), told.note) if part),
            )


def _times(entry: Entry, begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """What of it lies on this day."""
    from_before, goes_on = entry.starts_at < begins, entry.ends_at > ends
    if entry.starts_at <= begins and entry.ends_at >= ends:
        return "all day"
    if from_before:
        return f"until {entry.ends_at.astimezone(zone):%H:%M}"
    start = f"{entry.starts_at.astimezone(zone):%H:%M}"
    return f"from {start}" if goes_on else f"{start}-{_end(entry.ends_at, ends, zone)}"


def _end(instant: datetime, ends: datetime, zone: ZoneInfo) -> str:
    return "24:00" if instant == ends else f"{instant.astimezone(zone):%H:%M}"


def _rest(entry: Entry, zone: ZoneInfo) -> str:
    if (entry.taken_from, entry.taken_until) == (entry.starts_at, entry.ends_at):
        return ""
    return f"With rest {entry.taken_from.astimezone(zone):%H:%M}-{entry.taken_until.astimezone(zone):%H:%M}."


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)

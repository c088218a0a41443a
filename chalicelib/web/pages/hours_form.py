"""The form of a host's hours: read as it was written, with every mistake beside its field, and filled from what is kept.

Hours are written as ``18:00-22:00, 23:00-24:00``; days off as a day or a stretch of days, each or once a week.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

from chalicelib.bookings.rules import (
    MAX_BUFFER_MINUTES,
    MAX_EXCEPTIONS,
    MINUTES_PER_DAY,
    Availability,
    BadAvailability,
    DatedException,
    WeeklyWindow,
    Window,
    check_availability,
)
from chalicelib.core.errors import Invalid
from chalicelib.directory.rules import check_zone
from chalicelib.web.views.calendar import ExceptionRow, HoursForm, WeekdayField

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPARE_ROWS = 2
MAX_ROWS = 120
MAX_CHARACTERS = 200
_WINDOW = re.compile(r"([0-9]{1,2})(?::([0-5][0-9]))?\s*[-\N{EN DASH}]\s*([0-9]{1,2})(?::([0-5][0-9]))?")
WRITE_SO = "Write hours as 18:00-22:00, several with commas."
STEPS: Mapping[str, timedelta] = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}


@dataclass(slots=True)
class _Mistakes:
    """Sentences by field, the first for each."""

    found: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, sentence: str) -> None:
        self.found.setdefault(name, sentence)


def hours_text(windows: Sequence[tuple[int, int]]) -> str:
    """``18:00-22:00, 23:00-24:00`` from minutes after midnight."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in sorted(windows))


def windows_of(text: str) -> tuple[Window, ...]:
    """The windows that are written. Raises `BadAvailability` with what to write instead."""
    windows = []
    for part in (each.strip() for each in text.replace(";", ",").split(",")):
        if not part:
            continue
        found = _WINDOW.fullmatch(part)
        if found is None:
            raise BadAvailability(f"“{part}” cannot be understood. {WRITE_SO}")
        start, end = _minute(found[1], found[2]), _minute(found[3], found[4])
        if max(start, end) > MINUTES_PER_DAY:
            raise BadAvailability(f"“{part}” goes past midnight, which is 24:00. Put the rest on the next day.")
        if start >= end:
            raise BadAvailability(f"“{part}” ends before it begins. Put what comes after midnight on the next day.")
        windows.append(Window(from_minute=start, until_minute=end))
    return tuple(sorted(windows, key=lambda window: window.from_minute))


def filled(action: str, offered: Availability, today: date) -> HoursForm:
    """The form as things are; days that have passed are left out."""
    weekly: dict[int, list[tuple[int, int]]] = {}
    for window in offered.weekly:
        weekly.setdefault(window.weekday, []).append((window.from_minute, window.until_minute))
    rows = list(_rows(sorted((each for each in offered.exceptions if each.day >= today), key=lambda each: each.day)))
    return HoursForm(
        action=action,
        timezone=offered.timezone,
        zones=zones(),
        before=str(offered.buffer_before_minutes),
        after=str(offered.buffer_after_minutes),
        weekdays=tuple(_weekday(day, hours_text(weekly.get(day, ()))) for day in range(len(WEEKDAYS))),
        exceptions=tuple(rows + _spare(len(rows))),
    )


def as_written(action: str, sent: Mapping[str, str], *, more: bool = False, errors: Mapping[str, str] | None = None) -> HoursForm:
    """The form with what was sent; `more` adds empty rows."""
    rows = [_row(sent, number) for number in _numbers(sent)]
    return HoursForm(
        action=action,
        timezone=sent.get("timezone", ""),
        zones=zones(),
        before=sent.get("before", ""),
        after=sent.get("after", ""),
        weekdays=tuple(_weekday(day, sent.get(f"day-{day}", "")) for day in range(len(WEEKDAYS))),
        exceptions=tuple(rows + _spare(len(rows)) if more or not rows else rows),
        errors=tuple((errors or {}).items()),
    )


def read(sent: Mapping[str, str]) -> tuple[Availability | None, Mapping[str, str]]:
    """What was written, or None and a sentence for each field that cannot stand."""
    mistakes = _Mistakes()
    timezone = sent.get("timezone", "").strip()
    try:
        check_zone(timezone)
    except Invalid as error:
        mistakes.note("timezone", error.message)
    weekly = [
        WeeklyWindow(weekday=day, from_minute=window.from_minute, until_minute=window.until_minute)
        for day in range(len(WEEKDAYS))
        for window in _windows(sent.get(f"day-{day}", ""), f"day-{day}", mistakes)
    ]
    availability = Availability(
        timezone=timezone,
        weekly=tuple(weekly),
        exceptions=_exceptions(sent, mistakes),
        buffer_before_minutes=_buffer(sent, "before", mistakes),
        buffer_after_minutes=_buffer(sent, "after", mistakes),
    )
    return (None if mistakes.found else availability), mistakes.found


def zones() -> tuple[str, ...]:
    """Names of zones to choose from: those of places."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))))


def _weekday(day: int, value: str) -> WeekdayField:
    return WeekdayField(name=f"day-{day}", label=WEEKDAYS[day], value=value)


def _spare(rows: int) -> list[ExceptionRow]:
    return [ExceptionRow(number=rows + spare) for spare in range(SPARE_ROWS)]


def _rows(exceptions: Sequence[DatedException]) -> Iterator[ExceptionRow]:
    """Stretches of days with the same hours."""
    begins = 0
    ends = [place for place, (one, other) in enumerate(pairwise(exceptions), 1) if not _go_together(one, other)]
    for number, end in enumerate([*ends, len(exceptions)] if exceptions else []):
        first, last = exceptions[begins], exceptions[end - 1]
        hours = hours_text([(window.from_minute, window.until_minute) for window in first.windows])
        yield ExceptionRow(number=number, first=first.day.isoformat(), last="" if first is last else last.day.isoformat(), hours=hours)
        begins = end


def _go_together(one: DatedException, other: DatedException) -> bool:
    return other.day - one.day == timedelta(days=1) and set(other.windows) == set(one.windows)


def _numbers(sent: Mapping[str, str]) -> list[int]:
    numbers = {int(found[1]) for name in sent if (found := re.fullmatch(r"exception-([0-9]{1,3})-(?:first|last|hours)", name))}
    return sorted(numbers)[:MAX_ROWS]


def _row(sent: Mapping[str, str], number: int) -> ExceptionRow:
    def of(name: str) -> str:
        return sent.get(f"exception-{number}-{name}", "").strip()

    return ExceptionRow(number=number, first=of("first"), last=of("last"), repeat=of("repeat") or "daily", hours=of("hours"))


def _exceptions(sent: Mapping[str, str], mistakes: _Mistakes) -> tuple[DatedException, ...]:
    found: dict[date, DatedException] = {}
    for number in _numbers(sent):
        row, name = _row(sent, number), f"exception-{number}"
        if not (row.first or row.last or row.hours):
            continue
        windows = _windows(row.hours, f"{name}-hours", mistakes)
        for day in _days(row, name, mistakes):
            if day in found:
                mistakes.note(f"{name}-first", f"{day:%a %-d %b %Y} is stated in another row, too. State each day once.")
            found[day] = DatedException(day=day, windows=windows)
    if len(found) > MAX_EXCEPTIONS:
        mistakes.note("exceptions", f"These are {len(found)} days, of which {MAX_EXCEPTIONS} can be kept. Shorten a stretch.")
    return tuple(found[day] for day in sorted(found))


def _days(row: ExceptionRow, name: str, mistakes: _Mistakes) -> Iterator[date]:
    first = _day(row.first, f"{name}-first", mistakes)
    last = _day(row.last, f"{name}-last", mistakes) if row.last else first
    if first is None or last is None:
        return
    step = STEPS.get(row.repeat, STEPS["daily"])
    if row.repeat == "weekly" and not row.last:
        mistakes.note(f"{name}-last", "Say until which day it repeats.")
    elif last < first:
        mistakes.note(f"{name}-last", "The last day comes before the first. Give a later one, or none for a single day.")
    elif (last - first) // step >= MAX_EXCEPTIONS:
        mistakes.note(f"{name}-last", f"At most {MAX_EXCEPTIONS} days can be kept. Give an earlier last day.")
    else:
        yield from (first + step * number for number in range((last - first) // step + 1))


def _day(text: str, name: str, mistakes: _Mistakes) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        mistakes.note(name, "Write a day as 2011-01-24." if text else "Say from which day on.")
        return None


def _windows(text: str, name: str, mistakes: _Mistakes) -> tuple[Window, ...]:
    """The windows of one day, checked for themselves, so that each mistake stands beside its day."""
    try:
        windows = windows_of(text[:MAX_CHARACTERS])
        some_day = DatedException(day=date(2000, 1, 1), windows=windows)
        check_availability(Availability(timezone="UTC", exceptions=(some_day,)))
    except BadAvailability as error:
        mistakes.note(name, error.message)
        return ()
    return windows


def _buffer(sent: Mapping[str, str], name: str, mistakes: _Mistakes) -> int:
    text = sent.get(name, "").strip() or "0"
    minutes = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
    try:
        check_availability(Availability(timezone="UTC", buffer_before_minutes=minutes))
    except BadAvailability:
        mistakes.note(name, f"Rest is between 0 and {MAX_BUFFER_MINUTES} minutes, in quarter hours such as 15 or 30.")
        return 0
    return minutes


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(hours: str, minutes: str | None) -> int:
    return int(hours) * 60 + int(minutes or 0)

"""Reading an iCalendar file (RFC 5545) for one thing: when its owner has no time. Titles, places and guests are not looked at.

Events that are cancelled or transparent take no time. All-day events and times without a zone are meant in the host's zone, others in
their own, be it one that the file defines. Repeating events are followed with their exceptions up to the end of the time that is looked
at. A file is understood as a whole or refused with a sentence; sizes and the work it may cause are bounded.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.timezone import tzp

from chalicelib.bookings.busy import stretches_of
from chalicelib.core.errors import Invalid
from chalicelib.core.recurrence import OF_DAYS, BadRecurrence, Rule, occurrences, read_rule

MAX_CALENDAR_CHARACTERS = 700_000
MAX_EVENTS = 3_000
MAX_ZONE_CHANGES = 400
MAX_OCCURRENCES = 20_000
MAX_DAYS_FOLLOWED = 1_000_000
"""Of all repeating events together, from their first day on."""
MAX_EMPTY_RULES = 20
MAX_STRETCHES = 15_000
PARTS_OF_RULES = OF_DAYS | {"BYHOUR", "BYMINUTE", "BYSECOND"}
FREE = "TRANSPARENT"
CANCELLED = "CANCELLED"
Span = tuple[datetime, datetime]


class BadCalendar(Invalid):
    """A file that is no calendar, is broken, or is too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyTimes:
    """What a file says: how many events take time in the stretch that was looked at, and the quarter hours they take."""

    events: int
    stretches: tuple[tuple[int, int], ...]


def read_calendar(text: str, zone: ZoneInfo, start: datetime, end: datetime) -> BusyTimes:
    """When there is no time from `start` to `end`; `zone` is the host's. Raises `BadCalendar`."""
    events = _events(text)
    reader = _Reader(zone, start, end)
    by_uid: dict[str, list[Event]] = {}
    for event in events:
        by_uid.setdefault(str(event.get("UID", "")) or f"#{len(by_uid)}", []).append(event)
    busy = [span for alike in by_uid.values() for span in reader.busy_of(alike)]
    stretches = stretches_of((max(span[0], start), min(span[1], end)) for span in busy)
    if len(stretches) > MAX_STRETCHES:
        raise BadCalendar(f"This calendar has more than {MAX_STRETCHES:,} separate busy times. Export a shorter time.")
    return BusyTimes(events=len(busy), stretches=stretches)


def _events(text: str) -> list[Event]:
    if len(text) > MAX_CALENDAR_CHARACTERS:
        raise BadCalendar(f"A calendar has at most {MAX_CALENDAR_CHARACTERS:,} characters. Export a shorter time.")
    lines = [line.rstrip().upper() for line in text.lstrip("\ufeff").strip().splitlines()]
    if not lines or lines[0] != "BEGIN:VCALENDAR":
        raise BadCalendar("This is no iCalendar file: it does not begin with BEGIN:VCALENDAR. Export your calendar as .ics.")
    if lines[-1] != "END:VCALENDAR" or lines.count("BEGIN:VEVENT") != lines.count("END:VEVENT"):
        raise BadCalendar("This file breaks off in the middle, so nothing of it was taken. Export it again.")
    if lines.count("BEGIN:VEVENT") > MAX_EVENTS:
        raise BadCalendar(f"A calendar has at most {MAX_EVENTS:,} events. Export a shorter time.")
    if sum(line in {"BEGIN:STANDARD", "BEGIN:DAYLIGHT"} for line in lines) > MAX_ZONE_CHANGES:
        raise BadCalendar("This file defines too many time zones. Export it again without them.")
    tzp.use_default()  # the library keeps zones that files define, by name and for ever: another host's must not be found here
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)
            calendars = [Calendar.from_ical(part) for part in _each_calendar(text)]
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise BadCalendar(f"This calendar cannot be read: {str(error)[:200]}.") from error
    _check_zones(calendars)
    return [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _each_calendar(text: str) -> Iterator[str]:
    """A file may hold several calendars, one after the other."""
    part: list[str] = []
    for line in text.lstrip("\ufeff").strip().splitlines():
        part.append(line)
        if line.strip().upper() == "END:VCALENDAR":
            yield "\r\n".join(part) + "\r\n"
            part = []


def _check_zones(calendars: Sequence[Calendar]) -> None:
    """A zone whose clocks change more often than monthly is no zone; following it could take for ever."""
    for calendar in calendars:
        for change in (*calendar.walk("STANDARD"), *calendar.walk("DAYLIGHT")):
            for rule in _all(change, "RRULE"):
                if rule.get("FREQ", [""])[0] not in {"YEARLY", "MONTHLY"}:
                    raise BadCalendar("This file defines a time zone whose clocks change all the time. Export it again.")


@dataclass(slots=True)
class _Reader:
    """Reads events one after the other and keeps count of the work."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    occurrences_left: int = MAX_OCCURRENCES
    days_left: int = MAX_DAYS_FOLLOWED
    empty_rules_left: int = MAX_EMPTY_RULES

    def busy_of(self, alike: Sequence[Event]) -> list[Span]:
        """Busy times of one event with all its exceptions."""
        moved = {self._instant(_one(event, "RECURRENCE-ID")) for event in alike if "RECURRENCE-ID" in event}
        found: list[Span] = []
        for event in alike:
            if "RECURRENCE-ID" in event:
                _refuse_ranges(event)
            if _takes_time(event):
                found += [span for span in self._spans(event, moved) if self._is_looked_at(span)]
        return found

    def _spans(self, event: Event, moved: set[datetime]) -> Iterator[Span]:
        first, length = self._times(event)
        if "RECURRENCE-ID" in event:
            yield self._span(first, length)
            return
        left_out = moved | {self._instant(each) for each in _each_date(event, "EXDATE")}
        for local in self._locals(event, first):
            span = self._span(local, length)
            if span[0] not in left_out:
                yield span
        for each in _each_date(event, "RDATE"):
            begins, ends = each if isinstance(each, tuple) else (each, None)
            instant = self._instant(begins)
            if instant not in left_out:
                until = instant + ends if isinstance(ends, timedelta) else self._instant(ends) if ends is not None else None
                yield (instant, until) if until is not None else self._span(begins, length)

    def _times(self, event: Event) -> tuple[date, timedelta]:
        """When an event first begins, and how long it takes; days of all-day events are counted, not added up from hours."""
        first = _one(event, "DTSTART")
        if "DTEND" in event:
            last = _one(event, "DTEND")
            if isinstance(first, datetime) != isinstance(last, datetime):
                raise _bad_event(first, "it begins with a day and ends with a time, or the other way round")
            length = self._instant(last) - self._instant(first) if isinstance(first, datetime) else last - first
        elif "DURATION" in event:
            length = _one(event, "DURATION")
        else:
            length = timedelta() if isinstance(first, datetime) else timedelta(days=1)
        if not isinstance(length, timedelta) or length < timedelta():
            raise _bad_event(first, "it ends before it begins")
        return first, length

    def _locals(self, event: Event, first: date) -> Iterator[date]:
        """Every beginning, in the event's own time: the first, and what its rules say."""
        yield first
        zone = first.tzinfo if isinstance(first, datetime) else None
        naive = datetime.combine(first, time.min) if not isinstance(first, datetime) else first.replace(tzinfo=None)
        for text in _all(event, "RRULE"):
            empty = True
            for local in self._unrolled(_rule(text, zone or self.zone, first), naive, zone):
                empty = False
                if local != naive:
                    yield local.date() if not isinstance(first, datetime) else local.replace(tzinfo=zone)
            self.empty_rules_left -= empty
            if self.empty_rules_left < 0:
                raise BadCalendar("Too many events of this calendar repeat by a rule that never happens. Export it again.")

    def _unrolled(self, rule: Rule, first: datetime, zone: tzinfo | None) -> Iterator[datetime]:
        last = self.end.astimezone(zone or self.zone).replace(tzinfo=None)
        times_a_day = 1
        for part in rule.by.split(";"):
            times_a_day *= part.count(",") + 1 if part.partition("=")[0] in {"BYHOUR", "BYMINUTE", "BYSECOND"} else 1
        self.days_left -= max((last - first).days, 0) * times_a_day
        if self.days_left < 0:
            raise BadCalendar("The repeating events of this calendar go too far back. Export it from a later day on.")
        try:
            yield from occurrences(rule, first, last)
        except BadRecurrence as bad:
            raise _bad_event(first, bad.message) from bad

    def _span(self, local: date, length: timedelta) -> Span:
        """From and until as instants. Whole days are counted in local time, so that a day of 23 or 25 hours is a day."""
        self.occurrences_left -= 1
        if self.occurrences_left < 0:
            raise BadCalendar(f"The events of this calendar take place more than {MAX_OCCURRENCES:,} times. Export a shorter time.")
        if isinstance(local, datetime) and length % timedelta(days=1):
            begins = self._instant(local)
            return begins, begins + length
        return self._instant(local), self._instant(local + length)

    def _instant(self, local: date) -> datetime:
        """The instant of a day's beginning or a time; of two readings the first, and one that does not exist as before the gap."""
        at = local if isinstance(local, datetime) else datetime.combine(local, time.min)
        try:
            return (at.replace(tzinfo=self.zone) if at.tzinfo is None else at).astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise _bad_event(local, "no clock shows this time") from error

    def _is_looked_at(self, span: Span) -> bool:
        return self.start < span[1] and span[0] < self.end and span[0] < span[1]


def _takes_time(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() != CANCELLED and str(event.get("TRANSP", "")).upper() != FREE


def _refuse_ranges(event: Event) -> None:
    moved = event["RECURRENCE-ID"]
    if "RANGE" in getattr(moved, "params", {}):
        raise _bad_event(
            _one(event, "RECURRENCE-ID"), "it changes all later events at once, which few programs write; change them one by one"
        )


def _rule(rule: Mapping[str, Any], zone: tzinfo, first: date) -> Rule:
    try:
        return read_rule(rule.to_ical().decode(), zone, PARTS_OF_RULES)  # type: ignore[attr-defined]  # the library's own mapping
    except BadRecurrence as bad:
        raise _bad_event(first, bad.message) from bad


def _one(event: Event, name: str) -> Any:  # noqa: ANN401  # a date, a time or a length
    """The value of a property that an event has once."""
    values = _all(event, name)
    if len(values) != 1:
        raise BadCalendar(f"An event of this calendar has {name} {len(values)} times; it needs it once. Export it again.")
    value = _value(values[0], name)
    if name != "DURATION" and not isinstance(value, date):
        raise BadCalendar(f"{name} of an event is no date. Export the calendar again.")
    return value


def _each_date(event: Event, name: str) -> Iterator[Any]:
    for listed in _all(event, name):
        for each in _value(listed, name, "dts"):
            yield _value(each, name, within=listed)


def _all(component: Any, name: str) -> list[Any]:  # noqa: ANN401  # a component of the library's
    value = component.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def _value(holder: Any, name: str, attribute: str = "dt", *, within: Any = None) -> Any:  # noqa: ANN401  # a property of the library's
    """What a property holds, once it could be understood and its zone is known."""
    try:
        value = getattr(holder, attribute)
    except (ValueError, AttributeError) as error:
        raise BadCalendar(f"{name} of an event cannot be read: {str(error)[-120:]}. Export the calendar again.") from error
    zone = getattr(holder if within is None else within, "params", {}).get("TZID")
    if zone and isinstance(value, datetime) and value.tzinfo is None:
        raise BadCalendar(
            f"This calendar uses the time zone {str(zone)[:60]}, which it does not define. Export it again with its time zones."
        )
    return value


def _bad_event(when: date, why: str) -> BadCalendar:
    """Names an event by its beginning: its title is nobody's business."""
    return BadCalendar(f"The event that begins {when:%Y-%m-%d} cannot be read: {why.rstrip('.')}. Nothing of the calendar was taken.")

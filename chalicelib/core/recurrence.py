"""When something that repeats takes place: RFC 5545 rules in a zone's own time, so that 19:00 stays 19:00 when the clocks change.

Days have 23, 24 or 25 hours. A local time that occurs twice is read as the first; one that does not exist has no instant.
Rules are unrolled by python-dateutil within bounds, so that one without end, or one that never happens, costs little.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from chalicelib.core.errors import Invalid

MAX_RULE_CHARACTERS = 500
MAX_INTERVAL = 1_000
MAX_OCCURRENCES = 60
"""Of something that is booked: a year of weeks and some."""
FURTHEST = timedelta(days=3 * 366)
"""How far its last occurrence may lie from its first."""
LAST_YEAR = 9_000
YEARS_OF_A_CYCLE = 400
"""After which dates fall on the same weekdays again."""
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
OF_DAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST"})
_BASIC_DATE, _BASIC_TIME = "%Y%m%d", "%Y%m%dT%H%M%S"
_WHAT_DATEUTIL_RAISES = (ValueError, TypeError, LookupError, AttributeError, OverflowError)


class BadRecurrence(Invalid):
    """A rule that cannot be understood, has no end, goes too far, or asks for times that do not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An RFC 5545 rule taken apart. `until` is local time, inclusive; `by` is the rest of the rule as text."""

    by: str
    count: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The first local time (without offset), an RFC 5545 rule, the zone of both, and days that are left out."""

    first: datetime
    rule: str
    timezone: str
    except_days: tuple[date, ...] = ()


def starts(recurrence: Recurrence, most: int = MAX_OCCURRENCES) -> tuple[datetime, ...]:
    """The instants in UTC, in order, at most `most` of them. Raises `BadRecurrence` with the dates where some cannot be."""
    zone = zone_named(recurrence.timezone)
    first = recurrence.first
    if first.tzinfo is not None:
        raise _bad("State the first start as local time without an offset, such as 2011-01-10T19:00.", "first")
    found = _bounded(read_rule(recurrence.rule, zone), first, most)
    left_out = set(recurrence.except_days)
    kept = [local for local in found if local.date() not in left_out]
    if not kept:
        raise _bad("All days of this rule are left out. Leave out fewer.", "except_days")
    instants = [(local, instant_of(local, zone)) for local in kept]
    missing = [f"{local:%Y-%m-%d %H:%M}" for local, instant in instants if instant is None]
    if missing:
        raise _bad(
            f"{', '.join(missing)} does not exist in {recurrence.timezone}: the clocks go forward then. Leave that day out.", "first"
        )
    return tuple(instant for _, instant in instants if instant is not None)


def days(first: date, text: str, most: int) -> tuple[date, ...]:
    """The days of a rule whose first is `first`, at most `most` of them. Raises `BadRecurrence`."""
    begins = datetime.combine(first, time.min)
    return tuple(local.date() for local in _bounded(read_rule(text, ZoneInfo("UTC")), begins, most))


def occurrences(rule: Rule, first: datetime, last: datetime) -> Iterator[datetime]:
    """Local times from `first` to `last`, inclusive, without offset. Raises `BadRecurrence` for values that no rule has.

    Unrolled in the last cycle of the calendar, for a rule that never happens is followed to the year 9999.
    """
    until = last if rule.until is None else min(last, rule.until)
    if until < first:
        return
    cycles = (MAXYEAR - until.year) // YEARS_OF_A_CYCLE * YEARS_OF_A_CYCLE
    try:
        unrolled = rrulestr(rule.by, dtstart=_years_on(first, cycles)).replace(until=_years_on(until, cycles))
    except _WHAT_DATEUTIL_RAISES as error:
        raise _bad(f"{rule.by} is no rule of RFC 5545: {error}.", "rule") from error
    yield from (_years_on(local, -cycles) for local in islice(unrolled, rule.count))


def read_rule(text: str, zone: tzinfo, names: frozenset[str] = OF_DAYS) -> Rule:
    """Take a rule apart; `names` are the parts that it may have. Raises `BadRecurrence`."""
    parts = _parts(text, names)
    if parts.get("FREQ") not in FREQUENCIES:
        raise _bad("A rule repeats DAILY, WEEKLY, MONTHLY or YEARLY: say which in FREQ.", "rule")
    if not 1 <= _number(parts, "INTERVAL", 1) <= MAX_INTERVAL:
        raise _bad(f"INTERVAL is between 1 and {MAX_INTERVAL}.", "rule")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _bad("A rule has COUNT or UNTIL, not both.", "rule")
    count = _number(parts, "COUNT", 0) if "COUNT" in parts else None
    if count == 0:
        raise _bad("COUNT is at least 1.", "rule")
    until = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    by = ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"COUNT", "UNTIL"})
    return Rule(by=by, count=count, until=until)


def instant_of(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant in UTC of a local time: the first of two readings, None where the clocks leave it out."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local.replace(fold=0) else None


def zone_named(timezone: str) -> ZoneInfo:
    """The zone with this IANA name. Raises `BadRecurrence`."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _bad(f"{timezone!r} is no time zone. Use an IANA name such as Europe/London.", "timezone") from error


def _bounded(rule: Rule, first: datetime, most: int) -> list[datetime]:
    if first.year > LAST_YEAR:
        raise _bad(f"The first start lies after the year {LAST_YEAR}.", "first")
    if rule.count is None and rule.until is None:
        raise _bad("This rule has no end. Add COUNT or UNTIL, such as FREQ=WEEKLY;COUNT=12.", "rule")
    found = list(islice(occurrences(rule, first, first + FURTHEST), most + 1))
    _check_extent(rule, first, found, most)
    return found


def _check_extent(rule: Rule, first: datetime, found: list[datetime], most: int) -> None:
    if not found or found[0] != first:
        when = "never happens" if not found else f"happens first on {found[0]:%a %Y-%m-%d}"
        raise _bad(f"The first start is {first:%a %Y-%m-%d}, but the rule {when}. Make them agree.", "first")
    if len(found) > most:
        raise _bad(f"This rule has more than {most} dates. Give it a smaller COUNT or an earlier UNTIL.", "rule")
    if (rule.until is not None and rule.until > first + FURTHEST) or len(found) < (rule.count or 0):
        raise _bad(f"This rule goes on for more than {FURTHEST.days // 366} years. Give it an earlier end.", "rule")


def _parts(text: str, names: frozenset[str]) -> Mapping[str, str]:
    if len(text) > MAX_RULE_CHARACTERS:
        raise _bad(f"A rule has at most {MAX_RULE_CHARACTERS} characters.", "rule")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise _bad("Write a rule as NAME=VALUE pairs with semicolons, each name once: FREQ=WEEKLY;BYDAY=MO;COUNT=12.", "rule")
        if name not in names:
            raise _bad(f"A rule here cannot have {name}; it may have {', '.join(sorted(names))}.", "rule")
        parts[name] = value
    return parts


def _number(parts: Mapping[str, str], name: str, default: int) -> int:
    value = parts.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= len("10000")):
        raise _bad(f"{name} is a whole number.", "rule")
    return int(value)


def _until(value: str, zone: tzinfo) -> datetime:
    """RFC 5545 has dates, local times, and UTC times where the first start has a zone; a date means its whole day."""
    try:
        if "T" not in value:
            return datetime.combine(datetime.strptime(value, _BASIC_DATE).date(), time.max)  # noqa: DTZ007  # local by definition
        local = datetime.strptime(value.removesuffix("Z"), _BASIC_TIME)  # noqa: DTZ007  # likewise
        return local.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if value.endswith("Z") else local
    except (ValueError, OverflowError) as error:
        raise _bad("UNTIL is a date such as 20111231, or a time such as 20111231T190000 or 20111231T190000Z.", "rule") from error


def _years_on(local: datetime, years: int) -> datetime:
    return local.replace(year=local.year + years)


def _bad(message: str, field: str) -> BadRecurrence:
    return BadRecurrence(message, fields={field: message})

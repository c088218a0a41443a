"""When a host can be booked, and what may happen to a booking.

Time is cut into slots of 15 minutes, aligned in UTC. A show claims every slot from its start less the host's buffer to its end plus
the buffer; a slot can be claimed once. The list of free starts and the check of a wanted start are the same function, `obstacles`.
Weekly windows are local times in the host's zone. Each slot is asked for its own local time, so a window over a clock change has
the hours that the day really has: one that is skipped does not exist, one that occurs twice can be booked twice.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.clock import FIRST_YEAR, LAST_YEAR, is_in_reach
from chalicelib.core.errors import Conflict, Invalid

SLOT_MINUTES = 15
SLOT = timedelta(minutes=SLOT_MINUTES)
MINUTES_PER_DAY = 24 * 60
DAYS_PER_WEEK = 7
MAX_SLOTS_PER_BOOKING = 80
MAX_BUFFER_MINUTES = 4 * 60
MAX_SHOW_MINUTES = MAX_SLOTS_PER_BOOKING * SLOT_MINUTES
MAX_LISTED_DAYS = 62
MAX_EXCEPTIONS = 366
MAX_WINDOWS_PER_DAY = 12


class BadAvailability(Invalid):
    """Windows that overlap, are empty, or do not lie on quarter hours."""


class BadSlot(Invalid):
    """A start or length that no booking can have."""


class SlotTaken(Conflict):
    """The host cannot be booked then: another booking, or outside the hours that the host offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From and until, in minutes after local midnight on quarter hours; 1440 is the end of the day."""

    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """A window on a day of every week; Monday is 0."""

    weekday: int
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedException:
    """On this day these windows hold instead of the week's; none means not available."""

    day: date
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """When a host may be booked, in the host's zone, and the rest needed around each show."""

    timezone: str
    weekly: tuple[WeeklyWindow, ...] = ()
    exceptions: tuple[DatedException, ...] = ()
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A slot that a booking has, and when that booking's show is. With `held_until` it is held softly: from then on it counts as free."""

    slot: datetime
    booking_id: str
    starts_at: datetime
    ends_at: datetime
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A stretch, on quarter hours in UTC, in which a calendar of the host's says that there is no time."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What stands against a start: a slot outside the host's hours (both None), one that a booking has, or a busy one."""

    slot: datetime
    claim: Claim | None = None
    busy: Busy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeStart:
    """A start that can be booked, in UTC, and the host's local reading of it."""

    starts_at: datetime
    ends_at: datetime
    local: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """An availability made ready to be asked about many slots."""

    zone: ZoneInfo
    weekly: Mapping[int, Sequence[tuple[int, int]]]
    dated: Mapping[date, Sequence[tuple[int, int]]]
    known: dict[datetime, bool] = field(default_factory=dict)

    def is_open(self, slot: datetime) -> bool:
        """Whether the host offers this quarter of an hour."""
        if slot not in self.known:
            local = slot.astimezone(self.zone)
            minute = local.hour * 60 + local.minute
            windows = self.dated.get(local.date(), self.weekly.get(local.weekday(), ()))
            self.known[slot] = any(start <= minute and minute + SLOT_MINUTES <= end for start, end in windows)
        return self.known[slot]


def calendar(availability: Availability) -> Calendar:
    """Windows by weekday and by dated exception."""
    weekly: dict[int, list[tuple[int, int]]] = {}
    for window in availability.weekly:
        weekly.setdefault(window.weekday, []).append((window.from_minute, window.until_minute))
    dated = {
        exception.day: [(window.from_minute, window.until_minute) for window in exception.windows] for exception in availability.exceptions
    }
    return Calendar(ZoneInfo(availability.timezone), weekly, dated)


def check_availability(availability: Availability) -> None:
    """Raise `BadAvailability` with a sentence on the first thing that is wrong."""
    for buffer in (availability.buffer_before_minutes, availability.buffer_after_minutes):
        if not 0 <= buffer <= MAX_BUFFER_MINUTES or buffer % SLOT_MINUTES:
            raise BadAvailability(
                f"A buffer is between 0 and {MAX_BUFFER_MINUTES} minutes, in quarter hours.", fields={"buffer": "out of range"}
            )
    by_weekday: dict[int, list[Window]] = {}
    for weekly in availability.weekly:
        if not 0 <= weekly.weekday < DAYS_PER_WEEK:
            raise BadAvailability("A weekday is between 0 (Monday) and 6 (Sunday).", fields={"weekly": "no such weekday"})
        by_weekday.setdefault(weekly.weekday, []).append(Window(from_minute=weekly.from_minute, until_minute=weekly.until_minute))
    days = [exception.day for exception in availability.exceptions]
    if len(set(days)) != len(days) or len(days) > MAX_EXCEPTIONS:
        raise BadAvailability(
            f"State each day once, and at most {MAX_EXCEPTIONS} of them.", fields={"exceptions": "stated twice or too many"}
        )
    for windows in [*by_weekday.values(), *(exception.windows for exception in availability.exceptions)]:
        _check_windows(windows)


def _check_windows(windows: Sequence[Window]) -> None:
    if len(windows) > MAX_WINDOWS_PER_DAY:
        raise BadAvailability(f"A day has at most {MAX_WINDOWS_PER_DAY} windows.", fields={"windows": "too many"})
    end_before = 0
    for window in sorted(windows, key=lambda window: window.from_minute):
        if window.from_minute % SLOT_MINUTES or window.until_minute % SLOT_MINUTES:
            raise BadAvailability("Windows begin and end on quarter hours.", fields={"windows": "not on quarter hours"})
        if not end_before <= window.from_minute < window.until_minute <= MINUTES_PER_DAY:
            raise BadAvailability(
                "Windows of a day must not be empty, overlap, or run past midnight: put the rest on the next day.",
                fields={"windows": "empty, overlapping or past midnight"},
            )
        end_before = window.until_minute


def check_show_time(starts_at: datetime, minutes: int, now: datetime) -> None:
    """Raise `BadSlot` unless this is a future start on a quarter hour with a length in quarter hours."""
    if not is_in_reach(starts_at):
        raise BadSlot(f"A show starts in the years {FIRST_YEAR} to {LAST_YEAR}.", fields={"starts_at": "out of reach"})
    if not _on_quarter(starts_at):
        raise BadSlot("A show starts on a quarter hour.", fields={"starts_at": "not on a quarter hour"})
    check_minutes(minutes)
    if starts_at <= now:
        raise BadSlot("This start has passed. Pick a later one.", fields={"starts_at": "has passed"})


def check_minutes(minutes: int) -> None:
    """Raise `BadSlot` unless a show can take this long."""
    if not 0 < minutes <= MAX_SHOW_MINUTES or minutes % SLOT_MINUTES:
        raise BadSlot(f"A show takes between 15 and {MAX_SHOW_MINUTES} minutes, in quarter hours.", fields={"minutes": "out of range"})


def slots_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots from `start` (on a quarter) to `end`, exclusive, in UTC."""
    slot = start.astimezone(UTC)
    while slot < end:
        yield slot
        slot += SLOT


def claimed_slots(availability: Availability, starts_at: datetime, minutes: int) -> tuple[datetime, ...]:
    """Every slot that a show takes, buffers included. Raises `BadSlot` above `MAX_SLOTS_PER_BOOKING`."""
    start = starts_at - timedelta(minutes=availability.buffer_before_minutes)
    end = starts_at + timedelta(minutes=minutes + availability.buffer_after_minutes)
    slots = tuple(slots_between(start, end))
    if len(slots) > MAX_SLOTS_PER_BOOKING:
        raise BadSlot(f"With the host's rest this takes {len(slots)} quarter hours; at most {MAX_SLOTS_PER_BOOKING} can be booked at once.")
    return slots


def standing(claims: Iterable[Claim], now: datetime, mine: Container[str] = ()) -> Iterator[Claim]:
    """Claims that count at this time, for one who asks for the bookings `mine`: expired holds are free, and so is what they hold."""
    return (claim for claim in claims if claim.booking_id not in mine and (claim.held_until is None or now < claim.held_until))


def obstacles(
    availability: Availability, offered: Calendar, taken: Mapping[datetime, Claim | Busy], starts_at: datetime, minutes: int
) -> Iterator[Obstacle]:
    """What stands against a show at this start, in order of time. The show lies in the host's hours; buffers need only be free."""
    end = starts_at + timedelta(minutes=minutes)
    for slot in claimed_slots(availability, starts_at, minutes):
        by = taken.get(slot)
        if isinstance(by, Claim):
            yield Obstacle(slot=slot, claim=by)
        elif isinstance(by, Busy):
            yield Obstacle(slot=slot, busy=by)
        elif starts_at <= slot < end and not offered.is_open(slot):
            yield Obstacle(slot=slot)


def first_obstacle(availability: Availability, taken: Collection[Claim | Busy], starts_at: datetime, minutes: int) -> Obstacle | None:
    """The first thing that stands against this start, or None: it can be booked."""
    return next(obstacles(availability, calendar(availability), by_slot(taken), starts_at.astimezone(UTC), minutes), None)


def free_starts(  # a question about a stretch of time needs its two ends, a length and the present
    availability: Availability, taken: Collection[Claim | Busy], start: datetime, end: datetime, minutes: int, now: datetime
) -> Iterator[FreeStart]:
    """Every start from `start` on whose show ends by `end` and that nothing stands against."""
    offered = calendar(availability)
    taken_slots = by_slot(taken)
    length = timedelta(minutes=minutes)
    for slot in slots_between(up_to_quarter(max(start, now + SLOT)), end - length + SLOT):
        if slot + length <= end and next(obstacles(availability, offered, taken_slots, slot, minutes), None) is None:
            local = slot.astimezone(offered.zone)
            yield FreeStart(starts_at=slot, ends_at=slot + length, local=f"{local:%Y-%m-%d %H:%M} {local.tzname()}")


def by_slot(taken: Iterable[Claim | Busy]) -> dict[datetime, Claim | Busy]:
    """Who has a slot; a booking is named rather than a calendar."""
    found: dict[datetime, Claim | Busy] = {}
    for each in taken:
        if isinstance(each, Claim):
            found[each.slot] = each
        else:
            for slot in slots_between(each.starts_at, each.ends_at):
                found.setdefault(slot, each)
    return found


def up_to_quarter(instant: datetime) -> datetime:
    """The instant itself, or the next quarter hour after it, in UTC."""
    instant = instant.astimezone(UTC)
    whole = instant.replace(minute=instant.minute - instant.minute % SLOT_MINUTES, second=0, microsecond=0)
    return whole if whole == instant else whole + SLOT


def why_not(host: str, availability: Availability, starts_at: datetime, minutes: int, obstacle: Obstacle) -> str:
    """The sentence on a refused start: who, when and what to do. It never names the other brand."""
    wanted = when(starts_at, starts_at + timedelta(minutes=minutes), availability.timezone)
    if obstacle.busy is not None:
        busy = when(obstacle.busy.starts_at, obstacle.busy.ends_at, availability.timezone)
        return f"{host} is busy {busy}, so {wanted} cannot be booked. Pick one of the free slots."
    if obstacle.claim is None:
        return f"{host} does not offer {wanted}. Pick one of the free slots."
    booked = when(obstacle.claim.starts_at, obstacle.claim.ends_at, availability.timezone)
    rest = "" if obstacle.claim.starts_at <= obstacle.slot < obstacle.claim.ends_at else " and needs rest around it"
    if obstacle.claim.held_until is not None:
        until = f"{obstacle.claim.held_until.astimezone(ZoneInfo(availability.timezone)):%Y-%m-%d %H:%M}"
        held = f"{host} is held until {until} for another offer, {booked}{rest}"
        return f"{held}, so {wanted} cannot be booked. Pick one of the free slots."
    return f"{host} is already booked for {booked}{rest}, so {wanted} cannot be booked. Pick one of the free slots."


def when(start: datetime, end: datetime, timezone: str) -> str:
    """``Mon 10 January 2011, 19:00-20:00 (Europe/London)``."""
    zone = ZoneInfo(timezone)
    first, last = start.astimezone(zone), end.astimezone(zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%a} {last.day} {last:%B} {last:%H:%M}"
    return f"{first:%a} {first.day} {first:%B %Y}, {first:%H:%M}-{until} ({timezone})"


def _on_quarter(instant: datetime) -> bool:
    utc = instant.astimezone(UTC)
    return utc.minute % SLOT_MINUTES == 0 and utc.second == 0 and utc.microsecond == 0

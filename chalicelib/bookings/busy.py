"""When a host's own calendars say that there is no time: whole quarter hours and nothing else, no titles, no places, no guests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.bookings.rules import SLOT, Busy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyCalendar:
    """What is kept of an imported calendar: busy stretches up to `until`, the end of what was looked at.

    `stretches` are pairs of the first quarter hour (counted since 1970 in UTC) and how many there are; sorted, apart from each other.
    """

    calendar_id: str
    imported_at: datetime
    until: datetime
    events: int
    stretches: tuple[tuple[int, int], ...]


def stretches_of(busy: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[int, int], ...]:
    """Whole quarter hours that are touched by stretches of time from start to end, exclusive; joined where they meet."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(busy):
        first, last = (start - EPOCH) // SLOT, -((EPOCH - end) // SLOT)
        if last <= first:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple((first, last - first) for first, last in joined)


def busy_between(calendars: Iterable[BusyCalendar], start: datetime, end: datetime) -> Iterator[Busy]:
    """Busy stretches that reach into the time from `start` to `end`, of every calendar, each as long as it is."""
    from_quarter, until_quarter = (start - EPOCH) // SLOT, -((EPOCH - end) // SLOT)
    for calendar in calendars:
        for first, quarters in calendar.stretches:
            if first < until_quarter and from_quarter < first + quarters:
                yield Busy(starts_at=EPOCH + first * SLOT, ends_at=EPOCH + (first + quarters) * SLOT)

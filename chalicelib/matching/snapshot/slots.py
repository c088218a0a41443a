"""Which hosts can be booked for a show: `bookings.rules.obstacles` for many hosts at once.

A show lies in the host's hours by local time; its rest needs only be unclaimed. Nobody can be booked for more slots than a booking has.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from chalicelib.matching.rules import MAX_SLOTS_PER_BOOKING, SLOT_MINUTES, Brief, BriefWindow
from chalicelib.matching.snapshot.columns import DAYS_PER_WEEK, SLOT_SECONDS
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Common, Market
from chalicelib.matching.snapshot.records import SLOTS_PER_DAY

THURSDAY = 3
"""The weekday of day 0, 1 January 1970."""


class NoSlot(ValueError):
    """A window that is not in whole quarters of an hour: no show can be booked then."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """For each zone: a local day, the first quarter on it and how many must be open (0: none on this day)."""

    day: Array
    quarter: Array
    slots: Array


@dataclass(frozen=True, slots=True)
class Wanted:
    """A window as slots, and in the local time of each zone."""

    start: int
    slots: int
    stretches: tuple[Stretch, ...]


def wanted(brief: Brief, common: Common) -> tuple[Wanted, ...]:
    """The windows of a brief. Raises `NoSlot`."""
    return tuple(_wanted(window, common) for window in brief.windows)


def _wanted(window: BriefWindow, common: Common) -> Wanted:
    start, off_quarter = divmod(int(window.starts_at.timestamp()), SLOT_SECONDS)
    slots, off_length = divmod(window.minutes, SLOT_MINUTES)
    if off_quarter or off_length or slots <= 0 or window.starts_at.microsecond:
        raise NoSlot("A show starts on a quarter hour and takes quarter hours.")
    offsets = _offsets(common, start)
    last = _offsets(common, start + slots - 1)
    if (offsets == last).all():
        return Wanted(start, slots, _two_days(start + offsets, slots))
    return Wanted(start, slots, _by_slot(common, start, slots))


def _offsets(common: Common, slot: int) -> Array:
    if common.first_slot <= slot < common.horizon:
        place = (common.offset_from <= slot).sum(axis=1) - 1
        return np.asarray(common.offset[np.arange(len(place)), place])
    instant = datetime.fromtimestamp(slot * SLOT_SECONDS, UTC)
    seconds = [instant.astimezone(ZoneInfo(zone)).utcoffset() for zone in common.zones]
    return np.array([int(each.total_seconds()) // SLOT_SECONDS if each else 0 for each in seconds], dtype=np.int64)


def _two_days(local: Array, slots: int) -> tuple[Stretch, ...]:
    day, quarter = np.divmod(local, SLOTS_PER_DAY)
    today = np.minimum(slots, SLOTS_PER_DAY - quarter)
    first = Stretch(day, quarter, today)
    if int(today.min(initial=slots)) == slots:
        return (first,)
    return first, Stretch(day + 1, np.zeros_like(quarter), slots - today)


def _by_slot(common: Common, start: int, slots: int) -> tuple[Stretch, ...]:
    """Over a change of clocks every slot is asked for its own local time."""
    stretches = []
    for slot in range(start, start + slots):
        day, quarter = np.divmod(slot + _offsets(common, slot), SLOTS_PER_DAY)
        stretches.append(Stretch(day, quarter, np.ones_like(day)))
    return tuple(stretches)


def free(market: Market, common: Common, windows: tuple[Wanted, ...], rows: Array) -> Array:
    """Which of these rows can be booked for every window."""
    columns = market.columns
    before, after, zone = columns["before"][rows], columns["after"][rows], columns["zone"][rows]
    week = columns["week"][rows]
    able = np.ones(len(rows), dtype=np.bool_)
    claims = _claims(market, rows)
    for window in windows:
        able &= before.astype(np.int64) + after + window.slots <= MAX_SLOTS_PER_BOOKING
        for stretch in window.stretches:
            day, quarter = stretch.day[zone], stretch.quarter[zone]
            kind = week[np.arange(len(rows)), (day + THURSDAY) % DAYS_PER_WEEK]
            kind = _dated(market, stretch, rows, day, kind)
            able &= common.longest[kind, quarter] >= stretch.slots[zone]
        able &= ~_claimed(claims, window, before, after)
    return able


def _dated(market: Market, stretch: Stretch, rows: Array, day: Array, kind: Array) -> Array:
    """The kinds of these days, exceptions applied."""
    columns = market.columns
    days, first = columns["dated_days"], columns["dated_first"]
    for each in set(stretch.day.tolist()):
        place = int(np.searchsorted(days, each))
        if place == len(days) or days[place] != each:
            continue
        excepted = columns["dated_row"][first[place] : first[place + 1]]
        kinds = columns["dated_kind"][first[place] : first[place + 1]]
        at = np.minimum(np.searchsorted(excepted, rows), len(excepted) - 1)
        kind = np.where((excepted[at] == rows) & (day == each), kinds[at], kind)
    return kind


@dataclass(frozen=True, slots=True)
class Claims:
    """The bookings of some rows: whose (a place among the rows), and from when until when, exclusive."""

    place: Array
    start: Array
    end: Array
    rows: int


def _claims(market: Market, rows: Array) -> Claims:
    columns = market.columns
    first = columns["claim_first"]
    begin = first[rows].astype(np.int64)
    counts = first[rows + 1] - begin
    place = np.repeat(np.arange(len(rows)), counts)
    at = np.arange(len(place)) + np.repeat(begin - (np.cumsum(counts) - counts), counts)
    start = columns["claim_start"][at].astype(np.int64) + columns["claim_base"]
    return Claims(place, start, start + columns["claim_slots"][at], len(rows))


def _claimed(claims: Claims, window: Wanted, before: Array, after: Array) -> Array:
    """Which rows have a booking in the slots that the window would claim, rest included."""
    begin = window.start - before.astype(np.int64)
    end = window.start + window.slots + after.astype(np.int64)
    overlaps = (claims.start < end[claims.place]) & (claims.end > begin[claims.place])
    taken = np.zeros(claims.rows, dtype=np.bool_)
    taken[claims.place[overlaps]] = True
    return taken

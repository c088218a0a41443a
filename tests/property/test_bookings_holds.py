"""Holds count until their end and never after; and wherever a process dies, a series ends with all of its shows or with none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.bookings import series_service
from chalicelib.bookings.busy import BusyCalendar, busy_between, stretches_of
from chalicelib.bookings.rules import SLOT, Availability, Busy, Claim, WeeklyWindow, first_obstacle, free_starts, standing
from chalicelib.bookings.store import ClaimItem
from tests.conftest import StandingClock
from tests.unit.series_kit import HOST, MONDAYS, World, kept, make_world, taken_slots

SHOWS = 3
OPENING = datetime(2011, 1, 10, 18, tzinfo=UTC)
EVENING = Availability(timezone="UTC", weekly=(WeeklyWindow(weekday=0, from_minute=18 * 60, until_minute=22 * 60),))
SET_UP = timedelta(minutes=10)


@given(holds=st.lists(st.tuples(st.integers(0, 15), st.integers(1, 4), st.integers(0, 6)), max_size=8), hour=st.integers(0, 6))
def test_a_hold_counts_until_its_end_and_never_after(holds: list[tuple[int, int, int]], hour: int) -> None:
    day_before = OPENING - timedelta(days=1)
    claims = [
        Claim(
            slot=OPENING + (place + step) * SLOT,
            booking_id=f"bkg_{number}",
            starts_at=OPENING,
            ends_at=OPENING + SLOT,
            held_until=day_before + timedelta(hours=until),
        )
        for number, (place, length, until) in enumerate(holds)
        for step in range(length)
    ]
    counted = list(standing(claims, day_before + timedelta(hours=hour)))
    held = {OPENING + (place + step) * SLOT for place, length, until in holds if hour < until for step in range(length)}
    every = {OPENING + quarter * SLOT for quarter in range(16)}
    listed = {free.starts_at for free in free_starts(EVENING, counted, OPENING, OPENING + timedelta(hours=4), 15, day_before)}
    assert listed == every - held
    assert listed == {start for start in every if first_obstacle(EVENING, counted, start, 15) is None}
    assert list(standing(claims, day_before, {claim.booking_id for claim in claims})) == []


@given(
    busy=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 80)), max_size=4),
    booked=st.sets(st.integers(0, 15), max_size=3),
    rest=st.sampled_from([0, 15, 30]),
    minutes=st.sampled_from([15, 45]),
)
def test_a_start_is_listed_exactly_when_neither_bookings_nor_calendars_nor_rest_stand_against_it(
    busy: list[tuple[int, int]], booked: set[int], rest: int, minutes: int
) -> None:
    hours = replace(EVENING, buffer_before_minutes=rest)
    claims = [Claim(slot=OPENING + place * SLOT, booking_id="bkg", starts_at=OPENING, ends_at=OPENING) for place in booked]
    times = [(OPENING + timedelta(minutes=begin), OPENING + timedelta(minutes=begin + length)) for begin, length in busy]
    calendar = BusyCalendar(calendar_id="own", imported_at=OPENING, until=OPENING, events=0, stretches=stretches_of(times))
    taken: list[Claim | Busy] = [*claims, *busy_between([calendar], OPENING - timedelta(hours=1), OPENING + timedelta(hours=5))]
    listed = {
        free.starts_at for free in free_starts(hours, taken, OPENING, OPENING + timedelta(hours=4), minutes, OPENING - timedelta(days=1))
    }
    expected = set()
    for quarter in range(16):
        start = OPENING + quarter * SLOT
        end = start + timedelta(minutes=minutes)
        needed = [start - timedelta(minutes=rest) + step * SLOT for step in range((rest + minutes) // 15)]
        free = not any(slot < until and begin < slot + SLOT for slot in needed for begin, until in times)
        if end <= OPENING + timedelta(hours=4) and free and not {claim.slot for claim in claims} & set(needed):
            expected.add(start)
        assert (start in expected) == (end <= OPENING + timedelta(hours=4) and first_obstacle(hours, taken, start, minutes) is None)
    assert listed == expected


class Killed(BaseException):
    """The process is gone; nothing catches it."""


@contextmanager
def killed_at(call: int, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> Iterator[list[int]]:
    """The process dies before its n-th call to DynamoDB, or after it without having heard the answer."""
    calls = [0]
    real = BaseClient._make_api_call

    def die(self: BaseClient, operation: str, arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and not done:
            raise Killed
        answer = real(self, operation, arguments)
        if calls[0] == call:
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", die)
        yield calls


@pytest.fixture
def world(tables: None, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: ARG001  # the tables must be there
    """Transactions so small that three shows need two of them."""
    monkeypatch.setattr(series_service, "MOST_OF_A_GROUP", 24)
    return make_world(clock)


def confirmed(world: World) -> None:
    world.confirm(world.hold("season", MONDAYS[:SHOWS]))


def freed(world: World) -> None:
    world.free(world.hold("season", MONDAYS[:SHOWS]))


def confirmed_in_part_then_freed(world: World) -> None:
    series = world.in_one(world.bookings.series.begin, world.hold("season", MONDAYS[:SHOWS]))
    world.bookings.series.make_firm(series)
    world.free(series)


def forget_all_but_the_host() -> None:
    for item in list(ClaimItem.scan()):
        if not item.pk.startswith("host#"):
            item.delete()


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("work", [confirmed, freed, confirmed_in_part_then_freed])
def test_wherever_the_process_dies_a_series_ends_with_all_or_nothing_and_nothing_is_held_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch, work: Callable[[World], None], *, done: bool
) -> None:
    with killed_at(0, monkeypatch, done=done) as calls:
        work(world)
    outcomes, began = set(), world.clock.now()
    for call in range(1, calls[0] + 1):
        forget_all_but_the_host()
        world.clock.instant = began
        with killed_at(call, monkeypatch, done=done), pytest.raises(Killed):
            work(world)
        seen = len(world.bookings.list(HOST))
        world.clock.advance(SET_UP)
        world.sweep()
        booked = world.bookings.list(HOST)
        outcomes.add((seen, len(booked)))
        assert taken_slots() == {each.booking_id: {f"{slot:%Y-%m-%dT%H:%M}:00.000Z" for slot in each.slots} for each in booked}, call
        assert len(kept()) == 4 * len(booked), call
    allowed = {(0, 0), (0, SHOWS), (SHOWS, SHOWS)}
    assert {(0, 0), (0, SHOWS)} <= outcomes | ({(0, SHOWS)} if work is freed else set())
    assert outcomes <= allowed

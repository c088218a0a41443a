"""Free slots, buffers and clock changes; the one table of moves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.bookings.rules import (
    Availability,
    BadAvailability,
    BadSlot,
    Claim,
    DatedException,
    WeeklyWindow,
    Window,
    check_availability,
    check_show_time,
    claimed_slots,
    first_obstacle,
    free_starts,
    why_not,
)
from chalicelib.bookings.states import MOVES, Cost, Move, NotAllowedNow, NotYourMove, Party, State, allowed

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
SUNDAY = 6
NIGHTS = Availability(timezone="Europe/London", weekly=(WeeklyWindow(weekday=SUNDAY, from_minute=0, until_minute=4 * 60),))
EVENING = Availability(timezone="Europe/London", weekly=(WeeklyWindow(weekday=0, from_minute=18 * 60, until_minute=21 * 60),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(availability: Availability, day: str, minutes: int, *claims: Claim, now: datetime = LONG_AGO) -> list[str]:
    start = at(day)
    found = free_starts(availability, claims, start, start + timedelta(days=1), minutes, now)
    return [f"{free.starts_at:%H:%M}" for free in found]


def claim(slot: str, show: str, minutes: int) -> Claim:
    return Claim(slot=at(slot), booking_id="bkg_other", starts_at=at(show), ends_at=at(show) + timedelta(minutes=minutes))


def test_free_starts_lie_in_the_hosts_hours_as_a_whole() -> None:
    assert starts(EVENING, "2011-01-10", 120) == ["18:00", "18:15", "18:30", "18:45", "19:00"]
    assert starts(EVENING, "2011-01-11", 120) == []


def test_the_night_the_clocks_go_forward_has_one_hour_less() -> None:
    assert starts(NIGHTS, "2011-03-27", 60) == ["00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "02:00"]


def test_the_night_the_clocks_go_back_has_one_hour_more() -> None:
    free = list(free_starts(NIGHTS, (), at("2011-10-29T22:00"), at("2011-10-30T06:00"), 60, LONG_AGO))
    assert (free[0].starts_at, free[-1].starts_at) == (at("2011-10-29T23:00"), at("2011-10-30T03:00"))
    assert len(free) == 4 * 4 + 1
    assert [slot.local for slot in free[4:9:4]] == ["2011-10-30 01:00 BST", "2011-10-30 01:00 GMT"]


def test_summer_time_moves_the_hosts_evening_in_utc() -> None:
    assert starts(EVENING, "2011-01-10", 180) == ["18:00"]
    assert starts(EVENING, "2011-07-11", 180) == ["17:00"]


def test_a_dated_exception_replaces_the_weeks_windows() -> None:
    off = Availability(timezone="Europe/London", weekly=EVENING.weekly, exceptions=(DatedException(day=date(2011, 1, 10)),))
    noon = DatedException(day=date(2011, 1, 11), windows=(Window(from_minute=720, until_minute=780),))
    assert starts(off, "2011-01-10", 60) == []
    assert starts(Availability(timezone="Europe/London", weekly=EVENING.weekly, exceptions=(noon,)), "2011-01-11", 60) == ["12:00"]


def test_a_buffer_is_kept_from_claims_but_may_lie_outside_the_hosts_hours() -> None:
    rested = Availability(timezone="Europe/London", weekly=EVENING.weekly, buffer_before_minutes=30, buffer_after_minutes=15)
    taken = [claim(f"2011-01-10T{time}", "2011-01-10T20:00", 30) for time in ("19:30", "19:45", "20:00", "20:15", "20:30")]
    assert starts(rested, "2011-01-10", 60, *taken) == ["18:00", "18:15"]
    assert claimed_slots(rested, at("2011-01-10T18:00"), 30) == tuple(
        at(f"2011-01-10T{time}") for time in ("17:30", "17:45", "18:00", "18:15", "18:30")
    )


def test_starts_that_have_passed_are_not_listed() -> None:
    assert starts(EVENING, "2011-01-10", 120, now=at("2011-01-10T18:31")) == ["19:00"]


def test_a_refusal_says_whether_the_host_works_then_or_needs_rest() -> None:
    outside = first_obstacle(EVENING, (), at("2011-01-10T20:30"), 60)
    assert outside is not None
    assert why_not("Nadia", EVENING, at("2011-01-10T20:30"), 60, outside) == (
        "Nadia does not offer Mon 10 January 2011, 20:30-21:30 (Europe/London). Pick one of the free slots."
    )
    rest = first_obstacle(EVENING, [claim("2011-01-10T19:00", "2011-01-10T19:30", 60)], at("2011-01-10T18:15"), 60)
    assert rest is not None
    assert "already booked for Mon 10 January 2011, 19:30-20:30 (Europe/London) and needs rest around it" in why_not(
        "Nadia", EVENING, at("2011-01-10T18:15"), 60, rest
    )


@pytest.mark.parametrize(
    ("start", "minutes", "problem"),
    [
        ("2011-01-10T18:10", 60, "quarter hour"),
        ("2011-01-10T18:00", 50, "quarter hours"),
        ("2011-01-10T18:00", 0, "between 15"),
        ("2009-01-10T18:00", 60, "has passed"),
    ],
)
def test_shows_start_ahead_and_on_quarter_hours(start: str, minutes: int, problem: str) -> None:
    with pytest.raises(BadSlot, match=problem):
        check_show_time(at(start), minutes, LONG_AGO)


def test_a_show_with_its_buffers_has_a_longest_length() -> None:
    rested = Availability(timezone="UTC", buffer_before_minutes=240, buffer_after_minutes=240)
    assert len(claimed_slots(rested, LONG_AGO, 720)) == 80
    with pytest.raises(BadSlot, match="81 quarter hours"):
        claimed_slots(rested, LONG_AGO, 735)


@pytest.mark.parametrize(
    "wrong",
    [
        Availability(timezone="UTC", weekly=(WeeklyWindow(weekday=7, from_minute=0, until_minute=60),)),
        Availability(timezone="UTC", weekly=(WeeklyWindow(weekday=1, from_minute=60, until_minute=60),)),
        Availability(timezone="UTC", weekly=(WeeklyWindow(weekday=1, from_minute=10, until_minute=60),)),
        Availability(timezone="UTC", weekly=(WeeklyWindow(weekday=1, from_minute=0, until_minute=1455),)),
        Availability(
            timezone="UTC",
            weekly=(WeeklyWindow(weekday=1, from_minute=0, until_minute=60), WeeklyWindow(weekday=1, from_minute=45, until_minute=90)),
        ),
        Availability(timezone="UTC", exceptions=(DatedException(day=date(2011, 1, 1)), DatedException(day=date(2011, 1, 1)))),
        Availability(
            timezone="UTC", exceptions=(DatedException(day=date(2011, 1, 1), windows=(Window(from_minute=30, until_minute=15),)),)
        ),
        Availability(timezone="UTC", buffer_before_minutes=20),
        Availability(timezone="UTC", buffer_after_minutes=255),
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: Availability) -> None:
    with pytest.raises(BadAvailability):
        check_availability(wrong)


def test_hours_that_meet_at_midnight_and_do_not_overlap_are_fine() -> None:
    check_availability(
        Availability(
            timezone="UTC",
            weekly=(
                WeeklyWindow(weekday=1, from_minute=1200, until_minute=1440),
                WeeklyWindow(weekday=1, from_minute=0, until_minute=1200),
            ),
        )
    )


def test_every_state_has_a_row_and_every_waiting_state_a_way_out_for_both_sides() -> None:
    assert set(MOVES) == set(State)
    for state in (State.OFFERED, State.COUNTERED, State.ACCEPTED, State.CONTRACTED, State.FUNDED, State.LIVE, State.COMPLETED):
        for side in (Party.BRAND, Party.HOST):
            assert any(side in row.by for row in MOVES[state].values()), (state, side)


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {row.to for rows in MOVES.values() for row in rows.values()}
    assert reached == set(State) - {State.OFFERED}


def test_moves_know_who_makes_them_what_they_cost_and_what_they_free() -> None:
    cancelled = allowed(State.FUNDED, Move.CANCEL, Party.HOST)
    assert (cancelled.to, cancelled.frees_slots, cancelled.costs) == (State.CANCELLED, True, Cost.CANCELLATION_TABLE)
    with pytest.raises(NotYourMove):
        allowed(State.CONTRACTED, Move.FUND, Party.BRAND)
    with pytest.raises(NotAllowedNow):
        allowed(State.SETTLED, Move.CANCEL, Party.BRAND)

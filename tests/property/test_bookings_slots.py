"""Whatever the hours, the zone and the claims: what is listed can be booked, what is not listed cannot, and slots are never shared."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.bookings.rules import SLOT, Availability, Claim, WeeklyWindow, claimed_slots, first_obstacle, free_starts

DAY_BEFORE_CHANGE = datetime(2011, 3, 26, tzinfo=UTC)
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)
zones = st.sampled_from(["Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Tokyo"])


@st.composite
def availabilities(draw: st.DrawFn) -> Availability:
    weekly = []
    for weekday in draw(st.sets(st.integers(0, 6), max_size=5)):
        start, end = sorted((draw(quarters), draw(quarters)))
        if start < end:
            weekly.append(WeeklyWindow(weekday=weekday, from_minute=start, until_minute=end))
    buffers = st.sampled_from([0, 15, 45])
    return Availability(timezone=draw(zones), weekly=tuple(weekly), buffer_before_minutes=draw(buffers), buffer_after_minutes=draw(buffers))


def taken_by(availability: Availability, starts_at: datetime, minutes: int) -> list[Claim]:
    end = starts_at + timedelta(minutes=minutes)
    return [
        Claim(slot=slot, booking_id="bkg_1", starts_at=starts_at, ends_at=end) for slot in claimed_slots(availability, starts_at, minutes)
    ]


@settings(max_examples=60, deadline=None)
@given(availability=availabilities(), minutes=st.sampled_from([15, 60, 120]), booked=st.lists(st.integers(0, 190), max_size=4))
def test_a_start_is_listed_exactly_when_it_can_be_booked(availability: Availability, minutes: int, booked: list[int]) -> None:
    claims = [one for quarter in booked for one in taken_by(availability, DAY_BEFORE_CHANGE + quarter * SLOT, 45)]
    end = DAY_BEFORE_CHANGE + timedelta(days=2)
    listed = {free.starts_at for free in free_starts(availability, claims, DAY_BEFORE_CHANGE, end, minutes, LONG_AGO)}
    every_start = [
        DAY_BEFORE_CHANGE + quarter * SLOT
        for quarter in range(2 * 96)
        if DAY_BEFORE_CHANGE + quarter * SLOT <= end - timedelta(minutes=minutes)
    ]
    bookable = {start for start in every_start if first_obstacle(availability, claims, start, minutes) is None}
    assert listed == bookable


@settings(max_examples=60, deadline=None)
@given(availability=availabilities(), minutes=st.sampled_from([30, 60]))
def test_booking_one_free_start_after_the_other_never_sells_a_slot_twice(availability: Availability, minutes: int) -> None:
    claims: list[Claim] = []
    for quarter in range(2 * 96):
        start = DAY_BEFORE_CHANGE + quarter * SLOT
        if first_obstacle(availability, claims, start, minutes) is None:
            claims += taken_by(availability, start, minutes)
    slots = [claim.slot for claim in claims]
    assert len(slots) == len(set(slots))

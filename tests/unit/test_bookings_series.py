"""Soft holds and series on real tables: held together, then all confirmed or all freed, wherever it is broken off."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.bookings import series_service
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.series import SeriesChanged, SeriesShow, SeriesTaken, booking_in, in_groups
from chalicelib.bookings.series_service import MOST_OF_A_GROUP, OTHER_WRITES_PER_BOOKING
from chalicelib.bookings.series_store import DuePointer
from chalicelib.bookings.service import BookingNotFound, NewBooking
from chalicelib.bookings.states import State
from chalicelib.bookings.store import BookingPointer, ClaimItem
from tests.conftest import StandingClock
from tests.unit.series_kit import HOLD, HOST, MONDAYS, World, kept, make_world, taken_slots


@pytest.fixture
def world(tables: None, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: ARG001  # the tables must be there
    """Transactions so small that a season of eight shows needs three of them."""
    monkeypatch.setattr(series_service, "MOST_OF_A_GROUP", 36)
    return make_world(clock)


def test_more_shows_than_one_transaction_takes_are_held_and_then_confirmed_as_a_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series_service, "MOST_OF_A_GROUP", MOST_OF_A_GROUP)
    shows = MONDAYS[:13]
    series = world.hold("quarter", shows)
    assert sum(map(len, taken_slots().values())) == 13 * 8
    assert not any(map(world.is_free, shows[::6]))
    assert world.bookings.list(HOST) == ()

    world.confirm(series)
    booked = world.bookings.list(HOST)
    assert [booking.starts_at for booking in booked] == list(shows)
    assert {booking.state for booking in booked} == {State.ACCEPTED}
    assert all(item.held_until is None for item in ClaimItem.scan() if item.pk.startswith("slots#"))
    assert list(DuePointer.query("series-due")) == []


def test_a_year_of_weekly_shows_goes_into_groups_that_a_transaction_takes_and_none_is_torn_apart(world: World) -> None:
    series = replace(world.hold("season"), shows=_a_year())
    bookings = [booking_in(series, each, MONDAYS[0]) for each in series.shows]
    groups = list(in_groups(bookings, OTHER_WRITES_PER_BOOKING, MOST_OF_A_GROUP))
    assert [booking for group in groups for booking in group] == bookings
    assert sum(len(booking.slots) for booking in bookings) == 416
    assert max(sum(len(booking.slots) + OTHER_WRITES_PER_BOOKING for booking in group) for group in groups) <= MOST_OF_A_GROUP
    assert len(groups) == 7


def test_bookings_of_a_series_are_seen_by_nobody_before_all_of_them_are(world: World) -> None:
    series = world.in_one(world.bookings.series.begin, world.hold("season"))
    world.bookings.series.make_firm(series)
    assert world.bookings.list(HOST) == ()
    with pytest.raises(BookingNotFound):
        world.bookings.booking("season_00")
    world.in_one(world.bookings.series.complete, series)
    assert len(world.bookings.list(HOST)) == 8
    assert world.bookings.booking("season_00").starts_at == MONDAYS[0]


def test_an_expired_hold_is_free_at_that_instant_for_listing_and_booking_though_it_is_still_stored(world: World) -> None:
    world.hold("first", MONDAYS[:1])
    world.clock.advance(HOLD - timedelta(minutes=1))
    assert not world.is_free(MONDAYS[0])
    with pytest.raises(SlotTaken, match=r"held until 2011-01-04 12:00 for another offer, Mon 10 January 2011, 19:00-20:00"):
        world.book("second", MONDAYS[0])

    world.clock.advance(timedelta(minutes=1))
    assert len(taken_slots()["first_00"]) == 8
    assert world.is_free(MONDAYS[0])
    world.book("second", MONDAYS[0])
    assert set(taken_slots()) == {"second_00"}


def test_the_rest_around_a_held_show_is_held_too(world: World) -> None:
    world.hold("first", MONDAYS[:1])
    assert not world.is_free(MONDAYS[0] + timedelta(minutes=90))
    assert world.is_free(MONDAYS[0] + timedelta(hours=2))


def test_a_series_with_taken_dates_is_refused_with_all_of_them_and_holds_nothing(world: World) -> None:
    world.book("other", MONDAYS[3])
    world.hold("softly", (MONDAYS[5],))
    with pytest.raises(SeriesTaken) as refusal:
        world.hold("season")
    assert [date.starts_at for date in refusal.value.dates] == [MONDAYS[3], MONDAYS[5]]
    assert refusal.value.message.startswith("2 of 8 shows cannot be booked, so none is: Nadia Hart is already booked for Mon 31 January")
    assert set(taken_slots()) == {"other_00", "softly_00"}


def test_who_loses_a_race_for_one_date_frees_all_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    check = world.bookings.series._demand_free

    def and_then_somebody_else_books(*asked: Any) -> None:
        check(*asked)
        monkeypatch.undo()
        world.book("other", MONDAYS[5])

    monkeypatch.setattr(world.bookings.series, "_demand_free", and_then_somebody_else_books)
    with pytest.raises(SeriesTaken, match=r"1 of 8 shows cannot be booked, so none is: Nadia Hart is already booked for Mon 14 February"):
        world.hold("season")
    assert set(taken_slots()) == {"other_00"}
    assert world.bookings.series.due() == ()


def test_a_hold_that_nobody_makes_their_own_is_freed_by_the_schedule(world: World) -> None:
    world.hold("season")
    own = world.in_one(world.bookings.series.keep, world.hold("kept", (MONDAYS[0] + timedelta(days=1),)))
    world.clock.advance(timedelta(minutes=10))
    world.sweep()
    assert set(taken_slots()) == {"kept_00"}
    world.clock.advance(own.until - world.clock.now())
    world.sweep()
    assert (taken_slots(), kept()) == ({}, [])


def test_what_was_freed_can_be_held_again(world: World) -> None:
    world.free(world.hold("season"))
    assert taken_slots() == {}
    world.confirm(world.hold("season"))
    assert len(world.bookings.list(HOST)) == 8


def test_a_confirmed_series_cannot_be_given_up_nor_a_freed_one_confirmed(world: World) -> None:
    confirmed = world.confirm(world.hold("season", MONDAYS[:2]))
    with pytest.raises(SeriesChanged):
        world.free(confirmed)
    freed = world.free(world.hold("other", MONDAYS[2:4]))
    with pytest.raises(SeriesChanged):
        world.confirm(freed)


def test_what_comes_late_changes_nothing(world: World) -> None:
    held = world.hold("season", MONDAYS[:2])
    confirming = world.in_one(world.bookings.series.begin, held)
    world.free(confirming)
    with pytest.raises(SeriesChanged):
        world.bookings.series.make_firm(confirming)
    assert (taken_slots(), kept()) == ({}, [])


def test_holds_that_expired_and_were_sold_while_a_series_was_being_confirmed_free_all_of_it(world: World) -> None:
    confirming = world.in_one(world.bookings.series.begin, world.hold("season"))
    world.clock.advance(HOLD)
    world.book("other", MONDAYS[7])
    with pytest.raises(SlotTaken):
        world.bookings.series.make_firm(confirming)
    world.free(confirming)
    assert set(taken_slots()) == {"other_00"}
    assert [booking.booking_id for booking in world.bookings.list(HOST)] == ["other_00"]


def test_a_preview_names_what_stands_against_each_date(world: World) -> None:
    world.book("other", MONDAYS[1])
    time = world.bookings.time_of(HOST, "crt_1")
    found = world.bookings.series.preview(time, [*MONDAYS[:3], MONDAYS[3] + timedelta(hours=12)], 60)
    assert [occurrence.why_not is None for occurrence in found] == [True, False, True, False]
    assert "already booked" in str(found[1].why_not)
    assert "does not offer" in str(found[3].why_not)


def test_pointers_of_bookings_lead_to_bookings(world: World) -> None:
    world.confirm(world.hold("season", MONDAYS[:3]))
    pointed = {item.booking_id for item in BookingPointer.scan() if item.pk.startswith("tenant#")}
    assert pointed == {"season_00", "season_01", "season_02"}


def _a_year() -> tuple[SeriesShow, ...]:
    rest = timedelta(minutes=30)
    return tuple(
        SeriesShow(
            show=NewBooking(booking_id=f"year_{place}", starts_at=start, minutes=60, title="Mugs"),
            claimed_from=start - rest,
            claimed_until=start + timedelta(hours=1) + rest,
        )
        for place, start in enumerate(MONDAYS)
    )

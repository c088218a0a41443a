"""One host on real tables, and series that are held, confirmed and freed: for tests of what may go wrong in between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import Availability, WeeklyWindow
from chalicelib.bookings.series import Series, SeriesState
from chalicelib.bookings.service import Bookings, Deal, NewBooking
from chalicelib.bookings.store import BookingItem, BookingStore, ClaimItem
from chalicelib.core.access import Principal, Role
from chalicelib.core.recurrence import Recurrence, starts
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory
from chalicelib.directory.store import DirectoryStore
from tests.conftest import StandingClock

HOST = Principal(user_id="usr_host", email="host@example.com", tenant_id="crt_1", role=Role.CREATOR)
MONDAYS = starts(Recurrence(first=datetime.fromisoformat("2011-01-10T19:00"), rule="FREQ=WEEKLY;COUNT=52", timezone="Europe/London"))
SEASON = MONDAYS[:8]
HOLD = timedelta(hours=24)


@dataclass
class World:
    """One host, open every evening, with rest around each show: a show of an hour takes eight quarter hours."""

    bookings: Bookings
    clock: StandingClock

    def shows(self, prefix: str, starts: tuple[datetime, ...] = SEASON) -> list[NewBooking]:
        """Shows to be booked, an hour each."""
        return [
            NewBooking(booking_id=f"{prefix}_{place:02}", starts_at=start, minutes=60, title="Mugs") for place, start in enumerate(starts)
        ]

    def hold(self, name: str, starts: tuple[datetime, ...] = SEASON, hold: timedelta = HOLD) -> Series:
        """Hold a series softly."""
        return self.bookings.series.hold(name, deal(name), self.shows(name, starts), self.clock.now() + hold)

    def confirm(self, series: Series) -> Series:
        """Whatever is left to do until all bookings are there."""
        if series.state is SeriesState.HOLD:
            series = self.in_one(self.bookings.series.begin, series)
        self.bookings.series.make_firm(series)
        return self.in_one(self.bookings.series.complete, series)

    def free(self, series: Series) -> Series:
        """Give a series up, and free it."""
        return self.bookings.series.free(self.in_one(self.bookings.series.give_up, series))

    def sweep(self) -> None:
        """The schedule: what is being confirmed goes forward, everything else that is due back."""
        for series in self.bookings.series.due():
            if series.state is SeriesState.CONFIRMING:
                self.confirm(series)
            else:
                self.bookings.series.free_expired(series)

    def in_one(self, step: Callable[[Transaction, Series], Series], series: Series) -> Series:
        """A step in a transaction of its own."""
        transaction = Transaction()
        after = step(transaction, series)
        transaction.commit()
        return after

    def book(self, name: str, *starts: datetime) -> None:
        """Book shows in one transaction."""
        transaction = Transaction()
        self.bookings.claim(transaction, deal(name), self.shows(name, starts))
        transaction.commit()

    def is_free(self, start: datetime) -> bool:
        """Listed and bookable, which must be the same."""
        listed = {slot.starts_at for slot in self.bookings.slots(HOST, "crt_1", start, start + timedelta(hours=1), 60)}
        assert (start in listed) == self.bookings.is_free("crt_1", start, 60)
        return start in listed


def deal(name: str) -> Deal:
    """Whose series it is."""
    return Deal(offer_id=name, contract_id=f"ctr_{name}", brand_id="brd_1", creator_id="crt_1", agency_id="agy_1")


def taken_slots() -> dict[str, set[str]]:
    """Slots by booking, whether held or claimed."""
    found: dict[str, set[str]] = {}
    for item in ClaimItem.scan():
        if item.pk.startswith("slots#"):
            found.setdefault(item.booking_id, set()).add(item.sk)
    return found


def kept() -> list[str]:
    """All that is left of bookings, and of work that somebody still has to do."""
    return sorted(item.pk for item in BookingItem.scan() if item.pk.startswith(("booking#", "tenant#", "series-due")))


def make_world(clock: StandingClock) -> World:
    """The host is open every evening from six to ten."""
    directory = Directory(store=DirectoryStore(), clock=clock)
    DirectoryStore().save_profile(Profile(creator_id="crt_1", name="Nadia Hart", timezone="Europe/London"), None, clock.real_now())
    bookings = Bookings(store=BookingStore(), directory=directory, clock=clock)
    evenings = tuple(WeeklyWindow(weekday=day, from_minute=18 * 60, until_minute=22 * 60) for day in range(7))
    bookings.save_availability(
        HOST,
        "crt_1",
        Availability(timezone="Europe/London", weekly=evenings, buffer_before_minutes=30, buffer_after_minutes=30),
    )
    return World(bookings=bookings, clock=clock)

"""What matching asks of host time."""

from datetime import datetime, timedelta

from typing_extensions import override

from chalicelib.bookings.rules import Availability, Claim
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.store import BookingStore
from chalicelib.directory.rules import Profile
from chalicelib.directory.service import Directory
from tests.conftest import StandingClock


class OneHost(Directory):
    """A directory of one host."""

    def __init__(self) -> None:
        """Nothing is stored."""

    @override
    def profile(self, creator_id: str) -> Profile:
        return Profile(creator_id=creator_id, name="Nadia", timezone="UTC")


class LongRest(BookingStore):
    """The host rests two hours before and after each show, and has no bookings."""

    @override
    def hours(self, creator_id: str) -> tuple[Availability, tuple[()]]:  # the store's signature
        return Availability(timezone="UTC", buffer_before_minutes=120, buffer_after_minutes=120), ()

    @override
    def claims(self, creator_id: str, start: datetime, end: datetime) -> list[Claim]:  # likewise
        return []


def test_a_show_that_is_too_long_with_the_hosts_rest_is_not_free_and_does_not_fail_the_whole_match(clock: StandingClock) -> None:
    bookings = Bookings(store=LongRest(), directory=OneHost(), clock=clock)
    assert not bookings.is_free("crt_1", clock.now() + timedelta(days=1), 20 * 60)

"""A host's gigs as a calendar that other programs subscribe to (RFC 5545), at an address that nobody can guess.

The address is shown once, when it is made, and kept as a hash; a new one ends the old one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.bookings.feed_store import FeedStore
from chalicelib.bookings.states import Booking, State
from chalicelib.bookings.store import BookingStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import fingerprint, new_secret
from chalicelib.directory.service import Directory

if TYPE_CHECKING:
    from icalendar import Event

LOOKED_BACK = timedelta(days=60)
HORIZON = timedelta(days=800)
SHOWN = {
    State.ACCEPTED: "TENTATIVE",
    State.CONTRACTED: "CONFIRMED",
    State.FUNDED: "CONFIRMED",
    State.LIVE: "CONFIRMED",
    State.COMPLETED: "CONFIRMED",
    State.SETTLED: "CONFIRMED",
}
"""States of bookings that are in the feed, as RFC 5545 calls them; one that is called off leaves it."""


class FeedNotFound(NotFound):
    """There is no feed at this address, or not any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says."""

    name: str
    bookings: tuple[Booking, ...]


class Feeds:
    """Use cases of feeds."""

    def __init__(self, *, store: BookingStore, directory: Directory, clock: Clock) -> None:
        """`clock.now()` says around which time bookings are told."""
        self._store = store
        self._feeds = FeedStore()
        self._directory = directory
        self._clock = clock

    def made_at(self, principal: Principal, creator_id: str) -> datetime | None:
        """When the address was made, for who speaks for the host. Raises `HostNotFound`."""
        self._directory.host_acted_for(principal, creator_id)
        return self._feeds.made_at(creator_id)

    def renew(self, principal: Principal, creator_id: str) -> str:
        """The secret of a new address, told this once; the one before opens nothing any more. Raises `HostNotFound`."""
        self._directory.host_acted_for(principal, creator_id)
        secret = new_secret()
        self._feeds.replace(creator_id, fingerprint(secret), self._clock.real_now())
        return secret

    def remove(self, principal: Principal, creator_id: str) -> None:
        """Let no address open the feed. Raises `HostNotFound`."""
        self._directory.host_acted_for(principal, creator_id)
        if self._feeds.made_at(creator_id) is not None:
            self._feeds.replace(creator_id, None, self._clock.real_now())

    def read(self, secret: str) -> Feed:
        """What the feed says now, for whoever knows its secret. Raises `FeedNotFound`."""
        creator_id = self._feeds.host(fingerprint(secret))
        if creator_id is None:
            raise FeedNotFound("There is no calendar at this address. Its owner may have made a new one.")
        now = self._clock.now()
        bookings = self._store.of_host_between(creator_id, now - LOOKED_BACK, now + HORIZON)
        shown = tuple(booking for booking in bookings if booking.state in SHOWN)
        return Feed(name=self._directory.profile(creator_id).name, bookings=shown)


def address_of(site_url: str, secret: str) -> str:
    """Where a feed with this secret is."""
    return f"{site_url}/calendars/{secret}.ics"


def as_calendar(feed: Feed, names: dict[str, str], site_url: str) -> str:
    """The feed as iCalendar; `names` are what brands are called, by id. A booking keeps its UID, its SEQUENCE counts its moves."""
    from icalendar import Calendar  # noqa: PLC0415  # heavy, and little else here needs it

    calendar = Calendar()
    calendar.add("prodid", "-//Primetime//Gigs//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{feed.name}: gigs")
    for event in _events(feed.bookings, names, site_url):
        calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()


def _events(bookings: Iterable[Booking], names: dict[str, str], site_url: str) -> "Iterable[Event]":
    from icalendar import Event  # noqa: PLC0415  # likewise

    for booking in bookings:
        event = Event()
        event.add("uid", f"{booking.booking_id}@{site_url.partition('://')[2]}")
        event.add("sequence", booking.version)
        event.add("dtstamp", booking.changed_at)
        event.add("dtstart", booking.starts_at)
        event.add("dtend", booking.starts_at + timedelta(minutes=booking.minutes))
        event.add("summary", f"{booking.title} ({names.get(booking.brand_id, booking.brand_id)})")
        event.add("status", SHOWN[booking.state])
        event.add("url", f"{site_url}/console/bookings/{booking.booking_id}")
        yield event

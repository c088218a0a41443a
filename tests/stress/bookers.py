"""One booker's process: it picks among the starts that the product lists as free, books, and now and then cancels again."""

import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

from chalicelib import settings
from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SLOT, Availability, WeeklyWindow
from chalicelib.bookings.service import Deal, NewBooking
from chalicelib.bookings.states import Move, Party
from chalicelib.core.access import Principal, Role
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import new_id
from chalicelib.directory.rules import Profile
from chalicelib.directory.store import DirectoryStore
from chalicelib.wiring import Services
from infra.place import Place
from tests.bench.house import environment

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
PEAK = datetime(2026, 10, 25, tzinfo=UTC)
"""The day on which everyone wants the same hosts; in Berlin it has 25 hours."""
PEAK_DAYS = 2
LENGTHS = (30, 60, 90, 120)
MOST_SHOWS = 3
CANCELS_OF_A_HUNDRED = 20
BLIND_OF_A_HUNDRED = 25
"""Tries that do not look at the list first, as a page that has been open for a while."""
BRAND = "brd_stress"
AVAILABILITY = Availability(
    timezone="Europe/Berlin",
    weekly=tuple(WeeklyWindow(weekday=day, from_minute=0, until_minute=24 * 60) for day in range(7)),
    buffer_before_minutes=15,
    buffer_after_minutes=30,
)
REST_BEFORE, REST_AFTER = timedelta(minutes=15), timedelta(minutes=30)
REST = REST_BEFORE + REST_AFTER
"""Between the end of a show and the start of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A show that somebody booked, and between which instants (monotonic seconds) its time was looked at."""

    host: str
    starts_at: datetime
    minutes: int
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a booker did: tries, shows booked, tries that were refused, bookings cancelled."""

    attempts: int = 0
    booked: int = 0
    refused: int = 0
    cancelled: int = 0
    claims: tuple[Claimed, ...] = ()


def services_at(place: Place) -> Services:
    """The product on a running engine."""
    os.environ.update(environment(place))
    return Services(settings.read(environment(place)))


def add_host(services: Services, creator_id: str) -> None:
    """A host who offers every hour of the week, with rest before and after each show."""
    profile = Profile(creator_id=creator_id, name=f"Host {creator_id}", timezone=AVAILABILITY.timezone)
    DirectoryStore().save_profile(profile, None, services.clock.real_now())
    services.bookings.save_availability(speaker_of(creator_id), creator_id, AVAILABILITY)


def speaker_of(creator_id: str) -> Principal:
    """The host's own account."""
    return Principal(user_id=f"usr_{creator_id}", email=f"{creator_id}@stress.example", tenant_id=creator_id, role=Role.CREATOR)


def book(services: Services, creator_id: str, shows: Sequence[tuple[datetime, int]]) -> tuple[str, ...]:
    """Claim shows together, as an accepted offer does: all or none. Answers the bookings. Raises `Conflict`."""
    deal = Deal(offer_id=new_id("off"), contract_id=new_id("ctr"), brand_id=BRAND, creator_id=creator_id, agency_id=None)
    wanted = [NewBooking(booking_id=new_id("bkg"), starts_at=start, minutes=minutes, title="Peak") for start, minutes in shows]
    transaction = Transaction()
    bookings = services.bookings.claim(transaction, deal, wanted)
    transaction.commit()
    return tuple(booking.booking_id for booking in bookings)


def free(services: Services, creator_id: str, minutes: int) -> list[datetime]:
    """The starts of the peak that are listed as free."""
    end = PEAK + timedelta(days=PEAK_DAYS)
    return [slot.starts_at for slot in services.bookings.slots(speaker_of(creator_id), creator_id, PEAK, end, minutes)]


def apart(starts: Sequence[datetime], minutes: int) -> list[datetime]:
    """Those that leave the host rest between them, in order."""
    kept: list[datetime] = []
    for start in sorted(starts):
        if not kept or start - kept[-1] >= timedelta(minutes=minutes) + REST:
            kept.append(start)
    return kept


def crowd(place: Place, seed: int, hosts: Sequence[str], attempts: int) -> Tried:
    """One booker's work; it ends after so many tries, or earlier when no host has a free start left."""
    services = services_at(place)
    chance = random.Random(seed)
    tried, mine = Tried(), list[str]()
    while tried.attempts < attempts:
        host, minutes = chance.choice(hosts), chance.choice(LENGTHS)
        blind = chance.randrange(100) < BLIND_OF_A_HUNDRED
        starts = [PEAK + quarter * SLOT for quarter in range(PEAK_DAYS * 96)] if blind else free(services, host, minutes)
        wanted = [(start, minutes) for start in apart(chance.sample(starts, min(len(starts), chance.randint(1, MOST_SHOWS))), minutes)]
        tried = replace(tried, attempts=tried.attempts + 1)
        if not wanted:
            continue
        began = monotonic()
        try:
            mine += book(services, host, wanted)
            ended = monotonic()
            claims = tuple(Claimed(host=host, starts_at=start, minutes=minutes, began=began, ended=ended) for start, _ in wanted)
            tried = replace(tried, booked=tried.booked + len(wanted), claims=tried.claims + claims)
        except Conflict:
            tried = replace(tried, refused=tried.refused + 1)
        if mine and chance.randrange(100) < CANCELS_OF_A_HUNDRED:
            with suppress(Conflict):
                services.bookings.move(mine.pop(chance.randrange(len(mine))), Move.CANCEL, Party.BRAND)
                tried = replace(tried, cancelled=tried.cancelled + 1)
    return tried

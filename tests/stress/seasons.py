"""Who wants weeks of shows at once, who lets go in the middle of it, who has other plans, and who tidies up after all of them."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from unittest import mock
from zoneinfo import ZoneInfo

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SLOT, SlotTaken
from chalicelib.bookings.series import SET_UP_WITHIN, Series, SeriesState
from chalicelib.bookings.service import Deal, NewBooking
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import new_id
from chalicelib.core.recurrence import BadRecurrence, Recurrence, starts
from chalicelib.wiring import Services
from infra.place import Place
from tests.stress.bookers import AVAILABILITY, BRAND, LENGTHS, PEAK, PEAK_DAYS, Claimed, book, free, services_at, speaker_of

WEEKS = (3, 12, 52)
FIRST_WEEKS = 2
"""In which a series begins when it does not begin at a start of the peak that is listed."""
SLOTS_OF_A_WEEK = 7 * 96
MOST_COMMITS = 16
"""Of a year's series on its way: where it breaks off is among them."""
HOLD_SECONDS = (30, 60, 300, 1_800)
"""The shortest end while their series is still being written."""
BREAKS_OFF_OF_A_HUNDRED = 35
GIVES_UP_OF_A_HUNDRED = 20
SLOWNESS_SECONDS = (0.0, 0.0, 0.3)
"""Before each transaction: the schedule may come between two of them."""
EVENTS_OF_A_CALENDAR = 3
TICK = timedelta(seconds=30)
PAUSE_SECONDS = 0.2
MOST_SWEEPS = 200


class Gone(BaseException):
    """The process that did it is gone in the middle; nothing catches it but who plays it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """What somebody who wants seasons did: series held, confirmed, refused, given up, broken off."""

    wanted: int = 0
    confirmed: int = 0
    refused: int = 0
    given_up: int = 0
    broken_off: int = 0
    lost: int = 0
    """Dates that were held, had not expired, and could not be made firm."""
    claims: tuple[Claimed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Busy times of a host as imported: kept at `kept_at`, and `until` the next import began (monotonic seconds)."""

    host: str
    busy: tuple[tuple[datetime, datetime], ...]
    kept_at: float
    until: float = float("inf")


def seasons(place: Place, seed: int, hosts: Sequence[str], attempts: int) -> Seasons:
    """Weekly series on hosts that everyone wants: held, then confirmed, given up, or left lying wherever it was."""
    services, chance = services_at(place), random.Random(seed)
    done = Seasons()
    for _ in range(attempts):
        host, minutes = chance.choice(hosts), chance.choice(LENGTHS)
        listed = free(services, host, minutes)
        first = chance.choice(listed) if listed and chance.randrange(2) else PEAK + chance.randrange(FIRST_WEEKS * SLOTS_OF_A_WEEK) * SLOT
        done = replace(done, wanted=done.wanted + 1)
        deal = Deal(offer_id=new_id("srs"), contract_id=new_id("ctr"), brand_id=BRAND, creator_id=host, agency_id=None)
        dates = weekly(first, chance.choice(WEEKS))
        shows = [NewBooking(booking_id=new_id("bkg"), starts_at=start, minutes=minutes, title="Season") for start in dates]
        commits = chance.randrange(MOST_COMMITS) if chance.randrange(100) < BREAKS_OFF_OF_A_HUNDRED else None
        try:
            with troubled(chance.choice(SLOWNESS_SECONDS), commits, answered=chance.random() < 0.5):
                done = _one(services, chance, done, deal, shows)
        except Gone:
            done = replace(done, broken_off=done.broken_off + 1)
        except Conflict:
            done = replace(done, refused=done.refused + 1)
    return done


def _one(services: Services, chance: random.Random, done: Seasons, deal: Deal, shows: Sequence[NewBooking]) -> Seasons:
    series = services.bookings.series
    until = services.clock.now() + timedelta(seconds=chance.choice(HOLD_SECONDS))
    held = series.hold(deal.offer_id, deal, shows, until)
    if chance.randrange(100) < GIVES_UP_OF_A_HUNDRED:
        series.free(in_one(series.give_up, held))
        return replace(done, given_up=done.given_up + 1)
    sleep(chance.random())
    began = monotonic()
    try:
        confirming = in_one(series.begin, held)
        looked = monotonic()
        bring_forward(services, confirming)
    except SlotTaken as taken:
        broken = services.clock.now() < min(until, held.changed_at + SET_UP_WITHIN) and " is busy " not in taken.message
        return replace(done, refused=done.refused + 1, lost=done.lost + broken)
    claims = tuple(
        Claimed(host=deal.creator_id, starts_at=show.starts_at, minutes=show.minutes, began=began, ended=looked) for show in shows
    )
    return replace(done, confirmed=done.confirmed + 1, claims=done.claims + claims)


def bring_forward(services: Services, series: Series) -> None:
    """Make every hold firm and show all bookings; or, where a date was lost, free all."""
    try:
        services.bookings.series.make_firm(series)
    except Conflict:
        latest = services.bookings.series.find(series.series_id)
        if latest == series:
            services.bookings.series.free(in_one(services.bookings.series.give_up, series))
        raise
    in_one(services.bookings.series.complete, series)


def sweep(services: Services) -> int:
    """What the schedule does each minute; returns how many series it looked at."""
    due = services.bookings.series.due()
    for series in due:
        try:
            if series.state is SeriesState.CONFIRMING:
                bring_forward(services, series)
            else:
                services.bookings.series.free_expired(series)
        except Conflict:
            continue
    return len(due)


def sweeper(place: Place, gone: Path) -> int:
    """The schedule, and the time that passes, until everybody has left; returns how often it looked."""
    services, looks = services_at(place), 0
    while not gone.exists():
        sweep(services)
        services.clock.set(services.clock.now() + TICK)
        looks += 1
        sleep(PAUSE_SECONDS)
    return looks


def hold_and_let_expire(services: Services, hosts: Sequence[str]) -> list[str]:
    """Hold a free start of each host, try to book it, and let the hold end with nobody tidying up; answers those that kept nobody away."""
    until, broken = services.clock.now() + timedelta(seconds=HOLD_SECONDS[-1]), list[str]()
    for host in hosts:
        for start in free(services, host, LENGTHS[0])[:1]:
            deal = Deal(offer_id=new_id("srs"), contract_id=new_id("ctr"), brand_id=BRAND, creator_id=host, agency_id=None)
            show = NewBooking(booking_id=new_id("bkg"), starts_at=start, minutes=LENGTHS[0], title="Forgotten")
            services.bookings.series.hold(deal.offer_id, deal, [show], until)
            with suppress(Conflict):
                book(services, host, [(start, LENGTHS[0])])
                broken.append(f"{host}: {iso(start)} was held and could be booked")
    services.clock.set(until)
    return broken


def tidy(services: Services) -> bool:
    """A day later, look until nothing is due any more; whether that came to be."""
    services.clock.set(services.clock.now() + timedelta(days=1))
    return any(sweep(services) == 0 for _ in range(MOST_SWEEPS))


def owner(place: Place, seed: int, hosts: Sequence[str], imports: int) -> tuple[Plans, ...]:
    """Hosts who import their calendar again and again, each time with other plans."""
    services, chance = services_at(place), random.Random(seed)
    plans: list[Plans] = []
    current: dict[str, int] = {}
    for _ in range(imports):
        host = chance.choice(hosts)
        busy = tuple(_event(chance) for _ in range(EVENTS_OF_A_CALENDAR))
        before = monotonic()
        services.bookings.calendars.save(speaker_of(host), host, "own", _ics(busy))
        if host in current:
            plans[current[host]] = replace(plans[current[host]], until=before)
        current[host] = len(plans)
        plans.append(Plans(host=host, busy=busy, kept_at=monotonic()))
        sleep(PAUSE_SECONDS)
    return tuple(plans)


def weekly(first: datetime, weeks: int) -> tuple[datetime, ...]:
    """The same local time every week; where the clocks leave it out or it is the second of two, week by week in UTC."""
    local = first.astimezone(ZoneInfo(AVAILABILITY.timezone)).replace(tzinfo=None)
    with suppress(BadRecurrence):
        found = starts(Recurrence(first=local, rule=f"FREQ=WEEKLY;COUNT={weeks}", timezone=AVAILABILITY.timezone))
        if found[0] == first:
            return found
    return tuple(first + timedelta(weeks=week) for week in range(weeks))


def in_one(step: Callable[[Transaction, Series], Series], series: Series) -> Series:
    """A step in a transaction of its own."""
    transaction = Transaction()
    after = step(transaction, series)
    transaction.commit()
    return after


@contextmanager
def troubled(slowness_seconds: float, commits: int | None, *, answered: bool) -> Iterator[None]:
    """The process is slow before each transaction, and gone at the one after so many: before it, or once it has happened (`answered`)."""
    done, commit = [0], Transaction.commit

    def counted(transaction: Transaction) -> None:
        sleep(slowness_seconds)
        last = done[0] == commits
        done[0] += 1
        if last and not answered:
            raise Gone
        commit(transaction)
        if last:
            raise Gone

    with mock.patch.object(Transaction, "commit", counted):
        yield


def _event(chance: random.Random) -> tuple[datetime, datetime]:
    start = PEAK + timedelta(minutes=chance.randrange(PEAK_DAYS * 24 * 60))
    return start, start + timedelta(minutes=chance.choice((20, 45, 90)))


def _ics(busy: Sequence[tuple[datetime, datetime]]) -> str:
    events = (
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{end:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
        for number, (start, end) in enumerate(busy)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"

"""What must be true when all bookers have stopped, told from the kept bookings and claims by rules written here once more."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from chalicelib.bookings.series import SeriesState
from chalicelib.bookings.states import Booking
from chalicelib.bookings.store import BookingItem, ClaimItem, SeriesItem
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.wiring import Services
from tests.stress.bookers import LENGTHS, PEAK, PEAK_DAYS, REST, REST_AFTER, REST_BEFORE, Claimed, book, free
from tests.stress.seasons import Plans, hold_and_let_expire, tidy

QUARTER = timedelta(minutes=15)
SHORTEST = min(LENGTHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What must not be.

    Quarter hours that two bookings have, free ones that are refused, slots that nobody stands for, series that are there in part or at
    no end, and shows where the host was busy already. What is left behind is refused for ever, and counts there, too.
    """

    double_booked: tuple[str, ...]
    refused_free_slots: tuple[str, ...]
    left_behind: tuple[str, ...]
    half_series: tuple[str, ...]
    booked_while_busy: tuple[str, ...]
    holds_broken: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        """Every one of them."""
        told = (self.double_booked, self.refused_free_slots, self.left_behind, self.half_series, self.booked_while_busy, self.holds_broken)
        return tuple(line for lines in told for line in lines)


def findings(services: Services, hosts: Sequence[str], claims: Sequence[Claimed], plans: Sequence[Plans]) -> Findings:
    """Look at the tables, then book all that is left, where a hold has just expired as well, and look once more."""
    standing = _standing()
    busy = {each.host: each.busy for each in plans if each.until == float("inf")}
    listed = [found for host in hosts for found in _not_listed(services, host, standing[host], busy.get(host, ()))]
    stray = tuple(_stray_claims(standing, hosts))
    broken = hold_and_let_expire(services, hosts)
    unfilled = [found for host in hosts for found in _cannot_fill(services, host)]
    tidied = tidy(services)
    standing = _standing()
    left = (*stray, *_stray_claims(standing, hosts), *(() if tidied else ("the schedule comes to no end",)))
    return Findings(
        double_booked=tuple(_overlaps(standing)),
        refused_free_slots=(*stray, *listed, *unfilled),
        left_behind=left,
        half_series=tuple(_half_series(standing)),
        booked_while_busy=tuple(_while_busy(claims, plans)),
        holds_broken=tuple(broken),
    )


def _standing() -> dict[str, list[Booking]]:
    """Bookings that have slots, by host and start."""
    found: defaultdict[str, list[Booking]] = defaultdict(list)
    for item in BookingItem.scan(BookingItem.sk == "booking", consistent_read=True):
        if item.booking.slots:
            found[item.booking.creator_id].append(item.booking)
    for bookings in found.values():
        bookings.sort(key=lambda booking: booking.starts_at)
    return found


def _overlaps(standing: Mapping[str, Sequence[Booking]]) -> Iterator[str]:
    for host, bookings in standing.items():
        for first, second in pairwise(bookings):
            if second.starts_at < first.starts_at + timedelta(minutes=first.minutes) + REST:
                yield f"{host}: {first.booking_id} and {second.booking_id} at {iso(second.starts_at)}"


def _stray_claims(standing: Mapping[str, Sequence[Booking]], hosts: Sequence[str]) -> Iterator[str]:
    """Claims of no standing booking, and slots of one that have no claim."""
    held = {(host, slot, booking.booking_id) for host in hosts for booking in standing.get(host, ()) for slot in booking.slots}
    claims = ClaimItem.scan(ClaimItem.pk.startswith("slots#"), consistent_read=True)
    claimed = {(item.pk.removeprefix("slots#"), item.claim.slot, item.booking_id) for item in claims}
    for host, slot, booking_id in sorted(held ^ claimed):
        yield f"{host}: {iso(slot)} of {booking_id} is claimed or held alone"


def _half_series(standing: Mapping[str, Sequence[Booking]]) -> Iterator[str]:
    """Series that are neither confirmed with every booking nor freed without any."""
    kept: Counter[str] = Counter(each.series_id for bookings in standing.values() for each in bookings if each.series_id)
    for item in SeriesItem.scan(SeriesItem.sk == "series", consistent_read=True):
        series = item.series
        expected = {SeriesState.CONFIRMED: len(series.shows), SeriesState.FREED: 0}.get(series.state)
        if kept[series.series_id] != expected:
            yield f"{series.series_id} is {series.state} with {kept[series.series_id]} of {len(series.shows)} bookings"


def _while_busy(claims: Sequence[Claimed], plans: Sequence[Plans]) -> Iterator[str]:
    """Shows that were looked at while a calendar was kept that leaves them no time, before and after it included."""
    for claim in claims:
        start, end = claim.starts_at - REST_BEFORE, claim.starts_at + timedelta(minutes=claim.minutes) + REST_AFTER
        for plan in plans:
            if plan.host == claim.host and plan.kept_at < claim.began and claim.ended < plan.until and _meets(plan.busy, start, end):
                yield f"{claim.host}: {iso(claim.starts_at)} was booked while the host was busy"


def _meets(busy: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    """Whether a quarter hour of this time is touched by a busy one."""
    return any(begins - (begins - PEAK) % QUARTER < end and start < until + (PEAK - until) % QUARTER for begins, until in busy)


def _not_listed(services: Services, host: str, bookings: Sequence[Booking], busy: Sequence[tuple[datetime, datetime]]) -> Iterator[str]:
    """Starts that no booking is near, at which the host is not busy, and that are not in the list of free ones."""
    listed = set(free(services, host, SHORTEST))
    length, end = timedelta(minutes=SHORTEST), PEAK + timedelta(days=PEAK_DAYS)
    start = PEAK
    while start + length <= end:
        free_of_plans = not _meets(busy, start - REST_BEFORE, start + length + REST_AFTER)
        if start not in listed and free_of_plans and all(_far(start, start + length, booking) for booking in bookings):
            yield f"{host}: {iso(start)} is free and not listed"
        start += QUARTER


def _far(start: datetime, end: datetime, booking: Booking) -> bool:
    return end + REST <= booking.starts_at or booking.starts_at + timedelta(minutes=booking.minutes) + REST <= start


def _cannot_fill(services: Services, host: str) -> Iterator[str]:
    """Every start that is listed can be booked, one after the other, until none is left."""
    while starts := free(services, host, SHORTEST):
        try:
            book(services, host, [(starts[0], SHORTEST)])
        except Conflict as refusal:
            yield f"{host}: {iso(starts[0])} is listed as free: {refusal}"
            return

"""What must be true when all bookers have stopped, told from the kept bookings and claims by rules written here once more."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from chalicelib.bookings.states import Booking
from chalicelib.bookings.store import BookingItem, ClaimItem
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.wiring import Services
from tests.stress.bookers import LENGTHS, PEAK, PEAK_DAYS, REST, book, free

QUARTER = timedelta(minutes=15)
SHORTEST = min(LENGTHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Quarter hours that two bookings have, and what is refused although nobody has it."""

    double_booked: tuple[str, ...]
    refused_free_slots: tuple[str, ...]


def findings(services: Services, hosts: Sequence[str]) -> Findings:
    """Look at the tables, then book all that is left."""
    standing = _standing()
    listed = [found for host in hosts for found in _not_listed(services, host, standing[host])]
    return Findings(
        double_booked=tuple(_overlaps(standing)),
        refused_free_slots=(*_stray_claims(standing, hosts), *listed, *(each for host in hosts for each in _cannot_fill(services, host))),
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


def _not_listed(services: Services, host: str, bookings: Sequence[Booking]) -> Iterator[str]:
    """Starts that no booking is near, and that are not in the list of free ones."""
    listed = set(free(services, host, SHORTEST))
    length, end = timedelta(minutes=SHORTEST), PEAK + timedelta(days=PEAK_DAYS)
    start = PEAK
    while start + length <= end:
        if start not in listed and all(_far(start, start + length, booking) for booking in bookings):
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

"""Shows that are booked together or not at all, however many they are: held softly, then all confirmed or all freed.

A transaction has 100 actions and a year of weekly shows needs 416 slots, so a series is written in several. Its state says which way
they go: forward from `hold` over `confirming` to `confirmed`, back over `freeing` to `freed`. Every write on its behalf is made on the
condition that its `version` is still the one that was read, so what comes late changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.bookings.rules import SlotTaken, slots_between
from chalicelib.bookings.states import Booking, Deal, NewBooking, State
from chalicelib.core.errors import Conflict

MAX_DATES_NAMED = 60
SET_UP_WITHIN = timedelta(minutes=10)
"""A series that whoever began it has not made its own by then is freed."""


class SeriesState(StrEnum):
    """Where a series stands."""

    HOLD = "hold"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    FREEING = "freeing"
    FREED = "freed"


NEXT: Mapping[SeriesState, frozenset[SeriesState]] = {
    SeriesState.HOLD: frozenset({SeriesState.HOLD, SeriesState.CONFIRMING, SeriesState.CONFIRMED, SeriesState.FREEING}),
    SeriesState.CONFIRMING: frozenset({SeriesState.CONFIRMED, SeriesState.FREEING}),
    SeriesState.FREEING: frozenset({SeriesState.FREED, SeriesState.CONFIRMED}),
    SeriesState.FREED: frozenset({SeriesState.HOLD, SeriesState.CONFIRMED}),
    SeriesState.CONFIRMED: frozenset(),
}
"""What may follow. A series that fits into one transaction is confirmed by it from any state: that transaction claims every slot itself."""


class SeriesChanged(Conflict):
    """Somebody else brought the series on meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTaken:
    """A show of a series that cannot be booked, and why."""

    starts_at: datetime
    sentence: str


class SeriesTaken(SlotTaken):
    """Some dates of a series cannot be booked; `dates` are all of them."""

    def __init__(self, dates: Sequence[DateTaken], of: int) -> None:
        """The message names every date, up to `MAX_DATES_NAMED`."""
        self.dates = tuple(dates)
        if of == 1:
            super().__init__(dates[0].sentence)
            return
        named = " ".join(date.sentence for date in dates[:MAX_DATES_NAMED])
        fields = {f"{date.starts_at.isoformat()}": date.sentence for date in dates[:MAX_DATES_NAMED]}
        super().__init__(f"{len(dates)} of {of} shows cannot be booked, so none is: {named}", fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesShow:
    """A show of a series and the time that it takes of the host, rest included."""

    show: NewBooking
    claimed_from: datetime
    claimed_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Shows of one deal. They are held `until` an instant; at `due` somebody has to look at the series again."""

    series_id: str
    deal: Deal
    timezone: str
    shows: tuple[SeriesShow, ...]
    state: SeriesState
    version: int
    until: datetime
    due: datetime | None
    changed_at: datetime

    @property
    def booking_ids(self) -> frozenset[str]:
        """Whose holds and claims are the series' own."""
        return frozenset(each.show.booking_id for each in self.shows)


def moved(series: Series, state: SeriesState, now: datetime, *, due: datetime | None, until: datetime | None = None) -> Series:
    """The series in its next state. Raises `SeriesChanged` when it is past that."""
    if state not in NEXT[series.state]:
        raise SeriesChanged(f"This series is {series.state.value}; it cannot become {state.value} any more. Load it again.")
    return replace(series, state=state, version=series.version + 1, changed_at=now, due=due, until=until or series.until)


def booking_in(series: Series, each: SeriesShow, now: datetime) -> Booking:
    """The booking that a show of a series becomes."""
    return Booking(
        booking_id=each.show.booking_id,
        contract_id=series.deal.contract_id,
        offer_id=series.deal.offer_id,
        brand_id=series.deal.brand_id,
        creator_id=series.deal.creator_id,
        agency_id=series.deal.agency_id,
        starts_at=each.show.starts_at,
        minutes=each.show.minutes,
        title=each.show.title,
        timezone=series.timezone,
        state=State.ACCEPTED,
        version=1,
        changed_at=now,
        slots=tuple(slots_between(each.claimed_from, each.claimed_until)),
        series_id=series.series_id,
    )


def in_groups(bookings: Sequence[Booking], others_per_booking: int, most: int) -> Iterator[tuple[Booking, ...]]:
    """Bookings in order, in groups whose slots and other writes are at most `most`; a booking is never torn apart."""
    group: list[Booking] = []
    size = 0
    for booking in bookings:
        needed = len(booking.slots) + others_per_booking
        if group and size + needed > most:
            yield tuple(group)
            group, size = [], 0
        group.append(booking)
        size += needed
    if group:
        yield tuple(group)

"""Holding the shows of a series softly, then confirming all of them or freeing all of them, whatever fails in between.

The states are steps of a caller's transactions (`begin`, `complete`, `give_up`), so that a deal and its series change together. What
lies between them (`hold`, `make_firm`, `free`) is done in as many transactions as it takes, each of which can come twice. What was
left behind is found by `due`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import MAX_ACTIONS_PER_TRANSACTION, Transaction
from chalicelib.bookings.host_time import HostTime, TimeOfHost, check_apart, somebody_was_faster
from chalicelib.bookings.rules import SLOT, BadSlot, SlotTaken, check_show_time, claimed_slots
from chalicelib.bookings.series import (
    SET_UP_WITHIN,
    DateTaken,
    Series,
    SeriesChanged,
    SeriesShow,
    SeriesState,
    SeriesTaken,
    booking_in,
    in_groups,
    moved,
)
from chalicelib.bookings.series_store import SeriesStore
from chalicelib.bookings.states import Booking, Deal, NewBooking
from chalicelib.bookings.store import BookingStore
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED

OTHER_WRITES_PER_BOOKING = 4
"""The booking itself, and a pointer for each of three parties."""
MOST_OF_A_GROUP = MAX_ACTIONS_PER_TRANSACTION - 1
"""The fence is one action, too."""
MAX_DUE_PER_RUN = 50
MAX_FREEING_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A show of a series that somebody thinks about: its time in UTC, and why it cannot be booked, or None."""

    starts_at: datetime
    ends_at: datetime
    why_not: str | None


class SeriesOfShows:
    """Use cases of series. `series_id` is the id of whatever the series is for, such as an offer."""

    def __init__(self, *, bookings: BookingStore, time: HostTime, clock: Clock) -> None:
        """`clock.now()` tells which holds have expired."""
        self._store = SeriesStore()
        self._bookings = bookings
        self._time = time
        self._clock = clock

    def preview(self, time: TimeOfHost, starts: Sequence[datetime], minutes: int) -> tuple[Occurrence, ...]:
        """Every show of a series with what stands against it."""
        return tuple(self._occurrences(time, starts, minutes))

    def find(self, series_id: str) -> Series | None:
        """A series, or None."""
        return self._store.find(series_id)

    def hold(self, series_id: str, deal: Deal, shows: Sequence[NewBooking], until: datetime) -> Series:
        """Hold every show softly until an instant, or raise `SeriesTaken` with all dates that cannot be and hold nothing.

        It can be asked again with the same id: what is held is held on, what was freed is held anew. It has to be made somebody's own
        (`keep`, `begin`) within `SET_UP_WITHIN`, or it is freed.
        """
        time, now = self._time.of_host(deal.creator_id), self._clock.now()
        before = self._store.find(series_id)
        if before is not None and before.state is SeriesState.FREEING:
            before = self.free(before)
        self._demand_free(time, shows)
        if before is None:
            after = _new(series_id, deal, time, shows, now=now, until=until)
        else:
            after = moved(before, SeriesState.HOLD, now, due=_set_up_by(now, until), until=until)
        transaction = Transaction()
        self._store.change(transaction, before, after)
        transaction.commit()
        try:
            self._hold_all(after, time, now)
        except SlotTaken as taken:
            self.free(self._given_up(after))
            self._demand_free(time, shows)
            raise taken from None
        return after

    def keep(self, transaction: Transaction, series: Series) -> Series:
        """Let a transaction make a held series somebody's own: from then on it is held to its end."""
        self._tell(transaction, series)
        return self._change(transaction, series, SeriesState.HOLD, due=series.until)

    def begin(self, transaction: Transaction, series: Series) -> Series:
        """Let a transaction decide that a held series is to be confirmed. Raises `SeriesTaken` when a date has become impossible."""
        self._demand_free(self._time.of_host(series.deal.creator_id), [each.show for each in series.shows])
        return self._change(transaction, series, SeriesState.CONFIRMING, due=self._clock.now())

    def make_firm(self, series: Series) -> None:
        """Turn every hold of a series that is being confirmed into a claim, with bookings that nobody sees yet. Raises `SlotTaken`."""
        _demand(series, SeriesState.CONFIRMING)
        time, now = self._time.of_host(series.deal.creator_id), self._clock.now()
        for group in self._groups(series, now):
            transaction = self._fenced(series)
            for booking in group:
                self._bookings.add_again(transaction, booking, somebody_was_faster(time.name, booking))
            transaction.commit()

    def complete(self, transaction: Transaction, series: Series) -> Series:
        """Let a transaction show all bookings of a series at once; every one has been made firm."""
        return self._change(transaction, series, SeriesState.CONFIRMED, due=None)

    def give_up(self, transaction: Transaction, series: Series) -> Series:
        """Let a transaction decide that a series is to be freed; `free` does it then."""
        return self._change(transaction, series, SeriesState.FREEING, due=self._clock.now())

    def free(self, series: Series) -> Series:
        """Free every slot that a given up series still has, and forget its bookings; the freed series."""
        _demand(series, SeriesState.FREEING)
        for group in self._groups(series, self._clock.now()):
            self._free(series, group)
        transaction = Transaction()
        self._tell(transaction, series)
        after = self._change(transaction, series, SeriesState.FREED, due=None)
        transaction.commit()
        return after

    def free_expired(self, series: Series) -> None:
        """Give up and free a series whose hold has ended; another one is left alone."""
        if series.state is SeriesState.HOLD and series.due is not None and series.due <= self._clock.now():
            series = self._given_up(series)
        if series.state is SeriesState.FREEING:
            self.free(series)

    def due(self) -> tuple[Series, ...]:
        """Series that stand between two states, and those whose hold has ended; at most `MAX_DUE_PER_RUN`."""
        found = (self._store.find(series_id) for series_id in self._store.due(self._clock.now(), MAX_DUE_PER_RUN))
        return tuple(series for series in found if series is not None)

    def _tell(self, transaction: Transaction, series: Series) -> None:
        transaction.announce(HOST_CHANGED, series.deal.creator_id, iso(self._clock.real_now()))

    def _given_up(self, series: Series) -> Series:
        transaction = Transaction()
        after = self.give_up(transaction, series)
        transaction.commit()
        return after

    def _hold_all(self, series: Series, time: TimeOfHost, now: datetime) -> None:
        real_until = self._clock.real_now() + max(series.until - now, timedelta())
        for group in self._groups(series, now):
            transaction = self._fenced(series)
            for booking in group:
                self._bookings.hold(transaction, booking, series.until, real_until, somebody_was_faster(time.name, booking))
            transaction.commit()

    def _free(self, series: Series, group: Sequence[Booking]) -> None:
        for _ in range(MAX_FREEING_ATTEMPTS):
            transaction = self._fenced(series)
            for booking in group:
                self._bookings.release(transaction, booking, _SlotChanged("A slot has changed hands."))
            try:
                transaction.commit()
            except _SlotChanged:
                continue
            return
        raise SeriesChanged("Slots of this series change hands at this moment. Trying again is safe.")

    def _fenced(self, series: Series) -> Transaction:
        transaction = Transaction()
        self._store.fence(transaction, series)
        return transaction

    def _change(self, transaction: Transaction, series: Series, state: SeriesState, *, due: datetime | None) -> Series:
        after = moved(series, state, self._clock.now(), due=due)
        self._store.change(transaction, series, after)
        return after

    def _groups(self, series: Series, now: datetime) -> Iterator[tuple[Booking, ...]]:
        bookings = [booking_in(series, each, now) for each in series.shows]
        return in_groups(bookings, OTHER_WRITES_PER_BOOKING, MOST_OF_A_GROUP)

    def _demand_free(self, time: TimeOfHost, shows: Sequence[NewBooking]) -> None:
        now, mine = self._clock.now(), frozenset(show.booking_id for show in shows)
        taken = []
        for show in shows:
            check_show_time(show.starts_at, show.minutes, now)
            sentence = time.why_not(show.starts_at, show.minutes, mine)
            if sentence is not None:
                taken.append(DateTaken(starts_at=show.starts_at, sentence=sentence))
        if taken:
            raise SeriesTaken(taken, len(shows))

    def _occurrences(self, time: TimeOfHost, starts: Sequence[datetime], minutes: int) -> Iterator[Occurrence]:
        for start in starts:
            try:
                check_show_time(start, minutes, self._clock.now())
                why_not = time.why_not(start, minutes)
            except BadSlot as bad:
                why_not = bad.message
            yield Occurrence(starts_at=start, ends_at=start + timedelta(minutes=minutes), why_not=why_not)


class _SlotChanged(SeriesChanged):
    """A slot that was the series' own is not any more: what it is now has to be read again."""


def _demand(series: Series, state: SeriesState) -> None:
    if series.state is not state:
        raise SeriesChanged(f"This series is {series.state.value}, not {state.value}. Load it again.")


def _set_up_by(now: datetime, until: datetime) -> datetime:
    return min(until, now + SET_UP_WITHIN)


def _new(series_id: str, deal: Deal, time: TimeOfHost, shows: Sequence[NewBooking], *, now: datetime, until: datetime) -> Series:
    kept = []
    for show in shows:
        slots = claimed_slots(time.offered, show.starts_at, show.minutes)
        kept.append(SeriesShow(show=show, claimed_from=slots[0], claimed_until=slots[-1] + SLOT))
    series = Series(
        series_id=series_id,
        deal=deal,
        timezone=time.offered.timezone,
        shows=tuple(kept),
        state=SeriesState.HOLD,
        version=1,
        until=until,
        due=_set_up_by(now, until),
        changed_at=now,
    )
    bookings: list[Booking] = []
    for each in series.shows:
        booking = booking_in(series, each, now)
        check_apart(bookings, booking, time.name)
        bookings.append(booking)
    return series

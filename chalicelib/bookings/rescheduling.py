"""Another time for a booked show: its booking ends as rescheduled, and another one takes its place, all in a caller's transaction."""

from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.dynamo import MAX_ACTIONS_PER_TRANSACTION, Transaction
from chalicelib.bookings.host_time import HostTime, somebody_was_faster
from chalicelib.bookings.rules import BadSlot, SlotTaken, check_show_time, claimed_slots
from chalicelib.bookings.states import Booking, Move, Party, allowed
from chalicelib.bookings.store import BookingStore
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED

OTHER_WRITES = 30
"""What else the transaction of a move may hold: bookings, contract, show, pointers, history, messages."""


class Rescheduling:
    """Moves bookings to other times."""

    def __init__(self, *, bookings: BookingStore, time: HostTime, clock: Clock) -> None:
        """`clock.now()` tells which starts have passed."""
        self._bookings = bookings
        self._time = time
        self._clock = clock

    def check(self, booking: Booking, starts_at: datetime, by: Party) -> Booking:
        """The booking as it would be at another time. Raises `BadSlot`, `SlotTaken`, `NotAllowedNow` or `NotYourMove`."""
        now, time = self._clock.now(), self._time.of_host(booking.creator_id)
        allowed(booking.state, Move.RESCHEDULE, by)
        if booking.starts_at <= now:
            raise BadSlot("A show can be moved until it starts. This start has passed.", fields={"starts_at": "too late"})
        check_show_time(starts_at, booking.minutes, now)
        if starts_at == booking.starts_at:
            raise BadSlot("The show is at this time already. Pick another one.", fields={"starts_at": "as it is"})
        refusal = time.why_not(starts_at, booking.minutes, {booking.booking_id})
        if refusal is not None:
            raise SlotTaken(refusal)
        slots = claimed_slots(time.offered, starts_at, booking.minutes)
        if len({*slots, *booking.slots}) > MAX_ACTIONS_PER_TRANSACTION - OTHER_WRITES:
            raise BadSlot("A show this long cannot be moved in one step. Cancel it and agree on a new one.", fields={"minutes": "too long"})
        return replace(booking, starts_at=starts_at, version=1, changed_at=now, slots=slots, series_id=None)

    def move_in(self, transaction: Transaction, booking: Booking, new_booking_id: str, starts_at: datetime, by: Party) -> Booking:
        """Let a transaction claim the new slots and free the old ones; the booking that takes the place keeps its state."""
        after = replace(self.check(booking, starts_at, by), booking_id=new_booking_id)
        row = allowed(booking.state, Move.RESCHEDULE, by)
        gone = replace(booking, state=row.to, version=booking.version + 1, changed_at=after.changed_at, slots=())
        host = self._time.of_host(booking.creator_id).name
        self._bookings.replace(transaction, booking, gone, after, somebody_was_faster(host, after))
        transaction.announce(HOST_CHANGED, booking.creator_id, iso(self._clock.real_now()))
        return after

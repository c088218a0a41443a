"""Where availability, claimed and held slots and bookings are kept; with `series_store` the only place that knows the table's keys.

A slot's key is its host and its instant, so a conditional put is the whole truth about who has it. A soft hold is a claim with an end:
whoever comes later puts over it by the same condition.
"""

import functools
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.bookings.busy import BusyCalendar
from chalicelib.bookings.rules import Availability, Claim, SlotTaken
from chalicelib.bookings.series import Series, SeriesState
from chalicelib.bookings.states import Booking
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.directory.rules import HOST_CHANGED

TABLE = "bookings"
MAX_BOOKINGS_LISTED = 500
KEPT_AFTER_EXPIRY = timedelta(days=1)


class BookingNotFound(NotFound):
    """There is no such booking for this caller."""


class BookingChanged(Conflict):
    """Somebody else moved the booking first."""


class HoursItem(Item):
    """When a host may be booked, or one of its calendars: read together by each question about the host's time."""

    TABLE = TABLE
    availability = Record(Availability, null=True)
    busy = Record(BusyCalendar, null=True)


class ClaimItem(Item):
    """A quarter of an hour of a host that a booking has, or holds softly `held_until` an instant of business time."""

    TABLE = TABLE
    claim = Record(Claim)
    booking_id = UnicodeAttribute()
    held_until = UnicodeAttribute(null=True)
    expires_at = WholeNumber(null=True)
    """Unix seconds of real time, when nobody can want a soft hold any more."""


class BookingItem(Item):
    """A booking; `version` counts its moves."""

    TABLE = TABLE
    version = WholeNumber()
    state = UnicodeAttribute()
    booking = Record(Booking)


class BookingPointer(Item):
    """Finds the bookings of a tenant in the order of their starts."""

    TABLE = TABLE
    booking_id = UnicodeAttribute()
    series_id = UnicodeAttribute(null=True)


class SeriesItem(Item):
    """A series; `version` counts its changes, and is what every write on its behalf is conditioned on."""

    TABLE = TABLE
    version = WholeNumber()
    state = UnicodeAttribute()
    series = Record(Series)


class BookingStore:
    """Availability, claims and bookings in DynamoDB."""

    def hours(self, creator_id: str) -> tuple[Availability | None, tuple[BusyCalendar, ...]]:
        """When a host may be booked (None while the host has not said) and the host's calendars, consistently read."""
        items = list(HoursItem.under(_host(creator_id)))
        availability = next((item.availability for item in items if item.sk == "availability"), None)
        return availability, tuple(item.busy for item in items if item.sk.startswith("busy#"))

    def save_availability(self, creator_id: str, availability: Availability, now: datetime) -> None:
        """Replace it; what is booked stays booked."""
        _tell(HoursItem(_host(creator_id), "availability", availability=availability), creator_id, now)

    def save_calendar(self, creator_id: str, busy: BusyCalendar, now: datetime) -> None:
        """Replace the calendar of this name, as a whole."""
        _tell(HoursItem(_host(creator_id), f"busy#{busy.calendar_id}", busy=busy), creator_id, now)

    def remove_calendar(self, creator_id: str, calendar_id: str, now: datetime) -> None:
        """Forget a calendar; one that is not there stays forgotten."""
        Transaction().delete(HoursItem(_host(creator_id), f"busy#{calendar_id}")).announce(HOST_CHANGED, creator_id, iso(now)).commit()

    def claims(self, creator_id: str, start: datetime, end: datetime) -> list[Claim]:
        """Claimed and held slots of a host from `start` to `end`, exclusive, consistently read; expired holds among them."""
        between = ClaimItem.sk.between(iso(start), iso(end - timedelta(milliseconds=1)))
        return [item.claim for item in ClaimItem.query(_slots(creator_id), between, consistent_read=True)]

    def add(self, transaction: Transaction, booking: Booking, taken: SlotTaken) -> None:
        """Put a new booking with a claim on each of its slots into a transaction; `taken` is raised when another has one of them."""
        self.claim(transaction, booking, taken)
        transaction.put_new(_item(booking), Conflict("This is booked already."))
        for pointer in _pointers(booking):
            transaction.put(pointer)

    def add_again(self, transaction: Transaction, booking: Booking, taken: SlotTaken) -> None:
        """The same for a booking of a series, of which a part may have been added before."""
        self.claim(transaction, booking, taken)
        for item in (_item(booking), *_pointers(booking)):
            transaction.put(item)

    def claim(self, transaction: Transaction, booking: Booking, taken: SlotTaken) -> None:
        """Put a claim on each slot of a booking into a transaction, over its own holds and over those that have expired."""
        for claim in _claims(booking, None):
            key = (_slots(booking.creator_id), iso(claim.slot))
            transaction.put(ClaimItem(*key, claim=claim, booking_id=claim.booking_id), _free_for(booking), taken)

    def hold(self, transaction: Transaction, booking: Booking, until: datetime, real_until: datetime, taken: SlotTaken) -> None:
        """Put a soft hold on each slot of a booking into a transaction: until an instant of business time, which is `real_until`."""
        for claim in _claims(booking, until):
            item = ClaimItem(_slots(booking.creator_id), iso(claim.slot), claim=claim, booking_id=claim.booking_id)
            item.held_until = iso(until)
            item.expires_at = int((real_until + KEPT_AFTER_EXPIRY).timestamp())
            transaction.put(item, _free_for(booking), taken)

    def release(self, transaction: Transaction, booking: Booking, changed: Conflict) -> None:
        """Put into a transaction that a booking which nobody has seen is forgotten, with the slots that it has now."""
        keys = [(_slots(booking.creator_id), iso(slot)) for slot in booking.slots]
        for item in ClaimItem.many(keys):
            if item.booking_id == booking.booking_id:
                transaction.delete(ClaimItem(item.pk, item.sk), ClaimItem.booking_id == booking.booking_id, changed)
        for each in (_item(booking), *_pointers(booking)):
            transaction.delete(each)

    def change(self, transaction: Transaction, before: Booking, after: Booking) -> None:
        """Put a moved booking into a transaction, on condition that nobody moved it since; slots it lost are freed."""
        conflict = BookingChanged("The booking has changed in the meantime. Load it again.")
        transaction.put(_item(after), BookingItem.version == before.version, conflict)
        for slot in sorted(set(before.slots) - set(after.slots)):
            mine = ClaimItem.booking_id == before.booking_id
            key = ClaimItem(_slots(before.creator_id), iso(slot))
            transaction.delete(key, mine, conflict)

    def replace(  # both bookings, and what their slots are conditioned on
        self, transaction: Transaction, before: Booking, gone: Booking, after: Booking, taken: SlotTaken
    ) -> None:
        """Put into a transaction that a booking gives way to another one of the same host, which takes over slots that both need."""
        conflict = BookingChanged("The booking has changed in the meantime. Load it again.")
        mine = ClaimItem.booking_id == before.booking_id
        transaction.put(_item(gone), BookingItem.version == before.version, conflict)
        transaction.put_new(_item(after), conflict)
        for pointer in _pointers(after):
            transaction.put(pointer)
        for claim in _claims(after, None):
            item = ClaimItem(_slots(after.creator_id), iso(claim.slot), claim=claim, booking_id=claim.booking_id)
            transaction.put(item, _free_for(after) | mine, taken)
        for slot in sorted(set(before.slots) - set(after.slots)):
            transaction.delete(ClaimItem(_slots(before.creator_id), iso(slot)), mine, conflict)

    def booking(self, booking_id: str) -> Booking:
        """A booking, read by the system. Raises `BookingNotFound`, also while its series is not confirmed as a whole."""
        item = BookingItem.find(f"booking#{booking_id}", "booking")
        if item is None or not is_confirmed(item.booking.series_id):
            raise BookingNotFound("There is no such booking.")
        return item.booking

    def get(self, principal: Principal, booking_id: str) -> Booking:
        """A booking that the caller is a party of. Raises `BookingNotFound`."""
        booking = self.booking(booking_id)
        if principal.tenant_id not in {*_parties(booking), PLATFORM_TENANT}:
            raise BookingNotFound("There is no such booking.")
        return booking

    def of(self, principal: Principal) -> Iterator[Booking]:
        """The bookings of the caller's tenant by start, at most `MAX_BOOKINGS_LISTED`."""
        confirmed = functools.cache(is_confirmed)
        pointers = BookingPointer.under(f"tenant#{principal.tenant_id}", "booking#")
        for pointer in islice((each for each in pointers if confirmed(each.series_id)), MAX_BOOKINGS_LISTED):
            yield BookingItem.get(f"booking#{pointer.booking_id}", "booking", consistent_read=True).booking

    def of_host_between(self, creator_id: str, start: datetime, end: datetime) -> list[Booking]:
        """Bookings of a host that start from `start` to `end`, by start, at most `MAX_BOOKINGS_LISTED`; read by the system."""
        between = BookingPointer.sk.between(f"booking#{iso(start)}", f"booking#{iso(end)}")
        found = BookingPointer.query(f"tenant#{creator_id}", between, consistent_read=True, limit=MAX_BOOKINGS_LISTED)
        return sorted(self.bookings({each.booking_id for each in found}), key=lambda booking: (booking.starts_at, booking.booking_id))

    def bookings(self, booking_ids: Collection[str]) -> list[Booking]:
        """Those of these bookings that may be seen, in no order; read by the system."""
        confirmed = functools.cache(is_confirmed)
        found = BookingItem.many([(f"booking#{booking_id}", "booking") for booking_id in booking_ids])
        return [item.booking for item in found if confirmed(item.booking.series_id)]


def is_confirmed(series_id: str | None) -> bool:
    """Whether bookings of a series may be seen; those of no series may."""
    if series_id is None:
        return True
    item = SeriesItem.find(*series_key(series_id))
    return item is not None and item.state == SeriesState.CONFIRMED


def series_key(series_id: str) -> tuple[str, str]:
    """Where a series is kept."""
    return f"series#{series_id}", "series"


def _tell(hours: HoursItem, creator_id: str, now: datetime) -> None:
    Transaction().put(hours).announce(HOST_CHANGED, creator_id, iso(now)).commit()


def _host(creator_id: str) -> str:
    return f"host#{creator_id}"


def _slots(creator_id: str) -> str:
    return f"slots#{creator_id}"


def _parties(booking: Booking) -> tuple[str, ...]:
    return tuple(tenant for tenant in (booking.brand_id, booking.creator_id, booking.agency_id) if tenant is not None)


def _claims(booking: Booking, held_until: datetime | None) -> Iterator[Claim]:
    ends_at = booking.starts_at + timedelta(minutes=booking.minutes)
    for slot in booking.slots:
        yield Claim(slot=slot, booking_id=booking.booking_id, starts_at=booking.starts_at, ends_at=ends_at, held_until=held_until)


def _free_for(booking: Booking) -> Condition:
    """Nobody has the slot, or a hold of it has expired when the booking is made (`changed_at`), or the booking itself has it."""
    nobody: Condition = ClaimItem.pk.does_not_exist() | (ClaimItem.held_until <= iso(booking.changed_at))
    free: Condition = nobody | (ClaimItem.booking_id == booking.booking_id)
    return free


def _pointers(booking: Booking) -> Iterator[BookingPointer]:
    for tenant_id in _parties(booking):
        sort = f"booking#{iso(booking.starts_at)}#{booking.booking_id}"
        yield BookingPointer(f"tenant#{tenant_id}", sort, booking_id=booking.booking_id, series_id=booking.series_id)


def _item(booking: Booking) -> BookingItem:
    return BookingItem(f"booking#{booking.booking_id}", "booking", version=booking.version, state=booking.state.value, booking=booking)

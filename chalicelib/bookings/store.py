"""Where availability, claimed slots and bookings are kept; the only place that knows the keys of the bookings table.

A slot's key is its host and its instant, so a conditional put is the whole truth about who has it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.bookings.rules import Availability, Claim, SlotTaken
from chalicelib.bookings.states import Booking
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound

TABLE = "bookings"
MAX_BOOKINGS_LISTED = 500


class BookingNotFound(NotFound):
    """There is no such booking for this caller."""


class BookingChanged(Conflict):
    """Somebody else moved the booking first."""


class AvailabilityItem(Item):
    """When a host may be booked."""

    TABLE = TABLE
    availability = Record(Availability)


class ClaimItem(Item):
    """A quarter of an hour of a host that a booking has."""

    TABLE = TABLE
    claim = Record(Claim)
    booking_id = UnicodeAttribute()


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


class BookingStore:
    """Availability, claims and bookings in DynamoDB."""

    def availability(self, creator_id: str) -> Availability | None:
        """When a host may be booked; None while the host has not said."""
        item = AvailabilityItem.find(_host(creator_id), "availability")
        return None if item is None else item.availability

    def save_availability(self, creator_id: str, availability: Availability) -> None:
        """Replace it; what is booked stays booked."""
        AvailabilityItem(_host(creator_id), "availability", availability=availability).save()

    def claims(self, creator_id: str, start: datetime, end: datetime) -> list[Claim]:
        """Claimed slots of a host from `start` to `end`, exclusive, consistently read."""
        between = ClaimItem.sk.between(iso(start), iso(end - timedelta(milliseconds=1)))
        return [item.claim for item in ClaimItem.query(_slots(creator_id), between, consistent_read=True)]

    def add(self, transaction: Transaction, booking: Booking, taken: SlotTaken) -> None:
        """Put a new booking with a claim on each of its slots into a transaction; `taken` is raised when one is claimed already."""
        ends_at = booking.starts_at + timedelta(minutes=booking.minutes)
        for slot in booking.slots:
            claim = Claim(slot=slot, booking_id=booking.booking_id, starts_at=booking.starts_at, ends_at=ends_at)
            transaction.put_new(ClaimItem(_slots(booking.creator_id), iso(slot), claim=claim, booking_id=booking.booking_id), taken)
        transaction.put_new(_item(booking), Conflict("This is booked already."))
        for tenant_id in _parties(booking):
            pointer = f"booking#{iso(booking.starts_at)}#{booking.booking_id}"
            transaction.put(BookingPointer(f"tenant#{tenant_id}", pointer, booking_id=booking.booking_id))

    def change(self, transaction: Transaction, before: Booking, after: Booking) -> None:
        """Put a moved booking into a transaction, on condition that nobody moved it since; slots it lost are freed."""
        conflict = BookingChanged("The booking has changed in the meantime. Load it again.")
        transaction.put(_item(after), BookingItem.version == before.version, conflict)
        for slot in sorted(set(before.slots) - set(after.slots)):
            mine = ClaimItem.booking_id == before.booking_id
            key = ClaimItem(_slots(before.creator_id), iso(slot))
            transaction.delete(key, mine, conflict)

    def booking(self, booking_id: str) -> Booking:
        """A booking, read by the system. Raises `BookingNotFound`."""
        item = BookingItem.find(f"booking#{booking_id}", "booking")
        if item is None:
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
        for place, pointer in enumerate(BookingPointer.under(f"tenant#{principal.tenant_id}", "booking#")):
            if place == MAX_BOOKINGS_LISTED:
                return
            yield self.booking(pointer.booking_id)


def _host(creator_id: str) -> str:
    return f"host#{creator_id}"


def _slots(creator_id: str) -> str:
    return f"slots#{creator_id}"


def _parties(booking: Booking) -> tuple[str, ...]:
    return tuple(tenant for tenant in (booking.brand_id, booking.creator_id, booking.agency_id) if tenant is not None)


def _item(booking: Booking) -> BookingItem:
    return BookingItem(f"booking#{booking.booking_id}", "booking", version=booking.version, state=booking.state.value, booking=booking)

"""Where disputes are kept, and which bookings the clock looks at next; the only place that knows these keys.

booking#<booking id> / dispute#<number>     a dispute
open / <decide by>#<booking id>             those that wait for a decision
watch / <instant>#<booking id>              when time may do something to a booking next
"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.endings.errors import DisputeChanged, DisputeNotFound
from chalicelib.endings.rules.disputes import Dispute

TABLE = "endings"
MAX_OPEN_LISTED = 500


class DisputeItem(Item):
    """A dispute; `version` counts its changes."""

    TABLE = TABLE
    version = WholeNumber()
    dispute = Record(Dispute)


class Pointer(Item):
    """Finds a booking by an instant."""

    TABLE = TABLE
    booking_id = UnicodeAttribute()


class EndingStore:
    """Disputes, and what the clock watches."""

    def of_booking(self, booking_id: str) -> tuple[Dispute, ...]:
        """All disputes of a booking, oldest first."""
        return tuple(item.dispute for item in DisputeItem.under(f"booking#{booking_id}", "dispute#"))

    def latest(self, booking_id: str) -> Dispute:
        """The last dispute of a booking. Raises `DisputeNotFound`."""
        disputes = self.of_booking(booking_id)
        if not disputes:
            raise DisputeNotFound("This booking has not been disputed.")
        return disputes[-1]

    def open_ones(self) -> Iterator[Dispute]:
        """Disputes that wait for a decision, the most urgent first."""
        for pointer in Pointer.query("open", consistent_read=True, limit=MAX_OPEN_LISTED):
            yield self.latest(pointer.booking_id)

    def add(self, transaction: Transaction, dispute: Dispute) -> None:
        """Put a new dispute into a transaction: the clock looks at it when it must be decided."""
        transaction.put_new(_item(dispute), DisputeChanged("Somebody else has just disputed this. Load it again."))
        transaction.put(_open(dispute))
        self.watch_in(transaction, dispute.booking_id, dispute.decide_by)

    def change(self, transaction: Transaction, before: Dispute, after: Dispute) -> None:
        """Put a changed dispute into a transaction, on condition that nobody changed it since."""
        conflict = DisputeChanged("Somebody else wrote to this dispute at the same moment. Load it again.")
        transaction.put(_item(after), DisputeItem.version == before.version, conflict)
        if before.is_open and not after.is_open:
            transaction.delete(_open(before))

    def watch_in(self, transaction: Transaction, booking_id: str, at: datetime) -> None:
        """Have the clock look at a booking at an instant."""
        transaction.put(_watch(booking_id, at))

    def watch(self, booking_id: str, at: datetime) -> None:
        """The same by itself."""
        _watch(booking_id, at).save()

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Bookings that the clock should look at, each with its key."""
        found = Pointer.query("watch", Pointer.sk <= iso(now) + "~", consistent_read=True, limit=limit)
        return [(pointer.booking_id, pointer.sk) for pointer in found]

    def unwatch(self, key: str) -> None:
        """It has been looked at."""
        Pointer("watch", key).delete()


def _item(dispute: Dispute) -> DisputeItem:
    return DisputeItem(f"booking#{dispute.booking_id}", f"dispute#{dispute.number:03}", version=dispute.version, dispute=dispute)


def _open(dispute: Dispute) -> Pointer:
    return Pointer("open", f"{iso(dispute.decide_by)}#{dispute.booking_id}", booking_id=dispute.booking_id)


def _watch(booking_id: str, at: datetime) -> Pointer:
    return Pointer("watch", f"{iso(at)}#{booking_id}", booking_id=booking_id)

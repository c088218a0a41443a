"""Where series are kept, and which of them somebody has to look at by when."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Transaction
from chalicelib.bookings.series import Series, SeriesChanged
from chalicelib.bookings.store import TABLE, SeriesItem, series_key
from chalicelib.core.clock import iso

DUE = "series-due"


class DuePointer(Item):
    """Finds by instant the series that are not at their end."""

    TABLE = TABLE
    series_id = UnicodeAttribute()


class SeriesStore:
    """Series in DynamoDB."""

    def find(self, series_id: str) -> Series | None:
        """A series, or None."""
        item = SeriesItem.find(*series_key(series_id))
        return None if item is None else item.series

    def change(self, transaction: Transaction, before: Series | None, after: Series) -> None:
        """Put a new or moved series into a transaction, on condition that nobody moved it since."""
        item = SeriesItem(*series_key(after.series_id), version=after.version, state=after.state.value, series=after)
        if before is None:
            transaction.put_new(item, _changed())
        else:
            transaction.put(item, SeriesItem.version == before.version, _changed())
        gone = before.due if before is not None else None
        if gone is not None and gone != after.due:
            transaction.delete(_pointer(gone, after.series_id))
        if after.due is not None:
            transaction.put(_pointer(after.due, after.series_id))

    def fence(self, transaction: Transaction, series: Series) -> None:
        """Let a transaction fail unless the series is still as it was read."""
        transaction.check(SeriesItem, series_key(series.series_id), SeriesItem.version == series.version, _changed())

    def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of series that somebody has to look at, oldest first."""
        found = DuePointer.query(DUE, DuePointer.sk <= iso(now) + "~", consistent_read=True, limit=limit)
        return [pointer.series_id for pointer in found]


def _pointer(due: datetime, series_id: str) -> DuePointer:
    return DuePointer(DUE, f"{iso(due)}#{series_id}", series_id=series_id)


def _changed() -> SeriesChanged:
    return SeriesChanged("Somebody else has brought this on in the meantime. Load it again.")

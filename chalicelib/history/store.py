"""Where history is kept; the only place that knows its keys.

deal#<deal id> / <real time>#<entry id>     an entry
"""

from collections.abc import Iterator

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.clock import iso
from chalicelib.history.rules import Entry


class EntryItem(Item):
    """An entry."""

    TABLE = "history"
    entry = Record(Entry)


class HistoryStore:
    """Adds entries and reads them again."""

    def add(self, transaction: Transaction, entry: Entry) -> None:
        """Put an entry into the transaction of what it tells of."""
        transaction.put_new(_item(entry))

    def add_alone(self, entry: Entry) -> None:
        """Keep an entry that no transaction stands for."""
        _item(entry).save()

    def of(self, deal_id: str) -> Iterator[Entry]:
        """A deal's entries in the order in which they were written down."""
        return (item.entry for item in EntryItem.under(f"deal#{deal_id}"))


def _item(entry: Entry) -> EntryItem:
    return EntryItem(f"deal#{entry.deal_id}", f"{iso(entry.recorded_at)}#{entry.entry_id}", entry=entry)

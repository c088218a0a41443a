"""What has changed of hosts since a snapshot was made, in the matching table.

    changes / <time>#<host>   a host as it was at that time; None where it is no host any more
    noted#<host> / change     when that was: a host has one change at a time
    sold / <host>             sales of the host's came in since matching was last told of it

Changes expire by themselves. Keys are built here only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Contention, Item, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.matching.index_store import AlreadyThere, committed, expiry
from chalicelib.matching.snapshot.records import HostRecord

CHANGES, SOLD = "changes", "sold"
MAX_NOTES_AT_ONCE = 8
"""How many workers may note one host at the same moment before one of them is told to come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A host as it was read at `read_at` (real time)."""

    creator_id: str
    read_at: datetime
    record: HostRecord | None


class ChangeItem(Item):
    """A host that has changed."""

    TABLE = "matching"
    creator_id = UnicodeAttribute()
    read_at = UnicodeAttribute()
    expires_at = WholeNumber()
    record = UnicodeAttribute(null=True)
    """JSON, whose keys may be days: a `Record` has none such."""


class NotedItem(Item):
    """Under which time a host's change is kept."""

    TABLE = "matching"
    read_at = UnicodeAttribute()
    expires_at = WholeNumber()


class SoldItem(Item):
    """A host of whose sales matching is to be told."""

    TABLE = "matching"
    at = UnicodeAttribute()


class ChangeStore:
    """Reads and writes of these."""

    def note(self, change: Change) -> None:
        """Keep how a host is now, instead of what was kept of it before; nothing where it has been read later than that already."""
        record = None if change.record is None else msgspec.json.encode(change.record).decode()
        read_at, expires_at = iso(change.read_at), expiry(change.read_at)
        noted = NotedItem(f"noted#{change.creator_id}", "change", read_at=read_at, expires_at=expires_at)
        for _ in range(MAX_NOTES_AT_ONCE):
            before = NotedItem.find(noted.pk, noted.sk)
            if before is not None and before.read_at > read_at:
                return
            as_before = NotedItem.pk.does_not_exist() if before is None else NotedItem.read_at == before.read_at
            writes = Transaction().put(noted, as_before, AlreadyThere("The host was noted at the same moment."))
            writes.put(
                ChangeItem(
                    CHANGES,
                    f"{read_at}#{change.creator_id}",
                    creator_id=change.creator_id,
                    read_at=read_at,
                    record=record,
                    expires_at=expires_at,
                )
            )
            if before is not None and before.read_at != read_at:
                writes.delete(ChangeItem(CHANGES, f"{before.read_at}#{change.creator_id}"))
            if committed(writes):
                return
        raise Contention("This host changes too often at this moment. Trying again is safe.")

    def sold(self, creator_id: str, now: datetime) -> None:
        """Remember to tell of a host."""
        SoldItem(SOLD, creator_id, at=iso(now)).save()

    def tell_of_sold(self, now: datetime) -> None:
        """Announce each host that was remembered as changed; who sells more meanwhile is told of next time."""
        for item in SoldItem.under(SOLD):
            told = Transaction().delete(SoldItem(SOLD, item.sk), SoldItem.at == item.at, AlreadyThere("It has sold more meanwhile."))
            committed(told.announce(HOST_CHANGED, item.sk, iso(now)))

    def changes(self, since: datetime) -> Iterator[Change]:
        """What was kept since then, oldest first."""
        return (_change(item) for item in ChangeItem.query(CHANGES, ChangeItem.sk >= iso(since), consistent_read=True))

    def count_changes(self, since: datetime, most: int) -> int:
        """How many there are since then; `most` where there are as many or more."""
        return ChangeItem.count(CHANGES, ChangeItem.sk >= iso(since), limit=most)


def _change(item: ChangeItem) -> Change:
    record = msgspec.json.decode(item.record, type=HostRecord) if item.record else None
    return Change(creator_id=item.creator_id, read_at=datetime.fromisoformat(item.read_at), record=record)

"""Where the secret addresses of hosts' calendar feeds are kept: as hashes, so that reading the table opens none of them."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Transaction
from chalicelib.bookings.store import TABLE
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict

FEED = "feed"


class FeedChanged(Conflict):
    """Two people changed the feed's address at once."""


class FeedItem(Item):
    """Finds a host by the hash of the address's secret."""

    TABLE = TABLE
    creator_id = UnicodeAttribute()


class FeedOfHostItem(Item):
    """The hash of the host's one address, and when it was made (real time)."""

    TABLE = TABLE
    secret_sha256 = UnicodeAttribute()
    made_at = UnicodeAttribute()


class FeedStore:
    """Reads and writes of these."""

    def host(self, secret_sha256: str) -> str | None:
        """Whose feed it is, or None."""
        item = FeedItem.find(_feed(secret_sha256), FEED)
        return None if item is None else item.creator_id

    def made_at(self, creator_id: str) -> datetime | None:
        """When the host's address was made; None while there is none."""
        item = FeedOfHostItem.find(_of_host(creator_id), FEED)
        return None if item is None else datetime.fromisoformat(item.made_at)

    def replace(self, creator_id: str, secret_sha256: str | None, now: datetime) -> None:
        """Have the feed found under this hash and under the one before no more; None only takes it away. Raises `FeedChanged`."""
        before = FeedOfHostItem.find(_of_host(creator_id), FEED)
        changed = FeedChanged("Somebody else changed this address at the same moment. Load the page again.")
        as_before = FeedOfHostItem.pk.does_not_exist() if before is None else FeedOfHostItem.secret_sha256 == before.secret_sha256
        transaction = Transaction()
        if before is not None:
            transaction.delete(FeedItem(_feed(before.secret_sha256), FEED))
        if secret_sha256 is None:
            transaction.delete(FeedOfHostItem(_of_host(creator_id), FEED), as_before, changed)
        else:
            transaction.put(FeedItem(_feed(secret_sha256), FEED, creator_id=creator_id))
            item = FeedOfHostItem(_of_host(creator_id), FEED, secret_sha256=secret_sha256, made_at=iso(now))
            transaction.put(item, as_before, changed)
        transaction.commit()


def _feed(secret_sha256: str) -> str:
    return f"feed#{secret_sha256}"


def _of_host(creator_id: str) -> str:
    return f"host-feed#{creator_id}"

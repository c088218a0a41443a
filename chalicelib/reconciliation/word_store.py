"""Up to where Stripe's word is kept for good, in the reconciliation table.

stripe-word / checkpoint      the newest one; it names the one before by its hash
"""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.errors import Conflict
from chalicelib.reconciliation.word import Checkpoint

PLACE = ("stripe-word", "checkpoint")


class KeptMeanwhile(Conflict):
    """Another reconciliation has kept what it heard."""


class CheckpointItem(Item):
    """The newest checkpoint; `sha256` repeats its own for conditions."""

    TABLE = "reconciliation"
    checkpoint = Record(Checkpoint)
    sha256 = UnicodeAttribute()


class WordStore:
    """Reads and writes of the checkpoint."""

    def checkpoint(self) -> Checkpoint | None:
        """The newest one."""
        item = CheckpointItem.find(*PLACE)
        return None if item is None else item.checkpoint

    def move_on(self, after: Checkpoint, before: str) -> None:
        """From the checkpoint with the hash `before` (empty: the first one) to the next. Raises `KeptMeanwhile`."""
        item = CheckpointItem(*PLACE, checkpoint=after, sha256=after.sha256)
        conflict = KeptMeanwhile("Another reconciliation has kept what Stripe said in the meantime.")
        condition = CheckpointItem.sha256 == before if before else CheckpointItem.pk.does_not_exist()
        Transaction().put(item, condition, conflict).commit()

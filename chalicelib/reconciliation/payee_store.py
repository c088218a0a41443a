"""Payees' automatic payouts in the reconciliation table.

payee-payouts / <arrives on>#<payout>              each one that was itemised
payee-payouts#<payee> / <arrives on>#<payout>      those of a payee
"""

from collections.abc import Iterator
from itertools import islice

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.reconciliation.records import PayeePayout


class PayeePayoutItem(Item):
    """An itemised payout."""

    TABLE = "reconciliation"
    payout = Record(PayeePayout)


class PayeePayoutStore:
    """Reads and writes of payees' payouts."""

    def keep(self, payout: PayeePayout) -> None:
        """Keep a payout as it was seen last."""
        place = f"{payout.arrives_on.isoformat()}#{payout.payout_id}"
        keys = ("payee-payouts", f"payee-payouts#{payout.payee_id}")
        writes = Transaction()
        for key in keys:
            writes.put(PayeePayoutItem(key, place, payout=payout))
        writes.commit()

    def every(self) -> Iterator[PayeePayout]:
        """All of them, oldest first."""
        yield from (item.payout for item in PayeePayoutItem.under("payee-payouts"))

    def newest(self, limit: int, payee_id: str | None = None) -> tuple[PayeePayout, ...]:
        """The newest first, of one payee or of all."""
        key = "payee-payouts" if payee_id is None else f"payee-payouts#{payee_id}"
        return tuple(islice((item.payout for item in PayeePayoutItem.under(key, newest_first=True)), limit))

"""What waits for a second person ends by itself: the money goes back to where it was, and can be prepared anew."""

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.clock import Clock
from chalicelib.payouts.prepaid_refunds import RefundsOfPrepaid
from chalicelib.payouts.rules import reversals
from chalicelib.payouts.rules.settlements import NOT_APPROVED, lapsed
from chalicelib.payouts.settlements import Settlements
from chalicelib.payouts.store import PayoutsStore


class Lapses:
    """What the clock does with proposals of finance; each raises a `Conflict` where a person was faster."""

    def __init__(self, *, store: PayoutsStore, settlements: Settlements, refunds: RefundsOfPrepaid, clock: Clock) -> None:
        """`clock.now()` tells whose time has passed."""
        self._store = store
        self._settlements = settlements
        self._refunds = refunds
        self._clock = clock

    def settlement(self, settlement_id: str) -> None:
        """Void a settlement that nobody approved in time; what it had taken is payable again."""
        before = self._store.settlement(settlement_id)
        self._settlements.give_back(before, lapsed(before, self._clock.now()))

    def reversal(self, settlement_id: str) -> None:
        """Call off taking a transfer back."""
        before = self._store.settlement(settlement_id)
        self._store.write_settlement(writes := Writes(), reversals.lapsed(before, self._clock.now()), before)
        writes.commit()

    def refund(self, refund_id: str) -> None:
        """Void a refund of prepaid money; it is the contract's again."""
        self._refunds.void(refund_id, NOT_APPROVED, has_lapsed=True)

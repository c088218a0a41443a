"""What automatic payouts to payees' banks are made of, asked in the name of the payee's account: a part of the gateway."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.adapters.stripe_answers import balance_transaction, id_of, payout_state
from chalicelib.adapters.stripe_errors import of_account, our_errors
from chalicelib.payouts.stripe_accounts import PayoutContent, PayoutEntry
from chalicelib.payouts.stripe_port import StripeUnknown

if TYPE_CHECKING:
    import stripe

PAGE_SIZE = 100
MAX_ENTRIES_OF_PAYOUT = 10_000
MAX_TRANSFERS_OF_ACCOUNT = 10_000
PAYOUT = "payout"


class PayoutsOfAccounts(ABC):
    """The part of `StripeApi` that looks into payees' payouts."""

    @property
    @abstractmethod
    def _client(self) -> stripe.StripeClient:
        """The gateway's client."""

    def payout_content(self, account_id: str, payout_id: str) -> PayoutContent:
        """GET /v1/payouts/{id} and /v1/balance_transactions?payout= in the account's name; /v1/transfers?destination= in our own."""
        with of_account(account_id), our_errors():
            payout = self._client.v1.payouts.retrieve(payout_id, None, {"stripe_account": account_id})
            listed = self._client.v1.balance_transactions.list({"payout": payout_id, "limit": PAGE_SIZE}, {"stripe_account": account_id})
            rows = [balance_transaction(row) for row in islice(listed.auto_paging_iter(), MAX_ENTRIES_OF_PAYOUT + 1)]
            origins = self._origins(account_id)
        if len(rows) > MAX_ENTRIES_OF_PAYOUT:
            raise StripeUnknown("too_many", f"payout {payout_id} has more than {MAX_ENTRIES_OF_PAYOUT} entries")
        entries = (
            PayoutEntry(
                balance_transaction=row.id,
                type=row.type,
                net_minor=row.net_minor,
                currency=row.currency,
                transfer=origins.get(row.source or ""),
            )
            for row in rows
            if row.type != PAYOUT
        )
        return PayoutContent(payout=payout_state(payout), entries=tuple(entries))

    def _origins(self, account_id: str) -> dict[str, str]:
        """By the payment that a transfer made on the account, and by each refund that a reversal made there, our transfer."""
        pages = self._client.v1.transfers.list({"destination": account_id, "limit": PAGE_SIZE}).auto_paging_iter()
        origins: dict[str, str] = {}
        for place, transfer in enumerate(pages):
            if place >= MAX_TRANSFERS_OF_ACCOUNT:
                raise StripeUnknown("too_many", f"account {account_id} has more than {MAX_TRANSFERS_OF_ACCOUNT} transfers")
            made = (transfer.destination_payment, *(reversal.destination_payment_refund for reversal in transfer.reversals.data))
            origins |= {identifier: transfer.id for identifier in map(id_of, made) if identifier}
        return origins

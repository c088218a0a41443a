"""What Stripe lists of the platform's own account, for reconciliation: a part of the gateway. Lists are read page by page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from chalicelib.adapters.stripe_answers import balance_transaction, id_of, member, transfer_state
from chalicelib.adapters.stripe_errors import our_errors
from chalicelib.payouts.stripe_port import BalanceTransaction, StripeUnknown, TransferState

if TYPE_CHECKING:
    from collections.abc import Iterator

    import stripe
    from stripe.params import BalanceTransactionListParams, BalanceTransactionListParamsCreated, TransferListParams

PAGE_SIZE = 100
MAX_LISTED = 1_000_000
"""What one listing may hold, so that it ends; a reconciliation asks for what came since it last kept all that was before."""


class BooksOfPlatform(ABC):
    """The part of `StripeApi` that says what happened."""

    @property
    @abstractmethod
    def _client(self) -> stripe.StripeClient:
        """The gateway's client."""

    def transfers(self, *, created_from: int | None = None) -> Iterator[TransferState]:
        """GET /v1/transfers."""
        params: TransferListParams = {"limit": PAGE_SIZE}
        if created_from is not None:
            params["created"] = {"gte": created_from}
        with our_errors():
            for place, row in enumerate(self._client.v1.transfers.list(params).auto_paging_iter()):
                if place >= MAX_LISTED:
                    raise StripeUnknown("too_many", f"more than {MAX_LISTED} transfers; ask for a shorter time")
                yield transfer_state(row)

    def balance_transactions(
        self, *, created_from: int | None = None, created_to: int | None = None, type_: str | None = None
    ) -> Iterator[BalanceTransaction]:
        """GET /v1/balance_transactions."""
        params: BalanceTransactionListParams = {"limit": PAGE_SIZE}
        created: BalanceTransactionListParamsCreated = {}
        if created_from is not None:
            created["gte"] = created_from
        if created_to is not None:
            created["lt"] = created_to
        if created:
            params["created"] = created
        if type_ is not None:
            params["type"] = type_
        with our_errors():
            for place, row in enumerate(self._client.v1.balance_transactions.list(params).auto_paging_iter()):
                if place >= MAX_LISTED:
                    raise StripeUnknown("too_many", f"more than {MAX_LISTED} balance transactions; ask for a shorter time")
                yield balance_transaction(row)

    def transfer_behind(self, balance_transaction_id: str) -> str | None:
        """GET /v1/balance_transactions/{id} with its source: the transfer that it moved or, of a reversal, that it took back."""
        with our_errors():
            source = self._client.v1.balance_transactions.retrieve(balance_transaction_id, {"expand": ["source"]}).source
            match member(source, "object"):
                case "transfer_reversal":
                    return id_of(getattr(source, "transfer", None))
                case "transfer":
                    return id_of(source)
                case _:
                    return None

"""The creators' side: each automatic payout to a payee's bank, itemised, with the transfers of ours that it paid out.

Stripe itemises a payout only when it made it by itself, and says when it has: ``payout.reconciliation_completed``.
"""

from datetime import UTC, datetime

from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock
from chalicelib.payouts.payout_accounts import PayoutAccounts
from chalicelib.payouts.records import StripeEvent
from chalicelib.payouts.stripe_accounts import StripePayeePayouts
from chalicelib.reconciliation.payee_store import PayeePayoutStore
from chalicelib.reconciliation.records import PayeePayout

RECONCILED = "payout.reconciliation_completed"
MAX_PAYOUTS_LISTED = 100


class PayeePayouts:
    """Use cases of payees' payouts."""

    def __init__(self, *, store: PayeePayoutStore, accounts: PayoutAccounts, gateway: StripePayeePayouts, clock: Clock) -> None:
        """`gateway` is used by the worker that may reach Stripe only."""
        self._store = store
        self._accounts = accounts
        self._gateway = gateway
        self._clock = clock

    def observe(self, event: StripeEvent) -> PayeePayout | None:
        """Worker: fetch what a payout is made of once Stripe has reconciled it. None for any other notice; safe to repeat."""
        if event.type != RECONCILED or event.account is None:
            return None
        payee_id = self._accounts.payee_of(event.account)
        if payee_id is None:
            return None
        content = self._gateway.payout_content(event.account, event.object_id)
        seen = PayeePayout(
            payee_id=payee_id,
            payout_id=content.payout.id,
            amount_minor=content.payout.amount_minor,
            currency=content.payout.currency,
            status=content.payout.status,
            arrives_on=datetime.fromtimestamp(content.payout.arrives_on, UTC).date(),
            entries=content.entries,
            seen_at=self._clock.real_now(),
        )
        self._store.keep(seen)
        return seen

    def every(self) -> tuple[PayeePayout, ...]:
        """All of them, for reconciliation."""
        return tuple(self._store.every())

    def newest(self, principal: Principal) -> tuple[PayeePayout, ...]:
        """The newest first: a payee's own, all of them for finance."""
        payee_id = None if principal.tenant_id == PLATFORM_TENANT else principal.tenant_id
        return self._store.newest(MAX_PAYOUTS_LISTED, payee_id)

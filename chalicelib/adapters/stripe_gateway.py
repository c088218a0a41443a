"""The only module that talks to Stripe. The SDK is imported when the first call is made: it costs 150 ms that only money movers pay.

Every write carries our own idempotency key. The SDK's own retries are off: our workflow retries, with the intent stored before, and
counts its attempts; hidden ones would stretch a call beyond the function's time and blur what "unknown" means.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from chalicelib.adapters.stripe_answers import (
    METADATA_REFERENCE,
    METADATA_SETTLEMENT,
    account_state,
    charge_state,
    checkout_state,
    dispute_state,
    member,
    payout_state,
    refund_state,
    reversal_state,
    transfer_state,
)
from chalicelib.adapters.stripe_books import BooksOfPlatform
from chalicelib.adapters.stripe_errors import of_account, our_errors
from chalicelib.adapters.stripe_payouts import PayoutsOfAccounts
from chalicelib.core.currencies import from_stripe, to_stripe
from chalicelib.payouts.stripe_accounts import AccountLink, AccountState, PayoutState
from chalicelib.payouts.stripe_port import (
    ChargeState,
    CheckoutLink,
    CheckoutState,
    DisputeState,
    RefundState,
    ReversalState,
    StripeRefused,
    StripeUnknown,
    TransferState,
    WebhookEvent,
)

if TYPE_CHECKING:
    import stripe
    from stripe.params.checkout import SessionCreateParamsLineItemPriceData

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 20
"""Shorter than the payout function's own time-out, so that we, not the platform, decide that the outcome is unknown."""
PAGE_SIZE = 100
MAX_TRANSFERS_IN_GROUP = 1_000
MAX_REFUNDS_OF_CHARGE = 1_000
MAX_REVERSALS_OF_TRANSFER = 1_000
MAX_PAYOUTS_SHOWN = 20


class StripeApi(PayoutsOfAccounts, BooksOfPlatform):
    """Implements `StripeGateway` on the official SDK."""

    def __init__(self, api_key: str, *, base_address: str | None = None) -> None:
        """`base_address` is Stripe's own unless a test or the local stage names another."""
        self._api_key = api_key
        self._base_address = base_address

    @cached_property
    @override
    def _client(self) -> stripe.StripeClient:
        import stripe  # noqa: PLC0415 - lazy on purpose, see the module's first lines

        return stripe.StripeClient(
            self._api_key,
            base_addresses={"api": self._base_address} if self._base_address else None,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)),
        )

    def create_account(self, *, email: str, country: str, idempotency_key: str) -> AccountState:
        """An Express account that may only receive transfers (docs: Connect, Account capabilities)."""
        with our_errors():
            account = self._client.v1.accounts.create(
                {"type": "express", "country": country, "email": email, "capabilities": {"transfers": {"requested": True}}},
                {"idempotency_key": idempotency_key},
            )
            return account_state(account)

    def account(self, account_id: str) -> AccountState:
        """GET /v1/accounts/{id}."""
        with of_account(account_id), our_errors():
            return account_state(self._client.v1.accounts.retrieve(account_id))

    def payouts_of(self, account_id: str) -> tuple[PayoutState, ...]:
        """GET /v1/payouts in the account's name: the newest page."""
        with of_account(account_id), our_errors():
            page = self._client.v1.payouts.list({"limit": MAX_PAYOUTS_SHOWN}, {"stripe_account": account_id})
            return tuple(payout_state(payout) for payout in page.data)

    def account_link(self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str) -> AccountLink:
        """POST /v1/account_links."""
        with our_errors():
            link = self._client.v1.account_links.create(
                {"account": account_id, "type": "account_onboarding", "refresh_url": refresh_url, "return_url": return_url},
                {"idempotency_key": idempotency_key},
            )
            return AccountLink(url=link.url, expires=link.expires_at)

    def create_checkout(  # noqa: PLR0913 - what a payment is made of
        self,
        *,
        amount_minor: int,
        currency: str,
        reference: str,
        success_url: str,
        cancel_url: str,
        customer_email: str,
        idempotency_key: str,
    ) -> CheckoutLink:
        """POST /v1/checkout/sessions, one line; our reference goes on the session and on the payment."""
        price: SessionCreateParamsLineItemPriceData = {
            "currency": currency.lower(),
            "unit_amount": to_stripe(amount_minor, currency),
            "product_data": {"name": reference},
        }
        with our_errors():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "line_items": [{"quantity": 1, "price_data": price}],
                    "customer_email": customer_email,
                    "success_url": success_url,
                    "cancel_url": cancel_url,
                    "metadata": {METADATA_REFERENCE: reference},
                    "payment_intent_data": {"metadata": {METADATA_REFERENCE: reference}},
                },
                {"idempotency_key": idempotency_key},
            )
            return CheckoutLink(id=session.id, url=session.url or "")

    def checkout(self, checkout_id: str) -> CheckoutState:
        """GET /v1/checkout/sessions/{id} with the payment, its charge and that charge's balance transaction."""
        with our_errors():
            session = self._client.v1.checkout.sessions.retrieve(
                checkout_id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
            )
            return checkout_state(session)

    def charge(self, charge_id: str) -> ChargeState:
        """GET /v1/charges/{id}."""
        with our_errors():
            return charge_state(self._client.v1.charges.retrieve(charge_id))

    def create_refund(self, *, charge_id: str, amount_minor: int, currency: str, reference: str, idempotency_key: str) -> RefundState:
        """POST /v1/refunds; our reference goes into the metadata."""
        with our_errors():
            refund = self._client.v1.refunds.create(
                {"charge": charge_id, "amount": to_stripe(amount_minor, currency), "metadata": {METADATA_REFERENCE: reference}},
                {"idempotency_key": idempotency_key},
            )
            return refund_state(refund)

    def refund(self, refund_id: str) -> RefundState:
        """GET /v1/refunds/{id}."""
        with our_errors():
            return refund_state(self._client.v1.refunds.retrieve(refund_id))

    def refunds_of(self, charge_id: str) -> tuple[RefundState, ...]:
        """GET /v1/refunds?charge=, all pages."""
        with our_errors():
            pages = self._client.v1.refunds.list({"charge": charge_id, "limit": PAGE_SIZE}).auto_paging_iter()
            found = tuple(refund_state(refund) for refund in islice(pages, MAX_REFUNDS_OF_CHARGE + 1))
        if len(found) > MAX_REFUNDS_OF_CHARGE:
            raise StripeUnknown("too_many", f"charge {charge_id} has more than {MAX_REFUNDS_OF_CHARGE} refunds")
        return found

    def dispute(self, dispute_id: str) -> DisputeState:
        """GET /v1/disputes/{id}; its balance transactions come with it."""
        with our_errors():
            return dispute_state(self._client.v1.disputes.retrieve(dispute_id))

    def create_transfer(
        self,
        *,
        amount_minor: int,
        currency: str,
        destination: str,
        transfer_group: str,
        settlement_id: str,
        idempotency_key: str,
    ) -> TransferState:
        """POST /v1/transfers from the available balance, without `source_transaction`: no charge stands behind a sale from a feed."""
        with our_errors():
            transfer = self._client.v1.transfers.create(
                {
                    "amount": to_stripe(amount_minor, currency),
                    "currency": currency.lower(),
                    "destination": destination,
                    "transfer_group": transfer_group,
                    "metadata": {METADATA_SETTLEMENT: settlement_id},
                },
                {"idempotency_key": idempotency_key},
            )
            return transfer_state(transfer)

    def transfer(self, transfer_id: str) -> TransferState:
        """GET /v1/transfers/{id}."""
        with our_errors():
            return transfer_state(self._client.v1.transfers.retrieve(transfer_id))

    def transfers_by_group(self, group: str) -> tuple[TransferState, ...]:
        """GET /v1/transfers?transfer_group=, all pages."""
        with our_errors():
            pages = self._client.v1.transfers.list({"transfer_group": group, "limit": PAGE_SIZE}).auto_paging_iter()
            found = tuple(transfer_state(transfer) for transfer in islice(pages, MAX_TRANSFERS_IN_GROUP + 1))
        if len(found) > MAX_TRANSFERS_IN_GROUP:
            raise StripeUnknown("too_many", f"group {group} has more than {MAX_TRANSFERS_IN_GROUP} transfers")
        return found

    def reverse_transfer(
        self, transfer_id: str, *, amount_minor: int, currency: str, idempotency_key: str, reference: str = ""
    ) -> TransferState:
        """POST /v1/transfers/{id}/reversals. Stripe has no code for "already fully reversed", so the transfer itself is asked."""
        try:
            with our_errors():
                self._client.v1.transfers.reversals.create(
                    transfer_id,
                    {"amount": to_stripe(amount_minor, currency), "metadata": {METADATA_REFERENCE: reference}},
                    {"idempotency_key": idempotency_key},
                )
        except StripeRefused:
            transfer = self.transfer(transfer_id)
            if transfer.reversed_minor == transfer.amount_minor:
                return transfer
            raise
        return self.transfer(transfer_id)

    def reversals_of(self, transfer_id: str) -> tuple[ReversalState, ...]:
        """GET /v1/transfers/{id}/reversals, all pages; Stripe answers newest first."""
        with our_errors():
            pages = self._client.v1.transfers.reversals.list(transfer_id, {"limit": PAGE_SIZE}).auto_paging_iter()
            found = [reversal_state(reversal) for reversal in islice(pages, MAX_REVERSALS_OF_TRANSFER + 1)]
        if len(found) > MAX_REVERSALS_OF_TRANSFER:
            raise StripeUnknown("too_many", f"transfer {transfer_id} has more than {MAX_REVERSALS_OF_TRANSFER} reversals")
        return tuple(reversed(found))

    def available_balance(self, currency: str) -> int:
        """GET /v1/balance: what is pending does not count."""
        with our_errors():
            balance = self._client.v1.balance.retrieve()
            available = sum(figure.amount for figure in balance.available if figure.currency == currency.lower())
            return from_stripe(available, currency)

    def event(self, event_id: str) -> WebhookEvent:
        """GET /v1/events/{id}."""
        with our_errors():
            event = self._client.v1.events.retrieve(event_id)
            return WebhookEvent(
                id=event.id,
                type=event.type,
                object_id=member(event.data.object, "id") or "",
                livemode=event.livemode,
                created=event.created,
                account=member(event, "account"),
            )

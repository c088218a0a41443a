"""What we need of Stripe, in our words: five small families of calls, their results, and three ways to fail. No import of Stripe here.

Amounts are whole minor units, currencies are upper-case ISO codes as everywhere in this product; the gateway translates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.errors import Conflict
from chalicelib.payouts.stripe_accounts import StripeAccounts


class StripeUnknown(Conflict):
    """Nothing was learnt about what happened: time-out, lost connection, 5xx, 409, 429, or an answer that does not speak of this request.

    The same call with the same key is right within 24 hours; later the object is looked up. A reservation stays.
    """

    def __init__(self, code: str, message: str) -> None:
        """`code` is Stripe's own, or ours for what never reached it (``connection``)."""
        super().__init__(f"Stripe's answer is not known yet ({message}). The same request is tried again; do not make a new one.")
        self.code = code


class StripeRefused(Conflict):
    """Stripe said no to this very request, and nothing was executed: the reservation can be freed."""

    def __init__(self, code: str, message: str) -> None:
        """`code` is Stripe's error code, such as ``balance_insufficient``."""
        super().__init__(f"Stripe refused: {message}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLink:
    """The page at which a brand pays."""

    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutState:
    """What became of a checkout. `charge` and `fee_minor` (Stripe's own fee) are known once it is paid.

    `status` is open, complete or expired; `payment_status` paid, unpaid or no_payment_required: book on ``paid`` only.
    """

    id: str
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    reference: str
    payment_intent: str | None
    charge: str | None
    fee_minor: int | None
    balance_transaction: str | None
    failed: bool = False
    """Sent off at the page, and refused by the bank afterwards: this page cannot be paid any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferState:
    """A transfer. That it exists is its success; `reversed_minor` of it came back."""

    id: str
    amount_minor: int
    currency: str
    destination: str
    group: str
    settlement_id: str
    reversed_minor: int
    balance_transaction: str
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalState:
    """A part of a transfer that came back. `reference` is our own id of what was asked for, empty when it is not ours."""

    id: str
    amount_minor: int
    currency: str
    balance_transaction: str
    reference: str
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState:
    """A payment that was taken. What can still be given back of it is `refundable_minor`; nothing while it is disputed."""

    id: str
    amount_minor: int
    refunded_minor: int
    currency: str
    disputed: bool
    reference: str
    """Our own id of what was paid for, which the payment was given; empty when it is not ours."""

    @property
    def refundable_minor(self) -> int:
        """Never below 0."""
        return 0 if self.disputed else max(0, self.amount_minor - self.refunded_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    """A refund of a charge. `reference` is our own id of it, empty when it is not ours.

    `status` is pending, requires_action, succeeded, failed or canceled. Money has left once there is a `balance_transaction`; it has come
    back once there is a `failure_balance_transaction`.
    """

    id: str
    charge: str
    amount_minor: int
    currency: str
    status: str
    reference: str
    balance_transaction: str | None
    failure_balance_transaction: str | None
    failure_reason: str | None
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMove:
    """One change of the balance that a dispute has made: below 0 taken away, above 0 given back; `fee_minor` beside it."""

    balance_transaction: str
    amount_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeState:
    """A payer's bank takes a payment back. `moves` says what it has done to our balance so far, oldest first."""

    id: str
    charge: str
    amount_minor: int
    currency: str
    status: str
    reason: str
    moves: tuple[DisputeMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One change of the platform's balance at Stripe: ``net == amount - fee``. `created` and `available_on` are seconds since the epoch."""

    id: str
    type: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    source: str | None
    created: int
    available_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """A notice that an object changed. The object is fetched again, so that order and replay do not matter."""

    id: str
    type: str
    object_id: str
    livemode: bool
    created: int
    account: str | None


class StripePayments(Protocol):
    """What brands pay."""

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
        """A page that asks for the amount; `reference` is our own id of what is paid for and comes back in `CheckoutState`."""
        ...

    def checkout(self, checkout_id: str) -> CheckoutState:
        """What became of it."""
        ...


class StripeRefunds(Protocol):
    """What brands get back, and what their banks take back."""

    def charge(self, charge_id: str) -> ChargeState:
        """The payment as it is now."""
        ...

    def create_refund(self, *, charge_id: str, amount_minor: int, currency: str, reference: str, idempotency_key: str) -> RefundState:
        """Gives back a part of a charge; `reference` is our own id of the part."""
        ...

    def refund(self, refund_id: str) -> RefundState:
        """The refund as it is now."""
        ...

    def refunds_of(self, charge_id: str) -> tuple[RefundState, ...]:
        """All refunds of a charge: how an unknown outcome is found out after 24 hours."""
        ...

    def dispute(self, dispute_id: str) -> DisputeState:
        """The dispute as it is now."""
        ...


class StripeTransfers(Protocol):
    """What payees get."""

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
        """Moves available money of the platform to an account at once."""
        ...

    def transfer(self, transfer_id: str) -> TransferState:
        """The transfer as it is now."""
        ...

    def transfers_by_group(self, group: str) -> tuple[TransferState, ...]:
        """All transfers of a group: how an unknown outcome is found out after 24 hours."""
        ...

    def reverse_transfer(
        self, transfer_id: str, *, amount_minor: int, currency: str, idempotency_key: str, reference: str = ""
    ) -> TransferState:
        """Takes money back from the account; the transfer as it is afterwards. One that is fully reversed already is success."""
        ...

    def reversals_of(self, transfer_id: str) -> tuple[ReversalState, ...]:
        """All that came back of a transfer, oldest first."""
        ...


class StripeBooks(Protocol):
    """What Stripe says happened: the other side of reconciliation."""

    def available_balance(self, currency: str) -> int:
        """The platform's available balance in minor units."""
        ...

    def balance_transactions(
        self, *, created_from: int | None = None, created_to: int | None = None, type_: str | None = None
    ) -> Iterator[BalanceTransaction]:
        """Newest first, `created_from` inclusive and `created_to` exclusive, in seconds since the epoch."""
        ...

    def transfers(self, *, created_from: int | None = None) -> Iterator[TransferState]:
        """Every transfer as it is now, or those created from an instant on, newest first."""
        ...

    def transfer_behind(self, balance_transaction_id: str) -> str | None:
        """The transfer that a movement is about, be it sent or taken back; None when it is about something else."""
        ...

    def event(self, event_id: str) -> WebhookEvent:
        """The event as Stripe keeps it: what a notice says counts only when it is here too."""
        ...


class StripeGateway(StripeAccounts, StripePayments, StripeRefunds, StripeTransfers, StripeBooks, Protocol):
    """All of it, for the composition root. A use case asks for the family it needs."""

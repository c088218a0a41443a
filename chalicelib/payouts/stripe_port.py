"""What we need of Stripe, in our words: four small families of calls, their results, and three ways to fail. No import of Stripe here.

Amounts are whole minor units, currencies are upper-case ISO codes as everywhere in this product; the gateway translates.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chalicelib.core.errors import Conflict, Unauthenticated

WEBHOOK_TOLERANCE_SECONDS = 300
"""How old a signed webhook may be (docs: Webhooks, preventing replay attacks)."""
MAX_WEBHOOK_BYTES = 1_000_000


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


class InvalidSignature(Unauthenticated):
    """The webhook was not signed by Stripe for this endpoint and mode, or too long ago. Nothing in it may be believed."""


class SecretDoesNotFit(InvalidSignature):
    """The signature was not made with this secret; it may have been with the secret of another endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """A payee's connected account. Money can be sent only while `transfers_active`."""

    id: str
    country: str
    email: str | None
    transfers_active: bool
    payouts_enabled: bool
    details_submitted: bool
    requirements_due: tuple[str, ...]
    disabled_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """The address where a payee gives Stripe their details: used once, gone in minutes."""

    url: str
    expires: int


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


class StripeAccounts(Protocol):
    """Payees' connected accounts."""

    def create_account(self, *, email: str, country: str, idempotency_key: str) -> AccountState:
        """A new account that asks for the capability to receive transfers; `country` is ISO 3166-1 alpha-2."""
        ...

    def account(self, account_id: str) -> AccountState:
        """The account as it is now."""
        ...

    def account_link(self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str) -> AccountLink:
        """Where the payee completes what Stripe asks for."""
        ...


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

    def create_refund(self, *, charge_id: str, amount_minor: int, reference: str, idempotency_key: str) -> RefundState:
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

    def reverse_transfer(self, transfer_id: str, *, amount_minor: int, idempotency_key: str) -> TransferState:
        """Takes money back from the account; the transfer as it is afterwards. One that is fully reversed already is success."""
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

    def transfers(self) -> Iterator[TransferState]:
        """Every transfer as it is now, newest first."""
        ...

    def event(self, event_id: str) -> WebhookEvent:
        """The event as Stripe keeps it: what a notice says counts only when it is here too."""
        ...


class StripeGateway(StripeAccounts, StripePayments, StripeRefunds, StripeTransfers, StripeBooks, Protocol):
    """All of it, for the composition root. A use case asks for the family it needs."""


class _Envelope(msgspec.Struct):
    """The members of an event that we read."""

    id: str
    type: str
    created: int
    livemode: bool
    data: dict[str, Any]
    account: str | None = None


def parse_webhook(
    raw_body: bytes,
    signature_header: str,
    *,
    secret: str,
    now: datetime,
    livemode: bool,
    tolerance_seconds: int = WEBHOOK_TOLERANCE_SECONDS,
) -> WebhookEvent:
    """The event in a signed webhook, checked as Stripe documents it; `now` is real time. Raises `InvalidSignature`, `SecretDoesNotFit`.

    Done without the SDK, whose import takes longer than the endpoint may; a contract test holds it against the SDK's own signing.
    An empty secret disables the endpoint.
    """
    if not secret:
        raise SecretDoesNotFit("This endpoint takes no webhooks: no signing secret is configured.")
    if len(raw_body) > MAX_WEBHOOK_BYTES:
        raise InvalidSignature("This webhook is larger than any that Stripe sends.")
    signed_at, signatures = _signature_parts(signature_header)
    expected = hmac.new(secret.encode(), f"{signed_at}.".encode() + raw_body, hashlib.sha256).hexdigest().encode()
    if sum(hmac.compare_digest(expected, given.encode()) for given in signatures) == 0:
        raise SecretDoesNotFit("The signature does not fit this message. Check the endpoint's signing secret.")
    if abs(int(now.timestamp()) - signed_at) > tolerance_seconds:
        raise InvalidSignature(
            f"The signature is not from the last {tolerance_seconds} seconds. Check the clock, or let Stripe send it again."
        )
    return _event_of(raw_body, livemode=livemode)


def _signature_parts(header: str) -> tuple[int, tuple[str, ...]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t" and value.isascii() and value.isdigit()]
    if len(stamps) != 1:
        raise InvalidSignature("The header Stripe-Signature is missing or malformed.")
    return int(stamps[0]), tuple(value for name, _, value in pairs if name == "v1")


def _event_of(raw_body: bytes, *, livemode: bool) -> WebhookEvent:
    try:
        envelope = msgspec.json.decode(raw_body, type=_Envelope)
    except msgspec.MsgspecError as error:
        raise InvalidSignature("The signed message is not an event that this endpoint understands.") from error
    if envelope.livemode is not livemode:
        raise InvalidSignature("The message is from the other mode (live and test do not mix).")
    subject = envelope.data.get("object")
    return WebhookEvent(
        id=envelope.id,
        type=envelope.type,
        object_id=str(subject.get("id", "")) if isinstance(subject, dict) else "",
        livemode=envelope.livemode,
        created=envelope.created,
        account=envelope.account,
    )

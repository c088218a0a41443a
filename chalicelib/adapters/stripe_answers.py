"""Stripe's objects in our words: what `stripe_gateway` makes of an answer. Reads only; nothing of the SDK is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.currencies import from_stripe
from chalicelib.payouts.stripe_accounts import AccountState, PayoutState
from chalicelib.payouts.stripe_port import (
    BalanceTransaction,
    ChargeState,
    CheckoutState,
    DisputeMove,
    DisputeState,
    RefundState,
    ReversalState,
    TransferState,
)

if TYPE_CHECKING:
    import stripe

METADATA_SETTLEMENT = "settlement_id"
METADATA_REFERENCE = "reference"
BANK_SAID_NO = frozenset({"requires_payment_method", "canceled"})
"""A payment that takes days (a debit, say) and did not go through (docs: Checkout, delayed notification payment methods)."""


def account_state(account: stripe.Account) -> AccountState:
    """A payee's account in our words."""
    due = account.requirements.currently_due if account.requirements else None
    return AccountState(
        id=account.id,
        country=account.country or "",
        email=account.email,
        transfers_active=member(account.capabilities, "transfers") == "active",
        payouts_enabled=bool(account.payouts_enabled),
        details_submitted=bool(account.details_submitted),
        requirements_due=tuple(due or ()),
        disabled_reason=account.requirements.disabled_reason if account.requirements else None,
    )


def checkout_state(session: stripe.checkout.Session) -> CheckoutState:
    """A checkout in our words, with its charge as far as it was expanded."""
    intent = session.payment_intent
    charge = None if intent is None or isinstance(intent, str) else intent.latest_charge
    booked = None if charge is None or isinstance(charge, str) else charge.balance_transaction
    currency = (session.currency or "").upper()
    return CheckoutState(
        id=session.id,
        status=session.status or "",
        payment_status=session.payment_status,
        amount_minor=from_stripe(session.amount_total, currency) if session.amount_total else 0,
        currency=currency,
        reference=member(session.metadata, METADATA_REFERENCE) or "",
        payment_intent=id_of(intent),
        charge=id_of(charge),
        fee_minor=None if booked is None or isinstance(booked, str) else from_stripe(booked.fee, booked.currency.upper()),
        balance_transaction=id_of(booked),
        failed=session.status == "complete" and session.payment_status == "unpaid" and member(intent, "status") in BANK_SAID_NO,
    )


def charge_state(charge: stripe.Charge) -> ChargeState:
    """A payment in our words."""
    currency = charge.currency.upper()
    return ChargeState(
        id=charge.id,
        amount_minor=from_stripe(charge.amount, currency),
        refunded_minor=from_stripe(charge.amount_refunded, currency),
        currency=currency,
        disputed=charge.disputed,
        reference=member(charge.metadata, METADATA_REFERENCE) or "",
    )


def refund_state(refund: stripe.Refund) -> RefundState:
    """A refund in our words."""
    currency = refund.currency.upper()
    return RefundState(
        id=refund.id,
        charge=id_of(refund.charge) or "",
        amount_minor=from_stripe(refund.amount, currency),
        currency=currency,
        status=refund.status or "",
        reference=member(refund.metadata, METADATA_REFERENCE) or "",
        balance_transaction=id_of(refund.balance_transaction),
        failure_balance_transaction=id_of(getattr(refund, "failure_balance_transaction", None)),
        failure_reason=member(refund, "failure_reason"),
        created=refund.created,
    )


def dispute_state(dispute: stripe.Dispute) -> DisputeState:
    """A dispute in our words, its movements oldest first."""
    currency = dispute.currency.upper()
    moves = sorted(dispute.balance_transactions, key=lambda row: (row.created, row.amount))
    return DisputeState(
        id=dispute.id,
        charge=id_of(dispute.charge) or "",
        amount_minor=from_stripe(dispute.amount, currency),
        currency=currency,
        status=dispute.status,
        reason=dispute.reason,
        moves=tuple(
            DisputeMove(
                balance_transaction=row.id, amount_minor=from_stripe(row.amount, currency), fee_minor=from_stripe(row.fee, currency)
            )
            for row in moves
        ),
    )


def transfer_state(transfer: stripe.Transfer) -> TransferState:
    """A transfer in our words."""
    currency = transfer.currency.upper()
    return TransferState(
        id=transfer.id,
        amount_minor=from_stripe(transfer.amount, currency),
        currency=currency,
        destination=id_of(transfer.destination) or "",
        group=transfer.transfer_group or "",
        settlement_id=member(transfer.metadata, METADATA_SETTLEMENT) or "",
        reversed_minor=from_stripe(transfer.amount_reversed, currency),
        balance_transaction=id_of(transfer.balance_transaction) or "",
        created=transfer.created,
    )


def reversal_state(reversal: stripe.TransferReversal) -> ReversalState:
    """A reversal in our words."""
    currency = reversal.currency.upper()
    return ReversalState(
        id=reversal.id,
        amount_minor=from_stripe(reversal.amount, currency),
        currency=currency,
        balance_transaction=id_of(reversal.balance_transaction) or "",
        reference=member(reversal.metadata, METADATA_REFERENCE) or "",
        created=reversal.created,
    )


def payout_state(payout: stripe.Payout) -> PayoutState:
    """A payout of a payee's account in our words."""
    currency = payout.currency.upper()
    return PayoutState(
        id=payout.id,
        amount_minor=from_stripe(payout.amount, currency),
        currency=currency,
        status=payout.status,
        automatic=payout.automatic,
        arrives_on=payout.arrival_date,
        failure=payout.failure_message or payout.failure_code,
    )


def balance_transaction(row: stripe.BalanceTransaction) -> BalanceTransaction:
    """A balance transaction in our words."""
    currency = row.currency.upper()
    return BalanceTransaction(
        id=row.id,
        type=row.type,
        amount_minor=from_stripe(row.amount, currency),
        fee_minor=from_stripe(row.fee, currency),
        net_minor=from_stripe(row.net, currency),
        currency=currency,
        source=id_of(row.source),
        created=row.created,
        available_on=row.available_on,
    )


def id_of(value: object) -> str | None:
    """The id of an expandable field, expanded or not."""
    return value if isinstance(value, str) else member(value, "id")


def member(value: object, name: str) -> str | None:
    """A text that an answer may lack: the SDK's objects raise on absent members."""
    found = getattr(value, name, None)
    return found if isinstance(found, str) else None

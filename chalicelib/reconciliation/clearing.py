"""How a drift between ledger and Stripe is booked away: to which accounts, and by which one entry. Pure.

The account that the drift stands on is brought to what Stripe says; the other side is what people say the money is. The list is closed:
what a payee is owed follows from its contracts and what a brand owes from what was earned, so neither is a target. Money of a brand's
belongs to one of its contracts, whose funds move with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.core.errors import Invalid
from chalicelib.ledger.accounts import (
    PLATFORM_STRIPE_BALANCE,
    PLATFORM_STRIPE_FEES,
    PLATFORM_SUSPENSE,
    PLATFORM_WRITE_OFF,
    Account,
)
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.reconciliation.rules import Drift, Leg

WRITE_OFF = "write_off"
DRIFT_BOOKED = "drift_booked"
CLEARED = "cleared_account"
"""The fact that names the account whose drift an entry clears: on any other account it stands for nothing at Stripe."""
EXCEPTION = "exception_id"
"""The fact that names the exception which an entry clears."""
STANDS_ON: Mapping[str, Account] = {"balance": PLATFORM_STRIPE_BALANCE, "fees": PLATFORM_STRIPE_FEES}
"""Which account a drift between ledger and Stripe stands on, by the kind of its comparison."""


class CannotBeWrittenOff(Invalid):
    """The drift is not between ledger and Stripe: it has a cause in our own books, which is mended there."""


class NotATarget(Invalid):
    """A drift of this kind cannot be booked to that account, or the contract is missing, too much, or in another currency."""


class Target(StrEnum):
    """What people say the money of a drift is."""

    WRITE_OFF = "write_off"
    STRIPE_FEES = "stripe_fees"
    SUSPENSE = "suspense"
    BRAND_PREPAID = "brand_prepaid"


TARGETS: Mapping[str, tuple[Target, ...]] = {
    "balance": (Target.STRIPE_FEES, Target.SUSPENSE, Target.BRAND_PREPAID),
    "fees": (Target.SUSPENSE, Target.BRAND_PREPAID),
}
"""Where a drift may be booked to, by the kind of its comparison. A write-off is possible for each of them, by its own name."""
ACCOUNTS: Mapping[Target, Account] = {
    Target.WRITE_OFF: PLATFORM_WRITE_OFF,
    Target.STRIPE_FEES: PLATFORM_STRIPE_FEES,
    Target.SUSPENSE: PLATFORM_SUSPENSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a drift is to be booked; a contract with its currency, and no other, for a brand's prepaid money."""

    target: Target = Target.WRITE_OFF
    account: Account = PLATFORM_WRITE_OFF
    contract_id: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """A proposal to book the drift away, as a write-off or to another account. `key` is the ledger transaction once it is approved."""

    amount_minor: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    target: Target = Target.WRITE_OFF
    account: Account = PLATFORM_WRITE_OFF
    contract_id: str | None = None
    approved_by: str | None = None
    key: str | None = None


def can_be_cleared(drift: Drift) -> bool:
    """Whether the drift stands on an account of ours at Stripe."""
    return drift.leg is Leg.LEDGER_STRIPE and drift.kind in STANDS_ON and drift.drift_minor != 0


def demand_possible(drift: Drift, to: Destination) -> None:
    """Raises `CannotBeWrittenOff` with the remedy, `NotATarget`."""
    if not can_be_cleared(drift):
        raise CannotBeWrittenOff(
            "Only a drift between the ledger and Stripe's balance or fees is booked away. This one has its cause elsewhere: "
            + drift.suggestion
        )
    if to.target not in (Target.WRITE_OFF, *TARGETS[drift.kind]):
        possible = " or ".join(target.value for target in TARGETS[drift.kind])
        raise NotATarget(f"A drift of {drift.kind} is booked to {possible}, or written off.")
    if to.currency not in {None, drift.currency}:
        raise NotATarget(f"The contract is in {to.currency}, the drift in {drift.currency}. Name a contract in {drift.currency}.")


def clearing_key(target: Target, exception_id: str, number: int) -> str:
    """The key of the entry: from the exception and how often it was cleared, so that one approval is booked once."""
    return f"{WRITE_OFF if target is Target.WRITE_OFF else DRIFT_BOOKED}#{exception_id}#{number}"


def entry_of(drift: Drift, clearing: Clearing, key: str, by: str, now: datetime) -> Transaction:
    """Brings the account that the drift stands on to what Stripe says; the other side is the account that people chose."""
    stands_on = STANDS_ON[drift.kind]
    written_off = clearing.target is Target.WRITE_OFF
    facts = {
        "balance_transaction": drift.key,
        EXCEPTION: drift.exception_id,
        "proposed_by": clearing.proposed_by,
        "approved_by": by,
    }
    return Transaction(
        key=key,
        kind=WRITE_OFF if written_off else DRIFT_BOOKED,
        occurred_at=now,
        reason=clearing.reason,
        postings=postings_of({stands_on: clearing.amount_minor, clearing.account: -clearing.amount_minor}, drift.currency),
        contract_id=clearing.contract_id,
        facts=facts if written_off else {**facts, CLEARED: stands_on},
    )

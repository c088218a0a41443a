"""A payment that the brand's bank takes back: what each movement at Stripe does to the brand's funds and to the books."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.payouts.rules.funding import Funding
from chalicelib.payouts.stripe_port import DisputeMove, DisputeState

CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chargeback:
    """A dispute about one payment as last seen. `booked` names the balance transactions that are in the books, oldest first."""

    dispute_id: str
    funding_id: str
    contract_id: str
    brand_id: str
    charge_id: str
    currency: str
    amount_minor: int
    status: str
    reason: str
    seen_at: datetime
    booked: tuple[str, ...] = ()
    version: int = 1

    @property
    def is_closed(self) -> bool:
        """Whether it was decided."""
        return self.status in CLOSED


def chargeback_of(dispute: DisputeState, funding: Funding, now: datetime) -> Chargeback:
    """A dispute that is seen for the first time; nothing of it is booked."""
    return Chargeback(
        dispute_id=dispute.id,
        funding_id=funding.funding_id,
        contract_id=funding.contract_id,
        brand_id=funding.brand_id,
        charge_id=dispute.charge,
        currency=dispute.currency,
        amount_minor=dispute.amount_minor,
        status=dispute.status,
        reason=dispute.reason,
        seen_at=now,
    )


def next_move(chargeback: Chargeback, dispute: DisputeState) -> DisputeMove | None:
    """The oldest movement that is not in the books yet."""
    return next((move for move in dispute.moves if move.balance_transaction not in chargeback.booked), None)


def after_move(chargeback: Chargeback, dispute: DisputeState, move: DisputeMove) -> Chargeback:
    """The record once the movement is booked."""
    return replace(
        chargeback,
        status=dispute.status,
        booked=(*chargeback.booked, move.balance_transaction),
        version=chargeback.version + 1,
    )


def key_of(dispute_id: str, move: DisputeMove) -> str:
    """The key of the transaction that books a movement."""
    return f"dispute#{dispute_id}#{move.balance_transaction}"


def amounts_of(brand_id: str, move: DisputeMove) -> Mapping[Account, int]:
    """What is taken leaves the prepaid money and the balance, what is given back returns to both; the fee is the platform's."""
    return {
        accounts.brand_prepaid(brand_id): -move.amount_minor,
        accounts.PLATFORM_STRIPE_BALANCE: move.amount_minor - move.fee_minor,
        accounts.PLATFORM_STRIPE_FEES: move.fee_minor,
    }


def reason_of(chargeback: Chargeback, move: DisputeMove) -> str:
    """Why, for the books."""
    if move.amount_minor < 0:
        return f"the brand's bank took a payment back: {chargeback.reason}"
    return f"the dispute about a payment ended ({chargeback.status}) and Stripe gave it back"

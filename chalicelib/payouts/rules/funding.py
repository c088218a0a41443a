"""What a brand is asked to pay: a deposit before the shows, the rest when earnings have matured."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from chalicelib.contracts.terms import Due, FeeMode, Scope, Terms
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.money import round_half_away, share_of
from chalicelib.payouts.earnings.facts import ShowFacts

DEPOSIT_SHARE_BASIS_POINTS = 5_000
"""The share of the flat fee (or of the pay floor where that is more) that is not due on signing and is asked for with the deposit."""


class FundingKind(StrEnum):
    """Why the brand pays."""

    DEPOSIT = "deposit"
    BALANCE = "balance"


class FundingState(StrEnum):
    """Where a payment stands: asked for, payable at a page, paid and booked, or not to be paid any more."""

    REQUESTED = "requested"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class NothingToPay(Conflict):
    """There is nothing that the brand has to pay now."""


class NoSuchFunding(NotFound):
    """There is no such payment for this caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """A payment of a brand for a contract."""

    funding_id: str
    contract_id: str
    brand_id: str
    kind: FundingKind
    currency: str
    amount_minor: int
    state: FundingState
    requested_by: str
    customer_email: str
    requested_at: datetime
    checkout_id: str | None = None
    url: str | None = None
    paid_at: datetime | None = None
    stripe_fee_minor: int | None = None
    charge_id: str | None = None
    balance_transaction_id: str | None = None
    note: str | None = None


def deposit_minor(shows: Iterable[ShowFacts], *, received_minor: int, share_basis_points: int = DEPOSIT_SHARE_BASIS_POINTS) -> int:
    """What to ask for before a contract's shows, less what was paid.

    The flat fee's part that is due on signing in full, the stated share of the rest (or of the pay floor where that is more),
    and the platform's fee on that if it comes on top. Nothing for a show that was called off, whatever that costs is invoiced; nor for
    one that makes up for another.
    """
    exact = Fraction(0)
    ordinary = (show for show in shows if not show.is_make_up and show.cancelled is None)
    for place, show in enumerate(sorted(ordinary, key=lambda each: (each.scheduled_start, each.show_id))):
        exact += _of_show(show.terms, share_basis_points, is_first=place == 0)
    return max(0, round_half_away(exact) - received_minor)


def _of_show(terms: Terms, share: int, *, is_first: bool) -> Fraction:
    fee = terms.flat_fee
    amount = Fraction(0)
    if fee is not None and (fee.scope is Scope.SHOW or is_first):
        for part in fee.parts:
            now = 10_000 if part.due is Due.SIGNING else share
            amount += share_of(fee.amount_minor, part.share_basis_points) * Fraction(now, 10_000)
    floor = terms.pay_floor
    if floor is not None and (floor.scope is Scope.SHOW or is_first):
        amount = max(amount, share_of(floor.amount_minor, share))
    if terms.platform_fee.mode is FeeMode.ON_TOP:
        on_top = Fraction(10_000 + terms.platform_fee.rate_basis_points, 10_000)
        amount *= on_top
    return amount

"""A sale line: one row of a feed in the words of the business, the same for every feed and never edited afterwards."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from chalicelib.core.money import exponent_of, round_half_away


class Kind(StrEnum):
    """What a row of a feed is.

    A `CANCELLATION` names no sale and is linked to one by rule; a `REFUND` and a `CHARGEBACK` (the shopper's bank took the money
    back) point to their sale line. A `REINSTATEMENT` undoes one of those two: the refund failed, the dispute was won.
    """

    SALE = "sale"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    REINSTATEMENT = "reinstatement"
    NOT_A_SALE = "not_a_sale"


TAKES_BACK = frozenset({Kind.CANCELLATION, Kind.REFUND, Kind.CHARGEBACK})
"""The kinds that take quantity or money back from a sale; theirs are negative or zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One accepted row. `line_id` is its identity for ever: the same fact in another file has the same one.

    Amounts are whole minor units of `currency`, tax included and before discounts, shipping apart; a contract picks what
    counts. `amount_minor` is quantity x exact price, rounded once. What takes back is negative.
    """

    line_id: str
    kind: Kind
    order_ref: str
    sku: str
    """In upper case."""
    quantity: int
    """Units: above 0 for a sale, below for a cancellation, 0 for a refund of price only."""
    amount_minor: int
    currency: str
    ordered_at: datetime
    """UTC; for a cancellation or refund the time it was made."""
    occurrence: int
    """Counts equal rows of one file from 1, where equal rows are separate purchases."""
    row_number: int
    """Where the row stood in its file (the header is row 1): for people, never part of the identity."""
    unit_price: str | None = None
    """Exact decimal text in major units, without trailing zeros; None where the feed states amounts only."""
    description: str = ""
    customer_key: str | None = None
    """Pseudonym of the customer within the feed; the customer's own id is kept nowhere."""
    group: str | None = None
    """What takes back and what was sold are linked within one group only; None can never be linked."""
    tracking_code: str | None = None
    room_id: str | None = None
    reinstates: str | None = None
    """`line_id` of the refund or chargeback that a reinstatement undoes."""
    seller_discount_minor: int = 0
    platform_discount_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0
    row_text: str = ""
    """The whole row as text without the customer's id: the last word where all else ties."""
    fixed_hash: str = ""
    """Fingerprint of the columns that may never change; a known line that comes again with another is an exception."""

    @property
    def paid_minor(self) -> int:
        """What the shopper paid for the goods. What is given back is stated, and limited, in these terms."""
        return self.amount_minor - self.seller_discount_minor - self.platform_discount_minor


def sku_key(text: str) -> str:
    """A stock code as it is compared everywhere: in upper case, without space around it."""
    return text.strip().upper()


def amount_of(quantity: int, unit_price: str, currency: str) -> int:
    """Minor units of a line: quantity x the exact price, rounded once, half away from zero."""
    return round_half_away(quantity * Fraction(Decimal(unit_price)) * 10 ** exponent_of(currency))

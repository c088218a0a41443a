"""What sales say about a show: its sales and what came back of them, as facts that are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.sales.attribution import By
from chalicelib.sales.lines import SaleLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSale:
    """One sale line of a show. `price_minor` is tax included and before discounts; `shipping_minor` comes on top."""

    line_id: str
    show_id: str
    order_ref: str
    sku: str
    units: int
    currency: str
    price_minor: int
    seller_discount_minor: int
    platform_discount_minor: int
    tax_minor: int
    shipping_minor: int
    attributed_by: By
    ordered_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRefund:
    """A change of what came back of a sale line: units and money, negative where an earlier link is undone.

    `refund_id` is made of the numbered decision that found it and the ids of both lines, so that adding it twice adds it once.
    """

    refund_id: str
    line_id: str
    """The sale it takes back."""
    taken_by: str
    """`line_id` of the cancellation or refund."""
    show_id: str
    units: int
    amount_minor: int
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The sales that a part of an import, or later a decision of its feed (by number), brought a show; the latter may take some away.

    `decided_at` is when the decision was made; None for an import, and for decisions that were kept without it.
    """

    sales: tuple[ShowSale, ...]
    decision: int = 0
    decided_at: datetime | None = None
    lost: tuple[str, ...] = ()
    """`line_id` of each sale that belongs to this show no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFacts:
    """All that is known of a show's sales, sorted by id: what earnings are computed from."""

    sales: tuple[ShowSale, ...]
    refunds: tuple[ShowRefund, ...]


def standing(brought: Iterable[Brought], as_of: datetime | None = None) -> tuple[ShowSale, ...]:
    """The sales that a show has after all of that, by id: for each line its feed's last decision about it (by `as_of`) says."""
    found: dict[str, ShowSale] = {}
    decided = (each for each in brought if as_of is None or each.decided_at is None or each.decided_at <= as_of)
    for each in sorted(decided, key=lambda each: each.decision):
        for line_id in each.lost:
            found.pop(line_id, None)
        found |= {sale.line_id: sale for sale in each.sales}
    return tuple(found[line_id] for line_id in sorted(found))


def show_sale(line: SaleLine, show_id: str, by: By, recorded_at: datetime) -> ShowSale:
    """A line as the sale of a show."""
    return ShowSale(
        line_id=line.line_id,
        show_id=show_id,
        order_ref=line.order_ref,
        sku=line.sku,
        units=line.quantity,
        currency=line.currency,
        price_minor=line.amount_minor,
        seller_discount_minor=line.seller_discount_minor,
        platform_discount_minor=line.platform_discount_minor,
        tax_minor=line.tax_minor,
        shipping_minor=line.shipping_minor,
        attributed_by=by,
        ordered_at=line.ordered_at,
        recorded_at=recorded_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSales:
    """A show's sales in all, in minor units, tax included: `net_minor` is `gross_minor` less `refunds_minor`."""

    show_id: str
    currency: str | None
    lines: int
    units: int
    units_returned: int
    gross_minor: int
    refunds_minor: int
    net_minor: int


def totals_of(show_id: str, facts: ShowFacts) -> ShowSales:
    """Add up a show's facts; a show without sales has no currency yet."""
    gross = sum(sale.price_minor for sale in facts.sales)
    refunds = sum(refund.amount_minor for refund in facts.refunds)
    return ShowSales(
        show_id=show_id,
        currency=facts.sales[0].currency if facts.sales else None,
        lines=len(facts.sales),
        units=sum(sale.units for sale in facts.sales),
        units_returned=sum(refund.units for refund in facts.refunds),
        gross_minor=gross,
        refunds_minor=refunds,
        net_minor=gross - refunds,
    )

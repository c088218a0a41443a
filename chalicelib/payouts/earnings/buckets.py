"""Sales and refunds folded into buckets: (contract, show, rule, order day) -> what was sold, kept and returned.

The fold starts from the facts each time, so neither their order nor duplicates nor lateness can matter. A refund belongs
to its sale's bucket, whatever day it happens. Whether a bucket has matured is never stored: its day and `as_of` tell.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from chalicelib.contracts.terms import AfterMaturity, CommissionBase, CommissionRule, Terms
from chalicelib.core.clock import day_in
from chalicelib.core.money import BASIS_POINTS_OF_ONE, round_half_away


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleAmounts:
    """The parts of a sale line in minor units. `price_minor` is the goods before discounts, `tax_minor` the tax within it."""

    price_minor: int
    seller_discount_minor: int = 0
    platform_discount_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0

    @property
    def paid_minor(self) -> int:
        """What the shopper paid for the goods; refunds are stated, and clipped, in these terms."""
        return self.price_minor - self.seller_discount_minor - self.platform_discount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFact:
    """One attributed sale line."""

    line_id: str
    show_id: str
    sku: str
    ordered_at: datetime
    recorded_at: datetime
    units: int
    amounts: SaleAmounts
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """A change of what came back of a line: units and money, negative where an earlier link is undone."""

    refund_id: str
    line_id: str
    units: int
    amount_minor: int
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """What a sale line counts for at a moment. Amounts ending in `_e4` are in ten-thousandths of a minor unit."""

    line_id: str
    show_id: str
    rule_id: str | None
    order_day: date
    base_sold_minor: int
    base_kept_minor: int
    units_sold: int
    units_kept_in_tiers: int
    units_returned: int
    line_amount_sold_e4: int = 0
    line_amount_kept_e4: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The fold of one order day; `rule_id` None holds sales that no rule matched. `_e4`: ten-thousandths of a minor unit."""

    contract_id: str
    show_id: str
    rule_id: str | None
    order_day: date
    base_sold_minor: int = 0
    base_kept_minor: int = 0
    units_sold: int = 0
    units_kept_in_tiers: int = 0
    units_returned: int = 0
    line_amounts_sold_e4: int = 0
    line_amounts_kept_e4: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRefund:
    """Refunds that went beyond their line: what was clipped, and an exception for a person to look at."""

    line_id: str
    units_over: int
    amount_over_minor: int


def commission_base_minor(amounts: SaleAmounts, base: CommissionBase) -> int:
    """What a sale counts for under the contract's choice."""
    counted = amounts.price_minor
    if base.less_seller_discounts:
        counted -= amounts.seller_discount_minor
    if base.less_platform_discounts:
        counted -= amounts.platform_discount_minor
    if not base.tax_included:
        counted -= amounts.tax_minor
    if base.shipping_included:
        counted += amounts.shipping_minor
    return counted


def rule_for(sale: SaleFact, rules: Iterable[CommissionRule]) -> CommissionRule | None:
    """The first rule that matches: its SKUs, its category, or anything."""
    for rule in rules:
        if sale.sku in rule.skus or (not rule.skus and rule.category in {None, sale.category}):
            return rule
    return None


def fold(
    contract_id: str, terms_by_show: Mapping[str, Terms], sales: Iterable[SaleFact], refunds: Iterable[RefundFact], as_of: datetime
) -> tuple[Bucket, ...]:
    """Buckets of a contract from the facts known at `as_of`, sorted. Sales of shows without terms here are not the contract's."""
    kept: dict[tuple[str, str | None, date], list[KeptLine]] = {}
    for line in kept_lines(terms_by_show, sales, refunds, as_of):
        kept.setdefault((line.show_id, line.rule_id, line.order_day), []).append(line)
    buckets = (
        Bucket(
            contract_id=contract_id,
            show_id=show_id,
            rule_id=rule_id,
            order_day=order_day,
            base_sold_minor=sum(line.base_sold_minor for line in lines),
            base_kept_minor=sum(line.base_kept_minor for line in lines),
            units_sold=sum(line.units_sold for line in lines),
            units_kept_in_tiers=sum(line.units_kept_in_tiers for line in lines),
            units_returned=sum(line.units_returned for line in lines),
            line_amounts_sold_e4=sum(line.line_amount_sold_e4 for line in lines),
            line_amounts_kept_e4=sum(line.line_amount_kept_e4 for line in lines),
        )
        for (show_id, rule_id, order_day), lines in kept.items()
    )
    return tuple(sorted(buckets, key=lambda b: (b.show_id, b.order_day, b.rule_id is not None, b.rule_id or "")))


def kept_lines(
    terms_by_show: Mapping[str, Terms], sales: Iterable[SaleFact], refunds: Iterable[RefundFact], as_of: datetime
) -> tuple[KeptLine, ...]:
    """What each line counts for at `as_of`, by line id: the rows that a bucket adds up.

    Raises `ValueError` when one id stands for two different facts.
    """
    by_line = _known_refunds(refunds, as_of)
    return tuple(
        _kept(sale, terms_by_show[sale.show_id], by_line.get(sale.line_id, ()))
        for line_id, sale in sorted(_once(sales, _line_id).items())
        if sale.show_id in terms_by_show and sale.ordered_at <= as_of and sale.recorded_at <= as_of
    )


def over_refunds(sales: Iterable[SaleFact], refunds: Iterable[RefundFact], as_of: datetime) -> tuple[OverRefund, ...]:
    """Lines whose known refunds add up to more than the line, by line id."""
    by_line = _known_refunds(refunds, as_of)
    found = []
    for line_id, sale in sorted(_once(sales, _line_id).items()):
        units, amount = _sums(by_line.get(line_id, ()))
        over = OverRefund(
            line_id=line_id, units_over=max(0, units - sale.units), amount_over_minor=max(0, amount - sale.amounts.paid_minor)
        )
        if over.units_over or over.amount_over_minor:
            found.append(over)
    return tuple(found)


def matures_after(terms: Terms, order_day: date) -> date:
    """The last day of the return window: a sale has matured when this day has ended in the contract's zone."""
    return order_day + timedelta(days=terms.return_window_days)


def _kept(sale: SaleFact, terms: Terms, refunds: Collection[RefundFact]) -> KeptLine:
    order_day = day_in(terms.timezone, sale.ordered_at)
    units, amount = _sums(_heeded(refunds, terms, order_day))
    returned = min(max(units, 0), sale.units)
    rule = rule_for(sale, terms.rules)
    sold = commission_base_minor(sale.amounts, terms.commission_base)
    lost, whole = _lost_part(sale, returned, amount)
    kept = sold - round_half_away(Fraction(sold * lost, whole)) if lost else sold
    return KeptLine(
        line_id=sale.line_id,
        show_id=sale.show_id,
        rule_id=None if rule is None else rule.rule_id,
        order_day=order_day,
        base_sold_minor=sold,
        base_kept_minor=kept,
        units_sold=sale.units,
        units_kept_in_tiers=0 if lost == whole else sale.units - returned,
        units_returned=returned,
        line_amount_sold_e4=_line_amount_e4(rule, sold),
        line_amount_kept_e4=_line_amount_e4(rule, kept),
    )


def _lost_part(sale: SaleFact, returned: int, amount_minor: int) -> tuple[int, int]:
    """How much of the line is refunded, as (lost, whole): by money; by units where the shopper paid nothing."""
    paid = sale.amounts.paid_minor
    if paid > 0:
        return min(max(amount_minor, 0), paid), paid
    return returned, max(sale.units, 1)


def _heeded(refunds: Collection[RefundFact], terms: Terms, order_day: date) -> Collection[RefundFact]:
    """Under `final`, what happened after the sale had matured is ignored; all else counts, however late it is reported."""
    if terms.refunds_after_maturity is AfterMaturity.CLAWBACK:
        return refunds
    last_day = matures_after(terms, order_day)
    return [refund for refund in refunds if day_in(terms.timezone, refund.occurred_at) <= last_day]


def _line_amount_e4(rule: CommissionRule | None, base_minor: int) -> int:
    """Commission of one line alone at the rule's first rate, between its bounds per line if it has any; 0 for nothing kept.

    Without bounds it counts where a later version of the rule has some and adds up over the contract.
    """
    if rule is None or base_minor <= 0:
        return 0
    amount = base_minor * rule.tiers[0].rate_basis_points
    if rule.min_per_line_minor is not None:
        amount = max(amount, rule.min_per_line_minor * BASIS_POINTS_OF_ONE)
    if rule.max_per_line_minor is not None:
        amount = min(amount, rule.max_per_line_minor * BASIS_POINTS_OF_ONE)
    return amount


def _known_refunds(refunds: Iterable[RefundFact], as_of: datetime) -> dict[str, list[RefundFact]]:
    by_line: dict[str, list[RefundFact]] = {}
    for refund in _once(refunds, _refund_id).values():
        if refund.occurred_at <= as_of and refund.recorded_at <= as_of:
            by_line.setdefault(refund.line_id, []).append(refund)
    return by_line


def _sums(refunds: Collection[RefundFact]) -> tuple[int, int]:
    return sum(fact.units for fact in refunds), sum(fact.amount_minor for fact in refunds)


_T = TypeVar("_T", SaleFact, RefundFact)


def _line_id(sale: SaleFact) -> str:
    return sale.line_id


def _refund_id(refund: RefundFact) -> str:
    return refund.refund_id


def _once(facts: Iterable[_T], identity: Callable[[_T], str]) -> dict[str, _T]:
    once: dict[str, _T] = {}
    for fact in facts:
        known = once.setdefault(identity(fact), fact)
        if known is not fact and known != fact:
            message = f"two different facts carry the id {identity(fact)}"
            raise ValueError(message)
    return once

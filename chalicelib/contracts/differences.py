"""What a counter-offer changes, line by line: ``commission 12 % -> 15 % above 20,000.00 GBP``. Pure.

Terms are laid out as lines with stable keys; two sets of terms differ where a line appears, goes, or has another value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.contracts.terms import (
    AfterMaturity,
    CommissionRule,
    FeeMode,
    Measure,
    RefundPolicy,
    SalesGuarantee,
    SigningOrder,
    Terms,
    TierMode,
)
from chalicelib.contracts.wording import DUE, OVER_CEILING, SCOPE, bound, goods, money, percent, yes_no
from chalicelib.core.words import plural

TIERS: Mapping[TierMode, str] = {
    TierMode.MARGINAL: "only what lies past a bound earns its rate",
    TierMode.WHOLE: "reaching a bound re-rates everything",
}
REFUNDS: Mapping[RefundPolicy, str] = {
    RefundPolicy.RERATE: "is computed again on what was kept",
    RefundPolicy.PROPORTIONAL: "is reduced in proportion to what was kept",
}
LATE_REFUNDS: Mapping[AfterMaturity, str] = {
    AfterMaturity.CLAWBACK: "is a debt of the host",
    AfterMaturity.FINAL: "changes nothing",
}
FIRST: Mapping[SigningOrder, str] = {
    SigningOrder.ANY: "either side",
    SigningOrder.BRAND_FIRST: "the brand",
    SigningOrder.HOST_FIRST: "the host",
}
FEES: Mapping[FeeMode, str] = {FeeMode.TAKEN: "taken from the earnings", FeeMode.ON_TOP: "paid by the brand on top"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing agreed: `subject` has `value`, as far as `extent` says. Lines with the same key are compared.

    Of a `family` one line that goes and one that comes are one change: a bound that moved.
    """

    key: str
    subject: str
    value: str
    extent: str = ""
    family: str = ""


def differences(before: Terms, after: Terms) -> tuple[str, ...]:
    """A sentence for each thing that differs, in the order of a contract; none when the terms are equal."""
    old = {line.key: line for line in lines(before)}
    new = {line.key: line for line in lines(after)}
    moved = dict(_moved([line for key, line in old.items() if key not in new], [line for key, line in new.items() if key not in old]))
    arrived = {line.key for line in moved.values()}
    sentences: list[str] = []
    for key in [*old, *(key for key in new if key not in old and key not in arrived)]:
        if key not in old:
            sentences.append(_worded(new[key]) + " (new)")
        elif key in moved:
            sentences.append(_changed(old[key], moved[key]))
        elif key not in new:
            sentences.append(_worded(old[key]) + " (removed)")
        elif (old[key].value, old[key].extent) != (new[key].value, new[key].extent):
            sentences.append(_changed(old[key], new[key]))
    return tuple(sentences)


def _moved(gone: Sequence[Line], come: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Key of the line that goes -> the line that it became, where a family has one of each."""
    for line in gone:
        others = [each for each in gone if each.family == line.family]
        arrivals = [each for each in come if each.family == line.family]
        if line.family and len(others) == len(arrivals) == 1:
            yield line.key, arrivals[0]


def lines(terms: Terms) -> Iterator[Line]:
    """Everything that terms say, each thing once."""
    yield Line(key="currency", subject="currency", value=terms.currency)
    yield Line(key="timezone", subject="time zone", value=terms.timezone)
    yield from _fee(terms)
    yield from _base(terms)
    yield Line(key="rules", subject="order of commission rules", value=", ".join(rule.rule_id for rule in terms.rules) or "none")
    for rule in terms.rules:
        yield from _rule(rule, terms)
    yield from _limits(terms)
    if terms.sales_guarantee is not None:
        yield from _guarantee(terms.sales_guarantee, terms)
    yield from _returns(terms)
    yield from _shares(terms)
    yield from _conduct(terms)


def _worded(line: Line) -> str:
    return f"{line.subject} {line.value}{line.extent}"


def _changed(old: Line, new: Line) -> str:
    """``commission 12 % -> 15 % above 20,000.00 GBP``, or all of both where more than the value differs."""
    if old.subject != new.subject:
        return f"{_worded(old)} -> {_worded(new)}"
    if old.extent != new.extent:
        return f"{_worded(old)} -> {new.value}{new.extent}"
    return f"{old.subject} {old.value} -> {new.value}{new.extent}"


def _fee(terms: Terms) -> Iterator[Line]:
    fee = terms.flat_fee
    if fee is None:
        return
    yield Line(key="fee", subject="flat fee", value=f"{money(fee.amount_minor, terms)} {SCOPE[fee.scope]}")
    for part in fee.parts:
        share, due = percent(part.share_basis_points), f" due {DUE[part.due]}"
        yield Line(key=f"fee.{part.due}", subject="share of the flat fee", value=share, extent=due, family="fee")


def _base(terms: Terms) -> Iterator[Line]:
    base = terms.commission_base
    seller, platform = _order(base.less_seller_discounts), _order(base.less_platform_discounts)
    yield Line(key="base.seller", subject="a sale counts", value=f"{seller} the seller's discounts")
    yield Line(key="base.platform", subject="a sale counts", value=f"{platform} the platform's discounts")
    yield Line(key="base.tax", subject="tax on the goods", value=_counts(base.tax_included))
    yield Line(key="base.shipping", subject="shipping", value=_counts(base.shipping_included))


def _order(is_after: bool) -> str:  # noqa: FBT001  # the value is what is worded
    return "after" if is_after else "before"


def _counts(does: bool) -> str:  # noqa: FBT001  # likewise
    return "counts" if does else "does not count"


def _rule(rule: CommissionRule, terms: Terms) -> Iterator[Line]:
    key = f"rule.{rule.rule_id}"
    subject = "commission" if not rule.skus and rule.category is None else f"commission on {goods(rule)}"
    yield Line(key=f"{key}.goods", subject=f"rule {rule.rule_id} covers", value=goods(rule))
    for tier in rule.tiers:
        extent = f" above {bound(rule, tier.from_value, terms)}" if tier.from_value else ""
        rate = percent(tier.rate_basis_points)
        yield Line(key=f"{key}.from.{tier.from_value}", subject=subject, value=rate, extent=extent, family=f"{key}.tiers")
    counts = "units kept" if rule.measure is Measure.UNITS else "net sales"
    how = f"{TIERS[rule.mode]}, counting {counts} {SCOPE[rule.accumulates_over]}"
    yield Line(key=f"{key}.mode", subject=f"tiers of rule {rule.rule_id}:", value=how)
    if rule.min_per_line_minor is not None:
        yield Line(key=f"{key}.min", subject=f"least {subject} per sale line", value=money(rule.min_per_line_minor, terms))
    if rule.max_per_line_minor is not None:
        yield Line(key=f"{key}.max", subject=f"most {subject} per sale line", value=money(rule.max_per_line_minor, terms))


def _limits(terms: Terms) -> Iterator[Line]:
    if terms.cap is not None:
        yield Line(key="cap", subject="cap on commission", value=f"{money(terms.cap.amount_minor, terms)} {SCOPE[terms.cap.scope]}")
    if terms.pay_floor is not None:
        yield Line(key="floor", subject="pay floor", value=f"{money(terms.pay_floor.amount_minor, terms)} {SCOPE[terms.pay_floor.scope]}")
    for bonus in terms.bonuses:
        reached = f"{money(bonus.net_sales_minor, terms)} {SCOPE[bonus.scope]}"
        paid = f"{money(bonus.amount_minor, terms)} at net sales of {reached}"
        yield Line(key=f"bonus.{bonus.bonus_id}", subject=f"bonus {bonus.bonus_id}", value=paid, family="bonuses")
    if terms.totals_from_version != 1:
        yield Line(key="totals", subject="totals count from version", value=str(terms.totals_from_version))


def _guarantee(guarantee: SalesGuarantee, terms: Terms) -> Iterator[Line]:
    promised = f"{money(guarantee.net_sales_minor, terms)} {SCOPE[guarantee.scope]}"
    yield Line(key="guarantee", subject="sales guarantee", value=promised)
    make_up = guarantee.make_up
    if make_up is not None:
        agreed = f"{plural(make_up.shows, 'show')} within {plural(make_up.within_days, 'day')} for {money(make_up.fee_minor, terms)}"
        yield Line(key="guarantee.make_up", subject="make-up", value=agreed)
    ceiling = guarantee.return_rate_ceiling_basis_points
    if ceiling is not None:
        yield Line(key="guarantee.ceiling", subject="ceiling of the return rate", value=percent(ceiling))
    yield Line(key="guarantee.over", subject="a return rate over the ceiling", value=OVER_CEILING[guarantee.over_ceiling])


def _returns(terms: Terms) -> Iterator[Line]:
    yield Line(key="window", subject="return window", value=plural(terms.return_window_days, "day"))
    yield Line(key="refunds", subject="after a refund commission", value=REFUNDS[terms.refund_policy])
    yield Line(key="late_refunds", subject="a refund after maturity", value=LATE_REFUNDS[terms.refunds_after_maturity])


def _shares(terms: Terms) -> Iterator[Line]:
    for split in terms.splits:
        yield Line(
            key=f"split.{split.payee_id}",
            subject="share of earnings",
            value=percent(split.share_basis_points),
            extent=f" to {split.payee_id}",
            family="splits",
        )
    fee = terms.platform_fee
    yield Line(key="platform_fee", subject="platform fee", value=f"{percent(fee.rate_basis_points)} {FEES[fee.mode]}")
    yield Line(key="tax.fee", subject="tax on the platform fee", value=percent(terms.tax.platform_fee_basis_points))
    yield Line(key="tax.host", subject="tax on the host's invoice", value=percent(terms.tax.host_invoice_basis_points))
    yield Line(key="tax.withholding", subject="tax withheld", value=yes_no(terms.tax.needs_withholding))


def _conduct(terms: Terms) -> Iterator[Line]:
    for row in terms.cancellation:
        share, extent = percent(row.share_basis_points), f" of the flat fee with {plural(row.hours_before, 'hour')} or more left"
        yield Line(key=f"cancel.{row.hours_before}", subject="cancellation costs", value=share, extent=extent, family="cancellation")
    if terms.exclusivity is not None:
        exclusive = terms.exclusivity
        value = f"{', '.join(exclusive.categories)} from {exclusive.from_day} until {exclusive.until_day}"
        yield Line(key="exclusivity", subject="exclusivity", value=value)
    for owed in terms.deliverables:
        value = f"at least {owed.target:,}, {percent(owed.fee_off_basis_points)} of the flat fee off where that is not met"
        yield Line(key=f"deliverable.{owed.kind}", subject=owed.kind.replace("_", " "), value=value, family="deliverables")
    yield Line(key="signing_order", subject="who signs first", value=FIRST[terms.signing_order])

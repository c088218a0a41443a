"""One history told to the product, and what both worlds state of it in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.contracts import terms as agreed
from chalicelib.payouts import earnings as product
from tests.model import earnings as model
from tests.model.history import Fact, History, Show, in_order, version_of
from tests.model.terms import FlatFee, Guarantee, Rule, Terms

CONTRACT = "contract"

Pair = tuple[int, int]


@dataclass(frozen=True)
class Stated:
    """What is stated of one show: rows and shares (earned, matured), and the platform's fee."""

    rows: Mapping[str, Pair]
    shares: Mapping[str, Pair]
    pending: Mapping[str, int]
    platform_fee: Pair
    frozen: bool
    closed: bool
    sold: tuple[int, int, int]
    """Net sales, units sold, units returned."""


@dataclass(frozen=True)
class Facts:
    """A history as the product takes it."""

    shows: tuple[product.ShowFacts, ...]
    sales: tuple[product.SaleFact, ...]
    refunds: tuple[product.RefundFact, ...]

    def statement(self, as_of: datetime) -> product.Statement:
        """Folded by the product's own fold, stated by its own rules."""
        buckets = product.fold(CONTRACT, {show.show_id: show.terms for show in self.shows}, self.sales, self.refunds, as_of)
        return product.earnings(CONTRACT, self.shows[0].terms, self.shows, buckets, as_of, host_id=model.HOST)


def told(history: History) -> Facts:
    """The same history in the product's words."""
    return Facts(
        shows=tuple(_show(history, show) for show in history.shows),
        sales=tuple(
            product.SaleFact(
                line_id=line.id,
                show_id=line.show,
                sku=line.sku,
                category=line.category or None,
                ordered_at=line.occurred,
                recorded_at=line.recorded,
                units=line.units,
                amounts=product.SaleAmounts(
                    price_minor=line.amounts.goods,
                    seller_discount_minor=line.amounts.seller_discount,
                    platform_discount_minor=line.amounts.platform_discount,
                    tax_minor=line.amounts.tax,
                    shipping_minor=line.amounts.shipping,
                ),
            )
            for line in history.lines
        ),
        refunds=tuple(
            product.RefundFact(
                refund_id=refund.id,
                line_id=refund.line,
                units=refund.units,
                amount_minor=refund.money,
                occurred_at=refund.occurred,
                recorded_at=refund.recorded,
            )
            for refund in history.refunds
        ),
    )


def stated_by_product(statement: product.Statement) -> dict[str, Stated]:
    """By show id; rows of nothing left out."""
    return {
        show.show_id: Stated(
            rows={row.component: pair for row in show.rows if any(pair := (row.amount_minor, row.matured_minor))},
            shares={share.payee_id: (share.earned_minor, share.matured_minor) for share in show.shares},
            pending={share.payee_id: share.amount.pending_minor for share in show.shares},
            platform_fee=(show.platform_fee.earned_minor, show.platform_fee.matured_minor),
            frozen=show.disputed,
            closed=show.returns_closed,
            sold=(show.net_sales_minor, show.units_sold, show.units_returned),
        )
        for show in statement.shows
    }


def stated_by_model(history: History, statement: model.Statement) -> dict[str, Stated]:
    """Likewise, under the product's names for the rows."""
    found = {}
    for show in in_order(history.shows):
        if show.id not in statement.shows:
            continue
        stated, fee = statement.shows[show.id], version_of(history.versions, show).platform_fee
        rows = {_named(name): pair for name, pair in stated.rows.items()}
        on_top = fee is not None and fee.bearer == "on_top"
        rows["platform_fee_on_top" if on_top else "platform_fee"] = (
            stated.platform_fee if on_top else (-stated.platform_fee[0], -stated.platform_fee[1])
        )
        rows["cancellation"] = stated.cancellation, stated.cancellation
        found[show.id] = Stated(
            rows={name: pair for name, pair in rows.items() if any(pair)},
            shares=stated.shares,
            pending={payee: earned - matured for payee, (earned, matured) in stated.shares.items()},
            platform_fee=stated.platform_fee,
            frozen=stated.frozen,
            closed=stated.closed,
            sold=stated.sold,
        )
    return found


def taxes_of(statement: product.Statement) -> dict[tuple[str, int], Pair]:
    """The tax earned and matured, by document and rate."""
    return {(line.document, line.rate_basis_points): (line.tax.earned_minor, line.tax.matured_minor) for line in statement.tax}


def _named(row: str) -> str:
    kind, _, name = row.partition(" ")
    fixed = {"flat fee": "flat_fee", "give-back": "guarantee_give_back", "floor": "floor_top_up", "cap": "cap"}
    return fixed.get(row) or f"{'commission' if kind == 'rule' else 'bonus'}:{name}"


def _show(history: History, show: Show) -> product.ShowFacts:
    def of(*kinds: str) -> list[Fact]:
        return [fact for fact in history.facts if fact.show == show.id and fact.kind in kinds and not fact.ruled]

    def only(kind: str) -> product.Fact | None:
        return next((product.Fact(occurred_at=fact.occurred, recorded_at=fact.recorded) for fact in of(kind)), None)

    held = next(iter(of("completed")), None)
    margin = next((fact.until - fact.ended for fact in history.facts if fact.show == show.id and fact.until and fact.ended), timedelta(0))
    version = version_of(history.versions, show)
    return product.ShowFacts(
        show_id=show.id,
        scheduled_start=show.starts,
        terms=_terms(history, version),
        terms_version=version.version,
        attribution_after=margin,
        signed=only("signed"),
        completed=only("completed"),
        actual_end=held.ended if held else None,
        cancelled=next((_cancellation(fact) for fact in of("cancelled")), None),
        deliverables=tuple(
            product.DeliverableResult(
                kind=fact.deliverable, outcome=product.Outcome(fact.kind), occurred_at=fact.occurred, recorded_at=fact.recorded
            )
            for fact in of("met", "not_met", "disputed")
        ),
        disputed=only("show_disputed"),
        dispute_settled=only("dispute_settled"),
        ruling=next((_ruling(fact) for fact in history.facts if fact.show == show.id and fact.ruled), None),
        is_make_up=bool(show.makes_up),
        makes_up_for=show.makes_up or None,
    )


def _cancellation(fact: Fact) -> product.Cancellation:
    return product.Cancellation(occurred_at=fact.occurred, recorded_at=fact.recorded, by=product.Party(fact.by))


def _ruling(fact: Fact) -> product.Ruling:
    """A finding counts from when it is recorded."""
    held = fact.kind == "completed"
    return product.Ruling(
        occurred_at=fact.recorded,
        recorded_at=fact.recorded,
        completed=product.Fact(occurred_at=fact.occurred, recorded_at=fact.recorded) if held else None,
        cancelled=None if held else _cancellation(fact),
        actual_end=fact.ended,
    )


def _terms(history: History, terms: Terms) -> agreed.Terms:
    resets = [version.version for version in history.versions if version.reset and version.version <= terms.version]
    return agreed.Terms(
        currency="GBP",
        timezone=terms.zone.key,
        return_window_days=terms.return_window_days,
        flat_fee=_flat_fee(terms.flat_fee) if terms.flat_fee else None,
        commission_base=agreed.CommissionBase(
            less_seller_discounts=terms.base.less_seller_discounts,
            less_platform_discounts=terms.base.less_platform_discounts,
            tax_included=terms.base.with_tax,
            shipping_included=terms.base.with_shipping,
        ),
        rules=tuple(_rule(rule) for rule in terms.rules),
        cap=agreed.Cap(amount_minor=terms.cap.amount, scope=agreed.Scope(terms.cap.over)) if terms.cap else None,
        pay_floor=agreed.PayFloor(amount_minor=terms.floor.amount, scope=agreed.Scope(terms.floor.over)) if terms.floor else None,
        sales_guarantee=_guarantee(terms.guarantee) if terms.guarantee else None,
        bonuses=tuple(
            agreed.Bonus(bonus_id=bonus.id, net_sales_minor=bonus.at, amount_minor=bonus.amount, scope=agreed.Scope(bonus.over))
            for bonus in terms.bonuses
        ),
        refund_policy=agreed.RefundPolicy(terms.refund_policy),
        refunds_after_maturity=agreed.AfterMaturity(terms.refunds_after_maturity),
        splits=tuple(agreed.Split(payee_id=payee, share_basis_points=share) for payee, share in terms.splits),
        platform_fee=agreed.PlatformFee(rate_basis_points=terms.platform_fee.rate_bp, mode=agreed.FeeMode(terms.platform_fee.bearer))
        if terms.platform_fee
        else agreed.PlatformFee(rate_basis_points=0, mode=agreed.FeeMode.TAKEN),
        tax=agreed.Tax(platform_fee_basis_points=terms.vat_on_fee_bp, host_invoice_basis_points=terms.vat_on_invoice_bp),
        cancellation=tuple(agreed.CancellationRow(hours_before=hours, share_basis_points=share) for hours, share in terms.cancellation),
        deliverables=tuple(agreed.Deliverable(kind=kind, fee_off_basis_points=share) for kind, share in terms.takes_off),
        totals_from_version=max(resets, default=1),
    )


def _flat_fee(fee: FlatFee) -> agreed.FlatFee:
    parts = tuple(agreed.FeePart(due=agreed.Due(due), share_basis_points=share) for share, due in fee.parts)
    return agreed.FlatFee(amount_minor=fee.amount, scope=agreed.Scope(fee.over), parts=parts)


def _rule(rule: Rule) -> agreed.CommissionRule:
    return agreed.CommissionRule(
        rule_id=rule.id,
        tiers=tuple(agreed.Tier(from_value=tier.at, rate_basis_points=tier.rate_bp) for tier in rule.tiers),
        skus=rule.skus,
        category=rule.category or None,
        mode=agreed.TierMode(rule.mode),
        measure=agreed.Measure(rule.measure),
        accumulates_over=agreed.Scope(rule.over),
        min_per_line_minor=rule.min_per_line,
        max_per_line_minor=rule.max_per_line,
    )


def _guarantee(guarantee: Guarantee) -> agreed.SalesGuarantee:
    make_ups = guarantee.make_ups
    return agreed.SalesGuarantee(
        net_sales_minor=guarantee.amount,
        scope=agreed.Scope(guarantee.over),
        make_up=agreed.MakeUp(shows=make_ups.number, within_days=make_ups.within_days, fee_minor=make_ups.fee) if make_ups else None,
        return_rate_ceiling_basis_points=guarantee.ceiling_bp,
        over_ceiling=agreed.OverCeiling(guarantee.over_ceiling),
    )

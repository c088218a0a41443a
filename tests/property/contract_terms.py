"""Sound terms by chance, every field of them: what contracts are written from."""

from datetime import date, timedelta

from hypothesis import strategies as st

from chalicelib.contracts.terms import (
    AfterMaturity,
    Bonus,
    CancellationRow,
    Cap,
    CommissionBase,
    CommissionRule,
    Deliverable,
    Due,
    Exclusivity,
    FeeMode,
    FeePart,
    FlatFee,
    MakeUp,
    Measure,
    OverCeiling,
    PayFloor,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    SigningOrder,
    Split,
    Tax,
    Terms,
    Tier,
    TierMode,
)
from chalicelib.contracts.terms_check import DELIVERABLE_KINDS

maybe = st.booleans()
scopes = st.sampled_from(Scope)
rates = st.sampled_from((1250, 0, 1, 10, 505, 1200, 10_000)) | st.integers(0, 10_000)
money = st.sampled_from((33_33, 0, 1, 500_00, 1_234_567_89)) | st.integers(0, 2**53)
some_money = money.map(lambda minor: minor or 1)
names = st.sampled_from(("all", "mugs", "r2", "new-year", "A_1", "home.rest"))
categories = st.sampled_from(("home", "beauty & care", "toys", "Garden tools"))
skus = st.lists(st.sampled_from(("85123A", "22423", "POST-1", "x_9")), min_size=1, max_size=3, unique=True).map(tuple)
days = st.integers(0, 900).map(lambda after: (date(2026, 3, 20) + timedelta(days=after)).isoformat())


def _unique(names_of: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(names_of, max_size=3, unique=True)


@st.composite
def fees(draw: st.DrawFn) -> FlatFee:
    """A flat fee in one to three parts."""
    dues = draw(st.lists(st.sampled_from(Due), min_size=1, max_size=3, unique=True))
    cuts = sorted(draw(st.integers(0, 10_000)) for _ in dues[1:])
    shares = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    parts = tuple(FeePart(due=due, share_basis_points=share) for due, share in zip(dues, shares, strict=True))
    return FlatFee(amount_minor=draw(money), scope=draw(scopes), parts=parts)


@st.composite
def rules(draw: st.DrawFn, rule_id: str, policy: RefundPolicy) -> CommissionRule:
    """A rule for some goods or all, in one to four tiers; bounds per line where they may be."""
    bounds = [0, *sorted(draw(st.lists(st.integers(1, 2**53), max_size=3, unique=True)))]
    kind = draw(st.sampled_from(("skus", "category", "all")))
    line = sorted(draw(st.tuples(money, money))) if policy is RefundPolicy.RERATE and len(bounds) == 1 else None
    return CommissionRule(
        rule_id=rule_id,
        tiers=tuple(Tier(from_value=bound, rate_basis_points=draw(rates)) for bound in bounds),
        skus=draw(skus) if kind == "skus" else (),
        category=draw(categories) if kind == "category" else None,
        mode=draw(st.sampled_from(TierMode)),
        measure=draw(st.sampled_from(Measure)),
        accumulates_over=draw(scopes),
        min_per_line_minor=line[0] if line and draw(maybe) else None,
        max_per_line_minor=line[1] if line and draw(maybe) else None,
    )


@st.composite
def guarantees(draw: st.DrawFn, over: Scope) -> SalesGuarantee:
    """A sales guarantee with or without make-up shows and a ceiling."""
    make_up = MakeUp(shows=draw(st.integers(1, 100)), within_days=draw(st.integers(1, 900)), fee_minor=draw(money)) if draw(maybe) else None
    ceiling = draw(st.none() | rates)
    effects = [OverCeiling.RECORD, *([OverCeiling.VOID_FEE] if ceiling is not None else [])]
    effects += [OverCeiling.MAKE_UP] if ceiling is not None and make_up else []
    return SalesGuarantee(
        net_sales_minor=draw(some_money),
        scope=over,
        make_up=make_up,
        return_rate_ceiling_basis_points=ceiling,
        over_ceiling=draw(st.sampled_from(effects)),
    )


@st.composite
def conduct(draw: st.DrawFn) -> tuple[Exclusivity | None, tuple[Deliverable, ...]]:
    """What the host may not do, and what is owed."""
    first, last = sorted(draw(st.tuples(days, days)))
    exclusive = st.lists(categories, min_size=1, max_size=3, unique=True).map(tuple)
    kinds = draw(_unique(st.sampled_from(DELIVERABLE_KINDS)))
    owed = tuple(Deliverable(kind=kind, target=draw(st.integers(1, 5_000)), fee_off_basis_points=draw(rates)) for kind in kinds)
    return (Exclusivity(categories=draw(exclusive), from_day=first, until_day=last) if draw(maybe) else None), owed


@st.composite
def sound_terms(draw: st.DrawFn) -> Terms:
    """Any terms that can be offered and signed."""
    policy, over = draw(st.sampled_from(RefundPolicy)), draw(scopes)
    opposite = Scope.SHOW if over is Scope.CONTRACT else Scope.CONTRACT
    exclusivity, deliverables = draw(conduct())
    cut = draw(st.lists(st.integers(0, 5_000), min_size=2, max_size=2))
    hours = draw(st.lists(st.integers(0, 2_000), max_size=4, unique=True))
    return Terms(
        currency=draw(st.sampled_from(("GBP", "JPY", "KWD", "EUR"))),
        timezone=draw(st.sampled_from(("Europe/London", "Asia/Tokyo", "America/New_York"))),
        return_window_days=draw(st.integers(0, 365)),
        flat_fee=draw(st.none() | fees()),
        commission_base=draw(st.builds(CommissionBase, *[], **dict.fromkeys(CommissionBase.__slots__, maybe))),
        rules=tuple(draw(rules(rule_id, policy)) for rule_id in draw(_unique(names))),
        cap=Cap(amount_minor=draw(money), scope=draw(scopes)) if draw(maybe) else None,
        pay_floor=PayFloor(amount_minor=draw(money), scope=opposite) if draw(maybe) else None,
        sales_guarantee=draw(st.none() | guarantees(over)),
        bonuses=tuple(
            Bonus(bonus_id=name, net_sales_minor=draw(some_money), amount_minor=draw(money), scope=draw(scopes))
            for name in draw(_unique(names))
        ),
        refund_policy=policy,
        refunds_after_maturity=draw(st.sampled_from(AfterMaturity)),
        splits=tuple(
            Split(payee_id=payee, share_basis_points=share)
            for payee, share in zip(draw(_unique(st.sampled_from(("agy_1", "agy_2")))), cut, strict=False)
        ),
        platform_fee=PlatformFee(rate_basis_points=draw(rates), mode=draw(st.sampled_from(FeeMode))),
        tax=Tax(platform_fee_basis_points=draw(rates), host_invoice_basis_points=draw(rates)),
        cancellation=tuple(CancellationRow(hours_before=hour, share_basis_points=draw(rates)) for hour in sorted(hours, reverse=True)),
        exclusivity=exclusivity,
        deliverables=deliverables,
        signing_order=draw(st.sampled_from(SigningOrder)),
        totals_from_version=draw(st.sampled_from((1, 1, 2, 7))),
    )

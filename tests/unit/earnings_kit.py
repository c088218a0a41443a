"""Words for tests of earnings: shows, sales and refunds of a contract in London, said in one line each."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.contracts.terms import CommissionRule, Measure, Scope, Terms, Tier, TierMode
from chalicelib.payouts.earnings import (
    Cancellation,
    Fact,
    Party,
    RefundFact,
    SaleAmounts,
    SaleFact,
    ShowFacts,
    Statement,
    earnings,
    fold,
)

SIGNED = datetime(2010, 12, 1, 12, tzinfo=UTC)
FIRST_SHOW = datetime(2011, 1, 3, 19, tzinfo=UTC)
LONG_AFTER = datetime(2012, 1, 1, tzinfo=UTC)
WINDOW_DAYS = 14
LADDER = ((0, 400), (200_00, 600), (400_00, 800))
HOST = "crt_host"


def at(moment: datetime) -> Fact:
    """A fact that was recorded as it occurred."""
    return Fact(occurred_at=moment, recorded_at=moment)


def rule(  # noqa: PLR0913 - one optional word for each part of a rule
    tiers: Sequence[tuple[int, int]] = ((0, 1000),),
    *,
    rule_id: str = "any",
    mode: TierMode = TierMode.MARGINAL,
    measure: Measure = Measure.NET_SALES,
    over: Scope = Scope.SHOW,
    skus: tuple[str, ...] = (),
    category: str | None = None,
    least: int | None = None,
    most: int | None = None,
) -> CommissionRule:
    """A rule of (bound, basis points) tiers; it matches anything unless told."""
    return CommissionRule(
        rule_id=rule_id,
        tiers=tuple(Tier(from_value=bound, rate_basis_points=rate) for bound, rate in tiers),
        mode=mode,
        measure=measure,
        accumulates_over=over,
        skus=skus,
        category=category,
        min_per_line_minor=least,
        max_per_line_minor=most,
    )


def terms(**given: object) -> Terms:
    """Terms in pounds with a window of 14 days."""
    return Terms(**{"currency": "GBP", "timezone": "Europe/London", "return_window_days": WINDOW_DAYS, **given})  # type: ignore[arg-type]


def start_of(number: int) -> datetime:
    """When show 1, 2, 3 ... starts: a week apart."""
    return FIRST_SHOW + timedelta(days=7 * (number - 1))


def show(number: int, agreed: Terms, *, completed: bool = True, version: int = 1, **given: object) -> ShowFacts:
    """Show 1, 2, 3 ...: signed, three hours long, completed unless told."""
    ends = start_of(number) + timedelta(hours=3)
    facts: dict[str, object] = {
        "show_id": f"show_{number}",
        "scheduled_start": start_of(number),
        "terms": agreed,
        "terms_version": version,
        "signed": at(SIGNED),
        "completed": at(ends) if completed else None,
        "actual_end": ends if completed else None,
    }
    return ShowFacts(**{**facts, **given})  # type: ignore[arg-type]


def cancelled(number: int, by: Party, hours_before: int) -> Cancellation:
    """A show called off so many hours before its start."""
    moment = start_of(number) - timedelta(hours=hours_before)
    return Cancellation(occurred_at=moment, recorded_at=moment, by=by)


def sale(  # noqa: PLR0913 - one optional word for each part of a sale
    minor: int, *, number: int = 1, line_id: str = "", units: int = 1, sku: str = "mug", category: str | None = None, day: int = 0
) -> SaleFact:
    """A sale of `minor` pence in show `number`, so many days after it started."""
    moment = start_of(number) + timedelta(days=day, minutes=5)
    return SaleFact(
        line_id=line_id or f"line_{number}_{sku}_{minor}_{units}_{day}",
        show_id=f"show_{number}",
        sku=sku,
        category=category,
        ordered_at=moment,
        recorded_at=moment,
        units=units,
        amounts=SaleAmounts(price_minor=minor),
    )


def refund(
    of: SaleFact, minor: int, *, units: int = 0, after_days: int = 1, recorded_after_days: int | None = None, nth: int = 1
) -> RefundFact:
    """So many pence and units of a sale come back, some days after the order."""
    return RefundFact(
        refund_id=f"refund_{of.line_id}_{nth}",
        line_id=of.line_id,
        units=units,
        amount_minor=minor,
        occurred_at=of.ordered_at + timedelta(days=after_days),
        recorded_at=of.ordered_at + timedelta(days=after_days if recorded_after_days is None else recorded_after_days),
    )


def statement_of(
    shows: Iterable[ShowFacts], sales: Iterable[SaleFact] = (), refunds: Iterable[RefundFact] = (), as_of: datetime = LONG_AFTER
) -> Statement:
    """Fold and state in one go."""
    booked = list(shows)
    buckets = fold("contract", {each.show_id: each.terms for each in booked}, sales, refunds, as_of)
    return earnings("contract", booked[0].terms, booked, buckets, as_of, host_id=HOST)


def earned(statement: Statement, component: str, number: int = 1) -> int:
    """What a component earned in a show; fails when there is no such row, or more than one."""
    (row,) = (row for row in statement.rows if row.component == component and row.show_id == f"show_{number}")
    return row.amount_minor


def matured(statement: Statement, component: str, number: int = 1) -> int:
    """What of a component has matured in a show."""
    (row,) = (row for row in statement.rows if row.component == component and row.show_id == f"show_{number}")
    return row.matured_minor

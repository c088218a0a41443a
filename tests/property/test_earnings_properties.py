"""What must hold for all sales, refunds and terms; how many examples are tried comes from the hypothesis profile.

The naive model is written from the text of the design alone and shares no code with the package.
"""

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.contracts.terms import (
    Bonus,
    Cap,
    CommissionRule,
    FeeMode,
    FlatFee,
    Measure,
    PayFloor,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    Split,
    Terms,
    TierMode,
)
from chalicelib.payouts.earnings import RefundFact, SaleFact, ShowFacts, fold, kept_lines, line_shares
from tests.unit.earnings_kit import LONG_AFTER, refund, rule, sale, show, start_of, statement_of, terms

SHOWS = 3
SKUS = ("mug", "lamp", "tray")
PENNY = Fraction(1, 100)

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure; the number of examples stays that of the profile."""

amounts = st.integers(min_value=1, max_value=200_000)
scopes = st.sampled_from(list(Scope))
rates = st.integers(min_value=0, max_value=10_000)
moments = st.integers(min_value=0, max_value=60).map(lambda days: start_of(1) + timedelta(days=days))


@st.composite
def rules(
    draw: st.DrawFn, rule_id: str = "any", skus: tuple[str, ...] = (), modes: tuple[TierMode, ...] = tuple(TierMode)
) -> CommissionRule:
    measure = draw(st.sampled_from(list(Measure)))
    bounds = draw(st.lists(st.integers(min_value=1, max_value=20 if measure is Measure.UNITS else 300_000), max_size=3, unique=True))
    tiers = [(bound, draw(rates)) for bound in (0, *sorted(bounds))]
    return rule(tiers, rule_id=rule_id, skus=skus, mode=draw(st.sampled_from(modes)), measure=measure, over=draw(scopes))


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    floor_scope = draw(st.none() | scopes)
    guaranteed = {None: scopes, Scope.SHOW: st.just(Scope.CONTRACT), Scope.CONTRACT: st.just(Scope.SHOW)}[floor_scope]
    return terms(
        rules=(draw(rules("mugs", ("mug",))), draw(rules("lamps", ("lamp",)))),
        refund_policy=draw(st.sampled_from(list(RefundPolicy))),
        flat_fee=draw(st.none() | st.builds(FlatFee, amount_minor=amounts, scope=scopes)),
        cap=draw(st.none() | st.builds(Cap, amount_minor=st.integers(min_value=0, max_value=50_000), scope=scopes)),
        pay_floor=None if floor_scope is None else PayFloor(amount_minor=draw(amounts), scope=floor_scope),
        sales_guarantee=draw(st.none() | st.builds(SalesGuarantee, net_sales_minor=amounts, scope=guaranteed)),
        bonuses=draw(
            st.lists(st.builds(Bonus, bonus_id=st.just("b"), net_sales_minor=amounts, amount_minor=amounts, scope=scopes), max_size=1).map(
                tuple
            )
        ),
        splits=(
            Split(payee_id="agy_b", share_basis_points=draw(st.integers(0, 5_000))),
            Split(payee_id="agy_a", share_basis_points=draw(st.integers(0, 5_000))),
        ),
        platform_fee=PlatformFee(rate_basis_points=draw(rates), mode=draw(st.sampled_from(list(FeeMode)))),
    )


@st.composite
def sold(draw: st.DrawFn) -> tuple[list[SaleFact], list[RefundFact]]:
    sales = [
        sale(
            draw(amounts),
            number=draw(st.integers(1, SHOWS)),
            line_id=f"line_{place}",
            units=draw(st.integers(1, 5)),
            sku=draw(st.sampled_from(SKUS)),
            day=draw(st.integers(0, 4)),
        )
        for place in range(draw(st.integers(0, 8)))
    ]
    refunds = [
        refund(of, draw(st.integers(1, 250_000)), units=draw(st.integers(0, 3)), after_days=draw(st.integers(1, 40)), nth=nth)
        for nth, of in enumerate(sales)
        if draw(st.booleans())
    ]
    return sales, refunds


def booked(agreed: Terms) -> list[ShowFacts]:
    return [show(number, agreed) for number in range(1, SHOWS + 1)]


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments, seed=st.integers(0, 1_000))
def test_shuffled_and_duplicated_facts_give_the_same_statement(
    agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime, seed: int
) -> None:
    sales, refunds = facts
    chance = random.Random(seed)
    mixed = statement_of(
        chance.sample(booked(agreed) * 2, k=2 * SHOWS),
        chance.sample(sales * 2, k=2 * len(sales)),
        chance.sample(refunds * 2, k=2 * len(refunds)),
        as_of,
    )
    assert mixed == statement_of(booked(agreed), sales, refunds, as_of)


@patient
@given(agreed=any_terms(), facts=sold(), late_days=st.integers(0, 300))
def test_facts_that_arrive_late_give_the_same_cents(agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], late_days: int) -> None:
    sales, refunds = facts
    late = timedelta(days=late_days)
    late_sales = [replace(fact, recorded_at=fact.recorded_at + late) for fact in sales]
    late_refunds = [replace(fact, recorded_at=fact.recorded_at + late) for fact in refunds]
    assert statement_of(booked(agreed), late_sales, late_refunds) == statement_of(booked(agreed), sales, refunds)


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments)
def test_shares_add_up_to_the_rows_and_rows_to_the_statement(
    agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime
) -> None:
    statement = statement_of(booked(agreed), *facts, as_of=as_of)
    for each in statement.shows:
        assert sum(share.earned_minor for share in each.shares) == each.payees.earned_minor
        assert sum(share.matured_minor for share in each.shares) == each.payees.matured_minor
        taken = each.platform_fee.earned_minor if each.platform_fee_mode is FeeMode.TAKEN else 0
        gross = sum(row.amount_minor for row in each.rows if not row.component.startswith("platform_fee"))
        assert gross - taken == each.payees.earned_minor
    assert sum(statement.payee(payee).earned_minor for payee in ("agy_a", "agy_b", "crt_host")) == statement.payees.earned_minor


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments)
def test_no_commission_matures_beyond_what_is_earned_up_to_any_show(
    agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime
) -> None:
    statement = statement_of(booked(agreed), *facts, as_of=as_of)
    for name in ("commission:mugs", "commission:lamps"):
        pending = 0
        for each in statement.shows:
            pending += sum(row.amount.pending_minor for row in each.rows if row.component == name)
            assert pending >= 0
    after_cap = [row.amount for row in statement.rows if row.component.startswith(("commission", "cap"))]
    assert sum(amount.pending_minor for amount in after_cap) >= 0


@patient
@given(agreed=any_terms(), facts=sold())
def test_when_all_windows_have_ended_nothing_is_pending(agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]]) -> None:
    statement = statement_of(booked(agreed), *facts)
    assert [row.amount.pending_minor for row in statement.rows] == [0] * len(statement.rows)


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments)
def test_commission_is_zero_after_every_sale_is_refunded_in_full(
    agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime
) -> None:
    sales, _ = facts
    refunds = [refund(of, of.amounts.price_minor, units=of.units, after_days=0) for of in sales]
    statement = statement_of(booked(agreed), sales, refunds, as_of)
    for name in ("commission:mugs", "commission:lamps", "cap"):
        assert statement.component(name).earned_minor == 0
        assert statement.component(name).matured_minor == 0


@patient
@given(facts=sold(), one=rules(), policy=st.sampled_from(list(RefundPolicy)))
def test_commission_equals_a_naive_model_written_from_the_text(
    facts: tuple[list[SaleFact], list[RefundFact]], one: CommissionRule, policy: RefundPolicy
) -> None:
    agreed = terms(rules=(replace(one, mode=TierMode.MARGINAL, measure=Measure.NET_SALES),), refund_policy=policy)
    sales, refunds = facts
    statement = statement_of(booked(agreed), sales, refunds)
    found = [row.amount_minor for row in statement.rows if row.component == "commission:any"]
    assert found == naive(agreed, sales, refunds)


@patient
@given(facts=sold(), one=rules())
def test_without_refunds_both_policies_pay_the_same(facts: tuple[list[SaleFact], list[RefundFact]], one: CommissionRule) -> None:
    paid = [
        [row.amount_minor for row in statement_of(booked(terms(rules=(one,), refund_policy=policy)), facts[0]).rows]
        for policy in RefundPolicy
    ]
    assert paid[0] == paid[1]


@patient
@given(facts=sold(), one=rules(), number=st.integers(1, SHOWS))
def test_in_proportion_the_refunds_of_a_show_move_no_other_show(
    facts: tuple[list[SaleFact], list[RefundFact]], one: CommissionRule, number: int
) -> None:
    sales, refunds = facts
    shows = booked(terms(rules=(one,), refund_policy=RefundPolicy.PROPORTIONAL))
    of_show = {each.line_id for each in sales if each.show_id == f"show_{number}"}
    with_all = statement_of(shows, sales, refunds)
    without = statement_of(shows, sales, [each for each in refunds if each.line_id not in of_show])
    for left, right in zip(with_all.shows, without.shows, strict=True):
        assert left.show_id == f"show_{number}" or left.shares == right.shares


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments)
def test_each_row_can_be_recomputed_from_its_formula(
    agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime
) -> None:
    for row in statement_of(booked(agreed), *facts, as_of=as_of).rows:
        if ", the part of" not in row.formula:
            assert recomputed(row.formula) == row.amount_minor * PENNY, row


@patient
@given(facts=sold(), one=rules())
def test_a_row_traces_to_its_lines_without_a_penny_lost(facts: tuple[list[SaleFact], list[RefundFact]], one: CommissionRule) -> None:
    agreed = terms(rules=(one,))
    lines = kept_lines({f"show_{number}": agreed for number in range(1, SHOWS + 1)}, *facts, LONG_AFTER)
    for row in statement_of(booked(agreed), *facts).rows:
        weights = {line.line_id: line.base_kept_minor for line in lines if line.show_id == row.show_id}
        if weights:
            assert sum(line_shares(row.amount_minor, weights).values()) == row.amount_minor


@patient
@given(agreed=any_terms(), facts=sold(), as_of=moments)
def test_buckets_hold_what_their_lines_hold(agreed: Terms, facts: tuple[list[SaleFact], list[RefundFact]], as_of: datetime) -> None:
    by_show = {f"show_{number}": agreed for number in range(1, SHOWS + 1)}
    lines = kept_lines(by_show, *facts, as_of)
    buckets = fold("contract", by_show, *facts, as_of)
    assert sum(bucket.base_kept_minor for bucket in buckets) == sum(line.base_kept_minor for line in lines)
    assert sum(bucket.units_returned for bucket in buckets) == sum(line.units_returned for line in lines)
    assert all(0 <= line.base_kept_minor <= line.base_sold_minor for line in lines)


def half_away(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def naive_marginal(tiers: list[tuple[int, int]], base: int) -> Fraction:
    """Walks the base penny range by penny range: only what lies past a bound gets its rate."""
    amount = Fraction(0)
    for place, (bound, rate) in enumerate(tiers):
        upper = tiers[place + 1][0] if place + 1 < len(tiers) else base
        amount += Fraction(max(0, min(base, upper) - bound) * rate, 10_000)
    return amount


def naive(agreed: Terms, sales: list[SaleFact], refunds: list[RefundFact]) -> list[int]:
    """Commission per show by the text, marginal tiers on net sales."""
    (one,) = agreed.rules
    tiers = [(tier.from_value, tier.rate_basis_points) for tier in one.tiers]
    gross = [0] * SHOWS
    kept = [0] * SHOWS
    for each in sales:
        place = int(each.show_id.removeprefix("show_")) - 1
        back = sum(fact.amount_minor for fact in refunds if fact.line_id == each.line_id)
        gross[place] += each.amounts.price_minor
        kept[place] += max(0, each.amounts.price_minor - back)
    found = []
    for place in range(SHOWS):
        first = 0 if one.accumulates_over is Scope.CONTRACT else place
        if agreed.refund_policy is RefundPolicy.RERATE:
            now, before = (naive_marginal(tiers, sum(kept[first:upto])) for upto in (place + 1, place))
        else:
            full, before = (naive_marginal(tiers, sum(gross[first:upto])) for upto in (place + 1, place))
            now = before + (full - before) * (Fraction(kept[place], gross[place]) if gross[place] else 0)
        found.append(half_away(now) - half_away(before))
    return found


def recomputed(formula: str) -> Fraction:
    """Reads a formula as a person does: `x` is times, a percent is a hundredth, `round` is to the penny."""
    text = re.sub(r"(\d+(?:\.\d+)?)", r"Fraction('\1')", formula).replace("%", " / 100").replace(" x ", " * ")
    known = {"Fraction": Fraction, "round": lambda value: half_away(value * 100) * PENNY, "max": max, "min": min, "__builtins__": {}}
    return Fraction(eval(text, known))  # noqa: S307 - our own formulas only

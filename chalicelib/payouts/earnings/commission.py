"""Commission: tiers, refund policies, accumulation over a contract, and the cap.

A component is (contract, rule, accumulation scope) and is rounded once. Accumulated over a contract, show k gets
`R(f(shows 1..k)) - R(f(shows 1..k-1))`, both terms under show k's version. Under `proportional` the gross difference of
show k counts by its own kept / sold, and stands on the gross of the shows before it, so that without refunds both
policies give the same cents: `R(g(1..k-1) + (g(1..k) - g(1..k-1)) x kept / sold) - R(g(1..k-1))`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from chalicelib.contracts.terms import CommissionRule, Measure, RefundPolicy, Scope, Tier, TierMode
from chalicelib.core.money import BASIS_POINTS_OF_ONE, round_half_away, share_of
from chalicelib.payouts.earnings.amounts import Amount, Row, ShowSales, Totals, differences, exact_major, major, percent


def commission_rows(era: Sequence[ShowSales]) -> list[list[Row]]:
    """For each show of an era (shows in order that accumulate together) a row per rule of its terms, in the rules' order."""
    component_of = _Components(era)
    return [[component_of.row(place, rule) for rule in show.facts.terms.rules] for place, show in enumerate(era)]


def cap_rows(era: Sequence[ShowSales], commissions: Sequence[Sequence[Row]]) -> list[Row | None]:
    """For each show what the cap takes off the sum of its rules (0 or less; more when a refund gives room again)."""
    earned = list(accumulate((sum(row.amount_minor for row in rows) for rows in commissions), initial=0))
    matured = list(accumulate((sum(row.matured_minor for row in rows) for rows in commissions), initial=0))
    return [_cap_row(era[place], earned[place : place + 2], matured[place : place + 2]) for place in range(len(era))]


def tier_amount(rule: CommissionRule, base_minor: int, units: int) -> Fraction:
    """Exact commission of a rule on a base, apart from bounds per line. A base of 0 or less earns 0."""
    if base_minor <= 0:
        return Fraction(0)
    by_units = rule.measure is Measure.UNITS
    measured = units if by_units else base_minor
    if rule.mode is TierMode.WHOLE or (by_units and units <= 0):
        return share_of(base_minor, _reached(rule.tiers, measured).rate_basis_points)
    weighted = sum(width * tier.rate_basis_points for tier, width in _bands(rule.tiers, measured))
    exact = Fraction(weighted, BASIS_POINTS_OF_ONE)
    return exact * base_minor / units if by_units else exact


def commission_of(rule: CommissionRule, kept: Totals) -> Fraction:
    """Exact commission of a rule on what was kept, bounds per line included."""
    if _has_line_bounds(rule):
        return Fraction(kept.line_amounts_kept_e4, BASIS_POINTS_OF_ONE)
    return tier_amount(rule, kept.base_kept_minor, kept.units_kept_in_tiers)


def cumulative(rule: CommissionRule, policy: RefundPolicy, shows: Sequence[Totals]) -> list[int]:
    """Rounded commission after 0, 1, 2 ... shows."""
    steps = [0]
    before = Totals()
    for totals in shows:
        after = before + totals
        if policy is RefundPolicy.RERATE:
            steps.append(round_half_away(commission_of(rule, after)))
        else:
            gross_before, gross_after = _gross(rule, before), _gross(rule, after)
            kept = gross_before + (gross_after - gross_before) * _kept_part(totals)
            steps.append(steps[-1] + round_half_away(kept) - round_half_away(gross_before))
        before = after
    return steps


def _gross(rule: CommissionRule, totals: Totals) -> Fraction:
    return tier_amount(rule, totals.base_sold_minor, totals.units_sold)


def _kept_part(totals: Totals) -> Fraction:
    return Fraction(totals.base_kept_minor, totals.base_sold_minor) if totals.base_sold_minor else Fraction(0)


def _has_line_bounds(rule: CommissionRule) -> bool:
    return rule.min_per_line_minor is not None or rule.max_per_line_minor is not None


def _reached(tiers: Sequence[Tier], measured: int) -> Tier:
    return next((tier for tier in reversed(tiers) if tier.from_value <= measured), tiers[0])


def _bands(tiers: Sequence[Tier], measured: int) -> list[tuple[Tier, int]]:
    """How much of what is measured lies in each tier; only tiers that are reached."""
    uppers = [tier.from_value for tier in tiers[1:]] + [measured]
    return [(tier, min(upper, measured) - tier.from_value) for tier, upper in zip(tiers, uppers, strict=True) if tier.from_value < measured]


@dataclass(slots=True)
class _Components:
    """The components of one era. What adds up over a contract is computed once (for each version) and kept."""

    era: Sequence[ShowSales]
    known: dict[tuple[int, str], list[Amount]]
    sold_before: dict[str, list[Totals]]

    def __init__(self, era: Sequence[ShowSales]) -> None:
        self.era = era
        self.known = {}
        self.sold_before = {}

    def row(self, place: int, rule: CommissionRule) -> Row:
        show = self.era[place]
        amount = self._amount(place, rule)
        before = self._before(place, rule)
        own = show.of_rule(rule.rule_id)
        return Row(
            component=f"commission:{rule.rule_id}",
            show_id=show.facts.show_id,
            rule_id=rule.rule_id,
            formula=_formula(rule, show.facts.terms.refund_policy, before, own, show.facts.terms.currency),
            inputs=_inputs(rule, before, own),
            amount_minor=amount.earned_minor,
            matured_minor=amount.matured_minor,
        )

    def _before(self, place: int, rule: CommissionRule) -> Totals:
        if rule.accumulates_over is Scope.SHOW:
            return Totals()
        if rule.rule_id not in self.sold_before:
            self.sold_before[rule.rule_id] = list(accumulate((show.of_rule(rule.rule_id) for show in self.era), initial=Totals()))
        return self.sold_before[rule.rule_id][place]

    def _amount(self, place: int, rule: CommissionRule) -> Amount:
        terms = self.era[place].facts.terms
        if rule.accumulates_over is Scope.SHOW:
            return _amounts(rule, terms.refund_policy, self.era[place : place + 1])[0]
        key = (self.era[place].facts.terms_version, rule.rule_id)
        if key not in self.known:
            self.known[key] = _amounts(rule, terms.refund_policy, self.era)
        return self.known[key][place]


def _amounts(rule: CommissionRule, policy: RefundPolicy, shows: Sequence[ShowSales]) -> list[Amount]:
    return differences(
        cumulative(rule, policy, [show.of_rule(rule.rule_id) for show in shows]),
        cumulative(rule, policy, [show.matured_of_rule(rule.rule_id) for show in shows]),
    )


def _cap_row(show: ShowSales, earned: Sequence[int], matured: Sequence[int]) -> Row | None:
    """`earned` and `matured` are the commissions before and after the show, added up over the contract."""
    cap = show.facts.terms.cap
    if cap is None:
        return None
    before, matured_before = (earned[0], matured[0]) if cap.scope is Scope.CONTRACT else (0, 0)
    after = before + earned[1] - earned[0]
    matured_after = matured_before + matured[1] - matured[0]
    currency = show.facts.terms.currency
    limit, total, former = (major(minor, currency) for minor in (cap.amount_minor, after, before))
    return Row(
        component="cap",
        show_id=show.facts.show_id,
        formula=f"-max(0, {total} - {limit})" + (f" + max(0, {former} - {limit})" if before else ""),
        inputs={"cap_minor": cap.amount_minor, "commission_minor": after, "commission_before_minor": before},
        amount_minor=max(0, before - cap.amount_minor) - max(0, after - cap.amount_minor),
        matured_minor=max(0, matured_before - cap.amount_minor) - max(0, matured_after - cap.amount_minor),
    )


def _inputs(rule: CommissionRule, before: Totals, own: Totals) -> dict[str, int | str]:
    inputs: dict[str, int | str] = {
        "tiers": " ".join(f"{tier.from_value}:{tier.rate_basis_points}" for tier in rule.tiers),
        "base_sold_minor": own.base_sold_minor,
        "base_kept_minor": own.base_kept_minor,
        "units_sold": own.units_sold,
        "units_kept_in_tiers": own.units_kept_in_tiers,
    }
    if _has_line_bounds(rule):
        inputs["line_amounts_kept_e4"] = own.line_amounts_kept_e4
    if rule.accumulates_over is Scope.CONTRACT:
        inputs["base_sold_before_minor"] = before.base_sold_minor
        inputs["base_kept_before_minor"] = before.base_kept_minor
        inputs["units_sold_before"] = before.units_sold
        inputs["units_kept_in_tiers_before"] = before.units_kept_in_tiers
    return inputs


def _formula(rule: CommissionRule, policy: RefundPolicy, before: Totals, own: Totals, currency: str) -> str:
    after = before + own
    if policy is RefundPolicy.RERATE:
        if _has_line_bounds(rule):
            now, former = (exact_major(totals.line_amounts_kept_e4, currency) for totals in (after, before))
        else:
            now, former = (_steps_text(rule, totals.base_kept_minor, totals.units_kept_in_tiers, currency) for totals in (after, before))
        return f"round({now})" + ("" if before == Totals() else f" - round({former})")
    now, former = (_steps_text(rule, totals.base_sold_minor, totals.units_sold, currency) for totals in (after, before))
    kept = f"{major(own.base_kept_minor, currency)} / {major(own.base_sold_minor, currency)}" if own.base_sold_minor else "0"
    if before == Totals():
        return f"round(({now}) x {kept})"
    return f"round({former} + ({now} - ({former})) x {kept}) - round({former})"


def _steps_text(rule: CommissionRule, base_minor: int, units: int, currency: str) -> str:
    """The steps of the tiers, unrounded: ``4% x 200.00 + 6% x 150.00``."""
    base = major(base_minor, currency)
    if base_minor <= 0:
        return "0"
    by_units = rule.measure is Measure.UNITS
    measured = units if by_units else base_minor
    if rule.mode is TierMode.WHOLE or (by_units and units <= 0):
        return f"{percent(_reached(rule.tiers, measured).rate_basis_points)} x {base}"
    steps = [
        f"{percent(tier.rate_basis_points)} x {width if by_units else major(width, currency)}"
        for tier, width in _bands(rule.tiers, measured)
    ]
    return f"{base} x ({' + '.join(steps)}) / {units}" if by_units else " + ".join(steps)

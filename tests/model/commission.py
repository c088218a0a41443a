"""Commission of one rule, and the cap on all of them: tiers step by step in exact fractions, each component rounded once."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from tests.model.history import Kept
from tests.model.rounding import ALL_BP, rounded
from tests.model.terms import Limit, Rule


def _rate_at(rule: Rule, reached: int) -> Fraction:
    return Fraction([tier.rate_bp for tier in rule.tiers if tier.at <= max(reached, 0)][-1], ALL_BP)


def _stepwise(rule: Rule, total: int) -> Fraction:
    """Each stretch between two bounds at its own rate."""
    amount = Fraction(0)
    for number, tier in enumerate(rule.tiers):
        end = rule.tiers[number + 1].at if number + 1 < len(rule.tiers) else total
        amount += Fraction(tier.rate_bp, ALL_BP) * max(0, min(total, end) - tier.at)
    return amount


def by_tiers(rule: Rule, base: int, units: int) -> Fraction:
    """What the tiers give on this base and these units, unrounded; a negative base earns nothing."""
    if base <= 0:
        return Fraction(0)
    if rule.mode == "whole":
        return base * _rate_at(rule, base if rule.measure == "net_sales" else units)
    if rule.measure == "net_sales":
        return _stepwise(rule, base)
    if units <= 0:
        return base * _rate_at(rule, 0)
    return base * _stepwise(rule, units) / units


def on_kept(rule: Rule, lines: Sequence[Kept]) -> int:
    """Commission recomputed on what was kept, rounded."""
    if rule.min_per_line is not None or rule.max_per_line is not None:
        return rounded(sum((line.by_line for line in lines), Fraction(0)))
    return rounded(by_tiers(rule, sum(line.kept for line in lines), sum(line.units_in_tiers for line in lines)))


def gross(rule: Rule, lines: Sequence[Kept]) -> Fraction:
    """Commission on what was sold, unrounded."""
    return by_tiers(rule, sum(line.sold for line in lines), sum(line.units_sold for line in lines))


def kept_part(lines: Sequence[Kept]) -> Fraction:
    """Kept / sold."""
    sold = sum(line.sold for line in lines)
    return Fraction(sum(line.kept for line in lines), sold) if sold else Fraction(0)


Function = Callable[[Sequence[Kept]], int]


def least(function: Function, lines: Sequence[Kept]) -> tuple[int, int]:
    """A function of all totals, and of the matured ones where that is less."""
    everything = function(lines)
    return everything, min(everything, function([line for line in lines if line.matured]))


def capped(amount: int, cap: Limit | None) -> int:
    """The amount that the cap lets through; 0 lets none."""
    return amount if cap is None else min(amount, cap.amount)

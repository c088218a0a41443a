"""The words that every component of a statement shares: amounts earned and matured, totals of sales, rows, formulas.

A formula is text that a person can recompute by hand: amounts in major units, `x` for times, and `round` to the minor
unit, halves away from zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from chalicelib.core.money import BASIS_POINTS_OF_ONE, exponent_of, share_of, to_major
from chalicelib.payouts.earnings.buckets import Bucket, matures_after
from chalicelib.payouts.earnings.facts import ShowFacts, day_has_ended

DIGITS_OF_E4 = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A component's amount in minor units: earned, and the part of it that has matured."""

    earned_minor: int = 0
    matured_minor: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(earned_minor=self.earned_minor + other.earned_minor, matured_minor=self.matured_minor + other.matured_minor)

    def __neg__(self) -> "Amount":
        return Amount(earned_minor=-self.earned_minor, matured_minor=-self.matured_minor)

    @property
    def pending_minor(self) -> int:
        """Earned less matured; may be negative for a show."""
        return self.earned_minor - self.matured_minor


NOTHING = Amount()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One component of a show: `amount_minor` is what is earned, `matured_minor` what of it may be paid.

    `component` is a stable name: ``commission:{rule}``, ``cap``, ``flat_fee``, ``guarantee_give_back``, ``floor_top_up``,
    ``bonus:{id}``, ``platform_fee`` (taken), ``platform_fee_on_top`` (the brand pays it), ``cancellation``.
    """

    component: str
    show_id: str
    formula: str
    inputs: Mapping[str, int | str]
    amount_minor: int
    matured_minor: int
    rule_id: str | None = None

    @property
    def amount(self) -> Amount:
        """Earned and matured together."""
        return Amount(earned_minor=self.amount_minor, matured_minor=self.matured_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sales added up. `_e4`: in ten-thousandths of a minor unit."""

    base_sold_minor: int = 0
    base_kept_minor: int = 0
    units_sold: int = 0
    units_kept_in_tiers: int = 0
    units_returned: int = 0
    line_amounts_kept_e4: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            base_sold_minor=self.base_sold_minor + other.base_sold_minor,
            base_kept_minor=self.base_kept_minor + other.base_kept_minor,
            units_sold=self.units_sold + other.units_sold,
            units_kept_in_tiers=self.units_kept_in_tiers + other.units_kept_in_tiers,
            units_returned=self.units_returned + other.units_returned,
            line_amounts_kept_e4=self.line_amounts_kept_e4 + other.line_amounts_kept_e4,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSales:
    """A show's facts with its totals per rule (None: no rule matched), of all buckets and of the matured ones."""

    facts: ShowFacts
    all_by_rule: Mapping[str | None, Totals]
    matured_by_rule: Mapping[str | None, Totals]

    @property
    def total(self) -> Totals:
        """All sales of the show, whether a rule matched or not."""
        return added(self.all_by_rule.values())

    @property
    def matured_total(self) -> Totals:
        """All matured sales of the show."""
        return added(self.matured_by_rule.values())

    def of_rule(self, rule_id: str) -> Totals:
        """All sales that this rule took."""
        return self.all_by_rule.get(rule_id, Totals())

    def matured_of_rule(self, rule_id: str) -> Totals:
        """The matured sales that this rule took."""
        return self.matured_by_rule.get(rule_id, Totals())


def added(totals: Iterable[Totals]) -> Totals:
    """The sum of totals."""
    return sum(totals, start=Totals())


def sales_of(show: ShowFacts, buckets: Iterable[Bucket], as_of: datetime) -> ShowSales:
    """Adds up a show's buckets. A bucket has matured when its order day plus the return window has ended."""
    everything: dict[str | None, Totals] = {}
    matured: dict[str | None, Totals] = {}
    for bucket in buckets:
        totals = Totals(
            base_sold_minor=bucket.base_sold_minor,
            base_kept_minor=bucket.base_kept_minor,
            units_sold=bucket.units_sold,
            units_kept_in_tiers=bucket.units_kept_in_tiers,
            units_returned=bucket.units_returned,
            line_amounts_kept_e4=bucket.line_amounts_kept_e4,
        )
        everything[bucket.rule_id] = everything.get(bucket.rule_id, Totals()) + totals
        if day_has_ended(show.terms, matures_after(show.terms, bucket.order_day), as_of):
            matured[bucket.rule_id] = matured.get(bucket.rule_id, Totals()) + totals
    return ShowSales(facts=show, all_by_rule=everything, matured_by_rule=matured)


def differences(steps: Sequence[int], matured_steps: Sequence[int]) -> list[Amount]:
    """Amounts per show of cumulative amounts after 0, 1, 2 ... shows.

    Matured is `min(f(matured totals), f(all totals))`, taken on the totals and then differenced.
    """
    released = [min(matured, earned) for matured, earned in zip(matured_steps, steps, strict=True)]
    return [
        Amount(earned_minor=steps[place] - steps[place - 1], matured_minor=released[place] - released[place - 1])
        for place in range(1, len(steps))
    ]


def percent(basis_points: int) -> str:
    """``250`` as ``2.5%``."""
    return f"{(Decimal(basis_points) / 100).normalize():f}%"


def major(minor: int, currency: str) -> str:
    """An amount for a formula: major units, no grouping."""
    return to_major(minor, currency)


def exact_major(amount_e4: int, currency: str) -> str:
    """An unrounded amount, given in ten-thousandths of a minor unit, in major units."""
    digits = exponent_of(currency) + DIGITS_OF_E4
    return f"{Decimal(amount_e4).scaleb(-digits):.{digits}f}"


def part_of(minor: int, basis_points: int) -> Fraction:
    """An exact share of an amount that is not below 0."""
    return share_of(minor, min(max(basis_points, 0), BASIS_POINTS_OF_ONE))

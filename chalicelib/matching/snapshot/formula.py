"""`score` over columns: the same whole millinats, by whole numbers where the score has them, by floats where those cannot be wrong.

Expected sales are whole micronats, and nothing about them is inexact. Chances and shares are positive numbers made by fewer than twenty
operations of float64 from whole numbers below 2**63 and from a power of e with an exponent below 256 in size, so their relative error is
below 256 x 2**-52 + 40 x 2**-53 < 1e-13; that of a logarithm adds at most four units in the last place of a number below 256, which is
below 2e-13, and a thousand of them are below 1e-9. A million times the logarithm of an audience, which is one whole number below 2**63, is
wrong by less than 1e-7. What lies further than `DOUBT` from the middle between two whole numbers is therefore rounded as the exact value
is; the rest, about two values in a million, are computed by `score` itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from chalicelib.core.money import BASIS_POINTS_OF_ONE
from chalicelib.matching import score
from chalicelib.matching.expectation import MICRONATS, MILLION, THOUSAND, amount, micronats
from chalicelib.matching.priors import Priors, Rate
from chalicelib.matching.rules import Brief, Candidate

DOUBT: Final = 1e-6
LEAST_WORTH: Final = 1e-100
"""Stands for terms that are worth nothing, where a division wants something."""
LOW, HIGH = (float(bound) for bound in score.CHANCE_BOUNDS)

Floats = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
Whole = npt.NDArray[np.integer[Any]]
Exact = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for each of many hosts: `expectation.Model` with the category's offset in the level."""

    level: Wholes
    slope_thousandths: Wholes
    weight: Wholes


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of a brief the score looks at."""

    brief: Brief
    fee: float
    commission: float
    hours: float
    hours_micronats: int

    def sold(self, middle: Wholes) -> Wholes:
        """`score.sales_millinats` of estimates with these middles."""
        return _half_away(middle + self.hours_micronats, score.MICRONATS_OF_A_MILLINAT)

    def accepted(self, middle: Wholes, card: Whole) -> Wholes:
        """Millinats of `score.acceptance_chance` of hosts with these middles and rate cards."""

        def exact(place: int) -> int:
            sales = amount(int(middle[place])) * score.hours_of(self.brief)
            return score.millinats(score.acceptance_chance(self.brief, _priced(self.brief, int(card[place])), sales))

        return _whole(millinats_float(self.chances(middle, card)), exact)

    def chances(self, middle: Whole, card: Whole) -> Floats:
        """`score.acceptance_chance`, not exactly: w2 / (1 + w2) written as 1 / (1 + (card / worth)2)."""
        sales = np.exp(middle / MICRONATS) * self.hours
        against = card / np.maximum(sales * self.commission + self.fee, LEAST_WORTH)
        return np.asarray(np.minimum(np.maximum(1.0 / (against * against + 1.0), LOW), HIGH))


def terms(brief: Brief) -> Terms:
    """A brief made ready for columns."""
    hours = score.hours_of(brief)
    return Terms(
        brief=brief,
        fee=float(brief.flat_fee_minor),
        commission=brief.commission_basis_points / BASIS_POINTS_OF_ONE,
        hours=float(hours),
        hours_micronats=micronats(hours),
    )


def middles(weight: Wholes, weighted_micronats: Wholes, audience: Wholes, usual: Usual) -> Wholes:
    """`expectation.estimate(...).middle` of each: the own record and what is usual, in whole micronats of sales an hour."""
    expected = usual.level + _half_away(usual.slope_thousandths * _micronats_of(np.maximum(audience, 1)), THOUSAND)
    return _half_away(weighted_micronats + usual.weight * expected, weight + usual.weight)


def kept_and_reliable(priors: Priors, sold: Wholes, returned: Wholes, shows: Wholes, delivered: Wholes) -> Wholes:
    """Millinats of returns and of reliability together, which no brief changes."""
    low, high = score.KEPT_BOUNDS

    def kept(place: int) -> int:
        return score.millinats(min(high, max(low, 1 - priors.returns.with_own(int(returned[place]), int(sold[place])))))

    def reliable(place: int) -> int:
        return score.millinats(priors.reliability.with_own(int(delivered[place]), int(shows[place])))

    keeps = (sold - returned + _prior(priors.returns, MILLION - priors.returns.millionths)) / (sold + priors.returns.counts)
    shares = (delivered + _prior(priors.reliability, priors.reliability.millionths)) / (shows + priors.reliability.counts)
    return _whole(millinats_float(np.clip(keeps, float(low), float(high))), kept) + _whole(millinats_float(shares), reliable)


def fit_by_place(places: int) -> Wholes:
    """Millinats of fit for the first places of a host's categories."""
    fits = [score.millinats(max(score.WORST_FIT, 1 - score.FIT_LOST_PER_PLACE * place)) for place in range(places)]
    return np.array(fits, dtype=np.int64)


def millinats_float(values: Floats) -> Floats:
    """Not rounded."""
    return np.asarray(np.log(values) * score.MILLINATS, dtype=np.float64)


def _prior(rate: Rate, millionths: int) -> float:
    return float(Fraction(millionths * rate.counts, MILLION))


def _micronats_of(numbers: Wholes) -> Wholes:
    """`expectation.micronats` of whole numbers."""
    return _whole(np.log(numbers) * MICRONATS, lambda place: micronats(Fraction(int(numbers[place]))))


def _whole(values: Floats, exact: Exact) -> Wholes:
    """Rounded; `exact` tells the whole number at a place where these values leave it open."""
    rounded = np.rint(values).astype(np.int64)
    for place in np.flatnonzero(np.abs(values - rounded) > 0.5 - DOUBT):
        rounded[place] = exact(int(place))
    return rounded


def _half_away(numerators: Wholes, denominators: Wholes | int) -> Wholes:
    """`money.round_half_away` of each fraction. Denominators are positive."""
    whole = (2 * np.abs(numerators) + denominators) // (2 * np.asarray(denominators))
    return np.asarray(np.sign(numerators) * whole, dtype=np.int64)


def _priced(brief: Brief, card_minor: int) -> Candidate:
    """A host of which acceptance looks at nothing but the rate card."""
    return Candidate(
        creator_id="",
        name="",
        categories=(),
        refused_categories=(),
        languages=(),
        markets=(),
        audiences={},
        rate_card_minor=card_minor,
        currency=brief.currency,
        minimum_commission_basis_points=0,
        busy_windows=(),
        can_be_paid=True,
        bound_to_competitor=False,
        past_shows=(),
    )

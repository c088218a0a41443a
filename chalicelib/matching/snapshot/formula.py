"""`score` over columns: the same whole millinats, from floats wherever those cannot be wrong.

Every quantity here is a positive number made by fewer than twenty operations of float64 from whole numbers below 2**63, so its relative
error is below 20 x 2**-53 < 3e-15; that of its logarithm is below 3e-15 plus four units in the last place of a number below 64, which is
below 4e-14, and a thousand of them below 4e-11. What lies further than `DOUBT_MILLINATS` from the middle between two whole
numbers is therefore rounded as the exact value is; the rest, about one value in a million, is computed by `score` itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from chalicelib.core.money import BASIS_POINTS_OF_ONE
from chalicelib.matching import score
from chalicelib.matching.rules import Brief, Candidate, PastShow

DOUBT_MILLINATS: Final = 1e-6
LEAST_WORTH: Final = 1e-100
"""Stands for terms that are worth nothing, where a division wants something."""
MINUTES_PER_HOUR: Final = 60
LOW, HIGH = (float(bound) for bound in score.CHANCE_BOUNDS)

Floats = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
Whole = npt.NDArray[np.integer[Any]]
Exact = Callable[[int], Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of a brief the score looks at, and the rate of its category."""

    brief: Brief
    rate: Fraction
    fee: float
    commission: float
    hours: float
    prior_per_follower: float

    def sales(self, own_minor: Whole, minutes: Whole, audience: Whole) -> Floats:
        """`score.expected_sales` of each host."""
        return np.asarray(np.maximum(sales_per_hour(own_minor, minutes, audience, self.prior_per_follower) * self.hours, _LEAST))

    def chances(self, sales: Floats, card: Floats) -> Floats:
        """`score.acceptance_chance` of each host: w2 / (1 + w2) written as 1 / (1 + (card / worth)2)."""
        against = card / np.maximum(sales * self.commission + self.fee, LEAST_WORTH)
        return np.asarray(np.minimum(np.maximum(1.0 / (against * against + 1.0), LOW), HIGH))


_PRIOR_MINUTES = float(score.PRIOR_HOURS * MINUTES_PER_HOUR)
_LEAST = float(score.LEAST_SALES_MINOR)


def terms(brief: Brief, rate: Fraction) -> Terms:
    """A brief made ready for columns."""
    minutes = sum(window.minutes for window in brief.windows)
    return Terms(
        brief=brief,
        rate=rate,
        fee=float(brief.flat_fee_minor),
        commission=brief.commission_basis_points / BASIS_POINTS_OF_ONE,
        hours=minutes / (MINUTES_PER_HOUR * len(brief.windows)),
        prior_per_follower=prior_per_follower(rate),
    )


def prior_per_follower(rate: Fraction) -> float:
    """What the hours that every host is given beforehand bring per follower, times 60."""
    return float(rate * score.PRIOR_HOURS * MINUTES_PER_HOUR)


def sales_per_hour(own_minor: Whole, minutes: Whole, audience: Whole, prior: float | Floats) -> Floats:
    """Expected net sales of an hour: own sales and those of the prior hours over the hours of both."""
    brought = own_minor * float(MINUTES_PER_HOUR) + np.maximum(audience, 1) * prior
    return np.asarray(brought / (minutes + _PRIOR_MINUTES), dtype=np.float64)


def exact_factors(of: Terms, own_minor: int, minutes: int, audience: int, card_minor: int) -> tuple[Fraction, Fraction]:
    """Expected sales and chance of acceptance by `score` itself: both depend on the sums over a host's shows only."""
    host = _stand_in(of.brief, own_minor, minutes, audience, card_minor)
    sales, _ = score.expected_sales(of.brief, host, of.rate)
    return sales, score.acceptance_chance(of.brief, host, sales)


def whole_millinats(values: Floats, exact: Exact) -> Wholes:
    """`score.millinats` of each value; `exact` tells the true value at a place."""
    logarithms = np.log(values) * score.MILLINATS
    rounded = np.rint(logarithms)
    doubtful = np.abs(logarithms - rounded) > 0.5 - DOUBT_MILLINATS
    if doubtful.any():
        for place in np.flatnonzero(doubtful):
            rounded[place] = score.millinats(exact(int(place)))
    return np.asarray(rounded, dtype=np.int64)


def kept_and_reliable(sold: Wholes, returned: Wholes, shows: Wholes, delivered: Wholes) -> Wholes:
    """Millinats of returns and of reliability together, which no brief changes."""
    low, high = score.KEPT_BOUNDS

    def kept(place: int) -> Fraction:
        rate = (int(returned[place]) + score.PRIOR_RETURNS * score.PRIOR_UNITS) / (int(sold[place]) + score.PRIOR_UNITS)
        return min(high, max(low, 1 - rate))

    def reliable(place: int) -> Fraction:
        return (int(delivered[place]) + score.PRIOR_RELIABILITY * score.PRIOR_SHOWS) / Fraction(int(shows[place]) + score.PRIOR_SHOWS)

    keeps = (sold - returned + float((1 - score.PRIOR_RETURNS) * score.PRIOR_UNITS)) / (sold + float(score.PRIOR_UNITS))
    shares = (delivered + float(score.PRIOR_RELIABILITY * score.PRIOR_SHOWS)) / (shows + float(score.PRIOR_SHOWS))
    return whole_millinats(np.clip(keeps, float(low), float(high)), kept) + whole_millinats(shares, reliable)


def fit_by_place(places: int) -> Wholes:
    """Millinats of fit for the first places of a host's categories."""
    fits = [score.millinats(max(score.WORST_FIT, 1 - score.FIT_LOST_PER_PLACE * place)) for place in range(places)]
    return np.array(fits, dtype=np.int64)


def log_millinats(value: float) -> float:
    """Not rounded; for bounds."""
    return score.MILLINATS * log(value)


def millinats_float(values: Floats) -> Floats:
    """Not rounded; for bounds."""
    return np.asarray(np.log(values) * score.MILLINATS, dtype=np.float64)


def prior_rate(sales_minor: int, follower_minutes: int) -> Fraction:
    """`score.category_rate` from sums over hosts."""
    sales = Fraction(score.PRIOR_MINOR_PER_1000_FOLLOWER_HOURS * score.PRIOR_FOLLOWER_HOURS, 1_000) + sales_minor
    return sales / (score.PRIOR_FOLLOWER_HOURS + Fraction(follower_minutes, MINUTES_PER_HOUR))


def _stand_in(brief: Brief, own_minor: int, minutes: int, audience: int, card_minor: int) -> Candidate:
    show = PastShow(
        category=brief.category,
        currency=brief.currency,
        net_sales_minor=own_minor,
        minutes=minutes,
        units_sold=0,
        units_returned=0,
        delivered=True,
    )
    return Candidate(
        creator_id="",
        name="",
        categories=(),
        refused_categories=(),
        languages=(),
        markets=(),
        audiences={brief.platform: audience},
        rate_card_minor=card_minor,
        currency=brief.currency,
        minimum_commission_basis_points=0,
        busy_windows=(),
        can_be_paid=True,
        bound_to_competitor=False,
        past_shows=(show,),
    )

"""How good a host is for a brief, as factors that add up.

score = expected net sales x chance that the host accepts x (1 - expected return rate) x reliability x fit, in log space: each factor is a
whole number of thousandths of a natural logarithm (millinats), and the score is their plain sum. All quantities are exact fractions; the
logarithms are taken with `decimal` at a fixed precision, so the same input gives the same integers on every machine. No float anywhere.

Expected values come from the host's own shows, shrunk towards hosts like it (`expectation`, `priors`): a host without shows gets the prior,
never zero, and the reason says how much the own record counts. Expected sales are the middle of what is likely, for ranking by the mean
would pay for uncertainty (ADR 37).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

from chalicelib.core.money import BASIS_POINTS_OF_ONE, round_half_away
from chalicelib.matching.expectation import Estimate, amount, estimate, micronats
from chalicelib.matching.priors import MINUTES_OF_AN_HOUR, START_PRIORS, Priors
from chalicelib.matching.rules import Brief, Candidate, PastShow, audience_on

MILLINATS = 1_000
MICRONATS_OF_A_MILLINAT = 1_000
CHANCE_BOUNDS = (Fraction(5, 100), Fraction(95, 100))
KEPT_BOUNDS = (Fraction(1, 100), Fraction(1))
FIT_LOST_PER_PLACE = Fraction(5, 100)
WORST_FIT = Fraction(1, 2)
_LOG_CONTEXT = Context(prec=28)


class Factor(StrEnum):
    """What the score is made of."""

    SALES = "expected_sales"
    ACCEPTANCE = "acceptance"
    RETURNS = "returns"
    RELIABILITY = "reliability"
    FIT = "fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """What one show is expected to sell.

    `expected` minor units are as likely to be exceeded as missed, eight of ten shows are between `low` and `high`; `own` (0 to 1) is the
    part of the own record in that, over `shows` shows.
    """

    estimate: Estimate
    expected: Fraction
    low: Fraction
    high: Fraction
    shows: int

    @property
    def own(self) -> Fraction:
        """How much the expectation rests on the own record."""
        return self.estimate.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A host's factors in millinats. The score is their sum."""

    creator_id: str
    millinats: dict[Factor, int]
    sales: Sales
    chance: Fraction

    @property
    def score_millinats(self) -> int:
        """The sum of the factors."""
        return sum(self.millinats.values())

    @property
    def is_new(self) -> bool:
        """Whether it has no show in the brief's category."""
        return self.sales.shows == 0


def order(brief: Brief, hosts: Sequence[Candidate], priors: Priors = START_PRIORS) -> list[Scored]:
    """The hosts, best first; equal scores by id. Hosts that fail a filter must have been left out before."""
    return sorted((scored(brief, host, priors) for host in hosts), key=lambda found: (-found.score_millinats, found.creator_id))


def scored(brief: Brief, host: Candidate, priors: Priors = START_PRIORS) -> Scored:
    """One host's factors."""
    sales = expected_sales(brief, host, priors)
    chance = acceptance_chance(brief, host, sales.expected)
    low, high = KEPT_BOUNDS
    return Scored(
        creator_id=host.creator_id,
        millinats={
            Factor.SALES: sales_millinats(brief, sales.estimate),
            Factor.ACCEPTANCE: millinats(chance),
            Factor.RETURNS: millinats(min(high, max(low, 1 - return_rate(host, priors)))),
            Factor.RELIABILITY: millinats(reliability(host, priors)),
            Factor.FIT: millinats(fit(brief, host)),
        },
        sales=sales,
        chance=chance,
    )


def expected_sales(brief: Brief, host: Candidate, priors: Priors = START_PRIORS) -> Sales:
    """Expected net sales of one show of the brief's length, in minor units."""
    shows = record(brief, host)
    model = priors.model(brief.platform, brief.currency)
    found = estimate(model, brief.category.casefold(), audience_on(brief.platform, host), priors.record(host, shows))
    hours = hours_of(brief)
    low, high = found.likely()
    return Sales(estimate=found, expected=amount(found.middle) * hours, low=low * hours, high=high * hours, shows=len(shows))


def sales_millinats(brief: Brief, found: Estimate) -> int:
    """Expected sales of a show as the score takes them: sales an hour and the hours of a show, as logarithms."""
    return round_half_away(Fraction(found.middle + micronats(hours_of(brief)), MICRONATS_OF_A_MILLINAT))


def acceptance_chance(brief: Brief, host: Candidate, sales: Fraction) -> Fraction:
    """Chance that the host takes these terms: fee plus expected commission against the rate card, even at equality."""
    low, high = CHANCE_BOUNDS
    if host.rate_card_minor == 0:
        return high
    worth = (brief.flat_fee_minor + commission(brief, sales)) / host.rate_card_minor
    return min(high, max(low, worth * worth / (1 + worth * worth)))


def return_rate(host: Candidate, priors: Priors = START_PRIORS) -> Fraction:
    """Expected share of units that come back, over all of the host's shows, shrunk towards the prior."""
    sold = sum(show.units_sold for show in host.past_shows)
    return priors.returns.with_own(sum(min(show.units_sold, show.units_returned) for show in host.past_shows), sold)


def reliability(host: Candidate, priors: Priors = START_PRIORS) -> Fraction:
    """Expected share of shows that are delivered, shrunk towards the prior."""
    return priors.reliability.with_own(sum(show.delivered for show in host.past_shows), len(host.past_shows))


def fit(brief: Brief, host: Candidate) -> Fraction:
    """1 for the category that the host names first, a little less for each place further down."""
    return max(WORST_FIT, 1 - FIT_LOST_PER_PLACE * place_of_category(brief, host))


def millinats(value: Fraction) -> int:
    """1000 x the natural logarithm of a positive fraction, rounded to a whole number."""
    numerator, denominator = Decimal(value.numerator), Decimal(value.denominator)
    logarithm = _LOG_CONTEXT.subtract(_LOG_CONTEXT.ln(numerator), _LOG_CONTEXT.ln(denominator))
    return int((logarithm * MILLINATS).to_integral_value())


def record(brief: Brief, host: Candidate) -> list[PastShow]:
    """Own shows that say something about this brief: delivered, in its category and its currency, for amounts never mix currencies."""
    same = brief.category.casefold()
    return [show for show in host.past_shows if show.delivered and show.category.casefold() == same and show.currency == brief.currency]


def place_of_category(brief: Brief, host: Candidate) -> int:
    """Where the brief's category stands among the host's, from 0; after the last where it is not among them."""
    names = [category.casefold() for category in host.categories]
    return names.index(brief.category.casefold()) if brief.category.casefold() in names else len(names)


def commission(brief: Brief, sales: Fraction) -> Fraction:
    """The host's share of sales, exactly."""
    return sales * brief.commission_basis_points / BASIS_POINTS_OF_ONE


def hours_of(brief: Brief) -> Fraction:
    """Length of one show, on average over the brief's windows."""
    return Fraction(sum(window.minutes for window in brief.windows), MINUTES_OF_AN_HOUR * len(brief.windows))

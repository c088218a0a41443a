"""How good a host is for a brief, as factors that add up.

score = expected net sales x chance that the host accepts x (1 - expected return rate) x reliability x fit, in log space: each factor is a
whole number of thousandths of a natural logarithm (millinats), and the score is their plain sum. All quantities are exact fractions; the
one logarithm is taken with `decimal` at a fixed precision, so the same input gives the same integers on every machine. No float anywhere.

Expected values come from the host's own shows, shrunk towards hosts like it: a host without shows gets the prior, never zero, and the
reason says how much the own record counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

from chalicelib.core.money import BASIS_POINTS_OF_ONE, for_people, round_half_away
from chalicelib.matching.rules import Brief, Candidate, PastShow, audience_on, percent

MILLINATS = 1_000
PRIOR_MINOR_PER_1000_FOLLOWER_HOURS = 500
"""What hosts sell per 1,000 followers and hour before anything is known: 5.00 in a two-digit currency."""
PRIOR_FOLLOWER_HOURS = 1_000_000
"""How much record a category needs before its own rate counts as much as the prior."""
PRIOR_HOURS = 4
"""How many own hours count as much as the record of hosts like this one."""
PRIOR_RETURNS = Fraction(10, 100)
"""10 of 100 units: the return rate of a host without record."""
PRIOR_UNITS = 100
PRIOR_RELIABILITY = Fraction(9, 10)
PRIOR_SHOWS = 10
LEAST_SALES_MINOR = 1
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
class Reason:
    """One factor: what it adds to the score, and why, in a booker's words."""

    factor: Factor
    millinats: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A host that fits, with the reasons for its place. `score_millinats` is the sum of the reasons."""

    creator_id: str
    name: str
    score_millinats: int
    reasons: tuple[Reason, ...]
    expected_sales_minor: int
    own_record_basis_points: int
    """How much the expectation rests on the host's own shows; the rest is the prior of hosts like it."""
    fee_likely_minor: int
    """The fee a show that is likely to be accepted."""


def rank(brief: Brief, hosts: Sequence[Candidate]) -> list[Match]:
    """The hosts, best first; equal scores by id. Hosts that fail a filter must have been left out before."""
    rate = category_rate(brief, hosts)
    return sorted((match(brief, host, rate) for host in hosts), key=lambda found: (-found.score_millinats, found.creator_id))


def category_rate(brief: Brief, hosts: Iterable[Candidate]) -> Fraction:
    """Net sales in minor units per follower and hour in the brief's category, shrunk towards the prior."""
    sales = Fraction(PRIOR_MINOR_PER_1000_FOLLOWER_HOURS * PRIOR_FOLLOWER_HOURS, 1_000)
    follower_hours = Fraction(PRIOR_FOLLOWER_HOURS)
    for host in hosts:
        for show in _record(brief, host):
            sales += max(0, show.net_sales_minor)
            follower_hours += audience_on(brief.platform, host) * _hours(show.minutes)
    return sales / follower_hours


def match(brief: Brief, host: Candidate, rate: Fraction) -> Match:
    """One host's place: factors with their reasons, and their sum."""
    sales, own = expected_sales(brief, host, rate)
    expected_minor = round_half_away(sales)
    reasons = (
        _sales_reason(brief, host, sales, own),
        _acceptance_reason(brief, host, sales),
        _returns_reason(host),
        _reliability_reason(host),
        _fit_reason(brief, host),
    )
    return Match(
        creator_id=host.creator_id,
        name=host.name,
        score_millinats=sum(reason.millinats for reason in reasons),
        reasons=reasons,
        expected_sales_minor=expected_minor,
        own_record_basis_points=round_half_away(own * BASIS_POINTS_OF_ONE),
        fee_likely_minor=max(brief.flat_fee_minor, host.rate_card_minor - round_half_away(_commission(brief, sales))),
    )


def expected_sales(brief: Brief, host: Candidate, rate: Fraction) -> tuple[Fraction, Fraction]:
    """Expected net sales of one show in minor units, and how much of that is the host's own record (0 to 1)."""
    shows = _record(brief, host)
    own_hours = sum((_hours(show.minutes) for show in shows), Fraction(0))
    own_sales = sum(max(0, show.net_sales_minor) for show in shows)
    prior_per_hour = rate * max(1, audience_on(brief.platform, host))
    per_hour = (own_sales + PRIOR_HOURS * prior_per_hour) / (own_hours + PRIOR_HOURS)
    hours = _hours(sum(window.minutes for window in brief.windows)) / len(brief.windows)
    return max(Fraction(LEAST_SALES_MINOR), per_hour * hours), own_hours / (own_hours + PRIOR_HOURS)


def acceptance_chance(brief: Brief, host: Candidate, sales: Fraction) -> Fraction:
    """Chance that the host takes these terms: fee plus expected commission against the rate card, even at equality."""
    low, high = CHANCE_BOUNDS
    if host.rate_card_minor == 0:
        return high
    worth = (brief.flat_fee_minor + _commission(brief, sales)) / host.rate_card_minor
    return min(high, max(low, worth * worth / (1 + worth * worth)))


def return_rate(host: Candidate) -> Fraction:
    """Expected share of units that come back, over all of the host's shows, shrunk towards the prior."""
    sold = sum(show.units_sold for show in host.past_shows)
    returned = sum(min(show.units_sold, show.units_returned) for show in host.past_shows)
    return (returned + PRIOR_RETURNS * PRIOR_UNITS) / (sold + PRIOR_UNITS)


def reliability(host: Candidate) -> Fraction:
    """Expected share of shows that are delivered, shrunk towards the prior."""
    delivered = sum(show.delivered for show in host.past_shows)
    return (delivered + PRIOR_RELIABILITY * PRIOR_SHOWS) / (len(host.past_shows) + PRIOR_SHOWS)


def fit(brief: Brief, host: Candidate) -> Fraction:
    """1 for the category that the host names first, a little less for each place further down."""
    return max(WORST_FIT, 1 - FIT_LOST_PER_PLACE * _place(brief, host))


def millinats(value: Fraction) -> int:
    """1000 x the natural logarithm of a positive fraction, rounded to a whole number."""
    numerator, denominator = Decimal(value.numerator), Decimal(value.denominator)
    logarithm = _LOG_CONTEXT.subtract(_LOG_CONTEXT.ln(numerator), _LOG_CONTEXT.ln(denominator))
    return int((logarithm * MILLINATS).to_integral_value())


def _sales_reason(brief: Brief, host: Candidate, sales: Fraction, own: Fraction) -> Reason:
    shows = len(_record(brief, host))
    record = (
        f"{shows} own shows in {brief.category} count for {_percent(own)}"
        if shows
        else f"no own shows in {brief.category} yet, so as hosts like this"
    )
    sentence = f"Expected to sell about {for_people(round_half_away(sales), brief.currency)} {brief.currency} a show ({record})."
    return Reason(factor=Factor.SALES, millinats=millinats(sales), sentence=sentence)


def _acceptance_reason(brief: Brief, host: Candidate, sales: Fraction) -> Reason:
    chance = acceptance_chance(brief, host, sales)
    worth = for_people(round_half_away(brief.flat_fee_minor + _commission(brief, sales)), brief.currency)
    card = for_people(host.rate_card_minor, brief.currency)
    sentence = f"Likely to accept ({_percent(chance)}): the terms are worth about {worth} against a rate card of {card} {brief.currency}."
    return Reason(factor=Factor.ACCEPTANCE, millinats=millinats(chance), sentence=sentence)


def _returns_reason(host: Candidate) -> Reason:
    rate = return_rate(host)
    low, high = KEPT_BOUNDS
    sentence = f"About {_percent(rate)} of what is sold is expected back."
    return Reason(factor=Factor.RETURNS, millinats=millinats(min(high, max(low, 1 - rate))), sentence=sentence)


def _reliability_reason(host: Candidate) -> Reason:
    share = reliability(host)
    delivered = sum(show.delivered for show in host.past_shows)
    sentence = f"Delivered {delivered} of {len(host.past_shows)} shows so far; expected to deliver {_percent(share)}."
    return Reason(factor=Factor.RELIABILITY, millinats=millinats(share), sentence=sentence)


def _fit_reason(brief: Brief, host: Candidate) -> Reason:
    sentence = f"{brief.category} is number {_place(brief, host) + 1} of the host's categories."
    return Reason(factor=Factor.FIT, millinats=millinats(fit(brief, host)), sentence=sentence)


def _record(brief: Brief, host: Candidate) -> list[PastShow]:
    """Own shows that say something about this brief: its category and its currency, for amounts never mix currencies."""
    same = brief.category.casefold()
    return [show for show in host.past_shows if show.category.casefold() == same and show.currency == brief.currency]


def _place(brief: Brief, host: Candidate) -> int:
    names = [category.casefold() for category in host.categories]
    return names.index(brief.category.casefold()) if brief.category.casefold() in names else len(names)


def _commission(brief: Brief, sales: Fraction) -> Fraction:
    return sales * brief.commission_basis_points / BASIS_POINTS_OF_ONE


def _hours(minutes: int) -> Fraction:
    return Fraction(minutes, 60)


def _percent(share: Fraction) -> str:
    return percent(round_half_away(share * 100) * 100)

"""Ranked hosts with the reasons for their places, in the words of somebody who books: what was sold, against whom, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

from chalicelib.core.money import BASIS_POINTS_OF_ONE, for_people, round_half_away
from chalicelib.core.words import plural
from chalicelib.matching.expectation import Record, amount
from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import Brief, Candidate, audience_on, percent
from chalicelib.matching.score import (
    Factor,
    Scored,
    commission,
    order,
    place_of_category,
    record,
    reliability,
    return_rate,
    scored,
)

PROMISING_EVERY = 5
"""Of each five places one goes to a host without shows in the category, where there is one."""
LIKELY, UNLIKELY = 60, 40
"""Per cent of chance from which on, and up to which, acceptance is called so; in between a host may accept."""
PROMISING_SHARE_BASIS_POINTS = BASIS_POINTS_OF_ONE // PROMISING_EVERY


class Ranked(Protocol):
    """A host in a ranking."""

    @property
    def creator_id(self) -> str:
        """Who it is."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether it has no show in the category."""
        ...


R = TypeVar("R", bound=Ranked)


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
    likely_from_minor: int
    likely_to_minor: int
    """Eight of ten shows are expected to sell between these two."""
    own_record_basis_points: int
    """How much the expectation rests on the host's own shows; the rest is the prior of hosts like it."""
    fee_likely_minor: int
    """The fee a show that is likely to be accepted."""
    is_promising: bool = False
    """Whether the place is one of those kept for hosts without shows in the category."""


def rank(brief: Brief, hosts: Sequence[Candidate], priors: Priors = START_PRIORS) -> list[Match]:
    """The hosts, best first, with their reasons; equal scores by id. Hosts that fail a filter must have been left out before."""
    by_id = {host.creator_id: host for host in hosts}
    return [explained(brief, by_id[each.creator_id], each, priors) for each in order(brief, hosts, priors)]


def match(brief: Brief, host: Candidate, priors: Priors = START_PRIORS) -> Match:
    """One host's factors with their reasons, and their sum."""
    return explained(brief, host, scored(brief, host, priors), priors)


def places(ordered: Sequence[R], count: int) -> list[tuple[R, bool]]:
    """The hosts that are shown, and for each whether it is one of the promising.

    Every fifth place is kept for the best host without shows in the category who would not have stood there or above by score alone.
    """
    new = {each.creator_id for each in ordered if each.is_new}
    shown: list[tuple[R, bool]] = []
    left = list(ordered)
    while left and len(shown) < count:
        block = [each.creator_id for each, _ in shown[-(PROMISING_EVERY - 1) :]]
        due = len(shown) % PROMISING_EVERY == PROMISING_EVERY - 1 and not new & set(block)
        chosen = next((each for each in left if each.creator_id in new), left[0]) if due else left[0]
        shown.append((chosen, chosen is not left[0]))
        left.remove(chosen)
    return shown


def explained(brief: Brief, host: Candidate, found: Scored, priors: Priors, *, is_promising: bool = False) -> Match:
    """The host's factors in words."""
    sentences = {
        Factor.SALES: _sales(brief, host, found, priors),
        Factor.ACCEPTANCE: _acceptance(brief, host, found),
        Factor.RETURNS: _returns(host, priors),
        Factor.RELIABILITY: _reliability(host, priors),
        Factor.FIT: _fit(brief, host),
    }
    sales = found.sales
    return Match(
        creator_id=host.creator_id,
        name=host.name,
        score_millinats=found.score_millinats,
        reasons=tuple(Reason(factor=factor, millinats=found.millinats[factor], sentence=sentences[factor]) for factor in Factor),
        expected_sales_minor=round_half_away(sales.expected),
        likely_from_minor=round_half_away(sales.low),
        likely_to_minor=round_half_away(sales.high),
        own_record_basis_points=round_half_away(sales.own * BASIS_POINTS_OF_ONE),
        fee_likely_minor=max(brief.flat_fee_minor, host.rate_card_minor - round_half_away(commission(brief, sales.expected))),
        is_promising=is_promising,
    )


def _sales(brief: Brief, host: Candidate, found: Scored, priors: Priors) -> str:
    sales = found.sales
    likely = f"{_money(sales.low, brief)} to {_money(sales.high, brief)} {brief.currency} in eight of ten"
    expected = f"about {_money(sales.expected, brief)} {brief.currency} a show, {likely}"
    own = priors.record(host, record(brief, host))
    if not own.weight:
        followers = audience_on(brief.platform, host)
        usual = f"as hosts with {plural(followers, 'follower')} on {brief.platform} usually do"
        return f"{_nothing_known(brief, host, sales.shows)}, so {usual}: {expected}."
    told = f"Sold {_times(brief, own, priors)} per hour in {_shows(sales.shows)}"
    return f"{told}. Expected: {expected} (the own record counts for {_percent(sales.own)})."


def _nothing_known(brief: Brief, host: Candidate, shows: int) -> str:
    if shows:
        return f"{_shows(shows)} in {brief.category}, too long ago to count"
    if any(show.category.casefold() == brief.category.casefold() and show.delivered for show in host.past_shows):
        return f"No shows in {brief.category} that sold in {brief.currency} yet"
    return f"No shows in {brief.category} yet"


def _times(brief: Brief, own: Record, priors: Priors) -> str:
    """``2.1x the category's median``: the middle of the own shows, recent ones counting more, against the middle of the category."""
    model = priors.model(brief.platform, brief.currency)
    middle = round_half_away(Fraction(own.weighted_micronats, own.weight))
    if not model.hosts:
        return f"about {_money(amount(middle), brief)} {brief.currency}"
    tenths = round_half_away(amount(middle - model.median(brief.category.casefold())) * 10)
    return f"{tenths // 10}.{tenths % 10}x the category's median" if tenths else "less than 0.1x the category's median"


def _acceptance(brief: Brief, host: Candidate, found: Scored) -> str:
    worth = _money(brief.flat_fee_minor + commission(brief, found.sales.expected), brief)
    card = for_people(host.rate_card_minor, brief.currency)
    hundredths = round_half_away(found.chance * 100)
    likely = "Likely to" if hundredths >= LIKELY else "Unlikely to" if hundredths <= UNLIKELY else "May"
    return f"{likely} accept ({_percent(found.chance)}): the terms are worth about {worth} against a rate card of {card} {brief.currency}."


def _returns(host: Candidate, priors: Priors) -> str:
    sold = sum(show.units_sold for show in host.past_shows)
    known = f"of {plural(sold, 'unit')} sold, {sum(min(show.units_sold, show.units_returned) for show in host.past_shows):,} came back"
    return f"About {_percent(return_rate(host, priors))} of what is sold is expected back ({known if sold else 'as hosts in general'})."


def _reliability(host: Candidate, priors: Priors) -> str:
    delivered, expected = sum(show.delivered for show in host.past_shows), _percent(reliability(host, priors))
    told = f"Delivered {delivered:,} of {_shows(len(host.past_shows))} so far" if host.past_shows else "No shows so far"
    return f"{told}; expected to deliver {expected}."


def _fit(brief: Brief, host: Candidate) -> str:
    place, count = place_of_category(brief, host), len(host.categories)
    if place == count:
        return f"{brief.category} is not among the host's categories."
    if count == 1:
        return f"{brief.category} is the host's only category."
    return f"{brief.category} is number {place + 1} of the host's {count} categories."


def _shows(count: int) -> str:
    return plural(count, "show")


def _money(minor: Fraction, brief: Brief) -> str:
    return for_people(round_half_away(minor), brief.currency)


def _percent(share: Fraction) -> str:
    return percent(round_half_away(share * 100) * 100)

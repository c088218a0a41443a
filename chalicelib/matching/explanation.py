"""Ranked hosts with the reasons for their places, in the words of somebody who books: what was sold, against whom, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.core.money import BASIS_POINTS_OF_ONE, for_people, round_half_away
from chalicelib.matching.expectation import Record, amount
from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import Brief, Candidate, percent
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
PROMISING_SHARE_BASIS_POINTS = BASIS_POINTS_OF_ONE // PROMISING_EVERY


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


def places(ordered: Sequence[Scored], count: int) -> list[tuple[Scored, bool]]:
    """The hosts that are shown, and for each whether it is one of the promising.

    Every fifth place is kept for the best host without shows in the category who would not have stood there or above by score alone.
    """
    new = {each.creator_id for each in ordered if each.sales.shows == 0}
    shown: list[tuple[Scored, bool]] = []
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
        Factor.FIT: f"{brief.category} is number {place_of_category(brief, host) + 1} of the host's categories.",
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
    if not sales.shows:
        return f"No shows in {brief.category} yet, so as hosts like this: {expected}."
    own = priors.record(host, record(brief, host))
    told = f"Sold {_times(brief, own, priors)} per hour in {_shows(sales.shows)}" if own.weight else f"{_shows(sales.shows)}, all long ago"
    return f"{told}. Expected: {expected} (the own record counts for {_percent(sales.own)})."


def _times(brief: Brief, own: Record, priors: Priors) -> str:
    """``2.1x the category's median``: the middle of the own shows, recent ones counting more, against the middle of the category."""
    model = priors.model(brief.platform, brief.currency)
    middle = round_half_away(Fraction(own.weighted_micronats, own.weight))
    if not model.hosts:
        return f"about {_money(amount(middle), brief)} {brief.currency}"
    tenths = round_half_away(amount(middle - model.median(brief.category.casefold())) * 10)
    return f"{tenths // 10}.{tenths % 10}x the category's median"


def _acceptance(brief: Brief, host: Candidate, found: Scored) -> str:
    worth = _money(brief.flat_fee_minor + commission(brief, found.sales.expected), brief)
    card = for_people(host.rate_card_minor, brief.currency)
    return f"Likely to accept ({_percent(found.chance)}): the terms are worth about {worth} against a rate card of {card} {brief.currency}."


def _returns(host: Candidate, priors: Priors) -> str:
    sold = sum(show.units_sold for show in host.past_shows)
    known = f"of {sold:,} units sold, {sum(min(show.units_sold, show.units_returned) for show in host.past_shows):,} came back"
    return f"About {_percent(return_rate(host, priors))} of what is sold is expected back ({known if sold else 'as hosts in general'})."


def _reliability(host: Candidate, priors: Priors) -> str:
    delivered = sum(show.delivered for show in host.past_shows)
    return f"Delivered {delivered} of {len(host.past_shows)} shows so far; expected to deliver {_percent(reliability(host, priors))}."


def _shows(count: int) -> str:
    return f"{count:,} show{'' if count == 1 else 's'}"


def _money(minor: Fraction, brief: Brief) -> str:
    return for_people(round_half_away(minor), brief.currency)


def _percent(share: Fraction) -> str:
    return percent(round_half_away(share * 100) * 100)

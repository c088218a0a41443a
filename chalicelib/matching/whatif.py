"""What would have to change for another place: a fee that lifts a host that is ranked, and what lets in one that is left out.

Each statement is found by running the ranking again with the change, so it holds as it is said.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from chalicelib.core.money import with_currency
from chalicelib.matching.rules import Brief, BriefWindow, Candidate, Failed, Filter, audience_on, percent
from chalicelib.matching.score import Factor, Scored, acceptance_chance, millinats

Keys = Sequence[tuple[int, str]]
"""Of ranked hosts, best first: minus the score, and the id."""
Moves = Mapping[datetime, datetime]
"""Starts of windows in which a host is not free -> the nearest start on that day at which it is."""
NOT_NEAR = "Is not free near that time."


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFee:
    """The smallest fee a show that would put a host in `place` by score, while all others are offered what the brief says."""

    fee_minor: int
    place: int
    place_now: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A filter that failed, and what would pass it. `brief` is the brief so changed; None where only the host can change it."""

    filter: Filter
    sentence: str
    brief: Brief | None


def keys_of(ordered: Sequence[Scored]) -> list[tuple[int, str]]:
    """What hosts are ordered by."""
    return [(-each.score_millinats, each.creator_id) for each in ordered]


def with_another_fee(brief: Brief, host: Candidate, now: Scored, keys: Keys) -> OtherFee | None:
    """The fee for the best place that the budget reaches; None where a higher fee changes nothing."""
    place_now = bisect_left(keys, (-now.score_millinats, now.creator_id)) + 1
    most = brief.budget_minor // len(brief.windows)
    best = _place(brief, host, now, keys, most) if most > brief.flat_fee_minor else place_now
    if best >= place_now:
        return None
    low, high = brief.flat_fee_minor, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _place(brief, host, now, keys, middle) == best else (middle, high)
    sentence = f"With a fee of {with_currency(high, brief.currency)} a show it would be number {best} by score, not {place_now}."
    return OtherFee(fee_minor=high, place=best, place_now=place_now, sentence=sentence)


def remedies(brief: Brief, host: Candidate, failed: Sequence[Failed], moves: Moves) -> tuple[Remedy, ...]:
    """For each filter that failed, in the same order, what would pass it."""
    return tuple(_remedy(brief, host, each.filter, moves) for each in failed)


def changed(brief: Brief, host: Candidate, failed: Sequence[Failed], moves: Moves) -> Brief:
    """The brief with everything changed that the brand can change for this host."""
    for each in failed:
        brief = _remedy(brief, host, each.filter, moves).brief or brief
    return brief


def _place(brief: Brief, host: Candidate, now: Scored, keys: Keys, fee_minor: int) -> int:
    """The place by score with another fee; `keys` has the host itself, behind which it cannot fall with a higher fee."""
    chance = acceptance_chance(replace(brief, flat_fee_minor=fee_minor), host, now.sales.expected)
    score = now.score_millinats - now.millinats[Factor.ACCEPTANCE] + millinats(chance)
    return bisect_left(keys, (-score, host.creator_id)) + 1


def _remedy(brief: Brief, host: Candidate, failed: Filter, moves: Moves) -> Remedy:
    if failed in _BY_HOST:
        return Remedy(filter=failed, sentence=_BY_HOST[failed](brief), brief=None)
    sentence, better = _BY_BRAND[failed](brief, host) if failed is not Filter.AVAILABILITY else _move(brief, host, moves)
    return Remedy(filter=failed, sentence=sentence, brief=better)


def _move(brief: Brief, host: Candidate, moves: Moves) -> tuple[str, Brief | None]:
    busy = {window.starts_at for window in host.busy_windows}
    windows = tuple(replace(each, starts_at=moves.get(each.starts_at, each.starts_at)) for each in brief.windows)
    if not busy <= set(moves) or _overlap(windows):
        return NOT_NEAR, None
    told = ", ".join(f"{moves[start]:%Y-%m-%d %H:%M} UTC instead of {start:%H:%M}" for start in sorted(busy))
    return f"Is free at {told}.", replace(brief, windows=windows)


def _overlap(windows: Sequence[BriefWindow]) -> bool:
    """Whether two shows would be on at once."""
    spans = sorted((each.starts_at, each.minutes) for each in windows)
    return any((after - start).total_seconds() < minutes * 60 for (start, minutes), (after, _) in pairwise(spans))


def _audience(brief: Brief, host: Candidate) -> tuple[str, Brief | None]:
    audience = audience_on(brief.platform, host)
    return f"Ask for {audience:,} followers at least.", replace(brief, minimum_audience=audience)


def _budget(brief: Brief, host: Candidate) -> tuple[str, Brief | None]:
    if host.currency != brief.currency:
        return f"Post the brief in {host.currency}.", None
    budget = max(brief.budget_minor, host.rate_card_minor * len(brief.windows))
    return f"Raise the budget to {with_currency(budget, brief.currency)}.", replace(brief, budget_minor=budget)


def _excluded(brief: Brief, host: Candidate) -> tuple[str, Brief | None]:
    left = tuple(each for each in brief.excluded_creator_ids if each != host.creator_id)
    return "Take the host off the list of those excluded.", replace(brief, excluded_creator_ids=left)


def _minimum_terms(brief: Brief, host: Candidate) -> tuple[str, Brief | None]:
    least = host.minimum_commission_basis_points
    return f"Offer a commission of {percent(least)}.", replace(brief, commission_basis_points=least)


_BY_BRAND: Mapping[Filter, Callable[[Brief, Candidate], tuple[str, Brief | None]]] = {
    Filter.AUDIENCE: _audience,
    Filter.BUDGET: _budget,
    Filter.EXCLUDED: _excluded,
    Filter.MINIMUM_TERMS: _minimum_terms,
}
_BY_HOST: Mapping[Filter, Callable[[Brief], str]] = {
    Filter.MARKET: lambda brief: f"The host would have to sell in {brief.market}.",
    Filter.LANGUAGE: lambda brief: f"The host would have to speak {brief.language}.",
    Filter.PLATFORM: lambda brief: f"The host would have to be on {brief.platform}.",
    Filter.CATEGORY: lambda brief: f"The host would have to take up {brief.category}.",
    Filter.BRAND_SAFETY: lambda brief: f"The host would have to work for {brief.category}.",
    Filter.EXCLUSIVITY: lambda brief: f"The host's promise to another brand in {brief.category} would have to end before.",
    Filter.PAYABLE: lambda _: "The host would have to connect an account that payouts can go to.",
}

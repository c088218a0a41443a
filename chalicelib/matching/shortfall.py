"""Why so few hosts fit a brief: how many each filter keeps out, how many it alone does, and the smallest changes that let somebody in.

A host that one filter alone keeps out comes in as soon as that filter is passed, so its own figures say what would do.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.core.money import LARGEST_MINOR, with_currency
from chalicelib.core.words import plural
from chalicelib.matching.rules import ANY_MARKET, Brief, Candidate, Failed, Filter, audience_on, percent

MOST_MOVED = timedelta(hours=3)
STEP = timedelta(minutes=30)
MAX_WORDS_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Figures of the hosts that one filter alone keeps out, and how many hosts have each."""

    cards_minor: Mapping[int, int] = field(default_factory=dict)
    """In the brief's currency; hosts that price in another are not among them."""
    audiences: Mapping[int, int] = field(default_factory=dict)
    commissions: Mapping[int, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    markets: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[timedelta, int] = field(default_factory=dict)
    """By how far all shows would have to move; the nearest only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """All hosts, counted for one brief: in `failed` for each filter that a host does not pass, in `alone` if that is the only one."""

    hosts: int
    fitting: int
    failed: Mapping[Filter, int]
    alone: Mapping[Filter, int]
    near: Near = field(default_factory=Near)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A change of the brief that lets `hosts` in, who all pass every other filter; `brief` is the brief so changed."""

    filter: Filter
    sentence: str
    hosts: int
    brief: Brief


Left = tuple[Candidate, tuple[Failed, ...]]
"""A host and every filter that it fails, none of which means that it fits."""


def tally(brief: Brief, hosts: Sequence[Left], moved: Mapping[timedelta, int]) -> Tally:
    """Count hosts that have been looked at one by one; `moved` as in `Near`."""
    alone = [(host, failed[0].filter) for host, failed in hosts if len(failed) == 1]

    def only(name: Filter) -> list[Candidate]:
        return [host for host, failed in alone if failed is name]

    return Tally(
        hosts=len(hosts),
        fitting=sum(not failed for _, failed in hosts),
        failed=_in_order(Counter(each.filter for _, failed in hosts for each in failed)),
        alone=_in_order(Counter(failed for _, failed in alone)),
        near=Near(
            cards_minor=Counter(host.rate_card_minor for host in only(Filter.BUDGET) if host.currency == brief.currency),
            audiences=Counter(audience_on(brief.platform, host) for host in only(Filter.AUDIENCE)),
            commissions=Counter(host.minimum_commission_basis_points for host in only(Filter.MINIMUM_TERMS)),
            languages=Counter(word for host in only(Filter.LANGUAGE) for word in {each.casefold() for each in host.languages}),
            markets=Counter(word for host in only(Filter.MARKET) for word in {each.casefold() for each in host.markets}),
            moved=moved,
        ),
    )


def _in_order(counts: Mapping[Filter, int]) -> dict[Filter, int]:
    return {name: counts[name] for name in Filter if counts.get(name)}


def shifts(brief: Brief, now: datetime) -> list[tuple[timedelta, ...]]:
    """How far all shows could be moved, the nearest first: later and, where that lies ahead, earlier."""
    first = min((window.starts_at for window in brief.windows), default=now)
    pairs = [(step * STEP, -step * STEP) for step in range(1, MOST_MOVED // STEP + 1)]
    return [tuple(each for each in pair if first + each > now) for pair in pairs]


def moved_by(brief: Brief, by: timedelta) -> Brief:
    """The brief with all of its shows moved."""
    return replace(brief, windows=tuple(replace(window, starts_at=window.starts_at + by) for window in brief.windows))


def relaxations(brief: Brief, counted: Tally) -> tuple[Relaxation, ...]:
    """For a brief that nobody fits: the smallest change of each thing that the brand can change. None is told where hosts fit."""
    if counted.fitting:
        return ()
    return tuple(
        Relaxation(filter=name, sentence=f"{words}: {plural(hosts, 'host')}.", hosts=hosts, brief=changed)
        for name, changes in _CHANGES.items()
        for words, hosts, changed in changes(brief, counted)
        if hosts
    )


Change = tuple[str, int, Brief]
"""What to do, how many hosts it lets in, and the brief so changed."""


def _time(brief: Brief, counted: Tally) -> Iterator[Change]:
    shows = "the show" if len(brief.windows) == 1 else "all shows"
    for by, hosts in counted.near.moved.items():
        yield f"Move {shows} {_told(by)}", hosts, moved_by(brief, by)


def _budget(brief: Brief, counted: Tally) -> Iterator[Change]:
    shows = len(brief.windows)
    cards = {card: hosts for card, hosts in counted.near.cards_minor.items() if card * shows <= LARGEST_MINOR}
    for card, hosts in _nearest_and_all(cards):
        budget = with_currency(card * shows, brief.currency)
        yield f"Raise the budget to {budget}", hosts, replace(brief, budget_minor=card * shows)


def _audience(brief: Brief, counted: Tally) -> Iterator[Change]:
    for audience, hosts in _nearest_and_all(counted.near.audiences, from_above=True):
        yield f"Ask for {plural(audience, 'follower')} on {brief.platform} at least", hosts, replace(brief, minimum_audience=audience)


def _commission(brief: Brief, counted: Tally) -> Iterator[Change]:
    for least, hosts in _nearest_and_all(counted.near.commissions):
        yield f"Offer a commission of {percent(least)}", hosts, replace(brief, commission_basis_points=least)


def _language(brief: Brief, counted: Tally) -> Iterator[Change]:
    for word, hosts in _most(counted.near.languages):
        yield f"Look for hosts who speak {word}", hosts, replace(brief, language=word)


def _market(brief: Brief, counted: Tally) -> Iterator[Change]:
    for word, hosts in _most(counted.near.markets):
        yield f"Look in {word}", hosts, replace(brief, market=word)
    yield "Look in any market", counted.alone.get(Filter.MARKET, 0), replace(brief, market=ANY_MARKET)


def _excluded(brief: Brief, counted: Tally) -> Iterator[Change]:
    yield "Exclude nobody", counted.alone.get(Filter.EXCLUDED, 0), replace(brief, excluded_creator_ids=())


_CHANGES: Mapping[Filter, Callable[[Brief, Tally], Iterator[Change]]] = {
    Filter.AVAILABILITY: _time,
    Filter.BUDGET: _budget,
    Filter.AUDIENCE: _audience,
    Filter.MINIMUM_TERMS: _commission,
    Filter.LANGUAGE: _language,
    Filter.MARKET: _market,
    Filter.EXCLUDED: _excluded,
}


def _nearest_and_all(counts: Mapping[int, int], *, from_above: bool = False) -> list[tuple[int, int]]:
    """The figure that lets the first hosts in, and the one that lets in all, each with how many there are up to it."""
    if not counts:
        return []
    ordered = sorted(counts, reverse=from_above)
    return list(dict.fromkeys([(ordered[0], counts[ordered[0]]), (ordered[-1], sum(counts.values()))]))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MAX_WORDS_NAMED]


def _told(by: timedelta) -> str:
    hours, minutes = divmod(abs(by) // timedelta(minutes=1), 60)
    length = " ".join(text for count, text in ((hours, f"{hours} h"), (minutes, f"{minutes} min")) if count)
    return f"{length} {'later' if by > timedelta() else 'earlier'}"

"""All hosts of a snapshot counted for a brief: which filters keep each of them out, as `rules.failed_filters` says of one.

A search leaves out what cannot come into the first places; this looks at every host once, where it is at home.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from chalicelib.matching.rules import ANY_MARKET, Brief, Filter
from chalicelib.matching.shortfall import Near, Tally, moved_by
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Common, Market, Snapshot
from chalicelib.matching.snapshot.query import Source, bound
from chalicelib.matching.snapshot.slots import free, wanted

FILTERS = tuple(Filter)
BIT = {name: 1 << place for place, name in enumerate(FILTERS)}
MOST_ROWS = 65_536
"""Hosts whose hours are looked at in one go."""
NOT_THERE = -1


@dataclass(frozen=True, slots=True)
class Looked:
    """The hosts at home in one market: their rows, and for each the sum of the bits of the filters that it fails."""

    name: str
    source: Source
    common: Common
    rows: Array
    failed: Array
    audience: Array
    """On the brief's platform."""

    def alone(self, name: Filter) -> Array:
        """Rows of those that this filter alone keeps out."""
        return np.asarray(self.rows[self.failed == BIT[name]])


def looked_at(snapshot: Snapshot, sources: Iterable[tuple[str, Source]], brief: Brief) -> list[Looked]:
    """Every host of these markets, given by name. Raises `NoSlot`."""
    return [_looked(snapshot.common, name, source, brief) for name, source in sources]


def _looked(common: Common, name: str, source: Source, brief: Brief) -> Looked:
    market = source.market
    columns = market.columns
    count = len(market.ids)
    at_home = columns["home"] > 0
    if len(source.gone):
        at_home &= ~source.gone
    audience = _audiences(columns["home"] > 0, market, common.platforms.get(brief.platform.casefold(), NOT_THERE))
    category = brief.category.casefold()
    refusing = np.array([category in words for words in common.refused_sets] or [False], dtype=np.bool_)
    other_currency = columns["currency"] != common.currencies.get(brief.currency, NOT_THERE)
    fails = {
        Filter.MARKET: ~_in_market(common, market, name, brief.market.casefold()),
        Filter.LANGUAGE: ~common.speaking(brief.language.casefold())[columns["languages"]],
        Filter.PLATFORM: audience < 0,
        Filter.CATEGORY: ~_in_category(market, common.categories.get(category, NOT_THERE)),
        Filter.AUDIENCE: np.maximum(audience, 0) < brief.minimum_audience,
        Filter.BUDGET: other_currency | (columns["card"] > brief.budget_minor // len(brief.windows)),
        Filter.AVAILABILITY: ~_free(market, common, brief, np.arange(count)),
        Filter.EXCLUDED: np.isin(market.ids, [each.encode() for each in brief.excluded_creator_ids] or [b""]),
        Filter.BRAND_SAFETY: refusing[columns["refused"]],
        Filter.EXCLUSIVITY: _bound(market, common.categories.get(category, NOT_THERE), brief),
        Filter.MINIMUM_TERMS: columns["commission"] > brief.commission_basis_points,
        Filter.PAYABLE: columns["payable"] == 0,
    }
    failed = np.zeros(count, dtype=np.uint16)
    for each, which in fails.items():
        failed += which * np.uint16(BIT[each])
    rows = np.flatnonzero(at_home)
    return Looked(name, source, common, rows, failed[rows], audience[rows])


def _in_market(common: Common, market: Market, name: str, wanted_market: str) -> Array:
    inside = np.full(len(market.ids), wanted_market in {ANY_MARKET, name}, dtype=np.bool_)
    also = market.columns["also_market"] == common.markets.get(wanted_market, NOT_THERE)
    inside[market.columns["also_row"][also]] = True
    return inside


def _in_category(market: Market, category: int) -> Array:
    inside = np.zeros(len(market.ids), dtype=np.bool_)
    if category != NOT_THERE:
        first = market.columns["category_first"]
        inside[market.columns["pair_row"][first[category] : first[category + 1]]] = True
    return inside


def _audiences(at_home: Array, market: Market, platform: int) -> Array:
    """Of the hosts at home, on this platform; `NOT_THERE` for those that are not on it."""
    audiences = np.full(len(at_home), NOT_THERE, dtype=np.int64)
    of_row = np.repeat(np.arange(len(at_home)), market.columns["platforms"])
    on = np.flatnonzero(market.columns["platform"] == platform)
    audiences[of_row[on]] = market.columns["audience"][on]
    return audiences


def _free(market: Market, common: Common, brief: Brief, rows: Array) -> Array:
    windows = wanted(brief, common)
    parts = [free(market, common, windows, rows[begin : begin + MOST_ROWS]) for begin in range(0, len(rows), MOST_ROWS)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _bound(market: Market, category: int, brief: Brief) -> Array:
    held = np.zeros(len(market.ids), dtype=np.bool_)
    if category != NOT_THERE and len(market.columns["bond_row"]):
        held[bound(market, category, brief)] = True
    return held


def tally(brief: Brief, looked: Sequence[Looked], shifts: Sequence[Sequence[timedelta]]) -> Tally:
    """The counts of all; the figures of those that are nearly let in are only worked out where nobody fits."""
    counts = np.zeros(1 << len(FILTERS), dtype=np.int64)
    for each in looked:
        counts += np.bincount(each.failed, minlength=len(counts))
    sums = np.arange(len(counts))
    failed = {name: int(counts[sums & BIT[name] > 0].sum()) for name in FILTERS}
    alone = {name: int(counts[BIT[name]]) for name in FILTERS}
    fitting = int(counts[0])
    return Tally(
        hosts=int(counts.sum()),
        fitting=fitting,
        failed={name: count for name, count in failed.items() if count},
        alone={name: count for name, count in alone.items() if count},
        near=Near() if fitting else _near(brief, looked, shifts),
    )


def _near(brief: Brief, looked: Sequence[Looked], shifts: Sequence[Sequence[timedelta]]) -> Near:
    cards: Counter[int] = Counter()
    audiences: Counter[int] = Counter()
    commissions: Counter[int] = Counter()
    languages: Counter[str] = Counter()
    markets: Counter[str] = Counter()
    for each in looked:
        columns, common = each.source.market.columns, each.common
        too_dear = each.alone(Filter.BUDGET)
        paid = too_dear[columns["currency"][too_dear] == common.currencies.get(brief.currency, NOT_THERE)]
        cards += _counted(columns["card"][paid])
        audiences += _counted(each.audience[each.failed == BIT[Filter.AUDIENCE]])
        commissions += _counted(columns["commission"][each.alone(Filter.MINIMUM_TERMS)])
        for number, hosts in _counted(columns["languages"][each.alone(Filter.LANGUAGE)]).items():
            languages += Counter(dict.fromkeys(common.language_sets[number], hosts))
        markets += _markets(each)
    moved = next((found for found in (_moved(brief, looked, nearest) for nearest in shifts) if found), {})
    return Near(cards_minor=cards, audiences=audiences, commissions=commissions, languages=languages, markets=markets, moved=moved)


def _counted(values: Array) -> "Counter[int]":
    numbers, counts = np.unique(values, return_counts=True)
    return Counter(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))


def _markets(each: Looked) -> "Counter[str]":
    elsewhere = each.alone(Filter.MARKET)
    words = list(each.common.markets)
    columns = each.source.market.columns
    also = columns["also_market"][np.isin(columns["also_row"], elsewhere)]
    found = Counter({words[number]: hosts for number, hosts in _counted(also).items()})
    return found + Counter({each.name: len(elsewhere)} if each.name else {})


def _moved(brief: Brief, looked: Sequence[Looked], nearest: Sequence[timedelta]) -> dict[timedelta, int]:
    found = {}
    for by in nearest:
        shifted = moved_by(brief, by)
        hosts = 0
        for each in looked:
            market, rows = each.source.market, each.alone(Filter.AVAILABILITY)
            able = _free(market, each.common, shifted, rows)
            hosts += int((able & ~_bound(market, each.common.categories.get(brief.category.casefold(), NOT_THERE), shifted)[rows]).sum())
        if hosts:
            found[by] = hosts
    return found


def left_out(looked: Sequence[Looked], places: int) -> list[str]:
    """Ids of those that fail the fewest filters, of these the first by id."""
    found: list[tuple[int, bytes]] = []
    for each in looked:
        failing = np.bitwise_count(each.failed)
        for level, rows in _by_level(failing, each.rows, places):
            found += [(level, creator_id) for creator_id in each.source.market.ids[rows].tolist()]
    return [creator_id.decode() for _, creator_id in sorted(found)[:places]]


def _by_level(failing: Array, rows: Array, places: int) -> Iterator[tuple[int, Array]]:
    """The first rows of each level from 1 on, until there are enough."""
    taken = 0
    for level in range(1, len(FILTERS) + 1):
        chosen = rows[np.flatnonzero(failing == level)[: places - taken]]
        yield level, chosen
        taken += len(chosen)
        if taken == places:
            return

"""The best hosts for a brief, exactly: the same as filtering and scoring every host, in a fraction of the work.

Hosts are listed in blocks of which the best is known. For a brief each block has a score that none of its hosts exceeds; blocks are
looked at from the highest bound down, and when the next bound is below the last place to be filled nothing that is left can matter.
Bounds are taken one and a half millinats higher than computed, because each of the two factors that depend on the brief is rounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chalicelib.matching.rules import ANY_MARKET, Brief
from chalicelib.matching.score import MICRONATS_OF_A_MILLINAT
from chalicelib.matching.snapshot import formula
from chalicelib.matching.snapshot.formula import Floats, Terms
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Blocks, Market, Snapshot
from chalicelib.matching.snapshot.slots import Wanted, free, wanted

FIRST_BLOCKS = 16
MOST_BLOCKS = 1_024
"""Are looked at in one go where all are looked at."""
MAX_PLACES = 1_000
ROUNDED_MILLINATS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A host in its place. `score_millinats` is the sum of sales, acceptance and the rest (returns, reliability, fit)."""

    creator_id: str
    score_millinats: int
    sales_millinats: int
    acceptance_millinats: int
    is_new: bool = False
    """Whether it has no show in the category."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A brief as numbers of a snapshot."""

    brief: Brief
    terms: Terms
    windows: tuple[Wanted, ...]
    key: int
    speaking: Array
    most_card: int
    any_market: bool
    category: int
    only_new: bool = False
    """Only hosts without shows in the category."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where hosts are looked for: a market, and which of its rows count no longer (empty: all count)."""

    market: Market
    gone: Array


@dataclass(frozen=True, slots=True)
class Hits:
    """Hosts that pass what has been asked so far."""

    source: Array
    row: Array
    sales: Array
    acceptance: Array
    score: Array
    new: Array

    def where(self, chosen: Array) -> "Hits":
        """Only these."""
        return Hits(*(getattr(self, name)[chosen] for name in self.__slots__))


def ask(snapshot: Snapshot, brief: Brief, *, only_new: bool = False) -> Asked | None:
    """None where the snapshot has no host of this category, platform and currency. Raises `NoSlot`."""
    common = snapshot.common
    category, platform = brief.category.casefold(), brief.platform.casefold()
    key = common.key(category, platform, brief.currency)
    if key is None:
        return None
    return Asked(
        brief=brief,
        terms=formula.terms(brief),
        windows=wanted(brief, common),
        key=key,
        speaking=common.speaking(brief.language.casefold()),
        most_card=brief.budget_minor // len(brief.windows),
        any_market=brief.market == ANY_MARKET,
        category=common.categories[category],
        only_new=only_new,
    )


def best(snapshot: Snapshot, sources: Sequence[Source], blocks: Blocks, asked: Asked, places: int) -> list[Found]:
    """The best `places` hosts that pass every filter, equal scores by id."""
    within = blocks.of(asked.key)
    order, bounds = by_bound(blocks, within, asked)
    kept: list[Hits] = []
    least = -np.inf
    for begin, end in _batches(len(order)):
        if bounds[begin] < least:
            break
        hits = _rank(sources, blocks, order[begin:end] + within.start, asked)
        hits = hits.where(np.flatnonzero(hits.score >= least))
        hits = hits.where(_able(snapshot, sources, asked, hits))
        kept.append(hits)
        if sum(len(each.row) for each in kept) >= places:
            kept = [_cut(kept, places)]
            least = float(kept[0].score.min())
    return _placed(sources, kept, places)


def passing(snapshot: Snapshot, sources: Sequence[Source], blocks: Blocks, asked: Asked) -> list[tuple[Array, Array]]:
    """Scores and ids of all hosts that pass every filter, in no order: as arrays, for there may be many."""
    within = blocks.of(asked.key)
    order, _ = by_bound(blocks, within, asked)
    found = []
    for begin in range(0, len(order), MOST_BLOCKS):
        hits = _rank(sources, blocks, order[begin : begin + MOST_BLOCKS] + within.start, asked)
        hits = hits.where(_able(snapshot, sources, asked, hits))
        for number in np.unique(hits.source):
            here = np.flatnonzero(hits.source == number)
            found.append((hits.score[here], sources[number].market.ids[hits.row[here]]))
    return found


def _batches(blocks: int) -> Iterator[tuple[int, int]]:
    begin, size = 0, FIRST_BLOCKS
    while begin < blocks:
        yield begin, min(blocks, begin + size)
        begin, size = begin + size, size * 2


def by_bound(blocks: Blocks, within: slice, asked: Asked) -> tuple[Array, Floats]:
    """Places of the blocks that may hold a host that fits, highest bound first, and their bounds."""
    of, brief = asked.terms, asked.brief
    fits = blocks.least_card[within] <= asked.most_card
    fits &= blocks.top_audience[within] >= brief.minimum_audience
    fits &= blocks.least_commission[within] <= brief.commission_basis_points
    order = np.flatnonzero(fits)
    chances = of.chances(blocks.top_middle[within][order], blocks.least_card[within][order])
    known = (blocks.top_known[within][order] + of.hours_micronats) / MICRONATS_OF_A_MILLINAT
    bounds = known + formula.millinats_float(chances) + ROUNDED_MILLINATS
    highest = np.argsort(-bounds)
    return order[highest], bounds[highest]


def _rank(sources: Sequence[Source], blocks: Blocks, chosen: Array, asked: Asked) -> Hits:
    """The hosts of these blocks that pass what can be told from their own columns, scored."""
    if len(sources) == 1:
        parts = [_listed(sources[0], blocks.block[chosen], asked)]
        source = np.repeat(np.zeros(1, dtype=np.int64), len(parts[0][0]))
    else:
        at = blocks.market[chosen]
        numbers = np.unique(at)
        parts = [_listed(sources[number], blocks.block[chosen[at == number]], asked) for number in numbers]
        source = np.repeat(numbers, [len(part[0]) for part in parts])
    row, middle, card, rest, new = (np.concatenate(column) if len(parts) > 1 else column[0] for column in zip(*parts, strict=True))
    sold = asked.terms.sold(middle)
    accepted = asked.terms.accepted(middle, card)
    return Hits(source, row, sold, accepted, sold + accepted + rest, new)


def _listed(source: Source, chosen: Array, asked: Asked) -> tuple[Array, ...]:
    columns, brief = source.market.columns, asked.brief
    audience = columns["listed_audience"][chosen].ravel()
    pair: Array = columns["listed_pair"][chosen].ravel()
    row: Array = columns["pair_row"][pair]
    fits = audience >= max(0, brief.minimum_audience)
    fits &= columns["card"][row] <= asked.most_card
    fits &= columns["commission"][row] <= brief.commission_basis_points
    fits &= asked.speaking[columns["languages"][row]]
    if asked.any_market:
        fits &= columns["home"][row] > 0
    if len(source.gone):
        fits &= ~source.gone[row]
    if asked.only_new:
        fits &= _new(columns["pair_new"], pair)
    at = np.flatnonzero(fits)
    pair, row = pair[at], row[at].astype(np.int64)
    return (
        row,
        columns["listed_middle"][chosen].ravel()[at].astype(np.int64),
        columns["card"][row],
        columns["rest"][row].astype(np.int64) + columns["pair_fit"][pair],
        _new(columns["pair_new"], pair),
    )


def _new(packed: Array, pair: Array) -> Array:
    """Which of these categories of hosts have no show."""
    return np.asarray(packed[pair >> 3] >> (7 - (pair & 7)).astype(np.uint8) & 1, dtype=np.bool_)


def _able(snapshot: Snapshot, sources: Sequence[Source], asked: Asked, hits: Hits) -> Array:
    """Places of those that are free, not excluded and not bound to a competitor."""
    able = np.zeros(len(hits.row), dtype=np.bool_)
    for number in np.unique(hits.source):
        market = sources[number].market
        at = np.flatnonzero(hits.source == number)
        rows = hits.row[at]
        passes = free(market, snapshot.common, asked.windows, rows)
        if asked.brief.excluded_creator_ids:
            passes &= ~np.isin(market.ids[rows], [creator_id.encode() for creator_id in asked.brief.excluded_creator_ids])
        if len(market.columns["bond_row"]):
            held = np.zeros(len(market.ids), dtype=np.bool_)
            held[bound(market, asked.category, asked.brief)] = True
            passes &= ~held[rows]
        able[at] = passes
    return np.flatnonzero(able)


def bound(market: Market, category: int, brief: Brief) -> Array:
    """Rows of hosts that promised another brand not to work in this category at the start of one of the windows."""
    columns = market.columns
    at = np.flatnonzero(columns["bond_category"] == category)
    at = at[columns["bond_brand"][at] != brief.brand_id.encode()]
    starts = np.array([window.starts_at.timestamp() for window in brief.windows])
    from_, until = columns["bond_from"][at, None], columns["bond_until"][at, None]
    return np.asarray(columns["bond_row"][at[((from_ <= starts) & (starts < until)).any(axis=1)]])


def _cut(kept: Sequence[Hits], places: int) -> Hits:
    """The best `places`, and all that are as good as the last of them."""
    hits = _one(kept)
    worst = np.partition(hits.score, len(hits.score) - places)[len(hits.score) - places]
    return hits.where(np.flatnonzero(hits.score >= worst))


def _one(kept: Sequence[Hits]) -> Hits:
    if len(kept) == 1:
        return kept[0]
    return Hits(*(np.concatenate([getattr(each, name) for each in kept]) for name in Hits.__slots__))


def _placed(sources: Sequence[Source], kept: Sequence[Hits], places: int) -> list[Found]:
    if not kept:
        return []
    hits = _one(kept)
    found = [
        Found(
            creator_id=sources[source].market.ids[row].decode(),
            score_millinats=score,
            sales_millinats=sales,
            acceptance_millinats=acceptance,
            is_new=new,
        )
        for source, row, sales, acceptance, score, new in zip(*(getattr(hits, name).tolist() for name in Hits.__slots__), strict=True)
    ]
    return sorted(found, key=lambda each: (-each.score_millinats, each.creator_id))[:places]

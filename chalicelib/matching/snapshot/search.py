"""A snapshot and what has changed since, searched as one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chalicelib.matching.rules import ANY_MARKET, Brief
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import columns_of
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Market, Snapshot, from_files
from chalicelib.matching.snapshot.query import MAX_PLACES, Found, Source, ask, best
from chalicelib.matching.snapshot.records import HostRecord

NONE_GONE: Array = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of the ranking. `missing` names markets that could not be searched: there may be better hosts in them."""

    found: tuple[Found, ...]
    start: int
    more: bool
    missing: tuple[str, ...] = ()


class Hosts:
    """All hosts: a snapshot, and over it the hosts that have changed, come or gone since it was built."""

    def __init__(self, snapshot: Snapshot, changed: Iterable[HostRecord] = (), gone: Collection[str] = (), *, at: datetime) -> None:
        """`changed` are the hosts as they are `at` this time; `gone` are ids that are to be found no longer."""
        records = list(changed)
        self.snapshot = snapshot
        self._over = from_files(dict(build(columns_of(records, snapshot.priors), version="overlay", built_at=at))) if records else None
        self._hidden = np.array(
            sorted({record.creator_id.encode() for record in records} | {each.encode() for each in gone}), dtype=np.bytes_
        )
        self._gone: dict[int, Array] = {}

    def search(self, brief: Brief, *, start: int = 0, places: int = 50) -> Page:
        """The ranking from `start` on. Raises `MarketMissing`, `NoSlot`, and `ValueError` beyond `MAX_PLACES`."""
        if start < 0 or places < 1 or start + places > MAX_PLACES:
            raise ValueError(f"A ranking has at most {MAX_PLACES} places.")
        wanted = start + places + 1
        found = self._best(self.snapshot, brief, wanted)
        if self._over is not None:
            found = sorted(found + self._best(self._over, brief, wanted), key=lambda each: (-each.score_millinats, each.creator_id))
        missing = tuple(sorted(self.snapshot.missing)) if brief.market == ANY_MARKET else ()
        return Page(found=tuple(found[start : start + places]), start=start, more=len(found) >= wanted, missing=missing)

    def _best(self, snapshot: Snapshot, brief: Brief, places: int) -> list[Found]:
        asked = ask(snapshot, brief)
        if asked is None:
            return []
        if asked.any_market:
            markets, blocks = snapshot.every()
            return best(snapshot, [self._source(snapshot, market) for market in markets], blocks, asked, places)
        market = snapshot.market(brief.market.casefold())
        if market is None:
            return []
        return best(snapshot, [self._source(snapshot, market)], market.blocks, asked, places)

    def _source(self, snapshot: Snapshot, market: Market) -> Source:
        if snapshot is not self.snapshot or not len(self._hidden):
            return Source(market, NONE_GONE)
        if id(market) not in self._gone:
            self._gone[id(market)] = np.isin(market.ids, self._hidden)
        return Source(market, self._gone[id(market)])

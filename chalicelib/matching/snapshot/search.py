"""A snapshot and what has changed since, searched as one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from typing_extensions import override

from chalicelib.matching.rules import ANY_MARKET, Brief
from chalicelib.matching.shortfall import Tally
from chalicelib.matching.snapshot import census
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import columns_of
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Blocks, Market, Snapshot, from_files
from chalicelib.matching.snapshot.query import MAX_PLACES, Found, Source, ask, best, passing
from chalicelib.matching.snapshot.records import HostRecord

NONE_GONE: Array = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of the ranking. `missing` names markets that could not be searched: there may be better hosts in them."""

    found: tuple[Found, ...]
    start: int
    more: bool
    missing: tuple[str, ...] = ()


class Standing(Sequence[tuple[int, str]]):
    """Every host that fits, best first, as minus its score and its id; made into numbers and words only where somebody looks."""

    def __init__(self, scores: Array, ids: Array) -> None:
        """Of the same hosts, in any order."""
        order = np.lexsort((ids, -scores))
        self._scores, self._ids = scores[order], ids[order]

    def with_these(self, instead_of: Collection[str], keys: Sequence[tuple[int, str]]) -> "Standing":
        """Without the hosts of these ids, and with these keys."""
        kept = ~np.isin(self._ids, [each.encode() for each in instead_of] or [b""])
        scores = np.array([-key[0] for key in keys], dtype=np.int64)
        ids = np.array([key[1].encode() for key in keys], dtype=np.bytes_)
        return Standing(np.concatenate((self._scores[kept], scores)), np.concatenate((self._ids[kept], ids)))

    @override
    def __len__(self) -> int:
        return len(self._scores)

    @override
    def __getitem__(self, place: int) -> tuple[int, str]:  # type: ignore[override]  # nobody asks for slices
        return -int(self._scores[place]), self._ids[place].decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many hosts there are and what keeps them out; of those left out, the ids of the nearest."""

    tally: Tally
    nearest: tuple[str, ...]


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

    def search(self, brief: Brief, *, start: int = 0, places: int = 50, only_new: bool = False) -> Page:
        """The ranking from `start` on. Raises `MarketMissing`, `NoSlot`, and `ValueError` beyond `MAX_PLACES`."""
        if start < 0 or places < 1 or start + places > MAX_PLACES:
            raise ValueError(f"A ranking has at most {MAX_PLACES} places.")
        wanted = start + places + 1
        found = self._best(self.snapshot, brief, wanted, only_new=only_new)
        if self._over is not None:
            over = self._best(self._over, brief, wanted, only_new=only_new)
            found = sorted(found + over, key=lambda each: (-each.score_millinats, each.creator_id))
        return Page(found=tuple(found[start : start + places]), start=start, more=len(found) >= wanted, missing=self._missing(brief))

    def standing(self, brief: Brief) -> Standing:
        """The whole ranking. Raises like `search`."""
        parts = []
        for snapshot in self._layers():
            asked, among = ask(snapshot, brief), self._among(snapshot, brief)
            if asked is not None and among is not None:
                parts += passing(snapshot, *among, asked)
        scores, ids = ([part[side] for part in parts] for side in (0, 1))
        return Standing(np.concatenate(scores), np.concatenate(ids)) if parts else Standing(np.zeros(0, np.int64), np.zeros(0, np.bytes_))

    def counted(self, brief: Brief, *, places: int, shifts: Sequence[Sequence[timedelta]] = ()) -> Counted:
        """What keeps all hosts out, those of markets apart that cannot be read, and the nearest `places` of them. Raises `NoSlot`."""
        looked = []
        for snapshot in self._layers():
            sources = ((name, self._source(snapshot, market)) for name, market in snapshot.by_name().items())
            looked += census.looked_at(snapshot, sources, brief)
        return Counted(tally=census.tally(brief, looked, shifts), nearest=tuple(census.left_out(looked, places)))

    def missing(self) -> tuple[str, ...]:
        """Names of markets whose files cannot be read; each is tried."""
        self.snapshot.open_all()
        return tuple(sorted(self.snapshot.missing))

    def _layers(self) -> list[Snapshot]:
        return [self.snapshot] if self._over is None else [self.snapshot, self._over]

    def _missing(self, brief: Brief) -> tuple[str, ...]:
        return tuple(sorted(self.snapshot.missing)) if brief.market == ANY_MARKET else ()

    def _best(self, snapshot: Snapshot, brief: Brief, places: int, *, only_new: bool) -> list[Found]:
        asked, among = ask(snapshot, brief, only_new=only_new), self._among(snapshot, brief)
        return [] if asked is None or among is None else best(snapshot, *among, asked, places)

    def _among(self, snapshot: Snapshot, brief: Brief) -> tuple[list[Source], Blocks] | None:
        """Where to look for hosts of the brief's market."""
        if brief.market == ANY_MARKET:
            markets, blocks = snapshot.every()
            return [self._source(snapshot, market) for market in markets], blocks
        market = snapshot.market(brief.market.casefold())
        return None if market is None else ([self._source(snapshot, market)], market.blocks)

    def _source(self, snapshot: Snapshot, market: Market) -> Source:
        if snapshot is not self.snapshot or not len(self._hidden):
            return Source(market, NONE_GONE)
        if id(market) not in self._gone:
            self._gone[id(market)] = np.isin(market.ids, self._hidden)
        return Source(market, self._gone[id(market)])

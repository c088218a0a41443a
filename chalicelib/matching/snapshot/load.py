"""A snapshot's files as something that can be asked: what all markets share, each market's hosts, and which files are missing."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from chalicelib.matching.priors import Priors
from chalicelib.matching.snapshot.columns import NO_MARKET
from chalicelib.matching.snapshot.layout import Array, Damaged, Sheet, mapped, unpack
from chalicelib.matching.snapshot.manifest import FORMAT, MANIFEST, Manifest, Part


class MarketMissing(LookupError):
    """The file of this market cannot be read, so nothing can be said about its hosts."""


@dataclass(frozen=True, slots=True)
class Common:
    """Words and their numbers, kinds of days, offsets of zones."""

    categories: Mapping[str, int]
    platforms: Mapping[str, int]
    currencies: Mapping[str, int]
    markets: Mapping[str, int]
    zones: Sequence[str]
    language_sets: Sequence[Sequence[str]]
    refused_sets: Sequence[Sequence[str]]
    longest: Array
    """Kind of day x quarter -> how many quarters it stays open from there."""
    offset_from: Array
    offset: Array
    first_slot: int
    horizon: int
    _speaking: dict[str, Array] = field(default_factory=dict)

    def key(self, category: str, platform: str, currency: str) -> int | None:
        """Of the listings, or None where no host could be listed."""
        numbers = (self.categories.get(category), self.platforms.get(platform), self.currencies.get(currency))
        if numbers[0] is None or numbers[1] is None or numbers[2] is None:
            return None
        return (numbers[0] * len(self.platforms) + numbers[1]) * len(self.currencies) + numbers[2]

    def speaking(self, language: str) -> Array:
        """Which sets of languages have this one."""
        if language not in self._speaking:
            self._speaking[language] = np.array([language in words for words in self.language_sets], dtype=np.bool_)
        return self._speaking[language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Blocks of listings by key: what bounds each, and where its listings lie."""

    key: Array
    key_block: Array
    top_middle: Array
    top_known: Array
    top_audience: Array
    least_card: Array
    least_commission: Array
    market: Array
    """Place in the order of the searched markets; empty when there is one only."""
    block: Array

    def of(self, key: int) -> slice:
        """The blocks under a key."""
        place = int(np.searchsorted(self.key, key))
        if place == len(self.key) or self.key[place] != key:
            return slice(0, 0)
        return slice(int(self.key_block[place]), int(self.key_block[place + 1]))


BOUNDS = ("top_middle", "top_known", "top_audience", "least_card", "least_commission")


class Market:
    """The hosts of a market, in the order of their ids. Columns as `build` writes them."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        """Columns are looked at when they are first needed."""
        self.columns = columns

    @property
    def ids(self) -> Array:
        """Bytes of ids, ascending."""
        return self.columns["id"]

    @functools.cached_property
    def blocks(self) -> Blocks:
        """The blocks of this market alone."""
        columns = self.columns
        bounds = {name: columns[name] for name in BOUNDS}
        block = np.arange(len(bounds["least_card"]))
        return Blocks(key=columns["key"], key_block=columns["key_block"], market=np.zeros(0, np.int64), block=block, **bounds)


def market_of(sheet: Sheet, part: Part) -> Market:
    """A market's file. Raises `Damaged`."""
    lacking = [name for name in ("id", "key", "key_block", *BOUNDS) if name not in sheet.arrays]
    if lacking:
        raise Damaged(f"Columns are missing: {', '.join(lacking)}.")
    market = Market(sheet.arrays)
    if len(market.ids) != part.hosts:
        raise Damaged(f"{len(market.ids)} hosts, where the manifest says {part.hosts}.")
    return market


def joined(markets: Sequence[Market]) -> Blocks:
    """The blocks of several markets as one, by key; ties in the order of the markets."""
    keys = [np.repeat(market.blocks.key, np.diff(market.blocks.key_block)) for market in markets]
    key = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    order = np.argsort(key, kind="stable")
    known, first = np.unique(key[order], return_index=True)
    market_place = np.repeat(np.arange(len(markets)), [len(each) for each in keys])
    block = np.concatenate([market.blocks.block for market in markets]) if markets else np.zeros(0, np.int64)
    bounds = {
        name: np.concatenate([getattr(market.blocks, name) for market in markets])[order] if markets else np.zeros(0) for name in BOUNDS
    }
    ends = np.concatenate((first, [len(key)]))
    return Blocks(key=known, key_block=ends, market=market_place[order], block=block[order], **bounds)


class Snapshot:
    """A version of all hosts. Files are read when they are first asked for; one that cannot be read is remembered in `missing`."""

    def __init__(self, manifest: Manifest, read: Callable[[Part], Sheet]) -> None:
        """`read` gives a part's sheet. Raises `Damaged` or `OSError` when what all markets share cannot be read."""
        if manifest.format != FORMAT:
            raise Damaged(f"This is a snapshot of format {manifest.format}, not {FORMAT}.")
        self.manifest = manifest
        self.missing: dict[str, str] = {}
        """Market -> why its file cannot be read."""
        self._read = read
        self._parts = {part.market: part for part in manifest.parts}
        self.common = common_of(read(self._parts[None]))
        self._markets: dict[str, Market] = {}
        self._joined: tuple[tuple[Market, ...], Blocks] | None = None

    def market(self, name: str) -> Market | None:
        """The hosts of a market, None where it has none. Raises `MarketMissing`."""
        if name == NO_MARKET or name not in self._parts:
            return None
        self._open(name)
        if name in self.missing:
            raise MarketMissing(f"The hosts of {name} cannot be read: {self.missing[name]}")
        return self._markets[name]

    def every(self) -> tuple[tuple[Market, ...], Blocks]:
        """All markets that can be read, and their blocks together."""
        if self._joined is None:
            markets = self.open_all()
            self._joined = (markets, joined(markets))
        return self._joined

    @functools.cached_property
    def priors(self) -> Priors:
        """What the snapshot was made with. Raises `Damaged`."""
        try:
            return msgspec.json.decode(self.manifest.priors, type=Priors)
        except msgspec.MsgspecError as error:
            raise Damaged("The priors cannot be read.") from error

    def open_all(self) -> tuple[Market, ...]:
        """All markets that can be read, in the order of the manifest."""
        return tuple(self.by_name().values())

    def by_name(self) -> dict[str, Market]:
        """The same with their names."""
        names = [name for name in self._parts if name is not None]
        for name in names:
            self._open(name)
        return {name: self._markets[name] for name in names if name in self._markets}

    def _open(self, name: str) -> None:
        if name in self._markets or name in self.missing:
            return
        part = self._parts[name]
        try:
            market = market_of(self._read(part), part)
        except (Damaged, OSError, LookupError) as error:
            self.missing[name] = str(error)
        else:
            self._markets[name] = market


def from_files(files: Mapping[str, bytes]) -> Snapshot:
    """A snapshot in memory. Raises `Damaged` for a manifest or a shared file that is not what was written."""

    def read(part: Part) -> Sheet:
        if part.name not in files:
            raise Damaged(f"{part.name} is missing.")
        return unpack(checked(part, files[part.name]))

    return Snapshot(manifest_of(files[MANIFEST]), read)


def from_directory(directory: Path) -> Snapshot:
    """A snapshot whose files lie here and were checked when they came. Raises like `from_files`, and `OSError`."""
    return Snapshot(manifest_of(directory.joinpath(MANIFEST).read_bytes()), lambda part: mapped(directory.joinpath(part.name)))


def manifest_of(packed: bytes) -> Manifest:
    """Raises `Damaged`."""
    try:
        return msgspec.json.decode(packed, type=Manifest)
    except msgspec.MsgspecError as error:
        raise Damaged("The manifest cannot be read.") from error


def checked(part: Part, packed: bytes) -> bytes:
    """The bytes of a part, if they are. Raises `Damaged`."""
    if len(packed) != part.size_bytes or hashlib.sha256(packed).hexdigest() != part.sha256:
        raise Damaged(f"{part.name} is not the file that the manifest names.")
    return packed


def common_of(sheet: Sheet) -> Common:
    """What all markets share. Raises `Damaged`."""
    words = sheet.words
    try:
        return Common(
            categories=_numbered(words["categories"]),
            platforms=_numbered(words["platforms"]),
            currencies=_numbered(words["currencies"]),
            markets=_numbered(words["markets"]),
            zones=words["zones"],
            language_sets=words["language_sets"],
            refused_sets=words["refused_sets"],
            longest=sheet.arrays["longest"],
            offset_from=sheet.arrays["offset_from"],
            offset=sheet.arrays["offset"],
            first_slot=int(sheet.arrays["horizon"][0]),
            horizon=int(sheet.arrays["horizon"][1]),
        )
    except KeyError as error:
        raise Damaged(f"A column is missing: {error}") from error


def _numbered(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(words)}

"""Columns cut into one file per market, with what no brief changes worked out, and a manifest that says what belongs together.

The hosts of a market that can be paid are listed once for each category, platform and currency in which they can be ranked, in blocks of
`BLOCK` that are alike in price and then in score, so that what is known of a block bounds the score of each of its hosts closely.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import numpy as np

from chalicelib.matching.score import MICRONATS_OF_A_MILLINAT
from chalicelib.matching.snapshot import formula
from chalicelib.matching.snapshot.columns import SLOT_SECONDS, Columns
from chalicelib.matching.snapshot.layout import Array, narrow, pack
from chalicelib.matching.snapshot.manifest import FORMAT, MANIFEST, Manifest, Part
from chalicelib.matching.snapshot.records import SLOTS_PER_DAY
from chalicelib.matching.snapshot.zones import HORIZON_DAYS, offsets

BLOCK = 64
BANDS_PER_OCTAVE = 2
NO_HOST = -1
"""The audience of the places that fill up a last block."""
LEAST, MOST = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)
"""What the places that fill up a last block have in its bounds: never the highest, never the lowest."""
COMMON = "common.hosts"


@dataclass(frozen=True, slots=True)
class Listed:
    """Every host for each of its categories and platforms, as row numbers of the tables of `Columns`."""

    pair: Array
    platform_row: Array
    key: Array
    """Of category, platform and currency."""


def build(  # the block is a parameter so that few hosts can fill several
    columns: Columns, *, version: str, built_at: datetime, block: int = BLOCK
) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files; the last is the manifest. The columns of an overlay are made with the priors of its snapshot."""
    listed = _listed(columns)
    parts: list[Part] = []

    def part(name: str, market: str | None, hosts: int, packed: bytes) -> tuple[str, bytes]:
        parts.append(Part(name=name, market=market, sha256=hashlib.sha256(packed).hexdigest(), size_bytes=len(packed), hosts=hosts))
        return name, packed

    yield part(COMMON, None, len(columns.ids), _common(columns, built_at))
    scores = _Scores.of(columns, listed)
    for number, market in enumerate(columns.words.markets):
        hosts = columns.market_host[columns.market == number]
        yield part(f"market-{number:04}.hosts", market, len(hosts), _market(columns, listed, scores, number, block))
    manifest = Manifest(
        format=FORMAT,
        version=version,
        built_at=built_at,
        hosts=len(columns.ids),
        parts=tuple(parts),
        priors=msgspec.Raw(msgspec.json.encode(columns.priors)),
    )
    yield MANIFEST, msgspec.json.encode(manifest)


def _listed(columns: Columns) -> Listed:
    """The join of a host's categories with its platforms."""
    first = np.searchsorted(columns.platform_host, np.arange(len(columns.ids) + 1))
    counts = np.diff(first)[columns.pair_host]
    pair = np.repeat(np.arange(len(columns.pair_host)), counts)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    row = first[columns.pair_host[pair]] + place
    words = columns.words
    key = (columns.pair_category[pair] * len(words.platforms) + columns.platform[row]) * len(words.currencies)
    return Listed(pair, row, key + columns.currency[columns.pair_host[pair]])


@dataclass(frozen=True, slots=True)
class _Scores:
    """What of the score is known: `rest` per host, `fit` per category of a host, and for each listing the middle of its sales an hour.

    `known` is the whole score of an hour but for acceptance. Middles and `known` are in micronats, the others in millinats.
    """

    rest: Array
    fit: Array
    middle: Array
    known: Array

    @classmethod
    def of(cls, columns: Columns, listed: Listed) -> "_Scores":
        rest = formula.kept_and_reliable(columns.priors, columns.sold, columns.returned, columns.shows, columns.delivered)
        fit = formula.fit_by_place(int(columns.pair_place.max(initial=0)) + 1)[columns.pair_place]
        middle = formula.middles(
            columns.pair_weight[listed.pair],
            columns.pair_weighted[listed.pair],
            columns.audience[listed.platform_row],
            _usual(columns, listed),
        )
        known = middle + (fit[listed.pair] + rest[columns.pair_host[listed.pair]]) * MICRONATS_OF_A_MILLINAT
        return cls(rest, fit, middle, known)


def _usual(columns: Columns, listed: Listed) -> formula.Usual:
    """What the priors say of each listing."""
    words = columns.words
    keys, which = np.unique(listed.key, return_inverse=True)
    named = [_named(int(key), len(words.platforms), len(words.currencies)) for key in keys]
    models = [columns.priors.model(words.platforms[platform], words.currencies[currency]) for _, platform, currency in named]
    levels = [model.level + model.offsets.get(words.categories[each[0]], 0) for each, model in zip(named, models, strict=True)]
    slopes = [model.slope_thousandths for model in models]
    weights = [model.usual_weight for model in models]
    return formula.Usual(*(np.array(column, dtype=np.int64)[which] for column in (levels, slopes, weights)))


def _named(key: int, platforms: int, currencies: int) -> tuple[int, int, int]:
    rest, currency = divmod(key, currencies)
    category, platform = divmod(rest, platforms)
    return category, platform, currency


def _common(columns: Columns, built_at: datetime) -> bytes:
    """Words, kinds of days as how long they stay open from each quarter on, and the zones' offsets."""
    longest = np.zeros((len(columns.days), SLOTS_PER_DAY), dtype=np.uint8)
    for quarter in reversed(range(SLOTS_PER_DAY)):
        after = longest[:, quarter + 1] if quarter + 1 < SLOTS_PER_DAY else 0
        longest[:, quarter] = np.where(columns.days[:, quarter], 1 + after, 0)
    first = int((built_at - timedelta(days=2)).timestamp()) // SLOT_SECONDS
    changes = [offsets(zone, first) for zone in columns.words.zones]
    width = max((len(each) for each in changes), default=1)
    at = np.full((len(changes), width), np.iinfo(np.int64).max, dtype=np.int64)
    offset = np.zeros((len(changes), width), dtype=np.int64)
    for number, each in enumerate(changes):
        at[number, : len(each)] = [instant for instant, _ in each]
        offset[number, :] = [slots for _, slots in each] + [each[-1][1]] * (width - len(each))
    words = {name: list(getattr(columns.words, name)) for name in columns.words.__dataclass_fields__}
    arrays: dict[str, Array] = {
        "longest": longest,
        "offset_from": at,
        "offset": offset,
        "horizon": np.array([first, first + HORIZON_DAYS * SLOTS_PER_DAY], dtype=np.int64),
    }
    return pack(arrays, words)


def _market(columns: Columns, listed: Listed, scores: _Scores, number: int, block: int) -> bytes:
    place = np.flatnonzero(columns.market == number)
    hosts = columns.market_host[place]
    row_of = np.full(len(columns.ids), -1, dtype=np.int64)
    row_of[hosts] = np.arange(len(hosts))
    first_of_host = np.searchsorted(columns.market_host, hosts)
    arrays = {
        "id": columns.ids[hosts],
        "home": (place == first_of_host).astype(np.uint8),
        "card": narrow(columns.card[hosts]),
        "commission": narrow(columns.commission[hosts]),
        "languages": narrow(columns.languages[hosts]),
        "rest": narrow(scores.rest[hosts]),
        "zone": narrow(columns.zone[hosts]),
        "before": narrow(columns.before[hosts]),
        "after": narrow(columns.after[hosts]),
        "week": narrow(columns.week[hosts]),
        "currency": narrow(columns.currency[hosts]),
        "payable": columns.payable[hosts].astype(np.uint8),
        "refused": narrow(columns.refused[hosts]),
    }
    arrays |= _at_home(columns, row_of, hosts[place == first_of_host], number)
    arrays |= _pairs(columns, listed, scores, row_of, block)
    arrays |= _time(columns, row_of, len(hosts))
    arrays |= _bonds(columns, row_of)
    return pack(arrays, {})


def _at_home(columns: Columns, row_of: Array, at_home: Array, number: int) -> dict[str, Array]:
    """Of the hosts that are at home here: their other markets, and their platforms in the order of the rows."""
    here = np.zeros(len(columns.ids), dtype=np.bool_)
    here[at_home] = True
    also = np.flatnonzero(here[columns.market_host] & (columns.market != number))
    on = np.flatnonzero(here[columns.platform_host])
    return {
        "also_row": narrow(row_of[columns.market_host[also]]),
        "also_market": narrow(columns.market[also]),
        "platforms": narrow(np.bincount(row_of[columns.platform_host[on]], minlength=int((row_of >= 0).sum()))),
        "platform": narrow(columns.platform[on]),
        "audience": narrow(columns.audience[on]),
    }


def _pairs(columns: Columns, listed: Listed, scores: _Scores, row_of: Array, block: int) -> dict[str, Array]:
    """The table of hosts' categories by category, and the listings that point into it."""
    row = row_of[columns.pair_host]
    here = np.flatnonzero(row >= 0)
    here = here[np.argsort(columns.pair_category[here], kind="stable")]
    at = np.full(len(row), -1, dtype=np.int64)
    at[here] = np.arange(len(here))
    table = {
        "pair_row": narrow(row[here]),
        "pair_fit": narrow(scores.fit[here]),
        "pair_new": np.packbits(columns.pair_new[here] > 0),
        "category_first": np.searchsorted(columns.pair_category[here], np.arange(len(columns.words.categories) + 1)),
    }
    return table | _listings(columns, listed, scores, at, block)


def _listings(columns: Columns, listed: Listed, scores: _Scores, at: Array, block: int) -> dict[str, Array]:
    refuses = np.zeros((max(1, len(columns.words.refused_sets)), len(columns.words.categories)), dtype=np.bool_)
    for number, words in enumerate(columns.words.refused_sets):
        refuses[number] = [category in set(words) for category in columns.words.categories]
    host = columns.pair_host[listed.pair]
    ranked = (at[listed.pair] >= 0) & (columns.payable[host] > 0) & ~refuses[columns.refused[host], columns.pair_category[listed.pair]]
    here = np.flatnonzero(ranked)
    band = np.floor(np.log2(columns.card[host[here]] + 1.0) * BANDS_PER_OCTAVE)
    here = here[np.lexsort((-scores.known[here], band, listed.key[here]))]
    keys, counts = np.unique(listed.key[here], return_counts=True)
    blocks = -(-counts // block)
    place = np.repeat(np.cumsum(blocks * block) - blocks * block - (np.cumsum(counts) - counts), counts) + np.arange(len(here))
    size = int(blocks.sum()) * block
    host = host[here]

    def spread(values: Array, empty: int) -> Array:
        full = np.full(size, empty, dtype=values.dtype)
        full[place] = values
        return full.reshape(-1, block)

    audience = columns.audience[listed.platform_row[here]]
    return {
        "listed_pair": narrow(spread(at[listed.pair[here]], 0)),
        "listed_middle": narrow(spread(scores.middle[here], 0)),
        "listed_audience": _signed(spread(audience, NO_HOST)),
        "key": keys,
        "key_block": np.concatenate(([0], np.cumsum(blocks))).astype(np.int64),
        "top_middle": spread(scores.middle[here], LEAST).max(axis=1),
        "top_known": spread(scores.known[here], LEAST).max(axis=1),
        "top_audience": spread(audience, NO_HOST).max(axis=1),
        "least_card": spread(columns.card[host], MOST).min(axis=1),
        "least_commission": spread(columns.commission[host], MOST).min(axis=1),
    }


def _signed(array: Array) -> Array:
    return array.astype(np.int32) if int(array.max(initial=0)) <= np.iinfo(np.int32).max else array.astype(np.int64)


def _time(columns: Columns, row_of: Array, hosts: int) -> dict[str, Array]:
    """Exceptions by day and row; bookings by row, as starts and lengths."""
    dated_row = row_of[columns.dated_host]
    dated = np.flatnonzero(dated_row >= 0)
    dated = dated[np.lexsort((dated_row[dated], columns.dated_day[dated]))]
    days, first = np.unique(columns.dated_day[dated], return_index=True)
    claim_row = row_of[columns.claim_host]
    claims = np.flatnonzero(claim_row >= 0)
    start = columns.claim_start[claims]
    base = int(start.min()) if len(start) else 0
    return {
        "dated_days": days,
        "dated_first": np.concatenate((first, [len(dated)])).astype(np.int64),
        "dated_row": narrow(dated_row[dated]),
        "dated_kind": narrow(columns.dated_kind[dated]),
        "claim_first": narrow(np.searchsorted(claim_row[claims], np.arange(hosts + 1))),
        "claim_base": np.array([base], dtype=np.int64),
        "claim_start": narrow(start - base),
        "claim_slots": narrow(columns.claim_slots[claims]),
    }


def _bonds(columns: Columns, row_of: Array) -> dict[str, Array]:
    row = row_of[columns.bond_host]
    here = np.flatnonzero(row >= 0)
    return {
        "bond_row": narrow(row[here]),
        "bond_category": narrow(columns.bond_category[here]),
        "bond_brand": columns.bond_brand[here],
        "bond_from": columns.bond_from[here],
        "bond_until": columns.bond_until[here],
    }

"""Hosts as columns before they are cut into markets: words are numbers into lists, what a host has several of are pairs with the host.

Hosts are in the order of their ids, words are compared without case, times are slots: quarters of an hour since 1970 in UTC.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import SLOT_MINUTES
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.records import SLOTS_PER_DAY, HostRecord, Hours

SLOT_SECONDS = SLOT_MINUTES * 60
DAYS_PER_WEEK = 7
EPOCH = date(1970, 1, 1)
NO_MARKET = ""
"""Where hosts are at home that name no market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the numbers in the columns stand for."""

    categories: Sequence[str]
    platforms: Sequence[str]
    currencies: Sequence[str]
    markets: Sequence[str]
    zones: Sequence[str]
    language_sets: Sequence[Sequence[str]]
    refused_sets: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`n` hosts. What is named `x_host` tells whose row of the table x it is, in ascending order."""

    words: Words
    priors: Priors
    """What the records in `pair_weight` and `pair_weighted` were summed up with."""
    ids: Array
    """Bytes of the ids, ascending."""
    card: Array
    currency: Array
    commission: Array
    payable: Array
    languages: Array
    """Which set of languages."""
    refused: Array
    """Which set of refused categories."""
    sold: Array
    returned: Array
    shows: Array
    delivered: Array
    zone: Array
    before: Array
    """Rest before a show, in slots."""
    after: Array
    week: Array
    """n x 7: which of `days`."""
    days: Array
    """m x 96 bools: the quarters that are open on a day of this kind."""
    market_host: Array
    market: Array
    """A host's first market comes first: there the host is at home."""
    pair_host: Array
    pair_category: Array
    pair_place: Array
    """The category's place among the host's."""
    pair_weight: Array
    """Of the host's delivered shows in this category and the host's currency, in 256ths of a show: `expectation.Record`."""
    pair_weighted: Array
    """Sum of their weight x micronats."""
    pair_new: Array
    """1 where there is no such show at all, however old."""
    platform_host: Array
    platform: Array
    audience: Array
    dated_host: Array
    dated_day: Array
    """Days since 1970."""
    dated_kind: Array
    """Which of `days` holds on it."""
    claim_host: Array
    claim_start: Array
    claim_slots: Array
    bond_host: Array
    bond_category: Array
    bond_brand: Array
    """Bytes of the brand's id."""
    bond_from: Array
    """Seconds since 1970."""
    bond_until: Array


def columns_of(records: Iterable[HostRecord], priors: Priors = START_PRIORS) -> Columns:
    """Records as columns; of two with the same id the later one counts."""
    by_id = {record.creator_id.encode(): record for record in records}
    return columns_in_order((by_id[creator_id] for creator_id in sorted(by_id)), priors)


def columns_in_order(records: Iterable[HostRecord], priors: Priors = START_PRIORS) -> Columns:
    """The same of records that come by ascending id, none of which is kept. Raises `ValueError` where they do not."""
    writer = _Writer(priors)
    before = b""
    for record in records:
        creator_id = record.creator_id.encode()
        if creator_id <= before:
            raise ValueError(f"{record.creator_id} does not come after {before.decode()}.")
        writer.add(creator_id, record)
        before = creator_id
    return writer.columns()


class _Numbers:
    """Numbers given to things as they come."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}

    def of(self, thing: object) -> int:
        return self.known.setdefault(thing, len(self.known))

    def words(self) -> list[str]:
        return [str(word) for word in self.known]

    def sets(self) -> list[list[str]]:
        return [sorted(words) for words in self.known if isinstance(words, frozenset)]


@dataclass(slots=True)
class _Writer:
    """Grows lists by hosts. A column's name is that of `Columns`."""

    priors: Priors
    lists: dict[str, "array[int]"] = field(default_factory=dict)
    ids: list[bytes] = field(default_factory=list)
    brands: list[bytes] = field(default_factory=list)
    numbers: dict[str, _Numbers] = field(default_factory=dict)
    days: dict[bytes, int] = field(default_factory=dict)

    def add(self, creator_id: bytes, record: HostRecord) -> None:
        host = len(self.ids)
        self.ids.append(creator_id)
        shows = record.past_shows
        self._row(
            card=record.rate_card_minor,
            currency=self._number("currencies", record.currency),
            commission=record.minimum_commission_basis_points,
            payable=int(record.can_be_paid),
            languages=self._number("language_sets", frozenset(word.casefold() for word in record.languages)),
            refused=self._number("refused_sets", frozenset(word.casefold() for word in record.refused_categories)),
            sold=sum(show.units_sold for show in shows),
            returned=sum(min(show.units_sold, show.units_returned) for show in shows),
            shows=len(shows),
            delivered=sum(show.delivered for show in shows),
        )
        for market in dict.fromkeys(word.casefold() for word in record.markets) or [NO_MARKET]:
            self._row(market_host=host, market=self._number("markets", market))
        for place, category in _places(record.categories):
            self._pair(host, place, category, record)
        for platform, audience in _audiences(record).items():
            self._row(platform_host=host, platform=self._number("platforms", platform), audience=audience)
        for bond in record.bonds:
            self.brands.append(bond.brand_id.encode())
            begin, end = (int(at.timestamp()) for at in (bond.from_, bond.until))
            bound_in = self._number("categories", bond.category.casefold())
            self._row(bond_host=host, bond_category=bound_in, bond_from=begin, bond_until=end)
        self._hours(host, record.hours)

    def _pair(self, host: int, place: int, category: str, record: HostRecord) -> None:
        delivered = (show for show in record.past_shows if show.delivered and show.currency == record.currency)
        shows = [show for show in delivered if show.category.casefold() == category]
        own = self.priors.record(record, shows)
        self._row(
            pair_host=host,
            pair_category=self._number("categories", category),
            pair_place=place,
            pair_weight=own.weight,
            pair_weighted=own.weighted_micronats,
            pair_new=int(not shows),
        )

    def _hours(self, host: int, hours: Hours) -> None:
        self._row(
            zone=self._number("zones", hours.timezone),
            before=hours.buffer_before_minutes // SLOT_MINUTES,
            after=hours.buffer_after_minutes // SLOT_MINUTES,
        )
        for weekday in range(DAYS_PER_WEEK):
            self._row(week=self._day([window[1:] for window in hours.weekly if window[0] == weekday]))
        for day, windows in sorted(hours.dated.items()):
            self._row(dated_host=host, dated_day=(day - EPOCH).days, dated_kind=self._day(windows))
        for start, slots in runs(sorted({slot_of(taken) for taken in hours.taken})):
            self._row(claim_host=host, claim_start=start, claim_slots=slots)

    def _day(self, windows: Iterable[tuple[int, ...]]) -> int:
        quarters = bytearray(SLOTS_PER_DAY)
        for begin, end in windows:
            first, last = begin // SLOT_MINUTES, end // SLOT_MINUTES
            quarters[first:last] = b"\x01" * (last - first)
        return self.days.setdefault(bytes(quarters), len(self.days))

    def _number(self, kind: str, thing: object) -> int:
        return self.numbers.setdefault(kind, _Numbers()).of(thing)

    def _row(self, **values: int) -> None:
        for name, value in values.items():
            self.lists.setdefault(name, array("q")).append(value)

    def _words(self, kind: str) -> _Numbers:
        return self.numbers.setdefault(kind, _Numbers())

    def columns(self) -> Columns:
        given = {
            name: np.array(self.lists.get(name, []), dtype=np.int64)
            for name in Columns.__dataclass_fields__
            if name not in {"words", "priors", "ids", "days", "week", "bond_brand"}
        }
        return Columns(
            words=Words(
                categories=self._words("categories").words(),
                platforms=self._words("platforms").words(),
                currencies=self._words("currencies").words(),
                markets=self._words("markets").words(),
                zones=self._words("zones").words(),
                language_sets=self._words("language_sets").sets(),
                refused_sets=self._words("refused_sets").sets(),
            ),
            priors=self.priors,
            ids=np.array(self.ids, dtype=np.bytes_),
            days=np.array([list(day) for day in self.days], dtype=np.bool_).reshape(-1, SLOTS_PER_DAY),
            week=np.array(self.lists.get("week", []), dtype=np.int64).reshape(-1, DAYS_PER_WEEK),
            bond_brand=np.array(self.brands, dtype=np.bytes_),
            **given,
        )


def slot_of(instant: datetime) -> int:
    """The slot that an instant lies in."""
    return int(instant.timestamp()) // SLOT_SECONDS


def runs(slots: Sequence[int]) -> list[tuple[int, int]]:
    """(first, how many) of each stretch of ascending slots without a gap."""
    found: list[tuple[int, int]] = []
    for slot in slots:
        if found and found[-1][0] + found[-1][1] == slot:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((slot, 1))
    return found


def _places(categories: Sequence[str]) -> list[tuple[int, str]]:
    names = [category.casefold() for category in categories]
    return [(place, name) for place, name in enumerate(names) if names.index(name) == place]


def _audiences(record: HostRecord) -> dict[str, int]:
    """By platform without case; the first of two that differ in case only counts, as in `rules.audience_on`."""
    audiences: dict[str, int] = {}
    for platform, audience in record.audiences.items():
        audiences.setdefault(platform.casefold(), audience)
    return audiences

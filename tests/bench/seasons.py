"""Seasons as a marketplace would see them, made from a seed: hard where real ones are hard.

The shares and factors below were chosen by looking at what greedy and the bound made of some ten settings; take several seeds before
quoting a figure.

Hosts: popularity is heavy-tailed (lognormal, sigma 1.0). A host works in one market and in one to three of twelve categories (crowded
by a power law) with a fit of its own in each, needs 0 to 60 minutes of rest on either side, does 3 to 6 shows a week, is free on a day
by a chance of .75, and asks a fee in proportion to popularity (with noise, lognormal .2).

Brands: one category and one market each, scale lognormal (.6), a number of slots by a power law (1 to 80), a budget that pays for as
many shows of a host between the 40th and the 95th percentile of fees there, at least a third as many different hosts as slots. Each is
in a group of up to four competing brands of its category and market: half of the groups are exclusive all season, half before the last
week and in it apart.

Slots: three weeks that end on the peak day; a quarter of all slots lie on that day, seven tenths of these between 19 and 22 o'clock;
two thirds of the others lie in the evening. They take 60 to 180 minutes. Expected value is the product of the brand's scale,
popularity, fit, hour, length, a factor of 2.5 on the peak day and noise (lognormal .25): everybody values the same hosts most. A slot's
matches are the best 100 of those hosts of its market and category who are free and whose fee is at most two and a half times the slot's
share of the budget: stars for some slots, others to make up for it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from chalicelib.planning.model import Brand, Exclusivity, Host, Match, Season, Slot

PEAK = datetime(2026, 11, 11, tzinfo=UTC)
DAYS = 21
CATEGORIES = 12
MARKETS = 3
MATCHES_A_SLOT = 100
RESTS = (0, 15, 30, 60)
LENGTHS = (60, 90, 120, 180)
RIVALS = 4

Reals = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The hosts, in columns."""

    hosts: tuple[Host, ...]
    popularity: Reals
    fee: Whole
    market: Whole
    fit: Reals
    """By host and category; 0 where the host does not work."""
    free: npt.NDArray[np.bool_]
    """By host and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyers:
    """The brands, in columns."""

    market: Whole
    category: Whole
    scale: Reals
    wanted: Whole


def season(seed: int, slots: int, hosts: int) -> Season:
    """A season of the whole market."""
    chance = np.random.default_rng([seed, slots, hosts])
    cast = _cast(chance, hosts)
    buyers = _buyers(chance, slots)
    brands, exclusivities = _brands(cast, buyers, chance), _exclusivities(buyers)
    wanted: list[Slot] = []
    matches: list[Match] = []
    for brand, brand_of_it in enumerate(brands):
        for _ in range(buyers.wanted[brand]):
            day, hour, minutes = _time(chance)
            starts = PEAK + timedelta(days=int(day) - DAYS + 1, hours=int(hour), minutes=int(chance.choice((0, 15, 30, 45))))
            slot = Slot(
                slot_id=f"slot{len(wanted):05}",
                brand_id=brand_of_it.brand_id,
                category=f"category{buyers.category[brand]:02}",
                starts_at=starts,
                minutes=minutes,
            )
            own = _matches(chance, cast, buyers, brand, brand_of_it, slot)
            if own:  # a brief that nobody could take is refused before there is a season
                wanted.append(slot)
                matches += own
    return Season(
        currency="CNY", slots=tuple(wanted), hosts=cast.hosts, brands=tuple(brands), matches=tuple(matches), exclusivities=exclusivities
    )


def month(seed: int, slots: int, hosts: int) -> Season:
    """One brand's month: a show each evening or more, hosts of one market and category, free on three days of four."""
    chance = np.random.default_rng([seed, slots, hosts, 1])
    cast = _cast(chance, hosts)
    buyers = Buyers(market=np.zeros(1, np.int64), category=np.zeros(1, np.int64), scale=np.ones(1), wanted=np.full(1, slots))
    cast.market[:] = 0
    cast.fit[:, 0] = chance.lognormal(0, 0.3, hosts)
    (brand, *_) = _brands(cast, buyers, chance)
    wanted: list[Slot] = []
    matches: list[Match] = []
    for number in range(slots):
        starts = PEAK + timedelta(days=number * 28 // slots - DAYS, hours=int(chance.integers(18, 22)))
        slot = Slot(
            slot_id=f"slot{number:05}",
            brand_id=brand.brand_id,
            category="category00",
            starts_at=starts,
            minutes=int(chance.choice(LENGTHS)),
        )
        wanted.append(slot)
        matches += _matches(chance, cast, buyers, 0, brand, slot)
    return Season(currency="CNY", slots=tuple(wanted), hosts=cast.hosts, brands=(brand,), matches=tuple(matches))


def assignment(seed: int, slots: int, hosts: int, a_slot: int) -> tuple[Whole, Whole, Whole]:
    """Pure assignment, sparse: rows, columns and values of `slots` x `hosts`, values correlated by popularity."""
    chance = np.random.default_rng([seed, slots, hosts, a_slot])
    popularity, scale = chance.lognormal(0, 1.0, hosts), chance.lognormal(0, 0.6, slots)
    row = np.repeat(np.arange(slots), a_slot)
    likely = popularity**0.5
    column = np.concatenate([np.sort(chance.choice(hosts, a_slot, replace=False, p=likely / likely.sum())) for _ in range(slots)])
    value = 1_000_00 * scale[row] * popularity[column] * chance.lognormal(0, 0.25, len(row))
    return row, column.astype(np.int64), np.maximum(value.astype(np.int64), 1)


def _cast(chance: np.random.Generator, count: int) -> Cast:
    popularity = chance.lognormal(0, 1.0, count)
    crowd = 1 / np.arange(1, CATEGORIES + 1) ** 0.7
    fit = np.zeros((count, CATEGORIES))
    for host in range(count):
        of_host = chance.choice(CATEGORIES, int(chance.integers(1, 4)), replace=False, p=crowd / crowd.sum())
        fit[host, of_host] = chance.lognormal(0, 0.3, len(of_host))
    hosts = tuple(
        Host(
            host_id=f"host{number:05}",
            rest_before_minutes=int(chance.choice(RESTS)),
            rest_after_minutes=int(chance.choice(RESTS)),
            shows_per_week=int(chance.integers(3, 7)),
        )
        for number in range(count)
    )
    fee = (400_00 * popularity * chance.lognormal(0, 0.2, count)).astype(np.int64)
    market = chance.choice(MARKETS, count, p=(0.5, 0.3, 0.2))
    return Cast(hosts=hosts, popularity=popularity, fee=fee, market=market, fit=fit, free=chance.random((count, 31)) < 0.75)


def _buyers(chance: np.random.Generator, slots: int) -> Buyers:
    wanted: list[int] = []
    while sum(wanted) < slots:
        wanted.append(min(int(chance.pareto(1.3) * 4) + 1, 80, slots - sum(wanted)))
    crowd = 1 / np.arange(1, CATEGORIES + 1) ** 0.7
    return Buyers(
        market=chance.choice(MARKETS, len(wanted), p=(0.5, 0.3, 0.2)),
        category=chance.choice(CATEGORIES, len(wanted), p=crowd / crowd.sum()),
        scale=chance.lognormal(0, 0.6, len(wanted)),
        wanted=np.asarray(wanted),
    )


def _brands(cast: Cast, buyers: Buyers, chance: np.random.Generator) -> list[Brand]:
    made = []
    for brand, (market, category, wanted) in enumerate(zip(buyers.market, buyers.category, buyers.wanted, strict=True)):
        fees = cast.fee[(cast.market == market) & (cast.fit[:, category] > 0)]
        share = np.quantile(fees, chance.uniform(0.4, 0.95)) if len(fees) else 1_000_00
        budget = int(share * wanted)
        made.append(Brand(brand_id=f"brand{brand:04}", budget_minor=budget, minimum_hosts=max(1, int(wanted) // 3)))
    return made


def _exclusivities(buyers: Buyers) -> tuple[Exclusivity, ...]:
    begins, ends, parted = PEAK - timedelta(days=DAYS), PEAK + timedelta(days=2), PEAK - timedelta(days=6)
    made = []
    for category in range(CATEGORIES):
        for market in range(MARKETS):
            rivals = np.flatnonzero((buyers.category == category) & (buyers.market == market))
            for number, place in enumerate(range(0, len(rivals), RIVALS)):
                group = frozenset(f"brand{brand:04}" for brand in rivals[place : place + RIVALS])
                periods = [(begins, ends)] if number % 2 else [(begins, parted), (parted, ends)]
                made += [
                    Exclusivity(category=f"category{category:02}", brand_ids=group, starts_at=start, ends_at=end)
                    for start, end in periods
                    if len(group) > 1
                ]
    return tuple(made)


def _time(chance: np.random.Generator) -> tuple[int, int, int]:
    """Day of the season, hour, minutes."""
    peak = chance.random() < 0.25
    day = DAYS - 1 if peak else int(chance.integers(0, DAYS - 1))
    evening = chance.random() < (0.7 if peak else 0.66)
    hour = int(chance.integers(19, 22)) if evening and peak else int(chance.integers(18, 23)) if evening else int(chance.integers(9, 18))
    return day, hour, int(chance.choice(LENGTHS))


def _matches(  # what a match depends on
    chance: np.random.Generator, cast: Cast, buyers: Buyers, place: int, brand: Brand, slot: Slot
) -> list[Match]:
    category = buyers.category[place]
    day = (slot.starts_at - PEAK).days + DAYS - 1
    at_most = min(brand.budget_minor, 5 * brand.budget_minor // (2 * int(buyers.wanted[place])))
    can = np.flatnonzero((cast.market == buyers.market[place]) & (cast.fit[:, category] > 0) & cast.free[:, day] & (cast.fee <= at_most))
    hour = 1.0 if slot.starts_at.hour >= 18 else 0.45
    worth = 1_000_00 * buyers.scale[place] * hour * (slot.minutes / 60) ** 0.8 * (2.5 if day == DAYS - 1 else 1.0)
    value = worth * cast.popularity[can] * cast.fit[can, category] * chance.lognormal(0, 0.25, len(can))
    best = np.argsort(-value, kind="stable")[:MATCHES_A_SLOT]
    return [Match(slot.slot_id, cast.hosts[can[k]].host_id, int(value[k]), int(cast.fee[can[k]])) for k in best]

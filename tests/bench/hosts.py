"""A million hosts by chance, made as columns, and briefs to match them with: as lopsided in markets, prices and sales as in life."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np

from chalicelib.matching.expectation import FULL_WEIGHT, MICRONATS, Model
from chalicelib.matching.priors import Priors, model_key
from chalicelib.matching.rules import ANY_MARKET, Brief, BriefWindow
from chalicelib.matching.snapshot.columns import EPOCH, Columns, Words
from chalicelib.matching.snapshot.layout import Array

NOW = datetime(2026, 11, 2, tzinfo=UTC)
MARKETS = ("gb", "us", "de", "fr", "es", "it", "pl", "nl", "se", "jp", "br", "au")
MARKET_SHARES = (0.16, 0.24, 0.12, 0.09, 0.07, 0.06, 0.06, 0.05, 0.04, 0.05, 0.04, 0.02)
LANGUAGE_OF = ("en", "en", "de", "fr", "es", "it", "pl", "nl", "sv", "ja", "pt", "en")
CURRENCY_OF = (0, 1, 2, 2, 2, 2, 3, 2, 4, 5, 6, 7)
CURRENCIES = ("GBP", "USD", "EUR", "PLN", "SEK", "JPY", "BRL", "AUD")
ZONES = (
    ("Europe/London",),
    ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    ("Europe/Berlin",),
    ("Europe/Paris",),
    ("Europe/Madrid", "Atlantic/Canary"),
    ("Europe/Rome",),
    ("Europe/Warsaw",),
    ("Europe/Amsterdam",),
    ("Europe/Stockholm",),
    ("Asia/Tokyo",),
    ("America/Sao_Paulo", "America/Manaus"),
    ("Australia/Sydney", "Australia/Perth"),
)
CATEGORIES = tuple(f"category {number:02}" for number in range(20))
PLATFORMS = ("youtube", "tiktok", "instagram", "twitch", "facebook")
PLATFORM_SHARES = (0.45, 0.55, 0.5, 0.12, 0.18)
MORE_MARKETS = (0.85, 0.12, 0.03)
"""Shares of hosts that sell in one, two and three markets."""
BOOKED_DAYS = 60
KINDS_OF_DAY = 2_000


def hosts(count: int, seed: int) -> Columns:
    """So many hosts."""
    chance = np.random.default_rng(seed)
    market_host, market, home = _markets(chance, count)
    zones = [zone for each in ZONES for zone in each]
    offered = np.array([len(each) for each in ZONES])
    first_zone = np.cumsum(offered) - offered
    sets, languages = _languages(chance, home)
    pair_host, pair_category, pair_place = _several(chance, count, len(CATEGORIES), (0.25, 0.35, 0.25, 0.15))
    platform_host, platform = _platforms(chance, count)
    strength = chance.normal(0, 1, count)
    audience = np.exp(chance.normal(9.5, 1.4, len(platform)) + 0.6 * strength[platform_host]).astype(np.int64)
    shows = chance.geometric(0.12, count) - 1
    weight, weighted = _records(chance, strength[pair_host], shows[pair_host])
    card = np.exp(chance.normal(10.4, 0.7, count) + 0.7 * strength).astype(np.int64) // 500 * 500
    sold = shows * chance.integers(20, 300, count)
    days = _days(chance)
    return Columns(
        words=Words(
            categories=CATEGORIES,
            platforms=PLATFORMS,
            currencies=CURRENCIES,
            markets=MARKETS,
            zones=zones,
            language_sets=sets,
            refused_sets=((), *((category,) for category in CATEGORIES)),
        ),
        priors=priors(seed),
        ids=_ids(chance, count),
        card=card * (chance.random(count) > 0.02),
        currency=np.array(CURRENCY_OF)[home],
        commission=chance.choice([0, 0, 0, 0, 500, 800, 1_000, 1_500, 2_000], count),
        payable=(chance.random(count) < 0.85).astype(np.int64),
        languages=languages,
        refused=np.where(chance.random(count) < 0.2, chance.integers(1, len(CATEGORIES) + 1, count), 0),
        sold=sold,
        returned=(sold * chance.beta(2, 12, count)).astype(np.int64),
        shows=shows,
        delivered=chance.binomial(shows, 0.95),
        zone=first_zone[home] + chance.integers(0, offered[home]),
        before=chance.choice([0, 0, 1, 2, 4], count),
        after=chance.choice([0, 0, 1, 2, 4], count),
        week=np.where(chance.random((count, 7)) < 0.75, chance.integers(1, len(days), (count, 7)), 0),
        days=days,
        market_host=market_host,
        market=market,
        pair_host=pair_host,
        pair_category=pair_category,
        pair_place=pair_place,
        pair_weight=weight,
        pair_weighted=weighted,
        pair_new=(weight == 0).astype(np.int64),
        platform_host=platform_host,
        platform=platform,
        audience=audience,
        **_time(chance, count, len(days)),
        **_bonds(chance, count),
    )


def priors(seed: int) -> Priors:
    """What is believed of hosts on each platform and in each currency."""
    chance = random.Random(seed)
    return Priors(
        version=1,
        as_of=NOW,
        models={
            model_key(platform, currency): Model(
                level=chance.randrange(3 * MICRONATS, 6 * MICRONATS),
                slope_thousandths=chance.randrange(400, 900),
                variance=MICRONATS**2,
                chance_millionths=chance.randrange(300_000, 800_000),
                offsets={category: chance.randrange(-MICRONATS // 2, MICRONATS // 2) for category in CATEGORIES},
            )
            for platform in PLATFORMS
            for currency in CURRENCIES
        },
    )


def briefs(count: int, seed: int, *, any_market: bool) -> list[Brief]:
    """So many briefs, each for an evening of the next weeks, in the currency and language of a market."""
    chance = random.Random(seed)
    return [_brief(chance, number, any_market=any_market) for number in range(count)]


def _brief(chance: random.Random, number: int, *, any_market: bool) -> Brief:
    market = chance.choices(range(len(MARKETS)), MARKET_SHARES)[0]
    windows = tuple(
        BriefWindow(
            starts_at=NOW
            + timedelta(days=chance.randrange(3, BOOKED_DAYS), hours=chance.randrange(8, 23), minutes=15 * chance.randrange(4)),
            minutes=chance.choice((30, 60, 60, 90, 120)),
        )
        for _ in range(chance.choice((1, 1, 1, 2)))
    )
    fee = chance.choice((0, 100_00, 300_00, 500_00, 1_500_00))
    return Brief(
        brief_id=f"brf_{number}",
        brand_id=f"brd_{chance.randrange(40):03}",
        title="A show",
        category=chance.choice(CATEGORIES),
        market=ANY_MARKET if any_market else MARKETS[market],
        language=LANGUAGE_OF[market],
        platform=chance.choices(PLATFORMS, PLATFORM_SHARES)[0],
        minimum_audience=chance.choice((0, 1_000, 10_000, 50_000)),
        skus=(),
        windows=windows,
        budget_minor=max(fee, chance.choice((300_00, 1_000_00, 3_000_00, 100_000_00))) * len(windows),
        currency=CURRENCIES[CURRENCY_OF[market]],
        flat_fee_minor=fee,
        commission_basis_points=chance.choice((0, 500, 1_000, 1_500, 2_000)),
        excluded_creator_ids=(),
        created_at=NOW,
    )


def _ids(chance: np.random.Generator, count: int) -> Array:
    alphabet = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)
    letters = np.empty((count, 30), dtype=np.uint8)
    letters[:, :4] = np.frombuffer(b"crt_", dtype=np.uint8)
    letters[:, 4:] = alphabet[chance.integers(0, 32, (count, 26))]
    return np.sort(letters.view("S30").ravel())


def _markets(chance: np.random.Generator, count: int) -> tuple[Array, Array, Array]:
    home = chance.choice(len(MARKETS), count, p=MARKET_SHARES)
    counts = chance.choice([1, 2, 3], count, p=MORE_MARKETS)
    host = np.repeat(np.arange(count), counts)
    place = np.arange(len(host)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = 1 + chance.integers(0, 4, count)
    return host, (home[host] + place * step[host]) % len(MARKETS), home


def _languages(chance: np.random.Generator, home: Array) -> tuple[list[list[str]], Array]:
    """The home market's language, English as well for a third, another for some."""
    words = sorted(set(LANGUAGE_OF))
    own = np.array([words.index(word) for word in LANGUAGE_OF])[home]
    second = np.where(chance.random(len(home)) < 0.33, words.index("en"), own)
    third = np.where(chance.random(len(home)) < 0.1, chance.integers(0, len(words), len(home)), own)
    masks, number = np.unique((1 << own) | (1 << second) | (1 << third), return_inverse=True)
    return [[word for bit, word in enumerate(words) if mask >> bit & 1] for mask in masks.tolist()], number


def _several(chance: np.random.Generator, count: int, kinds: int, shares: tuple[float, ...]) -> tuple[Array, Array, Array]:
    """One or more different kinds for each host, with their places."""
    counts = 1 + chance.choice(len(shares), count, p=shares)
    host = np.repeat(np.arange(count), counts)
    place = np.arange(len(host)) - np.repeat(np.cumsum(counts) - counts, counts)
    first, step = chance.integers(0, kinds, count), chance.choice([1, 3, 7], count)
    return host, (first[host] + place * step[host]) % kinds, place


def _records(chance: np.random.Generator, strength: Array, shows: Array) -> tuple[Array, Array]:
    """Own records as weights, less for older shows, and weighted micronats: some sell a hundred times what others do."""
    counted = np.minimum(chance.geometric(0.4, len(strength)) - 1, 40) * (shows > 0)
    weight = counted * (FULL_WEIGHT >> chance.integers(0, 6, len(strength)))
    micronats = (MICRONATS * (chance.normal(10.3, 0.9, len(strength)) + 0.8 * strength)).astype(np.int64)
    return weight, weight * micronats + chance.integers(0, np.maximum(weight, 1))


def _platforms(chance: np.random.Generator, count: int) -> tuple[Array, Array]:
    on = chance.random((count, len(PLATFORMS))) < np.array(PLATFORM_SHARES)
    on[np.arange(count), chance.integers(0, len(PLATFORMS), count)] = True
    host, platform = np.nonzero(on)
    return host, platform


def _days(chance: np.random.Generator) -> Array:
    """A closed day first, then days with one or two windows."""
    days = np.zeros((KINDS_OF_DAY, 96), dtype=np.bool_)
    for kind in range(1, KINDS_OF_DAY):
        begin = int(chance.integers(24, 72))
        days[kind, begin : begin + int(chance.integers(8, 64))] = True
        if chance.random() < 0.3:
            days[kind, 4:12] = True
    return days


def _time(chance: np.random.Generator, count: int, kinds: int) -> dict[str, Array]:
    today = (NOW.date() - EPOCH).days
    dated_host = np.sort(chance.integers(0, count, int(count * 1.5)))
    dated_day = today + chance.integers(0, BOOKED_DAYS, len(dated_host))
    once = np.unique(dated_host * 100_000 + dated_day)
    claim_host = np.sort(chance.integers(0, count, count * 2))
    evening = 96 * chance.integers(0, BOOKED_DAYS, len(claim_host)) + chance.integers(32, 92, len(claim_host))
    once_claimed = np.unique(claim_host * 100_000 + evening // 16 * 16)
    return {
        "dated_host": once // 100_000,
        "dated_day": once % 100_000,
        "dated_kind": np.where(chance.random(len(once)) < 0.7, 0, chance.integers(1, kinds, len(once))),
        "claim_host": once_claimed // 100_000,
        "claim_start": today * 96 + once_claimed % 100_000 + chance.integers(0, 4, len(once_claimed)),
        "claim_slots": chance.choice([2, 4, 4, 6, 8, 12], len(once_claimed)),
    }


def _bonds(chance: np.random.Generator, count: int) -> dict[str, Array]:
    bonds = count // 50
    begin = int(NOW.timestamp()) + 86_400 * chance.integers(-30, 40, bonds)
    return {
        "bond_host": np.sort(chance.integers(0, count, bonds)),
        "bond_category": chance.integers(0, len(CATEGORIES), bonds),
        "bond_brand": np.array([f"brd_{number:03}" for number in chance.integers(0, 40, bonds).tolist()], dtype=np.bytes_),
        "bond_from": begin,
        "bond_until": begin + 86_400 * chance.integers(10, 90, bonds),
    }

"""Hosts and briefs by chance, small in words so that they meet, and what an exhaustive scan with the rules says about them."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.bookings import rules as bookings
from chalicelib.matching.expectation import MICRONATS, Model
from chalicelib.matching.explanation import rank
from chalicelib.matching.priors import START_PRIORS, Priors, Rate, learn, model_key
from chalicelib.matching.rules import ANY_MARKET, Brief, BriefWindow, Candidate, PastShow, failed_filters
from chalicelib.matching.score import Factor, record
from chalicelib.matching.snapshot.query import Found
from chalicelib.matching.snapshot.records import Bond, HostRecord, Hours

NOW = datetime(2011, 3, 20, tzinfo=UTC)
"""A week before Europe changes its clocks."""
CATEGORIES = ("home", "toys", "Beauty")
MARKETS = ("GB", "de")
LANGUAGES = ("en", "de", "Fr")
PLATFORMS = ("youtube", "TikTok")
BRANDS = ("brd_1", "brd_2")
ZONES = ("Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland")


def some_hosts(chance: random.Random, count: int) -> list[HostRecord]:
    """Every third is the same as another but for its id, so that scores tie."""
    hosts: list[HostRecord] = []
    for number in range(count):
        creator_id = f"crt_{chance.randrange(10**6):06}_{number}"
        twin = bool(hosts) and chance.random() < 0.33
        hosts.append(replace(chance.choice(hosts), creator_id=creator_id) if twin else some_host(chance, creator_id))
    return hosts


def some_host(chance: random.Random, creator_id: str) -> HostRecord:
    currency = chance.choice(("GBP", "GBP", "EUR"))
    audiences = {platform: chance.choice((0, 1, 900, 10**4, 10**6, 5 * 10**9)) for platform in some(chance, PLATFORMS)}
    return HostRecord(
        creator_id=creator_id,
        categories=some(chance, CATEGORIES),
        refused_categories=some(chance, CATEGORIES) if chance.random() < 0.1 else (),
        languages=some(chance, LANGUAGES),
        markets=some(chance, MARKETS),
        audiences=audiences,
        rate_card_minor=chance.choice((0, 1, 200_00, 200_00, 999_99, 2**53)),
        currency=currency,
        minimum_commission_basis_points=chance.choice((0, 0, 0, 500, 2_000)),
        can_be_paid=chance.random() < 0.9,
        bonds=tuple(some_bond(chance) for _ in range(chance.choice((0, 0, 0, 2)))),
        past_shows=tuple(some_show(chance) for _ in range(chance.choice((0, 0, 1, 5)))),
        hours=some_hours(chance),
    )


def some(chance: random.Random, words: Sequence[str]) -> tuple[str, ...]:
    """Mostly one or more of them, at times in another case, seldom none."""
    picked = chance.sample(words, chance.choice((0, 1, 1, 1, 2, 2, len(words))))
    return tuple(word.upper() if chance.random() < 0.2 else word for word in picked)


def some_bond(chance: random.Random) -> Bond:
    begin = NOW + timedelta(days=chance.randrange(10))
    return Bond(
        brand_id=chance.choice(BRANDS), category=chance.choice(CATEGORIES), from_=begin, until=begin + timedelta(days=chance.randrange(5))
    )


def some_show(chance: random.Random) -> PastShow:
    sold = chance.randrange(500)
    return PastShow(
        category=chance.choice((*CATEGORIES, "HOME", "")),
        currency=chance.choice(("GBP", "EUR")),
        net_sales_minor=chance.choice((-5_00, 0, 1, chance.randrange(10**6), 2**53)),
        minutes=chance.choice((15, 60, 100)),
        units_sold=sold,
        units_returned=chance.choice((0, sold // 10, sold, sold + 3)),
        delivered=chance.random() < 0.8,
        platform=chance.choice(("", "YOUTUBE", "TikTok", "twitch")),
        starts_at=chance.choice((None, NOW - timedelta(days=chance.randrange(-5, 500)))),
    )


def some_hours(chance: random.Random) -> Hours:
    weekly: list[tuple[int, int, int]] = []
    for weekday in range(7):
        if chance.random() < 0.8:
            weekly.extend((weekday, begin, end) for begin, end in some_windows(chance))
    start = NOW + timedelta(days=chance.randrange(9), minutes=15 * chance.randrange(96))
    taken = [start + 15 * timedelta(minutes=quarter) for quarter in chance.sample(range(12), chance.choice((0, 0, 4)))]
    return Hours(
        timezone=chance.choice(ZONES),
        weekly=tuple(weekly),
        dated={date(2011, 3, chance.randrange(20, 30)): some_windows(chance) for _ in range(chance.choice((0, 0, 2)))},
        buffer_before_minutes=chance.choice((0, 15, 240)),
        buffer_after_minutes=chance.choice((0, 45)),
        taken=tuple(taken),
    )


def some_windows(chance: random.Random) -> tuple[tuple[int, int], ...]:
    """Up to two, which may touch."""
    cuts = sorted(chance.sample(range(97), 4))
    return chance.choice(
        (((0, 1440),), ((0, 1440),), (), ((cuts[0] * 15, cuts[1] * 15), (cuts[1 + chance.randrange(2)] * 15, cuts[3] * 15)))
    )


def some_brief(chance: random.Random, hosts: Sequence[HostRecord]) -> Brief:
    windows = tuple(
        BriefWindow(
            starts_at=NOW + timedelta(days=chance.randrange(9), minutes=15 * chance.randrange(96)),
            minutes=chance.choice((15, 60, 60, 300, 1_125, 1_200)),
        )
        for _ in range(chance.choice((1, 1, 1, 2, 3)))
    )
    budget = chance.choice((0, 1_000_00, 2**53))
    return Brief(
        brief_id="brf_1",
        brand_id=chance.choice(BRANDS),
        title="A brief",
        category=chance.choice((*CATEGORIES, "Home", "cars")),
        market=chance.choice((*MARKETS, "Gb", ANY_MARKET, ANY_MARKET, "FR")),
        language=chance.choice((*LANGUAGES, "EN", "en", "nl")),
        platform=chance.choice((*PLATFORMS, "YouTube", "twitch")),
        minimum_audience=chance.choice((0, 0, 1, 1_000)),
        skus=(),
        windows=windows,
        budget_minor=budget,
        currency=chance.choice(("GBP", "GBP", "EUR", "USD")),
        flat_fee_minor=chance.choice((0, min(budget, 200_00), budget // len(windows))),
        commission_basis_points=chance.choice((0, 500, 1_500, 10_000)),
        excluded_creator_ids=tuple(host.creator_id for host in hosts if chance.random() < 0.05),
        created_at=NOW,
    )


def candidate(brief: Brief, host: HostRecord) -> Candidate:
    """The host as the rules look at it, its hours asked of the rules of bookings."""
    return Candidate(
        creator_id=host.creator_id,
        name="",
        categories=host.categories,
        refused_categories=host.refused_categories,
        languages=host.languages,
        markets=host.markets,
        audiences=host.audiences,
        rate_card_minor=host.rate_card_minor,
        currency=host.currency,
        minimum_commission_basis_points=host.minimum_commission_basis_points,
        busy_windows=tuple(window for window in brief.windows if not is_free(host.hours, window)),
        can_be_paid=host.can_be_paid,
        bound_to_competitor=any(_binds(bond, brief) for bond in host.bonds),
        past_shows=host.past_shows,
    )


def is_free(hours: Hours, window: BriefWindow) -> bool:
    """By `bookings.rules`."""
    offered = bookings.Availability(
        timezone=hours.timezone,
        weekly=tuple(bookings.WeeklyWindow(weekday=day, from_minute=begin, until_minute=end) for day, begin, end in hours.weekly),
        exceptions=tuple(
            bookings.DatedException(day=day, windows=tuple(bookings.Window(from_minute=begin, until_minute=end) for begin, end in windows))
            for day, windows in hours.dated.items()
        ),
        buffer_before_minutes=hours.buffer_before_minutes,
        buffer_after_minutes=hours.buffer_after_minutes,
    )
    claims = [bookings.Claim(slot=slot, booking_id="bkg_1", starts_at=slot, ends_at=slot + bookings.SLOT) for slot in hours.taken]
    try:
        return bookings.first_obstacle(offered, claims, window.starts_at, window.minutes) is None
    except bookings.BadSlot:
        return False


def _binds(bond: Bond, brief: Brief) -> bool:
    same = bond.category.casefold() == brief.category.casefold()
    return same and bond.brand_id != brief.brand_id and any(bond.from_ <= window.starts_at < bond.until for window in brief.windows)


def scan(brief: Brief, hosts: Sequence[HostRecord], priors: Priors) -> list[Found]:
    """Every host filtered by `rules` and ranked by `explanation`."""
    candidates = [candidate(brief, host) for host in hosts]
    return [
        Found(
            creator_id=match.creator_id,
            score_millinats=match.score_millinats,
            sales_millinats=next(reason.millinats for reason in match.reasons if reason.factor is Factor.SALES),
            acceptance_millinats=next(reason.millinats for reason in match.reasons if reason.factor is Factor.ACCEPTANCE),
            is_new=not record(brief, next(host for host in candidates if host.creator_id == match.creator_id)),
        )
        for match in rank(brief, [host for host in candidates if not failed_filters(brief, host)], priors)
    ]


def some_priors(chance: random.Random, hosts: Sequence[HostRecord]) -> Priors:
    """Nothing learned yet, what these hosts teach, or anything."""
    match chance.randrange(3):
        case 0:
            return START_PRIORS
        case 1:
            brief = replace(some_brief(chance, hosts), windows=())
            return learn([candidate(brief, host) for host in hosts], before=START_PRIORS, as_of=NOW)
        case _:
            return Priors(
                version=3,
                as_of=chance.choice((None, NOW)),
                models={model_key(chance.choice(PLATFORMS), currency): some_model(chance) for currency in ("GBP", "EUR")},
                returns=Rate(millionths=chance.randrange(10**6), counts=chance.randrange(1, 500)),
                reliability=Rate(millionths=chance.randrange(1, 10**6), counts=chance.randrange(1, 50)),
            )


def some_model(chance: random.Random) -> Model:
    return Model(
        level=chance.randrange(-10 * MICRONATS, 20 * MICRONATS),
        slope_thousandths=chance.choice((250, 333, 1_000)),
        variance=MICRONATS**2,
        chance_millionths=chance.choice((10_000, 500_000, 900_000)),
        offsets={category.casefold(): chance.randrange(-MICRONATS, MICRONATS) for category in CATEGORIES if chance.random() < 0.7},
        hosts=chance.randrange(2),
    )

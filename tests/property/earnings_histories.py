"""Contracts and histories by chance, as the model of the earnings takes them: few shows, small numbers, much that meets at one bound."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.model.history import Amounts, Fact, History, Line, Refund, Show
from tests.model.terms import (
    Base,
    Bonus,
    Due,
    FlatFee,
    Guarantee,
    Limit,
    MakeUps,
    PlatformFee,
    Rule,
    Scope,
    Terms,
    Tier,
)

FIRST_DAY = date(2026, 3, 20)
FIRST = datetime.combine(FIRST_DAY, time(12), UTC)
"""Days before the clocks change in Europe, days after they did in America."""
DAY_MINUTES = 24 * 60
ZONES = ("Europe/London", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")
MATCHES: tuple[tuple[str, tuple[str, ...], str], ...] = (("mugs", ("mug",), ""), ("home", (), "home"), ("rest", (), ""))
SKUS = ("mug", "lamp", "tray")
DELIVERABLES = ("host_appears", "sessions")

scopes: st.SearchStrategy[Scope] = st.sampled_from(("show", "contract"))
rates = st.sampled_from((0, 1, 333, 500, 1250, 10_000)) | st.integers(0, 10_000)
money = st.sampled_from((1, 5, 100, 33_33, 500_00)) | st.integers(1, 1_000) | st.integers(1, 200_000)
shares = st.integers(0, 5_000)


@st.composite
def _tiers(draw: st.DrawFn, measure: str) -> tuple[Tier, ...]:
    bounds = draw(st.lists(st.integers(1, 12) if measure == "units" else money, max_size=3, unique=True))
    return tuple(Tier(bound, draw(rates)) for bound in (0, *sorted(bounds)))


@st.composite
def _rules(draw: st.DrawFn, policy: str) -> tuple[Rule, ...]:
    rules = []
    for rule_id, skus, category in draw(st.lists(st.sampled_from(MATCHES), max_size=3, unique=True)):
        measure = draw(st.sampled_from(("net_sales", "units")))
        tiers = draw(_tiers(measure))
        bounded = policy == "rerate" and len(tiers) == 1 and draw(st.booleans())
        least = draw(st.none() | st.integers(0, 2_000)) if bounded else None
        most = draw(st.none() | st.integers(least or 0, 4_000)) if bounded else None
        mode = draw(st.sampled_from(("marginal", "whole")))
        rules.append(Rule(rule_id, tiers, mode, measure, draw(scopes), skus, category, least, most))
    return tuple(rules)


@st.composite
def _flat_fees(draw: st.DrawFn) -> FlatFee:
    first, second = sorted((draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000))))
    dues: list[Due] = draw(st.permutations(("signing", "show_completed", "returns_closed")))
    parts = tuple(zip((first, second - first, 10_000 - second), dues, strict=True))
    return FlatFee(draw(money), draw(scopes), tuple(part for part in parts if part[0]))


@st.composite
def _guarantees(draw: st.DrawFn, over: Scope) -> Guarantee:
    make_ups = draw(st.none() | st.builds(MakeUps, st.integers(1, 2), st.integers(1, 40), st.just(0) | money))
    ceiling = draw(st.none() | st.integers(0, 10_000))
    then = "record" if ceiling is None else draw(st.sampled_from(("record", "void_fee", *(["make_up"] if make_ups else []))))
    return Guarantee(draw(money), over, ceiling, then, make_ups)


@st.composite
def terms(draw: st.DrawFn, version: int, since: datetime, zone: ZoneInfo) -> Terms:
    """Any sound terms of one version."""
    policy = draw(st.sampled_from(("rerate", "proportional")))
    over: Scope = draw(scopes)
    other: Scope = "contract" if over == "show" else "show"
    hours = draw(st.lists(st.sampled_from((0, 24, 48, 72)), max_size=3, unique=True))
    return Terms(
        version=version,
        since=since,
        zone=zone,
        rules=draw(_rules(policy)),
        reset=version > 1 and draw(st.booleans()),
        base=draw(st.builds(Base, st.booleans(), st.booleans(), st.booleans(), st.booleans())),
        flat_fee=draw(st.none() | _flat_fees()),
        cap=draw(st.none() | st.builds(Limit, st.just(0) | money, scopes)),
        floor=draw(st.none() | st.builds(Limit, money, st.just(other))),
        guarantee=draw(st.none() | _guarantees(over)),
        bonuses=tuple(Bonus(f"b{number}", draw(money), draw(money), draw(scopes)) for number in range(draw(st.integers(0, 2)))),
        return_window_days=draw(st.sampled_from((0, 1, 14))),
        refund_policy=policy,
        refunds_after_maturity=draw(st.sampled_from(("clawback", "final"))),
        splits=tuple((payee, draw(shares)) for payee in draw(st.lists(st.sampled_from(("agy_a", "agy_b")), unique=True))),
        platform_fee=PlatformFee(draw(rates), draw(st.sampled_from(("on_top", "taken")))),
        vat_on_fee_bp=draw(st.sampled_from((0, 2000))),
        vat_on_invoice_bp=draw(st.sampled_from((0, 777))),
        cancellation=tuple((row, draw(rates)) for row in hours),
        takes_off=tuple((kind, draw(rates)) for kind in DELIVERABLES),
    )


@st.composite
def _moments(draw: st.DrawFn, after: datetime, most_days: int) -> datetime:
    return after + timedelta(minutes=draw(st.just(0) | st.integers(0, most_days * DAY_MINUTES)))


@st.composite
def _recorded(draw: st.DrawFn, occurred: datetime) -> datetime:
    return draw(st.just(occurred) | _moments(occurred, 30))


@st.composite
def _facts(draw: st.DrawFn, show: Show) -> list[Fact]:
    """Most shows are signed for and held; some are called off, some do not deliver."""
    facts = []

    def happened(kind: str, occurred: datetime, **more: object) -> None:
        number = len(facts)
        facts.append(Fact(f"{show.id}-{number}", show.id, kind, occurred, draw(_recorded(occurred)), **more))  # type: ignore[arg-type]

    if draw(st.integers(0, 9)) > 0:
        happened("signed", draw(st.just(FIRST - timedelta(days=20)) | _moments(FIRST - timedelta(days=20), 25)))
    if draw(st.integers(0, 9)) > 1:
        ended = show.starts + timedelta(minutes=draw(st.integers(30, 300)))
        until = ended + timedelta(minutes=draw(st.sampled_from((0, 120, 3 * DAY_MINUTES))))
        happened("completed", draw(st.just(ended) | _moments(ended, 2)), ended=ended, until=until)
    if draw(st.integers(0, 6)) == 0:
        happened("cancelled", show.starts - timedelta(hours=draw(st.integers(-2, 100))), by=draw(st.sampled_from(("host", "brand"))))
    for deliverable in draw(st.lists(st.sampled_from(DELIVERABLES), max_size=3)):
        happened(draw(st.sampled_from(("not_met", "not_met", "met", "disputed"))), draw(_moments(show.starts, 3)), deliverable=deliverable)
    return facts


@st.composite
def _lines(draw: st.DrawFn, shows: tuple[Show, ...]) -> tuple[Line, ...]:
    lines = []
    for number in range(draw(st.integers(0, 9))):
        show = draw(st.sampled_from(shows))
        occurred = draw(_moments(show.starts, draw(st.sampled_from((0, 1, 5, 25)))))
        goods = draw(money)
        amounts = Amounts(goods)
        if draw(st.booleans()):
            seller = draw(st.integers(0, goods))
            platform = draw(st.just(0) | st.integers(0, goods - seller))
            amounts = Amounts(goods, seller, platform, draw(st.integers(0, goods)), draw(st.integers(0, 500)))
        sku, category = draw(st.sampled_from(SKUS)), draw(st.sampled_from(("", "home")))
        lines.append(Line(f"l{number}", show.id, sku, category, draw(st.integers(1, 6)), amounts, occurred, draw(_recorded(occurred))))
    return tuple(lines)


@st.composite
def _refunds(draw: st.DrawFn, lines: tuple[Line, ...]) -> tuple[Refund, ...]:
    """Of a part, of all that was paid, of more; repeated; now and then one that is undone."""
    refunds: list[Refund] = []
    for line in lines:
        for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 4)))):
            occurred = draw(_moments(line.occurred, draw(st.sampled_from((1, 10, 40)))))
            paid = line.amounts.paid()
            amount = draw(st.sampled_from((0, 1, paid // 3, paid, paid + 7)) | st.integers(0, paid))
            units = draw(st.integers(0, line.units + 1))
            refunds.append(Refund(f"r{len(refunds)}", line.id, units, amount, occurred, draw(_recorded(occurred))))
            if draw(st.integers(0, 9)) == 0:
                undone = draw(_moments(occurred, 10))
                refunds.append(Refund(f"r{len(refunds)}", line.id, -units, -amount, undone, draw(_recorded(undone))))
    return tuple(refunds)


@st.composite
def _shows(draw: st.DrawFn) -> tuple[Show, ...]:
    starts = [FIRST + timedelta(days=draw(st.integers(0, 30)), hours=draw(st.integers(0, 23))) for _ in range(draw(st.integers(1, 4)))]
    shows = [Show(f"show_{number}", moment) for number, moment in enumerate(starts)]
    for number in range(draw(st.sampled_from((0, 0, 1, 2)))):
        missed = draw(st.sampled_from(shows[: len(starts)]))
        shows.append(Show(f"again_{number}", missed.starts + timedelta(days=draw(st.integers(1, 45))), missed.id))
    return tuple(shows)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A contract in one to three versions and all that happened to it."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    since = [FIRST - timedelta(days=60), *sorted(draw(st.lists(_moments(FIRST, 40), max_size=2)))]
    versions = tuple(draw(terms(number, moment, zone)) for number, moment in enumerate(since, start=1))
    shows = draw(_shows())
    facts = tuple(fact for show in shows for fact in draw(_facts(show)))
    lines = draw(_lines(shows))
    return History(versions, shows, facts, lines, draw(_refunds(lines)))


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Any time, often long after everything, often midnight in some zone or the second before it."""
    late = datetime(2027, 1, 1, tzinfo=UTC)
    midnight = datetime.combine(FIRST_DAY + timedelta(days=draw(st.integers(0, 90))), time(), ZoneInfo(draw(st.sampled_from(ZONES))))
    second = timedelta(seconds=draw(st.integers(0, 1)))
    return draw(st.just(late) | st.just(midnight - second) | _moments(FIRST - timedelta(days=10), 110))

"""Contracts and histories by chance, as the model of the earnings takes them: few shows, small numbers, much that meets at one bound.

In about half of its examples Hypothesis draws the simplest value of everything from some point on, so the first of each choice is one
that matters; `test_earnings_generators` counts what the examples reach.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.model.history import Amounts, Fact, History, Line, Refund, Show, version_of, window_ends
from tests.model.terms import (
    Base,
    Bonus,
    Due,
    FlatFee,
    Guarantee,
    Limit,
    MakeUps,
    Measure,
    Mode,
    OverCeiling,
    PlatformFee,
    Policy,
    Rule,
    Scope,
    Terms,
    Tier,
)

FIRST = datetime.combine(date(2026, 3, 20), time(12), UTC)
"""Days before the clocks change in Europe, days after they did in America."""
LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
ZONES = tuple(ZoneInfo(name) for name in ("Europe/London", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"))
Match = tuple[str, tuple[str, ...], str]
MATCHES: tuple[Match, ...] = (("mugs", ("mug",), ""), ("home", (), "home"), ("rest", (), ""))
SKUS = ("mug", "lamp")
DELIVERABLES = ("host_appears", "sessions")

maybe = st.booleans()
mostly = st.sampled_from((True, False, True))
few = st.sampled_from((1, 0, 2))
once_in_ten = st.integers(0, 9).map(lambda drawn: drawn == 7)
one_in_five = st.integers(0, 4).map(lambda drawn: drawn == 3)
scopes: st.SearchStrategy[Scope] = st.sampled_from(("contract", "show", "contract"))
rates = st.sampled_from((1250, 0, 1, 333, 500, 3_000, 10_000)) | st.integers(1, 10_000)
money = st.sampled_from((33_33, 1, 5, 100, 500_00)) | st.integers(1, 1_000) | st.integers(1_000, 200_000)
much = st.integers(1_000, 200_000)
small = st.integers(0, 5)
units = st.sampled_from((2, 1, 3, 4, 5, 6))
policies: st.SearchStrategy[Policy] = st.sampled_from(("rerate", "proportional"))
measures: st.SearchStrategy[Measure] = st.sampled_from(("net_sales", "units"))
modes: st.SearchStrategy[Mode] = st.sampled_from(("marginal", "whole", "whole"))
dues: st.SearchStrategy[list[Due]] = st.permutations(("signing", "show_completed", "returns_closed"))
per_line = st.sampled_from((None, 0, 10, 200, 4_000)) | st.integers(0, 4_000)
several = st.sampled_from((1, 0, 2, 3, 1))
matches = st.lists(st.sampled_from(MATCHES), min_size=1, unique=True)
cuts = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).map(sorted)
bases = st.builds(Base, maybe, maybe, maybe, maybe)
make_ups = st.none() | st.builds(MakeUps, st.sampled_from((1, 1, 2)), st.integers(1, 40), st.just(0) | money)
ceilings = st.sampled_from((0, None, 0, 2_500, 5_000)) | st.integers(0, 10_000)
splits = st.just((("agy_a", 3_333),)) | st.lists(
    st.tuples(st.sampled_from(("agy_a", "agy_b")), st.integers(0, 5_000)), unique_by=lambda split: split[0]
).map(tuple)
fees = st.builds(PlatformFee, st.sampled_from((1_000, 0)) | st.integers(0, 3_000), st.sampled_from(("taken", "on_top")))
tables = st.just(((0, 5_000),)) | st.lists(st.tuples(st.sampled_from((0, 24, 48, 72)), rates), unique_by=lambda row: row[0]).map(tuple)
windows = st.sampled_from((0, 1, 7, 14, 30))
notice = st.sampled_from((0, 24, 48, 72)) | st.integers(-2, 100)
vat = st.sampled_from((777, 0, 2000))
minutes = {days: st.just(0) | st.integers(0, days * 24 * 60) for days in (1, 2, 3, 5, 10, 20, 30, 40, 120)}
results = st.sampled_from(("not_met", "not_met", "met", "disputed"))


def _after(draw: st.DrawFn, moment: datetime, most_days: int) -> datetime:
    """Then, or a time up to so many days later."""
    return moment + timedelta(minutes=draw(minutes[most_days]))


def _recorded(draw: st.DrawFn, occurred: datetime) -> datetime:
    """Half of everything is known at once, now and then something before it happens."""
    if draw(once_in_ten):
        return occurred - timedelta(days=10)
    return _after(draw, occurred, 30) if draw(maybe) else occurred


def _rule(draw: st.DrawFn, match: Match, policy: str, worth: int) -> Rule:
    rule_id, skus, category = match
    measure = draw(measures)
    bounds = st.integers(3, 12) if measure == "units" else st.sampled_from((worth // 2 + 1, worth // 5 + 1)) | money
    above = {draw(bounds) for _ in range(draw(several))}
    steps = [draw(rates) for _ in (0, *above)]
    tiers = tuple(map(Tier, (0, *sorted(above)), sorted(steps, reverse=True) if draw(maybe) else steps))
    least = draw(per_line) if policy == "rerate" and len(tiers) == 1 else None
    most = draw(per_line) if policy == "rerate" and len(tiers) == 1 else None
    if least is not None and most is not None:
        least, most = min(least, most), max(least, most)
    return Rule(rule_id, tiers, draw(modes), measure, draw(scopes), skus, category, least, most)


def _flat_fee(draw: st.DrawFn) -> FlatFee:
    first, second = draw(cuts)
    parts = tuple(zip((first, second - first, 10_000 - second), draw(dues), strict=True))
    return FlatFee(draw(money), draw(scopes), tuple(part for part in parts if part[0]))


def _guarantee(draw: st.DrawFn, over: Scope, worth: int) -> Guarantee:
    agreed, ceiling = draw(make_ups), draw(ceilings)
    then: OverCeiling = "record" if ceiling is None else draw(st.sampled_from(("record", "void_fee", *(["make_up"] if agreed else []))))
    return Guarantee(draw(st.sampled_from((worth, worth // 3 + 1)) | much | money), over, ceiling, then, agreed)


@st.composite
def terms(draw: st.DrawFn, version: int, since: datetime, zone: ZoneInfo, matched: Sequence[Match], worth: int) -> Terms:
    """Any sound terms of one version, mostly with rules for the goods `matched` by the other versions; all goods are `worth` so much."""
    policy, over = draw(policies), draw(scopes)
    other: Scope = "contract" if over == "show" else "show"
    return Terms(
        version=version,
        since=since,
        zone=zone,
        rules=tuple(_rule(draw, match, policy, worth) for match in (draw(matches) if draw(once_in_ten) else matched)),
        reset=version > 1 and draw(maybe),
        base=draw(bases),
        flat_fee=None if draw(once_in_ten) else _flat_fee(draw),
        cap=Limit(draw(st.sampled_from((worth // 20, 0)) | money), draw(scopes)) if draw(maybe) else None,
        floor=Limit(draw(money), other) if draw(maybe) else None,
        guarantee=_guarantee(draw, over, worth) if draw(mostly) else None,
        bonuses=tuple(Bonus(f"b{number}", draw(st.just(worth // 2 + 1) | money), draw(money), draw(scopes)) for number in range(draw(few))),
        return_window_days=draw(windows),
        refund_policy=policy,
        refunds_after_maturity=draw(st.sampled_from(("clawback", "final"))),
        splits=draw(splits),
        platform_fee=draw(fees),
        vat_on_fee_bp=draw(vat),
        vat_on_invoice_bp=draw(vat),
        cancellation=draw(tables),
        takes_off=tuple((kind, draw(rates)) for kind in DELIVERABLES),
    )


def _disputed(draw: st.DrawFn, show: Show, margin: timedelta, likely: str, happened: Callable[..., None]) -> None:
    """How it ended is disputed, mostly settled, and perhaps found to have been otherwise: held as planned, missed, or called off before."""
    disputed = _after(draw, show.starts + timedelta(hours=2), 5)
    happened("show_disputed", disputed)
    if draw(mostly):
        settled = _after(draw, disputed, 20)
        happened("dispute_settled", settled, recorded=settled)
        finding = draw(st.sampled_from((likely, "held", "absent", "", "called off")))
        if finding == "held":
            ended = show.starts + timedelta(hours=1)
            happened("completed", ended, recorded=settled, ruled=True, ended=ended, until=ended + margin)
        elif finding:
            hours = 0 if finding == "absent" else draw(st.integers(0, 100))
            by = "host" if finding == "absent" else draw(st.sampled_from(("host", "brand")))
            happened("cancelled", show.starts - timedelta(hours=hours), recorded=settled, ruled=True, by=by)


def _facts(draw: st.DrawFn, show: Show) -> list[Fact]:
    """Most shows are signed for and held; some are called off, some do not deliver."""
    facts: list[Fact] = []

    def happened(kind: str, occurred: datetime, recorded: datetime | None = None, **more: object) -> None:
        number = len(facts)
        known = recorded or _recorded(draw, occurred)
        facts.append(Fact(f"{show.id}-{number}", show.id, kind, occurred, known, **more))  # type: ignore[arg-type]

    margin = timedelta(minutes=draw(st.sampled_from((0, 120, 3 * 24 * 60))))
    if not draw(once_in_ten):
        happened("signed", FIRST - timedelta(days=20))
    if not draw(once_in_ten):
        ended = show.starts + timedelta(minutes=draw(st.integers(30, 300)))
        happened("completed", _after(draw, ended, 2), ended=ended, until=ended + margin)
    if draw(once_in_ten):
        happened("cancelled", show.starts - timedelta(hours=draw(notice)), by=draw(st.sampled_from(("host", "brand"))))
    called_off = any(fact.kind == "cancelled" for fact in facts)
    if draw(maybe if called_off else one_in_five):
        _disputed(draw, show, margin, "held" if called_off else "absent", happened)
    for deliverable in draw(st.lists(st.sampled_from(DELIVERABLES), max_size=3)):
        apart = timedelta(seconds=len(facts))
        happened(draw(results), _after(draw, show.starts, 3) + apart, deliverable=deliverable)
    return facts


def _line(draw: st.DrawFn, number: int, show: Show) -> Line:
    occurred = _after(draw, show.starts, draw(st.sampled_from((1, 5, 20))))
    goods = draw(money)
    amounts = Amounts(goods)
    if draw(maybe):
        seller, tax = draw(st.integers(0, goods // 2)), draw(st.integers(0, goods // 4) | st.integers(0, goods))
        amounts = Amounts(goods, seller, draw(st.integers(0, goods - seller)), tax, draw(st.integers(0, 500)))
    category = draw(st.sampled_from(("", "home")))
    return Line(f"l{number}", show.id, draw(st.sampled_from(SKUS)), category, draw(units), amounts, occurred, _recorded(draw, occurred))


def _refunds(draw: st.DrawFn, lines: Sequence[Line]) -> tuple[Refund, ...]:
    """Of a part, of all that was paid, of more; repeated; now and then one that is undone."""
    refunds: list[Refund] = []
    for line in lines:
        for _ in range(draw(st.sampled_from((1, 0, 0, 1, 2, 4)))):
            occurred = _after(draw, line.occurred, draw(st.sampled_from((1, 10, 40))))
            paid = line.amounts.paid()
            amount = draw(st.sampled_from((paid // 3, 0, 1, paid // 7, paid, paid + 7)))
            returned = draw(st.sampled_from((1, 0, 0, line.units, line.units + 1)))
            refunds.append(Refund(f"r{len(refunds)}", line.id, returned, amount, occurred, _recorded(draw, occurred)))
            if draw(once_in_ten):
                undone = _after(draw, occurred, 10)
                refunds.append(Refund(f"r{len(refunds)}", line.id, -returned, -amount, undone, _recorded(draw, undone)))
    return tuple(refunds)


def _shows(draw: st.DrawFn) -> tuple[Show, ...]:
    starts = [_after(draw, FIRST + timedelta(days=number), 30) for number in range(draw(st.sampled_from((3, 1, 2, 4, 2))))]
    shows = [Show(f"show_{number}", moment) for number, moment in enumerate(starts)]
    for number in range(draw(st.sampled_from((0, 0, 1, 2)))):
        missed = draw(st.sampled_from(shows[: len(starts)]))
        shows.append(Show(f"again_{number}", _after(draw, missed.starts, 40), missed.id))
    return tuple(shows)


def _version_starts(draw: st.DrawFn, shows: Sequence[Show]) -> datetime:
    """As a show starts, often a make-up show, or a minute too late for it."""
    make_ups_first = sorted(shows, key=lambda show: not show.makes_up)
    return draw(st.sampled_from(make_ups_first)).starts + timedelta(minutes=draw(once_in_ten))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A contract in one to three versions and all that happened to it."""
    zone = draw(st.sampled_from(ZONES))
    matched = draw(matches)
    shows = _shows(draw)
    later = sorted(_version_starts(draw, shows) for _ in range(draw(st.sampled_from((0, 1, 1, 2)))))
    since = [FIRST - timedelta(days=60), *later]
    count = draw(st.sampled_from((6, 2, 3, 4, 5, 7, 8, 9)))
    lines = tuple(_line(draw, number, shows[(number + draw(small)) % len(shows)]) for number in range(count))
    refunds = _refunds(draw, lines)
    worth = sum(line.amounts.goods for line in lines)
    versions = tuple(draw(terms(number, moment, zone, matched, worth)) for number, moment in enumerate(since, start=1))
    facts = tuple(fact for show in shows for fact in _facts(draw, show))
    return History(versions, shows, facts, lines, refunds)


def _instants(draw: st.DrawFn, history: History) -> tuple[datetime, ...]:
    """When a window ends, or the second before; when something happens; some time or long after everything."""
    versions = {show.id: version_of(history.versions, show) for show in history.shows}
    ends = sorted(
        [window_ends(line.occurred, versions[line.show]) for line in history.lines]
        + [window_ends(fact.until, versions[fact.show]) for fact in history.facts if fact.until]
    )
    happened: list[Fact | Line | Refund] = [*history.facts, *history.lines, *history.refunds]
    turns = sorted(moment for thing in happened for moment in (thing.occurred, thing.recorded))
    end = draw(st.sampled_from(ends)) - timedelta(seconds=draw(once_in_ten))
    turn = draw(st.sampled_from(turns)) - timedelta(seconds=draw(once_in_ten))
    return end, turn, _after(draw, FIRST, 120) if draw(once_in_ten) else LONG_AFTER


@st.composite
def looked_at(draw: st.DrawFn) -> tuple[History, tuple[datetime, ...]]:
    """A history, and instants to look at it."""
    history = draw(histories())
    return history, _instants(draw, history)

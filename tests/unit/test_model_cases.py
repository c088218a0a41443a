"""The model says what the table of exact results says: before it may judge the product, it is judged itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.model.earnings import ShowStatement, earnings
from tests.model.history import Amounts, Fact, History, Line, Refund, Show
from tests.model.terms import FlatFee, Guarantee, Limit, MakeUps, PlatformFee, Rule, Terms, Tier

START = datetime(2026, 3, 2, 18, tzinfo=UTC)
LATER = START + timedelta(days=400)
ON_SHOW = ((10_000, "show_completed"),)
LADDER = Rule("r", (Tier(0, 400), Tier(200_00, 600), Tier(400_00, 800)))
PLAIN = Terms(version=1, since=START - timedelta(days=30), zone=ZoneInfo("UTC"), rules=())


def flat(amount: int, over: str = "show") -> FlatFee:
    return FlatFee(amount, "contract" if over == "contract" else "show", ((10_000, "show_completed"),))


def single(rate_bp: int) -> Rule:
    return Rule("r", (Tier(0, rate_bp),))


def told(*versions: Terms, sales: Sequence[int], refunds: Sequence[int] = (), units: Sequence[int] = ()) -> History:
    """Shows a day apart, each held, with one sale of this many minor units and a refund of these."""
    shows = tuple(Show(f"s{number}", START + timedelta(days=number)) for number in range(len(sales)))
    facts = [Fact(f"signed {show.id}", show.id, "signed", START - timedelta(days=9), START - timedelta(days=9)) for show in shows]
    facts += [
        Fact(f"held {show.id}", show.id, "completed", at := show.starts + timedelta(hours=1), at, at, at + timedelta(hours=1))
        for show in shows
    ]
    lines = [
        Line(f"l{show.id}", show.id, "SKU", "", (*units, *[1] * len(sales))[number], Amounts(sales[number]), show.starts, show.starts)
        for number, show in enumerate(shows)
    ]
    backs = [
        Refund(f"b{number}", f"ls{number}", 0, amount, shows[number].starts, shows[number].starts)
        for number, amount in enumerate(refunds)
        if amount
    ]
    return History(versions, shows, tuple(facts), tuple(lines), tuple(backs))


def earned(history: History, as_of: datetime = LATER) -> list[int]:
    return [show.total()[0] for show in earnings(history, as_of).shows.values()]


def only(history: History) -> ShowStatement:
    (show,) = earnings(history, LATER).shows.values()
    return show


@pytest.mark.parametrize(
    ("rule", "sales", "refunds", "policy", "expected"),
    [
        (LADDER, [500_00], [], "rerate", [28_00]),
        (replace(LADDER, mode="whole"), [500_00], [], "rerate", [40_00]),
        (LADDER, [500_00], [150_00], "rerate", [17_00]),
        (LADDER, [500_00], [150_00], "proportional", [19_60]),
        (replace(LADDER, over="contract"), [400_00, 100_00], [], "proportional", [20_00, 8_00]),
        (replace(LADDER, over="contract"), [400_00, 100_00], [0, 100_00], "proportional", [20_00, 0]),
        (single(1000), [5], [], "rerate", [1]),
        (replace(single(1250), over="contract"), [33_33, 33_33, 33_34], [], "rerate", [4_17, 4_16, 4_17]),
        (replace(single(1250), over="contract"), [33_33, 33_33, 33_34], [], "proportional", [4_17, 4_16, 4_17]),
        (replace(single(500), min_per_line=1_00), [10_00], [], "rerate", [1_00]),
        (replace(single(1000), max_per_line=50_00), [600_00], [], "rerate", [50_00]),
    ],
)
def test_commission(rule: Rule, sales: list[int], refunds: list[int], policy: str, expected: list[int]) -> None:
    terms = replace(PLAIN, rules=(rule,), refund_policy="proportional" if policy == "proportional" else "rerate")
    assert earned(told(terms, sales=sales, refunds=refunds)) == expected


def test_a_fee_and_commission() -> None:
    assert earned(told(replace(PLAIN, rules=(single(2500),), flat_fee=flat(300_000_00)), sales=[3_000_000_00])) == [1_050_000_00]


def test_units_at_different_prices() -> None:
    rule = Rule("r", (Tier(0, 500), Tier(1000, 800)), measure="units")
    history = told(replace(PLAIN, rules=(rule,)), sales=[10_000_00], units=[1000])
    more = replace(history.lines[0], id="more", units=500, amounts=Amounts(25_000_00))
    assert earned(replace(history, lines=(*history.lines, more))) == [2_100_00]


def test_a_new_version_keeps_the_total_reached() -> None:
    second = replace(
        PLAIN, version=2, since=START + timedelta(hours=1), rules=(Rule("r", (Tier(0, 400), Tier(500_00, 600)), "whole", over="contract"),)
    )
    history = told(replace(PLAIN, rules=(replace(single(500), over="contract"),)), second, sales=[400_00, 100_00])
    assert earned(history) == [20_00, 14_00]


def test_a_fee_in_parts_as_they_come() -> None:
    parts = FlatFee(1000_00, "show", ((3000, "signing"), (5000, "show_completed"), (2000, "returns_closed")))
    history = told(replace(PLAIN, flat_fee=parts, return_window_days=14), sales=[1])
    assert [earned(history, START + timedelta(days=days)) for days in (-1, 1, 15)] == [[300_00], [800_00], [1000_00]]


def test_a_host_who_cancels_owes_a_share() -> None:
    history = told(replace(PLAIN, flat_fee=flat(20_000_00), cancellation=((0, 10_000), (24, 5_000), (72, 0))), sales=[0])
    at = START - timedelta(hours=30)
    assert earned(replace(history, facts=(history.facts[0], Fact("off", "s0", "cancelled", at, at, by="host")))) == [-10_000_00]


def test_what_matured_is_never_more_than_what_is_earned() -> None:
    rule = Rule("r", (Tier(0, 400), Tier(500_00, 200)), "whole", over="contract")
    history = told(replace(PLAIN, rules=(rule,), return_window_days=1), sales=[400_00, 200_00])
    shows = earnings(history, START + timedelta(days=2)).shows.values()
    assert (sum(show.total()[0] for show in shows), sum(show.total()[1] for show in shows)) == (12_00, 12_00)


def test_top_up_fee_and_agency() -> None:
    terms = replace(
        PLAIN,
        rules=(single(1000),),
        flat_fee=flat(300_00),
        floor=Limit(500_00, "show"),
        platform_fee=PlatformFee(1000, "taken"),
        splits=(("agency", 2000),),
    )
    show = only(told(terms, sales=[1000_00]))
    assert (show.rows["floor"][0], show.platform_fee[0]) == (100_00, 50_00)
    assert show.shares == {"agency": (90_00, 90_00), "host": (360_00, 360_00)}


@pytest.mark.parametrize(
    ("guarantee", "fee", "sales", "expected"),
    [
        (Guarantee(60_000_00, "contract"), flat(20_000_00, "contract"), [1_357_90], [-19_547_37]),
        (Guarantee(60_000_00, "contract", make_ups=MakeUps(1, 30)), flat(20_000_00, "contract"), [1_357_90], [-20_000_00]),
        (Guarantee(4_000_000_00, "contract"), flat(800_000_00, "contract"), [290_000_00], [-742_000_00]),
        (Guarantee(60_000_00, "contract"), flat(20_000_00, "contract"), [50_000_00, 20_000_00], [0, 0]),
        (Guarantee(30_000_00, "show"), flat(10_000_00), [50_000_00, 20_000_00], [0, -3_333_33]),
    ],
)
def test_a_guarantee_gives_back(guarantee: Guarantee, fee: FlatFee, sales: list[int], expected: list[int]) -> None:
    history = told(replace(PLAIN, guarantee=guarantee, flat_fee=fee), sales=sales)
    assert [show.rows["give-back"][0] for show in earnings(history, LATER).shows.values()] == expected


def test_a_return_rate_over_the_ceiling_voids_the_fee_where_agreed() -> None:
    terms = replace(PLAIN, flat_fee=flat(100), guarantee=Guarantee(1, "show", 1500, "void_fee"))
    history = told(terms, sales=[1393_00], refunds=[1], units=[1393])
    assert earned(replace(history, refunds=(replace(history.refunds[0], units=1331),))) == [0]
    assert earned(replace(history, refunds=(replace(history.refunds[0], units=208),))) == [100]


def test_one_sale_refunded_in_seven_parts_ends_at_nothing() -> None:
    history = told(replace(PLAIN, rules=(single(1234),)), sales=[99_99])
    at = START + timedelta(hours=1)
    parts = tuple(Refund(f"b{n}", "ls0", 0, 14_29 if n else 14_25, at + timedelta(hours=n), at) for n in range(7))
    told_in_full = replace(history, refunds=parts)
    assert earned(told_in_full) == [0]
    assert earned(told_in_full, at + timedelta(hours=2)) == [7_05]

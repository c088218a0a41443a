"""What is believed of hosts is learned once a day from all shows, kept by version, and used by the next ranking."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from chalicelib.matching.explanation import match
from chalicelib.matching.priors import START, START_PRIORS, learn, model_key, stage_of
from chalicelib.matching.rules import Candidate
from chalicelib.matching.score import expected_sales
from tests.fakes.console import Market, console, market
from tests.unit.test_matching_score import BRIEF, HOST, NOW, show

__all__ = ["console", "market"]

LATER = NOW + timedelta(days=1)


def hosts(sales_minor: int, *, currency: str = "GBP", shows: int = 3, returned: int = 50) -> list[Candidate]:
    """Fifty hosts with 50,000 followers each, who sell about the same."""
    return [
        replace(
            HOST,
            creator_id=f"crt_{number:02}",
            past_shows=tuple(
                show(net_sales_minor=sales_minor + number * 10_00 + each, currency=currency, units_returned=returned)
                for each in range(shows)
            ),
        )
        for number in range(50)
    ]


def test_nothing_learned_means_the_start_values() -> None:
    learned = learn([HOST], before=START_PRIORS, as_of=LATER)
    assert (learned.version, learned.shows, learned.models) == (1, 0, {})
    assert (learned.returns, learned.reliability) == (START_PRIORS.returns, START_PRIORS.reliability)
    assert learned.model("youtube", "GBP") == START


def test_a_new_host_is_expected_to_sell_what_hosts_like_it_did_and_surely_not_nothing() -> None:
    learned = learn(hosts(5_000_00), before=START_PRIORS, as_of=LATER)
    before, after = expected_sales(BRIEF, HOST), expected_sales(BRIEF, HOST, learned)
    assert before.expected == pytest.approx(250_00, abs=1)
    assert 2_500_00 < after.expected < 6_000_00
    assert 0 < after.low < after.expected < after.high
    assert after.own == 0


def test_other_currencies_and_platforms_do_not_come_in() -> None:
    learned = learn(hosts(5_000_00, currency="EUR"), before=START_PRIORS, as_of=LATER)
    assert set(learned.models) == {model_key("youtube", "EUR")}
    assert expected_sales(BRIEF, HOST, learned).estimate.middle == expected_sales(BRIEF, HOST).estimate.middle


def test_where_hosts_repeat_themselves_the_own_record_counts_for_more() -> None:
    steady = learn(hosts(5_000_00), before=START_PRIORS, as_of=LATER)
    seller = hosts(40_000_00)[0]
    assert expected_sales(BRIEF, seller, steady).own > expected_sales(BRIEF, seller).own
    assert steady.model("youtube", "GBP").chance_share < START.chance_share


def test_returns_and_reliability_are_learned_too() -> None:
    learned = learn(hosts(5_000_00, returned=300), before=START_PRIORS, as_of=LATER)
    assert Fraction(59, 100) < learned.returns.with_own(0, 0) < Fraction(60, 100)
    assert learned.reliability.with_own(0, 0) > START_PRIORS.reliability.with_own(0, 0)


def test_a_show_of_long_ago_counts_for_less_than_one_of_last_week() -> None:
    learned = learn(hosts(5_000_00), before=START_PRIORS, as_of=LATER)
    well = show(net_sales_minor=50_000_00, starts_at=LATER - timedelta(days=7))
    badly = show(net_sales_minor=500_00, starts_at=LATER - timedelta(days=200))
    pairs = ((badly, well), (replace(well, starts_at=badly.starts_at), replace(badly, starts_at=well.starts_at)))
    rising, falling = (expected_sales(BRIEF, replace(HOST, past_shows=pair), learned) for pair in pairs)
    assert rising.expected > 2 * falling.expected


def test_the_reason_compares_with_the_category() -> None:
    everybody = hosts(5_000_00)
    learned = learn(everybody, before=START_PRIORS, as_of=LATER)
    assert "x the category's median per hour in 3 shows. Expected: about" in match(BRIEF, everybody[25], learned).reasons[0].sentence
    best = hosts(10_500_00)[0]
    assert match(BRIEF, best, learned).reasons[0].sentence.startswith("Sold 2.")


def test_a_show_belongs_to_the_platform_it_names_or_else_to_the_hosts_largest() -> None:
    host = replace(HOST, audiences={"YouTube": 10, "TikTok": 20})
    assert [stage_of(host, show(platform=name)) for name in ("youtube", "", "twitch")] == [("youtube", 10), ("tiktok", 20), ("twitch", 20)]


def test_learning_is_asked_for_once_a_day_and_each_version_is_kept(market: Market) -> None:
    services = market.console.services
    market.sold()
    assert services.matching.priors() == START_PRIORS
    assert [services.matching.ask_to_learn() for _ in range(3)] == [True, False, False]
    market.console.work()
    first = services.matching.priors()
    assert (first.version, first.shows, set(first.models)) == (1, 1, {"youtube#GBP"})
    assert first.as_of == services.clock.now()
    services.clock.set(services.clock.now() + timedelta(days=1))
    services.tick()
    market.console.work()
    assert services.matching.priors().version == 2
    assert services.matching.matches(market.brand, market.brief_id).priors_version == 2


def test_a_day_that_was_learned_is_not_learned_again_when_its_message_comes_twice(market: Market) -> None:
    services = market.console.services
    market.sold()
    today = services.clock.now().date().isoformat()
    first = services.matching.learn(today)
    assert (services.matching.learn(today), services.matching.priors()) == (first, first)
    tomorrow = services.clock.now() + timedelta(days=1)
    services.clock.set(tomorrow)
    assert services.matching.learn(tomorrow.date().isoformat()).version == 2
    assert services.matching.learn(today).version == 2


def test_what_came_true_of_the_last_shows_is_learned_with_the_rest() -> None:
    def sold_lately(share: int) -> int:
        days = ((40, 100), (5, share))
        known = [
            replace(
                each,
                past_shows=tuple(
                    show(net_sales_minor=each.past_shows[0].net_sales_minor * part // 100, starts_at=NOW - timedelta(days=ago))
                    for ago, part in days
                ),
            )
            for each in hosts(5_000_00)
        ]
        return learn(known, before=START_PRIORS, as_of=NOW).model("youtube", "GBP").came_true_millionths

    assert sold_lately(50) < 750_000
    assert 900_000 < sold_lately(100) < 1_100_000 < sold_lately(150)

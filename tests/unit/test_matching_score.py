"""Filters that are all named, and a score that is the sum of its reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import log
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.matching.explanation import match, rank
from chalicelib.matching.rules import (
    BadBrief,
    Brief,
    BriefWindow,
    Candidate,
    Filter,
    PastShow,
    Rejection,
    check_brief,
    counted,
    failed_filters,
    percent,
)
from chalicelib.matching.score import Factor, expected_sales, millinats

NOW = datetime(2011, 1, 3, tzinfo=UTC)
WINDOW = BriefWindow(starts_at=datetime(2011, 1, 10, 19, tzinfo=UTC), minutes=60)
BRIEF = Brief(
    brief_id="brf_1",
    brand_id="brd_1",
    title="January",
    category="home",
    market="GB",
    language="en",
    platform="youtube",
    minimum_audience=10_000,
    skus=(),
    windows=(WINDOW,),
    budget_minor=1_000_00,
    currency="GBP",
    flat_fee_minor=300_00,
    commission_basis_points=1000,
    excluded_creator_ids=("crt_bad",),
    created_at=NOW,
)
HOST = Candidate(
    creator_id="crt_1",
    name="Nadia",
    categories=("home", "toys"),
    refused_categories=(),
    languages=("en",),
    markets=("GB",),
    audiences={"youtube": 50_000},
    rate_card_minor=300_00,
    currency="GBP",
    minimum_commission_basis_points=0,
    busy_windows=(),
    can_be_paid=True,
    bound_to_competitor=False,
    past_shows=(),
)
STRANGER = Candidate(
    creator_id="crt_bad",
    name="Wrong",
    categories=("cars",),
    refused_categories=("Home",),
    languages=("fr",),
    markets=("FR",),
    audiences={"twitch": 10},
    rate_card_minor=2_000_00,
    currency="GBP",
    minimum_commission_basis_points=2000,
    busy_windows=(WINDOW,),
    can_be_paid=False,
    bound_to_competitor=True,
    past_shows=(),
)
"""Fails every filter of `BRIEF`, which excludes it by name, too."""


def show(**changes: Any) -> PastShow:
    usual: dict[str, Any] = {
        "category": "home",
        "currency": "GBP",
        "net_sales_minor": 5_000_00,
        "minutes": 60,
        "units_sold": 500,
        "units_returned": 50,
        "delivered": True,
    }
    return PastShow(**{**usual, **changes})


def test_the_reasons_add_up_to_the_score() -> None:
    hosts = [HOST, replace(HOST, creator_id="crt_2", past_shows=(show(), show(units_returned=400), show(delivered=False)))]
    for found in rank(BRIEF, hosts):
        assert found.score_millinats == sum(reason.millinats for reason in found.reasons)
        assert [reason.factor for reason in found.reasons] == list(Factor)
        assert all(reason.sentence.endswith(".") for reason in found.reasons)


def test_a_host_that_passes_everything_has_no_failed_filter() -> None:
    assert failed_filters(BRIEF, HOST) == ()


def test_a_rejection_names_every_filter_that_failed() -> None:
    failed = failed_filters(BRIEF, STRANGER)
    assert [each.filter for each in failed] == list(Filter)
    rejections = [
        Rejection(creator_id="crt_bad", name="Wrong", failed=failed),
        Rejection(creator_id="crt_2", name="Half", failed=failed[:1]),
    ]
    assert counted(rejections) == {each.value: 2 if each is Filter.MARKET else 1 for each in sorted(Filter)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"audiences": {"youtube": 9_999}}, "Has 9,999 followers on youtube; the brief asks for 10,000."),
        ({"rate_card_minor": 1_000_01}, "Costs 1,000.01 GBP for 1 show; the budget is 1,000.00 GBP."),
        ({"currency": "EUR"}, "Prices in EUR, the brief pays in GBP."),
        ({"minimum_commission_basis_points": 1250}, "Asks for a commission of at least 12.5 %; the brief offers 10 %."),
        ({"busy_windows": (WINDOW,)}, "Cannot be booked at 2011-01-10 19:00 UTC."),
    ],
)
def test_a_failed_filter_says_what_would_have_to_change(changes: dict[str, Any], sentence: str) -> None:
    assert [failed.sentence for failed in failed_filters(BRIEF, replace(HOST, **changes))] == [sentence]


def test_undoing_what_a_rejection_names_lets_the_host_in() -> None:
    small = replace(HOST, audiences={"youtube": 9_999})
    assert failed_filters(BRIEF, small) != ()
    assert failed_filters(replace(BRIEF, minimum_audience=9_999), small) == ()


def test_more_sales_in_the_category_rank_higher_and_other_categories_and_currencies_do_not_count() -> None:
    seller = replace(HOST, creator_id="crt_9", past_shows=(show(net_sales_minor=50_000_00),) * 3)
    elsewhere = replace(HOST, creator_id="crt_5", past_shows=(show(category="cars", net_sales_minor=90_000_00, units_returned=50),) * 3)
    ranked = rank(BRIEF, [HOST, elsewhere, seller])
    assert ranked[0].creator_id == "crt_9"
    abroad = replace(HOST, past_shows=(show(currency="EUR"),))
    assert expected_sales(BRIEF, abroad) == expected_sales(BRIEF, HOST) == expected_sales(BRIEF, elsewhere)


def test_a_new_host_gets_the_prior_of_hosts_like_it_and_says_so() -> None:
    found = match(BRIEF, HOST)
    assert found.expected_sales_minor == 250_00
    assert found.likely_from_minor < found.expected_sales_minor < found.likely_to_minor
    assert found.own_record_basis_points == 0
    assert found.reasons[0].sentence == (
        "No shows in home yet, so as hosts with 50,000 followers on youtube usually do: "
        "about 250.00 GBP a show, 69.37 to 900.96 GBP in eight of ten."
    )


def test_four_own_shows_count_as_much_as_the_prior() -> None:
    host = replace(HOST, past_shows=(show(net_sales_minor=1_000_00),) * 4)
    sales = expected_sales(BRIEF, host)
    assert sales.own == Fraction(1, 2)
    assert sales.expected == pytest.approx(500_00, abs=1)


def test_a_show_that_sold_nothing_counts_as_a_twentieth_of_what_is_usual_and_one_that_was_not_delivered_not_at_all() -> None:
    usual = expected_sales(BRIEF, HOST).estimate.middle
    flop, absent = (expected_sales(BRIEF, replace(HOST, past_shows=(show(net_sales_minor=0, delivered=came),))) for came in (True, False))
    assert flop.estimate.middle == usual - 3_000_000 // 5
    assert (absent.estimate, absent.shows) == (expected_sales(BRIEF, HOST).estimate, 0)


def test_longer_shows_are_expected_to_sell_more_in_the_same_measure() -> None:
    twice = replace(BRIEF, windows=(replace(WINDOW, minutes=120),))
    assert expected_sales(twice, HOST).expected == 2 * expected_sales(BRIEF, HOST).expected


def test_raising_the_fee_raises_the_chance_and_so_the_rank() -> None:
    dear, cheap = replace(HOST, creator_id="crt_1", rate_card_minor=900_00), replace(HOST, creator_id="crt_2", rate_card_minor=100_00)
    assert [found.creator_id for found in rank(BRIEF, [dear, cheap])] == ["crt_2", "crt_1"]
    low, high = (match(replace(BRIEF, flat_fee_minor=fee), dear).score_millinats for fee in (100_00, 900_00))
    assert low < high


def test_equal_hosts_are_ranked_by_id_whatever_their_order() -> None:
    hosts = [replace(HOST, creator_id=f"crt_{place}") for place in (3, 1, 2)]
    assert [found.creator_id for found in rank(BRIEF, hosts)] == ["crt_1", "crt_2", "crt_3"]


@pytest.mark.parametrize("value", [Fraction(1, 1000), Fraction(1), Fraction(95, 100), Fraction(123_456_789)])
def test_millinats_are_thousandths_of_the_natural_logarithm(value: Fraction) -> None:
    assert millinats(value) == round(1000 * log(value))


@pytest.mark.parametrize(
    ("basis_points", "text"), [(1200, "12 %"), (1250, "12.5 %"), (1205, "12.05 %"), (5, "0.05 %"), (0, "0 %"), (10_000, "100 %")]
)
def test_rates_are_read_as_percent(basis_points: int, text: str) -> None:
    assert percent(basis_points) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"windows": ()},
        {"windows": (BriefWindow(starts_at=NOW, minutes=60),)},
        {"windows": (replace(WINDOW, starts_at=WINDOW.starts_at + timedelta(minutes=5)),)},
        {"windows": (WINDOW, replace(WINDOW, starts_at=WINDOW.starts_at + timedelta(seconds=1)))},
        {"windows": (replace(WINDOW, minutes=50),)},
        {"windows": (replace(WINDOW, minutes=1_215),)},
        {"windows": (replace(WINDOW, minutes=0),)},
        {"flat_fee_minor": 1_000_01},
        {"budget_minor": -1, "flat_fee_minor": 0},
    ],
)
def test_briefs_that_nobody_could_answer_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadBrief):
        check_brief(replace(BRIEF, **changes), NOW)


def test_shows_may_start_on_any_quarter_of_any_zone() -> None:
    kathmandu = WINDOW.starts_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    check_brief(replace(BRIEF, windows=(replace(WINDOW, starts_at=kathmandu + timedelta(minutes=15), minutes=1_200),)), NOW)


def test_a_brief_for_a_time_that_has_passed_says_what_to_do() -> None:
    with pytest.raises(BadBrief, match=r"^All shows of a brief lie ahead\. Pick later starts\.$") as refused:
        check_brief(replace(BRIEF, windows=(WINDOW, BriefWindow(starts_at=NOW - timedelta(hours=1), minutes=60))), NOW)
    assert refused.value.fields == {"windows": "has passed"}

"""Reasons say what they mean: no word that the figure beside it contradicts, one show is one show, and what is not known is not told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.matching.explanation import match
from chalicelib.matching.priors import START_PRIORS, Priors, learn
from chalicelib.matching.rules import BriefWindow, PastShow, failed_filters
from chalicelib.matching.score import Factor
from tests.unit.test_matching_score import BRIEF as JANUARY
from tests.unit.test_matching_score import HOST as NADIA

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
BRIEF = replace(
    JANUARY,
    category="Home",
    platform="tiktok",
    minimum_audience=0,
    windows=(BriefWindow(starts_at=NOW + timedelta(days=9), minutes=60),),
    budget_minor=900_00,
    flat_fee_minor=100_00,
    commission_basis_points=0,
    excluded_creator_ids=(),
    created_at=NOW,
)
HOST = replace(NADIA, categories=("Toys", "home"), audiences={"tiktok": 30_400}, rate_card_minor=100_00)
SHOW = PastShow(
    category="home",
    currency="GBP",
    net_sales_minor=500_00,
    minutes=60,
    units_sold=20,
    units_returned=1,
    delivered=True,
    platform="tiktok",
    starts_at=NOW - timedelta(days=10),
)
LONG_AGO = NOW - timedelta(days=800)


def said(factor: Factor, priors: Priors = START_PRIORS, **changes: Any) -> str:
    found = match(BRIEF, replace(HOST, **changes), priors)
    return next(reason.sentence for reason in found.reasons if reason.factor is factor)


@pytest.mark.parametrize(
    ("rate_card_minor", "begins"),
    [
        (10_000_00, "Unlikely to accept (5 %): "),
        (123_00, "Unlikely to accept (40 %): "),
        (100_00, "May accept (50 %): "),
        (81_00, "Likely to accept (60 %): "),
        (0, "Likely to accept (95 %): "),
    ],
)
def test_the_word_for_the_chance_fits_the_chance(rate_card_minor: int, begins: str) -> None:
    assert said(Factor.ACCEPTANCE, rate_card_minor=rate_card_minor).startswith(begins)


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        (("home",), "Home is the host's only category."),
        (("Toys", "home"), "Home is number 2 of the host's 2 categories."),
        (("Toys", "Beauty"), "Home is not among the host's categories."),
        ((), "Home is not among the host's categories."),
    ],
)
def test_the_place_of_the_category_is_one_that_the_host_has(categories: tuple[str, ...], sentence: str) -> None:
    assert said(Factor.FIT, categories=categories) == sentence


@pytest.mark.parametrize(
    ("shows", "begins"),
    [
        ((), "No shows in Home yet, so as hosts with 30,400 followers on tiktok usually do: about "),
        ((replace(SHOW, delivered=False),), "No shows in Home yet, so as hosts with "),
        ((replace(SHOW, currency="EUR"),), "No shows in Home that sold in GBP yet, so as hosts with "),
        ((replace(SHOW, starts_at=LONG_AGO),), "1 show in Home, too long ago to count, so as hosts with "),
        ((replace(SHOW, starts_at=LONG_AGO),) * 2, "2 shows in Home, too long ago to count, so as hosts with "),
        ((SHOW,), "Sold 1.0x the category's median per hour in 1 show. Expected: about "),
        ((SHOW,) * 14, "Sold 1.0x the category's median per hour in 14 shows. Expected: about "),
    ],
)
def test_what_sales_are_expected_from_is_told_as_it_is(shows: tuple[PastShow, ...], begins: str) -> None:
    priors = learn([replace(HOST, creator_id=f"crt_{number}", past_shows=(SHOW,)) for number in range(200)], before=START_PRIORS, as_of=NOW)
    assert said(Factor.SALES, priors, past_shows=shows).startswith(begins)


def test_next_to_nothing_is_not_called_no_times_the_median() -> None:
    best = replace(SHOW, net_sales_minor=5_000_000_00)
    hosts = [replace(HOST, creator_id=f"crt_{number}", past_shows=(best,)) for number in range(200)]
    priors = learn(hosts, before=START_PRIORS, as_of=NOW)
    assert said(Factor.SALES, priors, past_shows=(replace(SHOW, net_sales_minor=0),), audiences={"tiktok": 1}).startswith(
        "Sold less than 0.1x the category's median per hour in 1 show."
    )


def test_one_follower_and_one_show_are_one() -> None:
    assert "hosts with 1 follower on tiktok usually do" in said(Factor.SALES, audiences={"tiktok": 1})
    assert said(Factor.RELIABILITY, past_shows=(SHOW,)).startswith("Delivered 1 of 1 show so far; ")
    assert said(Factor.RELIABILITY, past_shows=(SHOW,) * 2).startswith("Delivered 2 of 2 shows so far; ")
    assert "of 1 unit sold, 1 came back" in said(Factor.RETURNS, past_shows=(replace(SHOW, units_sold=1),))
    (failed,) = failed_filters(BRIEF, replace(HOST, rate_card_minor=900_01))
    assert failed.sentence == "Costs 900.01 GBP for 1 show; the budget is 900.00 GBP."
    (failed,) = failed_filters(replace(BRIEF, windows=BRIEF.windows * 2), replace(HOST, rate_card_minor=900_00))
    assert failed.sentence == "Costs 1,800.00 GBP for 2 shows; the budget is 900.00 GBP."

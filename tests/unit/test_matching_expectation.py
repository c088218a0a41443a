"""Few observations are trusted little, many much; nobody is expected to do nothing; and what is fitted comes back."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.matching.expectation import (
    FULL_WEIGHT,
    MICRONATS,
    NO_RECORD,
    Model,
    Observation,
    Record,
    amount,
    estimate,
    fit,
    micronats,
    weight_after,
)

MODEL = Model(level=8 * MICRONATS, slope_thousandths=500, variance=MICRONATS**2, chance_millionths=500_000, offsets={"Beauty": MICRONATS})
shows = st.lists(st.integers(0, 25 * MICRONATS), max_size=30)


def record(values: list[int]) -> Record:
    found = NO_RECORD
    for value in values:
        found = found.of_more(value, FULL_WEIGHT)
    return found


def test_without_a_record_hosts_are_as_hosts_like_them_with_all_the_uncertainty() -> None:
    found = estimate(MODEL, "Beauty", 10_000)
    assert (found.middle, found.variance, found.own) == (MODEL.usual("Beauty", 10_000), MODEL.variance, Fraction(0))
    assert found.likely()[0] < amount(found.middle) < found.mean() < found.likely()[1]


def test_a_group_nobody_knows_is_as_the_platform() -> None:
    assert MODEL.usual("Beauty", 10) - MODEL.usual("Tools", 10) == MICRONATS


@given(values=shows, more=st.integers(0, 25 * MICRONATS))
def test_the_expectation_lies_between_the_own_record_and_what_is_usual_and_each_show_makes_it_surer(values: list[int], more: int) -> None:
    before, after = estimate(MODEL, "", 1_000, record(values)), estimate(MODEL, "", 1_000, record([*values, more]))
    bounds = [MODEL.usual("", 1_000), *values]
    assert min(bounds) <= before.middle <= max(bounds)
    assert after.own > before.own
    assert after.variance < before.variance
    assert before.mean() > 0


@given(values=st.lists(st.integers(0, 25 * MICRONATS), min_size=1, max_size=30), by=st.integers(1, MICRONATS))
def test_a_better_show_never_lowers_the_expectation(values: list[int], by: int) -> None:
    better = [values[0] + by, *values[1:]]
    assert estimate(MODEL, "", 1_000, record(better)).middle >= estimate(MODEL, "", 1_000, record(values)).middle


@given(small=st.integers(0, 10**10), more=st.integers(0, 10**10))
def test_more_audience_never_means_less(small: int, more: int) -> None:
    assert MODEL.usual("Beauty", small + more) >= MODEL.usual("Beauty", small)


def test_what_is_old_counts_for_less_and_in_the_end_for_nothing() -> None:
    assert [weight_after(days) for days in (-5, 0, 44, 45, 90, 8 * 45, 9 * 45, 100_000)] == [256, 256, 256, 128, 64, 1, 0, 0]


@given(value=st.integers(-30 * MICRONATS, 30 * MICRONATS))
def test_a_logarithm_and_its_amount_belong_together(value: int) -> None:
    assert micronats(amount(value)) == value


def drawn(*, between: float, chance: float, shows: int = 6, hosts: int = 400) -> list[Observation]:
    chosen = random.Random(20_221_101)
    found = []
    for number in range(hosts):
        group = "Beauty" if number % 2 else "Tools"
        audience = int(1_000 * chosen.lognormvariate(0, 1.5))
        host = 5 + 0.5 * float(micronats(Fraction(max(1, audience)))) / MICRONATS + (1 if number % 2 else 0) + chosen.gauss(0, between)
        found += [
            Observation(
                host_id=f"host{number}", group=group, audience=audience, micronats=int(MICRONATS * (host + chosen.gauss(0, chance)))
            )
            for _ in range(shows)
        ]
    return found


@pytest.mark.parametrize(("between", "chance"), [(0.9, 0.3), (0.3, 0.9), (0.6, 0.6)])
def test_what_was_put_into_a_sample_is_found_in_it(between: float, chance: float) -> None:
    start = Model(level=6 * MICRONATS, slope_thousandths=1_000, variance=MICRONATS**2, chance_millionths=333_333)
    (model,) = fit({"tiktok": drawn(between=between, chance=chance)}, {"tiktok": start}).values()
    assert float(model.chance_share) == pytest.approx(chance**2 / (between**2 + chance**2), abs=0.05)
    assert model.variance / MICRONATS**2 == pytest.approx(between**2 + chance**2, rel=0.2)
    assert float(model.slope) == pytest.approx(0.5, abs=0.05)
    assert (model.usual("Beauty", 1_000) - model.usual("Tools", 1_000)) / MICRONATS == pytest.approx(1, abs=0.2)
    assert model.hosts == 400


def test_nobody_observed_means_what_was_believed_before() -> None:
    assert fit({"tiktok": []}, {"tiktok": MODEL}) == {"tiktok": MODEL}


def test_a_platform_where_nobody_was_seen_twice_takes_the_share_of_chance_from_the_others() -> None:
    often, once = drawn(between=0.9, chance=0.3), drawn(between=0.9, chance=0.3, shows=1)
    alone = fit({"youtube": once}, {"youtube": MODEL})
    beside = fit({"youtube": once, "tiktok": often}, {"youtube": MODEL, "tiktok": MODEL})
    assert alone["youtube"].chance_millionths == MODEL.chance_millionths
    assert float(beside["youtube"].chance_share) == pytest.approx(float(beside["tiktok"].chance_share), abs=0.02)


def test_the_order_of_what_was_observed_does_not_matter() -> None:
    observed = drawn(between=0.9, chance=0.3, hosts=30)
    assert fit({"tiktok": observed}, {"tiktok": MODEL}) == fit({"tiktok": observed[::-1]}, {"tiktok": MODEL})

"""Amounts are scaled by what came true of such last time: no more is taken from it than a sum, and no order of hosts."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from chalicelib.matching.expectation import (
    FULL_WEIGHT,
    MICRONATS,
    MILLION,
    Model,
    Observation,
    Record,
    amount,
    estimate,
    fit,
    micronats,
    weight_after,
)
from chalicelib.matching.hindsight import levelled

START = Model(level=8 * MICRONATS, slope_thousandths=500, variance=MICRONATS**2, chance_millionths=500_000)
HOSTS = 300
FIRST, SECOND = 738_000, 738_092


def two_days(share: Fraction, *, hosts: int = HOSTS) -> list[Observation]:
    chosen = random.Random(20_220_601)
    found = []
    for number in range(hosts):
        usual = 10 * MICRONATS + int(chosen.gauss(0, MICRONATS))
        for day, came in ((FIRST, Fraction(1)), (SECOND, share)):
            seen = usual + micronats(came) + int(chosen.gauss(0, MICRONATS / 20))
            weight = weight_after(SECOND - day)
            found.append(Observation(host_id=f"host{number}", group="", audience=1_000, micronats=seen, weight=weight, day=day))
    return found


def model_of(observed: list[Observation]) -> Model:
    return levelled(fit({"tiktok": observed}, {"tiktok": START}), {"tiktok": observed})["tiktok"]


@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(8, 10), Fraction(3, 2)])
def test_what_came_true_last_time_scales_what_is_expected_next(share: Fraction) -> None:
    assert model_of(two_days(share)).came_true_millionths / MILLION == pytest.approx(float(share), abs=0.08)


def test_the_sum_that_is_foretold_for_the_last_day_is_the_one_that_came() -> None:
    observed = two_days(Fraction(7, 10))
    model = model_of(observed)
    before = [each for each in observed if each.day == FIRST]
    own = [Record(weight=FULL_WEIGHT, weighted_micronats=FULL_WEIGHT * each.micronats) for each in before]
    foretold = sum(estimate(model, "", 1_000, record).mean() for record in own)
    came = sum(amount(each.micronats) for each in observed if each.day == SECOND)
    assert float(foretold / came) == pytest.approx(1, abs=0.02)


def test_few_hosts_say_little() -> None:
    assert model_of(two_days(Fraction(1, 2), hosts=2)).came_true_millionths > 850_000


def test_without_an_earlier_day_all_is_taken_to_come_true() -> None:
    observed = two_days(Fraction(1, 2))
    for same_day in ([each for each in observed if each.day == SECOND], [replace(each, day=0) for each in observed], []):
        assert model_of(same_day).came_true_millionths == MILLION


def test_what_is_too_old_to_count_does_not_count_here() -> None:
    observed = [replace(each, weight=0) if each.day == FIRST else each for each in two_days(Fraction(1, 2))]
    assert model_of(observed).came_true_millionths == MILLION


def test_amounts_are_scaled_and_no_middle_is_moved() -> None:
    model = model_of(two_days(Fraction(1, 2)))
    plain = replace(model, came_true_millionths=MILLION)
    scaled, before = (
        estimate(each, "", 1_000, Record(weight=FULL_WEIGHT, weighted_micronats=11 * MICRONATS * FULL_WEIGHT)) for each in (model, plain)
    )
    assert (scaled.middle, scaled.likely()) == (before.middle, before.likely())
    assert scaled.mean() == before.mean() * Fraction(model.came_true_millionths, MILLION) != before.mean()


def test_the_order_of_what_was_observed_does_not_matter() -> None:
    observed = two_days(Fraction(8, 10), hosts=30)
    assert model_of(observed) == model_of(observed[::-1])

"""The checker finds each kind of violation where it was planted, and nothing in a plan that holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.planning import checker
from chalicelib.planning.checker import Rule
from chalicelib.planning.model import Announced, Exclusivity, Pair, Season
from tests.unit.seasons_kit import ALWAYS, SUNDAY, brand, broken, host, planned, season, slot

VALUES = {(number, of): (100, 10) for number in range(3) for of in range(2)}
FREE = season([slot(0), slot(1, hours=2), slot(2, hours=4)], [host(0), host(1)], [brand()], VALUES)
ALL_OF_ONE = {"s0": "h0", "s1": "h0", "s2": "h0"}
RIVALS = (Exclusivity(category="tea", brand_ids=frozenset({"ada", "bea"}), **ALWAYS),)
OF_TWO = season([slot(0), slot(1, hours=2, brand="bea")], [host(0)], [brand(), brand("bea")], {(0, 0): (9, 1), (1, 0): (9, 1)})


def test_a_plan_that_holds_has_no_violations() -> None:
    assert broken(FREE, ALL_OF_ONE) == set()
    assert broken(FREE, {}) == set()


@pytest.mark.parametrize(
    ("rule", "given", "hosts"),
    [
        (Rule.FORBIDDEN, replace(FREE, forbidden=frozenset({Pair("s0", "h0")})), ALL_OF_ONE),
        (Rule.PIN, replace(FREE, pinned=(Pair("s0", "h1"),)), ALL_OF_ONE),
        (Rule.SAME_TIME, replace(FREE, slots=(slot(0), slot(1, hours=2), slot(2, hours=2))), ALL_OF_ONE),
        (Rule.SAME_TIME, replace(FREE, hosts=(host(0, rest=75), host(1))), ALL_OF_ONE),
        (Rule.WEEKLY_CAP, replace(FREE, hosts=(host(0, shows=2), host(1))), ALL_OF_ONE),
        (Rule.BUDGET, replace(FREE, brands=(brand(budget=29),)), ALL_OF_ONE),
        (Rule.DIFFERENT_HOSTS, replace(FREE, brands=(brand(hosts=2),)), ALL_OF_ONE),
        (Rule.EXCLUSIVITY, replace(OF_TWO, exclusivities=RIVALS), {"s0": "h0", "s1": "h0"}),
        (Rule.NO_MATCH, replace(FREE, matches=FREE.matches[1:]), ALL_OF_ONE),
    ],
)
def test_every_kind_of_violation_is_found(rule: Rule, given: Season, hosts: Mapping[str, str]) -> None:
    found = checker.violations(given, planned(given, hosts)) if rule is not Rule.NO_MATCH else ()
    if rule is Rule.NO_MATCH:
        found = checker.violations(given, replace(planned(FREE, {}), hosts=hosts))
    assert {each.rule for each in found} == {rule}


def test_what_just_holds_is_no_violation() -> None:
    assert broken(replace(FREE, hosts=(host(0, rest=60, shows=3), host(1)), brands=(brand(budget=30),)), ALL_OF_ONE) == set()
    assert broken(replace(FREE, brands=(brand(hosts=2),)), {"s0": "h0", "s1": "h0"}) == {Rule.DIFFERENT_HOSTS} - {Rule.DIFFERENT_HOSTS}
    over = (Exclusivity(category="tea", brand_ids=frozenset({"ada", "bea"}), starts_at=SUNDAY, ends_at=SUNDAY + timedelta(hours=2)),)
    assert broken(replace(OF_TWO, exclusivities=over), {"s0": "h0", "s1": "h0"}) == set()


def test_a_new_week_begins_on_monday() -> None:
    slots = (slot(0), slot(1, hours=5), slot(2, hours=6))
    assert broken(replace(FREE, slots=slots, hosts=(host(0, shows=2), host(1))), ALL_OF_ONE) == set()


def test_a_value_that_is_not_the_plans_is_found() -> None:
    plan = planned(FREE, ALL_OF_ONE)
    assert {each.rule for each in checker.violations(FREE, replace(plan, value_minor=301))} == {Rule.VALUE}
    assert {each.rule for each in checker.violations(FREE, replace(plan, bound_minor=299))} == {Rule.BOUND}


def test_changing_what_was_announced_costs() -> None:
    told = replace(FREE, announced=(Announced(slot_id="s0", host_id="h1", cost_minor=40),))
    assert checker.value_minor(told, ALL_OF_ONE) == 260
    assert checker.value_minor(told, {**ALL_OF_ONE, "s0": "h1"}) == 300
    assert checker.value_minor(told, {}) == -40

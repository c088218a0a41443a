"""Plans of small seasons beside the best of all plans, found by trying everything."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.planning import checker, greedy
from chalicelib.planning.arrays import columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import Pair, Season
from chalicelib.planning.parts import parts, united
from chalicelib.planning.solvers import part
from chalicelib.planning.solvers.auction import assign
from chalicelib.planning.solvers.highs import Limits
from chalicelib.planning.solvers.knapsack import Knapsack
from chalicelib.planning.solvers.part import best_plan
from chalicelib.planning.solvers.prices import Prices
from chalicelib.planning.solvers.relaxation import Relaxation
from chalicelib.planning.solvers.schedules import best_schedules, calendar
from chalicelib.planning.solvers.search import Search
from tests.unit.seasons_kit import best_value, planned, small_seasons, ticking


@settings(deadline=None)
@given(small_seasons())
def test_a_small_season_is_planned_at_its_best_and_proven_to_be(season: Season) -> None:
    plan = best_plan(season, until=60, clock=ticking(), tell=lambda _: True)
    assert checker.violations(season, plan) == ()
    assert (plan.value_minor, plan.gap_minor) == (best_value(season), 0)


@settings(deadline=None)
@given(small_seasons(), st.data())
def test_pins_hold_in_the_best_plan(season: Season, data: st.DataObject) -> None:
    match = data.draw(st.sampled_from(season.matches))
    pinned = replace(season, pinned=(Pair(match.slot_id, match.host_id),))
    best = best_value(pinned)
    assume(best is not None)
    plan = best_plan(pinned, until=60, clock=ticking(), tell=lambda _: True)
    assert checker.violations(pinned, plan) == ()
    assert plan.value_minor == best


@settings(deadline=None)
@given(small_seasons())
def test_parts_planned_apart_are_as_good_as_the_whole(season: Season) -> None:
    plan = united(season, [best_plan(each, until=60, clock=ticking(), tell=lambda _: True) for each in parts(season)])
    assert checker.violations(season, plan) == ()
    assert (plan.value_minor, plan.gap_minor) == (best_value(season), 0)


@settings(deadline=None)
@given(small_seasons(), st.integers(1, 90))
def test_no_plan_is_worth_more_than_prices_allow(season: Season, steps: int) -> None:
    prices = Prices(columns(season), 0)
    for _ in range(steps):
        prices.improve()
    best = best_value(season)
    assert best is not None
    assert prices.bound >= best


@settings(deadline=None)
@given(small_seasons())
def test_a_host_alone_gets_its_best_schedule(season: Season) -> None:
    """With one host and nobody's money or wishes in the way the schedule is the plan."""
    rich = tuple(replace(brand, budget_minor=10_000, minimum_hosts=1) for brand in season.brands)
    alone = replace(season, brands=rich, matches=tuple(each for each in season.matches if each.host_id == "h0"), announced=())
    found = columns(alone)
    schedules = best_schedules(found, calendar(found), found.value)
    assert int(schedules.bound.sum()) == best_value(alone) == found.worth(schedules.chosen)
    assert checker.violations(alone, planned(alone, found.plan(schedules.chosen, 0).hosts)) == ()


@settings(deadline=None)
@given(small_seasons(), st.integers(0, 9))
def test_a_search_breaks_no_rule_and_never_gets_worse(season: Season, seed: int) -> None:
    found = columns(season)
    draft = greedy.by_value(found)
    search = Search(found, draft, seed)
    search.guide(found.value)
    value = found.worth(draft.chosen)
    for turn in range(6):
        if turn == 3:
            search.renew(Limits(60))
        else:
            search.improve(Limits(60))
        assert found.worth(search.draft.chosen) >= value
        value = found.worth(search.draft.chosen)
        assert checker.violations(season, found.plan(search.draft.chosen, 10**12)) == ()


@settings(deadline=None)
@given(small_seasons(), st.integers(0, 4))
def test_no_plan_is_worth_more_than_divisible_matches_allow_however_many_rows_are_added(season: Season, rounds: int) -> None:
    found = columns(season)
    assume(len(found.slot))
    relaxation = Relaxation(found)
    best = best_value(season)
    assert best is not None
    bounds = []
    for _ in range(rounds + 1):
        assert relaxation.solve(Limits(60))
        bounds.append(relaxation.bound)
        relaxation.cut()
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] >= best


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 9), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=4), max_size=4),
    st.integers(0, 40),
)
def test_a_brands_best_plan_is_the_best_of_all_choices(choices: dict[int, list[tuple[int, int]]], budget: int) -> None:
    rows = [(slot, worth, fee) for slot, own in sorted(choices.items()) for worth, fee in own]
    assume(rows)
    slot, worth, fee = (np.asarray(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = Knapsack(slot, fee, budget).best(worth)
    able = [[None, *np.flatnonzero(slot == each).tolist()] for each in np.unique(slot)]
    plans = [[match for match in taken if match is not None] for taken in product(*able)]
    assert found.bound == max(int(worth[plan].sum()) for plan in plans if fee[plan].sum() <= budget)
    assert found.bound == worth[found.chosen].sum()
    assert fee[found.chosen].sum() <= budget
    assert len(set(slot[found.chosen].tolist())) == len(found.chosen)


@settings(deadline=None)
@given(small_seasons())
def test_prices_that_begin_at_those_of_divisible_matches_are_as_tight(season: Season) -> None:
    """Where no brand asks for different hosts, of which prices know nothing; up to the rounding of prices."""
    season = replace(season, brands=tuple(replace(brand, minimum_hosts=1) for brand in season.brands))
    found = columns(season)
    assume(len(found.slot))
    relaxation, prices = Relaxation(found), Prices(found, 0)
    assert relaxation.solve(Limits(60))
    prices.begin_at(*relaxation.of_slots_and_money())
    prices.improve()
    best = best_value(season)
    assert best is not None
    assert best <= prices.bound <= relaxation.bound + 2


@settings(deadline=None)
@given(small_seasons(), st.data())
def test_what_fits_a_draft_is_what_breaks_no_rule(season: Season, data: st.DataObject) -> None:
    found, draft = columns(season), Draft(columns(season))
    for match in data.draw(st.permutations(range(len(found.slot)))):
        hosts = found.plan([*draft.chosen, match], 0).hosts
        is_new = found.slot[match] not in draft.of_slot
        assert draft.fits(match) == (is_new and checker.violations(season, planned(season, hosts)) == ())
        if draft.fits(match):
            draft.add(match)
        elif data.draw(st.booleans()) and draft.chosen:
            draft.remove(data.draw(st.sampled_from(draft.chosen)))


@settings(deadline=None)
@given(small_seasons())
def test_a_large_season_is_searched_within_its_bound(season: Season) -> None:
    plan = part.searched(columns(season), until=40, clock=ticking(1), tell=lambda _: True)
    best = best_value(season)
    assert best is not None
    assert checker.violations(season, plan) == ()
    assert plan.value_minor <= best <= plan.bound_minor


@settings(deadline=None)
@given(small_seasons())
def test_a_season_too_large_for_a_linear_programme_is_priced_by_steps(season: Season) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Relaxation, "solve", lambda *_: False)
        plan = part.searched(columns(season), until=40, clock=ticking(1), tell=lambda _: True)
    best = best_value(season)
    assert best is not None
    assert checker.violations(season, plan) == ()
    assert plan.value_minor <= best <= plan.bound_minor
    assert plan.prices is None


@settings(deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 1_000), min_size=1, max_size=15))
def test_an_auction_is_close_to_the_best_assignment_and_its_prices_prove_it(values: dict[tuple[int, int], int]) -> None:
    rows = sorted((slot, host, value) for (slot, host), value in values.items())
    slot, host, value = (np.asarray(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = assign(slot, host, value, slots=5, hosts=5)
    best = _best_assignment(rows, 0, frozenset())
    assert best - 5 <= found.value <= best <= found.bound
    taken = [int(host[match]) for match in found.match_of if match >= 0]
    assert len(set(taken)) == len(taken)
    assert all(slot[match] == place for place, match in enumerate(found.match_of) if match >= 0)


def _best_assignment(rows: list[tuple[int, int, int]], slot: int, taken: frozenset[int]) -> int:
    if slot == 5:
        return 0
    with_it = [value + _best_assignment(rows, slot + 1, taken | {host}) for at, host, value in rows if at == slot and host not in taken]
    return max([_best_assignment(rows, slot + 1, taken), *with_it])

"""Small seasons cut into parts by small limits: the plan of the whole breaks no rule, and lies between greedy and what no plan exceeds."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.planning import checker, greedy, planner
from chalicelib.planning.arrays import columns
from chalicelib.planning.cuts import Cut, Group, cut
from chalicelib.planning.model import Brand, Match, Pair, Plan, Season
from chalicelib.planning.rules import Size
from chalicelib.planning.seasons import BOOKED
from chalicelib.planning.solvers.part import best_plan
from chalicelib.planning.stepwise import Piece, Stage, filled, first, improved, tightened
from tests.unit.seasons_kit import best_value, slot, small_seasons, ticking


@st.composite
def whole_seasons(draw: st.DrawFn) -> tuple[Season, dict[str, Group]]:
    """Any small season, with its markets; some with a booked show, which is pinned and belongs to no brief, some with a pin."""
    season = draw(small_seasons())
    groups = {each.slot_id: Group(market=draw(st.sampled_from(["GB", "DE"])), category=each.category) for each in season.slots}
    if draw(st.booleans()):
        show = replace(slot(0, brand=f"{BOOKED}h0", hours=draw(st.integers(0, 9)), category=""), slot_id=f"{BOOKED}1")
        season = replace(
            season,
            slots=(*season.slots, show),
            brands=(*season.brands, Brand(brand_id=show.brand_id, budget_minor=0)),
            matches=(*season.matches, Match(show.slot_id, "h0", 0, 0)),
            pinned=(Pair(show.slot_id, "h0"),),
        )
    if draw(st.booleans()):
        match = draw(st.sampled_from(season.matches))
        season = replace(season, pinned=(*{*season.pinned, Pair(match.slot_id, match.host_id)},))
    assume(best_value(season) is not None)
    assume(not any(pair in season.forbidden for pair in season.pinned))
    return season, groups


def exactly(season: Season, **_: object) -> Plan:
    """A part to its proven end, in this process."""
    return best_plan(season, until=60, clock=ticking(), tell=lambda _: True)


def steps(season: Season, made: Cut) -> list[Stage]:
    """The stages of a plan in parts."""
    own = {each for part in made.parts for each in part.slot_ids}
    stage, parts = first(season, [part.slot_ids for part in made.parts], [each.slot_id for each in season.slots if each.slot_id not in own])
    known = replace(season, matches=())
    stages = [stage]
    for number in stage.order:
        piece = Piece(number=number, part=parts[number], season=known)
        stages.append(improved(stages[-1], piece, seconds=60, clock=ticking(), tell=lambda _: True))
    return stages


def greedy_value(season: Season) -> int:
    found = columns(season)
    return max(found.worth(each.chosen) for each in (greedy.by_value(found), greedy.by_value_for_money(found)))


@settings(deadline=None)
@given(whole_seasons(), st.integers(1, 3), st.integers(1, 6))
def test_a_plan_in_parts_holds_at_every_step_and_lies_between_greedy_and_what_no_plan_exceeds(
    given_: tuple[Season, dict[str, Group]], slots: int, matches: int
) -> None:
    season, groups = given_
    made = cut(season, groups, Size(slots=slots, matches=matches))
    best, least = best_value(season), greedy_value(season)
    assert best is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "best", exactly)
        stages = steps(season, made)
    for stage in stages:
        plan = filled(season, stage)
        assert checker.violations(season, plan) == ()
        assert least <= plan.value_minor <= best <= plan.bound_minor
    values = [sum(stage.values) for stage in stages]
    assert values == sorted(values)
    own = [part.slot_ids for part in made.parts]
    tighter = tightened(season, stages[-1], own, seconds=20, clock=ticking(1), tell=lambda: True)
    assert best <= tighter <= sum(stages[-1].bounds)


@settings(deadline=None)
@given(whole_seasons(), st.integers(1, 3), st.integers(1, 6))
def test_every_show_is_in_one_part_and_no_part_is_too_large_unless_it_is_one_show(
    given_: tuple[Season, dict[str, Group]], slots: int, matches: int
) -> None:
    season, groups = given_
    made = cut(season, groups, Size(slots=slots, matches=matches))
    assert sorted(each for part in made.parts for each in part.slot_ids) == sorted(groups)
    for part in made.parts:
        own = sum(match.slot_id in part.slot_ids for match in season.matches)
        assert len(part.slot_ids) == 1 or (len(part.slot_ids) <= slots and own <= matches)

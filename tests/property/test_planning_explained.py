"""What is said of a plan holds when it is tried: what stands against a pair, what insisting costs, how few places a new plan moves."""

from dataclasses import replace
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.planning import checker
from chalicelib.planning.checker import Rule
from chalicelib.planning.model import Announced, Pair, Plan, Season
from chalicelib.planning.priced import priced, why_not_by_prices
from chalicelib.planning.rules import check
from chalicelib.planning.solvers.part import best_plan
from chalicelib.planning.standing import Standing
from chalicelib.planning.whynot import part_of, why_not
from tests.unit.seasons_kit import MOST, best_value, planned, small_seasons, ticking


def again(season: Season) -> Plan:
    """The best plan, proven; refuses what a planner refuses."""
    check(season)
    return best_plan(season, until=60, clock=ticking(), tell=lambda _: True)


def feasible(season: Season) -> list[dict[str, str]]:
    """Every choice of hosts that breaks no rule."""
    able = [[None, *(match.host_id for match in season.matches if match.slot_id == slot.slot_id)] for slot in season.slots]
    choices = ({slot.slot_id: host for slot, host in zip(season.slots, hosts, strict=True) if host is not None} for hosts in product(*able))
    return [hosts for hosts in choices if not checker.violations(season, planned(season, hosts))]


@settings(deadline=None)
@given(small_seasons(), st.data())
def test_nothing_stands_against_a_pair_exactly_when_it_breaks_no_rule(season: Season, data: st.DataObject) -> None:
    hosts = data.draw(st.sampled_from(feasible(season)))
    match = data.draw(st.sampled_from(season.matches))
    tried = {**hosts, match.slot_id: match.host_id}
    broken = {each.rule for each in checker.violations(season, planned(season, tried))} - {Rule.VALUE, Rule.BOUND}
    found = Standing(season, hosts).hindrances(match.slot_id, match.host_id)
    assert (not found) == (not broken)
    assert len(found) == len({each.against for each in found}) == len(broken)


@settings(deadline=None, max_examples=60)
@given(small_seasons(), st.data())
def test_insisting_on_a_pair_costs_what_is_said(season: Season, data: st.DataObject) -> None:
    able = {match.slot_id for match in season.matches if Pair(match.slot_id, match.host_id) not in season.forbidden}
    assume(all(slot.slot_id in able for slot in season.slots))
    match = data.draw(st.sampled_from(season.matches))
    part = part_of(season, match.slot_id)
    plan = best_plan(part, until=60, clock=ticking(), tell=lambda _: True)
    pair = Pair(match.slot_id, match.host_id)
    found = why_not(part, plan.hosts, pair, again)
    best = best_value(replace(part, pinned=(pair,), forbidden=part.forbidden - {pair}))
    if found.impossible:
        assert best is None or any(word in found.impossible for word in ("budget", "host"))
        return
    assert found.is_exact
    assert best is not None
    assert found.change_minor == best - plan.value_minor


@settings(deadline=None, max_examples=60)
@given(small_seasons(), st.data())
def test_a_plan_that_follows_another_moves_as_little_as_any_plan_could(season: Season, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from([hosts for hosts in feasible(season) if hosts] or [{}]))
    out = data.draw(st.sampled_from(["h0", "h1", "h2"]))
    left = tuple(match for match in season.matches if match.host_id != out)
    assume(left)
    cost = sum(match.value_minor for match in season.matches) + 1
    kept = {slot: host for slot, host in before.items() if host != out}
    announced = tuple(Announced(slot_id=slot, host_id=host, cost_minor=cost) for slot, host in kept.items())
    pinned = data.draw(st.sampled_from(left))
    pin = (Pair(pinned.slot_id, pinned.host_id),)
    poorer = tuple(replace(brand, budget_minor=data.draw(st.integers(0, brand.budget_minor))) for brand in season.brands)
    changed = replace(season, matches=left, announced=announced, pinned=pin, brands=poorer, forbidden=season.forbidden - set(pin))
    possible = feasible(changed)
    assume(possible)
    plan = best_plan(changed, until=60, clock=ticking(), tell=lambda _: True)
    assert checker.violations(changed, replace(plan, bound_minor=MOST)) == ()
    moved = sum(plan.hosts.get(slot) != host for slot, host in kept.items())
    assert moved == min(sum(hosts.get(slot) != host for slot, host in kept.items()) for hosts in possible)


@settings(deadline=None, max_examples=60)
@given(small_seasons(), st.data(), st.integers(0, 70))
def test_what_prices_tell_of_a_pair_holds_for_the_best_plan_with_it(season: Season, data: st.DataObject, steps: int) -> None:
    before = planned(season, data.draw(st.sampled_from(feasible(season))))
    left = iter(range(steps))
    prices = priced(season, before.value_minor, lambda: next(left, None) is not None)
    match = data.draw(st.sampled_from(season.matches))
    pair = Pair(match.slot_id, match.host_id)
    found = why_not_by_prices(season, before.hosts, pair, prices)
    best = best_value(replace(season, pinned=(pair,)))
    if found.impossible:
        assert best is None or found.change_minor is None
        return
    assert best is not None
    assert found.change_minor is not None
    assert found.at_most_minor is not None
    assert found.change_minor <= best - before.value_minor <= found.at_most_minor

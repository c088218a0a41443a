"""Plans: pure assignment beside scipy's exact matching, one brand's month to its proven end, a season beside greedy and CP-SAT.

Every plan goes through the independent checker. Seconds are those of the wall: a busy machine gives poorer seasons. The share for a season
is above the greedy that takes the most valuable match first; the better of two greedies is beside it, and what no plan exceeds.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from chalicelib.planning import checker, greedy
from chalicelib.planning.arrays import columns
from chalicelib.planning.model import Plan, Season
from chalicelib.planning.planner import PROCESSES, plan
from chalicelib.planning.solvers.auction import assign
from tests.bench import cp_sat, seasons
from tests.bench.figures import Figure, Target
from tests.bench.say import Say
from tests.bench.sizes import Sizes

MATCHES_A_SLOT = 50
MONTH = (60, 300)
MONTH_SECONDS = 120


class PlanDoesNotHold(AssertionError):
    """The checker found something."""


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Assignment, month, season."""
    yield from _assignment(sizes, say)
    yield from _month(sizes, say)
    yield from _season(sizes, say)


def _assignment(sizes: Sizes, say: Say) -> Iterator[Figure]:
    slots, hosts = sizes.slots_of_assignment, 4 * sizes.slots_of_assignment
    row, column, value = seasons.assignment(sizes.seed, slots, hosts, MATCHES_A_SLOT)
    began = time.perf_counter()
    found = assign(row, column, value, slots=slots, hosts=hosts)
    ours = time.perf_counter() - began
    best = _exact(row, column, value, (slots, hosts))
    theirs = time.perf_counter() - began - ours
    above = _percent(found.bound, found.value)
    say(f"assignment {slots:,} x {hosts:,}: auction {ours:.2f} s, scipy {theirs:.2f} s, bound {above:.4f} % above")
    regret = _percent(best, found.value)
    yield Figure(name="assignment_regret_percent", value=regret, unit="%", peer="scipy, exact", peer_value=0.0, target=Target("<=", 0.1))
    yield Figure(name="assignment_seconds", value=ours, unit="s", peer="scipy, exact", peer_value=theirs)


def _exact(row: Any, column: Any, value: Any, shape: tuple[int, int]) -> int:
    """The best assignment; every slot may go to a column of its own that is worth nothing."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # a peer; only where it runs
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching  # noqa: PLC0415

    slots, hosts = shape
    above = int(value.max()) + 1
    rows, columns_ = np.concatenate([row, np.arange(slots)]), np.concatenate([column, hosts + np.arange(slots)])
    costs = above - np.concatenate([value, np.zeros(slots, np.int64)])
    graph = csr_matrix((costs.astype(np.float64), (rows, columns_)), shape=(slots, hosts + slots))
    taken, by = min_weight_full_bipartite_matching(graph)
    return slots * above - int(graph[taken, by].sum())


def _month(sizes: Sizes, say: Say) -> Iterator[Figure]:
    season = seasons.month(sizes.seed, *MONTH)
    began = time.perf_counter()
    found = _planned(season, MONTH_SECONDS)
    seconds = time.perf_counter() - began
    first = greedy.by_value(columns(season))
    worth = columns(season).worth(first.chosen)
    say(f"month of {MONTH[0]} x {MONTH[1]}: {seconds:.2f} s, {_percent(found.value_minor, worth):.2f} % above greedy")
    peer_gap = _percent(found.bound_minor, worth)
    yield Figure(
        name="month_gap_percent",
        value=_percent(found.bound_minor, found.value_minor),
        unit="%",
        peer="greedy",
        peer_value=peer_gap,
        target=Target("=", 0),
    )
    yield Figure(name="month_seconds", value=seconds, unit="s")


def _season(sizes: Sizes, say: Say) -> Iterator[Figure]:
    season = seasons.season(sizes.seed, sizes.slots_of_season, sizes.slots_of_season)
    found = columns(season)
    by_value, by_money = (found.worth(each.chosen) for each in (greedy.by_value(found), greedy.by_value_for_money(found)))
    ours = _planned(season, sizes.seconds_of_season)
    say(f"season of {len(season.slots):,} x {len(season.hosts):,}: ours {ours.value_minor:,}, bound {ours.bound_minor:,}")
    value, bound = cp_sat.solved(season, sizes.seconds_of_season, PROCESSES)
    said = f"{value:,}, bound {bound:,}" if value else "no plan in time"
    say(f"season: greedy {by_value:,} by value, {by_money:,} by value for money; CP-SAT {said}")
    yield Figure(
        name="season_vs_greedy_percent",
        value=_percent(ours.value_minor, by_value),
        unit="%",
        peer="CP-SAT",
        peer_value=_percent(value, by_value) if value else None,
        target=Target(">=", 7),
    )
    yield Figure(name="season_vs_greedy_percent_at_most", value=_percent(ours.bound_minor, by_value), unit="%")
    yield Figure(name="season_vs_better_greedy_percent", value=_percent(ours.value_minor, max(by_value, by_money)), unit="%")
    theirs = _percent(min(bound, ours.bound_minor), value) if value else None
    yield Figure(
        name="season_gap_percent",
        value=_percent(ours.bound_minor, ours.value_minor),
        unit="%",
        peer="CP-SAT, to the better bound",
        peer_value=theirs,
    )


def _planned(season: Season, seconds: int) -> Plan:
    found = plan(season, seconds=seconds, clock=time.monotonic)
    wrong = checker.violations(season, found)
    if wrong:
        raise PlanDoesNotHold(wrong[0].sentence)
    return found


def _percent(above: int, below: int) -> float:
    """By how much the first is more than the second."""
    return 100 * (above - below) / below

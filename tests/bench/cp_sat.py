"""OR-Tools' CP-SAT on a season, in a process of its own: it must not share one with HiGHS.

It gets the rows that HiGHS gets (`programme`), the better greedy plan as a complete hint, and as many workers as the planner has
processes. Its presolve is off: with 3,000 x 3,000 that alone takes longer than half a minute, and the hint is not looked at before.
"""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np

from chalicelib.planning import greedy
from chalicelib.planning.arrays import columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import Season
from chalicelib.planning.solvers.programme import Programme, programme_of


def solved(season: Season, seconds: int, workers: int) -> tuple[int, int]:
    """Value and bound after so many seconds, both in minor units; making the model does not count."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, season, seconds, workers), daemon=True)
    process.start()
    there.close()
    value, bound = here.recv()
    process.join()
    return int(value), int(bound)


def _work(pipe: Connection, season: Season, seconds: int, workers: int) -> None:
    from ortools.sat.python import cp_model  # noqa: PLC0415  # here only: never beside HiGHS

    found, model = columns(season), cp_model.CpModel()
    programme = programme_of(found, np.arange(len(found.slot)), Draft(found))
    chosen = [model.new_bool_var("") for _ in programme.gains]
    for row, upper in enumerate(programme.upper):
        entries = slice(programme.starts[row], programme.starts[row + 1])
        takes, weights = [chosen[place] for place in programme.index[entries]], programme.coefficient[entries]
        if upper == 1 and set(weights) == {1}:
            model.add_at_most_one(takes)
        else:
            model.add(cp_model.LinearExpr.weighted_sum(takes, weights) <= upper)
    drafts = greedy.by_value(found), greedy.by_value_for_money(found)
    start = max((draft.chosen for draft in drafts), key=found.worth)
    for place, hint in enumerate(_hint(programme, start)):
        model.add_hint(chosen[place], hint)
    model.maximize(cp_model.LinearExpr.weighted_sum(chosen, programme.gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, workers
    solver.parameters.cp_model_presolve = False
    status = solver.solve(model)
    value = int(solver.objective_value) if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else 0
    pipe.send((value, int(min(solver.best_objective_bound, 2.0**62))))


def _hint(programme: Programme, plan: Sequence[int]) -> list[bool]:
    """The plan's matches, and of the other columns those that stand in a row of nothing with one of them."""
    hint = [False] * len(programme.gains)
    for match in plan:
        hint[match] = True
    matches = set(plan)
    for row, upper in enumerate(programme.upper):
        index = programme.index[programme.starts[row] : programme.starts[row + 1]]
        if upper == 0 and not matches.isdisjoint(index):
            for place in index:
                hint[place] = hint[place] or not programme.gains[place]
    return hint

"""OR-Tools' CP-SAT on a season, in a process of its own: it must not share one with HiGHS."""

import multiprocessing
from collections import defaultdict
from multiprocessing.connection import Connection

from chalicelib.planning.arrays import columns
from chalicelib.planning.model import Season


def solved(season: Season, seconds: int, workers: int) -> tuple[int, int]:
    """Value and bound after so many seconds, both in minor units."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, season, seconds, workers), daemon=True)
    process.start()
    there.close()
    value, bound = here.recv()
    process.join()
    return int(value), int(bound)


def _work(pipe: Connection, season: Season, seconds: int, workers: int) -> None:  # noqa: C901  # the model, rule by rule
    from ortools.sat.python import cp_model  # noqa: PLC0415  # here only: never beside HiGHS

    found, model = columns(season), cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in found.slot]
    of_slot, of_brand, of_host, of_week, of_pair, rivals = (defaultdict(list) for _ in range(6))
    for match, take in enumerate(chosen):
        slot, host, brand = int(found.slot[match]), int(found.host[match]), int(found.brand[match])
        start, end = int(found.start[match]), int(found.end[match])
        of_slot[slot].append(take)
        of_brand[brand].append((match, take))
        of_host[host].append(model.new_optional_fixed_size_interval_var(start, end - start, take, ""))
        of_week[host, int(found.week[match])].append(take)
        of_pair[brand, host].append(take)
        for each in found.rivalry[match]:
            rivals[host, each, brand].append(take)
    for takes in of_slot.values():
        model.add_at_most_one(takes)
    for intervals in of_host.values():
        model.add_no_overlap(intervals)
    for (host, _), takes in of_week.items():
        if len(takes) > found.cap[host]:
            model.add(sum(takes) <= int(found.cap[host]))
    for brand, pairs in of_brand.items():
        model.add(sum(int(found.fee[match]) * take for match, take in pairs) <= int(found.budget[brand]))
    new: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for (brand, _), takes in of_pair.items():
        new[brand].append(model.new_bool_var(""))
        model.add(new[brand][-1] <= sum(takes))
    for brand, hosts in new.items():
        model.add(sum(take for _, take in of_brand[brand]) - sum(hosts) <= int(found.repeats[brand]))
    works = defaultdict(list)
    for (host, each, _), takes in rivals.items():
        works[host, each].append(model.new_bool_var(""))
        for take in takes:
            model.add_implication(take, works[host, each][-1])
    for brands in works.values():
        model.add_at_most_one(brands)
    model.maximize(sum(int(value) * take for value, take in zip(found.value, chosen, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, workers
    status = solver.solve(model)
    value = int(solver.objective_value) if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else 0
    pipe.send((value, int(min(solver.best_objective_bound, 2.0**62))))

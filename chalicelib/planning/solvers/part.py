"""One part of a season: an integer programme up to a size, prices and search beyond it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chalicelib.planning import greedy
from chalicelib.planning.arrays import Columns, Whole, columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import Plan, Season
from chalicelib.planning.solvers.prices import Prices
from chalicelib.planning.solvers.programme import solve
from chalicelib.planning.solvers.search import Search

MATCHES_OF_A_PROGRAMME = 20_000
TELL_SECONDS = 0.5
Clock = Callable[[], float]
"""Seconds, rising."""
SHARE_FOR_PRICES = 0.35
"""Of the time; most of what prices can tell is known then."""
SHARE_FOR_REFILLS = 0.7
SEED = 1
HOPED_ABOVE = 50
"""The bound is hoped to come down to a fiftieth above the first plan."""


@dataclass(frozen=True, slots=True)
class Report:
    """How far a part is."""

    value_minor: int
    bound_minor: int


@dataclass(frozen=True, slots=True)
class _Watch:
    """Time, and whoever wants to be told."""

    until: float
    clock: Clock
    tell: Callable[[Report], bool]

    def left(self) -> float:
        return self.until - self.clock()


def best_plan(season: Season, *, until: float, clock: Clock, tell: Callable[[Report], bool]) -> Plan:
    """The best plan by `until`; `tell` says whether to go on."""
    found = columns(season)
    if len(found.slot) > MATCHES_OF_A_PROGRAMME:
        return searched(found, until=until, clock=clock, tell=tell)
    solved = _solved(found, _Watch(clock() + (until - clock()) / 2, clock, tell))
    if not solved.gap_minor or clock() >= until:
        return solved
    other = searched(found, until=until, clock=clock, tell=tell)
    best = max((other, solved), key=lambda each: each.value_minor)
    return replace(best, bound_minor=min(other.bound_minor, solved.bound_minor))


def _solved(found: Columns, watch: _Watch) -> Plan:
    start = greedy.by_value(found)
    began = Report(found.worth(start.chosen), _naive_bound(found))
    solved = solve(
        found,
        _all(found),
        Draft(found),
        seconds=max(watch.left(), 1.0),
        interrupted=lambda: not watch.tell(began),
    )
    chosen = max(solved.chosen.tolist(), start.chosen, key=found.worth)
    bound = min(solved.bound + found.constant, began.bound_minor)
    return found.plan(chosen, max(bound, found.worth(chosen)))


def _all(found: Columns) -> Whole:
    return np.arange(len(found.slot))


def _naive_bound(found: Columns) -> int:
    """Every slot's most valuable match."""
    highest = np.zeros(len(found.season.slots), np.int64)
    np.maximum.at(highest, found.slot, found.value)
    return int(highest.sum()) + found.constant


def searched(found: Columns, *, until: float, clock: Clock, tell: Callable[[Report], bool]) -> Plan:
    """A plan by prices and search, whatever the size."""
    watch = _Watch(until, clock, tell)
    draft = max((greedy.by_value(found), greedy.by_value_for_money(found)), key=lambda each: found.worth(each.chosen))
    value = found.worth(draft.chosen)
    prices = Prices(found, value + value // HOPED_ABOVE)
    began = watch.clock()
    span = watch.until - began
    told, on = began, True
    while on and watch.clock() < began + span * SHARE_FOR_PRICES:
        prices.improve()
        if watch.clock() > told + TELL_SECONDS:
            told, on = watch.clock(), watch.tell(Report(value, prices.bound))
    draft = max((draft, greedy.filled(found, prices.gain)), key=lambda each: found.worth(each.chosen))
    search = Search(found, draft, SEED)
    search.guide(prices.gain)
    while on and watch.left() > 0:
        if watch.clock() < began + span * SHARE_FOR_REFILLS:
            search.refill()
        else:
            search.solve_neighbourhood()
        if watch.clock() > told + TELL_SECONDS:
            told, on = watch.clock(), watch.tell(Report(found.worth(search.draft.chosen), prices.bound))
    return found.plan(search.draft.chosen, prices.bound)

"""One part of a season: an integer programme up to a size, prices and search beyond it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chalicelib.planning import greedy
from chalicelib.planning.arrays import Columns, Whole, columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import MarginalPrices, Plan, Season
from chalicelib.planning.solvers.highs import Limits, solve
from chalicelib.planning.solvers.prices import Prices
from chalicelib.planning.solvers.relaxation import STEPS, Relaxation
from chalicelib.planning.solvers.search import Search

MATCHES_OF_A_PROGRAMME = 20_000
TELL_SECONDS = 0.5
Clock = Callable[[], float]
"""Seconds, rising."""
SHARE_FOR_PRICES = 0.4
"""Of the time, at most: for the linear programme."""
SHARE_FOR_BEGINNING = 0.6
"""Of the time, at most: for the programme of all slots."""
SHARE_FOR_DIVIDED = 0.15
"""Of the time, at most: for the programme of the slots that divisible matches divide."""
SHARE_FOR_BOUND = 0.25
"""Of the time that remains: for tighter bounds."""
HOPED_ABOVE = 50
"""Steps hope to bring the bound down to a fiftieth above the first plan."""
COSTLIER = 2.5
"""So much longer than the first bound, about, each tighter one takes at first."""
SEED = 1


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
        Limits(max(watch.left(), 1.0), lambda: not watch.tell(began)),
    )
    chosen = max(solved.chosen.tolist(), start.chosen, key=found.worth)
    bound = min(solved.bound + found.constant, began.bound_minor)
    plan = found.plan(chosen, max(bound, found.worth(chosen)))
    if not len(found.slot):
        return plan
    relaxation = Relaxation(found)
    return replace(plan, prices=relaxation.prices() if relaxation.solve(Limits(max(watch.left(), 1.0))) else None)


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
    if not len(found.slot):
        return found.plan([], found.constant)
    work = _Work(found, draft, _naive_bound(found), watch)
    work.price()
    work.begin()
    work.go_on()
    return replace(found.plan(work.search.draft.chosen, work.bound), prices=work.prices())


class _Work:
    """First the bound and its prices, then all slots at once at them, then those that stay divided.

    From then on neighbourhoods and tighter bounds in turn.
    """

    def __init__(self, found: Columns, draft: Draft, bound: int, watch: _Watch) -> None:
        self._found, self._watch, self.bound = found, watch, bound
        self._began = watch.clock()
        self._span = max(watch.until - self._began, 0.0)
        self._relaxation = Relaxation(found)
        self._is_priced, self._is_open, self._tightening = False, False, 0.0
        self.search = Search(found, draft, SEED)
        self._tell = _Teller(watch, lambda: Report(found.worth(self.search.draft.chosen), self.bound))

    def _within(self, seconds: float) -> Limits:
        return Limits(max(min(seconds, self._watch.left()), 0.0), self._tell.interrupted)

    def price(self) -> None:
        """The linear programme with its first rows for brands; prices by steps where it is too large for the time."""
        if not self._relaxation.solve(self._within(self._span * SHARE_FOR_PRICES)):
            self._price_by_steps()
            return
        self._is_priced = True
        self._take_bound()
        self._tightening = COSTLIER * (self._watch.clock() - self._began)
        self._tighten(steps=1)
        self._is_open = True

    def _price_by_steps(self) -> None:
        value = self._found.worth(self.search.draft.chosen)
        prices = Prices(self._found, value + value // HOPED_ABOVE)
        until = self._watch.clock() + self._span * SHARE_FOR_PRICES / 2
        while self._watch.clock() < until and not self._tell.interrupted():
            prices.improve()
        self.bound = min(self.bound, prices.bound)
        self.search.guide(prices.gain)

    def _take_bound(self) -> None:
        self.bound = min(self.bound, self._relaxation.bound)
        self.search.guide(self._relaxation.gain)

    def _tighten(self, steps: int) -> None:
        """Look for rows that are new, and solve with them."""
        self._is_open = self._relaxation.cut(steps) > 0
        if self._is_open and self._relaxation.solve(self._within(self._span)):
            self._take_bound()

    def prices(self) -> MarginalPrices | None:
        """None where the linear programme was too large for the time."""
        return self._relaxation.prices() if self._is_priced else None

    def begin(self) -> None:
        """All slots at once, then those at once whose matches the prices leave open."""
        if self._watch.left() > 0 and not self._tell.interrupted():
            self.search.renew(self._within(self._span * SHARE_FOR_BEGINNING))
        if self._is_priced and self._watch.left() > 0 and not self._tell.interrupted():
            self.search.renew_divided(self._relaxation.whole(), self._within(self._span * SHARE_FOR_DIVIDED))

    def go_on(self) -> None:
        """Until time is over."""
        began, spent = self._watch.clock(), 0.0
        while self._watch.left() > 0 and not self._tell.interrupted():
            now = self._watch.clock()
            if self._is_open and spent + self._tightening <= (self._watch.until - began) * SHARE_FOR_BOUND:
                self._tighten(STEPS)
                self._tightening = self._watch.clock() - now
                spent += self._tightening
            else:
                self.search.improve(self._within(self._span))


class _Teller:
    """Tells at most twice a second, and remembers when it was told to stop."""

    def __init__(self, watch: _Watch, report: Callable[[], Report]) -> None:
        self._watch, self._report, self._told, self._on = watch, report, watch.clock(), True

    def interrupted(self) -> bool:
        """Whether to stop."""
        if self._on and self._watch.clock() > self._told + TELL_SECONDS:
            self._told = self._watch.clock()
            self._on = self._watch.tell(self._report())
        return not self._on

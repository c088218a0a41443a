"""Divisible matches: the linear programme of a season, tightened brand by brand, gives the bound and the prices of what is scarce.

At its prices of hosts' time each brand has a best plan of whole matches (`knapsack`), which is worth less than its divisible one: that
no plan of the brand is worth more is a new row. From prices the bound is computed in whole numbers by weak duality; it holds for any
prices, so floats only choose them.
"""

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import MONEY, MarginalPrices
from chalicelib.planning.solvers.highs import UNIT, Limits, Linear, Reals
from chalicelib.planning.solvers.knapsack import Knapsack
from chalicelib.planning.solvers.programme import programme_of

SCALE = 1 << 16
"""Prices are whole multiples of 1/65,536 of a minor unit."""
WHOLE = 1e-6
"""A match that is nearer than this to be chosen or not counts as such."""
NEARLY_WHOLE = 0.99
CUT = 1e-5
"""By what share a row must cut a brand's divisible plan off."""
ENOUGH = 2e-3
STEPS = 12
GRAINS = 400
"""Rows for brands count in a so manieth of what matches are worth on average: finer ones take a solver much longer."""


class Relaxation:
    """`bound` is the lowest so far. `gain`: what each match brings beyond all prices; `worth`: beyond those of its host's time."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._programme = programme_of(columns, np.arange(len(columns.slot)), Draft(columns))
        self._linear = Linear(self._programme)
        self._count = len(columns.slot)
        self._value: Whole = np.asarray(self._programme.gains, np.int64)
        self._index: Whole = np.asarray(self._programme.index, np.int64)
        self._coefficient: Reals = np.asarray(self._programme.coefficient, np.float64)
        self._row: Whole = np.repeat(np.arange(len(self._programme.upper)), np.diff(self._programme.starts))
        self._rows = len(self._programme.upper)
        self._now = columns.value
        self._grain = max(int(columns.value.sum()) // (GRAINS * max(len(columns.value), 1)), 1)
        self._must = np.zeros(len(self._value), np.bool_)
        self._must[list(self._programme.lower_of_columns)] = True
        self._brands = _knapsacks(columns)
        self._cuts: list[tuple[int, Whole, Whole]] = []
        self.bound = columns.constant + int(np.maximum(self._value, 0).sum())
        self.gain: Whole = columns.value
        self.worth: Whole = columns.value

    def solve(self, limits: Limits) -> bool:
        """Solve what is known so far; whether that came to its end."""
        if not self._linear.solve(limits):
            return False
        price = np.maximum(self._linear.price, 0)
        scaled = np.rint(price[: self._rows] * SCALE)
        cost = np.bincount(self._index, weights=self._coefficient * scaled[self._row], minlength=len(self._value))
        of_hosts = np.where(self._row >= self._programme.rows_of_brands, self._coefficient * scaled[self._row], 0)
        worth = self._value * SCALE - np.bincount(self._index, weights=of_hosts, minlength=len(self._value)).astype(np.int64)
        left = self._value * SCALE - cost.astype(np.int64)
        total = sum(a * b for a, b in zip(scaled.astype(np.int64).tolist(), self._programme.upper, strict=True))
        for (upper, index, coefficient), of_cut in zip(self._cuts, price[self._rows :].tolist(), strict=True):
            scaled_price = round(of_cut / UNIT * SCALE)
            left[index] -= scaled_price * coefficient
            total += scaled_price * upper
        total += int(np.where(self._must, left, np.maximum(left, 0)).sum())
        bound = total // SCALE + self._columns.constant
        if bound < self.bound:
            self.bound = bound
            self.gain, self.worth = left[: self._count] // SCALE, worth[: self._count] // SCALE
        self._now = worth[: self._count] // SCALE
        return True

    def of_slots_and_money(self) -> tuple[Reals, Reals]:
        """What each slot, and each minor unit of each brand's budget, is worth in the last solution: where other prices may begin."""
        slots, money = np.zeros(len(self._columns.season.slots)), np.zeros(len(self._columns.budget))
        price = np.maximum(self._linear.price, 0)
        for row, slot in self._programme.slot_of_row.items():
            slots[slot] = price[row]
        for row, brand in self._programme.money_of_row.items():
            money[brand] = price[row]
        return slots, money

    def whole(self) -> Whole:
        """Matches that the last solution takes undivided, but for a hundredth."""
        return np.flatnonzero(self._linear.solution[: self._count] > NEARLY_WHOLE)

    def prices(self) -> MarginalPrices:
        """Those behind `bound`: of hosts' time, and of brands' money beside them."""
        columns, season = self._columns, self._columns.season
        hosts: dict[str, dict[str, int]] = {}
        others = columns.value - self.worth
        for match in np.flatnonzero(others > 0).tolist():
            of_slot = hosts.setdefault(season.slots[columns.slot[match]].slot_id, {})
            of_slot[season.hosts[columns.host[match]].host_id] = int(others[match])
        money = {
            season.brands[brand].brand_id: price
            for brand, (matches, knapsack) in self._brands.items()
            if (price := knapsack.price_of(MONEY, np.maximum(self.worth[matches], 0)))
        }
        return MarginalPrices(hosts=hosts, money=money)

    def cut(self, steps: int = STEPS) -> int:
        """A row for each brand whose divisible plan is no mixture of whole ones, as far as `steps` directions show; their number."""
        solution = self._linear.solution[: self._count]
        divided = (solution > WHOLE) & (solution < 1 - WHOLE)
        found = 0
        for brand in np.unique(self._columns.brand[divided]).tolist():
            if brand not in self._brands:
                continue
            matches, knapsack = self._brands[brand]
            row = _deepest(knapsack, solution[matches], np.maximum(self._now[matches], 0) // self._grain, steps)
            if row is not None:
                upper, coefficient = row[0] * self._grain, row[1] * self._grain
                used = np.flatnonzero(coefficient)
                self._cuts.append((upper, matches[used], coefficient[used]))
                self._linear.at_most(*self._cuts[-1])
                found += 1
        return found


def _knapsacks(columns: Columns) -> dict[int, tuple[Whole, Knapsack]]:
    """By brand its matches by slot, and its choice among them. Brands with one slot have nothing to divide."""
    order = np.lexsort((columns.slot, columns.brand))
    cuts = np.flatnonzero(np.diff(columns.brand[order])) + 1
    found = {}
    for own in np.split(order, cuts):
        slot = columns.slot[own]
        if len(own) and slot[0] != slot[-1]:
            brand = int(columns.brand[own[0]])
            found[brand] = own, Knapsack(slot, columns.fee[own], int(columns.budget[brand]))
    return found


def _deepest(knapsack: Knapsack, solution: Reals, worth: Whole, steps: int) -> tuple[int, Whole] | None:
    """Worth by which the divisible plan is better than all whole ones: from this one, changed towards what whole plans lack."""
    base = float(worth @ solution)
    best_depth, best_row = base * CUT, None
    for _ in range(steps):
        whole = knapsack.best(worth)
        depth = float(worth @ solution) - whole.bound
        if depth > best_depth:
            best_depth, best_row = depth, (whole.bound, worth)
        if depth > base * ENOUGH:
            break
        lacking = np.where(solution > WHOLE, solution, 0)
        lacking[whole.chosen] -= np.where(solution[whole.chosen] > WHOLE, 1, 0)
        length = float(lacking @ lacking)
        if length < WHOLE:
            break
        worth = np.maximum(worth + np.rint((base * ENOUGH - depth) / length * lacking).astype(np.int64), 0)
    return best_row

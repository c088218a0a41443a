"""Prices of slots and of brands' money by a subgradient method: the Lagrangian bound of a season, and what guides the search for plans.

Each slot's "at most one host" and each brand's budget become prices; what is left falls apart into one schedule for each host, which
`schedules` finds exactly. The bound is computed in whole numbers (1/1024 of a minor unit) and needs no tolerance; floats only choose
the next prices. That a brand wants different hosts is left out of the bound, which stays one without it.
"""

import numpy as np
import numpy.typing as npt

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.solvers.schedules import MAX_DEPTH, best_schedules, calendar

SCALE = 1024
FIRST_STEPS = 60
"""So many steps do without branching: far from the best prices it costs much and brings nothing."""
PATIENCE = 6
MEMORY = 0.8
SHORTER = 0.7

Reals = npt.NDArray[np.float64]


class Prices:
    """The best prices so far: `bound`, and `gain`, what each match brings beyond them in value's units."""

    def __init__(self, columns: Columns, target: int) -> None:
        """`target` is what the bound is hoped to come down to."""
        self._columns, self._calendar, self._target = columns, calendar(columns), target
        slots, brands = len(columns.season.slots), len(columns.season.brands)
        highest = np.zeros(slots)
        np.maximum.at(highest, columns.slot, columns.value)
        brand_of = np.zeros(slots, np.int64)
        brand_of[columns.slot] = columns.brand
        of_brand = np.bincount(brand_of, weights=highest, minlength=brands)
        self._scale = np.maximum(np.concatenate([highest * 0.3, of_brand * 0.08]), 1.0)
        self._point = np.concatenate([highest * 0.5, of_brand * 0.5]) / self._scale
        self._slots, self._money = slots, np.maximum(columns.budget, 1).astype(np.float64)
        self._kept, self._direction = self._point, np.zeros_like(self._point)
        self._step, self._steps, self._stalled = 0.3, 0, 0
        self.bound = columns.constant + int(highest.sum())
        self.gain: Whole = columns.value

    def begin_at(self, slots: Reals, money: Reals) -> None:
        """Go on from these prices of slots and of minor units of budgets; the best so far stay the best until a step is better."""
        self._point = np.concatenate([slots, money * self._money]) / self._scale
        self._kept, self._direction = self._point, np.zeros_like(self._point)
        self._steps = max(self._steps, FIRST_STEPS)

    def improve(self) -> None:
        """One step."""
        columns = self._columns
        gain, price = self._gains(self._point)
        schedules = best_schedules(columns, self._calendar, gain, 0 if self._steps < FIRST_STEPS else MAX_DEPTH)
        bound = (price + int(schedules.bound.sum())) // SCALE + columns.constant
        self._steps += 1
        self._keep(bound, gain)
        cover = np.bincount(columns.slot[schedules.chosen], minlength=self._slots)
        spent = np.bincount(columns.brand[schedules.chosen], weights=columns.fee[schedules.chosen], minlength=len(columns.budget))
        slope = np.concatenate([cover - 1.0, spent / self._money - 1.0]) * self._scale
        slope[(self._point <= 0) & (slope < 0)] = 0
        self._direction = MEMORY * self._direction + (1 - MEMORY) * slope if self._direction.any() else slope
        length = self._step * (bound - self._target) / max(float((self._direction**2).sum()), 1.0)
        self._point = np.maximum(self._point + length * self._direction, 0)

    def _gains(self, point: Reals) -> tuple[Whole, int]:
        """Gains at these prices, and what all slots and budgets cost at them, both in 1/`SCALE`."""
        columns = self._columns
        worth = np.rint(point * self._scale * SCALE)
        slot, money = worth[: self._slots].astype(np.int64), np.rint(worth[self._slots :] / self._money).astype(np.int64)
        gain = columns.value * SCALE - slot[columns.slot] - money[columns.brand] * columns.fee
        return gain, int(slot.sum()) + sum(a * b for a, b in zip(money.tolist(), columns.budget.tolist(), strict=True))

    def _keep(self, bound: int, gain: Whole) -> None:
        better = self.bound - bound
        if better > 0:
            self.bound, self.gain, self._kept = bound, gain // SCALE, self._point
        if better * 100_000 > abs(self.bound):
            self._stalled = 0
            return
        self._stalled += 1
        if self._stalled == PATIENCE:
            self._step, self._stalled = self._step * SHORTER, 0
            self._point, self._direction = self._kept, np.zeros_like(self._point)

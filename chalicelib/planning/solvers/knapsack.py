"""A brand's best plan when hosts have prices: at most one match a slot within the budget (a knapsack of several choices), in whole numbers.

With the best price of money every slot has a best match, and what another choice loses against it is known. Only plans that lose little
in all are looked at; when none is found, plans that lose more. Partial plans that cost as much and bring less are dropped.
"""

from dataclasses import dataclass

import numpy as np

from chalicelib.planning.arrays import Whole

LARGEST = 1 << 60
"""Losses and what they are summed up from stay below it."""
MOST_PARTIAL_PLANS = 3_000
FIRST_LOSS = 20_000
"""At first plans are looked at that lose up to a 1/20,000 of what divisible budgets would bring."""
WIDER = 4
OPEN = -1


@dataclass(frozen=True, slots=True)
class Best:
    """No plan of the brand is worth more than `bound`; `chosen` (positions of matches) is worth it, or nearly."""

    bound: int
    chosen: list[int]


class Knapsack:
    """One brand's matches, ordered by slot: `slot` and `fee` have one entry a match."""

    def __init__(self, slot: Whole, fee: Whole, budget: int) -> None:
        self._fee, self._budget = fee, budget
        self._first = np.flatnonzero(np.diff(slot, prepend=-1))
        self._place = np.cumsum(np.diff(slot, prepend=-1) > 0) - 1
        self._ends = np.append(self._first[1:], len(slot))
        dearest = np.maximum.reduceat(fee, self._first)
        self._precision, self._highest = 1, LARGEST // (int(dearest.sum()) + budget + 1)
        self._order: list[int] = np.argsort(-dearest, kind="stable").tolist()

    def best(self, worth: Whole) -> Best:
        """The best plan when the matches are worth this; none of it is negative."""
        self._scale(worth)
        price = self._price_of_money(worth)
        left = worth * self._precision - price * self._fee
        highest = np.maximum(np.maximum.reduceat(left, self._first), 0)
        loss = highest[self._place] - left
        most = price * self._budget + int(highest.sum())
        limit = max(most // FIRST_LOSS, 1)
        while True:
            found = self._within(worth, loss, highest, limit)
            if found is not None and (most - found.bound * self._precision <= limit or limit > most):
                return found
            limit *= WIDER

    def price_of(self, money: int, worth: Whole) -> int:
        """What so much more of the budget brings when the matches are worth this, in the same units."""
        self._scale(worth)
        return self._price_of_money(worth) * money // self._precision

    def _scale(self, worth: Whole) -> None:
        self._precision = max(LARGEST // (int(np.maximum.reduceat(worth, self._first).sum()) + 1) >> 8, 1)

    def _price_of_money(self, worth: Whole) -> int:
        """The lowest price at which the cheapest of the best choices are within the budget."""
        if self._spent(worth, 0) <= self._budget:
            return 0
        low, high = 0, min(int((worth * self._precision // np.maximum(self._fee, 1)).max()) + 1, self._highest)
        while high - low > 1:
            middle = (low + high) // 2
            if self._spent(worth, middle) > self._budget:
                low = middle
            else:
                high = middle
        return high

    def _spent(self, worth: Whole, price: int) -> int:
        left = worth * self._precision - price * self._fee
        highest = np.maximum(np.maximum.reduceat(left, self._first), 0)
        fees = np.where(left == highest[self._place], self._fee, np.iinfo(np.int64).max)
        cheapest = np.minimum.reduceat(fees, self._first)
        return int(cheapest[highest > 0].sum())

    def _within(self, worth: Whole, loss: Whole, highest: Whole, limit: int) -> Best | None:
        """The best of all plans that lose at most `limit`, slots with the dearest matches first."""
        spent: Whole = np.zeros(1, np.int64)
        value, lost = spent, spent
        steps: list[tuple[Whole, Whole]] = []
        for slot in self._order:
            begins = self._first[slot]
            able = begins + np.flatnonzero(loss[begins : self._ends[slot]] <= limit)
            fees, values, losses = self._fee[able], worth[able], loss[able]
            if highest[slot] <= limit:
                able, fees, values = np.append(able, OPEN), np.append(fees, 0), np.append(values, 0)
                losses = np.append(losses, highest[slot])
            new_spent, new_lost = (spent[:, None] + fees).ravel(), (lost[:, None] + losses).ravel()
            kept = np.flatnonzero((new_spent <= self._budget) & (new_lost <= limit))
            if not len(kept):
                return None
            new_value = (value[:, None] + values).ravel()[kept]
            kept, spent, value, lost = _undominated(kept, new_spent[kept], new_value, new_lost[kept])
            steps.append((kept // len(able), able[kept % len(able)]))
        at = int(np.argmax(value))
        bound, chosen = int(value[at]), []
        for before, matches in reversed(steps):
            if matches[at] != OPEN:
                chosen.append(int(matches[at]))
            at = int(before[at])
        return Best(bound, chosen)


def _undominated(plan: Whole, spent: Whole, value: Whole, lost: Whole) -> tuple[Whole, Whole, Whole, Whole]:
    """Partial plans by rising cost and rising value. Too many become fewer that cost less and bring more than they should."""
    order = np.lexsort((-value, spent))
    rising = np.maximum.accumulate(value[order])
    order = order[np.append([True], value[order][1:] > rising[:-1])]
    if len(order) <= MOST_PARTIAL_PLANS:
        return plan[order], spent[order], value[order], lost[order]
    first = np.linspace(0, len(order), MOST_PARTIAL_PLANS, endpoint=False).astype(np.int64)
    last = np.append(first[1:], len(order)) - 1
    return plan[order[last]], spent[order[first]], value[order[last]], np.minimum.reduceat(lost[order], first)

"""Neighbourhoods of a plan, planned anew as integer programmes: brands that want the same hosts, with all their slots, beside what stays.

Of each slot only the matches take part that gain most at the prices of the relaxation. Deterministic for a seed and a number of
rounds, as long as no programme runs out of time.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft
from chalicelib.planning.solvers.highs import Limits, solve

FEWEST, SHORTLIST = 3, 10
"""Matches of a slot: when all slots are open, and of fewer slots."""
SLOTS = 40
LARGEST = 1.25
TRIES = 200
SECONDS = 2.0
ROUGHLY, BETTER, CLOSELY = 5e-3, 1e-3, 3e-4
"""How far from the best a programme may end: of all slots, of those that are divided, of a neighbourhood."""


class Search:
    """A plan that only gets better: `draft` is the best so far."""

    def __init__(self, columns: Columns, draft: Draft, seed: int) -> None:
        """Goes on from `draft`, which has all pins."""
        self.draft, self._columns, self._chance = draft, columns, np.random.default_rng(seed)
        self._value, self._slot, self._host = columns.value.tolist(), columns.slot.tolist(), columns.host.tolist()
        slots = len(columns.season.slots)
        self._brand_of = np.full(slots, -1, np.int64)
        self._brand_of[columns.slot] = columns.brand
        self._slots_of: dict[int, list[int]] = {}
        for slot in np.flatnonzero((self._brand_of >= 0) & ~columns.must).tolist():
            self._slots_of.setdefault(int(self._brand_of[slot]), []).append(slot)
        self._movable = [slot for own in self._slots_of.values() for slot in own]
        self._short: list[list[int]] = []
        self._queue: list[int] = []

    def guide(self, gain: Whole) -> None:
        """From now on these gains say who is wanted."""
        order = np.lexsort((-gain, self._columns.slot))
        cuts = np.searchsorted(self._columns.slot[order], np.arange(len(self._brand_of) + 1))
        self._short = [order[a : min(b, a + SHORTLIST)].tolist() for a, b in pairwise(cuts)]

    def renew(self, limits: Limits) -> None:
        """All slots as one programme of their shortest lists, to within `ROUGHLY` of its best."""
        self._solve(set(self._movable), FEWEST, replace(limits, accuracy=ROUGHLY))

    def renew_divided(self, whole: Whole, limits: Limits) -> None:
        """Likewise the slots whose match is none of the `whole` ones, those that divisible matches leave whole."""
        agreed = {self._slot[match] for match in set(whole.tolist()).intersection(self.draft.of_slot.values())}
        self._solve(set(self._movable) - agreed, SHORTLIST, replace(limits, accuracy=BETTER))

    def improve(self, limits: Limits) -> None:
        """One round."""
        if self._movable:
            self._solve(self._related(SLOTS), SHORTLIST, replace(limits, seconds=min(limits.seconds, SECONDS), accuracy=CLOSELY))

    def _solve(self, opened: set[int], shortlist: int, limits: Limits) -> None:
        """Plan these slots anew; a plan that is worse is taken back."""
        old = [self.draft.of_slot[slot] for slot in sorted(opened) if slot in self.draft.of_slot]
        for match in old:
            self.draft.remove(match)
        tried = sorted({m for slot in opened for m in self._short[slot][:shortlist] if self.draft.fits(m)} | set(old))
        solved = solve(self._columns, np.asarray(tried, np.int64), self.draft, limits, start=np.asarray(old, np.int64))
        new = solved.chosen.tolist()
        better = sum(self._value[match] for match in new) >= sum(self._value[match] for match in old)
        for match in new if better else old:
            if self.draft.fits(match):
                self.draft.add(match)

    def _related(self, count: int) -> set[int]:
        """All slots of a brand, of those who have the hosts that it wants, and so on."""
        chance = self._chance
        listed: list[int] = []
        opened: set[int] = set()
        if not self._queue:
            self._queue = [int(place) for place in chance.permutation(len(self._movable))]
        self._open(int(self._brand_of[self._movable[self._queue.pop()]]), count, opened, listed)
        for _ in range(TRIES):
            if len(opened) >= count:
                break
            for brand in self._drawn_by(listed[chance.integers(len(listed))]):
                self._open(brand, count, opened, listed)
        return opened

    def _open(self, brand: int, count: int, opened: set[int], listed: list[int]) -> None:
        own = [slot for slot in self._slots_of.get(brand, ()) if slot not in opened]
        if len(opened) + len(own) <= LARGEST * count or not opened:
            opened.update(own)
            listed += own

    def _drawn_by(self, slot: int) -> list[int]:
        """Who has a host that a slot wants."""
        short = self._short[slot]
        if not short:
            return []
        wanted = short[int(self._chance.random() ** 2 * len(short))]
        return [int(self._brand_of[self._slot[match]]) for match in self.draft.of_host.get(self._host[wanted], ())]

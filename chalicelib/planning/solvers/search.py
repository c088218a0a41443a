"""Ruin and recreate: slots that compete for the same hosts and money are opened, and filled again in the order of gains at prices.

Deterministic for a seed and a number of rounds. Values are whole numbers; floats only stir the order.
"""

from itertools import pairwise

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft
from chalicelib.planning.solvers.programme import solve

SHORTLIST = 15
FEWEST, MOST = 3, 14
NEIGHBOURS = 6
TRIES = 30
STIRRED = 0.1
OWN_BRAND, OF_A_HOST = 0.2, 0.7
"""How often another slot of the brand, and each show of a wanted host, is opened as well."""
DRAWN_AT_ONCE = 1 << 16
SLOTS_OF_A_PROGRAMME = 60
SECONDS_OF_A_PROGRAMME = 0.5


class _Chance:
    """Seeded draws, made by the block."""

    def __init__(self, seed: int) -> None:
        self._source = np.random.default_rng(seed)
        self._even: list[float] = []
        self._normal: list[float] = []

    def even(self) -> float:
        if not self._even:
            self._even = self._source.random(DRAWN_AT_ONCE).tolist()
        return self._even.pop()

    def below(self, count: int) -> int:
        return int(self.even() * count)

    def normal(self) -> float:
        if not self._normal:
            self._normal = self._source.standard_normal(DRAWN_AT_ONCE).tolist()
        return self._normal.pop()


class Search:
    """A plan that only gets better: `draft` is the best so far."""

    def __init__(self, columns: Columns, draft: Draft, seed: int) -> None:
        """Goes on from `draft`, which has all pins."""
        self.draft, self._columns, self._chance = draft, columns, _Chance(seed)
        self._value, self._slot, self._host = columns.value.tolist(), columns.slot.tolist(), columns.host.tolist()
        slots = len(columns.season.slots)
        self._brand_of = np.full(slots, -1, np.int64)
        self._brand_of[columns.slot] = columns.brand
        self._slots_of: dict[int, list[int]] = {}
        for slot in np.flatnonzero((self._brand_of >= 0) & ~columns.must).tolist():
            self._slots_of.setdefault(int(self._brand_of[slot]), []).append(slot)
        self._movable = [slot for own in self._slots_of.values() for slot in own]
        self._gain: list[int] = []
        self._short: list[list[int]] = []

    def guide(self, gain: Whole) -> None:
        """From now on these gains say what is tried first."""
        order = np.lexsort((-gain, self._columns.slot))
        cuts = np.searchsorted(self._columns.slot[order], np.arange(len(self._brand_of) + 1))
        self._gain = gain.tolist()
        self._short = [order[a : min(b, a + SHORTLIST)].tolist() for a, b in pairwise(cuts)]

    def refill(self) -> None:
        """One round of ruin and recreate; a plan that is worse is taken back."""
        if not self._movable:
            return
        opened = self._related(FEWEST + self._chance.below(MOST - FEWEST))
        old = self._open(opened)
        tried = sorted((-self._gain[m] - self._chance.normal() * STIRRED * self._value[m], m) for slot in opened for m in self._short[slot])
        new = [match for _, match in tried if self.draft.fits(match) and self._add(match)]
        self._decide(old, new)

    def solve_neighbourhood(self) -> None:
        """The same with more slots, chosen anew as an integer programme."""
        if not self._movable:
            return
        opened = self._related(SLOTS_OF_A_PROGRAMME)
        old = self._open(opened)
        tried = sorted({m for slot in opened for m in self._short[slot] if self.draft.fits(m)} | set(old))
        solved = solve(
            self._columns, np.asarray(tried, np.int64), self.draft, seconds=SECONDS_OF_A_PROGRAMME, start=np.asarray(old, np.int64)
        )
        new = [match for match in solved.chosen.tolist() if self.draft.fits(match) and self._add(match)]
        self._decide(old, new)

    def _add(self, match: int) -> bool:
        self.draft.add(match)
        return True

    def _open(self, slots: set[int]) -> list[int]:
        old = [self.draft.of_slot[slot] for slot in sorted(slots) if slot in self.draft.of_slot]
        for match in old:
            self.draft.remove(match)
        return old

    def _decide(self, old: list[int], new: list[int]) -> None:
        if sum(self._value[match] for match in new) < sum(self._value[match] for match in old):
            for match in new:
                self.draft.remove(match)
            for match in old:
                self.draft.add(match)

    def _related(self, count: int) -> set[int]:
        """Slots of one brand, of those who have the hosts that these want, and of their brands."""
        chance = self._chance
        own = self._slots_of[int(self._brand_of[self._movable[chance.below(len(self._movable))]])]
        first = chance.below(len(own))
        listed = (own[first:] + own[:first])[:count]
        opened = set(listed)
        for _ in range(TRIES + count):
            if len(opened) >= count + NEIGHBOURS:
                break
            for slot in self._drawn_by(listed[chance.below(len(listed))]):
                if slot not in opened and not self._columns.must[slot]:
                    opened.add(slot)
                    listed.append(slot)
        return opened

    def _drawn_by(self, slot: int) -> list[int]:
        """Whom a slot's wish concerns: the shows of a host that it wants, or another slot of its brand."""
        chance, short = self._chance, self._short[slot]
        if not short or chance.even() < OWN_BRAND:
            own = self._slots_of[int(self._brand_of[slot])]
            return [own[chance.below(len(own))]]
        wanted = short[int(chance.even() ** 2 * len(short))]
        return [self._slot[match] for match in self.draft.of_host.get(self._host[wanted], ()) if chance.even() < OF_A_HOST]

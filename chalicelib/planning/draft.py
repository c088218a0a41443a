"""A plan in the making: which matches are chosen, and whether one more would break a rule. Integers only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from chalicelib.planning.arrays import Columns


class Draft:
    """Chosen matches with all that they use up. A match may be added when it `fits`; taking one away never breaks anything."""

    def __init__(self, columns: Columns, chosen: Iterable[int] = ()) -> None:
        """`chosen` must fit together."""
        self._slot, self._host, self._brand = columns.slot.tolist(), columns.host.tolist(), columns.brand.tolist()
        self._fee, self._start, self._end = columns.fee.tolist(), columns.start.tolist(), columns.end.tolist()
        self._week, self._rivalry = columns.week.tolist(), columns.rivalry
        self._cap = columns.cap.tolist()
        self.left: list[int] = columns.budget.tolist()
        self.repeats_left: list[int] = columns.repeats.tolist()
        self.of_slot: dict[int, int] = {}
        self.of_host: dict[int, list[int]] = defaultdict(list)
        self.shows_in_week: Counter[tuple[int, int]] = Counter()
        self.shows_for_brand: Counter[tuple[int, int]] = Counter()
        self.brands_in: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
        for match in chosen:
            self.add(match)

    def fits(self, match: int) -> bool:
        """Whether its slot is open and no rule is broken by adding it."""
        host, brand = self._host[match], self._brand[match]
        return (
            self._slot[match] not in self.of_slot
            and self._fee[match] <= self.left[brand]
            and self.shows_in_week[host, self._week[match]] < self._cap[host]
            and (self.repeats_left[brand] > 0 or not self.shows_for_brand[host, brand])
            and self._has_time(match)
            and self._is_faithful(match)
        )

    def _has_time(self, match: int) -> bool:
        start, end = self._start[match], self._end[match]
        return all(end <= self._start[other] or self._end[other] <= start for other in self.of_host.get(self._host[match], ()))

    def _is_faithful(self, match: int) -> bool:
        host, brand = self._host[match], self._brand[match]
        return all(not (works := self.brands_in.get((host, each))) or brand in works for each in self._rivalry[match])

    def add(self, match: int) -> None:
        """Choose a match that fits."""
        host, brand = self._host[match], self._brand[match]
        self.of_slot[self._slot[match]] = match
        self.of_host[host].append(match)
        self.left[brand] -= self._fee[match]
        self.shows_in_week[host, self._week[match]] += 1
        if self.shows_for_brand[host, brand]:
            self.repeats_left[brand] -= 1
        self.shows_for_brand[host, brand] += 1
        for each in self._rivalry[match]:
            self.brands_in[host, each][brand] += 1

    def remove(self, match: int) -> None:
        """Take a chosen match away."""
        host, brand = self._host[match], self._brand[match]
        del self.of_slot[self._slot[match]]
        self.of_host[host].remove(match)
        self.left[brand] += self._fee[match]
        self.shows_in_week[host, self._week[match]] -= 1
        self.shows_for_brand[host, brand] -= 1
        if self.shows_for_brand[host, brand]:
            self.repeats_left[brand] += 1
        for each in self._rivalry[match]:
            works = self.brands_in[host, each]
            works[brand] -= 1
            if not works[brand]:
                del works[brand]

    def fill(self, order: Sequence[int]) -> None:
        """Add what fits, in this order."""
        for match in order:
            if self.fits(match):
                self.add(match)

    @property
    def chosen(self) -> list[int]:
        """The chosen matches, by slot."""
        return [self.of_slot[slot] for slot in sorted(self.of_slot)]

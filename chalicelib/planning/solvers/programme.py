"""Some of a season's matches as a programme: all of them for a month or a bound, a neighbourhood of a larger plan otherwise.

Rows are as tight as they can be: hosts' times are the maximal sets of shows that overlap, and a brand's shows under an exclusivity are
bounded by one variable for each such set, not for each show.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft


@dataclass(slots=True)
class Programme:
    """Columns are the matches first, then brands under exclusivities and hosts of brands; rows are sums that stay at or below `upper`.

    The first `rows_of_brands` rows are of slots, budgets and different hosts; the others are of hosts' times, weeks and exclusivities.
    """

    gains: list[int]
    lower_of_columns: dict[int, int] = field(default_factory=dict)
    upper: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    coefficient: list[int] = field(default_factory=list)
    rows_of_brands: int = 0
    slot_of_row: dict[int, int] = field(default_factory=dict)
    """Where the row says that a slot has one host at most."""
    money_of_row: dict[int, int] = field(default_factory=dict)
    """Where the row is a brand's budget."""

    def column(self) -> int:
        """A further yes-or-no column that is worth nothing by itself."""
        self.gains.append(0)
        return len(self.gains) - 1

    def at_most(self, upper: int, index: Sequence[int], coefficient: Sequence[int] | None = None) -> None:
        """A row."""
        self.index += index
        self.coefficient += coefficient if coefficient is not None else [1] * len(index)
        self.starts.append(len(self.index))
        self.upper.append(upper)


def programme_of(columns: Columns, matches: Whole, fixed: Draft) -> Programme:
    """What may be chosen among `matches` (each fits `fixed` by itself) beside what is fixed. Pinned slots among them are filled."""
    programme = Programme(columns.value[matches].tolist())
    order = np.argsort(columns.slot[matches], kind="stable")
    for own in _groups(columns.slot[matches], order):
        if len(own) > 1:
            programme.slot_of_row[len(programme.upper)] = int(columns.slot[matches[own[0]]])
            programme.at_most(1, own)
        if columns.must[columns.slot[matches[own[0]]]]:
            programme.lower_of_columns[own[0]] = 1
    _brands(programme, columns, matches, fixed)
    programme.rows_of_brands = len(programme.upper)
    order = np.lexsort((columns.start[matches], columns.host[matches]))
    for own in _groups(columns.host[matches], order):
        _host(programme, columns, matches, own, fixed)
    return programme


def _groups(key: Whole, order: Whole) -> Iterator[list[int]]:
    """Positions with the same key, in this order."""
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    for group in np.split(order, cuts):
        yield group.tolist()


def _brands(programme: Programme, columns: Columns, matches: Whole, fixed: Draft) -> None:
    """Budgets, and different hosts."""
    for own in _groups(columns.brand[matches], np.argsort(columns.brand[matches], kind="stable")):
        brand = int(columns.brand[matches[own[0]]])
        fees = columns.fee[matches[own]].tolist()
        most = sum(sorted(fees, reverse=True)[: len(set(columns.slot[matches[own]].tolist()))])
        if most > fixed.left[brand]:
            programme.money_of_row[len(programme.upper)] = brand
            programme.at_most(fixed.left[brand], own, fees)
        slots = len(set(columns.slot[matches[own]].tolist()))
        if slots > fixed.repeats_left[brand]:
            _different(programme, columns, matches, own, fixed)


def _different(programme: Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
    """All shows less one for each host that is new to the brand: the repeats."""
    brand = int(columns.brand[matches[own[0]]])
    of_host: dict[int, list[int]] = defaultdict(list)
    for position in own:
        of_host[int(columns.host[matches[position]])].append(position)
    index, coefficient = [], []
    for host, shows in of_host.items():
        if fixed.shows_for_brand[host, brand]:
            index += shows
            coefficient += [1] * len(shows)
        elif len(shows) > 1:
            new = programme.column()
            programme.at_most(0, [new, *shows], [1] + [-1] * len(shows))
            index += [new, *shows]
            coefficient += [-1] + [1] * len(shows)
    if index:
        programme.at_most(fixed.repeats_left[brand], index, coefficient)


def _host(programme: Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
    """Time, weeks and exclusivity of one host; `own` by start."""
    if len(own) == 1:
        return
    for together in _overlapping(columns, matches, own):
        programme.at_most(1, together)
    _weeks(programme, columns, matches, own, fixed)
    rivals: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for position in own:
        match = int(matches[position])
        for each in columns.rivalry[match]:
            rivals[each][int(columns.brand[match])].append(position)
    for brands in rivals.values():
        if len(brands) > 1:
            _exclusive(programme, columns, matches, brands)


def _weeks(programme: Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
    host = int(columns.host[matches[own[0]]])
    weeks: dict[int, list[int]] = defaultdict(list)
    for position in own:
        weeks[int(columns.week[matches[position]])].append(position)
    for week, shows in weeks.items():
        left = int(columns.cap[host]) - fixed.shows_in_week[host, week]
        if len(shows) > left:
            programme.at_most(left, shows)


def _exclusive(programme: Programme, columns: Columns, matches: Whole, brands: dict[int, list[int]]) -> None:
    works_for = []
    for shows in brands.values():
        if len(shows) == 1:
            works_for.append(shows[0])
            continue
        chosen = programme.column()
        works_for.append(chosen)
        covered: set[int] = set()
        for together in _overlapping(columns, matches, shows):
            programme.at_most(0, [*together, chosen], [1] * len(together) + [-1])
            covered.update(together)
        for position in shows:
            if position not in covered:
                programme.at_most(0, [position, chosen], [1, -1])
    programme.at_most(1, works_for)


def _overlapping(columns: Columns, matches: Whole, own: list[int]) -> Iterator[list[int]]:
    """Largest sets of two and more shows of a host that all overlap; `own` by start."""
    start, end = columns.start[matches[own]].tolist(), columns.end[matches[own]].tolist()
    running: list[int] = []
    for place in range(len(own)):
        running = [other for other in running if end[other] > start[place]] + [place]
        is_last = place + 1 == len(own) or any(end[other] <= start[place + 1] for other in running)
        if is_last and len(running) > 1:
            yield [own[other] for other in running]

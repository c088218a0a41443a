"""Some of a season's matches as an integer programme for HiGHS: all of them for a month, a neighbourhood of a larger plan otherwise.

Rows are as tight as they can be: hosts' times are the maximal sets of shows that overlap, and a brand's shows under an exclusivity are
bounded by one variable for each such set, not for each show. Only this module knows HiGHS, and imports it when it solves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft

TOLERANCE = 1e-9
THREADS = 1
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Solved:
    """The matches of the best solution found; no solution of the programme is worth more than `bound`; whether it came to an end."""

    chosen: Whole
    bound: int
    complete: bool


@dataclass(slots=True)
class _Programme:
    """Columns are the matches first, then brands under exclusivities and hosts of brands; rows are sums that stay at or below `upper`."""

    gains: list[int]
    lower_of_columns: dict[int, int] = field(default_factory=dict)
    upper: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    coefficient: list[int] = field(default_factory=list)

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


def solve(  # a programme, its surroundings and its limits
    columns: Columns,
    matches: Whole,
    fixed: Draft,
    *,
    seconds: float,
    interrupted: Callable[[], bool] | None = None,
    start: Whole | None = None,
) -> Solved:
    """The best choice among `matches` (each fits `fixed` by itself) beside what is fixed. Pinned slots among them are filled."""
    if not len(matches):
        return Solved(matches, 0, complete=True)
    return _run(columns, _programme(columns, matches, fixed), matches, seconds, interrupted, start)


def _programme(columns: Columns, matches: Whole, fixed: Draft) -> _Programme:
    programme = _Programme(columns.value[matches].tolist())
    order = np.argsort(columns.slot[matches], kind="stable")
    for own in _groups(columns.slot[matches], order):
        if len(own) > 1:
            programme.at_most(1, own)
        if columns.must[columns.slot[matches[own[0]]]]:
            programme.lower_of_columns[own[0]] = 1
    _brands(programme, columns, matches, fixed)
    order = np.lexsort((columns.start[matches], columns.host[matches]))
    for own in _groups(columns.host[matches], order):
        _host(programme, columns, matches, own, fixed)
    return programme


def _groups(key: Whole, order: Whole) -> Iterator[list[int]]:
    """Positions with the same key, in this order."""
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    for group in np.split(order, cuts):
        yield group.tolist()


def _brands(programme: _Programme, columns: Columns, matches: Whole, fixed: Draft) -> None:
    """Budgets, and different hosts."""
    for own in _groups(columns.brand[matches], np.argsort(columns.brand[matches], kind="stable")):
        brand = int(columns.brand[matches[own[0]]])
        fees = columns.fee[matches[own]].tolist()
        most = sum(sorted(fees, reverse=True)[: len(set(columns.slot[matches[own]].tolist()))])
        if most > fixed.left[brand]:
            programme.at_most(fixed.left[brand], own, fees)
        slots = len(set(columns.slot[matches[own]].tolist()))
        if slots > fixed.repeats_left[brand]:
            _different(programme, columns, matches, own, fixed)


def _different(programme: _Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
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


def _host(programme: _Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
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


def _weeks(programme: _Programme, columns: Columns, matches: Whole, own: list[int], fixed: Draft) -> None:
    host = int(columns.host[matches[own[0]]])
    weeks: dict[int, list[int]] = defaultdict(list)
    for position in own:
        weeks[int(columns.week[matches[position]])].append(position)
    for week, shows in weeks.items():
        left = int(columns.cap[host]) - fixed.shows_in_week[host, week]
        if len(shows) > left:
            programme.at_most(left, shows)


def _exclusive(programme: _Programme, columns: Columns, matches: Whole, brands: dict[int, list[int]]) -> None:
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


def _run(
    columns: Columns, programme: _Programme, matches: Whole, seconds: float, interrupted: Callable[[], bool] | None, start: Whole | None
) -> Solved:
    import highspy  # noqa: PLC0415  # 40 ms and more that other functions need not spend

    count = len(programme.gains)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, len(programme.upper)
    model.col_cost_ = np.asarray(programme.gains, dtype=np.float64)
    lower = np.zeros(count)
    lower[list(programme.lower_of_columns)] = 1
    model.col_lower_, model.col_upper_ = lower, np.ones(count)
    model.row_lower_, model.row_upper_ = np.full(len(programme.upper), -highspy.kHighsInf), np.asarray(programme.upper, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.asarray(programme.starts, dtype=np.int32)
    model.a_matrix_.index_ = np.asarray(programme.index, dtype=np.int32)
    model.a_matrix_.value_ = np.asarray(programme.coefficient, dtype=np.float64)
    model.integrality_ = [highspy.HighsVarType.kInteger] * count
    model.sense_ = highspy.ObjSense.kMaximize
    highs = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": THREADS,
        "time_limit": seconds,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": HALF,
        "mip_feasibility_tolerance": TOLERANCE,
        "primal_feasibility_tolerance": TOLERANCE,
    }.items():
        highs.setOptionValue(option, value)
    highs.passModel(model)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = np.isin(matches, start).astype(np.float64).tolist() + [0.0] * (count - len(matches))
        highs.setSolution(known)
    if interrupted is not None:
        highs.cbMipInterrupt.subscribe(lambda event: event.interrupt() if interrupted() else None)
    highs.run()
    info = highs.getInfo()
    highest: dict[int, int] = {}
    for slot, gain in zip(columns.slot[matches].tolist(), programme.gains, strict=False):
        highest[slot] = max(highest.get(slot, 0), gain)
    complete = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    solution = np.asarray(highs.getSolution().col_value)
    chosen = matches[solution[: len(matches)] > HALF] if len(solution) else matches[:0]
    slack = TOLERANCE * sum(highest.values())
    bound = int(np.floor(min(info.mip_dual_bound, 2.0**62) + slack + 1e-6))
    return Solved(chosen, bound, complete=complete)

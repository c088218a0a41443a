"""Programmes solved by HiGHS, in whole numbers or divisible. Only this module knows it, and imports it when it solves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chalicelib.planning.arrays import Columns, Whole
from chalicelib.planning.draft import Draft
from chalicelib.planning.solvers.programme import Programme, programme_of

TOLERANCE = 1e-9
THREADS = 1
HALF = 0.5
UNIT = 10_000
"""Divisible programmes count value in so many minor units: their tolerances are absolute."""

Reals = npt.NDArray[np.float64]
Interrupted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Solved:
    """The matches of the best solution found; no solution of the programme is worth more than `bound`; whether it came to an end."""

    chosen: Whole
    bound: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """When a solver may end: after these seconds, when it is interrupted, and this share from the best."""

    seconds: float
    interrupted: Interrupted = lambda: False
    accuracy: float = 0.0


def solve(columns: Columns, matches: Whole, fixed: Draft, limits: Limits, *, start: Whole | None = None) -> Solved:
    """The best choice among `matches` (each fits `fixed` by itself) beside what is fixed; `start` is one."""
    if not len(matches):
        return Solved(matches, 0, complete=True)
    import highspy  # noqa: PLC0415  # 40 ms and more that other functions need not spend

    programme = programme_of(columns, matches, fixed)
    count = len(programme.gains)
    model = _model(programme, 1)
    model.integrality_ = [highspy.HighsVarType.kInteger] * count
    highs = _highs(
        {
            "time_limit": limits.seconds,
            "mip_rel_gap": limits.accuracy,
            "mip_abs_gap": HALF,
            "mip_feasibility_tolerance": TOLERANCE,
            "primal_feasibility_tolerance": TOLERANCE,
        }
    )
    highs.passModel(model)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = np.isin(matches, start).astype(np.float64).tolist() + [0.0] * (count - len(matches))
        highs.setSolution(known)
    highs.cbMipInterrupt.subscribe(lambda event: event.interrupt() if limits.interrupted() else None)
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


class Linear:
    """A programme with divisible matches, to which rows are added; each solution begins at the last one."""

    def __init__(self, programme: Programme) -> None:
        self._highs = _highs({})
        self._highs.passModel(_model(programme, UNIT))
        self._limits = Limits(0.0)
        self._highs.cbSimplexInterrupt.subscribe(lambda event: event.interrupt() if self._limits.interrupted() else None)
        self.solution: Reals = np.zeros(len(programme.gains))
        self.price: Reals = np.zeros(len(programme.upper))
        """By row, in minor units."""

    def solve(self, limits: Limits) -> bool:
        """Whether it came to its end; only then is there a new `solution`, and prices."""
        import highspy  # noqa: PLC0415  # as above

        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + limits.seconds)
        self._limits = limits
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        found = self._highs.getSolution()
        self.solution, self.price = np.asarray(found.col_value), np.asarray(found.row_dual) * UNIT
        return True

    def at_most(self, upper: int, index: Whole, coefficient: Whole) -> None:
        """A further row, in minor units."""
        import highspy  # noqa: PLC0415  # as above

        self._highs.addRow(-highspy.kHighsInf, upper / UNIT, len(index), index.astype(np.int32), coefficient / UNIT)


def _highs(options: dict[str, float]) -> Any:  # noqa: ANN401  # it comes without types
    import highspy  # noqa: PLC0415  # as above

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003  # its own way
    highs.setOptionValue("threads", THREADS)
    for option, value in options.items():
        highs.setOptionValue(option, value)
    return highs


def _model(programme: Programme, unit: int) -> Any:  # noqa: ANN401  # likewise
    import highspy  # noqa: PLC0415  # as above

    count = len(programme.gains)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, len(programme.upper)
    model.col_cost_ = np.asarray(programme.gains, dtype=np.float64) / unit
    lower = np.zeros(count)
    lower[list(programme.lower_of_columns)] = 1
    model.col_lower_, model.col_upper_ = lower, np.ones(count)
    model.row_lower_, model.row_upper_ = np.full(len(programme.upper), -highspy.kHighsInf), np.asarray(programme.upper, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.asarray(programme.starts, dtype=np.int32)
    model.a_matrix_.index_ = np.asarray(programme.index, dtype=np.int32)
    model.a_matrix_.value_ = np.asarray(programme.coefficient, dtype=np.float64)
    model.sense_ = highspy.ObjSense.kMaximize
    return model

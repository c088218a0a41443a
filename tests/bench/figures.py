"""The figures of a benchmark: what was measured, beside what, against which target; as a table and as JSON."""

import json
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from typing_extensions import override

COMPARED: Mapping[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure's `of` (``value`` or ``ratio``) must be: ``Target("<=", 2.1)``."""

    sign: str
    limit: float
    of: str = "value"

    @override
    def __str__(self) -> str:
        return f"{self.of} {self.sign} {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `peer` names what was measured beside it, in the same unit; `ratio` is value : peer."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the peer; None without one."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None where there is none, False where its ratio is missing."""
        if self.target is None:
            return None
        measured = self.value if self.target.of == "value" else self.ratio
        return measured is not None and COMPARED[self.target.sign](measured, self.target.limit)

    def as_json(self) -> dict[str, object]:
        """As it stands in build/bench.json."""
        plain = {**asdict(self), "ratio": self.ratio, "target": self.target and str(self.target), "holds": self.holds}
        order = ("name", "value", "unit", "peer", "peer_value", "ratio", "target", "holds")
        return {name: _rounded(plain[name]) for name in order}


def median(measured: Sequence[float]) -> float:
    """The middle one, or halfway between the two in the middle. Raises `ValueError` for nothing."""
    if not measured:
        message = "nothing was measured"
        raise ValueError(message)
    ordered = sorted(measured)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def larger(name: str, unit: str, counted: tuple[float, float], target: Target | None = None) -> Figure:
    """The larger of what the engine reported and what AWS's arithmetic says, with the other one beside it."""
    reported, computed = counted
    if reported > computed:
        return Figure(name=name, value=reported, unit=unit, peer="AWS's sizing arithmetic", peer_value=computed, target=target)
    return Figure(name=name, value=computed, unit=unit, peer="ReturnConsumedCapacity", peer_value=reported, target=target)


def table(figures: Iterable[Figure]) -> list[str]:
    """Lines for the terminal."""
    rows = [("figure", "value", "unit", "beside", "its value", "ratio", "target", "holds")]
    for each in figures:
        holds = {None: "", True: "yes", False: "NO"}[each.holds]
        ratio = "" if each.ratio is None else f"{each.ratio:,.2f}"
        beside = "" if each.peer_value is None else _text(each.peer_value)
        target = "" if each.target is None else str(each.target)
        rows.append((each.name, _text(each.value), each.unit, each.peer or "", beside, ratio, target, holds))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def write(path: Path, figures: Iterable[Figure]) -> None:
    """All figures as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([each.as_json() for each in figures], indent=2) + "\n", encoding="utf-8")


def _text(number: float) -> str:
    return f"{number:,.3f}" if abs(number) < 1000 else f"{number:,.0f}"  # from there on nobody reads thousandths


def _rounded(plain: object) -> object:
    return round(plain, DIGITS) if isinstance(plain, float) else plain

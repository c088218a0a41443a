"""What is known of a workflow without faults, and what is found out about a point of it."""

from dataclasses import dataclass, field

from tests.faults.house import Checkpoint, Step
from tests.faults.program import Call


class HarnessWrong(RuntimeError):
    """Something that must not happen without a fault: the harness or the program is broken as a whole."""


class AsBefore(Exception):  # it ends a play, it is no failure
    """From here on everything goes as in the undisturbed run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """A workflow as it is with no fault: its calls, where it can be entered, and what the store looks like afterwards."""

    name: str
    steps: tuple[Step, ...]
    calls: tuple[Call, ...]
    writes: tuple[bool, ...]
    parts: tuple[int, ...]
    """How many things each call carries."""
    before: Checkpoint
    checkpoints: tuple[Checkpoint, ...]
    at_once: list[str]
    """What is kept when all work is done, before the schedule runs."""
    in_the_end: list[str]
    after: Checkpoint

    def entry(self, number: int) -> Checkpoint:
        """The last invocation that begins before a call (counted from 1)."""
        return [point for point in self.checkpoints if point.calls < number][-1]

    @property
    def doubtful(self) -> list[int]:
        """Calls that change something or pass something on, counted from 1."""
        return [number for number, is_write in enumerate(self.writes, start=1) if is_write]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a point."""

    workflow: str
    what: str
    """Which fault at which call, or which disorder."""
    problems: tuple[str, ...]
    words: tuple[str, ...] = field(default=())
    """What the program has logged, if there are problems."""

    @property
    def holds(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

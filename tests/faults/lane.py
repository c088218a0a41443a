"""`python -m tests.faults.lane`: one lane of the harness, with its own surroundings, doing every n-th point; a line of JSON for each.

A process of its own because it takes the clock, the random ids and the network out of the program's hands for good.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from tests.faults import points
from tests.faults.clockwork import Clockwork
from tests.faults.house import Arrival, House
from tests.faults.known import HarnessWrong, Outcome, Undisturbed
from tests.faults.mistakes import MISTAKES, Mistake
from tests.faults.program import Program
from tests.faults.second import Second, second_beside
from tests.faults.surroundings import Surroundings, running
from tests.faults.wire import THE_THREE_WAYS, Way
from tests.faults.workflows import WORKFLOWS, set_the_stage

LEADS_SECONDS = (0.0, 0.004, -0.004, 0.02, -0.02)
"""By how much one of two processes is ahead of the other."""
DISORDERS = tuple(order for order in Arrival if order is not Arrival.AS_SENT)
Point = Callable[[], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What this lane does: the points whose number is `lane` modulo `lanes`; `short` tries each call in one way, by rotation."""

    lane: int = 0
    lanes: int = 1
    short: bool = False
    only: tuple[str, ...] = ()
    mistakes: int = len(MISTAKES)

    def takes(self, number: int) -> bool:
        """Whether a point is this lane's."""
        return number % self.lanes == self.lane


def say(kind: str, **content: Any) -> None:
    """One line for whoever started the lane."""
    sys.stdout.write(json.dumps({"kind": kind, **content}) + "\n")
    sys.stdout.flush()


def run(around: Surroundings, share: Share, second: Second) -> None:
    """Every workflow: undisturbed, then each point of this lane, then its mistakes."""
    house = House(around, Program(around.proxy, Clockwork()))
    stage = set_the_stage(house)
    seeded = [mistake for number, mistake in enumerate(MISTAKES[: share.mistakes]) if share.takes(number)]
    for workflow in WORKFLOWS:
        stage.sign_in()
        workflow.prepare(stage)
        known = points.undisturbed(house, workflow.name, workflow.steps(stage))
        say("workflow", name=known.name, calls=len(known.calls))
        if workflow.name in share.only or (not share.only and (workflow.in_short or not share.short)):
            for number, point in enumerate(_points(house, known, second, short=share.short)):
                if share.takes(number):
                    say("point", **asdict(point()))
            for mistake in seeded:
                if mistake.workflow == workflow.name:
                    say("mistake", name=mistake.name, **_found(house, known, second, mistake))
        house.put_back(known.after.situation, known.after.snapshot)


def _points(house: House, known: Undisturbed, second: Second, *, short: bool) -> Iterator[Point]:
    """Each call in the three ways, each write also with an answer that only its first try loses; disorders; two at once."""
    for at, is_write in enumerate(known.writes, start=1):
        ways = ways_of(known.calls[at - 1][1], is_write=is_write, parts=known.parts[at - 1])
        for place, way in enumerate(ways):
            if not short or place == at % len(ways):
                yield partial(points.with_fault, house, known, at, way)
    for at in () if short else _to_be_killed(known):
        yield partial(points.killed_for_real, house, known, at, second)
    yield from _disorders(house, known)
    for lead in LEADS_SECONDS[:1] if short else LEADS_SECONDS:
        yield partial(points.with_a_second, house, known, second, lead)


def ways_of(operation: str, *, is_write: bool, parts: int) -> tuple[Way, ...]:
    """In which ways a call is tried; of a transaction, that its last item conflicts is tried once."""
    ways = [*THE_THREE_WAYS, Way.KILLED]
    if is_write:
        ways.append(Way.HEALED)
    if parts > 1:
        ways += [Way.PARTLY_ONCE] if operation == "TransactWriteItems" else [Way.PARTLY_ONCE, Way.PARTLY]
    return tuple(ways)


def _to_be_killed(known: Undisturbed) -> list[int]:
    """A sample: the writes in the middle and at the end."""
    writes = known.doubtful
    return sorted({writes[len(writes) // 2], writes[-1]})


def _disorders(house: House, known: Undisturbed) -> Iterator[Point]:
    for order in DISORDERS:
        yield partial(points.in_disorder, house, known, order)


def _found(house: House, known: Undisturbed, second: Second, mistake: Mistake) -> dict[str, Any]:
    """Whether a seeded mistake is found, and by which point; the program as it is has passed all of them."""
    house.put_back(known.before.situation, known.before.snapshot)
    with mistake.made():
        try:
            spoilt = points.undisturbed(house, known.name, known.steps)
        except HarnessWrong as wrong:
            return {"caught": False, "by": f"it fails without any fault, so it proves nothing: {wrong}"[:500]}
        for point in _telling(house, spoilt, second):
            outcome = point()
            if not outcome.holds:
                return {"caught": True, "by": f"{outcome.workflow}, {outcome.what}: {outcome.problems[0]}"[:300]}
    return {"caught": False, "by": "no point failed"}


def _telling(house: House, spoilt: Undisturbed, second: Second) -> Iterator[Point]:
    """The points of a workflow, those that tell most first."""
    yield from _disorders(house, spoilt)
    for way in (*THE_THREE_WAYS, Way.KILLED):
        for at in spoilt.doubtful:
            yield partial(points.with_fault, house, spoilt, at, way)
    for lead in LEADS_SECONDS:
        yield partial(points.with_a_second, house, spoilt, second, lead)
    for at in (number for number in range(1, len(spoilt.calls) + 1) if number not in spoilt.doubtful):
        yield partial(points.with_fault, house, spoilt, at, Way.NEVER)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.lane", description=__doc__)
    parser.add_argument("--lane", type=int, default=0)
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", action="append", default=[], help="a workflow's name")
    parser.add_argument("--mistakes", type=int, default=len(MISTAKES), help="how many of the seeded mistakes are tried")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
    only = tuple(asked.only)
    with running() as around, second_beside(around.proxy) as second:
        run(around, Share(lane=asked.lane, lanes=asked.lanes, short=asked.short, only=only, mistakes=asked.mistakes), second)
    say("end")


if __name__ == "__main__":
    main()

"""From a season to a plan: parts that share nobody are planned apart, small ones to a proven end, large ones for as long as there is time.

Two processes share the parts, one for each core; they speak through pipes, which is all that a function on Lambda has. The caller is told
about twice a second how far it is, and says whether to go on; a plan that is called off is the best so far, and holds.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from chalicelib.planning.model import Plan, Season
from chalicelib.planning.parts import parts, united
from chalicelib.planning.rules import check
from chalicelib.planning.solvers.part import Clock, Report, best_plan

MAX_SECONDS = 14 * 60
"""A function has 15 minutes."""
PROCESSES = 2
STOP = "stop"


class PlanningFailed(RuntimeError):
    """A process ended without its plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the parts that have reported are worth so far, and their bound."""

    value_minor: int
    bound_minor: int


Tell = Callable[[Progress], bool]
"""Told how far it is; says whether to go on."""


def plan(season: Season, *, seconds: int, clock: Clock, tell: Tell = lambda _: True) -> Plan:
    """The best plan found within about `seconds`. Raises `BadSeason` with what is wrong and what to do, `PlanningFailed`."""
    check(season)
    return best(season, seconds=seconds, clock=clock, tell=tell)


def best(season: Season, *, seconds: int, clock: Clock, tell: Tell = lambda _: True) -> Plan:
    """The same for a season with which nothing is wrong. Raises `PlanningFailed`."""
    shares = _shares(parts(season))
    begun = [_begin(share, min(seconds, MAX_SECONDS), clock) for share in shares]
    return united(season, _attend([here for here, _ in begun], tell))


def _shares(all_parts: Sequence[Season]) -> list[list[Season]]:
    """The parts for each process, of about equal work."""
    shares: list[list[Season]] = [[] for _ in range(min(PROCESSES, len(all_parts)))]
    for part in all_parts:
        min(shares, key=lambda share: sum(len(each.matches) for each in share)).append(part)
    return shares


def _begin(share: list[Season], seconds: int, clock: Clock) -> "tuple[Connection, multiprocessing.process.BaseProcess]":
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, share, seconds, clock), daemon=True)
    process.start()
    there.close()
    return here, process


def _work(pipe: Connection, share: Sequence[Season], seconds: int, clock: Clock) -> None:
    """Plan each part of the share, its time by its matches."""
    began, done, total = clock(), 0, max(sum(len(part.matches) for part in share), 1)
    finished: list[Plan] = []

    def tell(report: Report) -> bool:
        value, bound = sum(each.value_minor for each in finished), sum(each.bound_minor for each in finished)
        pipe.send(Progress(value_minor=value + report.value_minor, bound_minor=bound + report.bound_minor))
        return not pipe.poll()

    for part in reversed(share):
        done += len(part.matches)
        until = began + seconds * done // total
        finished.append(best_plan(part, until=until, clock=clock, tell=tell))
    pipe.send(finished)
    pipe.close()


def _attend(pipes: list[Connection], tell: Tell) -> list[Plan]:
    """Pass on what the processes report until all have sent their plans."""
    latest: dict[Connection, Progress] = {}
    plans: list[Plan] = []
    going, on = list(pipes), True
    while going:
        for pipe in wait(going):
            assert isinstance(pipe, Connection)  # noqa: S101  # for the types: nothing else is waited for
            said = _received(pipe)
            if isinstance(said, list):
                plans += said
                going.remove(pipe)
                continue
            latest[pipe] = said
            total = Progress(
                value_minor=sum(each.value_minor for each in latest.values()), bound_minor=sum(each.bound_minor for each in latest.values())
            )
            if on and not (on := tell(total)):
                for each in going:
                    _stop(each)
    return plans


def _stop(pipe: Connection) -> None:
    with suppress(BrokenPipeError):  # it has just ended by itself
        pipe.send(STOP)


def _received(pipe: Connection) -> "Progress | list[Plan]":
    try:
        said: Progress | list[Plan] = pipe.recv()
    except EOFError as ended:
        raise PlanningFailed("A process of the planner ended early. Plan again, with fewer slots at a time if it recurs.") from ended
    return said

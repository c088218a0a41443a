"""`python -m tests.bench.seasons_in_parts`: a season well over one run's limits, cut, planned part after part and checked as a whole.

Takes minutes, so it is no part of `make bench`. Each part is planned in a process of its own, as each message has a run of its own; memory
is the most that such a process and its children took. Markets share nobody here, so a season comes apart by them first.
"""

import argparse
import multiprocessing
import pickle
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from chalicelib.planning import checker, greedy
from chalicelib.planning.arrays import columns
from chalicelib.planning.cuts import Group, cut, told
from chalicelib.planning.model import Season
from chalicelib.planning.part_runs import MOST_SECONDS_FOR_BOUND
from chalicelib.planning.rules import PART_MATCHES, PART_SLOTS, Size
from chalicelib.planning.stepwise import Piece, Stage, filled, first, improved, tightened
from tests.bench import seasons
from tests.bench.planning import PlanDoesNotHold
from tests.bench.say import say
from tests.bench.sizes import DEFAULT_SEED

T = TypeVar("T")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.seasons_in_parts", description=__doc__)
    parser.add_argument("--shows", type=int, default=25_000)
    parser.add_argument("--seconds", type=int, default=120, help="for each part")
    parser.add_argument("--most-shows", type=int, default=PART_SLOTS, help="of a part")
    parser.add_argument("--most-matches", type=int, default=PART_MATCHES, help="of a part")
    parser.add_argument("--rounds", type=int, default=1, help="how often each part is planned")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        kept = Path(name)
        _apart("season", lambda: _write(kept / "season", seasons.season(DEFAULT_SEED, asked.shows, asked.shows)))
        parts = _apart("cut and greedy", lambda: _cut(kept, Size(slots=asked.most_shows, matches=asked.most_matches)))
        for turn in range(asked.rounds * parts):
            _apart(f"part {turn % parts + 1} of {parts}", lambda turn=turn: _step(kept, turn % parts, asked.seconds))  # type: ignore[misc]
        _apart("whole", lambda: _whole(kept, parts, min(asked.seconds, MOST_SECONDS_FOR_BOUND)))


def _cut(kept: Path, most: Size) -> int:
    season: Season = _read(kept / "season")
    say(f"{len(season.slots):,} shows, {len(season.hosts):,} hosts, {len(season.brands):,} brands, {len(season.matches):,} matches")
    found = columns(season)
    say(f"greedy {found.worth(greedy.by_value(found).chosen):,} by value")
    made = cut(season, {slot.slot_id: Group(market="any", category=slot.category) for slot in season.slots}, most)
    say(told(made))
    stage, parts = first(season, [part.slot_ids for part in made.parts], [])
    say(f"begins at {sum(stage.values):,}; slots of parts {[len(part.slots) for part in parts]}")
    for number, part in enumerate(parts):
        _write(kept / f"part{number}", part)
    _write(kept / "stage", stage)
    _write(kept / "couplings", replace(season, matches=()))
    return len(parts)


def _step(kept: Path, turn: int, seconds: int) -> None:
    stage: Stage = _read(kept / "stage")
    number = stage.order[turn]
    piece = Piece(number=number, part=_read(kept / f"part{number}"), season=_read(kept / "couplings"))
    after = improved(stage, piece, seconds=seconds, clock=time.monotonic, tell=lambda _: True)
    was, value, bound = stage.values[number], after.values[number], after.bounds[number]
    say(f"{len(piece.part.slots):,} shows: {was:,} -> {value:,}, bound {bound:,}")
    say(f"{_percent(value, was)} above where it was, gap {_percent(bound, value)}")
    _write(kept / "stage", after)


def _whole(kept: Path, parts: int, seconds: int) -> None:
    season: Season = _read(kept / "season")
    stage: Stage = _read(kept / "stage")
    pieces: list[Season] = [_read(kept / f"part{number}") for number in range(parts)]
    own = [[slot.slot_id for slot in piece.slots] for piece in pieces]
    bound = tightened(season, stage, own, seconds=seconds, clock=time.monotonic, tell=lambda: True)
    say(f"bounds of parts together {sum(stage.bounds):,}, by prices of those with something in common {bound:,}")
    plan = filled(season, stage, bound)
    wrong = checker.violations(season, plan)
    if wrong:
        raise PlanDoesNotHold(wrong[0].sentence)
    found = columns(season)
    least = found.worth(greedy.by_value(found).chosen)
    say(f"{plan.value_minor:,}, bound {plan.bound_minor:,}: {_percent(plan.value_minor, least)} above greedy by value, nothing broken")
    say(f"gap {_percent(plan.bound_minor, plan.value_minor)}, {len(plan.hosts):,} of {len(season.slots):,} shows have a host")


def _percent(above: int, below: int) -> str:
    return f"{100 * (above - below) / below:.2f} %"


def _write(path: Path, value: object) -> None:
    path.write_bytes(pickle.dumps(value))


def _read(path: Path) -> T:  # type: ignore[type-var]  # what was written
    return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]  # noqa: S301  # our own


def _apart(name: str, work: Callable[[], T]) -> T:
    """Do it in a process of its own, and say what it took."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_report, args=(there, work))
    began = time.monotonic()
    process.start()
    there.close()
    answer, own, children = here.recv()
    process.join()
    say(f"{name}: {time.monotonic() - began:.0f} s, {own + children:,} MB at most ({own:,} and a child's {children:,})")
    return answer  # type: ignore[no-any-return]  # of the work


def _report(pipe: Connection, work: Callable[[], object]) -> None:
    answer = work()
    while multiprocessing.active_children():  # they are counted once they have ended
        time.sleep(0.1)
    own, children = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    pipe.send((answer, own, children))


if __name__ == "__main__":
    main()

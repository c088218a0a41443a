"""`python -m tests.stress`: bookers in processes of their own on the same hosts; writes build/stress.json. 0 when nothing was sold twice.

PRIMETIME_STRESS_SEED makes another crowd.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.house import running
from tests.bench.say import say
from tests.stress.bookers import NOW, Tried, add_host, crowd
from tests.stress.check import findings

RESULTS = Path("build") / "stress.json"
SEED = int(os.environ.get("PRIMETIME_STRESS_SEED", "20261125"))


def stressed(bookers: int, hosts: Sequence[str], attempts: int, seed: int) -> dict[str, int]:
    """Let the crowd in, wait until it has gone, and look at what it left."""
    with running() as house:
        house.services.clock.set(NOW)
        for host in hosts:
            add_host(house.services, host)
        with ProcessPoolExecutor(bookers, mp_context=multiprocessing.get_context("spawn")) as crowds:
            each = [crowds.submit(crowd, house.place, seed + number, hosts, attempts) for number in range(bookers)]
            tried = [done.result() for done in each]
        say_of(tried)
        found = findings(house.services, hosts)
    for line in (*found.double_booked, *found.refused_free_slots):
        say(line)
    return {
        "attempts": sum(booker.attempts for booker in tried),
        "booked": sum(booker.booked for booker in tried),
        "double_booked": len(found.double_booked),
        "refused_free_slots": len(found.refused_free_slots),
    }


def say_of(tried: Sequence[Tried]) -> None:
    """A line a booker."""
    for number, booker in enumerate(tried, start=1):
        say(
            f"booker {number}: {booker.attempts} tries, {booker.booked} shows booked, "
            f"{booker.refused} tries refused, {booker.cancelled} cancelled"
        )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--bookers", type=int, default=4)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--attempts", type=int, default=150, help="of each booker")
    asked = parser.parse_args()
    began = time.monotonic()
    report = stressed(asked.bookers, [f"crt_stress_{number}" for number in range(asked.hosts)], asked.attempts, SEED)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    say(f"{report}, {time.monotonic() - began:.0f} s; written: {RESULTS}")
    return 0 if report["booked"] and not report["double_booked"] and not report["refused_free_slots"] else 1


if __name__ == "__main__":
    sys.exit(main())

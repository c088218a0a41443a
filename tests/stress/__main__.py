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
from tests.stress.seasons import Seasons, owner, seasons, sweeper, tidy

RESULTS = Path("build") / "stress.json"
SEASON_BOOKERS = 2
MOST_FINDINGS_TOLD = 50
SHOWS_PER_SEASON = 4
"""So many times as often as a season somebody wants single shows."""
MUST_BE_NONE = ("double_booked", "refused_free_slots", "half_series", "slots_left_behind", "booked_while_busy", "holds_broken")
SEED = int(os.environ.get("PRIMETIME_STRESS_SEED", "20261125"))


def stressed(bookers: int, hosts: Sequence[str], attempts: int, seed: int) -> dict[str, int]:
    """Let the crowd in, wait until it has gone, let the schedule tidy up, and look at what is left."""
    with running() as house:
        house.services.clock.set(NOW)
        for host in hosts:
            add_host(house.services, host)
        gone = house.place.state / "everybody-is-gone"
        with ProcessPoolExecutor(bookers + SEASON_BOOKERS + 2, mp_context=multiprocessing.get_context("spawn")) as crowds:
            looks = crowds.submit(sweeper, house.place, gone)
            each = [crowds.submit(crowd, house.place, seed + number, hosts, attempts) for number in range(bookers)]
            longer = max(attempts // SHOWS_PER_SEASON, 4)
            large = [crowds.submit(seasons, house.place, seed - 1 - number, hosts, longer) for number in range(SEASON_BOOKERS)]
            plans = crowds.submit(owner, house.place, seed, hosts, longer)
            try:
                tried, wanted, planned = [done.result() for done in each], [done.result() for done in large], plans.result()
            finally:
                gone.touch()
            say(f"the schedule looked {looks.result()} times, hosts imported {len(planned)} calendars")
        say_of(tried, wanted)
        tidied = tidy(house.services)
        claims = [claim for booker in tried for claim in booker.claims] + [claim for who in wanted for claim in who.claims]
        found = findings(house.services, hosts, claims, planned)
    for line in found.all()[:MOST_FINDINGS_TOLD]:
        say(line)
    return {
        "attempts": sum(booker.attempts for booker in tried) + sum(who.wanted for who in wanted),
        "booked": len(claims),
        "double_booked": len(found.double_booked),
        "refused_free_slots": len(found.refused_free_slots),
        "series_confirmed": sum(who.confirmed for who in wanted),
        "series_broken_off": sum(who.broken_off for who in wanted),
        "half_series": len(found.half_series),
        "slots_left_behind": len(found.left_behind) + int(not tidied),
        "booked_while_busy": len(found.booked_while_busy),
        "holds_broken": len(found.holds_broken) + sum(who.lost for who in wanted),
    }


def say_of(tried: Sequence[Tried], wanted: Sequence[Seasons]) -> None:
    """A line for each of them."""
    for number, booker in enumerate(tried, start=1):
        say(
            f"booker {number}: {booker.attempts} tries, {booker.booked} shows booked, "
            f"{booker.refused} tries refused, {booker.cancelled} cancelled"
        )
    for number, who in enumerate(wanted, start=1):
        say(
            f"booker of seasons {number}: {who.wanted} wanted, {who.confirmed} confirmed with {len(who.claims)} shows, "
            f"{who.refused} refused, {who.given_up} given up, {who.broken_off} broken off"
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
    return 0 if report["booked"] and not any(report[name] for name in MUST_BE_NONE) else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.states`: every state x move x role, then random parties; writes build/states.json. 0 when nothing is wrong."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench.say import say
from tests.states.tried import Count, whole_table
from tests.states.wander import wander

RESULTS = Path("build") / "states.json"
EXAMPLES, STEPS = 60, 25
MOST_SURPRISES_TOLD = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it all, tell what is wrong, and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.states", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many times random parties begin")
    parser.add_argument("--steps", type=int, default=STEPS, help="how many things they do at most each time")
    given = parser.parse_args(arguments)
    total = Count()
    parts = list(whole_table())
    for number, (name, part) in enumerate(parts, start=1):
        found = part()
        total.add(found)
        if not found.clean() or number % 20 == 0:
            say(f"{number} of {len(parts)} parts, {total.tried:,} tried; {name}: {'as the law says' if found.clean() else 'NOT'}")
    say(f"random parties: {given.examples} deals of up to {given.steps} things each")
    try:
        wander(total, given.examples, given.steps)
    except AssertionError as failure:
        total.unexpected.append(f"random parties: {failure}")
    for line in (total.unexpected + total.states_without_exit)[:MOST_SURPRISES_TOLD]:
        say(line)
    counted = {name: len(value) if isinstance(value, list) else value for name, value in asdict(total).items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(counted, indent=2) + "\n", encoding="utf-8")
    say(json.dumps(counted))
    return 0 if total.clean() else 1


if __name__ == "__main__":
    sys.exit(main())

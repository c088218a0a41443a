"""`python -m tests.bench`: measures everything, prints a table and writes build/bench.json. `--quick` tries it out in a minute.

The exit code says whether it could be measured, not whether the targets hold: a busy machine is no defect.
"""

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import backtest, earnings, exposure, matching, planning, posting, reconciliation, sale_lines, settlement
from tests.bench.figures import Figure, table, write
from tests.bench.house import running
from tests.bench.say import Say, say
from tests.bench.sizes import DEFAULT_SEED, Sizes, quick
from tests.bench.synthetic import NOW

RESULTS = Path("build") / "bench.json"
QUICK_RESULTS = Path("build") / "bench-quick.json"
"""A quick try never stands in for the figures."""
SEED = "PRIMETIME_BENCH_SEED"


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Every figure. What is measured in memory comes first, while nothing else of ours runs."""
    yield from backtest.measure(sizes, say)
    yield from reconciliation.measure(sizes, say)
    yield from matching.measure(sizes, say)
    yield from exposure.measure(sizes, say)
    yield from earnings.measure(sizes, say)
    yield from planning.measure(sizes, say)
    with running() as house:
        house.services.clock.set(NOW)
        house.work_off()
        yield from posting.measure(house, sizes, say)
        meter = house.metered()
        yield from sale_lines.measure(house, meter, sizes, say)
        yield from settlement.measure(house, meter, sizes, say)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few lines and turns: shows that everything runs; build/bench-quick.json")
    parser.add_argument("--repetitions", type=int, help="turns of what is timed beside a peer, 5 unless told")
    asked = parser.parse_args()
    seed = int(os.environ.get(SEED, str(DEFAULT_SEED)))
    sizes = quick(seed) if asked.quick else Sizes(seed=seed)
    if asked.repetitions is not None:
        sizes = replace(sizes, repetitions=asked.repetitions)
    began = time.monotonic()
    figures = list(measure(sizes, say))
    for line in table(figures):
        say(line)
    path = QUICK_RESULTS if asked.quick else RESULTS
    write(path, figures)
    say(f"{time.monotonic() - began:.0f} s; written: {path}")


if __name__ == "__main__":
    main()

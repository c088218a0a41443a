"""How much of the best ten's value the estimator captures on public figures, beside the last period; a figure of quality, not of speed.

The figures of creators stay outside the project: `PRIMETIME_WAVES` names the file, else it is looked for beside the project. Where it
is not there, nothing is measured.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.backtest.report import MOST_LOST, Result, results
from tests.backtest.waves import read
from tests.bench.figures import Figure, Target
from tests.bench.say import Say
from tests.bench.sizes import Sizes

WAVES = Path(os.environ.get("PRIMETIME_WAVES", "../shared/data/creators_2022.csv"))
UNIT = "of the best ten's value"


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:  # noqa: ARG001  # real figures have one size
    """Means over the platforms, each with history."""
    if not WAVES.is_file():
        say(f"no back-test: {WAVES} is not there")
        return
    say(f"predicting the last wave of {WAVES.name} from the earlier ones")
    found = results(read([WAVES]))
    last = _mean(found, "last period")
    yield Figure(
        name="value_captured_at_10",
        value=_mean(found, "estimate"),
        unit=UNIT,
        peer="last period",
        peer_value=last,
        target=Target(">=", last - MOST_LOST),
    )
    yield Figure(name="value_captured_at_10_last_period", value=last, unit=UNIT)
    yield Figure(
        name="value_captured_at_10_without_history",
        value=_mean(found, "estimate without history"),
        unit=UNIT,
        peer="followers",
        peer_value=_mean(found, "followers"),
        target=Target(">=", _mean(found, "followers")),
    )


def _mean(found: list[Result], way: str) -> float:
    return sum(result.means[way] for result in found) / len(found)

"""`python -m tests.oracle [csv] [scenario] [ISO instant ...]` prints the tables; without instants, one for each checkpoint."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.oracle.recompute import expected_of
from tests.oracle.scenario import Scenario

ROOT = Path(__file__).parents[2]


def _print(answer: dict[str, Any]) -> None:
    rows = " ".join(f"{name}={count}" for name, count in answer["rows"].items())
    lines = [
        f"== {answer['as_of']} knowing {answer['file']}",
        rows,
        f"links {len(answer['links'])} units {answer['links_units']} {answer['links_sha256']}",
    ]
    for slug, show in answer["shows"].items():
        lines.append(
            f"{slug} [{show['contract']}] lines {show['lines']} gross {show['gross_minor']} refunds {show['refunds_minor']}"
            f" net {show['net_minor']} kept {show['kept_minor']} cancellations {show['cancellations']}"
            f" ({show['cancellations_after_maturity']} after maturity)"
        )
        matured = show["matured_components"]
        lines += [f"    {name:24}{minor:>10} matured{matured[name]:>10}" for name, minor in show["components"].items()]
        lines.append(f"    {'to share':24}{show['earned_minor']:>10} matured{show['matured_minor']:>10}")
        lines += [f"    -> {payee:21}{share['earned']:>10} matured{share['matured']:>10}" for payee, share in show["shares"].items()]
    sys.stdout.write("\n".join(lines) + "\n\n")


def main(arguments: list[str]) -> None:
    """Print what is expected at each instant."""
    csv_path = Path(arguments[0]) if arguments else ROOT / "demo" / "data" / "online_retail_sample.csv"
    scenario = Scenario.read(Path(arguments[1]) if len(arguments) > 1 else ROOT / "demo" / "scenario.toml")
    stated = [datetime.fromisoformat(text) for text in arguments[2:]]
    for as_of in stated or scenario.content["oracle"]["checkpoints"]:
        _print(expected_of(csv_path, scenario, as_of))


if __name__ == "__main__":
    main(sys.argv[1:])

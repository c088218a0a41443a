"""`python -m tests.faults`: every point in as many lanes as there are processors, a table, and build/faults.json (docs/faults.md)."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.faults.lanes import Findings, Listener, tried

RESULTS = Path("build") / "faults.json"
SHORT_RESULTS = Path("build") / "faults-short.json"
"""A short try never stands in for all points."""
EVERY_POINTS = 100


def say(line: str) -> None:
    """One line on the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def progress(findings: Findings) -> None:
    """Now and then how far it is, and each failure at once."""
    if findings.points and findings.points % EVERY_POINTS == 0:
        say(f"{findings.points} points tried, {len(findings.failures)} failed")


def table(findings: Findings) -> list[str]:
    """A line for each workflow, then for each seeded mistake."""
    lines = [f"{'workflow':<12}{'calls':>8}{'points':>8}{'failed':>8}"]
    for name, calls in findings.calls.items():
        failed = sum(failure["workflow"] == name for failure in findings.failures)
        lines.append(f"{name:<12}{calls:>8}{findings.workflows.get(name, 0):>8}{failed:>8}")
    lines.append(f"{'all':<12}{findings.calls_seen:>8}{findings.points:>8}{len(findings.failures):>8}")
    lines += [f"{'found    ' if each['caught'] else 'NOT FOUND'} {each['name']} ({each['by']})" for each in findings.mistakes]
    return lines


def main() -> int:
    """The command: 0 when no point fails, each seeded mistake is found and there are three points for each call."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="each call in one of the three ways, by rotation; build/faults-short.json")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", action="append", default=[], help="a workflow's name; again for another one")
    parser.add_argument("--mistakes", type=int, help="how many of the seeded mistakes are tried; all unless told")
    asked = parser.parse_args()
    began = time.monotonic()
    findings = tried(Listener(progress, say), lanes=asked.lanes, short=asked.short, only=asked.only, mistakes=asked.mistakes)
    for line in table(findings):
        say(line)
    path = RESULTS if not (asked.short or asked.only or asked.mistakes is not None) else SHORT_RESULTS
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(findings.report(), indent=2) + "\n", encoding="utf-8")
    say(f"{time.monotonic() - began:.0f} s; written: {path}")
    return 0 if findings.hold(each_way=path == RESULTS) else 1


if __name__ == "__main__":
    sys.exit(main())

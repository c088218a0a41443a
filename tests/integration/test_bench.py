"""The benchmark in its quick form, as its users run it: whoever changes what it measures hears of it at once."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROMISED = {
    "sale_line_write_units_new",
    "sale_line_write_units_known",
    "posting_rate_vs_textbook",
    "reconciliation_vs_duckdb",
    "reconciliation_peak_mb",
    "settlement_claim_transactions",
    "match_p50_selective_vs_pyroaring",
    "match_p50_any_vs_pyroaring",
    "match_exact_share",
    "snapshot_mb_1m",
    "snapshot_load_vs_mmap",
    "snapshot_growth",
    "assignment_regret_percent",
    "month_gap_percent",
    "season_vs_greedy_percent",
    "value_captured_at_10",
}
COUNTED = {"match_exact_share", "settlement_claim_transactions", "sale_line_write_units_new", "sale_line_write_units_known"}
"""What is counted and not timed holds on any machine, with few lines too."""


def test_every_part_of_the_benchmark_runs_and_what_is_counted_holds() -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603  # our own command
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    figures = {figure["name"]: figure for figure in json.loads((ROOT / "build" / "bench-quick.json").read_text())}
    assert {name for name, figure in figures.items() if figure["target"]} >= PROMISED
    assert {name for name in COUNTED if not figures[name]["holds"]} == set()

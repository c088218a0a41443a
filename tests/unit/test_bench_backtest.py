"""The benchmark's figures of the back-test are those of its table, and nothing is measured where there is no file."""

from pathlib import Path

import pytest

from tests.backtest.report import MOST_LOST, results
from tests.backtest.waves import read
from tests.bench import backtest
from tests.bench.sizes import quick
from tests.unit.test_backtest import WAVES


def test_no_file_means_no_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backtest, "WAVES", tmp_path / "nowhere.csv")
    told: list[str] = []
    assert list(backtest.measure(quick(), told.append)) == []
    assert "is not there" in told[0]


def test_the_figures_are_means_over_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    if not WAVES.is_file():
        pytest.skip("the figures of creators have no clear licence and lie outside the project; they are not here")
    monkeypatch.setattr(backtest, "WAVES", WAVES)
    figures = {each.name: each for each in backtest.measure(quick(), lambda _: None)}
    found = results(read([WAVES]))
    assert figures["value_captured_at_10"].value == pytest.approx(sum(each.means["estimate"] for each in found) / 3)
    assert figures["value_captured_at_10"].peer_value == figures["value_captured_at_10_last_period"].value
    target = figures["value_captured_at_10"].target
    assert target is not None
    assert target.limit == figures["value_captured_at_10_last_period"].value - MOST_LOST
    assert all(each.holds is not False for each in figures.values())

"""Who may import whom: the contracts of pyproject.toml hold, and none of them has quietly gone."""

import ast
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.sources import ROOT, sources

FEATURES = (
    "directory",
    "notices",
    "matching",
    "bookings",
    "contracts",
    "planning",
    "shows",
    "sales",
    "ledger",
    "payouts",
    "reconciliation",
)
DEVELOPMENT_ONLY = {"tests", "infra", "demo", "pytest", "moto", "hypothesis"}


@pytest.fixture
def loggers_as_they_were() -> Iterator[None]:
    """The linter configures logs for itself, which switches all loggers off that exist already."""
    switched_on = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger) and not each.disabled]
    yield
    for each in switched_on:
        each.disabled = False


@pytest.mark.usefixtures("loggers_as_they_were")
def test_the_contracts_between_features_hold() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == EXIT_STATUS_SUCCESS


def test_every_feature_has_its_layer_and_keeps_its_keys_to_itself() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert tuple(reversed(FEATURES)) == tuple(layer for layer in layers if layer in FEATURES)
    kept = {module for contract in contracts if contract["type"] == "protected" for module in contract["protected_modules"]}
    assert {f"chalicelib.{feature}.{part}" for feature in FEATURES for part in ("store", "handlers")} <= kept


def test_every_package_of_the_app_has_its_place_among_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {name.strip("() ") for layer in layers for name in layer.split("|")}
    assert {path.stem for path in Path(ROOT / "chalicelib").iterdir() if not path.name.startswith("__")} == named


def test_what_is_deployed_imports_nothing_that_is_not() -> None:
    found = [
        (path, name)
        for path, tree in sources("app.py", "chalicelib")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.split(".", 1)[0] in DEVELOPMENT_ONLY
    ]
    assert found == []

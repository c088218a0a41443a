"""What the documents name exists: paths, functions, topics, tables, decisions; and the figures of docs/money.md are the oracle's."""

import ast
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.queues import TOPIC_QUEUES
from infra.template.tables import TABLES
from tests.oracle import expected

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
RUNBOOK = DOCS / "runbook.md"
ARCHITECTURE = DOCS / "architecture.md"
DECISIONS = DOCS / "adr"
ENDINGS = (".py", ".md", ".toml", ".sh", ".html", ".css", ".js", ".json", ".sql", ".csv")
MADE_AT_RUN_TIME = (".local/", "build/", ".venv", ".coverage")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
SAMPLE = ROOT / "demo" / "data" / "online_retail_sample.csv"
SCENARIO = ROOT / "demo" / "scenario.toml"
SETTLED_AT = (datetime(2011, 1, 4, 10, tzinfo=UTC), datetime(2011, 3, 2, 10, tzinfo=UTC))


def quoted(page: Path) -> list[str]:
    """What stands in single backticks, fenced blocks apart."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", text)


def top_level() -> frozenset[str]:
    return frozenset(path.name for path in ROOT.iterdir())


def looks_like_a_path(token: str) -> bool:
    """A path of the repository: names only, with a folder that we have or an ending of a file."""
    if not PATH.fullmatch(token) or token.startswith(MADE_AT_RUN_TIME):
        return False
    first = token.partition("/")[0]
    return token.endswith(ENDINGS) or ("/" in token and first in top_level())


def paths_in(page: Path) -> list[str]:
    return [token for token in quoted(page) if looks_like_a_path(token)]


@cache
def names_of(module: Path) -> frozenset[str]:
    """Functions, classes, methods and constants that a module defines: `f`, `C`, `C.method`, `NAME`."""
    return frozenset(_defined(ast.parse(module.read_text(encoding="utf-8")).body, ""))


def _defined(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield prefix + node.name
            case ast.ClassDef():
                yield prefix + node.name
                yield from _defined(node.body, f"{prefix}{node.name}.")
            case ast.Assign():
                yield from (prefix + target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name
            case _:
                pass


def exists(dotted: str) -> bool:
    """Whether `contracts.offers.Offers.accept` is a name in chalicelib/contracts/offers.py, or `app.on_work` one in app.py."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        for base in (ROOT / "chalicelib", ROOT):
            module = base.joinpath(*parts[:length]).with_suffix(".py")
            if module.is_file():
                return ".".join(parts[length:]) in names_of(module)
    return False


def functions_in(page: Path) -> list[str]:
    return [token for token in quoted(page) if DOTTED.fullmatch(token) and token not in TOPIC_QUEUES and not token.endswith(ENDINGS)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    missing = [token for token in paths_in(page) if not (ROOT / token).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    missing = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_function_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in functions_in(page) if not exists(name)] == []


@cache
def names_of_all_tests() -> frozenset[str]:
    """Names of all tests."""
    modules = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for module in modules for name in names_of(module) if name.startswith("test_"))


def test_every_test_that_a_page_names_exists() -> None:
    named = {token for page in PAGES for token in quoted(page) if token.startswith("test_") and not token.endswith(ENDINGS)}
    assert len(named) > 50
    assert named - names_of_all_tests() == set()


def test_a_name_that_does_not_exist_would_be_seen() -> None:
    assert exists("contracts.offers.Offers.accept")
    assert not exists("contracts.offers.Offers.agree")
    assert not exists("contracts.agreements.agree")
    assert looks_like_a_path("chalicelib/contracts/agreements.py")
    assert not looks_like_a_path("/api/v1/offers")


def test_both_ways_through_the_house_are_told_by_name() -> None:
    named = functions_in(ARCHITECTURE)
    assert {name.split(".")[0] for name in named} >= {
        "contracts",
        "bookings",
        "shows",
        "sales",
        "ledger",
        "payouts",
        "reconciliation",
        "app",
    }


def test_the_runbook_says_of_every_topic_how_lost_work_comes_again() -> None:
    assert set(TOPIC_QUEUES) - set(quoted(RUNBOOK)) == set()
    assert set(TOPIC_QUEUES.values()) - set(quoted(RUNBOOK)) == set()


def test_every_topic_table_and_decision_is_in_the_architecture() -> None:
    said = set(quoted(ARCHITECTURE))
    assert set(TOPIC_QUEUES) | set(TOPIC_QUEUES.values()) <= said
    assert {table.name for table in TABLES} <= said
    linked = {Path(target).name for target in LINK.findall(ARCHITECTURE.read_text(encoding="utf-8"))}
    assert {path.name for path in DECISIONS.glob("*.md")} == linked


def test_every_make_target_that_a_page_names_exists() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607  # make of the system
    targets = set(re.findall(r"make ([a-z-]+)", listed))
    named = {name for page in PAGES for token in quoted(page) for name in re.findall(r"^make ([a-z-]+)", token)}
    assert named - targets == set()


def test_the_figures_of_the_finance_page_are_those_of_the_oracle() -> None:
    page = (DOCS / "money.md").read_text(encoding="utf-8")
    first, second = (expected(SAMPLE, SCENARIO, instant)["shows"] for instant in SETTLED_AT)
    show = second["new-year-refresh"]
    shares = [share["earned"] for share in show["shares"].values()]
    figures = [show["gross_minor"], show["refunds_minor"], show["net_minor"], *show["components"].values(), show["earned_minor"], *shares]
    for payee in show["shares"]:
        taken = matured_of(payee, first)
        figures += [taken, matured_of(payee, second) - taken]
    assert [in_pounds(minor) for minor in figures if in_pounds(minor) not in page] == []


def matured_of(payee: str, shows: dict[str, Any]) -> int:
    """What has matured for a payee over all shows."""
    return sum(show["shares"].get(payee, {"matured": 0})["matured"] for show in shows.values())


def in_pounds(minor: int) -> str:
    return f"{abs(minor) // 100:,}.{abs(minor) % 100:02}"

"""A file that grows over 300 lines becomes a package; the few that may be longer are named here, with their reason and limit."""

from tests.architecture.sources import ROOT

MAX_LINES = 300
PLACES = ("app.py", "chalicelib", "infra", "demo", "assets", "tests")
LONGER = {
    # The keys of one table in one place.
    "chalicelib/payouts/store.py": 340,
    # The composition root: a line for each service.
    "chalicelib/wiring.py": 320,
    # Tests and examples are tables of cases; they are read from top to bottom, not held in the head.
    "tests/fakes/console.py": 360,
    "tests/fakes/stripe.py": 320,
    "tests/integration/test_bad_input.py": 600,
    "tests/unit/template_samples.py": 720,
    "tests/unit/test_contracts_service.py": 700,
    "tests/unit/test_earnings_promises.py": 350,
    "tests/unit/test_pages.py": 520,
    "tests/unit/test_payouts_prepaid_refunds.py": 330,
    "tests/unit/test_payouts_settlements.py": 420,
    "tests/unit/test_sales_service.py": 560,
    "tests/unit/test_shows_rules.py": 340,
    "tests/unit/test_shows_service.py": 340,
}


def _lines() -> dict[str, int]:
    paths = [path for place in PLACES for path in ([ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}


def test_no_file_grows_beyond_what_can_be_read_at_once() -> None:
    assert {path: lines for path, lines in _lines().items() if lines > LONGER.get(path, MAX_LINES)} == {}


def test_files_that_became_shorter_leave_the_list() -> None:
    lines = _lines()
    assert {path for path in LONGER if lines.get(path, 0) <= MAX_LINES} == set()

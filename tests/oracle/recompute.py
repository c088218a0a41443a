"""Hands the file and the scenario to DuckDB, runs the statements, and collects what they say."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.oracle.scenario import Row, Scenario

STATEMENTS = Path(__file__).parent / "sql"
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

TABLES = {
    "airing": "slug VARCHAR, contract VARCHAR, place BIGINT, opens_at TIMESTAMP, closes_at TIMESTAMP,"
    " completed_at TIMESTAMP, returns_close_at TIMESTAMP",
    "line_up": "slug VARCHAR, code VARCHAR",
    "product": "code VARCHAR, category VARCHAR",
    "contract": "name VARCHAR, signed_at TIMESTAMP, return_window_days BIGINT, refund_policy VARCHAR, refunds_after_maturity VARCHAR,"
    " fee_minor HUGEINT, fee_scope VARCHAR, cap_minor HUGEINT, cap_scope VARCHAR, guarantee_minor HUGEINT, floor_minor HUGEINT,"
    " fee_basis_points HUGEINT, platform_fee_mode VARCHAR",
    "fee_part": "contract VARCHAR, due VARCHAR, basis_points HUGEINT",
    "rule": "contract VARCHAR, rule_id VARCHAR, place BIGINT, skus VARCHAR[], category VARCHAR, mode VARCHAR, accumulates_over VARCHAR",
    "tier": "contract VARCHAR, rule_id VARCHAR, from_value HUGEINT, next_value HUGEINT, basis_points HUGEINT",
    "bonus": "contract VARCHAR, bonus_id VARCHAR, milestone_minor HUGEINT, amount_minor HUGEINT, scope VARCHAR",
    "payee": "contract VARCHAR, payee VARCHAR, basis_points HUGEINT, is_host BOOLEAN",
    "asked": "as_of TIMESTAMP, known_before TIMESTAMP",
}

ROWS = """
SELECT
    (SELECT count(*) FROM known), (SELECT count(*) FROM file_row, asked WHERE units IS NULL OR ordered_at IS NULL OR price IS NULL),
    (SELECT count(*) FROM known WHERE NOT goods), (SELECT count(*) FROM cancellation), (SELECT count(*) FROM attributed),
    (SELECT count(*) FROM sale ANTI JOIN attributed USING (row_no)),
    (SELECT count(*) FROM orphan), (SELECT count(*) FROM tie),
    (SELECT coalesce(sum(units), 0) FROM orphan), (SELECT coalesce(sum(minor), 0) FROM orphan),
    (SELECT coalesce(sum(gross_minor), 0) FROM sale ANTI JOIN attributed USING (row_no))
"""
ROW_NAMES = (
    *("accepted", "rejected", "not_a_sale", "cancellations", "attributed", "unattributed", "orphans", "ties"),
    *("orphan_units", "orphan_minor", "unattributed_minor"),
)
SHOWS = """
SELECT slug, airing.contract, count(row_no), coalesce(sum(gross_minor), 0), coalesce(sum(net_minor), 0), coalesce(sum(kept_minor), 0)
FROM airing LEFT JOIN show_line USING (slug) GROUP BY slug, airing.contract, airing.opens_at ORDER BY airing.opens_at, slug
"""
REFUNDS = """
SELECT slug, count(DISTINCT cancellation_row),
    count(DISTINCT cancellation_row) FILTER (c.ordered_at >= date_trunc('day', s.ordered_at) + to_days((return_window_days + 1)::INTEGER))
FROM link JOIN attributed ON attributed.row_no = sale_row JOIN airing USING (slug) JOIN contract ON contract.name = airing.contract
JOIN sale AS s ON s.row_no = sale_row JOIN cancellation AS c ON c.row_no = cancellation_row
GROUP BY slug
"""


def expected(csv_path: Path | str, scenario_path: Path | str, as_of: datetime) -> dict[str, Any]:
    """Everything that must be true at `as_of` (aware): see the package's docstring for the keys."""
    return expected_of(csv_path, Scenario.read(Path(scenario_path)), as_of)


def expected_of(csv_path: Path | str, scenario: Scenario, as_of: datetime) -> dict[str, Any]:
    """The same for a scenario that is already read."""
    with duckdb.connect(config={"threads": 1}) as connection:
        known = _run(connection, Path(csv_path), scenario, as_of)
        links = _texts(connection, "link_text")
        attributions = _texts(connection, "attribution_text")
        return {
            "as_of": as_of.astimezone(UTC).isoformat(),
            "file": known,
            "rows": dict(zip(ROW_NAMES, map(int, _only(connection, ROWS)), strict=True)),
            "links": links,
            "links_units": int(_only(connection, "SELECT coalesce(sum(units), 0) FROM link")[0]),
            "links_sha256": _sha256(links),
            "attributions": attributions,
            "attributions_sha256": _sha256(attributions),
            "shows": _shows(connection),
        }


def _run(connection: duckdb.DuckDBPyConnection, csv_path: Path, scenario: Scenario, as_of: datetime) -> str | None:
    question = scenario.question(as_of)
    rows: dict[str, list[Row]] = {
        "airing": scenario.show_rows(),
        "line_up": scenario.line_up_rows(),
        "product": scenario.product_rows(),
        "contract": scenario.contract_rows(),
        "fee_part": scenario.fee_part_rows(),
        "rule": scenario.rule_rows(),
        "tier": scenario.tier_rows(),
        "bonus": scenario.bonus_rows(),
        "payee": scenario.payee_rows(),
        "asked": [(question.as_of, question.known_before)],
    }
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns})")
        _insert(connection, name, rows[name])
    columns = ", ".join(f"coalesce({name}, '') AS {name}" for name in COLUMNS)
    connection.execute(
        f"CREATE TABLE raw AS SELECT row_number() OVER () AS row_no, {columns}"  # noqa: S608 - the column names are constants
        " FROM read_csv($path, all_varchar = true, header = true, delim = ',', quote = '\"', strict_mode = true, parallel = false)",
        {"path": str(csv_path)},
    )
    for statements in sorted(STATEMENTS.glob("*.sql")):
        connection.execute(statements.read_text(encoding="utf-8"))
    return question.file


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        places = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - table names are the constants above


def _only(connection: duckdb.DuckDBPyConnection, query: str) -> Row:
    row = connection.execute(query).fetchone()
    if row is None:
        message = "the statements gave no row"
        raise LookupError(message)
    return tuple(row)


def _texts(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    return sorted(row[0] for row in connection.execute(f"SELECT line FROM {view}").fetchall())  # noqa: S608 - a constant


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _shows(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    shows: dict[str, dict[str, Any]] = {}
    for slug, contract, lines, gross, net, kept in connection.execute(SHOWS).fetchall():
        shows[slug] = {
            "contract": contract,
            "lines": int(lines),
            "cancellations": 0,
            "cancellations_after_maturity": 0,
            "gross_minor": int(gross),
            "refunds_minor": int(gross) - int(net),
            "net_minor": int(net),
            "kept_minor": int(kept),
            "components": {},
            "matured_components": {},
            "shares": {},
        }
    for slug, cancellations, late in connection.execute(REFUNDS).fetchall():
        shows[slug] |= {"cancellations": int(cancellations), "cancellations_after_maturity": int(late)}
    for slug, name, earned, matured in connection.execute(
        "SELECT slug, label, earned, matured FROM component ORDER BY position, label"
    ).fetchall():
        shows[slug]["components"][name] = int(earned)
        shows[slug]["matured_components"][name] = int(matured)
    for slug, earned, matured in connection.execute("SELECT slug, earned, matured FROM to_share").fetchall():
        shows[slug] |= {"earned_minor": int(earned), "matured_minor": int(matured), "pending_minor": int(earned) - int(matured)}
    for slug, payee, phase, minor in connection.execute("SELECT slug, payee, phase, minor FROM share ORDER BY payee, phase").fetchall():
        shows[slug]["shares"].setdefault(payee, {})[phase] = int(minor)
    return shows

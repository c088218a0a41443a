"""The scenario as the demo plays it: the TOML file and the few look-ups that the steps need."""

import csv
import io
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
SCENARIO = ROOT / "scenario.toml"
Entry = dict[str, Any]


class Scenario:
    """`content` is the parsed file."""

    def __init__(self, path: Path = SCENARIO) -> None:
        """Read it."""
        self.content: dict[str, Any] = tomllib.loads(path.read_text())

    def all(self, kind: str) -> list[Entry]:
        """The entries of a kind, such as ``hosts``."""
        entries: list[Entry] = self.content[kind]
        return entries

    def one(self, kind: str, slug: str) -> Entry:
        """The entry of a kind by its slug."""
        return next(entry for entry in self.all(kind) if entry["slug"] == slug)

    def shows_of(self, brief: str) -> list[Entry]:
        """The shows of a brief by scheduled start."""
        return sorted((show for show in self.all("shows") if show["brief"] == brief), key=lambda show: show["scheduled_start"])

    def sales_file(self, rows_before: datetime | None) -> bytes:
        """The sales file: its header, and all rows or those whose InvoiceDate is earlier than a wall time."""
        text: str = (ROOT / str(self.content["feed"]["path"])).read_text(encoding="utf-8")
        if rows_before is None:
            return text.encode()
        rows = list(csv.reader(io.StringIO(text)))
        column = rows[0].index("InvoiceDate")
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [rows[0], *(row for row in rows[1:] if datetime.fromisoformat(row[column]) < rows_before)]
        )
        return out.getvalue().encode()

"""CSV that is safe to open in a spreadsheet: text that looks like a formula is made text, numbers stay numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


@dataclass(frozen=True, slots=True)
class Amount:
    """A decimal number that was written by `money.to_major`: it may begin with a minus and stays a number."""

    text: str


def safe_cell(value: str | int) -> str:
    """The text of a cell. A whole number is written as it is; text that begins like a formula gets an apostrophe before it."""
    if isinstance(value, int):
        return str(value)
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | int | Amount]]) -> str:
    """A CSV document with CRLF line ends (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([cell.text if isinstance(cell, Amount) else safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()

"""Reading a sales file: a stream of bytes becomes accepted and rejected rows, together exactly the rows of the file.

Nothing read may be kept before the stream has ended: a file that breaks off or cannot be understood is refused as a whole.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

from chalicelib.sales.feeds.profile import (
    BadRow,
    Fact,
    FeedContext,
    FeedProfile,
    FileRefused,
    Layout,
    Problem,
    Row,
    column_names_by_key,
    header_key,
    match_header,
)
from chalicelib.sales.lines import SaleLine

MAX_IMPORT_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_ROW_CHARACTERS = 8_000
MAX_SOURCE_CHARACTERS = 500
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class EmptyFile(FileRefused):
    """The file has no rows."""


class WrongEncoding(FileRefused):
    """The file is not UTF-8 text."""


class TruncatedFile(FileRefused):
    """The file breaks off within a row."""


class MalformedFile(FileRefused):
    """Where one row ends and the next begins cannot be told."""


class FileTooLarge(FileRefused):
    """The file is larger than what one import takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that was not taken, why, and its text (cut at `MAX_SOURCE_CHARACTERS`, private columns left blank)."""

    row_number: int
    problem: Problem
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFile:
    """A file read to its end."""

    lines: tuple[SaleLine, ...]
    rejected: tuple[RejectedRow, ...]

    @property
    def rows(self) -> int:
        """Rows of the file, its header and blank lines not counted."""
        return len(self.lines) + len(self.rejected)


def read_all(chunks: Iterable[bytes], profile: FeedProfile, context: FeedContext) -> FeedFile:
    """Read a file that fits into memory; raises what `read` raises."""
    lines: list[SaleLine] = []
    rejected: list[RejectedRow] = []
    for row in read(chunks, profile, context):
        if isinstance(row, SaleLine):
            lines.append(row)
        else:
            rejected.append(row)
    return FeedFile(lines=tuple(lines), rejected=tuple(rejected))


def read(chunks: Iterable[bytes], profile: FeedProfile[Fact], context: FeedContext) -> Iterator[Fact | RejectedRow]:
    """Each row of a file, in its order, accepted or rejected.

    Raises a `FileRefused` for the file as a whole, possibly after rows were yielded: keep nothing before the end.
    """
    lines = _Lines(chunks)
    records = _csv_records(lines, profile) if profile.layout is Layout.CSV else _json_records(lines, profile)
    seen: dict[str, tuple[int, int]] = {}
    count = 0
    for number, record in records:
        count += 1
        if count > MAX_ROWS:
            raise FileTooLarge(f"The file has more than {MAX_ROWS:,} rows. Split it into several files.")
        row = _understood(number, record, seen, profile, context)
        yield row
    if not count:
        raise EmptyFile("The file has no rows. Nothing was taken.")


def check_size(size_bytes: int) -> None:
    """Refuse a file by its size alone. Raises `FileTooLarge` or `EmptyFile`."""
    if size_bytes > MAX_IMPORT_BYTES:
        raise FileTooLarge(f"The file has {size_bytes:,} bytes; one import takes at most {MAX_IMPORT_BYTES:,}. Split it into several.")
    if size_bytes <= 0:
        raise EmptyFile("The file is empty. Nothing was taken.")


_Record = Mapping[str, str] | BadRow


def _understood(
    number: int, record: _Record, seen: dict[str, tuple[int, int]], profile: FeedProfile[Fact], context: FeedContext
) -> Fact | RejectedRow:
    """Number the row among its equals in the file and let the profile interpret it; what is wrong becomes a rejected row."""
    if isinstance(record, BadRow):
        return RejectedRow(row_number=number, problem=record.problem, reason=record.reason, source="")
    values = {column.name: record.get(column.name, "") for column in profile.columns}
    try:
        if _UNPRINTABLE.search("".join(values.values())):
            raise BadRow(Problem.VALUE, "The row holds characters that cannot be printed.")  # noqa: TRY301 - one way out for bad rows
        first_id = profile.identity_of(values, 1)
        first_number, times = seen.get(first_id, (number, 0))
        if times and not profile.equal_rows_are_separate:
            raise BadRow(Problem.REPEATED, f"The row has the same identity as row {first_number} of this file.")  # noqa: TRY301 - as above
        line_id = profile.identity_of(values, times + 1) if times else first_id
        line = profile.interpret(profile, Row(number=number, values=values, line_id=line_id, occurrence=times + 1), context)
    except BadRow as bad:
        source = _UNPRINTABLE.sub("?", profile.text_of(values))[:MAX_SOURCE_CHARACTERS]
        return RejectedRow(row_number=number, problem=bad.problem, reason=bad.reason, source=source)
    seen[first_id] = (first_number, times + 1)
    return line


class _Lines:
    """The lines of a stream of bytes with their line ends. `cut_off` is set before a last line without one is yielded."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.cut_off = False
        self.ended = False
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text in self._texts():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield self._counted(line + "\n")
            self._check_length(rest)
        if rest:
            self.cut_off = True
            yield self._counted(rest)
        self.ended = True

    def _counted(self, line: str) -> str:
        self._check_length(line)
        self.count += 1
        return line

    def _check_length(self, line: str) -> None:
        if len(line) > MAX_ROW_CHARACTERS:
            raise MalformedFile(f"Line {self.count + 1} has more than {MAX_ROW_CHARACTERS:,} characters. Is this a file of sales?")

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        size = 0
        try:
            for chunk in self._chunks:
                size += len(chunk)
                check_size(size or 1)
                yield decoder.decode(chunk)
            check_size(size)
            if decoder.getstate()[0]:
                self._refuse_half_a_character()
        except UnicodeDecodeError as error:
            raise WrongEncoding(f"The file is not UTF-8 text (near line {self.count + 1}). Save it as UTF-8 and try again.") from error

    def _refuse_half_a_character(self) -> Never:
        raise TruncatedFile(f"The file breaks off within a character at line {self.count + 1}. Export it again; nothing of it was taken.")


def _csv_records(lines: _Lines, profile: FeedProfile[Any]) -> Iterator[tuple[int, _Record]]:
    """Row number (the header is row 1) and cells by column of each row; blank lines are no rows."""
    names: tuple[str, ...] | None = None
    for number, cells in _csv_rows(lines):
        if not cells:
            continue
        if names is None:
            names = match_header(profile, cells)
        else:
            yield number, _by_column(names, cells)


def _csv_rows(lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(iter(lines), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if lines.ended:
                _refuse_truncated(number, "a quotation mark is opened and never closed")
            raise MalformedFile(
                f"Row {number} (line {lines.count}) cannot be read: {error}. Check its quotation marks and line ends; "
                "nothing of the file was taken."
            ) from error
        if cells is None:
            return
        if lines.cut_off:
            _refuse_truncated(number, "the last row has no line end, so it may be incomplete")
        yield number, cells


def _refuse_truncated(number: int, sign: str) -> Never:
    raise TruncatedFile(
        f"The file breaks off in row {number}: {sign}. Export it again (or, if that row is whole, end it with a line end); "
        "nothing of it was taken."
    )


def _by_column(names: Sequence[str], cells: Sequence[str]) -> _Record:
    if len(cells) != len(names):
        return BadRow(Problem.COLUMNS, f"The row has {len(cells)} columns, the header has {len(names)}.")
    if sum(map(len, cells)) > MAX_ROW_CHARACTERS:
        return BadRow(Problem.COLUMNS, f"The row has more than {MAX_ROW_CHARACTERS:,} characters.")
    return dict(zip(names, cells, strict=True))


def _json_records(lines: _Lines, profile: FeedProfile[Any]) -> Iterator[tuple[int, _Record]]:
    """Line number and values by column of each JSON object; blank lines are no rows."""
    known = column_names_by_key(profile)
    for number, line in enumerate(lines, start=1):
        if lines.cut_off:
            _refuse_truncated(number, "the last row has no line end, so it may be incomplete")
        if line.strip():
            yield number, _json_record(line, known, profile)


def _json_record(line: str, known: Mapping[str, str], profile: FeedProfile[Any]) -> _Record:
    try:
        pairs = json.loads(line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return BadRow(Problem.COLUMNS, "The line is not a JSON object.")
    if not isinstance(pairs, _Pairs):
        return BadRow(Problem.COLUMNS, "The line is not a JSON object.")
    unknown = [name for name, _ in pairs if header_key(name) not in known]
    if unknown:
        return BadRow(Problem.COLUMNS, f"The {profile.name} feed does not know {', '.join(unknown)[:MAX_SOURCE_CHARACTERS]}.")
    texts = [(known[header_key(name)], "" if cell is None else cell) for name, cell in pairs]
    values = {name: text for name, text in texts if isinstance(text, str)}
    if len(values) != len(pairs):
        return BadRow(Problem.COLUMNS, "Each column is named once, and its value is a text, a number or null.")
    missing = [column.name for column in profile.columns if column.required and column.name not in values]
    return BadRow(Problem.COLUMNS, f"The line lacks {', '.join(missing)}.") if missing else values


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object as they stand, so that doubled names are seen."""

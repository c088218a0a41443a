"""A feed profile says how one kind of sales file is read: its columns, its zone, its date order, its meaning.

Columns are found by header name with aliases; a header that a profile does not know is refused, never guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic

from typing_extensions import TypeVar

from chalicelib.core.errors import Invalid
from chalicelib.core.ids import fingerprint
from chalicelib.sales.lines import SaleLine

MAX_COLUMNS = 60
Fact = TypeVar("Fact", default=SaleLine)
"""What a row stands for: a sale line in the feeds of sales."""


class FileRefused(Invalid):
    """The file as a whole cannot be taken; nothing of it is stored."""


class UnknownColumns(FileRefused):
    """The header names columns that the profile does not know."""


class MissingColumns(FileRefused):
    """The header lacks columns that the profile needs, or names one twice."""


class BadRow(Exception):
    """One row cannot be taken: `problem` sorts it, `reason` is the sentence for people. It becomes data, never a failure of the caller."""

    def __init__(self, problem: "Problem", reason: str) -> None:
        """`reason` is a sentence that says what is wrong with the row."""
        super().__init__(reason)
        self.problem = problem
        self.reason = reason


class Problem(StrEnum):
    """What kept a row out."""

    COLUMNS = "columns"
    VALUE = "value"
    TIME = "time"
    OTHER_CURRENCY = "other_currency"
    REPEATED = "repeated"
    CHANGED = "changed"


class Part(StrEnum):
    """What a column is to the fact it belongs to.

    `IDENTITY` columns say which fact it is; a changed `FIXED` column is an exception; a changed `MUTABLE` one a new version.
    """

    IDENTITY = "identity"
    FIXED = "fixed"
    MUTABLE = "mutable"


class DateOrder(StrEnum):
    """How a feed writes its days."""

    YEAR_MONTH_DAY = "ymd"
    DAY_MONTH_YEAR = "dmy"
    MONTH_DAY_YEAR = "mdy"


class Layout(StrEnum):
    """How a file holds its rows."""

    CSV = "csv"
    JSON_LINES = "json_lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its own name; `aliases` are other headers for it. `required` ones must be in the header."""

    name: str
    part: Part
    aliases: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """Whose feed it is, and the one currency its sales are settled in."""

    feed_id: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a file by column name, before anybody understood it. Columns that the file lacks are empty."""

    number: int
    values: Mapping[str, str]
    line_id: str
    occurrence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedProfile(Generic[Fact]):
    """How to read one kind of file. `interpret` makes a fact of a row or raises `BadRow`."""

    name: str
    layout: Layout
    columns: tuple[Column, ...]
    interpret: Callable[["FeedProfile[Fact]", Row, FeedContext], Fact]
    zone: str | None = None
    """IANA zone of its local times; None: every time carries its own offset."""
    date_order: DateOrder = DateOrder.YEAR_MONTH_DAY
    equal_rows_are_separate: bool = False
    """Rows that are equal in every identity column are numbered purchases; otherwise the second one is rejected."""
    private_columns: tuple[str, ...] = ()
    """Columns that name a person: never shown, stored or logged."""
    families: tuple[str, ...] = ()
    """Columns of which a file may have any number, such as ``payment_metadata[...]``: known by what is before the bracket, and not read."""
    max_columns: int = MAX_COLUMNS
    identity_name: str | None = None
    """Profiles with one identity name read the same facts; None: the profile's own name."""

    def names(self, part: Part) -> tuple[str, ...]:
        """Names of the columns of one part, in the profile's order."""
        return tuple(column.name for column in self.columns if column.part is part)

    def identity_of(self, values: Mapping[str, str], occurrence: int) -> str:
        """The identity of a row: its identity columns and its number among rows equal in them. Rows that may repeat count to the letter."""
        cells = (values.get(name, "") for name in self.names(Part.IDENTITY))
        texts = cells if self.equal_rows_are_separate else (cell.strip() for cell in cells)
        return fingerprint(self.identity_name or self.name, *texts, str(occurrence))

    def text_of(self, values: Mapping[str, str]) -> str:
        """The row as text in the profile's order of columns, with private columns left blank."""
        return ",".join("" if column.name in self.private_columns else values.get(column.name, "") for column in self.columns)


def header_key(name: str) -> str:
    """A header as it is compared: without any space, case or underscore."""
    return "".join(name.split()).replace("_", "").casefold()


def column_names_by_key(profile: FeedProfile[Any]) -> Mapping[str, str]:
    """From each header that the profile understands (compared form) to the column's own name."""
    return {header_key(spelling): column.name for column in profile.columns for spelling in (column.name, *column.aliases)}


def match_header(profile: FeedProfile[Any], header: Sequence[str]) -> tuple[str, ...]:
    """The profile's column for each header of a file, in the file's order.

    Raises `UnknownColumns` naming the unknown and the known ones, `MissingColumns` for missing or doubled ones.
    """
    if len(header) > profile.max_columns:
        raise UnknownColumns(f"The file has {len(header)} columns; a {profile.name} file has at most {profile.max_columns}.")
    known = column_names_by_key(profile)
    unknown = [name.strip() or "(no name)" for name in header if header_key(name) not in known and not _is_of_family(profile, name)]
    if unknown:
        columns = ", ".join(column.name for column in profile.columns)
        raise UnknownColumns(
            f"The {profile.name} feed does not know the column{_s(unknown)} {', '.join(unknown)}. It knows: {columns}. "
            "Remove or rename what is unknown, or choose another feed profile."
        )
    names = tuple(known.get(header_key(name), name) for name in header)
    _check_complete(profile, names)
    return names


def _is_of_family(profile: FeedProfile[Any], name: str) -> bool:
    family, bracket, rest = name.strip().partition("[")
    return bool(bracket) and rest.endswith("]") and family in profile.families


def _check_complete(profile: FeedProfile[Any], names: tuple[str, ...]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MissingColumns(f"The file names the column{_s(twice)} {', '.join(twice)} more than once. Keep one of each.")
    missing = [column.name for column in profile.columns if column.required and column.name not in names]
    if missing:
        raise MissingColumns(f"The file lacks the column{_s(missing)} {', '.join(missing)}, which the {profile.name} feed needs.")


def _s(several: Sequence[str]) -> str:
    return "s" if len(several) > 1 else ""

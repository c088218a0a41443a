"""Which show a sale belongs to, equal for all contracts of the show and never guessed.

Tracking code; else platform room; else SKU in the line-up and ordered in the show's window. The first test that names a
show wins. What no show has is passed over; what several have is a tie, and a tie is an exception.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.sales.lines import Kind, SaleLine, sku_key


class By(StrEnum):
    """The test that named the show."""

    TRACKING_CODE = "tracking_code"
    ROOM = "room"
    LINE_UP = "line_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowWindow:
    """What attribution needs to know of a show. `skus` in upper case, `opens_at` included, `closes_at` not.

    The window is [actual start - before, actual end + after), in UTC.
    """

    show_id: str
    skus: frozenset[str]
    codes: frozenset[str]
    room_ids: frozenset[str]
    opens_at: datetime
    closes_at: datetime
    currency: str | None = None
    """Of the show's contract, where that is known: a sale in another one is an exception."""

    def __post_init__(self) -> None:
        """A line-up that is not in upper case would silently match nothing."""
        if any(sku != sku_key(sku) for sku in self.skus):
            message = f"SKUs of show {self.show_id} must be in upper case"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """The sale belongs to this show."""

    show_id: str
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """The test names several shows (sorted ids); somebody has to decide."""

    show_ids: tuple[str, ...]
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCurrency:
    """The test names one show, but its contract has another currency than the sale; somebody has to decide."""

    show_id: str
    currency: str
    by: By


def attribute(line: SaleLine, shows: Sequence[ShowWindow]) -> Attributed | Tie | OtherCurrency | None:
    """The show of a sale, an exception, or None. Only sales are attributed: what takes back follows its sale."""
    if line.kind is not Kind.SALE:
        return None
    tests: tuple[tuple[By, Callable[[ShowWindow], bool]], ...] = (
        (By.TRACKING_CODE, lambda show: line.tracking_code in show.codes),
        (By.ROOM, lambda show: line.room_id in show.room_ids),
        (By.LINE_UP, lambda show: line.sku in show.skus and show.opens_at <= line.ordered_at < show.closes_at),
    )
    for by, names in tests:
        named = {show.show_id: show for show in shows if names(show)}
        if named:
            return _one_of(named, by, line.currency)
    return None


def _one_of(named: Mapping[str, ShowWindow], by: By, currency: str) -> Attributed | Tie | OtherCurrency:
    if len(named) > 1:
        return Tie(show_ids=tuple(sorted(named)), by=by)
    (show,) = named.values()
    if show.currency not in {None, currency}:
        return OtherCurrency(show_id=show.show_id, currency=str(show.currency), by=by)
    return Attributed(show_id=show.show_id, by=by)

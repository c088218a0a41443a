"""What happened, raw: facts, sale lines and refunds with when each occurred and was recorded; and what of it is known at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from tests.model.terms import Base, Terms


@dataclass(frozen=True)
class Amounts:
    """What a feed states of a sale or a refund, apart, minor units."""

    goods: int
    seller_discount: int = 0
    platform_discount: int = 0
    tax: int = 0
    shipping: int = 0

    def counted(self, base: Base) -> int:
        """The amount that a contract counts."""
        return (
            self.goods
            - (self.seller_discount if base.less_seller_discounts else 0)
            - (self.platform_discount if base.less_platform_discounts else 0)
            + (self.tax if base.with_tax else 0)
            + (self.shipping if base.with_shipping else 0)
        )


@dataclass(frozen=True)
class Show:
    """A booked show, by its scheduled start; `makes_up` names the show that it makes up for."""

    id: str
    starts: datetime
    makes_up: str = ""


@dataclass(frozen=True)
class Fact:
    """Something that happened to a show."""

    id: str
    show: str
    kind: Literal["signed", "completed", "cancelled", "not_met"]
    occurred: datetime
    recorded: datetime
    until: datetime | None = None
    """Of a completed show: actual end and the time after it in which sales count."""
    by: Literal["host", "brand", ""] = ""
    deliverable: str = ""


@dataclass(frozen=True)
class Line:
    """A sale line."""

    id: str
    show: str
    sku: str
    category: str
    units: int
    amounts: Amounts
    occurred: datetime
    recorded: datetime


@dataclass(frozen=True)
class Refund:
    """Money, or goods, or both, back on one line."""

    id: str
    line: str
    units: int
    amounts: Amounts
    occurred: datetime
    recorded: datetime


@dataclass(frozen=True)
class History:
    """Everything of one contract, in any order, with repetitions."""

    versions: tuple[Terms, ...]
    shows: tuple[Show, ...]
    facts: tuple[Fact, ...] = ()
    lines: tuple[Line, ...] = ()
    refunds: tuple[Refund, ...] = ()


class Dated(Protocol):
    """What has an identity and both times."""

    @property
    def id(self) -> str:
        """Its identity."""

    @property
    def occurred(self) -> datetime:
        """When it was so."""

    @property
    def recorded(self) -> datetime:
        """When it was known."""


D = TypeVar("D", bound=Dated)


def known(things: Iterable[D], as_of: datetime) -> list[D]:
    """Those that occurred and were recorded by then, each once, in the order in which they happened."""
    once = {thing.id: thing for thing in things if thing.occurred <= as_of and thing.recorded <= as_of}
    return sorted(once.values(), key=lambda thing: (thing.occurred, thing.id))


def in_order(shows: Iterable[Show]) -> list[Show]:
    """By scheduled start, then id."""
    return sorted(set(shows), key=lambda show: (show.starts, show.id))


def version_of(versions: Sequence[Terms], show: Show) -> Terms:
    """The version in force at its scheduled start."""
    return max((terms for terms in versions if terms.since <= show.starts), key=lambda terms: terms.version)


def epoch_of(versions: Sequence[Terms], show: Show) -> int:
    """How often contract-wide totals had begun anew when the show's version came."""
    mine = version_of(versions, show).version
    return sum(terms.reset for terms in versions if terms.version <= mine)


def window_ends(at: datetime, terms: Terms) -> datetime:
    """The end of the return window of something ordered then: midnight after its day and the window's days."""
    day = at.astimezone(terms.zone).date() + timedelta(days=terms.return_window_days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=terms.zone)


@dataclass(frozen=True)
class Kept:
    """What became of one line: minor units and units."""

    show: str
    rule: str
    sold: int
    kept: int
    units_sold: int
    units_in_tiers: int
    units_returned: int
    matured: bool


def _rule_of(line: Line, terms: Terms) -> str:
    """The first that matches, or nothing."""
    for rule in terms.rules:
        anything = not rule.skus and not rule.category
        if anything or line.sku in rule.skus or (rule.category and line.category == rule.category):
            return rule.id
    return ""


def _became(line: Line, refunds: Sequence[Refund], terms: Terms, as_of: datetime) -> Kept:
    matures = window_ends(line.occurred, terms)
    if terms.refunds_after_maturity == "final":
        refunds = [refund for refund in refunds if refund.occurred < matures]
    sold = line.amounts.counted(terms.base)
    back = sum(refund.amounts.counted(terms.base) for refund in refunds)
    kept = max(sold - back, min(sold, 0))
    returned = min(sum(refund.units for refund in refunds), line.units)
    return Kept(
        show=line.show,
        rule=_rule_of(line, terms),
        sold=sold,
        kept=kept,
        units_sold=line.units,
        units_in_tiers=0 if refunds and kept == 0 else line.units - returned,
        units_returned=returned,
        matured=matures <= as_of,
    )


def became(history: History, as_of: datetime) -> list[Kept]:
    """Every known line with its known refunds; a refund whose line is not known waits."""
    versions = {show.id: version_of(history.versions, show) for show in history.shows}
    refunds = known(history.refunds, as_of)
    return [
        _became(line, [refund for refund in refunds if refund.line == line.id], versions[line.show], as_of)
        for line in known(history.lines, as_of)
    ]

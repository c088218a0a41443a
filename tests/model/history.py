"""What happened, raw: facts, sale lines and refunds with when each occurred and was recorded; and what of it is known at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal, Protocol, TypeVar

from tests.model.rounding import ALL_BP, rounded
from tests.model.terms import Base, Rule, Terms


@dataclass(frozen=True)
class Amounts:
    """What a feed states of a sale, apart, minor units: goods before discounts, and the tax within that."""

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
            - (0 if base.with_tax else self.tax)
            + (self.shipping if base.with_shipping else 0)
        )

    def paid(self) -> int:
        """What the shopper paid for the goods: refunds are parts of it."""
        return self.goods - self.seller_discount - self.platform_discount


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
    kind: Literal["signed", "completed", "cancelled", "met", "not_met", "disputed", "show_disputed", "dispute_settled"]
    occurred: datetime
    recorded: datetime
    ended: datetime | None = None
    """Of a completed show: its actual end."""
    until: datetime | None = None
    """Of a completed show: its actual end and the time after it in which sales count."""
    by: Literal["host", "brand", ""] = ""
    deliverable: str = ""
    ruled: bool = False
    """Of a completed or cancelled show: found in a dispute, in place of what had been recorded about its end."""


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
    """Money of what was paid, or goods, or both, back on one line; below zero where an earlier one is undone."""

    id: str
    line: str
    units: int
    money: int
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
    by_line: Fraction
    """Commission of the line alone, within the bounds per line of its own version."""
    units_sold: int
    units_in_tiers: int
    units_returned: int
    matured: bool


def _rule_of(line: Line, terms: Terms) -> Rule | None:
    """The first that matches."""
    for rule in terms.rules:
        anything = not rule.skus and not rule.category
        if anything or line.sku in rule.skus or (rule.category and line.category == rule.category):
            return rule
    return None


def _clipped(amount: int, most: int) -> int:
    return max(0, min(amount, most))


def _by_line(rule: Rule, kept: int) -> Fraction:
    if kept <= 0:
        return Fraction(0)
    amount = Fraction(kept * rule.tiers[0].rate_bp, ALL_BP)
    amount = amount if rule.min_per_line is None else max(amount, Fraction(rule.min_per_line))
    return amount if rule.max_per_line is None else min(amount, Fraction(rule.max_per_line))


def _became(line: Line, refunds: Sequence[Refund], terms: Terms, as_of: datetime) -> Kept:
    matures = window_ends(line.occurred, terms)
    if terms.refunds_after_maturity == "final":
        refunds = [refund for refund in refunds if refund.occurred < matures]
    sold, paid = line.amounts.counted(terms.base), line.amounts.paid()
    returned = _clipped(sum(refund.units for refund in refunds), line.units)
    lost = Fraction(_clipped(sum(refund.money for refund in refunds), paid), paid) if paid > 0 else Fraction(returned, line.units)
    kept = sold - rounded(sold * lost)
    rule = _rule_of(line, terms)
    return Kept(
        show=line.show,
        rule=rule.id if rule else "",
        sold=sold,
        kept=kept,
        by_line=_by_line(rule, kept) if rule else Fraction(0),
        units_sold=line.units,
        units_in_tiers=0 if lost == 1 else line.units - returned,
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

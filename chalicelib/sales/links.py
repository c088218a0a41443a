"""Which sale a cancellation or refund takes back: a pure function of all known lines of a group, whatever order they came in.

A cancellation names no sale. Cancellations are taken in the order of time, invoice and occurrence; each takes from
strictly earlier sales of its group, latest first, while they have quantity left. A refund or chargeback points to its sale (its
group is that one sale) and takes quantity and money from it, never more than is left. A reinstatement points to such a refund and
makes it as much smaller: what failed was never taken back, whenever that is reported. What finds nothing is an orphan; one that
points to something that is not known yet is parked first, for `PARKED_FOR`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import chain

from chalicelib.core.money import round_half_away
from chalicelib.sales.lines import TAKES_BACK, Kind, SaleLine

PARKED_FOR = timedelta(days=30)
"""How long after it was made a refund or reinstatement waits for what it points to."""


class OrphanReason(StrEnum):
    """Why something taken back belongs to no sale, or something reinstated to no refund."""

    NO_CUSTOMER = "no_customer"
    NO_SALE = "no_sale"
    BEYOND_SALE = "beyond_sale"
    NO_REFUND = "no_refund"
    BEYOND_REFUND = "beyond_refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """So many units and so much money of a sale were taken back by a line. A refund of price only has quantity 0."""

    refund_id: str
    """`line_id` of the cancellation, refund or chargeback."""
    sale_id: str
    quantity: int
    amount_minor: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """What a cancellation or refund wants back beyond all sales that are known for it, or a reinstatement beyond its refund.

    Numbers are positive.
    """

    line_id: str
    quantity: int
    amount_minor: int
    occurred_at: datetime
    reason: OrphanReason
    waits: bool = False
    """It points to a sale or refund that is not known yet."""

    @property
    def parked_until(self) -> date | None:
        """The last day (UTC) on which it is parked; None for what is an orphan from the start."""
        return (self.occurred_at + PARKED_FOR).date() if self.waits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResult:
    """All links and orphans, sorted by the ids in them."""

    links: tuple[Link, ...]
    orphans: tuple[Orphan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundChange:
    """What links changed for one sale and what takes back from it: a difference, of either sign, to be added as a fact."""

    refund_id: str
    sale_id: str
    quantity: int
    amount_minor: int
    occurred_at: datetime


@dataclass(slots=True, kw_only=True)
class _Left:
    """What a sale still has while links are made."""

    sale: SaleLine
    quantity: int
    amount_minor: int


def groups_touched(lines: Iterable[SaleLine]) -> frozenset[str]:
    """The groups whose links may change when these lines become known."""
    return frozenset(line.group for line in lines if line.group is not None and line.kind is not Kind.NOT_A_SALE)


def link(lines: Iterable[SaleLine]) -> LinkResult:
    """Link all that takes back to what was sold, group by group. `lines` holds each line once and whole groups."""
    links: list[Link] = []
    orphans: list[Orphan] = []
    for group, members in _grouped(lines).items():
        found, lost = _link_group(group, members)
        links += found
        orphans += lost
    return LinkResult(
        links=tuple(sorted(links, key=lambda each: (each.refund_id, each.sale_id))),
        orphans=tuple(sorted(orphans, key=lambda each: each.line_id)),
    )


def changes(before: Iterable[Link], after: Iterable[Link]) -> tuple[RefundChange, ...]:
    """The differences that make `after` of `before`, pair by pair; equal links give none."""
    old, new = _by_pair(before), _by_pair(after)
    return tuple(_differences((old.get(pair), new.get(pair)) for pair in sorted(old.keys() | new.keys())))


def _differences(pairs: Iterable[tuple[Link | None, Link | None]]) -> Iterator[RefundChange]:
    for old, new in pairs:
        either = new or old
        if either is None or old == new:
            continue
        yield RefundChange(
            refund_id=either.refund_id,
            sale_id=either.sale_id,
            quantity=(new.quantity if new else 0) - (old.quantity if old else 0),
            amount_minor=(new.amount_minor if new else 0) - (old.amount_minor if old else 0),
            occurred_at=either.occurred_at,
        )


def _by_pair(links: Iterable[Link]) -> Mapping[tuple[str, str], Link]:
    return {(each.refund_id, each.sale_id): each for each in links}


def _grouped(lines: Iterable[SaleLine]) -> Mapping[str | None, list[SaleLine]]:
    groups: dict[str | None, list[SaleLine]] = defaultdict(list)
    for line in lines:
        if line.kind is not Kind.NOT_A_SALE:
            groups[line.group].append(line)
    return groups


def _link_group(group: str | None, members: Sequence[SaleLine]) -> tuple[list[Link], list[Orphan]]:
    takers = sorted((line for line in members if line.kind in TAKES_BACK), key=_rank)
    if group is None:
        return [], [_orphan(taker, -taker.quantity, -taker.amount_minor, OrphanReason.NO_CUSTOMER) for taker in takers]
    takers, unfounded = _less_reinstated(takers, [line for line in members if line.kind is Kind.REINSTATEMENT])
    sales = sorted((line for line in members if line.kind is Kind.SALE), key=_rank, reverse=True)
    stock = [_Left(sale=sale, quantity=sale.quantity, amount_minor=sale.paid_minor) for sale in sales]
    results = [_take(taker, stock) for taker in takers]
    return list(chain.from_iterable(found for found, _ in results)), [*unfounded, *chain.from_iterable(lost for _, lost in results)]


def _less_reinstated(takers: Sequence[SaleLine], reinstatements: Sequence[SaleLine]) -> tuple[list[SaleLine], list[Orphan]]:
    """What takes back, less what was reinstated of it, and the reinstatements that found nothing to undo, or not enough."""
    left = {taker.line_id: taker for taker in takers if taker.kind is not Kind.CANCELLATION}
    orphans: list[Orphan] = []
    for line in sorted(reinstatements, key=_rank):
        taker = left.get(line.reinstates or "")
        units = min(line.quantity, -taker.quantity) if taker else 0
        money = min(line.amount_minor, -taker.amount_minor) if taker else 0
        if taker is not None:
            left[taker.line_id] = replace(taker, quantity=taker.quantity + units, amount_minor=taker.amount_minor + money)
        if (units, money) != (line.quantity, line.amount_minor):
            reason = OrphanReason.BEYOND_REFUND if taker else OrphanReason.NO_REFUND
            orphans.append(_orphan(line, line.quantity - units, line.amount_minor - money, reason, waits=taker is None))
    return [left.get(taker.line_id, taker) for taker in takers], orphans


def _rank(line: SaleLine) -> tuple[datetime, str, int, int, str, str]:
    """The order of time within a group, where customer, code and price are equal: cancellations lowest first, sales highest first."""
    return (line.ordered_at, line.order_ref, line.occurrence, line.quantity, line.row_text, line.line_id)


def _take(taker: SaleLine, stock: Sequence[_Left]) -> tuple[list[Link], list[Orphan]]:
    take: Callable[[SaleLine, Sequence[_Left]], list[Link]] = _cancel if taker.kind is Kind.CANCELLATION else _refund
    links = take(taker, stock)
    quantity = -taker.quantity - sum(each.quantity for each in links)
    amount = -taker.amount_minor - sum(each.amount_minor for each in links)
    if not quantity and (not amount or taker.kind is Kind.CANCELLATION):
        return links, []
    points = taker.kind is not Kind.CANCELLATION
    found = stock if points else links
    reason = OrphanReason.BEYOND_SALE if found else OrphanReason.NO_SALE
    return links, [_orphan(taker, quantity, amount, reason, waits=points and not found)]


def _cancel(taker: SaleLine, stock: Sequence[_Left]) -> list[Link]:
    """Take units from strictly earlier sales. A sale's money goes with its units: cumulatively, so that all units are all money."""
    links: list[Link] = []
    wanted = -taker.quantity
    for left in stock:
        units = min(wanted, left.quantity) if left.sale.ordered_at < taker.ordered_at else 0
        if units:
            remaining = _worth(left.sale, left.quantity - units)
            links.append(_link(taker, left.sale, units, left.amount_minor - remaining))
            left.quantity -= units
            left.amount_minor = remaining
            wanted -= units
    return links


def _refund(taker: SaleLine, stock: Sequence[_Left]) -> list[Link]:
    """Take units and money from the one sale the refund points to, clipped at what it has left."""
    links: list[Link] = []
    for left in stock:
        units, money = min(-taker.quantity, left.quantity), min(-taker.amount_minor, left.amount_minor)
        if units or money:
            links.append(_link(taker, left.sale, units, money))
        left.quantity -= units
        left.amount_minor -= money
    return links


def _worth(sale: SaleLine, units: int) -> int:
    """What was paid for so many units of a sale, rounded once."""
    return round_half_away(Fraction(sale.paid_minor * units, sale.quantity))


def _link(taker: SaleLine, sale: SaleLine, quantity: int, amount_minor: int) -> Link:
    return Link(refund_id=taker.line_id, sale_id=sale.line_id, quantity=quantity, amount_minor=amount_minor, occurred_at=taker.ordered_at)


def _orphan(taker: SaleLine, quantity: int, amount_minor: int, reason: OrphanReason, *, waits: bool = False) -> Orphan:
    return Orphan(
        line_id=taker.line_id, quantity=quantity, amount_minor=amount_minor, occurred_at=taker.ordered_at, reason=reason, waits=waits
    )

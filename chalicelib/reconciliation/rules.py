"""Three-way reconciliation as a pure function: every leg is two sides of the same facts, compared key by key.

A. feed to store: what the kept raw files say against the lines that are stored, and those against what shows count;
B. store to ledger: what contracts earn when recomputed from lines and facts against what is booked;
C. ledger to Stripe: what we sent, received and paid in fees against Stripe's balance transactions.

Drift of either sign is an exception. A stated reason never makes a drift smaller: only a booked entry does, because then
both sides agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import compress, repeat
from operator import attrgetter, ne

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import fingerprint
from chalicelib.core.money import Money
from chalicelib.core.periods import period_end

COUNT = "count"
"""Stands where a currency would for what is counted and is no money: rows, files. It is compared like money and never added to it."""
_UNKNOWN = Money(0, "of no currency: the key is unknown")
"""Stands for the amount of a key that the other side does not have: equal to no amount."""
_CONTENT = attrgetter("minor", "currency")
_BY_KIND = attrgetter("leg", "kind")


class Leg(StrEnum):
    """Which two sides are compared."""

    FEED_STORE = "feed_store"
    STORE_LEDGER = "store_ledger"
    LEDGER_STRIPE = "ledger_stripe"


class PeriodOpen(Conflict):
    """The period cannot be closed: something is unexplained, or it has not ended."""


class PeriodClosed(Conflict):
    """The period is closed already."""


class NoSuchReport(NotFound):
    """There has been no such reconciliation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: whose word it is and, by key, how much."""

    name: str
    amounts: Mapping[str, Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides that must agree key by key, and what to do where they do not, or where only one of them knows the key."""

    leg: Leg
    kind: str
    left: Side
    right: Side
    suggestion: str
    left_only: str = ""
    right_only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One key on which two sides disagree. A side that does not know the key has None."""

    exception_id: str
    leg: Leg
    kind: str
    key: str
    currency: str
    left: str
    left_minor: int | None
    right: str
    right_minor: int | None
    drift_minor: int
    """right - left, a side that does not know the key counting as 0; never 0 unless a side is missing an amount of 0."""
    suggestion: str
    owner: str = "finance"
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegResult:
    """How many keys of a comparison agreed."""

    leg: Leg
    kind: str
    left: str
    right: str
    compared: int
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What is no drift but must stay in sight: how many, and what they are worth per currency (minor units)."""

    count: int
    value_minor: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a reconciliation found, as of a business instant."""

    as_of: datetime
    legs: tuple[LegResult, ...]
    exceptions: tuple[Drift, ...]
    unexplained_minor: Mapping[str, int]
    """Per currency that occurs on any side, the sum of absolute drifts."""
    reported_apart: Mapping[str, Apart]
    """By kind: orphans, unattributed sales, rejected rows."""
    books: Mapping[str, str] = field(default_factory=dict)
    """Per month that is not closed, a digest of what was booked in it when it was compared: only these very books may be closed."""


def reconcile(
    comparisons: Iterable[Comparison], *, as_of: datetime, reported_apart: Mapping[str, Apart], books: Mapping[str, str] | None = None
) -> Report:
    """Compare all sides, one comparison after the other. The result does not depend on the order of keys or comparisons."""
    exceptions: list[Drift] = []
    legs: list[LegResult] = []
    unexplained: dict[str, int] = {}
    for comparison in comparisons:
        compared, differing = _compare(comparison)
        found = list(_drifts(comparison, differing))
        legs.append(
            LegResult(
                leg=comparison.leg,
                kind=comparison.kind,
                left=comparison.left.name,
                right=comparison.right.name,
                compared=compared,
                matched=compared - len(differing),
            )
        )
        for currency in _currencies(comparison, differing) - {COUNT}:
            unexplained.setdefault(currency, 0)
        for drift in found:
            if drift.currency != COUNT:
                unexplained[drift.currency] += abs(drift.drift_minor)
        exceptions.extend(found)
    return Report(
        as_of=as_of,
        legs=tuple(sorted(legs, key=_BY_KIND)),
        exceptions=tuple(sorted(exceptions, key=_BY_KIND)),
        unexplained_minor=dict(sorted(unexplained.items())),
        reported_apart=dict(reported_apart),
        books=dict(books or {}),
    )


def _compare(comparison: Comparison) -> tuple[int, list[str]]:
    """How many keys the sides have together, and in order those on which they disagree.

    Nearly all keys agree, and there are millions of them, so each is taken once, without a step of Python's own for it; only the keys
    that differ are sorted. What the left side has not taken is known to the right side alone.
    """
    left, rest = comparison.left.amounts, dict(comparison.right.amounts)
    theirs = map(rest.pop, left, repeat(_UNKNOWN))
    differing = list(compress(left, map(ne, map(_CONTENT, left.values()), map(_CONTENT, theirs))))
    return len(left) + len(rest), sorted([*differing, *rest])


def _currencies(comparison: Comparison, differing: Iterable[str]) -> set[str]:
    """Every currency that occurs on either side; where the sides agree, the left one's tells."""
    right = comparison.right.amounts
    return {money.currency for money in comparison.left.amounts.values()} | {right[key].currency for key in differing if key in right}


def _drifts(comparison: Comparison, differing: Iterable[str]) -> Iterator[Drift]:
    left, right = comparison.left.amounts, comparison.right.amounts
    for key in differing:
        ours, theirs = left.get(key), right.get(key)
        if ours is not None and theirs is not None and ours.currency != theirs.currency:
            yield _drift(comparison, key, ours, None)
            yield _drift(comparison, key, None, theirs)
        else:
            yield _drift(comparison, key, ours, theirs)


def _drift(comparison: Comparison, key: str, left: Money | None, right: Money | None) -> Drift:
    currency = (left or right or Money(0, "")).currency
    left_minor = None if left is None else left.minor
    right_minor = None if right is None else right.minor
    return Drift(
        exception_id="exc_" + fingerprint(comparison.leg, comparison.kind, key, currency)[:26],
        leg=comparison.leg,
        kind=comparison.kind,
        key=key,
        currency=currency,
        left=comparison.left.name,
        left_minor=left_minor,
        right=comparison.right.name,
        right_minor=right_minor,
        drift_minor=(right_minor or 0) - (left_minor or 0),
        suggestion=_suggestion(comparison, left, right),
    )


def _suggestion(comparison: Comparison, left: Money | None, right: Money | None) -> str:
    if left is None:
        return comparison.right_only or comparison.suggestion
    if right is None:
        return comparison.left_only or comparison.suggestion
    return comparison.suggestion


def may_close(period: str, report: Report, today: date) -> None:
    """Raises `PeriodOpen` saying why a period cannot be closed yet; returns when it can."""
    if today < period_end(period):
        raise PeriodOpen(f"{period} has not ended yet: it can be closed from {period_end(period).isoformat()} on.")
    if report.exceptions:
        amounts = ", ".join(f"{amount} minor units {currency}" for currency, amount in report.unexplained_minor.items() if amount)
        raise PeriodOpen(
            f"{period} stays open: {len(report.exceptions)} exceptions, {amounts or 'no amount'} unexplained. "
            "Resolve them, reconcile again, then close."
        )

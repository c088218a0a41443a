"""Three-way reconciliation as a pure function: every leg is two sides of the same facts, compared key by key.

A. feed to store: what the kept raw files say against the lines that are stored, and those against what shows count;
B. store to ledger: what contracts earn when recomputed from lines and facts against what is booked;
C. ledger to Stripe: what we sent, received and paid in fees against Stripe's balance transactions.

Drift of either sign is an exception. A stated reason never makes a drift smaller: only a booked entry does, because then
both sides agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from operator import attrgetter

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import fingerprint
from chalicelib.core.money import Amounts, key_and_minor
from chalicelib.core.periods import period_end

COUNT = "count"
"""Stands where a currency would for what is counted and is no money: rows, files. It is compared like money and never added to it."""
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
    """One side of a comparison: whose word it is and, by currency and key, how much."""

    name: str
    amounts: Amounts


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
        left, right = comparison.left, comparison.right
        currencies = {currency for currency, amounts in chain(left.amounts.items(), right.amounts.items()) if amounts}
        matched, found = 0, list[Drift]()
        for currency in currencies:
            equal, drifts = _compare(comparison, currency)
            matched += equal
            found += drifts
            if currency != COUNT:
                unexplained[currency] = unexplained.get(currency, 0) + sum(abs(drift.drift_minor) for drift in drifts)
        compared = matched + len({drift.key for drift in found})
        legs.append(
            LegResult(leg=comparison.leg, kind=comparison.kind, left=left.name, right=right.name, compared=compared, matched=matched)
        )
        exceptions += sorted(found, key=_by_key)
    return Report(
        as_of=as_of,
        legs=tuple(sorted(legs, key=_BY_KIND)),
        exceptions=tuple(sorted(exceptions, key=_BY_KIND)),
        unexplained_minor=dict(sorted(unexplained.items())),
        reported_apart=dict(reported_apart),
        books=dict(books or {}),
    )


def _compare(comparison: Comparison, currency: str) -> tuple[int, list[Drift]]:
    """How many amounts of a currency the sides agree on, and the drifts: only what one side alone says is looked at one by one."""
    left, right = (side.amounts.get(currency, frozenset()) for side in (comparison.left, comparison.right))
    odd = left ^ right
    ours, theirs = (dict(map(key_and_minor, odd & side)) for side in (left, right))
    drifts = [_drift(comparison, key, currency, ours.get(key), theirs.get(key)) for key in ours.keys() | theirs.keys()]
    return len(left) - len(ours), drifts


def _drift(comparison: Comparison, key: str, currency: str, left_minor: int | None, right_minor: int | None) -> Drift:
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
        suggestion=_suggestion(comparison, left_minor, right_minor),
    )


def _by_key(drift: Drift) -> tuple[str, bool]:
    """Where a key has another currency on either side, what the left one says comes first."""
    return drift.key, drift.left_minor is None


def _suggestion(comparison: Comparison, left_minor: int | None, right_minor: int | None) -> str:
    if left_minor is None:
        return comparison.right_only or comparison.suggestion
    if right_minor is None:
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

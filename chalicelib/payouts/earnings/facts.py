"""What happened around a show, apart from its sales: signed, completed, cancelled, delivered, disputed.

Each fact says when it occurred and when it was recorded. It counts only once both lie at or before the `as_of` that is
asked for, so a statement of the past can be made again and looks as it did then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.contracts.terms import Terms
from chalicelib.core.clock import day_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened at `occurred_at` and that we learned at `recorded_at` (aware datetimes)."""

    occurred_at: datetime
    recorded_at: datetime

    def known(self, as_of: datetime) -> bool:
        """Whether it counts at `as_of`: it had occurred and was recorded by then."""
        return self.occurred_at <= as_of and self.recorded_at <= as_of


class Party(StrEnum):
    """The two sides of a contract."""

    BRAND = "brand"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(Fact):
    """The show was called off by one side; the hours left are those from `occurred_at` to the scheduled start."""

    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling(Fact):
    """What was decided about a show whose end was disputed: from then on this holds in place of what was recorded before."""

    completed: Fact | None
    cancelled: Cancellation | None
    actual_end: datetime | None


class Outcome(StrEnum):
    """How a deliverable ended."""

    MET = "met"
    NOT_MET = "not_met"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableResult(Fact):
    """What was found about one deliverable (by its `kind` in the terms); the latest record of a kind wins."""

    kind: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFacts:
    """One booking of a contract with the terms in force at its scheduled start and all that is known about it.

    `attribution_after` is how long after the actual end an order still counts as the show's. A make-up show names the show
    it makes up for; without a name it makes up for the last ordinary show scheduled before it.
    """

    show_id: str
    scheduled_start: datetime
    terms: Terms
    terms_version: int = 1
    attribution_after: timedelta = timedelta(0)
    signed: Fact | None = None
    completed: Fact | None = None
    actual_end: datetime | None = None
    cancelled: Cancellation | None = None
    deliverables: tuple[DeliverableResult, ...] = ()
    disputed: Fact | None = None
    dispute_settled: Fact | None = None
    ruling: Ruling | None = None
    is_make_up: bool = False
    makes_up_for: str | None = None


def counts(fact: Fact | None, as_of: datetime) -> bool:
    """Whether there is such a fact and it counts at `as_of`."""
    return fact is not None and fact.known(as_of)


def as_ruled(show: ShowFacts, as_of: datetime) -> ShowFacts:
    """The show as it counts at `as_of`: what was ruled by then stands in place of what was recorded."""
    ruling = show.ruling
    if ruling is None or not ruling.known(as_of):
        return show
    return replace(show, completed=ruling.completed, cancelled=ruling.cancelled, actual_end=ruling.actual_end, ruling=None)


def is_signed(show: ShowFacts, as_of: datetime) -> bool:
    """Whether the booking is part of the contract at `as_of`."""
    return counts(show.signed, as_of)


def is_cancelled(show: ShowFacts, as_of: datetime) -> bool:
    """Whether the show was called off."""
    return counts(show.cancelled, as_of)


def is_completed(show: ShowFacts, as_of: datetime) -> bool:
    """Whether the show took place to its end. A cancelled show never counts as completed."""
    return counts(show.completed, as_of) and not is_cancelled(show, as_of)


def is_frozen(show: ShowFacts, as_of: datetime) -> bool:
    """Whether a dispute about the show, or about what was delivered at it, is open: its share rests, nothing else is re-rated."""
    about_the_show = counts(show.disputed, as_of) and not counts(show.dispute_settled, as_of)
    return about_the_show or Outcome.DISPUTED in _outcomes(show, as_of).values()


def end_of(show: ShowFacts) -> datetime:
    """When the show really ended: as measured, else when its completion occurred. Only for completed shows."""
    if show.actual_end is not None:
        return show.actual_end
    if show.completed is None:
        message = f"show {show.show_id} has not ended"
        raise ValueError(message)
    return show.completed.occurred_at


def end_day(show: ShowFacts) -> date:
    """The day in the contract's zone on which a completed show ended."""
    return day_in(show.terms.timezone, end_of(show))


def day_has_ended(terms: Terms, day: date, as_of: datetime) -> bool:
    """Whether a day of the contract's calendar is over."""
    return day_in(terms.timezone, as_of) > day


def returns_close_day(show: ShowFacts) -> date:
    """The last day of the return window of the latest order that can be the show's. Only for completed shows."""
    last_order = end_of(show) + show.attribution_after
    return day_in(show.terms.timezone, last_order) + timedelta(days=show.terms.return_window_days)


def returns_closed(show: ShowFacts, as_of: datetime) -> bool:
    """Whether the returns of a completed show are closed; later sales do not reopen it."""
    return is_completed(show, as_of) and day_has_ended(show.terms, returns_close_day(show), as_of)


def not_met(show: ShowFacts, as_of: datetime) -> frozenset[str]:
    """Kinds of deliverables whose latest known result says that they were not met."""
    return frozenset(kind for kind, outcome in _outcomes(show, as_of).items() if outcome is Outcome.NOT_MET)


def _outcomes(show: ShowFacts, as_of: datetime) -> dict[str, Outcome]:
    """The latest known result of each kind of deliverable."""
    known = sorted((result for result in show.deliverables if result.known(as_of)), key=_by_record)
    return {result.kind: result.outcome for result in known}


def _by_record(result: DeliverableResult) -> tuple[datetime, datetime, str]:
    return (result.recorded_at, result.occurred_at, result.outcome)


def in_order(shows: Iterable[ShowFacts]) -> tuple[ShowFacts, ...]:
    """Each show once, by scheduled start, then id. Raises `ValueError` when one id stands for two different shows."""
    once: dict[str, ShowFacts] = {}
    for show in shows:
        if once.setdefault(show.show_id, show) != show:
            message = f"two different shows carry the id {show.show_id}"
            raise ValueError(message)
    return tuple(sorted(once.values(), key=lambda show: (show.scheduled_start, show.show_id)))

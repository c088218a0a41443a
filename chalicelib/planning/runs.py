"""What is kept of a plan while it waits, runs and ends; which moves between these states there are."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.errors import Conflict

STILL_AFTER = timedelta(minutes=3)
"""A worker tells that it lives every few seconds; one that has not for so long is dead."""
MAX_ATTEMPTS = 3


class PlanState(StrEnum):
    """Where a plan is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


UNDER_WAY = frozenset({PlanState.QUEUED, PlanState.RUNNING})


class PlanHasEnded(Conflict):
    """There is nothing left to cancel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is: the value of the best plan so far and the bound of all plans, as far as the parts have told."""

    value_minor: int
    bound_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came out, without the places."""

    places: int
    open: int
    moved: int
    value_minor: int
    gap_basis_points: int
    matches: int
    """Of the season: pairs of a show and a host who could take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A plan that is made part after part, one message each: `done` of `parts` have been planned. `words` say how it was cut.

    What is kept of the parts lies under the attempt `cut_by`, all places so far under the attempt `kept_by`; `seconds` went until then.
    """

    parts: int
    done: int
    cut_by: int
    kept_by: int
    seconds: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRun:
    """A plan that somebody asked for. `attempt` counts the workers that began it or a part, `version` every change of this record."""

    plan_id: str
    tenant_id: str
    asked_by: str
    title: str
    currency: str
    shows: int
    seconds: int
    asked_at: datetime
    state: PlanState = PlanState.QUEUED
    version: int = 1
    attempt: int = 0
    beat_at: datetime
    """When somebody last did something about it (real time)."""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_seconds: int = 0
    progress: Progress | None = None
    cancel_asked: bool = False
    reason: str = ""
    """Why it failed."""
    replans: str | None = None
    summary: Summary | None = None
    """Where there is one, there is a plan to be read, and it was checked."""
    split: Split | None = None
    """Where the season is too large for one run; `seconds` are for each part then."""
    is_handed_on: bool = False
    """A worker has done its part, and nobody is on the next one yet."""
    tries: int = 0
    """So many workers began what is to be done now."""


def begun(run: PlanRun, now: datetime) -> PlanRun | None:
    """The run as a worker begins it; None where there is nothing to do: it has ended, or another worker is on it."""
    if run.state not in UNDER_WAY or (run.state is PlanState.RUNNING and not run.is_handed_on and now - run.beat_at < STILL_AFTER):
        return None
    if run.cancel_asked and run.split is None:
        return _ended(run, PlanState.CANCELLED, now)
    if run.tries >= MAX_ATTEMPTS and not run.is_handed_on:
        return failed(run, f"The worker ended early {run.tries} times. Plan fewer briefs at once, and tell us if it stays.", now)
    tries = 1 if run.is_handed_on else run.tries + 1
    begun = _next(run, state=PlanState.RUNNING, attempt=run.attempt + 1, tries=tries, is_handed_on=False, beat_at=now, began_at=now)
    return begun if run.split is not None else replace(begun, elapsed_seconds=0, progress=None)


def handed_on(run: PlanRun, split: Split, progress: Progress, now: datetime) -> PlanRun:
    """The run after a worker has done its part of a plan that is made part after part."""
    after = advanced(run, progress, now)
    return replace(after, split=replace(split, seconds=after.elapsed_seconds), is_handed_on=True)


def advanced(run: PlanRun, progress: Progress | None, now: datetime) -> PlanRun:
    """The run after a sign of life."""
    elapsed = 0 if run.began_at is None else int((now - run.began_at).total_seconds())
    elapsed += 0 if run.split is None else run.split.seconds
    return _next(run, progress=progress, beat_at=now, elapsed_seconds=elapsed)


def ended(run: PlanRun, summary: Summary, now: datetime) -> PlanRun:
    """The run with its plan: done, or cancelled where that was asked for, with the best that was found until then."""
    after = advanced(run, run.progress, now)
    return replace(
        _ended(after, PlanState.CANCELLED if run.cancel_asked else PlanState.DONE, now), version=run.version + 1, summary=summary
    )


def failed(run: PlanRun, reason: str, now: datetime) -> PlanRun:
    """The run without a plan."""
    return replace(_ended(run, PlanState.FAILED, now), reason=reason)


def cancelled(run: PlanRun, now: datetime) -> PlanRun:
    """The run as its owner wants it: one that waits ends at once, one that runs is asked to stop. Raises `PlanHasEnded`."""
    if run.state not in UNDER_WAY:
        raise PlanHasEnded("This plan has ended already. Load it again.")
    if run.state is PlanState.QUEUED:
        return _ended(run, PlanState.CANCELLED, now)
    return _next(run, cancel_asked=True)


def is_still(run: PlanRun, now: datetime) -> bool:
    """Whether it is under way and nobody has done anything about it for too long."""
    return run.state in UNDER_WAY and now - run.beat_at >= STILL_AFTER


def asked_again(run: PlanRun, now: datetime) -> PlanRun:
    """The run after its worker was woken once more: one that waits for a worker waits from now on."""
    return _next(run, beat_at=now) if run.state is PlanState.QUEUED or run.is_handed_on else _next(run)


def _ended(run: PlanRun, state: PlanState, now: datetime) -> PlanRun:
    return _next(run, state=state, ended_at=now, beat_at=now)


def _next(run: PlanRun, **changes: object) -> PlanRun:
    return replace(run, version=run.version + 1, **changes)  # type: ignore[arg-type]  # fields of the run

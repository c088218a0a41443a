"""A dispute about a show: its money rests from when it is raised until it is settled by what is found to have happened. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.shows.errors import ShowMoved
from chalicelib.shows.rules.moves import delivered
from chalicelib.shows.rules.records import (
    Cancelled,
    DeliverableKind,
    Delivery,
    DeliveryResult,
    Happened,
    Moment,
    Ruling,
    Show,
    ShowState,
    Side,
    Speaker,
)

SIDES: Mapping[Happened, Side] = {
    Happened.HOST_ABSENT: Side.HOST,
    Happened.HOST_CANCELLED: Side.HOST,
    Happened.BRAND_CANCELLED: Side.BRAND,
}
"""Who owes what the cancellation table says."""


def disputed(show: Show, now: datetime) -> Show:
    """The show whose money rests as a whole from now on. Raises `ShowMoved` where that has been decided already."""
    if show.disputed is not None:
        raise ShowMoved("This show has been disputed already. What was decided about it stands.")
    return replace(show, disputed=Moment(occurred_at=now, recorded_at=now), version=show.version + 1)


def settled(show: Show, now: datetime) -> Show:
    """The show whose money rests no longer."""
    return replace(show, dispute_settled=Moment(occurred_at=now, recorded_at=now), version=show.version + 1)


def what_happened(show: Show) -> Happened | None:
    """What has been recorded to have happened; None while nothing has."""
    if show.cancelled is not None:
        if show.cancelled.no_show:
            return Happened.HOST_ABSENT
        return Happened.BRAND_CANCELLED if show.cancelled.by is Side.BRAND else Happened.HOST_CANCELLED
    return Happened.TOOK_PLACE if show.ended is not None else None


def ruled(show: Show, finding: Happened, now: datetime, called_off_at: datetime | None = None) -> Show:
    """The show as it was found to have gone; itself where that is what was recorded. Raises `ShowMoved` while it is on air.

    A show that took place though nobody started it here was on air as planned. One that was called off was so at `called_off_at`,
    without it at its scheduled start, with no hours left.
    """
    if show.state is ShowState.LIVE:
        raise ShowMoved("The show is on air. End it first, then it can be said what became of it.")
    if finding is what_happened(show) and called_off_at is None:
        return show
    ruling = Ruling(
        finding=finding,
        moment=Moment(occurred_at=now, recorded_at=now),
        cancelled_before=show.cancelled,
    )
    changed = replace(show, ruling=ruling, version=show.version + 1, page_sequence=show.page_sequence + 1)
    if finding is Happened.TOOK_PLACE:
        return _as_planned(changed, now)
    occurred_at = show.starts_at if called_off_at is None else min(called_off_at, show.starts_at)
    moment = Moment(occurred_at=occurred_at, recorded_at=now)
    cancelled = Cancelled(by=SIDES[finding], moment=moment, no_show=finding is Happened.HOST_ABSENT)
    return replace(changed, state=ShowState.CANCELLED, cancelled=cancelled)


def _as_planned(show: Show, now: datetime) -> Show:
    ends_at = show.starts_at + timedelta(minutes=show.minutes)
    if now < ends_at:
        raise ShowMoved("The planned end of this show has not come yet, so nobody can say that it took place.")
    return replace(
        show,
        state=ShowState.ENDED,
        cancelled=None,
        started=Moment(occurred_at=show.starts_at, recorded_at=now),
        ended=Moment(occurred_at=ends_at, recorded_at=now),
    )


def delivery_disputed(  # noqa: PLR0913  # what a dispute about a deliverable says, and who says it
    show: Show, kind: DeliverableKind, *, statement: str, evidence: tuple[str, ...], side: Side, by: str, now: datetime
) -> Show:
    """The show with a deliverable in dispute: the show's money rests from now on. Raises `ShowMoved` where that has been decided."""
    if kind in found_by_the_marketplace(show):
        raise ShowMoved("The marketplace has decided what was delivered here. That stands, so it cannot be disputed.")
    record = _record(show, kind, DeliveryResult.DISPUTED, statement, Speaker(side.value), by, now, evidence)
    return replace(delivered(show, record), decided=(*show.decided, kind))


def with_results(show: Show, results: Sequence[tuple[DeliverableKind, DeliveryResult]], *, reasons: str, by: str, now: datetime) -> Show:
    """The show with what was decided about deliverables: it stands, whatever anybody records later. `by` is who decided."""
    new = [_record(show, kind, result, reasons, Speaker.OPERATOR, by, now) for kind, result in results]
    decided = tuple(dict.fromkeys((*show.decided, *(kind for kind, _ in results))))
    return replace(show, deliveries=(*show.deliveries, *new), decided=decided, version=show.version + 1) if new else show


def found_by_the_marketplace(show: Show) -> frozenset[DeliverableKind]:
    """Deliverables about which the marketplace has had its word, in a dispute or without one: nothing that is said later changes them."""
    return frozenset(each.kind for each in show.deliveries if each.by is Speaker.OPERATOR)


def _record(  # noqa: PLR0913, PLR0917  # what a record of a deliverable says
    show: Show,
    kind: DeliverableKind,
    result: DeliveryResult,
    statement: str,
    speaker: Speaker,
    by: str,
    now: datetime,
    evidence: tuple[str, ...] = (),
) -> Delivery:
    occurred_at = show.ended.occurred_at if show.ended else now
    moment = Moment(occurred_at=occurred_at, recorded_at=now)
    return Delivery(kind=kind, result=result, statement=statement, evidence=evidence, by=speaker, recorded_by=by, moment=moment)

"""What follows from a show's log and times: what is on stage, when viewers ask again, what attribution and earnings learn. Pure."""

from datetime import datetime, timedelta

from chalicelib.shows.rules.moves import MAX_MARGIN_MINUTES
from chalicelib.shows.rules.records import LogEntry, PlannedPin, Show, ShowFact, ShowState, ShowTimes

LARGE_AUDIENCE = 400_000
IDLE_POLL_SECONDS = 30
LIVE_POLL_SECONDS = 5
DEAL_POLL_SECONDS = 2


def plan(show: Show) -> tuple[PlannedPin, ...]:
    """The log with absolute times; empty before the start."""
    if show.started is None:
        return ()
    start = show.started.occurred_at
    return tuple(_planned(start, entry) for entry in show.log)


def _planned(start: datetime, entry: LogEntry) -> PlannedPin:
    at = start + timedelta(seconds=entry.offset_seconds)
    if entry.deal is None:
        return PlannedPin(sku=entry.sku, at=at)
    return PlannedPin(sku=entry.sku, at=at, deal_price_minor=entry.deal.price_minor, deal_until=at + timedelta(seconds=entry.deal.seconds))


def on_stage(show: Show, now: datetime) -> PlannedPin | None:
    """What is on stage at an instant of a live show: the last pin whose time has come."""
    if show.state is not ShowState.LIVE:
        return None
    return next((pin for pin in reversed(plan(show)) if pin.at <= now), None)


def next_poll_seconds(show: Show, now: datetime) -> int:
    """When a viewer's page should ask again; 0 means never. Above 400,000 viewers never faster than 5 s."""
    if show.state in {ShowState.ENDED, ShowState.CANCELLED}:
        return 0
    if show.state is not ShowState.LIVE:
        return IDLE_POLL_SECONDS
    stage = on_stage(show, now)
    in_deal = stage is not None and stage.deal_until is not None and now < stage.deal_until
    return DEAL_POLL_SECONDS if in_deal and show.expected_viewers <= LARGE_AUDIENCE else LIVE_POLL_SECONDS


def times(show: Show) -> ShowTimes:
    """The show as attribution sees it."""
    opens_at = closes_at = show.starts_at
    if show.started is not None:
        opens_at = show.started.occurred_at - timedelta(minutes=show.attribution.before_minutes)
        on_air_until = show.ended.occurred_at if show.ended else show.started.occurred_at + timedelta(minutes=show.minutes)
        closes_at = on_air_until + timedelta(minutes=show.attribution.after_minutes)
    return ShowTimes(
        show_id=show.show_id,
        contract_id=show.contract_id,
        brand_id=show.brand_id,
        skus=frozenset(item.sku for item in show.line_up),
        codes=frozenset(show.attribution.codes),
        room_ids=frozenset(show.attribution.room_ids),
        opens_at=opens_at,
        closes_at=closes_at,
        final=show.ended is not None,
    )


def attribution_changed(before: Show, after: Show) -> bool:
    """Whether a sale may belong to another show than before: start, end, cancellation, and edits of what a show takes sales by."""
    return _takes(before) != _takes(after)


def _takes(show: Show) -> ShowTimes | None:
    """What a show takes sales by; None while it can take none."""
    seen = times(show)
    none = show.state is ShowState.CANCELLED or (show.started is None and not seen.codes and not seen.room_ids)
    return None if none else seen


def span(show: Show) -> tuple[datetime, datetime] | None:
    """All order times at which the line-up may ever have taken a sale, whatever margins the show has had; None if it never started."""
    if show.started is None:
        return None
    start, margin = show.started.occurred_at, timedelta(minutes=MAX_MARGIN_MINUTES)
    planned_end = start + timedelta(minutes=show.minutes)
    return start - margin, max(planned_end, show.ended.occurred_at if show.ended else planned_end) + margin


def fact(show: Show) -> ShowFact:
    """The show as earnings see it: completed is when it ended on air."""
    ruling = show.ruling
    return ShowFact(
        show_id=show.show_id,
        booking_id=show.booking_id,
        contract_id=show.contract_id,
        scheduled_start=show.starts_at,
        before=timedelta(minutes=show.attribution.before_minutes),
        after=timedelta(minutes=show.attribution.after_minutes),
        actual_start=show.started.occurred_at if show.started else None,
        actual_end=show.ended.occurred_at if show.ended else None,
        completed=show.ended,
        cancelled=show.cancelled if ruling is None else ruling.cancelled_before,
        deliveries=show.deliveries,
        disputed=show.disputed,
        dispute_settled=show.dispute_settled,
        ruling=None if ruling is None else ruling.moment,
        completed_ruled=None if ruling is None or show.cancelled is not None else show.ended,
        cancelled_ruled=None if ruling is None else show.cancelled,
    )

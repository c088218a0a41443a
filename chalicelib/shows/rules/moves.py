"""What may happen to a show, as functions from a show to a show. Pure; what does not go raises one of the errors of shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.core.clock import in_words
from chalicelib.shows.errors import BadLineUp, BadSettings, BadTiming, NotOnAir, NotOnTheStage, NotYet, ShowHasEnded, ShowMoved
from chalicelib.shows.rules.records import (
    MOVES,
    Cancelled,
    Deal,
    Delivery,
    Edit,
    LineUpItem,
    LogEntry,
    Moment,
    Show,
    ShowState,
    Side,
)

MAX_LINE_UP = 200
MAX_LOG_ENTRIES = 500
MAX_DELIVERIES = 100
MAX_MARGIN_MINUTES = 7 * 24 * 60
MAX_PLAN_AHEAD_SECONDS = 4 * 3600
MAX_DEAL_SECONDS = 3600
STARTS_AHEAD_AT_MOST = timedelta(minutes=60)
"""How long before its scheduled start a show may go on air: time to warm up, not another time, which both sides would have to agree on."""


def moved(show: Show, to: ShowState) -> Show:
    """The show in another state. Raises `ShowMoved` when its state does not allow it."""
    if to not in MOVES[show.state]:
        raise ShowMoved(f"This show is {show.state}, so it cannot become {to}. Load it again to see where it stands.")
    return replace(show, state=to, version=show.version + 1)


def edited(show: Show, edit: Edit) -> Show:
    """The show after an edit: itself where nothing changes. Raises `ShowHasEnded`, `ShowMoved`, `BadLineUp` or `BadSettings`."""
    if show.state in {ShowState.ENDED, ShowState.CANCELLED}:
        raise ShowHasEnded("This show is over. What its sales are attributed by stays as it was; record later findings as deliveries.")
    if edit.version not in {None, show.version}:
        raise ShowMoved("Somebody else changed this show in the meantime. Load it again and repeat your change.")
    changed = replace(
        show,
        title=show.title if edit.title is None else edit.title.strip(),
        description=show.description if edit.description is None else edit.description.strip(),
        video=show.video if edit.video is None else edit.video,
        line_up=show.line_up if edit.line_up is None else edit.line_up,
        attribution=show.attribution if edit.attribution is None else edit.attribution,
        expected_viewers=show.expected_viewers if edit.expected_viewers is None else edit.expected_viewers,
    )
    if changed == show:
        return show
    changed = replace(changed, version=show.version + 1)
    _check(changed)
    if (changed.title, changed.description) != (show.title, show.description):
        changed = replace(changed, page_sequence=show.page_sequence + 1)
    return changed


def _check(show: Show) -> None:
    if not show.title:
        raise BadSettings("Give the show a title.", fields={"title": "is empty"})
    skus = [item.sku for item in show.line_up]
    if len(skus) > MAX_LINE_UP:
        raise BadLineUp(f"A line-up has at most {MAX_LINE_UP} products.", fields={"line_up": "too long"})
    if len(set(skus)) != len(skus):
        raise BadLineUp("A product is in the line-up twice. Name each SKU once.", fields={"line_up": "a SKU occurs twice"})
    gone = sorted({entry.sku for entry in show.log} - set(skus))
    if gone:
        raise BadLineUp(f"{gone[0]} was already shown on air, so it stays in the line-up.", fields={"line_up": f"{gone[0]} is missing"})
    if any(item.currency != show.currency for item in show.line_up):
        raise BadLineUp(f"All prices of this show are in {show.currency}, its contract's currency.", fields={"line_up": "wrong currency"})
    margins = (show.attribution.before_minutes, show.attribution.after_minutes)
    if not all(0 <= margin <= MAX_MARGIN_MINUTES for margin in margins):
        raise BadSettings(f"Sales count for at most {MAX_MARGIN_MINUTES:,} minutes around a show.", fields={"attribution": "out of range"})


def with_products(skus: Sequence[str], products: Mapping[str, LineUpItem]) -> tuple[LineUpItem, ...]:
    """The line-up of these SKUs in this order. Raises `BadLineUp` naming every SKU that is none of the brand's."""
    wanted = [sku.strip().upper() for sku in skus]
    unknown = [sku for sku in wanted if sku not in products]
    if unknown:
        raise BadLineUp(f"These are no products of yours: {', '.join(unknown[:10])}. Add them first.", fields={"line_up": "unknown SKU"})
    return tuple(products[sku] for sku in wanted)


def published(show: Show) -> Show:
    """The show with a public page. A show that is on air or over just has its page made again."""
    if show.state in {ShowState.LIVE, ShowState.ENDED}:
        return replace(show, version=show.version + 1)
    if not show.line_up:
        raise BadLineUp("Put at least one product into the line-up before you publish the page.", fields={"line_up": "is empty"})
    return moved(show, ShowState.PUBLISHED)


def started(show: Show, now: datetime) -> Show:
    """The show on air from now on. Raises `ShowMoved`, or `NotYet` long before its time."""
    if show.state is ShowState.DRAFT:
        raise ShowMoved("Publish the show page first: viewers have nowhere to go yet.")
    live = moved(show, ShowState.LIVE)
    if now < startable_from(show):
        raise NotYet(
            f"This show starts at {in_words(show.starts_at)}. It can go on air from {in_words(startable_from(show))} on. "
            "If it is to take place at another time, propose that to the other side."
        )
    return replace(live, started=Moment(occurred_at=now, recorded_at=now))


def startable_from(show: Show) -> datetime:
    """From when on a show may go on air."""
    return show.starts_at - STARTS_AHEAD_AT_MOST


def on_air(show: Show) -> datetime:
    """The actual start of a live show. Raises `NotOnAir`."""
    if show.state is not ShowState.LIVE or show.started is None:
        raise NotOnAir("This show is not on air. Products go on stage between its start and its end.")
    return show.started.occurred_at


def pinned(show: Show, sku: str, *, now: datetime, ahead_seconds: int = 0, deal: Deal | None = None) -> Show:
    """The show with a product on stage, at once or so many seconds ahead. Raises `NotOnAir`, `NotOnTheStage` or `BadTiming`."""
    start = on_air(show)
    item = next((item for item in show.line_up if item.sku == sku.strip().upper()), None)
    if item is None:
        raise NotOnTheStage(f"{sku} is not in the line-up. Add it there first.")
    if not 0 <= ahead_seconds <= MAX_PLAN_AHEAD_SECONDS or len(show.log) >= MAX_LOG_ENTRIES:
        raise BadTiming(f"Plan at most {MAX_PLAN_AHEAD_SECONDS} seconds ahead, and at most {MAX_LOG_ENTRIES} pins a show.")
    if deal is not None and not (0 < deal.seconds <= MAX_DEAL_SECONDS and 0 <= deal.price_minor < item.price_minor):
        raise BadTiming(f"A deal is cheaper than the line-up price and lasts at most {MAX_DEAL_SECONDS} seconds.")
    offset = (now - start) // timedelta(seconds=1) + ahead_seconds
    entry = LogEntry(sku=item.sku, offset_seconds=offset, recorded_at=now, deal=deal)
    log = tuple(sorted((*show.log, entry), key=lambda entry: entry.offset_seconds))
    return replace(show, log=log, version=show.version + 1)


def ended(show: Show, now: datetime) -> Show:
    """The show after its end. Raises `ShowMoved` unless it is on air, `BadTiming` when it would end before it started."""
    over = moved(show, ShowState.ENDED)
    if now < on_air(show):
        raise BadTiming("A show cannot end before it started.")
    return replace(over, ended=Moment(occurred_at=now, recorded_at=now))


def rescheduled(show: Show, booking_id: str, starts_at: datetime) -> Show:
    """The show at another time, under the booking of that time; its address stays. Raises `ShowMoved` once it has been on air."""
    if show.state not in {ShowState.DRAFT, ShowState.PUBLISHED}:
        raise ShowMoved(f"This show is {show.state}, so it cannot move to another time.")
    return replace(show, booking_id=booking_id, starts_at=starts_at, version=show.version + 1, page_sequence=show.page_sequence + 1)


def called_off(show: Show, by: Side, now: datetime) -> Show:
    """The show after one side cancelled it."""
    return _off(show, Cancelled(by=by, moment=Moment(occurred_at=now, recorded_at=now)))


def host_absent(show: Show, now: datetime) -> Show:
    """The show to which the host did not come: the host's cancellation with no hours left, so it occurred at the scheduled start."""
    return _off(show, Cancelled(by=Side.HOST, moment=Moment(occurred_at=show.starts_at, recorded_at=now), no_show=True))


def _off(show: Show, cancelled: Cancelled) -> Show:
    off = moved(show, ShowState.CANCELLED)
    return replace(off, cancelled=cancelled, page_sequence=show.page_sequence + 1)


def delivered(show: Show, delivery: Delivery) -> Show:
    """The show with one more record of what was delivered. Raises `ShowMoved` before its end."""
    if show.state not in {ShowState.ENDED, ShowState.CANCELLED}:
        raise ShowMoved("What was delivered is recorded after the show. End it first.")
    if len(show.deliveries) >= MAX_DELIVERIES:
        raise BadSettings(f"A show has at most {MAX_DELIVERIES} records of what was delivered.")
    if delivery.kind in show.decided:
        raise ShowMoved("What was delivered here was disputed and has been decided. The decision stands.")
    return replace(show, deliveries=(*show.deliveries, delivery), version=show.version + 1)

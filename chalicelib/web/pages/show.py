"""A show in the console: the editor before it, the stage while it is on air, what it sold afterwards."""

import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import msgspec

from chalicelib.contracts.rules import version_at
from chalicelib.core.access import Action, Principal
from chalicelib.sales.facts import ShowSales
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rules import Attribution, Edit, LineUpItem, PlannedPin, Show, ShowState, on_stage, plan, startable_from
from chalicelib.shows.rules.records import DeliverableKind, DeliveryResult
from chalicelib.shows.video import MAX_ADDRESS_CHARACTERS, parse_video
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, cell, not_spoken_for, state_cell, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Figure, Link, Notice, Status, Table, money, when
from chalicelib.web.views.shows import LineUpChoice, ShowEditor, ShowLive, StageItem
from chalicelib.wiring import services

ON_STAGE = Status(word="On stage", tone="live")
SHOWN = Status(word="Shown", tone="good")
COMING = Status(word="Coming")
Minutes = Annotated[int, msgspec.Meta(ge=0, le=10_080)]
Listed = Annotated[str, msgspec.Meta(max_length=5_200)]


class EditForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The editor's form. `line_up` comes once for each ticked product; lists of codes are separated by commas."""

    version: int
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    video_url: Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS_CHARACTERS)] = ""
    line_up: Annotated[str, msgspec.Meta(max_length=64)] = ""
    before_minutes: Minutes = 0
    after_minutes: Minutes = 60
    codes: Listed = ""
    room_ids: Listed = ""


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product to put on stage now."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class DeliveryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a promise; `name` is the statement, in the words of who records it."""

    kind: DeliverableKind
    result: DeliveryResult
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


@routes.page("GET", "/console/shows/{show_id}", action=Action.SEE_SHOW)
def show_page(call: Call[None], show_id: str) -> Page:
    """The stage while it is on air, the editor for those who may edit, else what there is to know."""
    show = services().shows.get(call.principal, show_id)
    may_edit = allowed(call.principal, Action.EDIT_SHOW) and call.principal.tenant_id == show.brand_id
    if show.state is ShowState.LIVE:
        return Page(template="show/live.html", view=_live(show, may_edit=may_edit))
    if may_edit and show.state in {ShowState.DRAFT, ShowState.PUBLISHED}:
        return Page(template="show/edit.html", view=_editor(call.principal, show))
    return Page(template=steps.TEMPLATE, view=_report(call.principal, show))


@routes.form("POST", "/console/shows/{show_id}", action=Action.EDIT_SHOW, body=EditForm)
def edit_show(call: Call[EditForm], show_id: str) -> Redirect:
    """Save the form; a published page follows by itself."""
    shows, wanted = services().shows, call.body
    skus = urllib.parse.parse_qs(call.raw_body.decode()).get("line_up", [])
    edit = Edit(
        version=wanted.version,
        title=wanted.title,
        description=wanted.description,
        video=parse_video(wanted.video_url) if wanted.video_url else None,
        line_up=shows.line_up(call.principal, skus),
        attribution=Attribution(
            before_minutes=wanted.before_minutes,
            after_minutes=wanted.after_minutes,
            codes=_separated(wanted.codes),
            room_ids=_separated(wanted.room_ids),
        ),
    )
    shows.edit(call.principal, show_id, edit)
    return Redirect(path=f"/console/shows/{show_id}")


@routes.form("POST", "/console/shows/{show_id}/publish", action=Action.EDIT_SHOW, body=NoBody)
def publish_show(call: Call[NoBody], show_id: str) -> Redirect:
    """Put the page on the site; a worker does it within seconds."""
    services().shows.request_publishing(call.principal, show_id)
    return Redirect(path=f"/console/shows/{show_id}")


@routes.form("POST", "/console/shows/{show_id}/start", action=Action.EDIT_SHOW, body=NoBody)
def start_show(call: Call[NoBody], show_id: str) -> Redirect:
    """Go on air now."""
    services().shows.start(call.principal, show_id)
    return Redirect(path=f"/console/shows/{show_id}")


@routes.form("POST", "/console/shows/{show_id}/pins", action=Action.EDIT_SHOW, body=Pin)
def pin_product(call: Call[Pin], show_id: str) -> Redirect:
    """Put a product on stage."""
    services().shows.pin(call.principal, show_id, call.body.sku)
    return Redirect(path=f"/console/shows/{show_id}")


@routes.form("POST", "/console/shows/{show_id}/end", action=Action.EDIT_SHOW, body=NoBody)
def end_show(call: Call[NoBody], show_id: str) -> Redirect:
    """Go off air now."""
    services().shows.end(call.principal, show_id)
    return Redirect(path=f"/console/shows/{show_id}")


@routes.form("POST", "/console/shows/{show_id}/delivery", action=Action.RECORD_DELIVERY, body=DeliveryForm)
def record_delivery(call: Call[DeliveryForm], show_id: str) -> Redirect:
    """Record whether something that was promised for the show was met."""
    form = call.body
    services().delivery.deliverables.state(call.principal, show_id, Statement(kind=form.kind, result=form.result, words=form.name))
    return Redirect(path=f"/console/shows/{show_id}")


def _separated(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _public(show: Show) -> Link:
    return Link(label="Public page", href=f"/shows/{show.slug}/")


def _preview(show: Show) -> Link:
    return Link(label="Preview the page", href=f"/console/shows/{show.show_id}/preview")


def _editor(principal: Principal, show: Show) -> ShowEditor:
    base = f"/console/shows/{show.show_id}"
    chosen = {item.sku for item in show.line_up}
    products = [product for product in services().directory.products(principal) if product.currency == show.currency]
    publishable = Button(label="Publish the page", action=f"{base}/publish") if show.line_up else None
    is_draft = show.state is ShowState.DRAFT
    may_start = not is_draft and services().clock.now() >= startable_from(show)
    return ShowEditor(
        title=show.title,
        status=status(show.state),
        starts=f"{when(show.starts_at, show.timezone)}, {show.minutes} minutes, with {show.host_name}",
        action=base,
        version=show.version,
        description=show.description,
        video_url=show.video.watch_url if show.video else "",
        choices=tuple(
            LineUpChoice(sku=each.sku, title=each.title, price=money(each.price_minor, each.currency), chosen=each.sku in chosen)
            for each in products
        ),
        before_minutes=show.attribution.before_minutes,
        after_minutes=show.attribution.after_minutes,
        codes=", ".join(show.attribution.codes),
        room_ids=", ".join(show.attribution.room_ids),
        preview=_preview(show),
        public_page=None if is_draft else _public(show),
        publish=publishable if is_draft else None,
        start=Button(label="Go on air now", action=f"{base}/start") if may_start else None,
        deliveries=_deliveries(show),
        notice=_next_step(show, may_start=may_start),
    )


def _next_step(show: Show, *, may_start: bool) -> Notice | None:
    """What keeps the show from going on air, while something does."""
    if not show.line_up:
        return Notice(text="Pick the line-up below and save; then you can publish the page.", tone="waiting")
    if show.state is ShowState.PUBLISHED and not may_start:
        return Notice(text=f"You can go on air from {when(startable_from(show), show.timezone)} on.")
    return None


def _live(show: Show, *, may_edit: bool) -> ShowLive:
    base = f"/console/shows/{show.show_id}"
    now = services().clock.now()
    current = on_stage(show, now)
    shown = {pin.sku for pin in plan(show) if pin.at <= now}
    since = show.started.occurred_at if show.started else show.starts_at
    items = tuple(_item(show, item, current, shown, may_edit=may_edit) for item in show.line_up)
    return ShowLive(
        title=show.title,
        path=base,
        status=status(show.state),
        on_air_since=f"On air since {when(since, show.timezone)}",
        stage=next((item for item in items if current is not None and item.sku == current.sku), None),
        items=items,
        figures=_sold(services().sales.summary_of(show.show_id), show.currency),
        log=_log(show),
        public_page=_public(show),
        end=Button(label=f"End {show.title} now", action=f"{base}/end", tone="danger") if may_edit else None,
    )


def _item(show: Show, item: LineUpItem, current: PlannedPin | None, shown: set[str], *, may_edit: bool) -> StageItem:
    here = current is not None and current.sku == item.sku
    price = current.deal_price_minor if current is not None and here and current.deal_price_minor is not None else item.price_minor
    pin = Button(label=f"Pin {item.title}", action=f"/console/shows/{show.show_id}/pins", hidden=(("sku", item.sku),))
    return StageItem(
        sku=item.sku,
        title=item.title,
        price=money(price, item.currency),
        status=ON_STAGE if here else SHOWN if item.sku in shown else COMING,
        pin=pin if may_edit and not here else None,
    )


def _report(principal: Principal, show: Show) -> steps.Steps:
    public = (_public(show),) if show.state in {ShowState.PUBLISHED, ShowState.ENDED} else (_preview(show),)
    return steps.Steps(
        title=show.title,
        lead=f"{show.brand_name} with {show.host_name}, {when(show.starts_at, show.timezone)}, {show.minutes} minutes",
        status=status(show.state),
        heading="To record" if (open_ := tuple(_to_record(principal, show))) else "",
        decisions=open_,
        figures=_sold(services().sales.summary_of(show.show_id), show.currency),
        tables=(
            table(
                "Line-up",
                "Product,SKU,Price",
                [(cell(item.title), cell(item.sku), cell(money(item.price_minor, item.currency))) for item in show.line_up],
                "The line-up follows.",
                numbers=(2,),
            ),
            _log(show),
            _deliveries(show),
        ),
        links=(
            *public,
            Link(label="Contract", href=f"/contracts/{show.contract_id}"),
            Link(label="Statement", href=f"/contracts/{show.contract_id}/statement"),
        ),
    )


def _to_record(principal: Principal, show: Show) -> Iterator[steps.Decision]:
    """What was promised for a show that is over and nobody has recorded yet."""
    if show.state is not ShowState.ENDED or not allowed(principal, Action.RECORD_DELIVERY) or not_spoken_for(principal, show.contract_id):
        return
    terms = version_at(services().contracts.get(principal, show.contract_id), show.starts_at).terms
    recorded = {each.kind for each in show.deliveries}
    for kind in dict.fromkeys(DeliverableKind(owed.kind) for owed in terms.deliverables):
        if kind not in recorded:
            yield steps.Decision(
                title=f"{kind.value.replace('_', ' ').capitalize()}: was that met?",
                name_label="What happened, in a sentence",
                button=Button(label="Record", action=f"/console/shows/{show.show_id}/delivery", hidden=(("kind", kind.value),)),
                results=((DeliveryResult.MET.value, "Record as met"), (DeliveryResult.NOT_MET.value, "Record as not met")),
            )


def _sold(sales: ShowSales, currency: str) -> tuple[Figure, ...]:
    return (
        Figure(
            label="Sold", value=money(sales.gross_minor, sales.currency or currency), hint=f"{sales.lines:,} lines, {sales.units:,} units"
        ),
        Figure(label="Returned", value=money(sales.refunds_minor, sales.currency or currency), hint=f"{sales.units_returned:,} units"),
        Figure(label="Net sales", value=money(sales.net_minor, sales.currency or currency)),
    )


def _log(show: Show) -> Table:
    titles = {item.sku: item.title for item in show.line_up}
    rows = [(cell(str(timedelta(seconds=entry.offset_seconds))), cell(titles.get(entry.sku, entry.sku))) for entry in show.log]
    return table("What was shown when", "After the start,Product", rows, "Nothing was pinned yet.")


def _deliveries(show: Show) -> Table:
    rows = [
        (cell(each.kind.value.replace("_", " ").capitalize()), state_cell(each.result), cell(each.statement)) for each in show.deliveries
    ]
    return table("Delivered", "What,Result,Statement", rows, "Nothing is recorded yet; it is recorded after the show.")

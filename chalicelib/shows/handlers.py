"""Routes of shows: a brand edits, publishes and runs them; both parties see them and record what was delivered."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.shows.rules import (
    MAX_DEAL_SECONDS,
    MAX_LINE_UP,
    MAX_PLAN_AHEAD_SECONDS,
    Attribution,
    Deal,
    DeliverableKind,
    DeliveryResult,
    Edit,
    Show,
)
from chalicelib.shows.video import MAX_ADDRESS_CHARACTERS, parse_video
from chalicelib.web.routes import Call, NoBody, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Codes = Annotated[tuple[Code, ...], msgspec.Meta(max_length=50)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=10_080)]


class NewAttribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sales find the show."""

    before_minutes: Minutes = 0
    after_minutes: Minutes = 60
    codes: Codes = ()
    room_ids: Codes = ()


class EditShow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall change; what is left out stays. With `version` only if the show still has it."""

    version: int | None = None
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=140)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    video_url: Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS_CHARACTERS)] | None = None
    line_up: Annotated[tuple[Sku, ...], msgspec.Meta(max_length=MAX_LINE_UP)] | None = None
    attribution: NewAttribution | None = None
    expected_viewers: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None


class NewDeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lower price for a while."""

    price_minor: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=MAX_DEAL_SECONDS)]


class NewPin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product to put on stage, now or so many seconds ahead."""

    sku: Sku
    ahead_seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_PLAN_AHEAD_SECONDS)] = 0
    deal: NewDeal | None = None


class NewDelivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was delivered, with a statement and its evidence (addresses or ids)."""

    kind: DeliverableKind
    result: DeliveryResult
    statement: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    evidence: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=500)], ...], msgspec.Meta(max_length=20)] = ()


@routes.api("GET", "/api/v1/shows", action=Action.SEE_SHOW)
def list_shows(call: Call[None]) -> tuple[Show, ...]:
    """The caller's shows."""
    return services().shows.shows(call.principal)


@routes.api("GET", "/api/v1/shows/{show_id}", action=Action.SEE_SHOW)
def see_show(call: Call[None], show_id: str) -> Show:
    """One show."""
    return services().shows.get(call.principal, show_id)


@routes.page("GET", "/console/shows/{show_id}/preview", action=Action.SEE_SHOW)
def preview_show(call: Call[None], show_id: str) -> TextFile:
    """The public page before it is published."""
    return TextFile(content_type="text/html; charset=utf-8", body=services().shows.preview(call.principal, show_id))


@routes.api("PUT", "/api/v1/shows/{show_id}", action=Action.EDIT_SHOW, body=EditShow)
def edit_show(call: Call[EditShow], show_id: str) -> Show:
    """Change what the page says and how sales are attributed."""
    shows, wanted = services().shows, call.body
    edit = Edit(
        version=wanted.version,
        title=wanted.title,
        description=wanted.description,
        video=parse_video(wanted.video_url) if wanted.video_url else None,
        line_up=None if wanted.line_up is None else shows.line_up(call.principal, wanted.line_up),
        attribution=None if wanted.attribution is None else Attribution(**msgspec.structs.asdict(wanted.attribution)),
        expected_viewers=wanted.expected_viewers,
    )
    return shows.edit(call.principal, show_id, edit)


@routes.api("POST", "/api/v1/shows/{show_id}/publish", action=Action.EDIT_SHOW, body=NoBody, status=202)
def publish_show(call: Call[NoBody], show_id: str) -> Show:
    """Put the page on the site; a worker does it within seconds."""
    return services().shows.request_publishing(call.principal, show_id)


@routes.api("POST", "/api/v1/shows/{show_id}/start", action=Action.EDIT_SHOW, body=NoBody)
def start_show(call: Call[NoBody], show_id: str) -> Show:
    """Go on air now."""
    return services().shows.start(call.principal, show_id)


@routes.api("POST", "/api/v1/shows/{show_id}/pins", action=Action.EDIT_SHOW, body=NewPin, status=201)
def pin_product(call: Call[NewPin], show_id: str) -> Show:
    """Put a product on stage."""
    wanted = call.body
    deal = None if wanted.deal is None else Deal(price_minor=wanted.deal.price_minor, seconds=wanted.deal.seconds)
    return services().shows.pin(call.principal, show_id, wanted.sku, ahead_seconds=wanted.ahead_seconds, deal=deal)


@routes.api("POST", "/api/v1/shows/{show_id}/end", action=Action.EDIT_SHOW, body=NoBody)
def end_show(call: Call[NoBody], show_id: str) -> Show:
    """Go off air now."""
    return services().shows.end(call.principal, show_id)


@routes.api("POST", "/api/v1/shows/{show_id}/delivery", action=Action.RECORD_DELIVERY, body=NewDelivery, status=201)
def record_delivery(call: Call[NewDelivery], show_id: str) -> Show:
    """Record what was delivered."""
    wanted = call.body
    return services().shows.record_delivery(
        call.principal, show_id, kind=wanted.kind, result=wanted.result, statement=wanted.statement, evidence=wanted.evidence
    )

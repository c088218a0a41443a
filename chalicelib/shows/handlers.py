"""Routes of shows: a brand edits, publishes and runs them; both parties see them and record what was delivered."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rearranging import NewMakeUp, OtherTime
from chalicelib.shows.rules import (
    MAX_DEAL_SECONDS,
    MAX_LINE_UP,
    MAX_PLAN_AHEAD_SECONDS,
    Attribution,
    Deal,
    DeliverableKind,
    DeliveryResult,
    Edit,
    Finding,
    How,
    Show,
)
from chalicelib.shows.rules.links import Round
from chalicelib.shows.rules.make_ups import MakeUps
from chalicelib.shows.rules.proposals import Proposal, answer_named
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
    """What was delivered, with a statement and its evidence (addresses or ids); how and when it was checked, and what was counted."""

    kind: DeliverableKind
    result: DeliveryResult
    statement: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    evidence: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=500)], ...], msgspec.Meta(max_length=20)] = ()
    value: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    how: How | None = None
    checked_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class NewTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another start for a show, and why."""

    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class MakeUpBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A make-up show; without length and title it is like the show that it makes up for."""

    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)] | None = None
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=140)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


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
    """State what was delivered, for the caller's side. It holds when the other side agrees or lets 72 hours pass."""
    wanted = call.body
    said = Statement(
        kind=wanted.kind,
        result=wanted.result,
        words=wanted.statement,
        evidence=wanted.evidence,
        value=wanted.value,
        how=wanted.how,
        checked_at=wanted.checked_at,
    )
    return services().delivery.deliverables.state(call.principal, show_id, said)


@routes.api("GET", "/api/v1/shows/{show_id}/deliverables", action=Action.SEE_SHOW)
def see_deliverables(call: Call[None], show_id: str) -> tuple[Finding, ...]:
    """What was owed at a show, what was measured, what each side says, and what holds since when."""
    return services().delivery.deliverables.of_show(call.principal, show_id)


@routes.api("POST", "/api/v1/bookings/{booking_id}/reschedules", action=Action.MOVE_SHOW, body=NewTime, status=201)
def propose_time(call: Call[NewTime], booking_id: str) -> Proposal:
    """Propose another time for a booked show. It moves when the other side accepts; silence keeps the old time."""
    wanted = OtherTime(starts_at=call.body.starts_at, reason=call.body.reason)
    return services().delivery.rearranging.propose_time(call.principal, booking_id, wanted, call.new_id("prp"))


@routes.api("POST", "/api/v1/shows/{show_id}/make-ups", action=Action.MOVE_SHOW, body=MakeUpBody, status=201)
def propose_make_up(call: Call[MakeUpBody], show_id: str) -> Proposal:
    """Propose one of the make-up shows that the sales guarantee agrees on, for a show that is over."""
    body = call.body
    wanted = NewMakeUp(starts_at=body.starts_at, minutes=body.minutes, title=body.title, reason=body.reason)
    return services().delivery.rearranging.propose_make_up(call.principal, show_id, wanted, call.new_id("prp"))


@routes.api("GET", "/api/v1/bookings/{booking_id}/proposals", action=Action.SEE_DEAL)
def list_proposals(call: Call[None], booking_id: str) -> tuple[Proposal, ...]:
    """What was proposed about a show: other times, make-up shows."""
    return services().delivery.rearranging.of_booking(call.principal, booking_id)


@routes.api("POST", "/api/v1/bookings/{booking_id}/proposals/{proposal_id}/{answer}", action=Action.MOVE_SHOW, body=NoBody)
def answer_proposal(call: Call[NoBody], booking_id: str, proposal_id: str, answer: str) -> Proposal:
    """`accept` or `decline` what the other side proposed, or `withdraw` what the own side did."""
    return services().delivery.rearranging.answer(call.principal, booking_id, proposal_id, answer_named(answer))


@routes.api("GET", "/api/v1/contracts/{contract_id}/make-ups", action=Action.SEE_DEAL)
def list_make_ups(call: Call[None], contract_id: str) -> tuple[MakeUps, ...]:
    """The make-up shows that a contract agrees on: how many, until when, how many are booked and performed."""
    return services().delivery.rearranging.make_ups(call.principal, contract_id)


@routes.api("GET", "/api/v1/shows/{show_id}/probes", action=Action.SEE_SHOW)
def see_probes(call: Call[None], show_id: str) -> tuple[Round, ...]:
    """The evidence of every look at the show's product links, oldest first."""
    show = services().shows.get(call.principal, show_id)
    return tuple(services().delivery.probing.rounds(show.show_id))

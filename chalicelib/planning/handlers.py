"""Routes of plans: a brand's own month, or the marketplace's season of many brands."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.planning.answers import first_of
from chalicelib.planning.asked import (
    DEFAULT_SECONDS,
    DEFAULT_SHOWS_PER_WEEK,
    MAX_BRIEFS,
    MAX_PAIRS,
    MAX_PINS,
    MAX_RIVALS,
    Asked,
    Rivals,
)
from chalicelib.planning.limits import Hosts, Seconds, Shows
from chalicelib.planning.model import Pair
from chalicelib.planning.rules import LARGEST_VALUE_MINOR
from chalicelib.planning.runs import PlanRun
from chalicelib.planning.service import Answer, Possible, Seen
from chalicelib.web.routes import Call, NoBody, Redirect, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

MAX_ANSWERED = 2_000
"""A function answers 6 MB at most."""
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_VALUE_MINOR)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class PairBody(msgspec.Struct, forbid_unknown_fields=True):
    """A show (its brief's id, a dot, and its number in the brief, from 1) and a host."""

    slot_id: Id
    creator_id: Id


class RivalsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Brands that a host must not be on air for, more than one of them, in one category and time."""

    category: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    brand_ids: Annotated[tuple[Id, ...], msgspec.Meta(min_length=2, max_length=MAX_RIVALS)]
    from_: Instant = msgspec.field(name="from")
    until: Instant


class PlanBody(msgspec.Struct, forbid_unknown_fields=True):
    """A plan. `seconds` is how long the search may take; what is proven best earlier ends earlier."""

    brief_ids: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=MAX_BRIEFS)]
    seconds: Seconds = DEFAULT_SECONDS
    budgets: Annotated[dict[Id, Minor], msgspec.Meta(max_length=MAX_BRIEFS)] = {}
    minimum_hosts: Hosts = 1
    shows_per_week: Shows = DEFAULT_SHOWS_PER_WEEK
    pinned: Annotated[tuple[PairBody, ...], msgspec.Meta(max_length=MAX_PINS)] = ()
    forbidden: Annotated[tuple[PairBody, ...], msgspec.Meta(max_length=MAX_PAIRS)] = ()
    rivals: Annotated[tuple[RivalsBody, ...], msgspec.Meta(max_length=MAX_RIVALS)] = ()
    without_slots: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_PAIRS)] = ()


class AgainBody(msgspec.Struct, forbid_unknown_fields=True):
    """What has changed since a plan. Without `move_cost_minor` as few of its places as possible change."""

    without_hosts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_PAIRS)] = ()
    without_slots: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_PAIRS)] = ()
    move_cost_minor: Minor | None = None


def _pairs(bodies: tuple[PairBody, ...]) -> tuple[Pair, ...]:
    return tuple(Pair(each.slot_id, each.creator_id) for each in bodies)


@routes.api("POST", "/api/v1/plans", action=Action.ASK_PLAN, body=PlanBody, status=202)
def ask_for_plan(call: Call[PlanBody]) -> PlanRun:
    """Have a plan made; a worker makes it, and the plan says how far it is."""
    body = call.body
    asked = Asked(
        brief_ids=body.brief_ids,
        seconds=body.seconds,
        budgets=body.budgets,
        minimum_hosts=body.minimum_hosts,
        shows_per_week=body.shows_per_week,
        pinned=_pairs(body.pinned),
        forbidden=_pairs(body.forbidden),
        rivals=tuple(
            Rivals(
                category=each.category,
                brand_ids=each.brand_ids,
                starts_at=each.from_.astimezone(UTC),
                ends_at=each.until.astimezone(UTC),
            )
            for each in body.rivals
        ),
        without_slots=body.without_slots,
    )
    return services().planning.ask(call.principal, asked, call.new_id("pln"))


@routes.api("GET", "/api/v1/plans", action=Action.SEE_PLANS)
def list_plans(call: Call[None]) -> tuple[PlanRun, ...]:
    """The caller's plans, newest first."""
    return services().planning.list(call.principal)


@routes.api("GET", "/api/v1/plans/{plan_id}", action=Action.SEE_PLANS)
def see_plan(call: Call[None], plan_id: str) -> Seen:
    """How far a plan is, and once it has ended its places, prices, open shows and moves: the first 2,000 of each, by time."""
    seen = services().planning.get(call.principal, plan_id)
    return seen if seen.outcome is None else replace(seen, outcome=first_of(seen.outcome, MAX_ANSWERED))


@routes.api("GET", "/api/v1/plans/{plan_id}/download", action=Action.SEE_PLANS)
def download_plan(call: Call[None], plan_id: str) -> Redirect:
    """The whole of an ended plan as JSON, gzipped: a season's is larger than an answer may be."""
    return Redirect(path=services().planning.download(call.principal, plan_id), external=True)


@routes.api("POST", "/api/v1/plans/{plan_id}/cancel", action=Action.ASK_PLAN, body=NoBody)
def cancel_plan(call: Call[NoBody], plan_id: str) -> PlanRun:
    """Stop a plan; the best so far is kept and holds."""
    return services().planning.cancel(call.principal, plan_id)


@routes.api("POST", "/api/v1/plans/{plan_id}/again", action=Action.ASK_PLAN, body=AgainBody, status=202)
def plan_again(call: Call[AgainBody], plan_id: str) -> PlanRun:
    """Plan anew after hosts or shows are out, moving as few announced places as possible."""
    body = call.body
    return services().planning.ask_again(
        call.principal,
        plan_id,
        again_id=call.new_id("pln"),
        without_hosts=body.without_hosts,
        without_slots=body.without_slots,
        move_cost_minor=body.move_cost_minor,
    )


@routes.api("GET", "/api/v1/plans/{plan_id}/slots/{slot_id}", action=Action.SEE_PLANS)
def see_possible_hosts(call: Call[None], plan_id: str, slot_id: str) -> tuple[Possible, ...]:
    """Every host who could take a show, and what stands against each as the plan is."""
    return services().planning.possible(call.principal, plan_id, slot_id)


@routes.api("GET", "/api/v1/plans/{plan_id}/slots/{slot_id}/hosts/{creator_id}", action=Action.SEE_PLANS)
def ask_why_not(call: Call[None], plan_id: str, slot_id: str, creator_id: str) -> Answer:
    """Why a show does not go to a host, and what insisting on it would cost."""
    return services().planning.why_not(call.principal, plan_id, slot_id, creator_id)

"""Plans: ask for one, watch it, read it, ask why not otherwise, plan anew, and go on to offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

import msgspec

from chalicelib.contracts.offers import WantedShow
from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.ids import new_id
from chalicelib.core.words import plural
from chalicelib.matching.rules import Brief
from chalicelib.planning.asked import wanted_by
from chalicelib.planning.runs import UNDER_WAY, PlanRun
from chalicelib.planning.service import NoSuchShow
from chalicelib.web.pages.brand import ANSWER_HOURS, plain_terms
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.plan_form import fields_of, form
from chalicelib.web.pages.plan_parts import MAX_SHOWN, figures, notice, with_answer
from chalicelib.web.pages.plan_wishes import Around, Reading, place, read
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, name_of, state_cell, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Empty, Link, Notice, money, when
from chalicelib.web.views.plans import BriefChoice, PlanPage, PlansPage, SlotPage
from chalicelib.wiring import services

BRIEF, GROUP = "brief.", "group."
ALL_PLANS = Link(label="All plans", href="/plans")
LEAD = (
    "A plan gives each show the host with whom all shows together are expected to sell most, within budgets, hosts' time, rest and weeks. "
    "It says how close to the best it is proven to be."
)
NOT_ASKED = "Nothing is planned yet: some fields need another look."
CHECKED = "Other code than the planner's has checked it: no rule is broken."


class OfferPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The show whose place is to be offered."""

    slot_id: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class TakeOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host who is out."""

    creator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


@routes.page("GET", "/plans", action=Action.SEE_PLANS)
def plans_page(call: Call[None]) -> Page:
    """Plans so far, and the form for the next one."""
    return _plans(call.principal, {})


@routes.form("POST", "/plans", action=Action.ASK_PLAN, body=dict[str, str])
def plan_these(call: Call[dict[str, str]]) -> Page | Redirect:
    """Have what is ticked planned, or say beside each field what is wrong with it; `more` asks for empty rows and has nothing planned."""
    planning, principal, sent = services().planning, call.principal, call.body
    if "more" in sent:
        return _plans(principal, sent, more=True)
    around = _around(principal)
    briefs = [brief for brief in around.briefs if _is_ticked(brief, sent)]
    asked, reading = read(around, sent, briefs)
    if not reading.errors:
        try:
            run = planning.ask(principal, asked, new_id("pln"))
        except Invalid as error:
            place(error, reading)
        except Conflict as error:
            return _plans(principal, sent, reading=reading, notice=error.message, status_code=HTTPStatus.CONFLICT)
        else:
            return Redirect(path=f"/plans/{run.plan_id}")
    return _plans(principal, sent, reading=reading, notice=NOT_ASKED, status_code=HTTPStatus.UNPROCESSABLE_ENTITY)


@routes.page("GET", "/plans/{plan_id}", action=Action.SEE_PLANS)
def plan_page(call: Call[None], plan_id: str) -> Page:
    """How far a plan is, and what it says."""
    principal, seen = call.principal, services().planning.get(call.principal, plan_id)
    run, answer = seen.run, seen.outcome
    is_under_way = run.state in UNDER_WAY
    stop = Button(label="Stop, and keep the best plan so far", action=f"/plans/{plan_id}/cancel", tone="secondary")
    view = PlanPage(
        title=f"Plan: {run.title}",
        status=status(run.state),
        lead=f"{plural(run.shows, 'show')}, asked for {when(run.asked_at, UTC_ZONE)}. {CHECKED if answer else ''}".strip(),
        figures=figures(seen),
        notice=notice(run),
        cancel=stop if is_under_way and not run.cancel_asked and allowed(principal, Action.ASK_PLAN) else None,
        back=ALL_PLANS,
        waits_at=f"/plans/{plan_id}" if is_under_way else "",
    )
    return Page(template="planning/plan.html", view=view if answer is None else with_answer(view, principal, run, answer))


@routes.form("POST", "/plans/{plan_id}/cancel", action=Action.ASK_PLAN, body=NoBody)
def stop_plan(call: Call[NoBody], plan_id: str) -> Redirect:
    """Stop it."""
    services().planning.cancel(call.principal, plan_id)
    return Redirect(path=f"/plans/{plan_id}")


@routes.form("POST", "/plans/{plan_id}/again", action=Action.ASK_PLAN, body=TakeOut)
def plan_without(call: Call[TakeOut], plan_id: str) -> Redirect:
    """Plan anew without a host, moving as little as possible."""
    run = services().planning.ask_again(call.principal, plan_id, again_id=new_id("pln"), without_hosts=(call.body.creator_id,))
    return Redirect(path=f"/plans/{run.plan_id}")


@routes.form("POST", "/plans/{plan_id}/offers", action=Action.NEGOTIATE, body=OfferPlace)
def offer_place(call: Call[OfferPlace], plan_id: str) -> Redirect:
    """Offer a place's show to its host, for the fee that the plan reckons with."""
    found, principal = services(), call.principal
    answer = found.planning.get(principal, plan_id).outcome
    place = next((each for each in answer.places if each.slot_id == call.body.slot_id), None) if answer else None
    if place is None:
        raise NoSuchShow("There is no such show in this plan.")
    brief = found.matching.brief(principal, place.slot_id.rpartition(".")[0])
    offer = found.contracts.offers.make(
        principal,
        brief_id=brief.brief_id,
        creator_id=place.host_id,
        shows=[WantedShow(starts_at=place.starts_at, minutes=place.minutes, title=brief.title)],
        terms=plain_terms(replace(brief, flat_fee_minor=place.fee_minor), found.directory.profile(place.host_id).timezone),
        expires_in_hours=ANSWER_HOURS,
    )
    return Redirect(path=f"/offers/{offer.offer_id}")


@routes.page("GET", "/plans/{plan_id}/slots/{slot_id}", action=Action.SEE_PLANS)
def slot_page(call: Call[None], plan_id: str, slot_id: str) -> Page:
    """Everybody who could take a show."""
    return Page(template="planning/slot.html", view=_slot(call.principal, plan_id, slot_id))


@routes.page("GET", "/plans/{plan_id}/slots/{slot_id}/hosts/{creator_id}", action=Action.SEE_PLANS)
def why_not_page(call: Call[None], plan_id: str, slot_id: str, creator_id: str) -> Page:
    """The same, and why the show does not go to one of them."""
    answer = services().planning.why_not(call.principal, plan_id, slot_id, creator_id)
    view = replace(_slot(call.principal, plan_id, slot_id), answer=Notice(text=answer.sentence))
    return Page(template="planning/slot.html", view=view)


def _plans(  # what a form that is shown again differs in
    principal: Principal,
    sent: Mapping[str, str],
    *,
    reading: Reading | None = None,
    notice: str = "",
    more: bool = False,
    status_code: HTTPStatus = HTTPStatus.OK,
) -> Page:
    may_ask = allowed(principal, Action.ASK_PLAN)
    around = _around(principal) if may_ask else None
    view = PlansPage(
        lead=LEAD,
        plans=table(
            "Plans so far",
            "Plan,Shows,Asked for,Value,State",
            [_row(run) for run in services().planning.list(principal)],
            "No plan yet.",
            numbers=(1, 3),
        ),
        action="/plans",
        choices=tuple(_choices(principal, around.briefs, sent)) if around else (),
        fields=fields_of(sent),
        empty=Empty(text="No brief has a show ahead. Post one first.", link=Link(label="Back to your home", href="/")),
        may_ask=may_ask,
        wishes=form(around, sent, reading, more=more) if around else None,
        notice=Notice(text=notice, tone="bad", link=Link(label="See them", href="#ask")) if notice else None,
        errors=tuple(reading.errors.items()) if reading else (),
    )
    return Page(template="planning/plans.html", view=view, status=status_code)


def _around(principal: Principal) -> Around:
    found = services()
    briefs = found.planning.plannable(principal)
    return Around(
        briefs=briefs,
        brand_names={brand_id: name_of(brand_id) for brand_id in dict.fromkeys(brief.brand_id for brief in briefs)},
        is_marketplace=principal.tenant_id == PLATFORM_TENANT,
        now=found.clock.now(),
        find=found.directory.hosts_called,
        known=found.directory.approved_host,
    )


def _is_ticked(brief: Brief, sent: Mapping[str, str]) -> bool:
    return BRIEF + brief.brief_id in sent or GROUP + _group(brief) in sent


def _group(brief: Brief) -> str:
    return f"{brief.currency}.{brief.market}.{brief.category.casefold()}"


def _choices(principal: Principal, briefs: Sequence[Brief], sent: Mapping[str, str]) -> Iterator[BriefChoice]:
    """A brand's briefs one by one; for the marketplace those of each market and category together."""
    if principal.tenant_id != PLATFORM_TENANT:
        for brief in briefs:
            detail = (
                f"{brief.category} in {brief.market}, {plural(len(brief.windows), 'show')}, {money(brief.budget_minor, brief.currency)}"
            )
            yield BriefChoice(name=BRIEF + brief.brief_id, label=brief.title, detail=detail, is_ticked=BRIEF + brief.brief_id in sent)
        return
    groups: dict[str, list[Brief]] = {}
    for brief in briefs:
        groups.setdefault(_group(brief), []).append(brief)
    for name, own in sorted(groups.items()):
        brands = len({brief.brand_id for brief in own})
        detail = f"{plural(len(own), 'brief')} of {plural(brands, 'brand')}, {plural(len(wanted_by(own)), 'show')}"
        label = f"{own[0].category} in {own[0].market}, {own[0].currency}"
        yield BriefChoice(name=GROUP + name, label=label, detail=detail, is_ticked=GROUP + name in sent)


def _row(run: PlanRun) -> tuple[Cell, ...]:
    value = money(run.summary.value_minor, run.currency) if run.summary else "\N{EN DASH}"
    asked = when(run.asked_at, UTC_ZONE)
    return (
        cell(run.title, f"/plans/{run.plan_id}"),
        cell(f"{run.shows:,}"),
        cell(asked),
        cell(value),
        state_cell(run.state, note=run.reason),
    )


def _slot(principal: Principal, plan_id: str, slot_id: str) -> SlotPage:
    planning, href = services().planning, f"/plans/{plan_id}"
    seen = planning.get(principal, plan_id)
    possible = planning.possible(principal, plan_id, slot_id)
    currency = seen.run.currency
    rows = [
        (
            cell(each.host, None if each.has_it else f"{href}/slots/{slot_id}/hosts/{each.host_id}"),
            cell(money(each.value_minor, currency)),
            cell(money(each.fee_minor, currency)),
            cell(each.sentence),
        )
        for each in possible[:MAX_SHOWN]
    ]
    return SlotPage(
        title=seen.outcome.names[slot_id] if seen.outcome else slot_id,
        hosts=table("Who could take it", "Host,Expected sales,Fee,As the plan stands", rows, "Nobody could take it.", numbers=(1, 2)),
        back=Link(label="Back to the plan", href=href),
    )

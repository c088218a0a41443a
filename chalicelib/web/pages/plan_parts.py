"""What a plan says, as parts of its page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.contracts.wording import percent
from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.core.words import plural
from chalicelib.planning.answers import Outcome, Place
from chalicelib.planning.runs import PlanRun, PlanState
from chalicelib.planning.service import Seen
from chalicelib.web.pages.words import allowed, cell, table
from chalicelib.web.views.common import Button, Figure, Link, Notice, Table, money
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.web.views.plans import PlanPage, PlanPlace
from chalicelib.wiring import services

MAX_SHOWN = 200
Offers = Mapping[tuple[str, datetime, str], Link]


def figures(seen: Seen) -> tuple[Figure, ...]:
    """How far it is, or what came out."""
    run, answer = seen.run, seen.outcome
    taken = Figure(
        label="Time",
        value=plural(run.elapsed_seconds, "second"),
        hint=f"of {run.seconds:,} asked for{' for each part' if run.split else ''}",
    )
    if answer is not None:
        proven = "proven best" if not answer.gap_minor else f"at most {money(answer.gap_minor, run.currency)} more is possible"
        return (
            Figure(label="Expected sales", value=money(answer.value_minor, run.currency), hint=proven),
            Figure(label="Proven within", value=percent(answer.gap_basis_points), hint=f"bound {money(answer.bound_minor, run.currency)}"),
            Figure(label="Fees", value=money(answer.fees_minor, run.currency)),
            Figure(label="Shows with a host", value=f"{len(answer.places):,}", hint=f"{len(answer.open):,} open"),
            taken,
        )
    if run.progress is None:
        return (taken,)
    gap = max(0, run.progress.bound_minor - run.progress.value_minor)
    return (
        Figure(label="Best so far", value=money(run.progress.value_minor, run.currency)),
        Figure(label="Bound", value=money(run.progress.bound_minor, run.currency), hint=f"{money(gap, run.currency)} apart"),
        taken,
    )


def notice(run: PlanRun) -> Notice | None:
    """Why there is no plan, or not all of it."""
    if run.state is PlanState.FAILED:
        return Notice(text=run.reason, tone="bad")
    if run.state is PlanState.CANCELLED:
        kept = "the best plan found until then is below" if run.summary else "no plan had been found yet"
        return Notice(text=f"It was stopped; {kept}.")
    if run.cancel_asked:
        return Notice(text="It is being stopped.", tone="waiting")
    if run.split is None:
        return None
    so_far = "" if run.summary else f" {run.split.done} of {run.split.parts} parts are planned, each for up to {run.seconds:,} seconds."
    return Notice(text=f"{run.split.words}{so_far}", tone="neutral" if run.summary else "waiting")


def with_answer(view: PlanPage, principal: Principal, run: PlanRun, answer: Outcome) -> PlanPage:
    """The page with the plan's places, moves, open and promised shows."""
    may_offer = principal.tenant_id != PLATFORM_TENANT and allowed(principal, Action.NEGOTIATE)
    offers = _offers(principal) if may_offer else {}
    href = f"/plans/{run.plan_id}"
    shown = tuple(_place(each, answer, href, offers, may_offer=may_offer) for each in answer.places[:MAX_SHOWN])
    rows = [(cell(each.words, f"{href}/slots/{each.slot_id}"), cell(each.sentence)) for each in answer.open[:MAX_SHOWN]]
    more = len(answer.places) + len(answer.open) - len(shown) - len(rows)
    return replace(
        view,
        places=shown,
        more=f"{plural(more, 'show')} more by the API, GET /api/v1{href}." if more else "",
        open=table("Shows without a host", "Show,Why", rows, "") if rows else None,
        promised=_promised(answer) if answer.promised else None,
        moved=_moved(answer) if run.replans else None,
        again=_again(href, answer) if allowed(principal, Action.ASK_PLAN) and len(answer.places) <= MAX_SHOWN else None,
    )


def _offers(principal: Principal) -> Offers:
    standing = services().contracts.offers.standing(principal.tenant_id)
    return {
        (offer.brief_id, show.starts_at, offer.creator_id): Link(label=f"Offer: {offer.state.value}", href=f"/offers/{offer.offer_id}")
        for offer in standing
        for show in offer.shows
    }


def _place(place: Place, answer: Outcome, href: str, offers: Offers, *, may_offer: bool) -> PlanPlace:
    currency, about = answer.currency, f"{answer.names[place.brand_id]}, {place.minutes} minutes."
    deal = offers.get((place.slot_id.rpartition(".")[0], place.starts_at, place.host_id))
    fee = f"for {money(place.fee_minor, currency)}"
    button = Button(label=f"Offer it to {place.host} {fee}", action=f"{href}/offers", hidden=(("slot_id", place.slot_id),))
    return PlanPlace(
        show=Link(label=place.words, href=f"{href}/slots/{place.slot_id}"),
        host=place.host,
        facts=f"{about} Expected to sell {money(place.value_minor, currency)} {fee}.{' Pinned.' if place.is_pinned else ''}",
        contest=_contest(place, currency),
        offer=button if may_offer and deal is None else None,
        deal=deal,
    )


def _contest(place: Place, currency: str) -> str:
    wanted = "; ".join(f"{each.words} lacks {money(each.lacks_minor, currency)}" for each in place.contenders)
    instead = f"With {place.next_best} instead it would sell {money(place.advantage_minor, currency)} less." if place.next_best else ""
    return " ".join(part for part in (f"Also wanted: {wanted}." if wanted else "", instead) if part)


def _promised(answer: Outcome) -> Table:
    rows = [
        (
            cell(each.words, f"/offers/{each.offer_id}"),
            cell(each.host),
            cell(money(each.fee_minor, answer.currency)),
            cell("booked" if each.is_booked else "offered"),
        )
        for each in answer.promised[:MAX_SHOWN]
    ]
    return table("Left as they are", "Show,Host,Fee,State", rows, "", numbers=(2,))


def _moved(answer: Outcome) -> Table:
    nobody = "nobody"
    rows = [
        (cell(each.words), cell(each.before or nobody), cell(each.after or nobody), cell(each.sentence))
        for each in answer.moved[:MAX_SHOWN]
    ]
    return table(f"What changed; {plural(answer.kept_places, 'place')} stayed", "Show,Before,Now,Why", rows, "Nothing changed.")


def _again(href: str, answer: Outcome) -> Form:
    counts = Counter((place.host, place.host_id) for place in answer.places)
    hosts = tuple(Choice(value=host_id, label=f"{name} ({plural(count, 'show')})") for (name, host_id), count in sorted(counts.items()))
    field = Field(name="creator_id", label="Without", choices=hosts, hint="All other places stay as they are, as far as that is possible.")
    return Form(title="Somebody called off?", action=f"{href}/again", button="Plan anew without this host", fields=(field,))

"""Parts of a booking's page: what was delivered, with each side's statements; other times and make-up shows, proposed and answered."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from chalicelib.bookings.states import Booking, State
from chalicelib.contracts.rules import show_id_of
from chalicelib.contracts.wording import percent
from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.core.errors import NotFound
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rearranging import NewMakeUp, OtherTime
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Finding, How, ShowState
from chalicelib.shows.rules.proposals import Answer, Proposal, ProposalState, answer_named
from chalicelib.web.pages.booking_frame import attempt
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, cell, deliverable_words, instant, name_of, state_cell, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.booking_delivery import DeliverableView, DeliveredSection, ProposalView, TimesSection
from chalicelib.web.views.bookings import Section
from chalicelib.web.views.common import Button, Status, Table, when
from chalicelib.web.views.forms import Field, Form
from chalicelib.wiring import services

OPEN = Status(word="Not stated", tone="neutral")
TO_ANSWER = Status(word="To be answered", tone="waiting")
OWED, DELIVERED = "What is to be delivered", "What was delivered"
YES_OR_NO = frozenset({DeliverableKind.HOST_APPEARS, DeliverableKind.LINKS_LIVE})
"""Of these a show has one or has not: no number says more."""
MOVABLE = frozenset({State.CONTRACTED, State.FUNDED})


class StatementForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a promise, in the words of who states it, and how they know."""

    kind: DeliverableKind
    result: DeliveryResult
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    how: How | None = None


class TimeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another time, as a clock in the booking's zone shows it, and why."""

    starts_at: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@routes.form("POST", "/console/bookings/{booking_id}/delivery", action=Action.RECORD_DELIVERY, body=StatementForm)
def state_delivery(call: Call[StatementForm], booking_id: str) -> Page | Redirect:
    """State what was delivered, for the reader's side."""
    booking, form = services().bookings.get(call.principal, booking_id), call.body

    def state() -> None:
        said = Statement(kind=form.kind, result=form.result, words=form.words, how=form.how)
        services().delivery.deliverables.state(call.principal, show_id_of(booking.booking_id), said)

    return attempt(call, booking_id, "delivery", state)


@routes.form("POST", "/console/bookings/{booking_id}/reschedules", action=Action.MOVE_SHOW, body=TimeForm)
def propose_other_time(call: Call[TimeForm], booking_id: str) -> Page | Redirect:
    """Propose another time for the show."""
    booking = services().bookings.get(call.principal, booking_id)

    def propose() -> None:
        wanted = OtherTime(starts_at=instant(call.body.starts_at, booking.timezone, "starts_at"), reason=call.body.reason)
        services().delivery.rearranging.propose_time(call.principal, booking_id, wanted, call.new_id("prp"))

    return attempt(call, booking_id, "reschedules", propose)


@routes.form("POST", "/console/bookings/{booking_id}/make-ups", action=Action.MOVE_SHOW, body=TimeForm)
def propose_a_make_up(call: Call[TimeForm], booking_id: str) -> Page | Redirect:
    """Propose a make-up show for the show."""
    booking = services().bookings.get(call.principal, booking_id)

    def propose() -> None:
        wanted = NewMakeUp(starts_at=instant(call.body.starts_at, booking.timezone, "starts_at"), reason=call.body.reason)
        services().delivery.rearranging.propose_make_up(call.principal, show_id_of(booking_id), wanted, call.new_id("prp"))

    return attempt(call, booking_id, "make-ups", propose)


@routes.form("POST", "/console/bookings/{booking_id}/proposals/{proposal_id}/{answer}", action=Action.MOVE_SHOW, body=NoBody)
def answer_a_proposal(call: Call[NoBody], booking_id: str, proposal_id: str, answer: str) -> Page | Redirect:
    """Accept, decline or take back a proposed time; an accepted one leads to the booking that takes this one's place."""

    def give() -> str | None:
        return services().delivery.rearranging.answer(call.principal, booking_id, proposal_id, answer_named(answer)).new_booking_id

    return attempt(call, booking_id, "proposals", give)


def delivered(call: Call[None], booking: Booking) -> Section | None:
    """What was owed at the show, what was measured, what each side says; None where nothing was promised or said."""
    if booking.state is State.RESCHEDULED or not allowed(call.principal, Action.SEE_SHOW):
        return None
    show_id = show_id_of(booking.booking_id)
    try:
        found = services().delivery.deliverables.of_show(call.principal, show_id)
    except NotFound:  # a show opens when the contract is signed
        return None
    if not found:
        return None
    view = DeliveredSection(
        heading=OWED if services().clock.now() < booking.starts_at else DELIVERED,
        deliverables=tuple(_deliverable(call.principal, booking, each) for each in found),
        how=tuple((each.value, each.value.replace("_", " ").capitalize()) for each in How),
        looks=_looks(show_id, booking.timezone),
    )
    return Section(template="deal/booking_deliverables.html", view=view)


def times(call: Call[None], booking: Booking) -> Section | None:
    """Other times that were proposed, with buttons to answer, and forms to propose one."""
    proposals = services().delivery.rearranging.of_booking(call.principal, booking.booking_id)
    forms = tuple(_forms(call.principal, booking))
    if not proposals and not forms:
        return None
    view = TimesSection(proposals=tuple(_proposal(call.principal, booking, each) for each in reversed(proposals)), forms=forms)
    return Section(template="deal/booking_times.html", view=view)


def _deliverable(principal: Principal, booking: Booking, finding: Finding) -> DeliverableView:
    zone = booking.timezone
    may_state = finding.is_open and allowed(principal, Action.RECORD_DELIVERY)
    return DeliverableView(
        kind=finding.kind.value,
        title=deliverable_words(finding.kind),
        status=OPEN if finding.outcome is None else status(finding.outcome.value),
        facts=tuple(_facts(finding, zone)),
        statements=tuple(
            f"{each.by.value.capitalize()}: {each.result.value.replace('_', ' ')}. {each.statement} ({when(each.moment.recorded_at, zone)})"
            for each in finding.statements
        ),
        action=f"/console/bookings/{booking.booking_id}/delivery" if may_state else None,
    )


def _facts(finding: Finding, zone: str) -> Iterator[str]:
    if finding.target is not None and finding.kind not in YES_OR_NO:
        yield f"Promised: {finding.target:,}"
    if finding.measured is not None:
        yield f"Measured: {finding.measured:,}"
    if finding.fee_off_basis_points:
        yield f"Where not met, {percent(finding.fee_off_basis_points)} of the show's flat fee is taken off"
    if finding.since is not None and finding.why is not None:
        yield f"So since {when(finding.since, zone)} ({finding.why.value})"
    if finding.answer_by is not None:
        yield f"To be contradicted by {when(finding.answer_by, zone)}"


def _looks(show_id: str, zone: str) -> Table | None:
    latest = services().delivery.probing.latest(show_id)
    if latest is None:
        return None
    rows = [
        (cell(look.url), state_cell(look.state.value, note=look.error or ""), cell("" if look.status is None else str(look.status)))
        for look in latest.looks
    ]
    return table(f"Product links, last looked at {when(latest.round_of, zone)}", "Link,State,Answer", rows, "There are no links.")


def _proposal(principal: Principal, booking: Booking, proposal: Proposal) -> ProposalView:
    what = "Make-up show" if proposal.kind.value == "make_up" else "Another time"
    is_open = proposal.state is ProposalState.OPEN
    until = f"to be answered by {when(proposal.expires_at, booking.timezone)}" if is_open else proposal.state.value
    by = name_of(booking.brand_id if proposal.proposed_by.value == "brand" else booking.creator_id)
    return ProposalView(
        title=f"{what}: {when(proposal.starts_at, booking.timezone)}",
        status=TO_ANSWER if is_open else status(proposal.state.value),
        words=f"Proposed by {by}; {until}. {proposal.reason}".strip(),
        buttons=tuple(_buttons(principal, booking, proposal)) if is_open else (),
    )


def _buttons(principal: Principal, booking: Booking, proposal: Proposal) -> Iterator[Button]:
    if not _is_party(principal):
        return
    base = f"/console/bookings/{booking.booking_id}/proposals/{proposal.proposal_id}"
    mine = (principal.tenant_id == booking.brand_id) == (proposal.proposed_by.value == "brand")
    if mine:
        yield Button(label="Take it back", action=f"{base}/{Answer.WITHDRAW.value}", tone="secondary")
        return
    yield Button(label=f"Accept {when(proposal.starts_at, booking.timezone)}", action=f"{base}/{Answer.ACCEPT.value}")
    yield Button(label="Decline", action=f"{base}/{Answer.DECLINE.value}", tone="secondary")


def _forms(principal: Principal, booking: Booking) -> Iterator[Form]:
    if not _is_party(principal):
        return
    base, now = f"/console/bookings/{booking.booking_id}", services().clock.now()
    fields = (
        Field(name="starts_at", label="New start", hint=f"On a quarter hour, as a clock in {booking.timezone} shows it.", kind="datetime"),
        Field(name="reason", label="Why", needed=False),
    )
    if booking.state in MOVABLE and now < booking.starts_at:
        yield Form(title="Propose another time", action=f"{base}/reschedules", button="Propose this time", fields=fields)
    if booking.state is State.COMPLETED and _make_ups_left(principal, booking):
        yield Form(title="Propose a make-up show", action=f"{base}/make-ups", button="Propose this show", fields=fields)


def _make_ups_left(principal: Principal, booking: Booking) -> bool:
    show = services().shows.show(show_id_of(booking.booking_id))
    found = services().delivery.rearranging.make_ups(principal, booking.contract_id)
    return show.state is ShowState.ENDED and any(show.show_id in each.for_shows and each.left for each in found)


def _is_party(principal: Principal) -> bool:
    return allowed(principal, Action.MOVE_SHOW) and principal.tenant_id != PLATFORM_TENANT

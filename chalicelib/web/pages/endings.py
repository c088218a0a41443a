"""The part of a booking's page about its end, with its forms: call it off, nobody appeared, dispute it, decide what is disputed."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from chalicelib.bookings.states import MOVES, Booking, Move
from chalicelib.core.access import Action, Principal
from chalicelib.core.errors import Invalid
from chalicelib.endings.disputes import Ruled
from chalicelib.endings.rules import words
from chalicelib.endings.rules.costs import Cost
from chalicelib.endings.rules.disputes import MAX_EVIDENCE, MAX_STATEMENT_CHARACTERS, Dispute, Verdict
from chalicelib.endings.service import Quote
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened, Side
from chalicelib.web.pages.booking_frame import attempt
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, cell, deliverable_words, instant, name_of, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.bookings import Section
from chalicelib.web.views.common import Status, money, when
from chalicelib.web.views.endings import DisputeView, EndingSection
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.wiring import services

TEMPLATE = "deal/booking_ending.html"
WHOLE_SHOW = "show"
OPEN = Status(word="Open", tone="waiting")
CALLED_OFF = {Happened.HOST_CANCELLED, Happened.BRAND_CANCELLED}
VERDICTS = {
    Verdict.UPHELD: Status(word="Upheld", tone="good"),
    Verdict.PARTLY: Status(word="Partly upheld", tone="good"),
    Verdict.OVERTURNED: Status(word="Rejected", tone="bad"),
    Verdict.LAPSED: Status(word="Lapsed", tone="neutral"),
}
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_STATEMENT_CHARACTERS)]
Evidence = Annotated[str, msgspec.Meta(max_length=500)]


class ConfirmForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and the amount that was shown."""

    confirmed_minor: int
    reason: Reason


class DisputeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong; evidence is separated by spaces."""

    about: Annotated[str, msgspec.Meta(max_length=40)]
    statement: Words
    evidence: Evidence = ""


class StatementForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a side says."""

    statement: Words
    evidence: Evidence = ""


class DecisionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator decides; a deliverable that is left empty is not decided.

    `called_off_at` is when a side gave notice, as a clock in the contract's zone shows it; left empty it was at the show's start.
    """

    verdict: Verdict
    finding: Happened
    reasons: Words
    host_appears: str = ""
    sessions: str = ""
    minutes_on_air: str = ""
    links_live: str = ""
    line_up_shown: str = ""
    called_off_at: Annotated[str, msgspec.Meta(max_length=40)] = ""


def section(call: Call[None], booking: Booking) -> Section | None:
    """The part of the page, where there is something to say or to do."""
    disputes = services().endings.disputes.of_booking(call.principal, booking.booking_id)
    offered = [each for each in (_cancel(call.principal, booking), _missed(call.principal, booking)) if each is not None]
    forms = [each for each in offered if isinstance(each, Form)]
    closed = tuple(each for each in offered if isinstance(each, str))
    forms += _disputing(call.principal, booking, disputes)
    if not (forms or closed or disputes):
        return None
    view = EndingSection(forms=tuple(forms), closed=closed, disputes=tuple(_dispute(booking, each) for each in disputes))
    return Section(template=TEMPLATE, view=view)


@routes.form("POST", "/console/bookings/{booking_id}/cancellation", action=Action.CANCEL_BOOKING, body=ConfirmForm)
def cancel_booking(call: Call[ConfirmForm], booking_id: str) -> Page | Redirect:
    """Call the show off, at the cost that was shown."""

    def cancel() -> None:
        services().endings.cancel(call.principal, booking_id, confirmed_minor=call.body.confirmed_minor, reason=call.body.reason)

    return attempt(call, booking_id, "cancellation", cancel)


@routes.form("POST", "/console/bookings/{booking_id}/no-show", action=Action.REPORT_NO_SHOW, body=ConfirmForm)
def report_no_show(call: Call[ConfirmForm], booking_id: str) -> Page | Redirect:
    """Say that the host did not appear."""

    def report() -> None:
        services().endings.report_no_show(call.principal, booking_id, confirmed_minor=call.body.confirmed_minor, statement=call.body.reason)

    return attempt(call, booking_id, "no-show", report)


@routes.form("POST", "/console/bookings/{booking_id}/disputes", action=Action.DISPUTE_BOOKING, body=DisputeForm)
def dispute_booking(call: Call[DisputeForm], booking_id: str) -> Page | Redirect:
    """Dispute the show, or a deliverable."""
    body, disputes = call.body, services().endings.disputes

    def dispute() -> None:
        about = None if body.about == WHOLE_SHOW else _kind(body.about)
        disputes.dispute(call.principal, booking_id, about=about, statement=body.statement, evidence=_evidence(body.evidence))

    return attempt(call, booking_id, "disputes", dispute)


@routes.form("POST", "/console/bookings/{booking_id}/disputes/statements", action=Action.DISPUTE_BOOKING, body=StatementForm)
def state(call: Call[StatementForm], booking_id: str) -> Page | Redirect:
    """Say more about the open dispute."""

    def say() -> None:
        evidence = _evidence(call.body.evidence)
        services().endings.disputes.state(call.principal, booking_id, statement=call.body.statement, evidence=evidence)

    return attempt(call, booking_id, "disputes/statements", say)


@routes.form("POST", "/console/bookings/{booking_id}/disputes/decision", action=Action.DECIDE_DISPUTES, body=DecisionForm)
def decide_dispute(call: Call[DecisionForm], booking_id: str) -> Page | Redirect:
    """Decide the open dispute."""
    body, booking = call.body, services().bookings.get(call.principal, booking_id)
    results = tuple(
        (kind, DeliveryResult(value)) for kind in DeliverableKind if (value := str(getattr(body, kind.value))) in {"met", "not_met"}
    )

    def decide() -> None:
        called_off_at = instant(body.called_off_at, _zone(booking), "called_off_at") if body.called_off_at.strip() else None
        ruled = Ruled(verdict=body.verdict, finding=body.finding, reasons=body.reasons, results=results, called_off_at=called_off_at)
        services().endings.disputes.decide(call.principal, booking_id, ruled)

    return attempt(call, booking_id, "disputes/decision", decide)


def _kind(name: str) -> DeliverableKind:
    try:
        return DeliverableKind(name)
    except ValueError:
        raise Invalid("Choose the show, or one of its deliverables.", fields={"about": "unknown"}) from None


def _evidence(text: str) -> tuple[str, ...]:
    return tuple(text.split())[: MAX_EVIDENCE + 1]


def _base(booking: Booking) -> str:
    return f"/console/bookings/{booking.booking_id}"


def owed_words(booking: Booking, cost: Cost) -> str:
    """``Nadia Hart owes Kettles £150.00``: who owes whom, by name."""
    if cost.owed_by is None:
        return "nobody owes anything"
    sides = (booking.creator_id, booking.brand_id)
    debtor, creditor = sides if cost.owed_by is Side.HOST else sides[::-1]
    return f"{name_of(debtor)} owes {name_of(creditor)} {money(cost.owed_minor, cost.currency)}"


def _cancel(principal: Principal, booking: Booking) -> Form | str | None:
    if Move.CANCEL not in MOVES[booking.state] or not _is_side(principal, booking, Action.CANCEL_BOOKING):
        return None
    quote = services().endings.cancellation(principal, booking.booking_id)
    return _confirm(booking, quote, "Call the show off", "cancellation", "Why do you call it off?")


def _missed(principal: Principal, booking: Booking) -> Form | str | None:
    not_started = {Move.START, Move.MISS} <= set(MOVES[booking.state])
    if not not_started or not allowed(principal, Action.REPORT_NO_SHOW):
        return None
    quote = services().endings.no_show(principal, booking.booking_id)
    return _confirm(booking, quote, "The host did not appear", "no-show", "What did you see?")


def _confirm(booking: Booking, quote: Quote, title: str, path: str, label: str) -> Form | str:
    if quote.cost is None:
        return f"{title}: {quote.refused}"
    return Form(
        title=title,
        action=f"{_base(booking)}/{path}",
        button=f"{title}: {owed_words(booking, quote.cost)}",
        fields=(Field(name="reason", label=label),),
        tone="danger",
        note=quote.sentence,
        hidden=(("confirmed_minor", str(quote.confirmed_minor)),),
    )


def _disputing(principal: Principal, booking: Booking, disputes: Iterable[Dispute]) -> Iterator[Form]:
    waiting = next((each for each in disputes if each.is_open), None)
    side = _is_side(principal, booking, Action.DISPUTE_BOOKING)
    statement = Field(name="statement", label="What happened?", kind="long")
    evidence = Field(name="evidence", label="Evidence", hint="Addresses or ids, separated by spaces.", needed=False)
    base = f"{_base(booking)}/disputes"
    now = services().clock.now()
    if waiting is not None and side and now < waiting.state_by:
        yield Form(title="Say your part", action=f"{base}/statements", button="Add this statement", fields=(statement, evidence))
    if waiting is not None and allowed(principal, Action.DECIDE_DISPUTES):
        yield _decision(booking, waiting)
    if side and services().endings.disputes.why_not(booking) is None:
        kinds = sorted(services().endings.disputes.kinds(booking))
        choices = (
            Choice(value=WHOLE_SHOW, label="The show as a whole"),
            *(Choice(value=kind, label=deliverable_words(kind)) for kind in kinds),
        )
        about = Field(name="about", label="What is wrong?", choices=choices)
        note = "The money of this show rests until it is decided. Both sides say their part; an operator decides with reasons."
        yield Form(title="Dispute it", action=base, button="Dispute it", fields=(about, statement, evidence), tone="secondary", note=note)


def _decision(booking: Booking, dispute: Dispute) -> Form:
    """Each finding with what it would cost; of a deliverable alone only whether it was met."""
    costs = services().endings.disputes.costs(booking)
    findings = costs if dispute.about is None else {Happened.TOOK_PLACE: costs[Happened.TOOK_PLACE]}
    choices = tuple(
        Choice(value=finding, label=f"{words.FINDINGS[finding]}: {owed_words(booking, cost)}") for finding, cost in findings.items()
    )
    asked = sorted(services().endings.disputes.kinds(booking)) if dispute.about is None else [dispute.about.value]
    results = (Choice(value="", label="Not decided"), Choice(value="met", label="Met"), Choice(value="not_met", label="Not met"))
    return Form(
        title="Decide",
        action=f"{_base(booking)}/disputes/decision",
        button="Decide, and book it",
        fields=(
            Field(
                name="verdict",
                label="The claim is",
                choices=tuple(Choice(value=each, label=VERDICTS[each].word) for each in Verdict if each is not Verdict.LAPSED),
            ),
            Field(name="finding", label="What really happened", choices=choices),
            *_notice_given(booking, findings),
            *(Field(name=kind, label=deliverable_words(kind), choices=results, needed=False) for kind in asked),
            Field(name="reasons", label="Reasons", kind="long", hint="Both sides read them."),
        ),
    )


def _notice_given(booking: Booking, findings: Iterable[Happened]) -> Iterator[Field]:
    """When a side called the show off, where that may be found: what it costs goes by the hours that were left."""
    if CALLED_OFF & set(findings):
        hint = f"In {_zone(booking)}, where a side called it off and the evidence shows when. Left empty, it counts as at the show's start."
        yield Field(name="called_off_at", label="When notice was given", kind="datetime", hint=hint, needed=False)


def _zone(booking: Booking) -> str:
    """The zone of the contract, whose table the hours are for."""
    return services().contracts.contract(booking.contract_id).terms.timezone


def _dispute(booking: Booking, dispute: Dispute) -> DisputeView:
    about = "The show" if dispute.about is None else deliverable_words(dispute.about)
    names = {Side.BRAND: name_of(booking.brand_id), Side.HOST: name_of(booking.creator_id)}
    rows = [
        (cell(names[each.side]), cell(when(each.at, booking.timezone)), cell(each.text, note="; ".join(each.evidence)))
        for each in dispute.statements
    ]
    decision = dispute.decision
    return DisputeView(
        title=f"{about} is disputed by {names[dispute.raised_by]}" if decision is None else f"{about} was disputed",
        status=OPEN if decision is None else VERDICTS[decision.verdict],
        deadlines=(
            f"Both sides say their part until {when(dispute.state_by, booking.timezone)}; "
            f"it is decided by {when(dispute.decide_by, booking.timezone)}, or what was recorded stands."
        ),
        statements=table("Statements", "Side,When,Statement", rows, "Nobody has said anything."),
        decision="" if decision is None else f"{words.FINDINGS[decision.finding]}. {words.sentence(decision.reasons)}",
    )


def _is_side(principal: Principal, booking: Booking, action: Action) -> bool:
    return allowed(principal, action) and principal.tenant_id in {booking.brand_id, booking.creator_id, booking.agency_id}

"""Routes of a show's end: call it off, say that nobody appeared, dispute what was recorded, decide what was disputed."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.bookings.states import Booking
from chalicelib.core.access import Action
from chalicelib.endings.disputes import Ruled
from chalicelib.endings.rules.costs import Cost
from chalicelib.endings.rules.disputes import MAX_EVIDENCE, MAX_STATEMENT_CHARACTERS, Dispute, Verdict
from chalicelib.endings.service import Quote
from chalicelib.shows.rules import DeliverableKind, DeliveryResult, Happened
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

Minor = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_STATEMENT_CHARACTERS)]
Evidence = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=500)], ...], msgspec.Meta(max_length=MAX_EVIDENCE)]


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and `confirmed_minor` of the cost that was shown: it is refused where it costs something else by now."""

    confirmed_minor: Minor
    reason: Reason


class NoShowBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen, and `confirmed_minor` of the cost that was shown."""

    confirmed_minor: Minor
    statement: Reason


class DisputeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong, with evidence (addresses or ids); `about` names a deliverable, without it the dispute is about the whole show."""

    statement: Words
    about: DeliverableKind | None = None
    evidence: Evidence = ()


class StatementBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a side says, with evidence."""

    statement: Words
    evidence: Evidence = ()


class ResultBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a deliverable was met."""

    kind: DeliverableKind
    result: DeliveryResult


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the claim, what really happened and why. `called_off_at` is when a side gave notice, where it called the show off."""

    verdict: Verdict
    finding: Happened
    reasons: Words
    results: Annotated[tuple[ResultBody, ...], msgspec.Meta(max_length=len(DeliverableKind))] = ()
    called_off_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


@routes.api("GET", "/api/v1/bookings/{booking_id}/cancellation", action=Action.CANCEL_BOOKING)
def see_cancellation(call: Call[None], booking_id: str) -> Quote:
    """What it would cost the caller's side to call the show off now."""
    return services().endings.cancellation(call.principal, booking_id)


@routes.api("POST", "/api/v1/bookings/{booking_id}/cancellation", action=Action.CANCEL_BOOKING, body=CancelBody)
def cancel_booking(call: Call[CancelBody], booking_id: str) -> Booking:
    """Call the show off, at the cost that was shown."""
    body = call.body
    return services().endings.cancel(call.principal, booking_id, confirmed_minor=body.confirmed_minor, reason=body.reason)


@routes.api("GET", "/api/v1/bookings/{booking_id}/no-show", action=Action.REPORT_NO_SHOW)
def see_no_show(call: Call[None], booking_id: str) -> Quote:
    """What it would cost the host that nobody appeared."""
    return services().endings.no_show(call.principal, booking_id)


@routes.api("POST", "/api/v1/bookings/{booking_id}/no-show", action=Action.REPORT_NO_SHOW, body=NoShowBody)
def report_no_show(call: Call[NoShowBody], booking_id: str) -> Booking:
    """Say that the host did not appear."""
    body = call.body
    return services().endings.report_no_show(call.principal, booking_id, confirmed_minor=body.confirmed_minor, statement=body.statement)


@routes.api("GET", "/api/v1/bookings/{booking_id}/disputes", action=Action.SEE_DEAL)
def see_disputes(call: Call[None], booking_id: str) -> tuple[Dispute, ...]:
    """All disputes of a booking, oldest first."""
    return services().endings.disputes.of_booking(call.principal, booking_id)


@routes.api("POST", "/api/v1/bookings/{booking_id}/disputes", action=Action.DISPUTE_BOOKING, body=DisputeBody, status=201)
def dispute_booking(call: Call[DisputeBody], booking_id: str) -> Dispute:
    """Dispute what was recorded of a show or of a deliverable."""
    body = call.body
    return services().endings.disputes.dispute(
        call.principal, booking_id, about=body.about, statement=body.statement, evidence=body.evidence
    )


@routes.api("POST", "/api/v1/bookings/{booking_id}/disputes/statements", action=Action.DISPUTE_BOOKING, body=StatementBody, status=201)
def state(call: Call[StatementBody], booking_id: str) -> Dispute:
    """Say more about the open dispute."""
    body = call.body
    return services().endings.disputes.state(call.principal, booking_id, statement=body.statement, evidence=body.evidence)


@routes.api("GET", "/api/v1/bookings/{booking_id}/disputes/outcomes", action=Action.DECIDE_DISPUTES)
def see_outcomes(call: Call[None], booking_id: str) -> dict[Happened, Cost]:
    """What each finding about the whole show would cost."""
    return dict(services().endings.disputes.costs(services().bookings.get(call.principal, booking_id)))


@routes.api("POST", "/api/v1/bookings/{booking_id}/disputes/decision", action=Action.DECIDE_DISPUTES, body=DecisionBody)
def decide_dispute(call: Call[DecisionBody], booking_id: str) -> Dispute:
    """Decide the open dispute with reasons; the decision is booked."""
    body = call.body
    ruled = Ruled(
        verdict=body.verdict,
        finding=body.finding,
        reasons=body.reasons,
        results=tuple((each.kind, each.result) for each in body.results),
        called_off_at=body.called_off_at,
    )
    return services().endings.disputes.decide(call.principal, booking_id, ruled)


@routes.api("GET", "/api/v1/disputes", action=Action.DECIDE_DISPUTES)
def list_disputes(call: Call[None]) -> tuple[Dispute, ...]:  # noqa: ARG001  # every operator sees the same
    """Open disputes, the most urgent first."""
    return services().endings.disputes.open_ones()

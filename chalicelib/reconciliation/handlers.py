"""Routes of reconciliation, the journal and period close."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.reconciliation.cases import Case
from chalicelib.reconciliation.service import RunWithReport
from chalicelib.reconciliation.store import Period, Run
from chalicelib.web.routes import Call, NoBody, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A colleague's address, or null."""

    email: Annotated[str, msgspec.Meta(max_length=254)] | None


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out."""

    text: Reason


class WriteOffReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; it stands in the books for ever."""

    reason: Reason


CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "beancount": "text/plain; charset=utf-8"}


@routes.api("POST", "/api/v1/reconciliations", action=Action.RECONCILE, status=202)
def request_reconciliation(call: Call[None]) -> Run:
    """Reconcile now: files, store, ledger and Stripe."""
    return services().reconciliation.request(call.principal, report_id=call.new_id("rec"))


@routes.api("GET", "/api/v1/reconciliations", action=Action.RECONCILE)
def list_reconciliations(call: Call[None]) -> list[Run]:  # noqa: ARG001  # finance sees all of them
    """The newest reconciliations first."""
    return services().reconciliation.runs()


@routes.api("GET", "/api/v1/reconciliations/{report_id}", action=Action.RECONCILE)
def see_reconciliation(call: Call[None], report_id: str) -> RunWithReport:  # noqa: ARG001
    """One reconciliation with its exceptions."""
    return services().reconciliation.get(report_id)


@routes.api("GET", "/api/v1/exceptions", action=Action.RECONCILE)
def list_exceptions(call: Call[None]) -> tuple[Case, ...]:
    """Open exceptions, the oldest first; with ``?resolved=1`` the resolved ones."""
    return services().reconciliation.exceptions.list(resolved="resolved" in call.query)


@routes.api("GET", "/api/v1/exceptions/{exception_id}", action=Action.RECONCILE)
def see_exception(call: Call[None], exception_id: str) -> Case:  # noqa: ARG001  # finance sees all of them
    """One exception with its history."""
    return services().reconciliation.exceptions.get(exception_id)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/owner", action=Action.RECONCILE, body=Owner)
def assign_exception(call: Call[Owner], exception_id: str) -> Case:
    """Make it a colleague's work, or with null nobody's."""
    return services().reconciliation.exceptions.assign(call.principal, exception_id, call.body.email)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/comments", action=Action.RECONCILE, body=Comment)
def comment_exception(call: Call[Comment], exception_id: str) -> Case:
    """Say what was found out."""
    return services().reconciliation.exceptions.comment(call.principal, exception_id, call.body.text)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/write-off", action=Action.PROPOSE_WRITE_OFF, body=WriteOffReason)
def propose_write_off(call: Call[WriteOffReason], exception_id: str) -> Case:
    """Propose to book a drift between ledger and Stripe away."""
    return services().reconciliation.exceptions.propose_write_off(call.principal, exception_id, call.body.reason)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/write-off/approve", action=Action.APPROVE_WRITE_OFF, body=NoBody)
def approve_write_off(call: Call[NoBody], exception_id: str) -> Case:
    """A second person's yes: it is booked."""
    return services().reconciliation.exceptions.approve_write_off(call.principal, exception_id)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/write-off/reject", action=Action.PROPOSE_WRITE_OFF, body=WriteOffReason)
def reject_write_off(call: Call[WriteOffReason], exception_id: str) -> Case:
    """No, with a reason; who proposed it takes it back so."""
    return services().reconciliation.exceptions.reject_write_off(call.principal, exception_id, call.body.reason)


@routes.api("GET", "/api/v1/periods", action=Action.RECONCILE)
def list_periods(call: Call[None]) -> list[Period]:  # noqa: ARG001
    """The closed periods in order."""
    return services().reconciliation.periods()


@routes.api("POST", "/api/v1/periods/{period}/close", action=Action.CLOSE_PERIOD)
def close_period(call: Call[None], period: str) -> Period:
    """Close a month for ever, once nothing is unexplained."""
    return services().reconciliation.close(call.principal, period)


@routes.api("GET", "/api/v1/periods/{period}/journal", action=Action.SEE_LEDGER)
def download_journal(call: Call[None], period: str) -> TextFile:
    """A month's journal as CSV, or with ?format=beancount as beancount text."""
    format_ = call.query.get("format", "csv")
    body = services().reconciliation.journal(period, format_)
    return TextFile(content_type=CONTENT_TYPES[format_], body=body, filename=f"primetime-{period}.{format_}")

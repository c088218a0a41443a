"""Routes of reconciliation, exceptions, Stripe's reports, the journal and period close."""

from datetime import date
from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.reconciliation.cases import Case
from chalicelib.reconciliation.clearing import Target
from chalicelib.reconciliation.records import PayeePayout, StripeReport
from chalicelib.reconciliation.service import RunWithReport
from chalicelib.reconciliation.store import Period, Run
from chalicelib.reconciliation.stripe_reports import MAX_FILENAME_CHARACTERS, AnnouncedReport, ReportUpload
from chalicelib.sales.feeds.read import MAX_IMPORT_BYTES
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


class Booking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a drift is booked to; a brand's prepaid money is that of a contract."""

    target: Target
    contract_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same, and why; it stands in the books for ever."""

    target: Target
    reason: Reason
    contract_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class NewStripeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of Stripe's itemized reports (CSV) that is to be uploaded, and the days (UTC, both included) that it holds in full."""

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_FILENAME_CHARACTERS)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53, description=f"At most {MAX_IMPORT_BYTES} bytes are taken.")]
    first_day: date | None = None
    last_day: date | None = None


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
def see_reconciliation(call: Call[None], report_id: str) -> RunWithReport:
    """One reconciliation with its exceptions, a page of them; the next one is ?after an exception's id. `run.exceptions` counts all."""
    return services().reconciliation.get(report_id).page(call.query.get("after"))


@routes.api("GET", "/api/v1/exceptions", action=Action.RECONCILE)
def list_exceptions(call: Call[None]) -> tuple[Case, ...]:
    """A page of open exceptions, the oldest first; with ?resolved=1 the resolved ones, the newest first. The next page is ?after an id."""
    return services().reconciliation.exceptions.list(resolved="resolved" in call.query, after=call.query.get("after"))


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
    return services().reconciliation.exceptions.reject(call.principal, exception_id, call.body.reason)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/booking", action=Action.PROPOSE_WRITE_OFF, body=NewBooking)
def propose_booking(call: Call[NewBooking], exception_id: str) -> Case:
    """Propose to book a drift between ledger and Stripe to what it is."""
    asked = call.body
    return services().reconciliation.exceptions.propose_booking(call.principal, exception_id, asked.reason, asked.target, asked.contract_id)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/booking/approve", action=Action.APPROVE_WRITE_OFF, body=Booking)
def approve_booking(call: Call[Booking], exception_id: str) -> Case:
    """A second person's yes to this target, as it was proposed: it is booked."""
    return services().reconciliation.exceptions.approve_booking(call.principal, exception_id, call.body.target, call.body.contract_id)


@routes.api("POST", "/api/v1/exceptions/{exception_id}/booking/reject", action=Action.PROPOSE_WRITE_OFF, body=WriteOffReason)
def reject_booking(call: Call[WriteOffReason], exception_id: str) -> Case:
    """No, with a reason; who proposed it takes it back so."""
    return services().reconciliation.exceptions.reject(call.principal, exception_id, call.body.reason)


@routes.api("POST", "/api/v1/stripe-reports", action=Action.RECONCILE, body=NewStripeReport, status=201)
def start_stripe_report(call: Call[NewStripeReport]) -> ReportUpload:
    """Announce one of Stripe's reports; the answer says where to PUT its bytes. It is compared from the next reconciliation on."""
    body = call.body
    announced = AnnouncedReport(
        filename=body.filename, sha256=body.sha256, size_bytes=body.size_bytes, first_day=body.first_day, last_day=body.last_day
    )
    return services().reconciliation.reports.start(call.principal, announced)


@routes.api("GET", "/api/v1/stripe-reports", action=Action.RECONCILE)
def list_stripe_reports(call: Call[None]) -> tuple[StripeReport, ...]:  # noqa: ARG001  # finance sees all of them
    """The newest of Stripe's reports first."""
    return services().reconciliation.reports.newest()


@routes.api("GET", "/api/v1/stripe-reports/{report_id}", action=Action.RECONCILE)
def see_stripe_report(call: Call[None], report_id: str) -> StripeReport:  # noqa: ARG001
    """Where one of Stripe's reports stands."""
    return services().reconciliation.reports.get(report_id)


@routes.api("POST", "/api/v1/stripe-reports/{report_id}/withdraw", action=Action.APPROVE_WRITE_OFF, body=WriteOffReason)
def withdraw_stripe_report(call: Call[WriteOffReason], report_id: str) -> StripeReport:
    """Compare a report no more that was brought by mistake; a second person does it."""
    return services().reconciliation.reports.withdraw(call.principal, report_id, call.body.reason)


@routes.api("GET", "/api/v1/payee-payouts", action=Action.SEE_SETTLEMENTS)
def list_payee_payouts(call: Call[None]) -> tuple[PayeePayout, ...]:
    """The newest automatic payouts to banks with the transfers that they paid out: a payee's own, or all for finance."""
    return services().reconciliation.payee_payouts.newest(call.principal)


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

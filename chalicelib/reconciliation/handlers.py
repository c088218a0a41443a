"""Routes of reconciliation, the journal and period close."""

from chalicelib.core.access import Action
from chalicelib.reconciliation.service import RunWithReport
from chalicelib.reconciliation.store import Period, Run
from chalicelib.web.routes import Call, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "beancount": "text/plain; charset=utf-8"}


@routes.api("POST", "/api/v1/reconciliations", action=Action.RECONCILE, status=202)
def request_reconciliation(call: Call[None]) -> Run:
    """Reconcile now: files, store, ledger and Stripe."""
    return services().reconciliation.request(call.principal)


@routes.api("GET", "/api/v1/reconciliations", action=Action.RECONCILE)
def list_reconciliations(call: Call[None]) -> list[Run]:  # noqa: ARG001  # finance sees all of them
    """The newest reconciliations first."""
    return services().reconciliation.runs()


@routes.api("GET", "/api/v1/reconciliations/{report_id}", action=Action.RECONCILE)
def see_reconciliation(call: Call[None], report_id: str) -> RunWithReport:  # noqa: ARG001
    """One reconciliation with its exceptions."""
    return services().reconciliation.get(report_id)


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

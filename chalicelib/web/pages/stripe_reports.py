"""Stripe's own reports: bring one, see what was read of it, withdraw one that was brought by mistake."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Principal
from chalicelib.reconciliation.records import ReportState, StripeReport
from chalicelib.sales.feeds.read import MAX_IMPORT_BYTES
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, amounts, cell, person, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Cell, Figure, Notice, Status, Table, when
from chalicelib.web.views.money import StripeReportsPage, TextForm
from chalicelib.wiring import services

ADDRESS = "/finance/stripe-reports"
MEGABYTE = 1024 * 1024
STATES = {
    ReportState.AWAITING_UPLOAD: Status(word="Being read", tone="waiting"),
    ReportState.KEPT: Status(word="Compared", tone="good"),
    ReportState.REFUSED: Status(word="Refused", tone="bad"),
    ReportState.WITHDRAWN: Status(word="Withdrawn", tone="neutral"),
}
WORDS = (
    "Download an itemized report at Stripe (balance change from activity, or payout reconciliation) and bring it here. Each reconciliation "
    "compares it with Stripe's API and with the ledger."
)


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a report is not to be compared any more."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


@routes.page("GET", ADDRESS, action=Action.RECONCILE)
def stripe_reports_page(call: Call[None]) -> Page:
    """All of them, and the form to bring one."""
    view = StripeReportsPage(
        title="Stripe's reports",
        words=WORDS,
        recent=_recent(call.principal),
        start_url="/api/v1/stripe-reports",
        reports_url=ADDRESS,
        max_bytes=MAX_IMPORT_BYTES,
        max_size=f"{MAX_IMPORT_BYTES // MEGABYTE} MiB",
    )
    return Page(template="reconciliation/reports.html", view=view)


@routes.page("GET", ADDRESS + "/{report_id}", action=Action.RECONCILE)
def stripe_report_page(call: Call[None], report_id: str) -> Page:
    """One of them."""
    report = services().reconciliation.reports.get(report_id)
    waits = report.state is ReportState.AWAITING_UPLOAD
    view = StripeReportsPage(
        title=report.filename,
        words=f"Brought by {person(call.principal, report.brought_by)} on {when(report.brought_at, UTC_ZONE)}.",
        recent=_recent(call.principal),
        status=STATES[report.state],
        figures=tuple(_figures(report)),
        notice=Notice(text=report.reason, tone="bad" if report.state is ReportState.REFUSED else "neutral") if report.reason else None,
        waiting_at=f"{ADDRESS}/{report_id}" if waits else "",
        forms=tuple(_forms(call.principal, report)),
    )
    return Page(template="reconciliation/reports.html", view=view)


@routes.form("POST", ADDRESS + "/{report_id}/withdraw", action=Action.APPROVE_WRITE_OFF, body=Withdrawal)
def withdraw_report(call: Call[Withdrawal], report_id: str) -> Redirect:
    """A second person takes it out of the comparison."""
    services().reconciliation.reports.withdraw(call.principal, report_id, call.body.reason)
    return Redirect(path=f"{ADDRESS}/{report_id}")


def _figures(report: StripeReport) -> Iterator[Figure]:
    yield Figure(label="Rows", value=f"{report.rows:,}", hint="each a balance transaction")
    yield Figure(label="Net", value=amounts(report.net_minor))
    yield Figure(label="Holds in full", value=_days(report) or "no days", hint="UTC" if report.first_day else "what it has is compared")
    yield Figure(label="SHA-256", value=report.sha256[:12], hint=report.sha256)


def _forms(principal: Principal, report: StripeReport) -> Iterator[TextForm]:
    mine = report.brought_by == principal.user_id
    if report.state is ReportState.KEPT and not mine and allowed(principal, Action.APPROVE_WRITE_OFF):
        yield TextForm(
            label="Withdraw it because",
            button="Withdraw the report",
            action=f"{ADDRESS}/{report.report_id}/withdraw",
            name="reason",
            hint="It is not compared any more. What Stripe's API says is compared in any case.",
        )


def _recent(principal: Principal) -> Table:
    return table(
        "Reports",
        "File,Days,Rows,Net,Brought,State",
        [_row(principal, report) for report in services().reconciliation.reports.newest()],
        "No report was brought yet.",
        numbers=(2, 3),
    )


def _row(principal: Principal, report: StripeReport) -> tuple[Cell, ...]:
    return (
        cell(report.filename, f"{ADDRESS}/{report.report_id}"),
        cell(_days(report)),
        cell(f"{report.rows:,}"),
        cell(amounts(report.net_minor)),
        cell(when(report.brought_at, UTC_ZONE), note=person(principal, report.brought_by)),
        Cell(text="", status=STATES[report.state]),
    )


def _days(report: StripeReport) -> str:
    return f"{report.first_day} to {report.last_day}" if report.first_day else ""

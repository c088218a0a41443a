"""Stripe's reports in the reconciliation table.

stripe-reports / <report id>       each report that was announced, newest last
stripe-report-files / <SHA-256>    which report took these bytes
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.core.clock import iso
from chalicelib.reconciliation.records import NoSuchStripeReport, ReportChanged, ReportKnown, ReportState, StripeReport


class StripeReportItem(Item):
    """A report; `state` repeats that of the record for conditions."""

    TABLE = "reconciliation"
    report = Record(StripeReport)
    state = UnicodeAttribute()


class StripeReportFileItem(Item):
    """That these bytes were taken."""

    TABLE = "reconciliation"
    report_id = UnicodeAttribute()


class StripeReportStore:
    """Reads and writes of reports."""

    def add(self, report: StripeReport) -> None:
        """Remember an announced report."""
        _item(report).save()

    def report(self, report_id: str) -> StripeReport:
        """A report. Raises `NoSuchStripeReport`."""
        item = StripeReportItem.find("stripe-reports", report_id)
        if item is None:
            raise NoSuchStripeReport("There is no such report. Look in the list of Stripe's reports.")
        return item.report

    def newest(self, limit: int) -> tuple[StripeReport, ...]:
        """The newest reports first."""
        return tuple(islice((item.report for item in StripeReportItem.under("stripe-reports", newest_first=True)), limit))

    def kept(self) -> Iterator[StripeReport]:
        """All reports that are compared, oldest first."""
        yield from (item.report for item in StripeReportItem.under("stripe-reports") if item.report.state is ReportState.KEPT)

    def taken_by(self, sha256: str) -> str | None:
        """The report that has taken these bytes."""
        item = StripeReportFileItem.find("stripe-report-files", sha256)
        return None if item is None else item.report_id

    def keep(self, report: StripeReport) -> None:
        """Take the bytes for this report. Raises `ReportKnown` when another has them, `ReportChanged` when it has ended."""
        known = ReportKnown("This report was brought before. Nothing was added.")
        taken = StripeReportFileItem("stripe-report-files", report.sha256, report_id=report.report_id)
        self._move(Transaction().put_new(taken, known), report, ReportState.AWAITING_UPLOAD)

    def refuse(self, report: StripeReport) -> None:
        """End a report that cannot be taken. Raises `ReportChanged`."""
        self._move(Transaction(), report, ReportState.AWAITING_UPLOAD)

    def withdraw(self, report: StripeReport) -> None:
        """Compare it no more; its bytes may be brought again. Raises `ReportChanged`."""
        taken = StripeReportFileItem("stripe-report-files", report.sha256)
        self._move(Transaction().delete(taken), report, ReportState.KEPT)

    def announce(self, topic: str, report_id: str, now: datetime) -> None:
        """Tell the worker."""
        Transaction().announce(topic, report_id, iso(now)).commit()

    def _move(self, writes: Transaction, after: StripeReport, before: ReportState) -> None:
        changed = ReportChanged("The report has changed in the meantime. Load it again.")
        writes.put(_item(after), StripeReportItem.state == before.value, changed).commit()


def _item(report: StripeReport) -> StripeReportItem:
    return StripeReportItem("stripe-reports", report.report_id, report=report, state=report.state)

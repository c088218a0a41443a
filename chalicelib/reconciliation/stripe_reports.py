"""Stripe's own reports as finance brings them: announced, uploaded to the bucket, read once, kept by their hash, compared from then on.

A report is evidence, so it is taken whole or refused; one that was brought by mistake (of another account, say) is withdrawn by a second
person, with a reason. A withdrawn report is kept, it is only not compared any more: what Stripe's API says is compared in any case.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.ids import new_id
from chalicelib.reconciliation.records import ReportChanged, ReportKnown, ReportState, StripeReport
from chalicelib.reconciliation.report_store import StripeReportStore
from chalicelib.reconciliation.stripe_report import ReportRow, rows_of
from chalicelib.sales.feeds.profile import FileRefused
from chalicelib.sales.feeds.read import check_size
from chalicelib.sales.files import UPLOAD_HEADERS, UPLOAD_SECONDS, UPLOAD_TYPE, UPLOADS_PREFIX, chunks
from chalicelib.sales.service import sha256_of

TAKE_IN_TOPIC = "stripe_report.take_in"
MAX_REPORTS_LISTED = 100
MAX_FILENAME_CHARACTERS = 120
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadReport(Invalid):
    """What was said about the report cannot be."""


class OwnReport(Forbidden):
    """Who brought a report cannot withdraw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedReport:
    """A report that is to be uploaded, and the days (UTC, both included) that it holds in full; None where it does not claim to."""

    filename: str
    sha256: str
    size_bytes: int
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUpload:
    """Where to PUT the announced bytes, with which headers, and how long that works."""

    report_id: str
    url: str
    headers: Mapping[str, str]
    expires_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """A kept report with its rows."""

    report: StripeReport
    rows: tuple[ReportRow, ...]


class StripeReports:
    """Use cases of reports."""

    def __init__(self, *, store: StripeReportStore, uploads: ObjectStore, records: ObjectStore, clock: Clock) -> None:
        """Reports arrive in `uploads` and are kept in `records`."""
        self._store = store
        self._uploads = uploads
        self._records = records
        self._clock = clock

    def start(self, principal: Principal, announced: AnnouncedReport) -> ReportUpload:
        """Announce a report; the answer says where its bytes go. Raises `BadReport`, `FileTooLarge`, `EmptyFile` or `ReportKnown`."""
        _check(announced)
        known = self._store.taken_by(announced.sha256)
        if known is not None:
            raise ReportKnown(f"This report was brought before, as {known}. Nothing was added.")
        report = StripeReport(
            report_id=new_id("srp"),
            filename=announced.filename,
            sha256=announced.sha256,
            size_bytes=announced.size_bytes,
            brought_by=principal.user_id,
            brought_at=self._clock.now(),
            first_day=announced.first_day,
            last_day=announced.last_day,
        )
        self._store.add(report)
        url = self._uploads.upload_url(upload_key(report.report_id), report.size_bytes, UPLOAD_TYPE, UPLOAD_SECONDS)
        return ReportUpload(report_id=report.report_id, url=url, headers=UPLOAD_HEADERS, expires_seconds=UPLOAD_SECONDS)

    def arrived(self, report_id: str) -> None:
        """The bucket says that the bytes are there: the worker that reads them is told."""
        self._store.announce(TAKE_IN_TOPIC, report_id, self._clock.real_now())

    def take_in(self, report_id: str) -> None:
        """Read an uploaded report and keep it, or refuse it with a reason; safe to repeat."""
        report = self._store.report(report_id)
        if report.state is not ReportState.AWAITING_UPLOAD:
            return
        body = self._uploads.get(upload_key(report_id)).body
        try:
            kept = self._read(report, body)
            self._records.put(_kept_key(report), body, UPLOAD_TYPE)
            self._store.keep(kept)
        except (FileRefused, BadReport, ReportKnown) as refusal:
            if self._store.taken_by(report.sha256) != report_id:
                self._store.refuse(replace(report, state=ReportState.REFUSED, reason=refusal.message))
        except ReportChanged:
            return

    def withdraw(self, principal: Principal, report_id: str, reason: str) -> StripeReport:
        """Compare it no more. Raises `OwnReport`, `ReportChanged`."""
        report = self._store.report(report_id)
        if report.brought_by == principal.user_id:
            raise OwnReport("You brought this report. Ask a colleague to withdraw it.")
        withdrawn = replace(report, state=ReportState.WITHDRAWN, reason=reason, withdrawn_by=principal.user_id)
        self._store.withdraw(withdrawn)
        return withdrawn

    def get(self, report_id: str) -> StripeReport:
        """One report. Raises `NoSuchStripeReport`."""
        return self._store.report(report_id)

    def newest(self) -> tuple[StripeReport, ...]:
        """The newest reports first."""
        return self._store.newest(MAX_REPORTS_LISTED)

    def kept(self) -> tuple[ReadReport, ...]:
        """Every report that is to be compared, with its rows. Raises `BadReport` when a kept file is not the one that was taken."""
        return tuple(ReadReport(report=report, rows=self._kept_rows(report)) for report in self._store.kept())

    def _kept_rows(self, report: StripeReport) -> tuple[ReportRow, ...]:
        body = self._records.get(_kept_key(report)).body
        if sha256_of(body) != report.sha256:
            raise BadReport(f"The kept file of {report.report_id} is not the one that was taken in. Have an operator restore it.")
        return rows_of(chunks(body))

    def _read(self, report: StripeReport, body: bytes) -> StripeReport:
        if sha256_of(body) != report.sha256:
            raise BadReport("The file that arrived is not the one that was announced: its SHA-256 differs. Bring it again.")
        rows = rows_of(chunks(body))
        net: defaultdict[str, int] = defaultdict(int)
        for row in rows:
            net[row.net.currency] += row.net.minor
        return replace(report, state=ReportState.KEPT, rows=len(rows), net_minor=dict(sorted(net.items())))


def upload_key(report_id: str) -> str:
    """Where a report arrives."""
    return f"{UPLOADS_PREFIX}{PLATFORM_TENANT}/{report_id}"


def of_upload(key: str) -> str | None:
    """The report of an uploaded object's key, or None when it is something else's."""
    prefix = upload_key("")
    return key.removeprefix(prefix) if key.startswith(prefix) else None


def _kept_key(report: StripeReport) -> str:
    return f"stripe-reports/{report.report_id}-{report.sha256}.csv"


def _check(announced: AnnouncedReport) -> None:
    if not _SHA256.fullmatch(announced.sha256):
        raise BadReport("Give the file's SHA-256 as 64 lower-case hexadecimal digits.", fields={"sha256": "is no SHA-256"})
    if not 0 < len(announced.filename) <= MAX_FILENAME_CHARACTERS:
        raise BadReport(f"Give the file a name of at most {MAX_FILENAME_CHARACTERS} characters.", fields={"filename": "too long or empty"})
    check_size(announced.size_bytes)
    first, last = announced.first_day, announced.last_day
    if (first is None) != (last is None):
        raise BadReport("Give both the first and the last day, or neither.", fields={"last_day": "goes with first_day"})
    if first is not None and last is not None and last < first:
        raise BadReport("The last day lies before the first.", fields={"last_day": "lies before first_day"})

"""Finance brings Stripe's report; it is kept by its hash and compared with Stripe's API and with the books, row by row."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import boto3
import msgspec
import pytest

from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, Account
from chalicelib.ledger.rules import Booked, Posting
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation import stripe_sides
from chalicelib.reconciliation.records import ReportKnown, ReportState, StripeReport
from chalicelib.reconciliation.rules import Report, reconcile
from chalicelib.reconciliation.stripe_report import rows_of
from chalicelib.reconciliation.stripe_reports import AnnouncedReport, BadReport, OwnReport, ReadReport
from chalicelib.reconciliation.word import StripesWord
from tests.fakes.console import Market, console, market

__all__ = ["console", "market"]

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAY = int(datetime(2026, 1, 5, 9, 30, tzinfo=UTC).timestamp())
HEADER = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,automatic_payout_id"
CHARGE = "txn_1,2026-01-05 09:30:00,gbp,110.00,1.85,108.15,charge,ch_1,po_1"


def csv(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def entry(txn: str, minor: int, type_: str = "charge", fee: int = 0, **changes: Any) -> BalanceTransaction:
    given: dict[str, Any] = {"currency": "GBP", "source": "ch_1", "created": DAY, "available_on": DAY, "net_minor": minor - fee}
    return BalanceTransaction(id=txn, type=type_, amount_minor=minor, fee_minor=fee, **{**given, **changes})


def booked(txn: str, minor: int, currency: str = "GBP") -> Booked:
    posting = Posting(Account(PLATFORM_STRIPE_BALANCE), minor, currency)
    return Booked(
        key=f"key {txn}", kind="deposit", occurred_at=NOON, booked_at=NOON, recorded_at=NOON, reason="because", postings=(posting,),
        places=(), facts={"balance_transaction": txn},
    )  # fmt: skip


def compared(
    rows: list[str],
    transactions: list[BalanceTransaction],
    ledger: list[Booked],
    days: tuple[date, date] | None = None,
) -> list[tuple[str, str, int | None, int | None]]:
    first, last = days or (None, None)
    brought = StripeReport(
        report_id="srp_1", filename="r.csv", sha256="0", size_bytes=1, brought_by="ann", brought_at=NOON, first_day=first, last_day=last
    )
    read = ReadReport(report=brought, rows=rows_of([csv(*rows)]))
    word = StripesWord(transactions=tuple(transactions), transfers=())
    found: Report = reconcile(stripe_sides.stripe_reports([read], ledger, word), as_of=NOON, reported_apart={})
    return [(drift.kind, drift.key.removesuffix(" in srp_1"), drift.left_minor, drift.right_minor) for drift in found.exceptions]


PAID_OUT = entry("txn_9", -108_15, "payout", source="po_1")
THE_DAY = (date(2026, 1, 5), date(2026, 1, 5))


def test_a_report_that_says_what_stripe_and_the_books_say_leaves_nothing() -> None:
    assert compared([CHARGE], [entry("txn_1", 110_00, fee=1_85), PAID_OUT], [booked("txn_1", 108_15)], THE_DAY) == []


def test_each_figure_that_differs_appears_with_its_amount() -> None:
    off = CHARGE.replace("110.00,1.85,108.15", "110.01,1.85,108.16")
    assert compared([off], [entry("txn_1", 110_00, fee=1_85), PAID_OUT], [booked("txn_1", 108_15)]) == [
        ("report", "txn_1", 108_16, 108_15), ("report and ledger", "txn_1", 108_16, 108_15), ("report payouts", "po_1", 108_16, 108_15),
    ]  # fmt: skip
    fee = CHARGE.replace("110.00,1.85", "110.01,1.86")
    assert compared([fee], [entry("txn_1", 110_00, fee=1_85), PAID_OUT], [booked("txn_1", 108_15)]) == [("report", "txn_1 fee", 1_86, 1_85)]


def test_what_only_the_report_knows_and_what_the_books_lack_is_an_exception() -> None:
    assert compared([CHARGE.replace("po_1", "")], [], []) == [
        ("report", "txn_1 fee", 1_85, None), ("report", "txn_1", 108_15, None), ("report and ledger", "txn_1", 108_15, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("created", "days", "missing"),
    [
        (DAY, THE_DAY, True),
        (DAY, None, False),
        (int(datetime(2026, 1, 5, 0, 0, 0, tzinfo=UTC).timestamp()), THE_DAY, True),
        (int(datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC).timestamp()), THE_DAY, True),
        (int(datetime(2026, 1, 6, tzinfo=UTC).timestamp()), THE_DAY, False),
        (int(datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC).timestamp()), THE_DAY, False),
    ],
)
def test_a_report_that_names_its_days_may_leave_nothing_of_them_out(created: int, days: tuple[date, date] | None, *, missing: bool) -> None:
    transactions = [entry("txn_1", 110_00, fee=1_85), PAID_OUT, entry("txn_2", 5_00, created=created)]
    expected = [("report", "txn_2", None, 5_00), ("report and ledger", "txn_2", None, 5_00)] if missing else []
    assert compared([CHARGE], transactions, [booked("txn_1", 108_15), booked("txn_2", 5_00)], days) == expected


def test_another_currency_in_the_report_is_two_drifts_and_its_own_digits_count() -> None:
    yen = "txn_1,,jpy,11000,0,11000,charge,ch_1,"
    assert compared([yen], [entry("txn_1", 11_000)], [booked("txn_1", 11_000)]) == [
        ("report", "txn_1", 11_000, None), ("report", "txn_1", None, 11_000),
        ("report and ledger", "txn_1", 11_000, None), ("report and ledger", "txn_1", None, 11_000),
    ]  # fmt: skip


def test_a_payout_to_the_bank_is_compared_with_stripe_only() -> None:
    row = "txn_9,,gbp,-108.15,0.00,-108.15,payout,po_1,"
    assert compared([row], [PAID_OUT], []) == []
    assert compared([row], [PAID_OUT], [booked("txn_9", -108_15)]) == [], "written off, it is still only the balance's matter"
    assert compared([row], [replace(PAID_OUT, net_minor=-108_16)], []) == [("report", "txn_9", -108_15, -108_16)]


def test_rows_of_a_payout_add_up_to_it() -> None:
    second = "txn_2,,gbp,5.00,0.00,5.00,charge,ch_2,po_1"
    whole = [entry("txn_1", 110_00, fee=1_85), entry("txn_2", 5_00), entry("txn_9", -113_15, "payout", source="po_1")]
    books = [booked("txn_1", 108_15), booked("txn_2", 5_00)]
    assert compared([CHARGE, second], whole, books) == []
    itself = "txn_9,,gbp,-113.15,0.00,-113.15,payout,po_1,po_1"
    assert compared([CHARGE, second, itself], whole, books) == [], "a payout is no part of itself"
    assert compared([CHARGE], whole, books) == [("report payouts", "po_1", 108_15, 113_15)]
    assert compared([CHARGE], whole[:1], books[:1]) == [("report payouts", "po_1", 108_15, None)]


def test_what_came_back_of_a_transfer_is_a_row_like_any_other() -> None:
    rows = ["txn_5,,gbp,0.50,0,0.50,transfer_reversal,trr_1,"]
    api = [entry("txn_5", 50, "transfer_refund")]
    assert compared(rows, api, [booked("txn_5", 50)]) == []
    assert compared(rows, api, [booked("txn_5", 51)]) == [("report and ledger", "txn_5", 50, 51)]


def announced(body: bytes, **changes: Any) -> AnnouncedReport:
    given: dict[str, Any] = {"filename": "report.csv", "sha256": hashlib.sha256(body).hexdigest(), "size_bytes": len(body)}
    return AnnouncedReport(**{**given, **changes})


def brought(market: Market, body: bytes, arriving: bytes | None = None, **changes: Any) -> StripeReport:
    """Announced, put into the bucket, noticed by the bucket, read by the worker."""
    found = market.console.services
    started = found.reconciliation.reports.start(market.analyst, announced(body, **changes))
    key = f"uploads/platform/{started.report_id}"
    assert key in started.url
    boto3.client("s3").put_object(Bucket="test-imports", Key=key, Body=body if arriving is None else arriving)
    found.import_work(msgspec.json.encode({"Records": [{"s3": {"object": {"key": key}}}]}).decode())
    market.console.work()
    return found.reconciliation.reports.get(started.report_id)


def test_a_report_is_kept_by_its_hash_taken_once_and_refused_with_its_reason(market: Market) -> None:
    kept = brought(market, csv(CHARGE), first_day=THE_DAY[0], last_day=THE_DAY[1])
    assert (kept.state, kept.rows, kept.net_minor, kept.first_day) == (ReportState.KEPT, 1, {"GBP": 108_15}, date(2026, 1, 5))
    reports = market.console.services.reconciliation.reports
    with pytest.raises(ReportKnown, match=kept.report_id):
        reports.start(market.preparer, announced(csv(CHARGE)))
    refused = brought(market, csv(CHARGE.replace("108.15", "108.16")))
    assert (refused.state, refused.rows) == (ReportState.REFUSED, 0)
    assert "Row 2: gross less fee" in refused.reason
    other = brought(market, csv(CHARGE, "txn_2,,gbp,1.00,0,1.00,charge,,"), arriving=csv(CHARGE + "0"))
    assert (other.state, "SHA-256 differs" in other.reason) == (ReportState.REFUSED, True)
    assert [each.report_id for each in reports.newest()] == [other.report_id, refused.report_id, kept.report_id]
    reports.take_in(kept.report_id)
    assert [each.report.report_id for each in reports.kept()] == [kept.report_id]


@pytest.mark.parametrize(
    "wrong",
    [{"sha256": "x"}, {"filename": ""}, {"first_day": date(2026, 1, 5)}, {"first_day": date(2026, 1, 5), "last_day": date(2026, 1, 4)}],
)
def test_what_is_announced_wrongly_is_refused_at_the_border(market: Market, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadReport):
        market.console.services.reconciliation.reports.start(market.analyst, announced(csv(CHARGE), **wrong))


def test_two_of_the_same_bytes_at_once_are_one_report(market: Market) -> None:
    reports, body = market.console.services.reconciliation.reports, csv(CHARGE)
    first, second = (reports.start(market.analyst, announced(body)).report_id for _ in range(2))
    for report_id in (first, second):
        boto3.client("s3").put_object(Bucket="test-imports", Key=f"uploads/platform/{report_id}", Body=body)
        reports.take_in(report_id)
    assert [reports.get(report_id).state for report_id in (first, second)] == [ReportState.KEPT, ReportState.REFUSED]


def test_a_reconciliation_compares_what_was_brought_until_a_second_person_withdraws_it(market: Market) -> None:
    report = brought(market, csv(CHARGE))
    found = market.console.services.reconciliation

    def kinds() -> set[str]:
        found.request(market.analyst)
        market.console.work()
        return {case.drift.kind for case in found.exceptions.list()}

    assert kinds() == {"report", "report and ledger", "report payouts"}
    with pytest.raises(OwnReport):
        found.reports.withdraw(market.analyst, report.report_id, "of another account")
    withdrawn = found.reports.withdraw(market.approver, report.report_id, "of another account")
    assert (withdrawn.state, withdrawn.withdrawn_by) == (ReportState.WITHDRAWN, market.approver.user_id)
    assert kinds() == set()
    assert brought(market, csv(CHARGE)).state is ReportState.KEPT, "its bytes may be brought again"


def test_a_kept_report_that_was_altered_is_not_compared_but_said(market: Market) -> None:
    report = brought(market, csv(CHARGE))
    reports = market.console.services.reconciliation.reports
    key = f"stripe-reports/{report.report_id}-{report.sha256}.csv"
    boto3.client("s3").put_object(Bucket="test-records", Key=key, Body=csv(CHARGE.replace("ch_1", "ch_2")))
    with pytest.raises(BadReport, match="restore"):
        reports.kept()


def test_the_pages_show_reports_and_let_a_second_person_withdraw_one(market: Market) -> None:
    pages, base = market.console, "/finance/stripe-reports"
    assert "No report was brought yet." in pages.get(base, market.analyst).text
    report = brought(market, csv(CHARGE), first_day=THE_DAY[0], last_day=THE_DAY[1])
    assert f'href="{base}/{report.report_id}"' in pages.get(base, market.preparer).text
    assert "2026-01-05 to 2026-01-05" in pages.get(f"{base}/{report.report_id}", market.analyst).text
    assert "Withdraw the report" not in pages.get(f"{base}/{report.report_id}", market.analyst).text
    assert "Withdraw the report" in pages.get(f"{base}/{report.report_id}", market.approver).text
    assert pages.post(f"{base}/{report.report_id}/withdraw", market.approver, reason="of another account").status == 303
    assert "of another account" in pages.get(f"{base}/{report.report_id}", market.analyst).text
    assert pages.get(f"{base}/srp_none", market.analyst).status == 404
    assert pages.get(base, market.brand).status == pages.get(f"{base}/{report.report_id}", market.brand).status == 403

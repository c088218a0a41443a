"""Stripe's itemized reports are read by their documented columns, exactly, in the currency's own digits, or not at all."""

import pytest

from chalicelib.core.money import Money
from chalicelib.reconciliation.stripe_report import PROFILE, ReportRow, UnreadableReport, rows_of
from chalicelib.sales.feeds.profile import FileRefused, MissingColumns, UnknownColumns, column_names_by_key, header_key

HEADER = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,automatic_payout_id"
DEFAULT_OF_BALANCE = (
    "balance_transaction_id,created_utc,created,available_on_utc,available_on,currency,gross,fee,net,reporting_category,source_id,description,"
    "customer_facing_amount,customer_facing_currency,regulatory_tag,automatic_payout_id,automatic_payout_effective_at_utc,"
    "automatic_payout_effective_at,customer_id,customer_email,customer_shipping_address_line1,card_address_country,charge_id,payment_intent_id,"
    "charge_created_utc,invoice_id,payment_method_type,is_link,connected_account_id,payment_metadata[order],transfer_metadata[settlement_id]"
)


def report(*rows: str, header: str = HEADER) -> tuple[ReportRow, ...]:
    return rows_of(["\n".join((header, *rows, "")).encode()])


def test_amounts_in_major_units_become_minor_units_of_their_currency() -> None:
    (charge,) = report("txn_1,2026-01-05 09:30:00,gbp,110.00,1.85,108.15,charge,ch_1,po_1")
    assert (charge.gross, charge.fee, charge.net) == (Money(110_00, "GBP"), Money(1_85, "GBP"), Money(108_15, "GBP"))
    assert (charge.balance_transaction, charge.category, charge.source, charge.payout) == ("txn_1", "charge", "ch_1", "po_1")
    assert charge.created is not None
    assert charge.created.isoformat() == "2026-01-05T09:30:00+00:00"


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("jpy", "1100", 1_100),
        ("jpy", "1100.00", 1_100),
        ("kwd", "1.230", 1_230),
        ("usd", "-0.01", -1),
        ("eur", "0.1", 10),
        ("isk", "55.00", 55),
    ],
)
def test_each_currency_has_its_own_digits(currency: str, text: str, minor: int) -> None:
    (row,) = report(f"txn_1,,{currency},{text},0,{text},other_adjustment,,")
    assert row.net == Money(minor, currency.upper())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("txn_1,,jpy,10.5,0,10.5,charge,,", "more decimal digits than JPY"),
        ("txn_1,,usd,10.005,0,10.005,charge,,", "more decimal digits than USD"),
        ('txn_1,,eur,"10,50",0,"10,50",charge,,', "point as decimal separator"),
        ("txn_1,,eur,1e3,0,1e3,charge,,", "is not an amount"),
        ("txn_1,,eur,1_000,0,1_000,charge,,", "is not an amount"),
        ("txn_1,,eur,,0,0,charge,,", "is not an amount"),
        ("txn_1,,eur,NaN,0,NaN,charge,,", "is not an amount"),
        ("txn_1,,eur,10.00,0.30,9.71,charge,,", "gross less fee is 9.70 EUR, which is not the net 9.71 EUR"),
        ("txn_1,,xxx,10,0,10,charge,,", "not a currency"),
        ("txn_1,,,10,0,10,charge,,", "currency is empty"),
        (",,eur,10,0,10,charge,,", "balance_transaction_id is empty"),
        ("txn_1,,eur,10,0,10,,,", "reporting_category is empty"),
        ("txn_1,yesterday,eur,10,0,10,charge,,", "not a date and time"),
        ("txn_1,,eur,10,0,10,charge,", "has 8 columns"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_whole_report_with_its_reason(row: str, reason: str) -> None:
    with pytest.raises(UnreadableReport, match=reason):
        report("txn_0,,eur,1.00,0.00,1.00,charge,,", row)


def test_a_balance_transaction_that_comes_twice_refuses_the_report() -> None:
    row = "txn_1,,eur,1.00,0.00,1.00,charge,,"
    with pytest.raises(UnreadableReport, match="same identity as row 2"):
        report(row, row)


def test_headers_go_by_name_in_any_order_and_spelling_and_unknown_ones_are_refused() -> None:
    (row,) = report("0.00,txn_1,1.00,EUR,charge,1.00", header="Fees,Balance Transaction ID,AMOUNT,Currency,Reporting Category,Net")
    assert (row.balance_transaction, row.gross) == ("txn_1", Money(1_00, "EUR"))
    with pytest.raises(UnknownColumns, match="net_amount"):
        report(header=HEADER + ",net_amount")
    with pytest.raises(UnknownColumns, match="metadata"):
        report(header=HEADER + ",metadata[x]")
    with pytest.raises(MissingColumns, match="net"):
        report(header=HEADER.replace(",net,", ","))
    with pytest.raises(MissingColumns, match="more than once"):
        report(header=HEADER + ",amount")
    with pytest.raises(FileRefused, match="no rows"):
        report()


def test_the_documented_columns_are_all_known_metadata_included() -> None:
    cells = dict.fromkeys(DEFAULT_OF_BALANCE.split(","), "")
    cells |= {"balance_transaction_id": "txn_1", "currency": "gbp", "gross": "-5.00", "fee": "0.00", "net": "-5.00"}
    cells |= {"reporting_category": "transfer", "source_id": "tr_1"}
    (row,) = report(",".join(cells.values()), header=DEFAULT_OF_BALANCE)
    assert (row.net, row.source) == (Money(-5_00, "GBP"), "tr_1")


def test_no_two_columns_answer_to_one_header() -> None:
    spellings = [header_key(text) for column in PROFILE.columns for text in (column.name, *column.aliases)]
    assert len(spellings) == len(set(spellings)) == len(column_names_by_key(PROFILE))


def test_a_payouts_report_names_its_payout_as_the_source() -> None:
    header = "payout_id,effective_at_utc,currency,balance_transaction_id,gross,fee,net,reporting_category,description,payout_status"
    (row,) = report("po_1,2026-01-07 00:00:00,gbp,txn_9,-108.15,0.00,-108.15,payout,STRIPE PAYOUT,paid", header=header)
    assert (row.source, row.payout, row.net) == ("po_1", None, Money(-108_15, "GBP"))

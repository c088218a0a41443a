"""The documented format, as CSV and as JSON Lines: the same facts in both."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from chalicelib.sales.feeds.generic import GENERIC_CSV, GENERIC_JSON_LINES
from chalicelib.sales.feeds.profile import DateOrder, FeedContext, FeedProfile, Part, Problem
from chalicelib.sales.feeds.read import FeedFile, TruncatedFile, read_all
from chalicelib.sales.feeds.values import local_time
from chalicelib.sales.lines import Kind, SaleLine

EUR = FeedContext(feed_id="fed_1", currency="EUR")
NAMES = [column.name for column in GENERIC_CSV.columns]
SALE = {
    "order_id": "o-1", "line_id": "1", "sku": "mug-1", "ordered_at": "2026-03-01T20:15:00+01:00", "quantity": "2", "unit_price": "12.50",
    "currency": "eur", "tracking_code": "LIVE7", "room_id": "r9", "customer_id": "kim", "seller_discount": "1.00", "tax": "3.99",
}  # fmt: skip
REFUND = SALE | {"type": "Refund", "refund_id": "r-1", "sku": "", "quantity": "1", "ordered_at": "2026-03-04T08:00:00Z"}


def as_csv(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([NAMES, *([row.get(name, "") for name in NAMES] for row in rows)])
    return text.getvalue().encode()


def as_json(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def read_rows(*rows: dict[str, str]) -> FeedFile:
    return read_all([as_csv(*rows)], GENERIC_CSV, EUR)


def read_json(raw: bytes) -> FeedFile:
    return read_all([raw], GENERIC_JSON_LINES, EUR)


def test_a_sale_is_read_with_what_attribution_and_contracts_need() -> None:
    (line,) = read_rows(SALE).lines
    assert (line.kind, line.sku, line.quantity, line.amount_minor, line.currency) == (Kind.SALE, "MUG-1", 2, 25_00, "EUR")
    assert line.ordered_at == datetime(2026, 3, 1, 19, 15, tzinfo=UTC)
    assert (line.tracking_code, line.room_id) == ("LIVE7", "r9")
    assert (line.seller_discount_minor, line.platform_discount_minor, line.tax_minor, line.shipping_minor) == (1_00, 0, 3_99, 0)
    assert line.group == line.line_id
    assert "kim" not in repr(line)


def test_a_refund_points_to_its_sale_and_is_negative() -> None:
    sale, refund = read_rows(SALE, REFUND).lines
    assert (refund.kind, refund.quantity, refund.amount_minor) == (Kind.REFUND, -1, -12_50)
    assert refund.group == sale.line_id
    assert refund.line_id != sale.line_id


def test_a_chargeback_takes_back_and_a_reinstatement_names_what_it_undoes() -> None:
    chargeback = REFUND | {"type": "chargeback", "refund_id": "c-1"}
    won = REFUND | {"type": "reinstatement", "refund_id": "c-1-won", "reinstates": " c-1 ", "ordered_at": "2026-04-04T08:00:00Z"}
    sale, taken, back = read_rows(SALE, chargeback, won).lines
    assert (taken.kind, taken.quantity, taken.amount_minor, taken.group) == (Kind.CHARGEBACK, -1, -12_50, sale.line_id)
    assert (back.kind, back.quantity, back.amount_minor, back.group) == (Kind.REINSTATEMENT, 1, 12_50, sale.line_id)
    assert back.reinstates == taken.line_id


def test_csv_and_json_lines_give_the_same_lines() -> None:
    from_json = read_json(as_json(SALE | {"quantity": 2, "unit_price": 12.5}, {**REFUND, "description": None}))

    def essence(line: SaleLine) -> tuple[object, ...]:
        return (line.line_id, line.kind, line.quantity, line.amount_minor, line.ordered_at, line.group, line.customer_key)

    assert [essence(line) for line in from_json.lines] == [essence(line) for line in read_rows(SALE, REFUND).lines]


def test_an_amount_may_stand_for_the_price_and_must_agree_with_it() -> None:
    (line,) = read_rows(SALE | {"unit_price": "", "amount": "24.99", "customer_id": ""}).lines
    assert (line.amount_minor, line.unit_price, line.customer_key) == (24_99, None, None)
    assert read_rows(SALE | {"amount": "25.00"}).lines[0].amount_minor == 25_00
    assert "which is not the amount 25.01" in read_rows(SALE | {"amount": "25.01"}).rejected[0].reason


@pytest.mark.parametrize(
    ("cells", "problem", "reason"),
    [
        ({"currency": "GBP"}, Problem.OTHER_CURRENCY, "The row is in GBP, but this feed is settled in EUR."),
        ({"ordered_at": "2026-03-01T20:15:00"}, Problem.TIME, "has no offset"),
        ({"ordered_at": "01/03/2026"}, Problem.TIME, "is not a time"),
        ({"ordered_at": "1026-03-01T20:15:00Z"}, Problem.TIME, "before the year 1990"),
        ({"unit_price": ""}, Problem.VALUE, "neither unit_price nor amount"),
        ({"unit_price": "", "amount": "12.505"}, Problem.VALUE, "more decimal digits"),
        ({"unit_price": "", "amount": "12,50"}, Problem.VALUE, "not an amount"),
        ({"unit_price": "", "amount": "-1"}, Problem.VALUE, "negative"),
        ({"unit_price": "-1"}, Problem.VALUE, "without a sign"),
        ({"quantity": "-1", "unit_price": "-1"}, Problem.VALUE, "without a sign"),
        ({"quantity": "0"}, Problem.VALUE, "quantity of a sale is above 0"),
        ({"sku": ""}, Problem.VALUE, "sku is empty"),
        ({"type": "gift"}, Problem.VALUE, "none of sale, refund, chargeback and reinstatement"),
        ({"type": "refund"}, Problem.VALUE, "needs a refund_id"),
        ({"type": "sale", "refund_id": "r"}, Problem.VALUE, "A sale has no refund_id"),
        ({"type": "chargeback"}, Problem.VALUE, "A chargeback needs a refund_id of its own"),
        ({"type": "reinstatement", "refund_id": "r2"}, Problem.VALUE, "names the refund_id that it undoes in reinstates"),
        ({"type": "refund", "refund_id": "r2", "reinstates": "r"}, Problem.VALUE, "A refund reinstates nothing"),
        ({"reinstates": "r"}, Problem.VALUE, "reinstates nothing; is its type missing?"),
        ({"type": "refund", "refund_id": "r", "quantity": "0"}, Problem.VALUE, "The refund is of nothing"),
        ({"seller_discount": "20", "platform_discount": "5.01"}, Problem.VALUE, "The discounts are more than the amount"),
        ({"tax": "25.01"}, Problem.VALUE, "The tax is more than the amount it is contained in"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(cells: dict[str, str], problem: Problem, reason: str) -> None:
    (rejected,) = read_rows(SALE | cells).rejected
    assert rejected.problem is problem
    assert reason in rejected.reason


def test_a_refund_of_price_only_has_no_units() -> None:
    (line,) = read_rows(REFUND | {"quantity": "0", "unit_price": "", "amount": "3.00"}).lines
    assert (line.quantity, line.amount_minor) == (0, -3_00)


def test_the_second_row_of_one_sale_in_a_file_is_rejected_and_names_the_first() -> None:
    file = read_rows(SALE, SALE | {"line_id": "2"}, SALE | {"line_id": " 1 ", "quantity": "5"})
    assert len(file.lines) == 2
    assert [(each.row_number, each.problem, each.reason) for each in file.rejected] == [
        (4, Problem.REPEATED, "The row has the same identity as row 2 of this file.")
    ]


def test_a_row_that_was_rejected_does_not_stand_in_the_way_of_the_right_one() -> None:
    file = read_rows(SALE | {"quantity": "two"}, SALE)
    assert [line.row_number for line in file.lines] == [3]
    assert [each.row_number for each in file.rejected] == [2]


def test_a_changed_fixed_column_shows_and_a_changed_mutable_one_does_not() -> None:
    before, renamed, dearer = (read_rows(SALE | cells).lines[0] for cells in ({}, {"description": "Blue mug"}, {"unit_price": "13.00"}))
    assert before.line_id == renamed.line_id == dearer.line_id
    assert before.fixed_hash == renamed.fixed_hash != dearer.fixed_hash


def test_the_same_values_in_another_spelling_are_no_change() -> None:
    spelt = {
        "type": "sale",
        "unit_price": "12.5",
        "amount": "25.00",
        "currency": "EUR",
        "seller_discount": "1",
        "platform_discount": "0.00",
    }
    again = SALE | spelt | {"ordered_at": "2026-03-01T19:15:00Z", "sku": " Mug-1 "}
    (line,), (other,) = read_rows(SALE).lines, read_json(as_json(again)).lines
    assert (line.line_id, line.fixed_hash) == (other.line_id, other.fixed_hash)


@pytest.mark.parametrize(
    "cells",
    [
        {"type": "chargeback"},
        {"quantity": "3", "unit_price": "", "amount": "12.50"},
        {"unit_price": "12.5001"},
        {"ordered_at": "2026-03-04T08:00:01Z"},
        {"sku": "x"},
        {"tracking_code": "OTHER"},
        {"room_id": "other"},
        {"seller_discount": "1.01"},
        {"platform_discount": "0.01"},
        {"tax": "3.98"},
        {"shipping": "0.01"},
    ],
)
def test_a_change_of_any_fixed_column_shows(cells: dict[str, str]) -> None:
    (before,), (after,) = read_rows(REFUND).lines, read_rows(REFUND | cells).lines
    assert before.line_id == after.line_id
    assert before.fixed_hash != after.fixed_hash


def test_a_reinstatement_of_another_refund_is_a_change() -> None:
    rows = [REFUND | {"type": "reinstatement", "refund_id": "w", "reinstates": of} for of in ("r-1", "r-2")]
    assert len({read_rows(row).lines[0].fixed_hash for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{oops\n", "not a JSON object"),
        (b"[1]\n", "not a JSON object"),
        (b"[" * 5_000 + b"\n", "not a JSON object"),
        (b"7\n", "not a JSON object"),
        (as_json(SALE | {"colour": "red"}), "does not know colour"),
        (as_json({"order_id": "1"}), "lacks line_id, sku"),
        (as_json(SALE | {"sku": ["a"]}), "a text, a number or null"),
        (as_json(SALE | {"sku": {"a": "b"}}), "a text, a number or null"),
        (as_json(SALE | {"sku": True}), "a text, a number or null"),
        (b'{"sku": "a", "SKU": "b"}\n', "named once"),
        (as_json(SALE | {"description": "\ud800"}), "cannot be printed"),
        (as_json(SALE).replace(b'"2"', b"NaN"), "not a whole number"),
    ],
)
def test_a_json_line_that_is_wrong_is_rejected_and_the_rest_is_taken(line: bytes, reason: str) -> None:
    file = read_json(line + b"\n" + as_json(SALE))
    assert len(file.lines) == 1
    assert reason in file.rejected[0].reason


def test_a_json_file_that_breaks_off_is_refused() -> None:
    with pytest.raises(TruncatedFile, match="breaks off in row 2"):
        read_json(as_json(SALE, REFUND)[:-1])


@pytest.mark.parametrize(("order", "text"), [("dmy", "01/12/2010 8:26"), ("mdy", "12/01/2010 8:26"), ("ymd", "2010-12-01T08:26:00")])
def test_each_profile_has_its_own_order_of_day_and_month(order: str, text: str) -> None:
    assert local_time(text, "Europe/London", DateOrder(order), "date") == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize("profile", [GENERIC_CSV, GENERIC_JSON_LINES], ids=lambda profile: profile.name)
def test_the_identity_of_a_generic_row_is_its_order_line_and_refund(profile: FeedProfile) -> None:
    assert profile.names(Part.IDENTITY) == ("order_id", "line_id", "refund_id")

"""Which show a sale belongs to: the first test that names one, a tie is never broken by a guess."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.sales.attribution import Attributed, By, OtherCurrency, ShowWindow, Tie, attribute
from chalicelib.sales.lines import Kind, SaleLine

SEVEN = datetime(2011, 1, 10, 19, tzinfo=UTC)


def show(show_id: str, *, skus: str = "MUG", code: str = "", room: str = "", hours: int = 0) -> ShowWindow:
    opens = SEVEN + timedelta(hours=hours)
    return ShowWindow(
        show_id=show_id, skus=frozenset({skus}), codes=frozenset({code} - {""}), room_ids=frozenset({room} - {""}),
        opens_at=opens, closes_at=opens + timedelta(hours=2),
    )  # fmt: skip


def sale(*, sku: str = "MUG", code: str | None = None, room: str | None = None, minutes: int = 0, kind: Kind = Kind.SALE) -> SaleLine:
    return SaleLine(
        line_id="l", kind=kind, order_ref="1", sku=sku, quantity=1, amount_minor=100, currency="GBP",
        ordered_at=SEVEN + timedelta(minutes=minutes), occurrence=1, row_number=2, tracking_code=code, room_id=room,
    )  # fmt: skip


def test_a_sale_of_the_line_up_within_the_window_belongs_to_the_show() -> None:
    assert attribute(sale(), [show("a"), show("b", hours=2)]) == Attributed(show_id="a", by=By.LINE_UP)


@pytest.mark.parametrize(("minutes", "inside"), [(-1, False), (0, True), (119, True), (120, False)])
def test_the_window_includes_its_start_and_not_its_end(minutes: int, *, inside: bool) -> None:
    assert (attribute(sale(minutes=minutes), [show("a")]) is not None) is inside


def test_a_product_that_is_not_in_the_line_up_belongs_to_nobody() -> None:
    assert attribute(sale(sku="CUP"), [show("a")]) is None
    assert attribute(sale(), []) is None


def test_the_tracking_code_comes_before_the_room_and_the_room_before_the_line_up() -> None:
    shows = [show("coded", code="LIVE7", hours=50), show("room", room="r9", hours=50), show("aired")]
    assert attribute(sale(code="LIVE7", room="r9"), shows) == Attributed(show_id="coded", by=By.TRACKING_CODE)
    assert attribute(sale(room="r9"), shows) == Attributed(show_id="room", by=By.ROOM)


def test_a_code_or_room_that_no_show_has_is_passed_over() -> None:
    assert attribute(sale(code="OTHER", room="other"), [show("aired", code="LIVE7")]) == Attributed(show_id="aired", by=By.LINE_UP)


def test_a_code_a_room_or_a_line_up_that_several_shows_have_is_a_tie_and_never_a_guess() -> None:
    shared = [show("b", code="X", room="r"), show("a", code="X", room="r")]
    assert attribute(sale(code="X"), shared) == Tie(show_ids=("a", "b"), by=By.TRACKING_CODE)
    assert attribute(sale(room="r"), shared) == Tie(show_ids=("a", "b"), by=By.ROOM)
    assert attribute(sale(), [show("b"), show("a")]) == Tie(show_ids=("a", "b"), by=By.LINE_UP)


@pytest.mark.parametrize("kind", [Kind.CANCELLATION, Kind.REFUND, Kind.NOT_A_SALE])
def test_only_sales_are_attributed(kind: Kind) -> None:
    assert attribute(sale(kind=kind), [show("a")]) is None


def test_a_line_up_that_is_not_in_upper_case_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="upper case"):
        show("a", skus="mug")


def test_a_sale_in_another_currency_than_the_shows_contract_is_an_exception() -> None:
    assert attribute(sale(), [replace(show("a"), currency="EUR")]) == OtherCurrency(show_id="a", currency="EUR", by=By.LINE_UP)
    assert attribute(sale(), [replace(show("a"), currency="GBP")]) == Attributed(show_id="a", by=By.LINE_UP)

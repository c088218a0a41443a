"""Which sale a cancellation takes back: the rules one by one, and the whole of the real sample."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.sales.feeds.online_retail import ONLINE_RETAIL
from chalicelib.sales.feeds.profile import FeedContext
from chalicelib.sales.feeds.read import FeedFile, read_all
from chalicelib.sales.lines import Kind, SaleLine, amount_of
from chalicelib.sales.links import Link, LinkResult, OrphanReason, RefundChange, changes, groups_touched, link

SAMPLE = Path(__file__).parents[2] / "demo" / "data" / "online_retail_sample.csv"
NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample() -> FeedFile:
    return read_all([SAMPLE.read_bytes()], ONLINE_RETAIL, FeedContext(feed_id="fed_1", currency="GBP"))


def line(  # noqa: PLR0913 - what a rule looks at, each by its name
    line_id: str,
    quantity: int,
    *,
    hours: int = 0,
    invoice: str = "1",
    occurrence: int = 1,
    price: str = "2.5",
    group: str | None = "g",
    row: str = "",
) -> SaleLine:
    return SaleLine(
        line_id=line_id, kind=Kind.SALE if quantity > 0 else Kind.CANCELLATION, order_ref=invoice, sku="85123A", quantity=quantity,
        unit_price=price, amount_minor=amount_of(quantity, price, "GBP"), currency="GBP", ordered_at=NOON + timedelta(hours=hours),
        occurrence=occurrence, row_number=2, group=group, row_text=row,
    )  # fmt: skip


def refund(line_id: str, quantity: int, amount_minor: int, *, hours: int = 1) -> SaleLine:
    return SaleLine(
        line_id=line_id, kind=Kind.REFUND, order_ref="1", sku="", quantity=quantity, amount_minor=amount_minor, currency="GBP",
        ordered_at=NOON + timedelta(hours=hours), occurrence=1, row_number=3, group="g",
    )  # fmt: skip


def reinstatement(line_id: str, of: str, quantity: int, amount_minor: int, *, hours: int = 9) -> SaleLine:
    return replace(refund(line_id, quantity, amount_minor, hours=hours), kind=Kind.REINSTATEMENT, reinstates=of)


def taken(result: LinkResult) -> set[tuple[str, str, int, int]]:
    return {(each.refund_id, each.sale_id, each.quantity, each.amount_minor) for each in result.links}


def lost(result: LinkResult) -> list[tuple[str, int, int, str]]:
    return [(each.line_id, each.quantity, each.amount_minor, each.reason.value) for each in result.orphans]


def test_the_sample_is_what_the_design_says(sample: FeedFile) -> None:
    cancellations = [each for each in sample.lines if each.order_ref.startswith("C")]
    assert len(sample.lines) == 11_018
    assert sample.rejected == ()
    assert sum(each.customer_key is None for each in sample.lines) == 837
    assert len(cancellations) == 272
    assert sum(each.kind is Kind.CANCELLATION and each.customer_key is not None for each in cancellations) == 241
    assert len({each.line_id for each in sample.lines}) == 11_018


def test_the_links_of_the_sample_are_to_the_letter_those_of_the_design(sample: FeedFile) -> None:
    result = link(sample.lines)
    by_id = {each.line_id: each for each in sample.lines}
    texts = sorted(_as_text(each, by_id) for each in result.links)
    assert (len(texts), sum(each.quantity for each in result.links)) == (170, 1_068)
    assert hashlib.sha256("".join(texts).encode()).hexdigest() == "4ac92f12a9664eaa78d397a5faec57d5e0d622ab7e8fe0db90155d195b0da534"


def _as_text(each: Link, by_id: dict[str, SaleLine]) -> str:
    taker, sale = by_id[each.refund_id], by_id[each.sale_id]
    return f"{taker.order_ref},{taker.sku},{taker.occurrence},{sale.order_ref},{sale.occurrence},{each.quantity}\n"


def test_of_the_samples_cancellations_by_known_customers_167_find_all_2_a_part_and_72_nothing(sample: FeedFile) -> None:
    result = link(sample.lines)
    orphans = {each.line_id: each for each in result.orphans if each.reason is not OrphanReason.NO_CUSTOMER}
    found = {each.refund_id for each in result.links}
    assert (len(found - orphans.keys()), len(found & orphans.keys()), len(orphans.keys() - found)) == (167, 2, 72)


def test_every_penny_and_unit_of_a_cancellation_of_the_sample_is_linked_or_an_orphan(sample: FeedFile) -> None:
    result = link(sample.lines)
    cancellations = [each for each in sample.lines if each.kind is Kind.CANCELLATION]
    pieces = [(each.quantity, each.amount_minor) for each in result.links]
    pieces += [(each.quantity, each.amount_minor) for each in result.orphans]
    assert sum(units for units, _ in pieces) == -sum(each.quantity for each in cancellations)
    assert sum(money for _, money in pieces) == -sum(each.amount_minor for each in cancellations)


def test_a_cancellation_takes_the_latest_earlier_sale_first_and_goes_on_to_the_next() -> None:
    result = link([line("old", 6), line("new", 4, hours=1), line("c", -5, hours=2)])
    assert taken(result) == {("c", "new", 4, 10_00), ("c", "old", 1, 2_50)}
    assert result.orphans == ()


def test_a_sale_of_the_same_minute_or_later_is_not_taken() -> None:
    result = link([line("same", 6, hours=2), line("later", 6, hours=3), line("c", -1, hours=2)])
    assert taken(result) == set()
    assert lost(result) == [("c", 1, 2_50, "no_sale")]


def test_what_is_left_of_a_cancellation_is_an_orphan() -> None:
    result = link([line("s", 4), line("c", -6, hours=1)])
    assert taken(result) == {("c", "s", 4, 10_00)}
    assert lost(result) == [("c", 2, 5_00, "beyond_sale")]


def test_a_cancellation_without_a_customer_is_an_orphan() -> None:
    result = link([line("s", 4, group=None), line("c", -1, hours=1, group=None)])
    assert lost(result) == [("c", 1, 2_50, "no_customer")]


def test_cancellations_take_turns_by_time_and_find_what_is_left() -> None:
    result = link([line("c2", -3, hours=3), line("s", 4), line("c1", -3, hours=2)])
    assert taken(result) == {("c1", "s", 3, 7_50), ("c2", "s", 1, 2_50)}
    assert lost(result) == [("c2", 2, 5_00, "beyond_sale")]


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ({"invoice": "8"}, {"invoice": "9"}),
        ({"occurrence": 1}, {"occurrence": 2}),
        ({"row": "A"}, {"row": "B"}),
    ],
)
def test_ties_of_sales_go_to_the_highest_and_ties_of_cancellations_to_the_lowest(lower: dict[str, str], higher: dict[str, str]) -> None:
    low, high = line("low", 2, **lower), line("high", 2, **higher)  # type: ignore[arg-type]
    assert taken(link([low, high, line("c", -2, hours=1)])) == {("c", "high", 2, 5_00)}
    first, second = line("first", -2, hours=1, **lower), line("second", -2, hours=1, **higher)  # type: ignore[arg-type]
    assert taken(link([line("s", 2), second, first])) == {("first", "s", 2, 5_00)}


def test_ties_of_sales_go_to_the_larger_quantity_as_a_number() -> None:
    assert taken(link([line("nine", 9), line("ten", 10), line("c", -1, hours=1)])) == {("c", "ten", 1, 2_50)}


def test_what_is_not_a_sale_takes_no_part() -> None:
    free = SaleLine(
        line_id="free", kind=Kind.NOT_A_SALE, order_ref="C1", sku="POST", quantity=-1, amount_minor=-1, currency="GBP",
        ordered_at=NOON + timedelta(hours=5), occurrence=1, row_number=4, group="g",
    )  # fmt: skip
    assert link([free, line("s", 1)]) == LinkResult(links=(), orphans=())
    assert groups_touched([free]) == frozenset()


def test_only_lines_that_can_be_linked_touch_a_group() -> None:
    assert groups_touched([line("a", 1), line("b", -1, group="h"), line("c", 1, group=None)]) == {"g", "h"}


def test_a_sale_taken_back_in_parts_at_a_price_finer_than_a_penny_gives_exactly_its_amount() -> None:
    parts = [line(f"c{hour}", -1, hours=hour, price="0.335") for hour in range(1, 4)]
    result = link([line("s", 3, price="0.335"), *parts])
    assert sum(each.amount_minor for each in result.links) == 101
    assert [each.amount_minor for each in result.links] == [34, 33, 34]
    assert result.orphans == ()


def test_a_refund_takes_from_the_sale_it_points_to_whatever_the_time() -> None:
    result = link([refund("r", -1, -2_00, hours=-5), line("s", 4, group="g")])
    assert taken(result) == {("r", "s", 1, 2_00)}


def test_a_refund_before_its_sale_is_known_is_parked_as_an_orphan() -> None:
    result = link([refund("r", -1, -2_00), reinstatement("u", "none", 1, 1_00), line("c", -1)])
    assert lost(result) == [("c", 1, 2_50, "no_sale"), ("r", 1, 2_00, "no_sale"), ("u", 1, 1_00, "no_refund")]
    assert [each.parked_until for each in result.orphans] == [None, date(2011, 2, 9), date(2011, 2, 9)]


def test_refunds_beyond_their_sale_are_clipped_and_the_rest_is_an_exception() -> None:
    result = link([line("s", 2), refund("r1", 0, -4_00), refund("r2", -2, -3_00, hours=2), refund("r3", 0, -1, hours=3)])
    assert taken(result) == {("r1", "s", 0, 4_00), ("r2", "s", 2, 1_00)}
    assert lost(result) == [("r2", 0, 2_00, "beyond_sale"), ("r3", 0, 1, "beyond_sale")]


def test_what_was_paid_after_discounts_is_the_most_that_can_be_given_back() -> None:
    discounted = replace(line("s", 2), seller_discount_minor=1_00)
    result = link([discounted, refund("r", -2, -5_00)])
    assert taken(result) == {("r", "s", 2, 4_00)}
    assert lost(result) == [("r", 0, 1_00, "beyond_sale")]


def test_changes_are_the_differences_of_pairs_and_none_where_nothing_changed() -> None:
    known = [line("old", 6), line("same", 1, group="x"), line("c", -5, hours=2), line("d", -1, hours=2, group="x")]
    before, after = link(known).links, link([*known, line("new", 4, hours=1)]).links
    at = NOON + timedelta(hours=2)
    assert changes(before, after) == (
        RefundChange(refund_id="c", sale_id="new", quantity=4, amount_minor=10_00, occurred_at=at),
        RefundChange(refund_id="c", sale_id="old", quantity=-4, amount_minor=-10_00, occurred_at=at),
    )
    assert [(each.sale_id, each.quantity) for each in changes(after, before)] == [("new", -4), ("old", 4)]
    assert [(each.sale_id, each.quantity) for each in changes(before, ())] == [("old", -5), ("same", -1)]


def test_a_refund_that_failed_was_never_taken_back_even_when_that_is_reported_after_the_next_refund() -> None:
    lines = [line("s", 4), refund("r1", -4, -10_00), refund("r2", -4, -10_00, hours=2)]
    assert lost(link(lines)) == [("r2", 4, 10_00, "beyond_sale")]
    result = link([*lines, reinstatement("failed", "r1", 4, 10_00)])
    assert taken(result) == {("r2", "s", 4, 10_00)}
    assert result.orphans == ()


def test_a_chargeback_won_in_part_leaves_the_rest_taken_back() -> None:
    chargeback = replace(refund("cb", -2, -5_00), kind=Kind.CHARGEBACK)
    result = link([line("s", 4), chargeback, reinstatement("won", "cb", 1, 2_50)])
    assert taken(result) == {("cb", "s", 1, 2_50)}


def test_what_is_reinstated_beyond_its_refund_or_of_no_refund_is_an_orphan() -> None:
    result = link([line("s", 4), refund("r", -1, -2_50), reinstatement("a", "r", 2, 3_00), reinstatement("b", "none", 1, 1_00)])
    assert taken(result) == set()
    assert lost(result) == [("a", 1, 50, "beyond_refund"), ("b", 1, 1_00, "no_refund")]


def test_a_reinstatement_changes_the_refund_at_the_time_of_the_refund() -> None:
    before = link([line("s", 4), refund("r", -4, -10_00)])
    after = link([line("s", 4), refund("r", -4, -10_00), reinstatement("failed", "r", 4, 10_00)])
    refunded_at = NOON + timedelta(hours=1)
    undone = RefundChange(refund_id="r", sale_id="s", quantity=-4, amount_minor=-10_00, occurred_at=refunded_at)
    assert changes(before.links, after.links) == (undone,)

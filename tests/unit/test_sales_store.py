"""What the tables of sales do with lines that come again, and with more sales of a show than one item may hold."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.sales.attribution import By
from chalicelib.sales.facts import show_sale
from chalicelib.sales.feeds.values import MAX_TEXT_CHARACTERS
from chalicelib.sales.imports import StoredLine
from chalicelib.sales.lines import Kind, SaleLine
from chalicelib.sales.moves import Move
from chalicelib.sales.store import LineStore
from chalicelib.sales.store import lines as line_store
from chalicelib.sales.store.lines import SAMPLE_EVERY, SalesItem

MOMENT = datetime(2026, 5, 4, 20, tzinfo=UTC)


def line(number: int, show_id: str | None = "shw_1") -> StoredLine:
    """A line, stored by the first import."""
    sale = SaleLine(
        line_id=f"{number:064x}", kind=Kind.SALE, order_ref=f"order-{number}", sku="MUG", quantity=1, amount_minor=5_00,
        currency="GBP", ordered_at=MOMENT, occurrence=1, row_number=number + 2,
    )  # fmt: skip
    return StoredLine(line=sale, import_id="imp_1", recorded_at=MOMENT, show_id=show_id, by=By.LINE_UP if show_id else None)


def ids(lines: Sequence[StoredLine]) -> list[str]:
    """Their identities."""
    return [each.line.line_id for each in lines]


@pytest.fixture
def store(tables: None, monkeypatch: pytest.MonkeyPatch) -> LineStore:  # noqa: ARG001 - the tables it works on
    """Lines and shows on moto, where each query takes its time."""
    monkeypatch.setattr(line_store, "SHOW_SHARDS", 1)
    return LineStore()


def test_lines_that_come_again_are_all_known_from_a_sample(store: LineStore) -> None:
    lines = [line(number) for number in range(3 * SAMPLE_EVERY)]
    store.add("brd_1", lines)
    assert sorted(store.known_if_sampled("brd_1", ids(lines))) == sorted(ids(lines))


def test_a_known_line_that_the_sample_misses_is_refused_when_it_is_put_and_stays_as_it_was(store: LineStore) -> None:
    lines = [line(number) for number in range(SAMPLE_EVERY)]
    known = lines[1]
    store.add("brd_1", [known])
    assert store.known_if_sampled("brd_1", ids(lines)) == {}
    assert store.add("brd_1", lines) == set(ids(lines)) - {known.line.line_id}


def test_a_block_of_known_lines_as_long_as_the_sampling_is_never_missed(store: LineStore) -> None:
    lines = [line(number) for number in range(4 * SAMPLE_EVERY)]
    for start in range(3 * SAMPLE_EVERY):
        block = lines[start : start + SAMPLE_EVERY]
        store.add(f"brd_{start}", block)
        assert sorted(store.known_if_sampled(f"brd_{start}", ids(lines))) == sorted(ids(block))


def test_sales_that_one_part_brings_are_spread_over_items_that_stay_small_and_are_the_same_again(
    store: LineStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_store, "SALES_PER_ITEM", 3)
    sales = [show_sale(line(number).line, "shw_1", By.LINE_UP, MOMENT) for number in range(8)]
    for _ in range(2):
        store.add_sales("imp_1", 1, sales)
    assert sorted(len(item.sales) for item in SalesItem.scan()) == [2, 3, 3]
    assert list(store.facts_of("shw_1").sales) == sales


def test_a_move_of_many_sales_is_spread_likewise_and_takes_each_from_its_old_show(
    store: LineStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_store, "SALES_PER_ITEM", 3)
    before = [line(number) for number in range(8)]
    after = [line(number, "shw_2") for number in range(8)]
    store.add("brd_1", before)
    store.add_sales("imp_1", 1, [show_sale(each.line, "shw_1", By.LINE_UP, MOMENT) for each in before])
    moves = [Move(before=old, after=new, part=1) for old, new in zip(before, after, strict=True)]
    for _ in range(2):
        store.move("brd_1", "feed", moves, 7, MOMENT)
    assert [len(store.facts_of(show_id).sales) for show_id in ("shw_1", "shw_2")] == [0, 8]
    assert len([item for item in SalesItem.scan() if item.decision == 7]) == 6
    assert {stored.show_id for stored in store.known("brd_1", ids(before)).values()} == {"shw_2"}


def test_an_item_of_the_longest_texts_that_a_feed_may_have_is_within_what_dynamodb_takes() -> None:
    chance = random.Random(7)

    def text() -> str:
        """As long as may be, and as hard to compress."""
        return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(MAX_TEXT_CHARACTERS))

    lines = (replace(line(number).line, order_ref=text(), sku=text()) for number in range(line_store.SALES_PER_ITEM))
    item = SalesItem("show", "sales", sales=tuple(show_sale(each, "shw_1", By.LINE_UP, MOMENT) for each in lines))
    assert len(item.serialize()["sales"]["B"]) < 400_000

"""The tables of sale lines and of the facts of shows. Their keys are in the package's docstring."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import TypeVar

from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo import MAX_ITEMS_PER_READ, Item, Record, WholeNumber, in_batches, update_if
from chalicelib.adapters.dynamo_bulk import MAX_STATEMENTS_PER_BATCH, CompactRecord, PackedRecord, put_all_new
from chalicelib.core.ids import fingerprint
from chalicelib.sales.facts import Brought, ShowFacts, ShowRefund, ShowSale, standing
from chalicelib.sales.imports import StoredLine
from chalicelib.sales.lines import SaleLine
from chalicelib.sales.moves import Move, brought

SHOW_SHARDS = 16
"""Partitions of a show's facts: 16,000 write units a second, and an item of 100 sales costs about 7."""
SALES_PER_ITEM = 100
"""So many stay below 400 KB with the longest texts that a feed may have, even where they cannot be compressed."""
WRITERS = 8
SAMPLE_EVERY = 10
"""One line of so many tells whether lines come again: a block of as many that does is never missed."""
T = TypeVar("T")
R = TypeVar("R")


class LineItem(Item):
    """A sale line; `decision` is the number of its feed's that its verdict is from, none where it is from its import."""

    TABLE = "sale_lines"
    stored = CompactRecord(StoredLine)
    decision = WholeNumber(null=True)


class SalesItem(Item):
    """The sales that one part of an import, or a decision, brought a show, and those that a decision took away."""

    TABLE = "show_sales"
    sales = PackedRecord(tuple[ShowSale, ...])
    decision = WholeNumber(null=True)
    decided_at = Record(datetime, null=True)
    lost = PackedRecord(tuple[str, ...], null=True)

    @property
    def brought(self) -> Brought:
        """As the rule wants it."""
        return Brought(sales=self.sales, decision=self.decision or 0, decided_at=self.decided_at, lost=self.lost or ())


class RefundItem(Item):
    """Something that came back of a sale of a show."""

    TABLE = "show_sales"
    refund = Record(ShowRefund)


class LineStore:
    """Sale lines and the facts of shows.

    Lines are put each under the condition that nobody has put it, which says whose it is; the sales that a part brings a show are the
    same whenever they are put, so they are one compressed item (ADR 27).
    """

    def known(self, brand_id: str, line_ids: Sequence[str]) -> dict[str, StoredLine]:
        """The lines of a brand that are stored already."""
        batches = in_batches([_line(brand_id, line_id) for line_id in line_ids], MAX_ITEMS_PER_READ)
        found = _at_once(lambda keys: list(LineItem.many(keys)), batches)
        return {item.stored.line.line_id: item.stored for items in found for item in items}

    def known_if_sampled(self, brand_id: str, line_ids: Sequence[str]) -> dict[str, StoredLine]:
        """As `known`, or nothing where a sample of these lines knows none: then nearly all are new, and putting one tells if it is not.

        A file that comes again is read and costs no writes; one of new lines is spared a read for each.
        """
        sample = line_ids[::SAMPLE_EVERY]
        found = self.known(brand_id, sample)
        if not found:
            return {}
        sampled = set(sample)
        return found | self.known(brand_id, [line_id for line_id in line_ids if line_id not in sampled])

    def every_line(self) -> Iterator[StoredLine]:
        """All lines of all brands, in no order: a scan, for reconciliation."""
        yield from (item.stored for item in LineItem.scan(consistent_read=True))

    def every_sale(self) -> Iterator[ShowSale]:
        """All sales of all shows, in no order: a scan, for reconciliation."""
        by_show: dict[str, list[Brought]] = {}
        for item in SalesItem.scan(SalesItem.sk.startswith("sales#"), consistent_read=True):
            by_show.setdefault(item.pk.rpartition("#")[0], []).append(item.brought)
        for of_show in by_show.values():
            yield from standing(of_show)

    def every_refund(self) -> Iterator[ShowRefund]:
        """All refunds of all shows, in no order: a scan, for reconciliation."""
        yield from (item.refund for item in RefundItem.scan(RefundItem.sk.startswith("refund#"), consistent_read=True))

    def add(self, brand_id: str, lines: Sequence[StoredLine]) -> frozenset[str]:
        """Put lines that nobody has put yet; answers the ids of those that were put now."""
        batches = in_batches([_line_item(brand_id, each) for each in lines], MAX_STATEMENTS_PER_BATCH)
        put = [is_put for results in _at_once(put_all_new, batches) for is_put in results]
        return frozenset(each.line.line_id for each, is_put in zip(lines, put, strict=True) if is_put)

    def add_sales(self, import_id: str, part: int, sales: Sequence[ShowSale]) -> None:
        """Put the sales that a part of an import brought to shows; putting them again changes nothing."""
        by_show: dict[str, list[ShowSale]] = {}
        for each in sorted(sales, key=lambda each: each.line_id):
            by_show.setdefault(each.show_id, []).append(each)
        with SalesItem.batch_write() as batch:
            for show_id, of_show in by_show.items():
                for place, some in enumerate(in_batches(of_show, SALES_PER_ITEM)):
                    key = _shard(show_id, fingerprint(import_id, str(part), str(place))), f"sales#{import_id}#{part:06}#{place:03}"
                    batch.save(SalesItem(*key, sales=tuple(some)))

    def move(self, brand_id: str, feed_id: str, moves: Sequence[Move], number: int, decided_at: datetime) -> None:
        """Let sales belong where a decision of their feed says; doing it again, or after a later decision, changes nothing."""
        of_shows = brought(moves, number, decided_at)
        for show_id in sorted(of_shows, key=lambda show_id: not of_shows[show_id].lost):
            each = of_shows[show_id]
            items = zip_longest(in_batches(each.sales, SALES_PER_ITEM), in_batches(each.lost, SALES_PER_ITEM))
            for place, (sales, lost) in enumerate(items):
                key = _shard(show_id, fingerprint(feed_id, str(number), str(place))), f"sales#{feed_id}#{number:08}#{place:03}"
                given = tuple(lost) if lost else None
                SalesItem(*key, sales=tuple(sales or ()), decision=number, decided_at=each.decided_at, lost=given).save()
        for _ in _at_once(lambda move: _move(brand_id, move.after, number), moves):
            pass

    def add_refunds(self, refunds: Sequence[ShowRefund]) -> None:
        """Put refund facts of shows; putting one again changes nothing."""
        with RefundItem.batch_write() as batch:
            for each in refunds:
                batch.save(_refund_item(each))

    def facts_of(self, show_id: str, as_of: datetime | None = None) -> ShowFacts:
        """Everything that is known of a show's sales, consistently read; `as_of` an instant, those that were the show's by then."""
        partitions = [f"show#{show_id}#{shard:02}" for shard in range(SHOW_SHARDS)]
        sales = _at_once(lambda pk: [item.brought for item in SalesItem.under(pk, "sales#")], partitions)
        refunds = _at_once(lambda pk: [item.refund for item in RefundItem.under(pk, "refund#")], partitions)
        return ShowFacts(
            sales=standing((each for some in sales for each in some), as_of),
            refunds=tuple(sorted((each for some in refunds for each in some), key=lambda each: each.refund_id)),
        )


def _at_once(work: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
    """The same work for many things, a few at a time, answers in order."""
    yield from _writers().map(work, things)


@functools.cache
def _writers() -> ThreadPoolExecutor:
    """One pool for the life of the process: pynamodb makes a client for each thread, and that takes longer than many writes."""
    return ThreadPoolExecutor(WRITERS)


def _line_item(brand_id: str, each: StoredLine) -> LineItem:
    """Without what only linking needs: that is in the bucket, and an item stays below one write unit."""
    return LineItem(*_line(brand_id, each.line.line_id), stored=replace(each, line=_essence(each.line)))


def _move(brand_id: str, after: StoredLine, number: int) -> bool:
    """Give a line its new verdict, unless it has one from this decision or a later one."""
    item = _line_item(brand_id, after)
    actions: list[Action] = [LineItem.stored.set(item.stored), LineItem.decision.set(number)]
    return update_if(item, actions, LineItem.pk.exists() & (LineItem.decision.does_not_exist() | (LineItem.decision < number)))


def _essence(line: SaleLine) -> SaleLine:
    return replace(line, row_text="", group=None, customer_key=None, description="")


def _refund_item(each: ShowRefund) -> RefundItem:
    return RefundItem(_shard(each.show_id, each.line_id), f"refund#{each.line_id}#{each.refund_id}", refund=each)


def _line(brand_id: str, line_id: str) -> tuple[str, str]:
    return f"{brand_id}#{line_id}", "line"


def _shard(show_id: str, line_id: str) -> str:
    return f"show#{show_id}#{int(line_id[:4], 16) % SHOW_SHARDS:02}"

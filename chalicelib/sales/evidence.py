"""What the kept files, the stored lines and the shows say of the same sales: the sides that reconciliation compares."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.core.clock import Clock
from chalicelib.core.money import Amounts, by_currency
from chalicelib.sales.feeds import profile_named
from chalicelib.sales.feeds.profile import FeedContext
from chalicelib.sales.feeds.read import RejectedRow, read
from chalicelib.sales.files import SalesFiles, chunks
from chalicelib.sales.imports import FeedSummary, Import, Manifest, State, StoredLine
from chalicelib.sales.lines import Kind, SaleLine
from chalicelib.sales.store import ImportStore, LineStore


class SalesEvidence:
    """Reads everything there is: for a nightly run, never for a request."""

    def __init__(self, *, imports: ImportStore, lines: LineStore, files: SalesFiles, clock: Clock) -> None:
        """The stores of the feature; `clock.now()` tells what is parked from what has become an orphan."""
        self._clock = clock
        self._imports = imports
        self._lines = lines
        self._files = files

    def lines(self) -> list[StoredLine]:
        """Every stored line with its show, by id."""
        return sorted(self._lines.every_line(), key=lambda each: each.line.line_id)

    def feeds(self) -> list[FeedSummary]:
        """Where every feed stands, by id."""
        return sorted(self._imports.every_feed(), key=lambda summary: summary.feed_id)

    def manifest(self, summary: FeedSummary) -> Manifest:
        """The links and orphans of a feed as last decided."""
        return self._files.manifest(summary.manifest_key)

    def filed(self) -> Amounts:
        """The amount of each accepted row, read anew from the raw files of all finished imports.

        Equal identities are one fact, as the first file has it: a later row that contradicts it replaced nothing, and is reported apart.
        """
        return by_currency(entry for record in reversed(self._finished()) for entry in self._read(record))

    def counted(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Rows of each finished import: as read anew, and as its record says (accepted plus rejected)."""
        finished = self._finished()
        return {record.import_id: self._rows(record) for record in finished}, {record.import_id: record.rows for record in finished}

    def stored(self) -> Amounts:
        """The amount of each stored line."""
        return by_currency((each.line.line_id, each.line.currency, each.line.amount_minor) for each in self._lines.every_line())

    def attributed(self) -> Amounts:
        """The amount of each stored line that was attributed to a show, by show and line."""
        return by_currency(
            (f"{each.show_id} {each.line.line_id}", each.line.currency, each.line.amount_minor)
            for each in self._lines.every_line()
            if each.show_id is not None and each.line.kind is Kind.SALE
        )

    def shown(self) -> Amounts:
        """The amount of each sale that shows count, by show and line."""
        return by_currency((f"{sale.show_id} {sale.line_id}", sale.currency, sale.price_minor) for sale in self._lines.every_sale())

    def linked(self) -> Amounts:
        """What the last decision of each feed takes back from the sales of shows, by sale and what takes it back."""
        return by_currency(entry for summary in self.feeds() for entry in self._links(summary))

    def refunded(self) -> Amounts:
        """What shows count as taken back, by sale and what takes it back; links that were undone add up to nothing and are left out."""
        currencies = {sale.line_id: sale.currency for sale in self._lines.every_sale()}
        totals: defaultdict[str, int] = defaultdict(int)
        units: defaultdict[str, int] = defaultdict(int)
        sale_of: dict[str, str] = {}
        for refund in self._lines.every_refund():
            key = f"{refund.line_id} {refund.taken_by}"
            totals[key] += refund.amount_minor
            units[key] += refund.units
            sale_of[key] = refund.line_id
        return by_currency((key, currencies.get(sale_of[key], ""), minor) for key, minor in totals.items() if minor or units[key])

    def hashes(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """By feed and SHA-256, the files that were taken: each once, by the imports' records; and as the kept files are now."""
        taken: dict[str, int] = {}
        kept: defaultdict[str, int] = defaultdict(int)
        for record in self._finished():
            taken[f"{record.feed_id} {record.sha256}"] = 1
            kept[f"{record.feed_id} {hashlib.sha256(self._files.uploaded(record)).hexdigest()}"] += 1
        return taken, dict(kept)

    def reported_apart(self) -> Mapping[str, tuple[int, Mapping[str, int]]]:
        """What is no drift but must stay in sight: how many, and what they are worth in minor units of each currency."""
        today = self._clock.now().date()
        orphans, parked = [], []
        for feed in self.feeds():
            waiting = [each for each in feed.parked if today <= each.until]
            count, minor = sum(each.count for each in waiting), sum(each.minor for each in waiting)
            parked.append((feed.currency, count, minor))
            orphans.append((feed.currency, feed.orphans - count, feed.orphans_minor - minor))
        finished = self._finished()
        without_show = [(each.currency, each.tally.unattributed, each.tally.unattributed_minor) for each in finished]
        return {
            "orphans": _counted_and_valued(orphans),
            "parked": _counted_and_valued(parked),
            "unattributed": _counted_and_valued(without_show),
            "rejected": (sum(record.rejected for record in finished), {}),
            "contradicted": (sum(record.tally.changed for record in finished), {}),
        }

    def _finished(self) -> list[Import]:
        """Every import that is done, in the order in which they were begun."""
        done = (record for record in self._imports.every() if record.state is State.DONE)
        return sorted(done, key=lambda record: (record.started_at, record.import_id))

    def _links(self, summary: FeedSummary) -> Iterator[tuple[str, str, int]]:
        manifest = self.manifest(summary)
        shows = {each.line.line_id: each.show_id for each in manifest.entries}
        for link in manifest.links:
            if shows[link.sale_id] is not None:
                yield f"{link.sale_id} {link.refund_id}", summary.currency, link.amount_minor

    def _read(self, record: Import) -> Iterator[tuple[str, str, int]]:
        for row in self._rows_of(record):
            if not isinstance(row, RejectedRow):
                yield row.line_id, row.currency, row.amount_minor

    def _rows(self, record: Import) -> int:
        return sum(1 for _ in self._rows_of(record))

    def _rows_of(self, record: Import) -> Iterator[SaleLine | RejectedRow]:
        context = FeedContext(feed_id=record.feed_id, currency=record.currency)
        return read(chunks(self._files.uploaded(record)), profile_named(record.profile), context)


def _counted_and_valued(parts: Iterable[tuple[str, int, int]]) -> tuple[int, Mapping[str, int]]:
    """Sums of (currency, count, minor units): counts over all, values per currency; where there is nothing there is no value."""
    total, values = 0, defaultdict[str, int](int)
    for currency, count, minor in parts:
        total += count
        if count:
            values[currency] += minor
    return total, dict(sorted(values.items()))

"""The table of imports: files, parts, feeds and what waits for a decision. Its keys are in the package's docstring."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber, in_batches, update_if
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import new_id
from chalicelib.sales.decisions import Decision
from chalicelib.sales.imports import MOVES, FeedSummary, FileAlreadyImported, Import, ImportNotFound, State, Tally, UnderWay, total

UNDER_WAY = "under-way"
HAVE_LINES = frozenset({State.STORING, State.LINKING, State.DONE})
MAX_IMPORTS_LISTED = 200
MAX_IMPORTS_PER_DECISION = 20
MESSAGES_WITH_A_CHANGE = 50
"""How many outbox records go into the transaction of a change; more are announced before or after it."""


class _Known(Conflict):
    """The import is there already."""


class ImportItem(Item):
    """An import; `state` repeats that of the record for conditions."""

    TABLE = "imports"
    record = Record(Import)
    state = UnicodeAttribute()
    parts_done = WholeNumber()


class FileItem(Item):
    """That a feed has taken these bytes."""

    TABLE = "imports"
    import_id = UnicodeAttribute()


class PartItem(Item):
    """That a part is done."""

    TABLE = "imports"
    tally = Record(Tally)


class FeedItem(Item):
    """Where a feed stands."""

    TABLE = "imports"
    summary = Record(FeedSummary)
    decision = WholeNumber()


class PendingItem(Item):
    """An import whose lines wait to be linked."""

    TABLE = "imports"
    brand_id = UnicodeAttribute()


class AnewItem(Item):
    """An import whose sales are to be attributed anew; whoever asks leaves a new token."""

    TABLE = "imports"
    brand_id = UnicodeAttribute()
    token = UnicodeAttribute()


class UnderWayItem(Item):
    """An import that has not ended yet, as the schedule looks at it; so nobody needs to search for those."""

    TABLE = "imports"
    under_way = Record(UnderWay)


class ImportStore:
    """Imports and feeds."""

    def add(self, new: Import, now: datetime) -> None:
        """Remember a new import, and that it is under way since `now` (real time); one that is there already stays as it is."""
        under_way = UnderWay(brand_id=new.brand_id, import_id=new.import_id, since=now)
        with suppress(_Known):
            Transaction().put_new(_import_item(new), _Known("The import has begun.")).put(_under_way_item(under_way)).commit()

    def under_way(self) -> Iterator[UnderWay]:
        """The imports that have not ended, and perhaps some that have."""
        yield from (item.under_way for item in UnderWayItem.under(UNDER_WAY))

    def look_again(self, under_way: UnderWay) -> None:
        """Remember what was seen of an import."""
        _under_way_item(under_way).save()

    def forget(self, under_way: UnderWay) -> None:
        """Nobody needs to look at an import any more."""
        _under_way_item(under_way).delete()

    def find(self, brand_id: str, import_id: str) -> Import:
        """An import of a brand. Raises `ImportNotFound`."""
        return self._item(brand_id, import_id).record

    def progress(self, brand_id: str, import_id: str) -> tuple[Import, int]:
        """An import with the number of its parts that are done."""
        item = self._item(brand_id, import_id)
        return item.record, item.parts_done

    def all_of(self, brand_id: str) -> tuple[Import, ...]:
        """The newest imports of a brand, at most `MAX_IMPORTS_LISTED`."""
        newest = ImportItem.under(f"brand#{brand_id}", "import#", newest_first=True)
        return tuple(item.record for item in islice(newest, MAX_IMPORTS_LISTED))

    def stored_of(self, brand_id: str) -> Iterator[Import]:
        """The imports of a brand that have stored lines, or may have."""
        yield from (item.record for item in ImportItem.under(f"brand#{brand_id}", "import#") if item.record.state in HAVE_LINES)

    def every(self) -> Iterator[Import]:
        """All imports of all brands, in no order: a scan, for reconciliation."""
        yield from (item.record for item in ImportItem.scan(ImportItem.pk.startswith("brand#"), consistent_read=True))

    def every_feed(self) -> Iterator[FeedSummary]:
        """Where all feeds stand, in no order: a scan, for reconciliation."""
        wanted = FeedItem.pk.startswith("feed#") & (FeedItem.sk == "feed")
        yield from (item.summary for item in FeedItem.scan(wanted, consistent_read=True))

    def taken_by(self, feed_id: str, sha256: str) -> str | None:
        """The import that took these bytes into the feed."""
        item = FileItem.find(f"file#{feed_id}", sha256)
        return None if item is None else item.import_id

    def begin_parsing(self, which: Import) -> None:
        """Say that the file has arrived; nothing where that is said already."""
        item = _import_item(replace(which, state=State.PARSING))
        actions: list[Action] = [ImportItem.record.set(item.record), ImportItem.state.set(item.state)]
        update_if(item, actions, ImportItem.state == State.AWAITING_UPLOAD)

    def begin_storing(self, parsed: Import, now: datetime) -> None:
        """Take the bytes for this import and hand out its parts, all or nothing. Raises `FileAlreadyImported`."""
        taken = FileAlreadyImported("This file was imported before. Nothing was added.")
        transaction = Transaction().put_new(FileItem(f"file#{parsed.feed_id}", parsed.sha256, import_id=parsed.import_id), taken)
        self._move(transaction, replace(parsed, state=State.STORING))
        first = range(1, min(parsed.parts, MESSAGES_WITH_A_CHANGE) + 1)
        for number in first:
            transaction.announce("sales.part", part_key(parsed, number), iso(now))
        transaction.commit()
        self.announce_parts(parsed, range(len(first) + 1, parsed.parts + 1), now)

    def announce_upload(self, object_key: str, now: datetime) -> None:
        """Say (again) that a file has arrived, as the bucket does."""
        _announce("sales.upload", (object_key,), now)

    def announce_link(self, feed_id: str, now: datetime) -> None:
        """Ask (again) for a decision about a feed."""
        _announce("sales.link", (feed_id,), now)

    def announce_parts(self, which: Import, numbers: Iterable[int], now: datetime) -> None:
        """Hand out parts (again)."""
        _announce("sales.part", (part_key(which, number) for number in numbers), now)

    def refuse(self, which: Import, reason: str, now: datetime) -> None:
        """End an import of which nothing was stored."""
        transaction = Transaction()
        self._move(transaction, replace(which, state=State.REFUSED, reason=reason, finished_at=now))
        transaction.commit()

    def parts_done(self, import_id: str) -> frozenset[int]:
        """Numbers of the parts that are done."""
        return frozenset(int(item.sk.removeprefix("part#")) for item in PartItem.under(f"import#{import_id}", "part#"))

    def is_done(self, import_id: str, number: int) -> bool:
        """Whether a part is done."""
        return PartItem.find(*_part(import_id, number)) is not None

    def finish_part(self, which: Import, number: int, tally: Tally) -> None:
        """Count a part as done, exactly once. Raises a `Conflict` where it is counted already."""
        part = PartItem(*_part(which.import_id, number), tally=tally)
        counted: list[Action] = [ImportItem.parts_done.add(1)]
        Transaction().put_new(part).update(_import_item(which), counted, ImportItem.state == State.STORING).commit()

    def begin_linking(self, which: Import, now: datetime) -> None:
        """All parts are done: add up their tallies and ask for a decision. Raises a `Conflict` where that has happened."""
        tallies = [item.tally for item in PartItem.under(f"import#{which.import_id}", "part#")]
        transaction = Transaction().put(PendingItem(*_pending(which.feed_id, which.import_id), brand_id=which.brand_id))
        self._move(transaction, replace(which, state=State.LINKING, tally=total(tallies)))
        transaction.announce("sales.link", which.feed_id, iso(now)).commit()

    def pending(self, feed_id: str) -> tuple[Import, ...]:
        """The imports of a feed that wait to be linked, oldest first, as many as one decision takes."""
        waiting = PendingItem.query(
            f"feed#{feed_id}", PendingItem.sk.startswith("pending#"), consistent_read=True, limit=MAX_IMPORTS_PER_DECISION
        )
        return tuple(self.find(item.brand_id, item.sk.removeprefix("pending#")) for item in waiting)

    def ask_anew(self, which: Import) -> None:
        """Ask that the sales of an import be attributed anew, from now on."""
        AnewItem(*_anew(which.feed_id, which.import_id), brand_id=which.brand_id, token=new_id("ask")).save()

    def asked_anew(self, feed_id: str) -> list[tuple[Import, str]]:
        """The linked imports of a feed for which that was asked, as many as one decision takes, each with what its answer must name."""
        asked = AnewItem.under(f"feed#{feed_id}", "anew#")
        found = ((self.find(item.brand_id, item.sk.removeprefix("anew#")), item.token) for item in asked)
        return list(islice((each for each in found if each[0].state is State.DONE), MAX_IMPORTS_PER_DECISION))

    def answer(self, feed_id: str, import_id: str, token: str) -> None:
        """The sales of an import are attributed anew. Raises a `Conflict` where that was asked for again since, or answered before."""
        Transaction().delete(AnewItem(*_anew(feed_id, import_id)), AnewItem.token == token).commit()

    def feed(self, feed_id: str) -> FeedSummary | None:
        """Where a feed stands; None before its first decision."""
        item = FeedItem.find(f"feed#{feed_id}", "feed")
        return None if item is None else item.summary

    def obeyed(self, decision: Decision, imports: Sequence[Import], now: datetime) -> None:
        """End a decision whose facts are stored: the feed moves on, its imports are done, its shows are folded again.

        Raises a `Conflict` where somebody else has ended it.
        """
        _announce("sales.fold", decision.show_ids[MESSAGES_WITH_A_CHANGE:], now)
        moved = FeedItem(f"feed#{decision.feed_id}", "feed", summary=decision.summary, decision=decision.number)
        condition = FeedItem.pk.does_not_exist() if decision.number == 1 else FeedItem.decision == decision.number - 1
        transaction = Transaction().put(moved, condition)
        for each in imports:
            self._move(transaction, replace(each, state=State.DONE, finished_at=decision.decided_at))
            transaction.delete(PendingItem(*_pending(each.feed_id, each.import_id)))
        for other in decision.reattributed:
            item = _import_item(replace(self.find(decision.summary.brand_id, other.import_id), tally=other.tally))
            transaction.update(item, [ImportItem.record.set(item.record)], ImportItem.state == State.DONE)
        if decision.reattributed:
            transaction.announce("sales.link", decision.feed_id, iso(now))
        for show_id in decision.show_ids[:MESSAGES_WITH_A_CHANGE]:
            transaction.announce("sales.fold", show_id, iso(now))
        transaction.commit()

    def _item(self, brand_id: str, import_id: str) -> ImportItem:
        item = ImportItem.find(*_import(brand_id, import_id))
        if item is None:
            raise ImportNotFound("There is no such import. Look in the list of your imports.")
        return item

    def _move(self, transaction: Transaction, moved: Import) -> None:
        item = _import_item(moved)
        actions: list[Action] = [ImportItem.record.set(moved), ImportItem.state.set(moved.state)]
        before = [state for state, after in MOVES.items() if moved.state in after]
        transaction.update(item, actions, ImportItem.state.is_in(*before))


def part_key(which: Import, number: int) -> str:
    """What a message about a part says."""
    return f"{which.brand_id}/{which.import_id}/{number}"


def _announce(topic: str, keys: Iterable[str], now: datetime) -> None:
    for batch in in_batches(keys, MESSAGES_WITH_A_CHANGE):
        transaction = Transaction()
        for key in batch:
            transaction.announce(topic, key, iso(now))
        transaction.commit()


def _import_item(each: Import) -> ImportItem:
    return ImportItem(*_import(each.brand_id, each.import_id), record=each, state=each.state, parts_done=0)


def _under_way_item(under_way: UnderWay) -> UnderWayItem:
    return UnderWayItem(UNDER_WAY, f"{under_way.brand_id}#{under_way.import_id}", under_way=under_way)


def _import(brand_id: str, import_id: str) -> tuple[str, str]:
    return f"brand#{brand_id}", f"import#{import_id}"


def _part(import_id: str, number: int) -> tuple[str, str]:
    return f"import#{import_id}", f"part#{number:06}"


def _anew(feed_id: str, import_id: str) -> tuple[str, str]:
    return f"feed#{feed_id}", f"anew#{import_id}"


def _pending(feed_id: str, import_id: str) -> tuple[str, str]:
    return f"feed#{feed_id}", f"pending#{import_id}"

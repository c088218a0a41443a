"""The workers' side of sales: file -> parts -> lines -> links. Every step may be repeated and adds nothing twice.

`receive` parses an uploaded file, `store_part` puts its lines, `link` decides what was taken back and then obeys the decision.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.dynamo import in_batches
from chalicelib.core.clock import Clock
from chalicelib.sales.attribution import attribute
from chalicelib.sales.decisions import Decision, refund_facts, relinked, summary_of, touched_shows
from chalicelib.sales.facts import show_sale
from chalicelib.sales.feeds import profile_named
from chalicelib.sales.feeds.profile import FeedContext, FileRefused, Problem
from chalicelib.sales.feeds.read import RejectedRow, check_size, read
from chalicelib.sales.files import SalesFiles, chunks, of_upload
from chalicelib.sales.imports import (
    LINES_PER_PART,
    BadUpload,
    Entry,
    FeedSummary,
    FileAlreadyImported,
    Import,
    Manifest,
    State,
    StoredLine,
    StoredPart,
    stored,
    tally_of,
    with_orders,
)
from chalicelib.sales.lines import SaleLine
from chalicelib.sales.ports import ShowDirectory
from chalicelib.sales.reattribution import Reattribution, unless_done
from chalicelib.sales.service import already_imported, sha256_of
from chalicelib.sales.store import ImportStore, LineStore

MAX_DECISIONS_PER_RUN = 20


class Intake:
    """What the queues call. Everything else that it raises means: bring the message again."""

    def __init__(self, *, imports: ImportStore, lines: LineStore, files: SalesFiles, shows: ShowDirectory, clock: Clock) -> None:
        """`clock.now()` dates what becomes known, `clock.real_now()` messages."""
        self._imports = imports
        self._lines = lines
        self._files = files
        self._shows = shows
        self._clock = clock
        self._reattribution = Reattribution(imports=imports, lines=lines, files=files, shows=shows, clock=clock)

    def receive(self, object_key: str) -> None:
        """An uploaded file: parse it, keep parts and rejected rows, hand out the parts; or refuse it with a reason."""
        which = self._imports.find(*of_upload(object_key))
        if which.state is State.STORING:
            missing = sorted(set(range(1, which.parts + 1)) - self._imports.parts_done(which.import_id))
            self._imports.announce_parts(which, missing, self._clock.real_now())
            self._link_when_stored(which)
        if which.state not in {State.AWAITING_UPLOAD, State.PARSING}:
            return
        self._imports.begin_parsing(which)
        try:
            parsed = self._parsed(which)
            self._imports.begin_storing(parsed, self._clock.real_now())
        except (FileRefused, BadUpload) as refusal:
            self._refuse(which, refusal.message)
        except FileAlreadyImported:
            self._refuse_again(which)
        else:
            self._link_when_stored(parsed)

    def store_part(self, key: str) -> None:
        """Put the lines of one part that nobody knows yet, attribute them, and count the part once."""
        brand_id, import_id, number = key.split("/")
        which = self._imports.find(brand_id, import_id)
        if which.state is not State.STORING:
            return
        if not self._imports.is_done(import_id, int(number)):
            self._store_lines(which, int(number), self._files.part(which, int(number)))
        self._link_when_stored(which)

    def link(self, feed_id: str) -> None:
        """Decide about all imports of a feed that wait, and obey; first obey what was decided before and left undone.

        When none waits to be linked, those have their turn whose sales are to be attributed anew: one decision, then a new message.
        """
        for _ in range(MAX_DECISIONS_PER_RUN):
            summary = self._imports.feed(feed_id)
            number = summary.decision + 1 if summary else 1
            decision = self._files.decision(feed_id, number)
            if decision is not None:
                self._obey(decision)
                if decision.moves:
                    return
                continue
            next_decision = self._next(number, feed_id, summary)
            if next_decision is None:
                return
            self._files.decide(next_decision)
        message = f"feed {feed_id} has more imports waiting than one run takes"
        raise RuntimeError(message)

    def attribute_anew(self, brand_id: str, around: tuple[datetime, datetime] | None) -> None:
        """A show has changed: attribute sales of its brand anew. `around`: when what its line-up may ever have taken was ordered."""
        self._reattribution.ask(brand_id, around)

    def _next(self, number: int, feed_id: str, summary: FeedSummary | None) -> Decision | None:
        pending = self._imports.pending(feed_id)
        if pending:
            return self._decision(number, pending, self._files.manifest(summary.manifest_key) if summary else Manifest())
        return self._reattribution.decision(summary) if summary else None

    def _parsed(self, which: Import) -> Import:
        """Read the file to its end, keeping parts as they fill; nothing refers to them before the import moves on."""
        check_size(self._files.uploaded_size(which))
        body = self._files.uploaded(which)
        if sha256_of(body) != which.sha256:
            raise BadUpload("The file that arrived is not the one that was announced: its SHA-256 differs. Start the import again.")
        rejected: list[RejectedRow] = []
        accepted = parts = 0
        seen = replace(which, names_shows=False)
        rows = read(chunks(body), profile_named(which.profile), FeedContext(feed_id=which.feed_id, currency=which.currency))
        for lines in in_batches(_accepted(rows, rejected), LINES_PER_PART):
            accepted, parts = accepted + len(lines), parts + 1
            self._files.put_part(which, parts, lines)
            seen = with_orders(seen, lines)
        self._files.put_rejected(which, rejected)
        return replace(seen, accepted=accepted, rejected=len(rejected), parts=parts)

    def _refuse(self, which: Import, reason: str) -> None:
        self._imports.refuse(replace(which, state=State.PARSING), reason, self._clock.now())

    def _refuse_again(self, which: Import) -> None:
        """Name the import that has taken these bytes; where that is this very one, another delivery of the message was faster."""
        first = self._imports.taken_by(which.feed_id, which.sha256)
        if first is not None and first != which.import_id:
            self._refuse(which, already_imported(self._imports.find(which.brand_id, first)).message)

    def _store_lines(self, which: Import, number: int, lines: Sequence[SaleLine]) -> None:
        known = self._lines.known_if_sampled(which.brand_id, [line.line_id for line in lines])
        fresh = self._attributed(which, [line for line in lines if line.line_id not in known])
        put = self._lines.add(which.brand_id, fresh)
        faster = [each.line.line_id for each in fresh if each.line.line_id not in put]
        known |= {each.line.line_id: each for each in fresh} | self._lines.known(which.brand_id, faster)
        in_full = ((line, known[line.line_id]) for line in lines)
        own = [replace(each, line=line) for line, each in in_full if each.import_id == which.import_id]
        sales = [show_sale(each.line, each.show_id, each.by, each.recorded_at) for each in own if each.show_id and each.by]
        self._lines.add_sales(which.import_id, number, sales)
        changed = tuple(_changed(line) for line in lines if known[line.line_id].line.fixed_hash != line.fixed_hash)
        entries = tuple(Entry(line=each.line, show_id=each.show_id) for each in own)
        self._files.put_stored(which, number, StoredPart(entries=entries, changed=changed))
        tally = tally_of(own, known=len(lines) - len(own) - len(changed), changed=len(changed))
        unless_done(lambda: self._imports.finish_part(which, number, tally))

    def _attributed(self, which: Import, lines: Sequence[SaleLine]) -> list[StoredLine]:
        if not lines:
            return []
        times = [line.ordered_at for line in lines]
        windows = self._shows.windows(which.brand_id, min(times), max(times))
        now = self._clock.now()
        return [stored(line, attribute(line, windows), which.import_id, now) for line in lines]

    def _link_when_stored(self, which: Import) -> None:
        record, parts_done = self._imports.progress(which.brand_id, which.import_id)
        if record.state is State.STORING and parts_done == record.parts:
            unless_done(lambda: self._imports.begin_linking(record, self._clock.real_now()))

    def _decision(self, number: int, pending: Sequence[Import], before: Manifest) -> Decision:
        first = pending[0]
        new = [entry for which in pending for part in self._files.stored(which) for entry in part.entries]
        after = relinked(before, new)
        now = self._clock.now()
        refunds = refund_facts(before, after, number, now)
        manifest_key = self._files.put_manifest(first.feed_id, number, after)
        return Decision(
            number=number,
            feed_id=first.feed_id,
            import_ids=tuple(which.import_id for which in pending),
            refunds=refunds,
            show_ids=touched_shows(new, refunds),
            summary=summary_of(after, first, number, manifest_key),
            decided_at=now,
        )

    def _obey(self, decision: Decision) -> None:
        if decision.moves:
            self._reattribution.obey(decision)
        self._lines.add_refunds(decision.refunds)
        imports = [self._imports.find(decision.summary.brand_id, import_id) for import_id in decision.import_ids]
        unless_done(lambda: self._imports.obeyed(decision, imports, self._clock.real_now()))
        self._reattribution.answer(decision)


def _accepted(rows: Iterable[SaleLine | RejectedRow], rejected: list[RejectedRow]) -> Iterator[SaleLine]:
    """The accepted rows; rejected ones are put aside."""
    for row in rows:
        if isinstance(row, SaleLine):
            yield row
        else:
            rejected.append(row)


def _changed(line: SaleLine) -> RejectedRow:
    reason = "This line is known with other values in columns that may not change. The known line stands; check which one is right."
    return RejectedRow(row_number=line.row_number, problem=Problem.CHANGED, reason=reason, source=line.row_text)

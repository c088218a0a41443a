"""Sales are attributed anew when a show has changed: imports are marked, then their feed decides about them and obeys (ADR 28).

Being decisions of the feed, these take their turn with those about links: each is made once, and repeated until it is carried out.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.dynamo import Contention
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict
from chalicelib.sales.decisions import Decision, moved
from chalicelib.sales.files import SalesFiles
from chalicelib.sales.imports import FeedSummary, Import, StoredPart, retallied
from chalicelib.sales.lines import Kind
from chalicelib.sales.moves import Move, Reattributed, moves_of, with_moves
from chalicelib.sales.ports import ShowDirectory
from chalicelib.sales.store import ImportStore, LineStore

MOVES_PER_DECISION = 1_000
"""A decision ends with the part of an import that brings it so many; what is left has its turn in the next one."""


class Reattribution:
    """What the feed's chain of decisions uses."""

    def __init__(self, *, imports: ImportStore, lines: LineStore, files: SalesFiles, shows: ShowDirectory, clock: Clock) -> None:
        """As `Intake`."""
        self._imports = imports
        self._lines = lines
        self._files = files
        self._shows = shows
        self._clock = clock

    def ask(self, brand_id: str, around: tuple[datetime, datetime] | None) -> None:
        """Mark the imports that a changed show may concern, those under way included, and ask for decisions about their feeds.

        An import that has stored nothing yet will see the show as it is now.
        """
        concerned = [each for each in self._imports.stored_of(brand_id) if each.may_concern(around)]
        for each in concerned:
            self._imports.ask_anew(each)
        for feed_id in sorted({each.feed_id for each in concerned}):
            self._imports.announce_link(feed_id, self._clock.real_now())

    def decision(self, feed: FeedSummary) -> Decision | None:
        """The feed's next decision about sales that belong elsewhere; None where none does, of as many imports as one message takes.

        The marks are read before the shows: a show that changes later marks once more, and its mark outlives this answer.
        """
        marked = self._imports.asked_anew(feed.feed_id)
        moves: list[Move] = []
        reattributed = []
        for which, token in marked:
            if len(moves) >= MOVES_PER_DECISION:
                break
            found, whole = self._moves(which, MOVES_PER_DECISION - len(moves))
            if found:
                moves += found
                tally = retallied(which.tally, [move.before for move in found], [move.after for move in found])
                reattributed.append(Reattributed(import_id=which.import_id, tally=tally, answers=token if whole else None))
            else:
                unless_done(lambda which=which, token=token: self._imports.answer(which.feed_id, which.import_id, token))  # type: ignore[misc]
        if moves:
            return self._decided(feed, moves, reattributed)
        if marked:
            self._imports.announce_link(feed.feed_id, self._clock.real_now())
        return None

    def obey(self, decision: Decision) -> None:
        """Let the sales belong where the decision says; what shows and the feed add up to follows when it is ended."""
        brand_id = decision.summary.brand_id
        self._lines.move(brand_id, decision.feed_id, decision.moves, decision.number, decision.decided_at)
        for import_id, number in sorted({(move.after.import_id, move.part) for move in decision.moves}):
            self._keep_part(self._imports.find(brand_id, import_id), number)

    def answer(self, decision: Decision) -> None:
        """Take away the marks that an ended decision answers."""
        for each in decision.reattributed:
            if (token := each.answers) is not None:
                unless_done(lambda each=each, token=token: self._imports.answer(decision.feed_id, each.import_id, token))  # type: ignore[misc]

    def _moves(self, which: Import, room: int) -> tuple[list[Move], bool]:
        """Sales of an import that belong elsewhere, and whether these are all of them."""
        parts = [[entry.line for entry in part.entries if entry.line.kind is Kind.SALE] for part in self._files.stored(which)]
        times = [line.ordered_at for lines in parts for line in lines]
        if not times:
            return [], True
        windows = self._shows.windows(which.brand_id, min(times), max(times))
        found: list[Move] = []
        for number, lines in enumerate(parts, start=1):
            if len(found) >= room:
                return found, False
            known = self._lines.known(which.brand_id, sorted({line.line_id for line in lines}))
            found += moves_of(number, known.values(), windows)
        return found, True

    def _decided(self, feed: FeedSummary, moves: list[Move], reattributed: list[Reattributed]) -> Decision:
        after = with_moves(self._files.manifest(feed.manifest_key), moves)
        key = self._files.put_manifest(feed.feed_id, feed.decision + 1, after)
        return moved(feed, after, key, moves, reattributed, self._clock.now())

    def _keep_part(self, which: Import, number: int) -> None:
        """The kept part says of its lines what the store says."""
        part = self._files.stored_part(which, number)
        known = self._lines.known(which.brand_id, sorted({entry.line.line_id for entry in part.entries}))
        entries = tuple(replace(entry, show_id=known[entry.line.line_id].show_id) for entry in part.entries)
        self._files.put_stored(which, number, StoredPart(entries=entries, changed=part.changed))


def unless_done(step: Callable[[], None]) -> None:
    """Take a step that somebody else may have taken at the same moment: then it is done as well."""
    try:
        step()
    except Contention:
        raise
    except Conflict:
        return

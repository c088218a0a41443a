"""Sales that belong to another show than before, because shows have changed since: pure.

Attribution goes by what shows are now, so it is done anew when that changes. What differs is a decision of the feed (ADR 28).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.sales.attribution import ShowWindow, attribute
from chalicelib.sales.facts import Brought, ShowRefund, ShowSale, show_sale
from chalicelib.sales.imports import Manifest, StoredLine, Tally, stored
from chalicelib.sales.links import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A sale of a part of an import, with its verdict as it was and as it is now."""

    part: int
    before: StoredLine
    after: StoredLine

    @property
    def line_id(self) -> str:
        """Of the sale."""
        return self.after.line.line_id

    @property
    def changes_show(self) -> bool:
        """False where only the reason is another."""
        return self.before.show_id != self.after.show_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reattributed:
    """An import some of whose sales have moved: its tally then, and which request is answered, if it is now."""

    import_id: str
    tally: Tally
    answers: str | None


def moves_of(part: int, known: Iterable[StoredLine], windows: Sequence[ShowWindow]) -> list[Move]:
    """What is different for the lines of a part, by id, if they are attributed by these windows."""
    found = ((each, stored(each.line, attribute(each.line, windows), each.import_id, each.recorded_at)) for each in known)
    moves = (Move(part=part, before=before, after=after) for before, after in found if before != after)
    return sorted(moves, key=lambda move: move.line_id)


def with_moves(manifest: Manifest, moves: Iterable[Move]) -> Manifest:
    """The manifest with the shows that its sales have now; links do not depend on shows."""
    shows = {move.line_id: move.after.show_id for move in moves}
    entries = (replace(each, show_id=shows.get(each.line.line_id, each.show_id)) for each in manifest.entries)
    return replace(manifest, entries=tuple(entries))


def moved_refunds(links: Iterable[Link], moves: Iterable[Move], number: int, decided_at: datetime) -> tuple[ShowRefund, ...]:
    """What came back of a sale goes with it: undone where the sale was, a fact of the show that it is in now."""
    moved = {move.line_id: move for move in moves if move.changes_show}
    found = ((link, moved[link.sale_id]) for link in links if link.sale_id in moved)
    sides = ((link, show_id, sign) for link, move in found for show_id, sign in ((move.before.show_id, -1), (move.after.show_id, 1)))
    return tuple(_fact(link, show_id, sign, number, decided_at) for link, show_id, sign in sides if show_id is not None)


def shows_of(moves: Iterable[Move]) -> tuple[str, ...]:
    """The shows that gain or lose something, sorted."""
    return tuple(sorted({show_id for move in moves for show_id in (move.before.show_id, move.after.show_id) if show_id is not None}))


def brought(moves: Sequence[Move], number: int, decided_at: datetime) -> Mapping[str, Brought]:
    """By show, what a decision brings it and takes from it. A sale is known to be the show's from the decision on."""
    gained: dict[str, list[ShowSale]] = {}
    lost: dict[str, list[str]] = {}
    for move in moves:
        after, show_before = move.after, move.before.show_id
        if after.show_id is not None and after.by is not None:
            gained.setdefault(after.show_id, []).append(show_sale(after.line, after.show_id, after.by, decided_at))
        if show_before is not None and move.changes_show:
            lost.setdefault(show_before, []).append(move.line_id)
    return {
        show_id: Brought(sales=tuple(gained.get(show_id, ())), decision=number, decided_at=decided_at, lost=tuple(lost.get(show_id, ())))
        for show_id in shows_of(moves)
    }


def _fact(link: Link, show_id: str, sign: int, number: int, decided_at: datetime) -> ShowRefund:
    return ShowRefund(
        refund_id=f"{number:08}#{link.refund_id}#{link.sale_id}#{show_id}",
        line_id=link.sale_id,
        taken_by=link.refund_id,
        show_id=show_id,
        units=sign * link.quantity,
        amount_minor=sign * link.amount_minor,
        occurred_at=link.occurred_at,
        recorded_at=decided_at,
    )

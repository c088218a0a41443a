"""An import: one file on its way in, from the announced upload to the last link, and what became of its rows.

awaiting_upload -> parsing -> storing -> linking -> done, or refused before anything of it is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.sales.attribution import Attributed, By, OtherCurrency, Tie
from chalicelib.sales.feeds.profile import FeedProfile
from chalicelib.sales.feeds.read import RejectedRow
from chalicelib.sales.lines import TAKES_BACK, Kind, SaleLine
from chalicelib.sales.links import Link, Orphan

LINES_PER_PART = 1_000
MAX_FILENAME_CHARACTERS = 120


class FileAlreadyImported(Conflict):
    """The same bytes were imported into this feed before; nothing is added."""


class ImportNotFound(NotFound):
    """There is no such import for this caller."""


class BadUpload(Invalid):
    """What was said about the file to be uploaded cannot be."""


class State(StrEnum):
    """Where an import stands."""

    AWAITING_UPLOAD = "awaiting_upload"
    PARSING = "parsing"
    STORING = "storing"
    LINKING = "linking"
    DONE = "done"
    REFUSED = "refused"


MOVES: Mapping[State, frozenset[State]] = {
    State.AWAITING_UPLOAD: frozenset({State.PARSING, State.REFUSED}),
    State.PARSING: frozenset({State.STORING, State.REFUSED}),
    State.STORING: frozenset({State.LINKING}),
    State.LINKING: frozenset({State.DONE}),
    State.DONE: frozenset(),
    State.REFUSED: frozenset(),
}


ENDED = frozenset({State.DONE, State.REFUSED})
PATIENCE: Mapping[State, timedelta] = {
    state: timedelta(minutes=6 if state is State.PARSING else 3) for state in State if state not in ENDED
}
"""How long an import may show no progress before it is picked up again: longer than any of its functions may run at that point."""
MAX_PICKED_UP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of accepted rows: counts, and the value of sales in minor units of the feed's currency.

    `new` lines belong to this import; `known` came with an earlier one; `changed` are known with another fixed column: exceptions.
    The rest counts the new ones: `unattributed` sales include the `ties` and those in `other_currency` than their show's contract.
    """

    new: int = 0
    known: int = 0
    changed: int = 0
    not_a_sale: int = 0
    taken_back: int = 0
    taken_back_minor: int = 0
    reinstated: int = 0
    reinstated_minor: int = 0
    attributed: int = 0
    attributed_minor: int = 0
    unattributed: int = 0
    unattributed_minor: int = 0
    ties: int = 0
    other_currency: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file. `rows` = `accepted` + `rejected`; `reason` says why a file was refused."""

    import_id: str
    brand_id: str
    feed_id: str
    profile: str
    currency: str
    filename: str
    sha256: str
    size_bytes: int
    started_at: datetime
    state: State = State.AWAITING_UPLOAD
    reason: str = ""
    accepted: int = 0
    rejected: int = 0
    parts: int = 0
    tally: Tally = Tally()
    finished_at: datetime | None = None
    orders_from: datetime | None = None
    orders_to: datetime | None = None
    names_shows: bool = True
    """Whether a sale of it has a tracking code or a room; so it is taken for an import of which that was not written down."""

    @property
    def rows(self) -> int:
        """Rows of the file, its header and blank lines not counted."""
        return self.accepted + self.rejected

    def may_concern(self, around: tuple[datetime, datetime] | None) -> bool:
        """Whether a show that takes orders of these times, or names its sales by codes, may have to do with one of its sales."""
        if self.names_shows:
            return True
        return around is not None and self.orders_from is not None and _touches(around, self.orders_from, self.orders_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What the schedule saw of an import under way: where it stood, since when (real time), and how often it was picked up again."""

    brand_id: str
    import_id: str
    since: datetime
    state: State = State.AWAITING_UPLOAD
    parts_done: int = 0
    picked_up: int = 0

    def is_patient_at(self, now: datetime) -> bool:
        """Whether it is too early to pick it up: twice as long after each time that this did not help."""
        return now < self.since + PATIENCE[self.state] * (1 << self.picked_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """A line as it is known for ever: what it says, which import brought it first, and which show it went to (or why to none)."""

    line: SaleLine
    import_id: str
    recorded_at: datetime
    show_id: str | None = None
    by: By | None = None
    tied_show_ids: tuple[str, ...] = ()
    other_currency_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line as linking sees it: with the show it went to."""

    line: SaleLine
    show_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """The lines of a part that are this import's own, and the rows that contradict a known line."""

    entries: tuple[Entry, ...]
    changed: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Every line of a feed that can be linked, sorted by group, with all links and orphans as last decided."""

    entries: tuple[Entry, ...] = ()
    links: tuple[Link, ...] = ()
    orphans: tuple[Orphan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Refunds and reinstatements that wait for what they point to until a day (UTC) has passed; then they are orphans."""

    until: date
    count: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSummary:
    """Where a feed stands after its last decision; orphans by count and value, never hidden. `parked` ones are among them."""

    feed_id: str
    brand_id: str
    currency: str
    decision: int
    manifest_key: str
    links: int = 0
    links_to_shows: int = 0
    orphans: int = 0
    orphan_units: int = 0
    orphans_minor: int = 0
    parked: tuple[Parked, ...] = ()


def feed_id_of(brand_id: str, profile: FeedProfile, currency: str) -> str:
    """A feed is a brand's sales of one kind of file in one currency; both layouts of one kind are one feed."""
    return f"{brand_id}.{profile.identity_name or profile.name}.{currency}"


def stored(line: SaleLine, found: Attributed | Tie | OtherCurrency | None, import_id: str, recorded_at: datetime) -> StoredLine:
    """A line with the verdict of its attribution."""
    return StoredLine(
        line=line,
        import_id=import_id,
        recorded_at=recorded_at,
        show_id=found.show_id if isinstance(found, Attributed) else None,
        by=found.by if found is not None else None,
        tied_show_ids=found.show_ids if isinstance(found, Tie) else (),
        other_currency_of=found.show_id if isinstance(found, OtherCurrency) else None,
    )


def with_orders(which: Import, lines: Iterable[SaleLine]) -> Import:
    """The import, knowing when the sales among these lines too were ordered, and whether they name shows."""
    sales = [line for line in lines if line.kind is Kind.SALE]
    times = [*(line.ordered_at for line in sales), *(time for time in (which.orders_from, which.orders_to) if time is not None)]
    named = any(line.tracking_code or line.room_id for line in sales)
    return replace(which, orders_from=min(times, default=None), orders_to=max(times, default=None), names_shows=which.names_shows or named)


def tally_of(own: Iterable[StoredLine], *, known: int, changed: int) -> Tally:
    """Count a part: its own lines by what became of them."""
    return total([Tally(known=known, changed=changed), *(_tally(each) for each in own)])


def retallied(tally: Tally, before: Iterable[StoredLine], after: Iterable[StoredLine]) -> Tally:
    """The tally once the same lines have other verdicts."""
    less, more = total([_tally(each) for each in before]), total([_tally(each) for each in after])
    return Tally(
        **{field.name: getattr(tally, field.name) - getattr(less, field.name) + getattr(more, field.name) for field in fields(Tally)}
    )


def total(tallies: Sequence[Tally]) -> Tally:
    """The sum of tallies."""
    return Tally(**{field.name: sum(getattr(tally, field.name) for tally in tallies) for field in fields(Tally)})


def _touches(around: tuple[datetime, datetime], first: datetime, last: datetime | None) -> bool:
    return around[0] <= (last or first) and first <= around[1]


def _tally(each: StoredLine) -> Tally:
    line = each.line
    if line.kind is Kind.NOT_A_SALE:
        return Tally(new=1, not_a_sale=1)
    if line.kind in TAKES_BACK:
        return Tally(new=1, taken_back=1, taken_back_minor=-line.amount_minor)
    if line.kind is Kind.REINSTATEMENT:
        return Tally(new=1, reinstated=1, reinstated_minor=line.amount_minor)
    if each.show_id is not None:
        return Tally(new=1, attributed=1, attributed_minor=line.amount_minor)
    return Tally(
        new=1,
        unattributed=1,
        unattributed_minor=line.amount_minor,
        ties=int(bool(each.tied_show_ids)),
        other_currency=int(each.other_currency_of is not None),
    )

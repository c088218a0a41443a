"""The values that a show is made of. Pure; all frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.shows.video import Video


class ShowState(StrEnum):
    """Where a show stands. `MOVES` says what may follow what."""

    DRAFT = "draft"
    PUBLISHED = "published"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


MOVES: Mapping[ShowState, frozenset[ShowState]] = {
    ShowState.DRAFT: frozenset({ShowState.PUBLISHED, ShowState.CANCELLED}),
    ShowState.PUBLISHED: frozenset({ShowState.PUBLISHED, ShowState.LIVE, ShowState.CANCELLED}),
    ShowState.LIVE: frozenset({ShowState.ENDED}),
    ShowState.ENDED: frozenset(),
    ShowState.CANCELLED: frozenset(),
}


class DeliverableKind(StrEnum):
    """What a host can owe at a show, as the terms name it."""

    HOST_APPEARS = "host_appears"
    SESSIONS = "sessions"
    MINUTES_ON_AIR = "minutes_on_air"
    LINKS_LIVE = "links_live"
    LINE_UP_SHOWN = "line_up_shown"


class DeliveryResult(StrEnum):
    """How a deliverable ended."""

    MET = "met"
    NOT_MET = "not_met"
    DISPUTED = "disputed"


class Side(StrEnum):
    """The two sides of a contract."""

    BRAND = "brand"
    HOST = "host"


class Speaker(StrEnum):
    """Who states what was delivered: a side of the contract, or the marketplace, whose word decides."""

    BRAND = "brand"
    HOST = "host"
    OPERATOR = "operator"


class How(StrEnum):
    """How somebody came to know what they state."""

    WATCHED_LIVE = "watched_live"
    WATCHED_RECORDING = "watched_recording"
    WAS_ON_AIR = "was_on_air"
    COUNTED = "counted"
    WAS_TOLD = "was_told"


class Why(StrEnum):
    """What made a result."""

    MEASURED = "measured"
    AGREED = "agreed"
    UNANSWERED = "unanswered"
    CONTRADICTED = "contradicted"
    DECIDED = "decided"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something happened and when we learned of it, both in business time."""

    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUpItem:
    """A product of the show with price and category that it had when it was put into the line-up; `sku` in upper case."""

    sku: str
    title: str
    price_minor: int
    currency: str
    picture: str | None = None
    link: str | None = None
    category: str | None = None
    """What commission rules go by; it stays what it was agreed on, whatever becomes of the product later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A lower price for a while."""

    price_minor: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A product goes on stage, `offset_seconds` after the actual start, perhaps with a deal."""

    sku: str
    offset_seconds: int
    recorded_at: datetime
    deal: Deal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What somebody states about one deliverable, with its evidence. All statements are kept; `deliverables` says what follows from them.

    `value` is what was counted (minutes, sessions, products), `checked_at` when they looked, where they say so.
    """

    kind: DeliverableKind
    result: DeliveryResult
    statement: str
    evidence: tuple[str, ...]
    by: Speaker
    recorded_by: str
    moment: Moment
    value: int | None = None
    how: How | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksMeasured:
    """What probes found while a show was on air: distinct links, how many of them were down or gave no clear answer, in how many rounds."""

    links: int
    down: int
    unclear: int
    rounds: int
    down_skus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How sales find the show: minutes around its actual times, tracking codes, ids of platform rooms."""

    before_minutes: int = 0
    after_minutes: int = 60
    codes: tuple[str, ...] = ()
    room_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The show was called off by one side, or the host did not appear."""

    by: Side
    moment: Moment
    no_show: bool = False


class Happened(StrEnum):
    """What really happened to a show whose end was disputed."""

    TOOK_PLACE = "took_place"
    HOST_ABSENT = "host_absent"
    HOST_CANCELLED = "host_cancelled"
    BRAND_CANCELLED = "brand_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A finding that is not what had been recorded, with the cancellation that had been: statements of the time before go by that."""

    finding: Happened
    moment: Moment
    cancelled_before: Cancelled | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One show. `version` counts every change, and is what viewers' pages go by; `page_sequence` counts changes of the calendar entry."""

    show_id: str
    booking_id: str
    contract_id: str
    brand_id: str
    brand_name: str
    creator_id: str
    host_name: str
    agency_id: str | None
    slug: str
    title: str
    description: str
    timezone: str
    currency: str
    starts_at: datetime
    minutes: int
    state: ShowState = ShowState.DRAFT
    video: Video | None = None
    line_up: tuple[LineUpItem, ...] = ()
    attribution: Attribution = Attribution()
    log: tuple[LogEntry, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    started: Moment | None = None
    ended: Moment | None = None
    cancelled: Cancelled | None = None
    disputed: Moment | None = None
    dispute_settled: Moment | None = None
    ruling: Ruling | None = None
    decided: tuple[DeliverableKind, ...] = ()
    """Deliverables that are disputed, or were: only the decision says any more what became of them."""
    expected_viewers: int = 0
    version: int = 1
    page_sequence: int = 0
    links: LinksMeasured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a brand wants changed; None leaves a thing as it is. `version` None means: whatever the show is now."""

    version: int | None = None
    title: str | None = None
    description: str | None = None
    video: Video | None = None
    line_up: tuple[LineUpItem, ...] | None = None
    attribution: Attribution | None = None
    expected_viewers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPin:
    """A product's time on stage with absolute times, so that viewers' pages flip by themselves."""

    sku: str
    at: datetime
    deal_price_minor: int | None = None
    deal_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTimes:
    """What attribution needs of a show: `skus` in upper case; an order counts in [`opens_at`, `closes_at`).

    A show that never started has an empty window. While it is on air the window ends with the planned end: `final` is False.
    """

    show_id: str
    contract_id: str
    brand_id: str
    skus: frozenset[str]
    codes: frozenset[str]
    room_ids: frozenset[str]
    opens_at: datetime
    closes_at: datetime
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFact:
    """What earnings need of a show: its times and what is known, each with when it occurred and was recorded.

    `completed`, `actual_end` and `cancelled` are what was recorded; with a `ruling`, the fields that end in `ruled` are what holds since.
    """

    show_id: str
    booking_id: str
    contract_id: str
    scheduled_start: datetime
    before: timedelta
    after: timedelta
    actual_start: datetime | None
    actual_end: datetime | None
    completed: Moment | None
    cancelled: Cancelled | None
    deliveries: tuple[Delivery, ...]
    disputed: Moment | None = None
    dispute_settled: Moment | None = None
    ruling: Moment | None = None
    completed_ruled: Moment | None = None
    cancelled_ruled: Cancelled | None = None

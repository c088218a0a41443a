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


class DeliveryResult(StrEnum):
    """How a deliverable ended."""

    MET = "met"
    NOT_MET = "not_met"
    DISPUTED = "disputed"


class Side(StrEnum):
    """The two sides of a contract."""

    BRAND = "brand"
    HOST = "host"


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
    """What somebody recorded about one deliverable, with its evidence. All records are kept; the latest of a kind counts."""

    kind: DeliverableKind
    result: DeliveryResult
    statement: str
    evidence: tuple[str, ...]
    recorded_by: str
    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How sales find the show: minutes around its actual times, tracking codes, ids of platform rooms."""

    before_minutes: int = 0
    after_minutes: int = 60
    codes: tuple[str, ...] = ()
    room_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The show was called off by one side."""

    by: Side
    moment: Moment


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
    expected_viewers: int = 0
    version: int = 1
    page_sequence: int = 0


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
    """What earnings need of a show: its times and what is known, each with when it occurred and was recorded."""

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

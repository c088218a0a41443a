"""A brand's side of a show: the editor before it, the stage while it is on air."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Figure, Link, Notice, Status, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUpChoice:
    """A product of the brand; chosen ones are in the line-up."""

    sku: str
    title: str
    price: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEditor:
    """The form before the show. Texts that were sent come back with what is wrong, by field, in `errors`."""

    title: str
    status: Status
    starts: str
    action: str
    version: int
    description: str
    video_url: str
    choices: tuple[LineUpChoice, ...]
    before_minutes: int
    after_minutes: int
    codes: str
    room_ids: str
    preview: Link
    public_page: Link | None
    publish: Button | None
    start: Button | None
    deliveries: Table
    errors: tuple[tuple[str, str], ...] = ()
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageItem:
    """A product in the drawer, with the form that puts it on stage."""

    sku: str
    title: str
    price: str
    status: Status
    pin: Button | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLive:
    """The stage: what is on it, what was and what comes, sales as they arrive. `path` is where the page refreshes itself from."""

    title: str
    path: str
    status: Status
    on_air_since: str
    stage: StageItem | None
    items: tuple[StageItem, ...]
    figures: tuple[Figure, ...]
    log: Table
    public_page: Link
    end: Button | None

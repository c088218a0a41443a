"""Plans: what can be planned, how far a plan is, what it says, and why not otherwise."""

from dataclasses import dataclass

from chalicelib.web.views.calendar import Errors
from chalicelib.web.views.common import Button, Empty, Figure, Link, Notice, Status, Table
from chalicelib.web.views.forms import Field, Form
from chalicelib.web.views.plan_wishes import WishesForm


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefChoice:
    """A brief, or a market's and category's briefs, to be ticked."""

    name: str
    label: str
    detail: str
    is_ticked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansPage:
    """Plans so far, and the form for the next one where the reader may ask."""

    lead: str
    plans: Table
    action: str
    choices: tuple[BriefChoice, ...]
    fields: tuple[Field, ...]
    empty: Empty
    may_ask: bool
    wishes: WishesForm | None = None
    notice: Notice | None = None
    errors: Errors = ()
    """What is wrong with what was sent, by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPlace:
    """A show with its host."""

    show: Link
    host: str
    facts: str
    contest: str = ""
    """Who else wants the host, and what the show would lose without."""
    offer: Button | None = None
    deal: Link | None = None
    """The offer, where one was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """A plan. `waits_at` is its address while a worker is on it: it is asked for again until it has ended."""

    title: str
    status: Status
    lead: str
    figures: tuple[Figure, ...]
    places: tuple[PlanPlace, ...] = ()
    more: str = ""
    """What is not shown."""
    open: Table | None = None
    promised: Table | None = None
    moved: Table | None = None
    notice: Notice | None = None
    cancel: Button | None = None
    again: Form | None = None
    back: Link
    waits_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPage:
    """Everybody who could take a show, what stands against each, and the answer about one of them."""

    title: str
    hosts: Table
    back: Link
    answer: Notice | None = None

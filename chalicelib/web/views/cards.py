"""Pages of cards: what others have sent or asked, each with what can be done about it."""

from dataclasses import dataclass
from typing import Literal

from chalicelib.web.views.common import Button, Figure, Link, Notice, Status
from chalicelib.web.views.terms import TermField


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """A form of a few fields; what is wrong stands beside them."""

    form_id: str
    action: str
    fields: tuple[TermField, ...]
    button: str
    title: str = ""
    tone: Literal["primary", "danger", "secondary"] = "primary"
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing: who, what they wrote, what it says, what can be done."""

    title: str
    status: Status | None = None
    lines: tuple[str, ...] = ()
    quote: str = ""
    """What a person wrote."""
    points: tuple[str, ...] = ()
    forms: tuple[CardForm, ...] = ()
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSection:
    """Cards under a heading, and a form to add to them."""

    section_id: str
    heading: str
    nothing: str
    cards: tuple[Card, ...] = ()
    form: CardForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsPage:
    """The whole page."""

    title: str
    lead: str
    sections: tuple[CardSection, ...]
    back: Link | None = None
    figures: tuple[Figure, ...] = ()
    status: Status | None = None
    notice: Notice | None = None
    ends: tuple[Button, ...] = ()
    """What ends or changes the whole, below everything else."""

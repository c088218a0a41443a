"""Two parts of a booking's page: what was delivered, and other times."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Status, Table
from chalicelib.web.views.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableView:
    """One deliverable in words; with an `action` the reader's side may state something about it."""

    kind: str
    title: str
    status: Status
    facts: tuple[str, ...]
    statements: tuple[str, ...]
    action: str | None = None
    words: str = ""
    known: str = ""
    error: str = ""
    """What was typed and why it was refused, where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredSection:
    """What was owed at the show and what became of it, with the last look at its product links."""

    heading: str
    deliverables: tuple[DeliverableView, ...]
    how: tuple[tuple[str, str], ...]
    """Ways to have come to know, to choose from: value and label."""
    looks: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposed time, and what the reader may say to it."""

    title: str
    status: Status
    words: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesSection:
    """Other times that were proposed, and forms to propose one."""

    proposals: tuple[ProposalView, ...]
    forms: tuple[Form, ...]

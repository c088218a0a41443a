"""How a booked show may end otherwise: what can be done, what it costs, and what is in dispute."""

from dataclasses import dataclass

from chalicelib.web.views.common import Status, Table
from chalicelib.web.views.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeView:
    """A dispute with what both sides have said, and how it ended."""

    title: str
    status: Status
    deadlines: str
    statements: Table
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingSection:
    """The part of a booking's page about its end. `closed` says what cannot be done any more, or not yet, and why.

    Each form's hint says what it costs, and its button who owes whom how much.
    """

    forms: tuple[Form, ...]
    closed: tuple[str, ...]
    disputes: tuple[DisputeView, ...]

"""A booking: where one show of a deal stands, what can be done about it, and all that has happened."""

from dataclasses import dataclass
from typing import Any

from chalicelib.web.views.common import Link, Notice, Status, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page that is a feature's own: its template, which shows `view`."""

    template: str
    view: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPage:
    """One booking for either side or the operator. `when` is in the contract's zone."""

    title: str
    booking_id: str
    status: Status
    when: str
    parties: str
    links: tuple[Link, ...]
    timeline: Table
    sections: tuple[Section, ...] = ()
    notice: Notice | None = None

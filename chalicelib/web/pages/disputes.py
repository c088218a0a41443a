"""The operator's list of open disputes with their deadlines."""

from chalicelib.core.access import Action
from chalicelib.endings.rules.disputes import Dispute
from chalicelib.shows.rules import Side
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, name_of, table
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Cell, when
from chalicelib.wiring import services


@routes.page("GET", "/operator/disputes", action=Action.DECIDE_DISPUTES)
def disputes_page(call: Call[None]) -> Page:  # noqa: ARG001  # every operator sees the same
    """What waits for a decision, the most urgent first."""
    rows = [_row(dispute) for dispute in services().endings.disputes.open_ones()]
    tables = (table("Open disputes", "Show,About,Raised by,Both have spoken,Statements until,Decide by", rows, "Nothing is in dispute."),)
    lead = "A dispute that nobody decides in time ends by itself: what had been recorded stands."
    return Page(template=steps.TEMPLATE, view=steps.Steps(title="Disputes", lead=lead, tables=tables))


def _row(dispute: Dispute) -> tuple[Cell, ...]:
    booking = services().bookings.booking(dispute.booking_id)
    raised_by = booking.brand_id if dispute.raised_by is Side.BRAND else booking.creator_id
    spoken = {statement.side for statement in dispute.statements} == set(Side)
    return (
        cell(booking.title, f"/console/bookings/{dispute.booking_id}"),
        cell("the show" if dispute.about is None else dispute.about.replace("_", " ")),
        cell(name_of(raised_by)),
        cell("yes" if spoken else "no"),
        cell(when(dispute.state_by, booking.timezone)),
        cell(when(dispute.decide_by, booking.timezone)),
    )

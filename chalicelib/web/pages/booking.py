"""A booking with its timeline: who did what, when, on which evidence, refused attempts included."""

from chalicelib.core.access import Action
from chalicelib.web.pages import booking_delivery, booking_frame, endings
from chalicelib.web.pages.declared import routes
from chalicelib.web.routes import Call, Page

booking_frame.show(booking_delivery.delivered, booking_delivery.times, endings.section)


@routes.page("GET", "/console/bookings/{booking_id}", action=Action.SEE_DEAL)
def booking_page(call: Call[None], booking_id: str) -> Page:
    """A booking of the reader's."""
    return booking_frame.page_of(call, booking_id)

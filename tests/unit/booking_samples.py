"""A booking's page with the parts that tell of delivery and of other times."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import Principal
from chalicelib.web.views.booking_delivery import DeliverableView, DeliveredSection, ProposalView, TimesSection
from chalicelib.web.views.bookings import Section
from chalicelib.web.views.common import Button, Status
from chalicelib.web.views.forms import Field, Form
from tests.unit.template_samples import BOOKING, BRAND, GOOD, row, table

DELIVERED = DeliveredSection(
    heading="What was delivered",
    deliverables=(
        DeliverableView(
            kind="host_appears",
            title="Host appears",
            status=Status(word="Disputed", tone="bad"),
            facts=("Promised: 1", "To be contradicted by 13 January 2011, 20:00"),
            statements=("Brand: not met. Somebody else was on air.", "Host: met. I was <there>."),
            action="/console/bookings/bkg_1/delivery",
        ),
        DeliverableView(kind="links_live", title="Links live", status=GOOD, facts=(), statements=()),
    ),
    how=(("watched_live", "Watched live"), ("was_told", "Was told")),
    looks=table("Product links", "Link,State,Answer", row("https://shop.example/p/22423", GOOD, "200")),
)
TIMES = TimesSection(
    proposals=(
        ProposalView(
            title="Another time: 12 January 2011, 20:00",
            status=Status(word="To be answered", tone="waiting"),
            words="Proposed by Kettle Cove; to be answered by 9 January 2011, 20:00.",
            buttons=(Button(label="Accept 12 January 2011, 20:00", action="/accept"), Button(label="Decline", action="/decline")),
        ),
    ),
    forms=(
        Form(title="Propose another time", action="/p", button="Propose this time", fields=(Field(name="starts_at", label="New start"),)),
    ),
)
PARTS = (
    Section(template="deal/booking_deliverables.html", view=DELIVERED),
    Section(template="deal/booking_times.html", view=TIMES),
)
BOOKING_SAMPLES: dict[str, tuple[str, Principal | None, Any]] = {
    "booking_with_parts": ("deal/booking.html", BRAND, replace(BOOKING, sections=PARTS)),
}

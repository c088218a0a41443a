"""The part of a booking's page about its end, as a template's sample."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import Principal
from chalicelib.web.views.bookings import Section
from chalicelib.web.views.common import Status
from chalicelib.web.views.endings import DisputeView, EndingSection
from chalicelib.web.views.forms import Choice, Field, Form
from tests.unit.template_samples import BOOKING, HOST, WAITING, row, table

ENDING = EndingSection(
    forms=(
        Form(
            title="Call the show off",
            action="/console/bookings/bkg_1/cancellation",
            button="Call the show off: Mara Lind owes Kettle Cove £10,000.00",
            fields=(Field(name="reason", label="Why do you call it off?"),),
            tone="danger",
            note="50 % of 20,000.00 GBP: the row from 24 hours before the start; 30 hours are left.",
            hidden=(("confirmed_minor", "-1000000"),),
        ),
        Form(
            title="Dispute it",
            action="/console/bookings/bkg_1/disputes",
            button="Dispute it",
            fields=(
                Field(name="about", label="What is wrong?", choices=(Choice(value="show", label="The show as a whole"),)),
                Field(name="statement", label="What happened?", kind="long", hint="In your own words."),
            ),
        ),
    ),
    closed=("The host did not appear: The host may still appear until 19:30.",),
    disputes=(
        DisputeView(
            title="The show is disputed by Mara Lind",
            status=WAITING,
            deadlines="Both sides say their part until Monday; it is decided by Friday, or what was recorded stands.",
            statements=table("Statements", "Side,When,Statement", row("Mara Lind", "Monday", "I was there <all the time>")),
        ),
        DisputeView(
            title="Links live was disputed",
            status=Status(word="Rejected", tone="bad"),
            deadlines="Both sides said their part.",
            statements=table("Statements", "Side,When,Statement"),
            decision="The show took place. All links answered.",
        ),
    ),
)
ENDING_SAMPLES: dict[str, tuple[str, Principal | None, Any]] = {
    "booking_ending": (
        "deal/booking.html",
        HOST,
        replace(BOOKING, sections=(Section(template="deal/booking_ending.html", view=ENDING),)),
    ),
}

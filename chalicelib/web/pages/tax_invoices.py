"""Tax invoices for finance: a month's documents, and having them made out."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.web.pages import money_tables, steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Link
from chalicelib.web.views.forms import Field, Form
from chalicelib.wiring import services

PATH = "/finance/tax-invoices"
MONTHS_SHOWN = 6


class Month(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which month."""

    period: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$")]


@routes.page("GET", PATH, action=Action.RECONCILE)
def tax_invoices_page(call: Call[None]) -> Page:
    """A month's documents; the month before this one unless `period` names another."""
    now = services().clock.now()
    months = _months_before(now.year, now.month)
    period = call.query.get("period") or months[0]
    month = Field(name="period", label="Month", kind="month", value=period, hint="A month that has ended, such as 2011-01.")
    make_out = Form(title="Make them out", action=PATH, button=f"Make out what is new up to {period}", fields=(month,))
    view = steps.Steps(
        title=f"Tax invoices {period}",
        lead="The hosts' self-billed invoices and the marketplace's own for its fee: what has matured by the end of the month, less what "
        "earlier ones said. What came back later is a credit note. Those there are already stay as they are.",
        heading="Waits",
        nothing="Nothing waits. Documents appear below within a minute after they were asked for.",
        decisions=(),
        forms=(make_out,) if allowed(call.principal, Action.PREPARE_SETTLEMENT) else (),
        tables=(money_tables.tax_invoices(services().payouts.tax_invoices.of_period(period)),),
        links=(
            *(Link(label=each, href=f"{PATH}?period={each}") for each in months if each != period),
            Link(label="Brands' money", href="/finance/brands"),
        ),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", PATH, action=Action.PREPARE_SETTLEMENT, body=Month)
def make_out_tax_invoices(call: Call[Month]) -> Redirect:
    """Have all invoices of a month that has ended made out."""
    services().payouts.tax_invoices.request(call.body.period)
    return Redirect(path=f"{PATH}?period={call.body.period}")


def _months_before(year: int, month: int) -> list[str]:
    """The months that ended last, the latest first."""
    numbers = range(year * 12 + month - 2, year * 12 + month - 2 - MONTHS_SHOWN, -1)
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]

"""Invoices in the JSON API."""

from typing import Annotated

import msgspec

from chalicelib.core.access import PLATFORM_TENANT, Action
from chalicelib.core.errors import Invalid
from chalicelib.payouts.invoice_html import to_html
from chalicelib.payouts.rules.invoices import Invoice
from chalicelib.web.routes import Call, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Period = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}$")]


class UnknownFormat(Invalid):
    """An invoice comes as JSON or HTML."""


class NewInvoices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which month."""

    period: Period


@routes.api("POST", "/api/v1/invoices", action=Action.PREPARE_SETTLEMENT, body=NewInvoices, status=202)
def issue_invoices(call: Call[NewInvoices]) -> None:
    """Have all invoices of a month that has ended made out; those there are already stay as they are."""
    services().payouts.invoices.request(call.body.period)


@routes.api("GET", "/api/v1/invoices", action=Action.SEE_EARNINGS)
def list_invoices(call: Call[None]) -> list[Invoice]:
    """The caller's own documents, the newest month first; finance names a month in ``?period``."""
    invoices = services().payouts.invoices
    if call.principal.tenant_id == PLATFORM_TENANT and "period" in call.query:
        return invoices.of_period(call.query["period"])
    return invoices.listed(call.principal)


@routes.api("GET", "/api/v1/invoices/{number}", action=Action.SEE_EARNINGS)
def get_invoice(call: Call[None], number: str) -> Invoice | TextFile:
    """One document; ``?format=html`` to read or print."""
    invoice = services().payouts.invoices.get(call.principal, number)
    match call.query.get("format", "json"):
        case "json":
            return invoice
        case "html":
            names = {
                tenant: services().directory.tenant(tenant).name if tenant != PLATFORM_TENANT else "Primetime"
                for tenant in (invoice.account.supplier_id, invoice.account.customer_id)
            }
            body = to_html(invoice, supplier=names[invoice.account.supplier_id], customer=names[invoice.account.customer_id])
            return TextFile(content_type="text/html; charset=utf-8", body=body)
        case _:
            raise UnknownFormat("An invoice comes as json or html.")

"""An invoice as a document of its own, to be read and printed. Pure."""

from html import escape

from chalicelib.core.clock import iso
from chalicelib.core.money import for_people
from chalicelib.payouts.rules.tax_invoices import TaxInvoice, TaxInvoiceKind
from chalicelib.payouts.statement_html import STYLE, VIEWPORT

WHAT = {
    TaxInvoiceKind.SELF_BILLED: "Self-billed invoice, made out by the customer in the name of the supplier",
    TaxInvoiceKind.PLATFORM_FEE: "Invoice for the marketplace's fee",
}


def to_html(invoice: TaxInvoice, *, supplier: str, customer: str) -> str:
    """The document as HTML; `supplier` and `customer` are their names."""
    note = "Credit note" if invoice.is_credit_note else "Invoice"
    rate = for_people(invoice.account.rate_basis_points, "EUR")
    rows = (
        ("Net", invoice.base_minor, invoice.base_to_date_minor),
        (f"VAT {rate} %, rounded once on the sum to date", invoice.tax_minor, invoice.tax_to_date_minor),
        ("Total", invoice.total_minor, invoice.base_to_date_minor + invoice.tax_to_date_minor),
    )
    lines = "".join(
        f"<tr><th>{escape(words)}</th>"
        f"<td class=n>{for_people(minor, invoice.currency)}</td><td class=n>{for_people(to_date, invoice.currency)}</td></tr>"
        for words, minor, to_date in rows
    )
    head = f"{VIEWPORT}<title>{note} {escape(invoice.number)}</title><style>{STYLE}</style>"
    parties = "<br>".join(
        f"{word}: {escape(name)} (<code>{escape(id_)}</code>)"
        for word, name, id_ in (
            ("Supplier", supplier, invoice.account.supplier_id),
            ("Customer", customer, invoice.account.customer_id),
            ("Contract", invoice.title, invoice.account.contract_id),
        )
    )
    columns = f"<tr><th>{escape(invoice.currency)}</th><th class=n>This document</th><th class=n>To date</th></tr>"
    return "\n".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head><body><main>',
            f"<h1>{note} {escape(invoice.number)}</h1>",
            f"<p>{WHAT[invoice.account.kind]}. Issued {escape(iso(invoice.issued_at))} for {escape(invoice.period)}.</p>",
            f"<p>{parties}</p>",
            f"<table><thead>{columns}</thead><tbody>{lines}</tbody></table></main></body></html>",
        )
    )

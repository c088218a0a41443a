"""An invoice as a document of its own, to be read, printed and filed: HTML and PDF say the same. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from chalicelib.core.clock import iso
from chalicelib.core.money import for_people
from chalicelib.payouts.rules.tax_invoices import TaxInvoice, TaxInvoiceKind
from chalicelib.payouts.statement_html import STYLE, VIEWPORT

WHAT = {
    TaxInvoiceKind.SELF_BILLED: "Self-billed invoice, made out by the customer in the name of the supplier",
    TaxInvoiceKind.PLATFORM_FEE: "Invoice for the marketplace's fee",
}
WIDTHS_MM = (90, 45, 45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What an invoice says: parties as (role, name, id), rows as (words, this document, to date)."""

    title: str
    about: str
    parties: tuple[tuple[str, str, str], ...]
    head: tuple[str, str, str]
    rows: tuple[tuple[str, str, str], ...]


def wording(invoice: TaxInvoice, *, supplier: str, customer: str) -> Wording:
    """The words of both documents; `supplier` and `customer` are their names."""
    note = "Credit note" if invoice.is_credit_note else "Invoice"
    rate = for_people(invoice.account.rate_basis_points, "EUR")
    rows = (
        ("Net", invoice.base_minor, invoice.base_to_date_minor),
        (f"VAT {rate} %, rounded once on the sum to date", invoice.tax_minor, invoice.tax_to_date_minor),
        ("Total", invoice.total_minor, invoice.base_to_date_minor + invoice.tax_to_date_minor),
    )
    return Wording(
        title=f"{note} {invoice.number}",
        about=f"{WHAT[invoice.account.kind]}. Issued {iso(invoice.issued_at)} for {invoice.period}.",
        parties=(
            ("Supplier", supplier, invoice.account.supplier_id),
            ("Customer", customer, invoice.account.customer_id),
            ("Contract", invoice.title, invoice.account.contract_id),
        ),
        head=(invoice.currency, "This document", "To date"),
        rows=tuple((words, for_people(minor, invoice.currency), for_people(to_date, invoice.currency)) for words, minor, to_date in rows),
    )


def to_html(words: Wording) -> str:
    """The document as HTML; every text is escaped."""
    parties = "<br>".join(f"{role}: {escape(name)} (<code>{escape(id_)}</code>)" for role, name, id_ in words.parties)
    return "\n".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">{VIEWPORT}',
            f"<title>{escape(words.title)}</title><style>{STYLE}</style></head><body><main>",
            f"<h1>{escape(words.title)}</h1>",
            f"<p>{escape(words.about)}</p>",
            f"<p>{parties}</p>",
            f"<table><thead>{_cells([words.head], 'th')}</thead><tbody>{_cells(words.rows, 'td')}</tbody></table></main></body></html>",
        )
    )


def to_pdf(words: Wording) -> bytes:
    """The document as PDF, A4 upright; equal invoices are equal bytes."""
    from chalicelib.core.pdf import document, gap, table, text  # noqa: PLC0415  # slow to import: only where a PDF is made

    last = len(words.rows) - 1
    rows = [[text(cell, bold=True, right=column > 0) for column, cell in enumerate(words.head)]]
    rows += [[text(cell, bold=row == last, right=column > 0) for column, cell in enumerate(cells)] for row, cells in enumerate(words.rows)]
    parties = [text(f"{role}: {name} ({id_})", size=9) for role, name, id_ in words.parties]
    story = [text(words.title, size=15, bold=True), gap(), text(words.about, size=9), gap(), *parties, gap(), table(rows, WIDTHS_MM)]
    return document(story, title=words.title, foot=words.title)


def _cells(rows: Iterable[tuple[str, str, str]], cell: str) -> str:
    return "".join(
        f"<tr><th>{escape(words)}</th>" + "".join(f"<{cell} class=n>{amount}</{cell}>" for amount in amounts) + "</tr>"
        for words, *amounts in rows
    )

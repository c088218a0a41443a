"""Tables about money that a brand's pages and finance's pages share."""

from collections.abc import Iterable

from chalicelib.payouts.rules.chargebacks import Chargeback
from chalicelib.payouts.rules.funding import Funding
from chalicelib.payouts.rules.invoices import Invoice
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid
from chalicelib.payouts.rules.tax_invoices import TaxInvoice, TaxInvoiceKind
from chalicelib.web.pages.words import UTC_ZONE, cell, name_of, state_cell, table
from chalicelib.web.views.common import Table, money, when

DATE = "%-d %b %Y"
KINDS = {TaxInvoiceKind.SELF_BILLED: "Self-billed", TaxInvoiceKind.PLATFORM_FEE: "Marketplace's fee"}


def payments(found: Iterable[Funding], title: str = "Payments") -> Table:
    """Deposits and balances: asked for, paid, not to be paid any more."""
    rows = [
        (
            cell(each.kind.value.capitalize()),
            cell(money(each.amount_minor, each.currency)),
            cell(when(each.requested_at, UTC_ZONE)),
            state_cell(each.state, note=each.note or ""),
        )
        for each in found
    ]
    return table(title, "Payment,Amount,Asked for,State", rows, "Nothing was asked for yet.", numbers=(1,))


def invoices(found: Iterable[Invoice], *, for_finance: bool) -> Table:
    """What is not paid for, the longest due first; finance goes to the contract's money, a brand to its contract."""
    rows = [
        (
            cell(each.title, f"/finance/contracts/{each.contract_id}/money" if for_finance else f"/contracts/{each.contract_id}"),
            cell(name_of(each.brand_id)),
            cell(money(each.amount_minor, each.currency)),
            cell(each.due_at.strftime(DATE)),
            cell(f"{len(each.reminders)}", note=f"the last on {each.reminders[-1].sent_at.strftime(DATE)}" if each.reminders else ""),
        )
        for each in found
    ]
    return table("Unpaid invoices", "For,Brand,Amount,Due,Reminders", rows, "Everything that has matured is paid for.", numbers=(2,))


def refunds(found: Iterable[RefundOfPrepaid], *, for_finance: bool) -> Table:
    """Unused money on its way back to the brand."""
    rows = [
        (
            cell(money(each.amount_minor, each.currency), f"/finance/refunds/{each.refund_id}" if for_finance else None),
            cell(each.reason),
            cell(when(each.prepared_at, UTC_ZONE)),
            state_cell(each.state, note=each.note or next((part.note for part in each.parts if part.note), "")),
        )
        for each in found
    ]
    return table("Prepaid money given back", "Amount,Why,Prepared,State", rows, "No prepaid money was given back.", numbers=(0,))


def chargebacks(found: Iterable[Chargeback]) -> Table:
    """Payments that the brand's bank has taken back."""
    rows = [
        (
            cell(money(each.amount_minor, each.currency)),
            cell(each.reason.replace("_", " ").capitalize()),
            cell(when(each.seen_at, UTC_ZONE)),
            state_cell(each.status),
        )
        for each in found
    ]
    return table("Payments taken back by the bank", "Amount,Reason,Seen,State", rows, "No payment was taken back.", numbers=(0,))


def tax_invoices(found: Iterable[TaxInvoice]) -> Table:
    """Tax documents, each to be read or printed."""
    rows = [
        (
            cell(each.number, f"/api/v1/tax-invoices/{each.number}?format=html", note="Credit note" if each.is_credit_note else ""),
            cell(KINDS[each.account.kind], note=each.title),
            cell(each.period),
            cell(money(each.base_minor, each.currency)),
            cell(money(each.tax_minor, each.currency)),
            cell(money(each.total_minor, each.currency)),
            cell("PDF", f"/api/v1/tax-invoices/{each.number}?format=pdf"),
        )
        for each in found
    ]
    return table("Tax invoices", "Number,For,Month,Net,Tax,Total,File", rows, "No tax invoice was made out.", numbers=(3, 4, 5))

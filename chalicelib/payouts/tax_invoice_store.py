"""Invoices in the payouts table.

    tax-invoice#<number> / tax-invoice                      a document, for ever
    contract#<id> / invoiced#<kind>#<rate>#<customer>   what has been invoiced to date
    tax-invoices#<supplier> / count#<year>               how many documents the supplier has in a year
    tax-invoices#<tenant> / of#<period>#<number>         a list of a party's documents
    tax-invoices-of#<period> / <number>                  and of a month's

Keys are built here only.
"""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.errors import Conflict
from chalicelib.payouts.rules.tax_invoices import Account, NoSuchTaxInvoice, TaxInvoice, ToDate

MAX_LISTED = 500


class InvoicedMeanwhile(Conflict):
    """Somebody else made out an invoice of the same supplier at the same moment."""


class TaxInvoiceItem(Item):
    """A document."""

    TABLE = "payouts"
    invoice = Record(TaxInvoice)


class TaxInvoicedItem(Item):
    """What has been invoiced on an account."""

    TABLE = "payouts"
    to_date = Record(ToDate)
    version = WholeNumber()


class TaxInvoiceCountItem(Item):
    """How many documents there are of a supplier in a year."""

    TABLE = "payouts"
    documents = WholeNumber()


class TaxInvoicePointerItem(Item):
    """That a document belongs to a list."""

    TABLE = "payouts"
    number = UnicodeAttribute()


class TaxInvoiceStore:
    """Reads and writes of invoices."""

    def to_date(self, account: Account) -> ToDate:
        """What has been invoiced on an account; nothing yet is 0 at version 0."""
        item = TaxInvoicedItem.find(*_account_key(account))
        return item.to_date if item else ToDate()

    def count(self, supplier_id: str, year: int) -> int:
        """How many documents a supplier has in a year."""
        item = TaxInvoiceCountItem.find(f"tax-invoices#{supplier_id}", f"count#{year}")
        return item.documents if item else 0

    def add(self, invoice: TaxInvoice, before: ToDate, after: ToDate, *, year: int, count: int) -> None:
        """Put a document, its number taken and the account moved on in one write. Raises `InvoicedMeanwhile`."""
        conflict = InvoicedMeanwhile("Invoices are being made out by somebody else just now. Try again.")
        account, number = invoice.account, invoice.number
        counter = TaxInvoiceCountItem(f"tax-invoices#{account.supplier_id}", f"count#{year}", documents=count)
        moved = TaxInvoicedItem(*_account_key(account), to_date=after, version=after.version)
        writes = Transaction().put_new(TaxInvoiceItem(f"tax-invoice#{number}", "tax-invoice", invoice=invoice), conflict)
        if count == 1:
            writes.put_new(counter, conflict)
        else:
            writes.put(counter, TaxInvoiceCountItem.documents == count - 1, conflict)
        if before.version == 0:
            writes.put_new(moved, conflict)
        else:
            writes.put(moved, TaxInvoicedItem.version == before.version, conflict)
        for tenant_id in (account.supplier_id, account.customer_id):
            writes.put(TaxInvoicePointerItem(f"tax-invoices#{tenant_id}", f"of#{invoice.period}#{number}", number=number))
        writes.put(TaxInvoicePointerItem(f"tax-invoices-of#{invoice.period}", number, number=number))
        writes.commit()

    def invoice(self, number: str) -> TaxInvoice:
        """A document. Raises `NoSuchTaxInvoice`."""
        item = TaxInvoiceItem.find(f"tax-invoice#{number}", "tax-invoice")
        if item is None:
            raise NoSuchTaxInvoice("There is no such invoice.")
        return item.invoice

    def of_tenant(self, tenant_id: str) -> list[TaxInvoice]:
        """The newest documents of a party, at most `MAX_LISTED`."""
        pointers = TaxInvoicePointerItem.under(f"tax-invoices#{tenant_id}", "of#", newest_first=True)
        return self._documents([pointer.number for _, pointer in zip(range(MAX_LISTED), pointers, strict=False)])

    def of_period(self, period: str) -> list[TaxInvoice]:
        """A month's documents, by number."""
        return self._documents([pointer.number for pointer in TaxInvoicePointerItem.under(f"tax-invoices-of#{period}")])

    def _documents(self, numbers: list[str]) -> list[TaxInvoice]:
        found = {
            item.invoice.number: item.invoice
            for item in TaxInvoiceItem.many([(f"tax-invoice#{number}", "tax-invoice") for number in numbers])
        }
        return [found[number] for number in numbers]


def _account_key(account: Account) -> tuple[str, str]:
    return f"contract#{account.contract_id}", f"invoiced#{account.kind}#{account.rate_basis_points}#{account.customer_id}"

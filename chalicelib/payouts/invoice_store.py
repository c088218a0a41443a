"""Unpaid invoices in the payouts table; one that is paid leaves, the books remember it.

    invoices / <contract>                      every unpaid invoice
    brand#<id> / invoice#<contract>            a list of a brand's

Keys are built here only.
"""

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.payouts.rules.invoices import Invoice
from chalicelib.payouts.store import PointerItem, Superseded

ALL = "invoices"


class InvoiceItem(Item):
    """An unpaid invoice; conditions are on its version."""

    TABLE = "payouts"
    invoice = Record(Invoice)
    version = WholeNumber()


class InvoiceStore:
    """Reads and writes of unpaid invoices."""

    def find(self, contract_id: str) -> Invoice | None:
        """The contract's unpaid invoice."""
        item = InvoiceItem.find(ALL, contract_id)
        return None if item is None else item.invoice

    def every(self) -> list[Invoice]:
        """All unpaid invoices, the longest due first."""
        return _in_order([item.invoice for item in InvoiceItem.under(ALL)])

    def of_brand(self, brand_id: str) -> list[Invoice]:
        """A brand's unpaid invoices, the longest due first."""
        found = (self.find(item.target) for item in PointerItem.under(f"brand#{brand_id}", "invoice#"))
        return _in_order([invoice for invoice in found if invoice is not None])

    def write(self, writes: Transaction, after: Invoice, before: Invoice | None) -> None:
        """Raise an invoice, or move it on from the version it was read at."""
        condition = InvoiceItem.version == before.version if before else InvoiceItem.pk.does_not_exist()
        item = InvoiceItem(ALL, after.contract_id, invoice=after, version=after.version)
        writes.put(item, condition, Superseded("The invoice has moved on in the meantime."))
        writes.put(PointerItem(f"brand#{after.brand_id}", f"invoice#{after.contract_id}", target=after.contract_id))

    def settle(self, writes: Transaction, invoice: Invoice) -> None:
        """It is paid."""
        writes.delete(InvoiceItem(ALL, invoice.contract_id))
        writes.delete(PointerItem(f"brand#{invoice.brand_id}", f"invoice#{invoice.contract_id}"))


def _in_order(invoices: list[Invoice]) -> list[Invoice]:
    return sorted(invoices, key=lambda invoice: (invoice.due_at, invoice.invoice_id))

"""Making out invoices month by month, and finding them again."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta

from chalicelib.adapters.dynamo import Transaction, in_batches
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.periods import bounds
from chalicelib.payouts.accrual import Accruals
from chalicelib.payouts.records import Accrual
from chalicelib.payouts.rules.tax_invoices import Account, MonthNotOver, NoSuchTaxInvoice, TaxInvoice, ToDate, matured_bases, number_of
from chalicelib.payouts.tax_invoice_documents import Wording, to_pdf, wording
from chalicelib.payouts.tax_invoice_store import InvoicedMeanwhile, TaxInvoiceStore

MAX_ATTEMPTS = 5
CONTRACTS_PER_ANNOUNCEMENT = 90
DOWNLOAD_SECONDS = 300
PLATFORM_NAME = "Primetime"
LAST_INSTANT = timedelta(microseconds=1)


class TaxInvoices:
    """Use cases of invoices."""

    def __init__(
        self,
        *,
        store: TaxInvoiceStore,
        accruals: Accruals,
        records: ObjectStore,
        contracts: Callable[[], Iterable[Accrual]],
        names: Callable[[str], str],
        clock: Clock,
    ) -> None:
        """`contracts` lists what has booked anything; `names` says what others see of a tenant."""
        self._store = store
        self._accruals = accruals
        self._records = records
        self._names = names
        self._contracts = contracts
        self._clock = clock

    def request(self, period: str) -> None:
        """Have the invoices of a month that has ended made out; asking again makes none twice. Raises `MonthNotOver`."""
        _, end = bounds(period)
        if self._clock.now() < end:
            raise MonthNotOver(f"{period} has not ended yet: invoices are made out from {end:%Y-%m-%d} on.")
        Transaction().announce("tax_invoices.issue", period, iso(self._clock.real_now())).commit()

    def issue(self, period: str) -> None:
        """Worker of ``tax_invoices.issue``: every contract on its own."""
        for batch in in_batches([booked.contract_id for booked in self._contracts()], CONTRACTS_PER_ANNOUNCEMENT):
            writes = Transaction()
            for contract_id in batch:
                writes.announce("tax_invoices.make_out", f"{contract_id}/{period}", iso(self._clock.real_now()))
            writes.commit()

    def make_out(self, key: str) -> None:
        """Worker of ``tax_invoices.make_out``: what is new on each account of a contract (``<contract>/<period>``)."""
        contract_id, _, period = key.rpartition("/")
        _, end = bounds(period)
        computed = self._accruals.computed(contract_id, end - LAST_INSTANT)
        terms = {show.show_id: show.terms for show in computed.shows}
        parties = computed.parties
        shows = [(terms[each.show_id], each) for each in computed.statement.shows]
        for account, (base, tax) in matured_bases(contract_id, parties.brand_id, parties.creator_id, shows).items():
            self._make_out(account, period, base, tax, title=parties.title, currency=parties.terms.currency)

    def listed(self, principal: Principal) -> list[TaxInvoice]:
        """The caller's own documents, the newest month first."""
        return self._store.of_tenant(principal.tenant_id)

    def of_period(self, period: str) -> list[TaxInvoice]:
        """A month's documents, for finance."""
        bounds(period)
        return self._store.of_period(period)

    def get(self, principal: Principal, number: str) -> TaxInvoice:
        """A document for its parties and the marketplace. Raises `NoSuchTaxInvoice`."""
        found = self._store.invoice(number)
        if principal.tenant_id not in {PLATFORM_TENANT, found.account.supplier_id, found.account.customer_id}:
            raise NoSuchTaxInvoice("There is no such invoice.")
        return found

    def wording(self, principal: Principal, number: str) -> Wording:
        """What the document says. Raises `NoSuchTaxInvoice`."""
        invoice = self.get(principal, number)
        return wording(invoice, supplier=self._name(invoice.account.supplier_id), customer=self._name(invoice.account.customer_id))

    def pdf(self, principal: Principal, number: str) -> str:
        """The address to download the document from as a PDF, for five minutes. Raises `NoSuchTaxInvoice`."""
        body = to_pdf(self.wording(principal, number))
        key = f"tax-invoices/{number}-{hashlib.sha256(body).hexdigest()}.pdf"
        self._records.put(key, body, "application/pdf")
        return self._records.download_url(key, f"{number}.pdf", DOWNLOAD_SECONDS)

    def _name(self, tenant_id: str) -> str:
        return PLATFORM_NAME if tenant_id == PLATFORM_TENANT else self._names(tenant_id)

    def _make_out(self, account: Account, period: str, base: int, tax: int, *, title: str, currency: str) -> None:
        """One document for what is new on an account; none where nothing is, or where the month has its document."""
        for _ in range(MAX_ATTEMPTS):
            before = self._store.to_date(account)
            if before.period >= period or (before.base_minor, before.tax_minor) == (base, tax):
                return
            now = self._clock.now()
            count = self._store.count(account.supplier_id, now.year) + 1
            invoice = TaxInvoice(
                number=number_of(account, now.year, count),
                account=account,
                period=period,
                title=title,
                currency=currency,
                base_minor=base - before.base_minor,
                tax_minor=tax - before.tax_minor,
                base_to_date_minor=base,
                tax_to_date_minor=tax,
                issued_at=now,
            )
            after = ToDate(period=period, base_minor=base, tax_minor=tax, version=before.version + 1)
            try:
                self._store.add(invoice, before, after, year=now.year, count=count)
            except InvoicedMeanwhile:
                continue
            return
        raise InvoicedMeanwhile("Invoices are being made out by somebody else just now. Try again.")

"""Invoices follow what accruals find: raised when matured money is not paid for, settled when it is; reminders go by business time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.ids import fingerprint
from chalicelib.notices.rules import LOOK, deal_subject
from chalicelib.payouts.invoice_store import InvoiceStore
from chalicelib.payouts.ports import ContractParties
from chalicelib.payouts.rules.invoices import DUE_AFTER, Invoice, demand_paid, due_reminder, reminded
from chalicelib.payouts.store import Superseded

ID_DIGITS = 26
MAX_REMINDED = 100
"""How many reminders one run of the schedule sends; the rest follow a minute later."""
Unpaid = Callable[[str], int]
"""What a contract's brand has to pay now, in minor units, computed anew."""


class Invoices:
    """What brands owe."""

    def __init__(self, *, store: InvoiceStore, clock: Clock) -> None:
        """`clock` tells business time: due dates and reminders go by it."""
        self._store = store
        self._clock = clock

    def observe(self, parties: ContractParties, unpaid_minor: int) -> Invoice | None:
        """Make the contract's invoice say what is unpaid now; who loses a race leaves it to the winner, as accruals come again."""
        before = self._store.find(parties.contract_id)
        if unpaid_minor == (before.amount_minor if before else 0):
            return before
        after = self._with(parties, before, unpaid_minor)
        writes = Writes()
        if after is not None:
            self._store.write(writes, after, before)
            writes.announce(LOOK, deal_subject(parties.contract_id), iso(self._clock.real_now()))
        elif before is not None:
            self._store.settle(writes, before)
        writes.commit()
        return after

    def listed(self, principal: Principal) -> list[Invoice]:
        """Unpaid invoices, the longest due first: all for finance, else a brand's own."""
        return self._store.every() if principal.tenant_id == PLATFORM_TENANT else self._store.of_brand(principal.tenant_id)

    def remind(self) -> int:
        """Send each reminder that has become due, once; run by the schedule and when the clock moves. Returns how many."""
        now, sent = self._clock.now(), 0
        for invoice in self._store.every():
            days = due_reminder(invoice, now)
            if days is None or sent == MAX_REMINDED:
                continue
            self._store.write(writes := Writes(), reminded(invoice, days, now), invoice)
            writes.announce(LOOK, deal_subject(invoice.contract_id), iso(self._clock.real_now()))
            with suppress(Superseded):
                writes.commit()
                sent += 1
        return sent

    def demand_paid(self, brand_id: str, unpaid: Unpaid) -> None:
        """Raises `InvoiceOverdue` while the brand has one that is unpaid for too long. What was paid just now counts at once."""
        now = self._clock.now()
        demand_paid((invoice for invoice in self._store.of_brand(brand_id) if unpaid(invoice.contract_id) > 0), now)

    def _with(self, parties: ContractParties, before: Invoice | None, unpaid_minor: int) -> Invoice | None:
        if unpaid_minor <= 0:
            return None
        if before is not None:
            return replace(before, amount_minor=unpaid_minor, version=before.version + 1)
        now = self._clock.now()
        return Invoice(
            invoice_id="inv_" + fingerprint("invoice", parties.contract_id, iso(now))[:ID_DIGITS],
            contract_id=parties.contract_id,
            brand_id=parties.brand_id,
            title=parties.title,
            currency=parties.terms.currency,
            amount_minor=unpaid_minor,
            raised_at=now,
            due_at=now + DUE_AFTER,
        )

"""What becomes of an invoice that a brand does not pay after all reminders: finance's to collect, in words for mail. Pure.

Nothing is booked away by time. The debt stays, new offers stay blocked, and the host's money rests until it is paid for.
"""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.contracts.rules import Contract
from chalicelib.core.money import with_currency
from chalicelib.core.words import first_of
from chalicelib.notices.rules import DAY, FINANCE_TOLD, About, Happening, Kind, Seen, Wait, brand_people, host_people
from chalicelib.payouts.rules.invoices import BLOCKED_AFTER, DECIDED_AFTER, Invoice

BLOCKED = Kind(
    name="invoice_blocks",
    subject="No new offers: {amount} is unpaid",
    lines=(
        "The invoice of {amount} for {title} was due until {due_at} and is not paid. {brand} can make no new offers until it is.",
        "What is booked stays booked.",
    ),
    link_label="Pay",
    required=True,
)
NOT_PAID_FOR = Kind(
    name="earnings_not_paid_for",
    subject="Not paid for yet: {title}",
    lines=(
        "{brand} has not paid for {title} in time. What {host} has earned stays owed, and is sent when it is paid for.",
        "The marketplace sees to it, and {brand} can make no new offers until then.",
    ),
    link_label="See the contract",
)
TO_COLLECT = Kind(
    name="invoice_to_collect",
    subject="To collect from {brand}: {amount}",
    lines=(
        "{brand} has not paid {amount} for {title}, due until {due_at}, after all reminders. New offers are blocked.",
        "From now on it is for finance to collect it, and to decide until {ends_at} what becomes of it.",
    ),
    link_label="See what the brand owes",
    required=True,
)
COLLECTION_AWAITED = Kind(
    name="collection_awaited",
    subject="To be decided until {ends_at}: {amount} of {brand}",
    lines=("{brand} still owes {amount} for {title}, due until {due_at}. What becomes of it is to be decided until {ends_at}.",),
    link_label="See what the brand owes",
    required=True,
)
UNCOLLECTED = Kind(
    name="invoice_uncollected",
    subject="Not collected: {amount} of {brand}",
    lines=(
        "{brand} has not paid {amount} for {title}, due until {due_at}, and nothing else ended it.",
        "It stays owed and keeps new offers blocked. Write to the brand by other means, or let an operator end what binds both.",
    ),
    link_label="See what the brand owes",
    required=True,
)
REMINDERS = (30 * DAY, 7 * DAY)


def of_invoice(contract: Contract, invoice: Invoice | None, now: datetime) -> Seen:
    """What waits for finance about an invoice that is unpaid beyond the last reminder to the brand."""
    if invoice is None or now < invoice.due_at + BLOCKED_AFTER:
        return Seen()
    waits = () if now >= invoice.due_at + DECIDED_AFTER else (_collection(contract, invoice),)
    return Seen(waits=waits, happenings=tuple(_happenings(contract, invoice, now)))


def _collection(contract: Contract, invoice: Invoice) -> Wait:
    return Wait(
        state="collection",
        key=invoice.invoice_id,
        ends_at=invoice.due_at + DECIDED_AFTER,
        began_at=invoice.due_at + BLOCKED_AFTER,
        asked=(FINANCE_TOLD,),
        reminder=COLLECTION_AWAITED,
        before=REMINDERS,
        about=_about(contract, invoice, "/finance/brands"),
    )


def _happenings(contract: Contract, invoice: Invoice, now: datetime) -> Iterator[Happening]:
    key, blocked_at, decided_by = invoice.invoice_id, invoice.due_at + BLOCKED_AFTER, invoice.due_at + DECIDED_AFTER
    payment, deal = f"/contracts/{contract.contract_id}/payment", f"/contracts/{contract.contract_id}"
    brand, hosts = (brand_people(contract.brand_id),), host_people(contract.creator_id, contract.agency_id)
    yield Happening(kind=BLOCKED, key=key, at=blocked_at, told=brand, about=_about(contract, invoice, payment))
    yield Happening(kind=NOT_PAID_FOR, key=key, at=blocked_at, told=hosts, about=_about(contract, invoice, deal, amount=""))
    about = _about(contract, invoice, "/finance/brands")
    yield Happening(kind=TO_COLLECT, key=key, at=blocked_at, told=(FINANCE_TOLD,), about=about)
    if now >= decided_by:
        yield Happening(kind=UNCOLLECTED, key=key, at=decided_by, told=(FINANCE_TOLD,), about=about)


def _about(contract: Contract, invoice: Invoice, path: str, *, amount: str | None = None) -> About:
    owed = with_currency(invoice.amount_minor, invoice.currency)
    return About(
        path=path,
        zone=contract.terms.timezone,
        facts={"title": first_of([booked.title for booked in contract.bookings]), "amount": owed if amount is None else amount},
        times={"due_at": invoice.due_at, "ends_at": invoice.due_at + DECIDED_AFTER},
        names={"brand": contract.brand_id, "host": contract.creator_id},
    )

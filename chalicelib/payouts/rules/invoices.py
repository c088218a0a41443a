"""Invoices for what has matured and is not paid for: when they are due, when the brand is reminded, when it is blocked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.errors import Conflict
from chalicelib.core.money import with_currency

DUE_AFTER = timedelta(days=14)
REMINDED_AFTER_DAYS = (3, 7, 14)
"""Days after the due date; each reminder goes out once."""
BLOCKED_AFTER = timedelta(days=REMINDED_AFTER_DAYS[-1])
DECIDED_AFTER = timedelta(days=60)
"""After the due date, for finance to collect it or to decide what becomes of it; until then it is a matter of reminders."""
DATE = "%d %B %Y"


class InvoiceOverdue(Conflict):
    """The brand has an invoice that is unpaid for too long, so it cannot make new offers. Its bookings stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Sent when the invoice was so many days overdue."""

    days: int
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What a brand owes for a contract now. The due date is that of the oldest part: what matures later is added until it is paid."""

    invoice_id: str
    contract_id: str
    brand_id: str
    title: str
    currency: str
    amount_minor: int
    raised_at: datetime
    due_at: datetime
    reminders: tuple[Reminder, ...] = ()
    version: int = 1


def due_reminder(invoice: Invoice, now: datetime) -> int | None:
    """The reminder (in days) that has to go out now; one that was missed while nobody looked is not sent after a later one."""
    overdue = now - invoice.due_at
    reached = [days for days in REMINDED_AFTER_DAYS if overdue >= timedelta(days=days)]
    sent = max((reminder.days for reminder in invoice.reminders), default=0)
    return reached[-1] if reached and reached[-1] > sent else None


def reminded(invoice: Invoice, days: int, now: datetime) -> Invoice:
    """The invoice with the reminder on it."""
    return replace(invoice, reminders=(*invoice.reminders, Reminder(days=days, sent_at=now)), version=invoice.version + 1)


def is_blocking(invoice: Invoice, now: datetime) -> bool:
    """Whether it is unpaid beyond the last reminder."""
    return now - invoice.due_at > BLOCKED_AFTER


def sentence(invoice: Invoice) -> str:
    """The invoice in words, for both sides' pages and for refusals."""
    amount = with_currency(invoice.amount_minor, invoice.currency)
    return f"invoice {invoice.invoice_id} of {amount} for {invoice.title}, due on {invoice.due_at.strftime(DATE)}"


def demand_paid(invoices: Iterable[Invoice], now: datetime) -> None:
    """Raises `InvoiceOverdue` that names the invoice which has been unpaid the longest."""
    blocking = sorted((each for each in invoices if is_blocking(each, now)), key=lambda each: (each.due_at, each.invoice_id))
    if blocking:
        raise InvoiceOverdue(
            f"Pay {sentence(blocking[0])}, first: it has been unpaid for more than {BLOCKED_AFTER.days} days. "
            "Until then no new offers can be made; what is booked stays booked.",
            to_others="The brand has to settle something with the marketplace before it can make new bookings.",
        )

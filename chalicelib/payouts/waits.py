"""What waits for money, and what has happened to it, in words for mail. Pure.

Amounts that are one side's are in mail to that side only: a host is told that a deposit came, not how much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.contracts.rules import Contract
from chalicelib.core.money import with_currency
from chalicelib.core.words import first_of
from chalicelib.notices.rules import (
    DAY,
    FINANCE_TOLD,
    HOUR,
    About,
    Happening,
    Kind,
    Seen,
    Wait,
    brand_people,
    host_people,
    payee_people,
)
from chalicelib.payouts.rules.funding import Funding, FundingKind, FundingState
from chalicelib.payouts.rules.invoices import BLOCKED_AFTER, Invoice
from chalicelib.payouts.rules.settlements import Settlement, SettlementState

DEPOSIT_DUE = Kind(
    name="deposit_due",
    subject="Deposit of {amount} due before {starts_at}: {title}",
    lines=(
        "The contract between {brand} and {host} for {title} is signed.",
        "A deposit of {amount} is due before {starts_at}, when the first show starts.",
        "If it has not come by then, shows may still go on; what is earned is invoiced, and unpaid invoices end new offers.",
    ),
    link_label="Pay the deposit",
    required=True,
)
DEPOSIT_PAID = Kind(
    name="deposit_paid",
    subject="Deposit paid: {title}",
    lines=("The deposit for {title} ({brand} with {host}) has been paid.",),
    link_label="See the contract",
)
INVOICE_RAISED = Kind(
    name="invoice_raised",
    subject="Invoice of {amount}, due {due_at}",
    lines=("{amount} is due for {title} until {due_at}.", "Unpaid at {ends_at}, it ends new offers until it is paid."),
    link_label="Pay",
    required=True,
)
INVOICE_DUE = Kind(
    name="invoice_due",
    subject="{amount} due until {due_at}",
    lines=("The invoice of {amount} for {title} is due until {due_at}.", "Unpaid at {ends_at}, it ends new offers until it is paid."),
    link_label="Pay",
    required=True,
)
INVOICE_OVERDUE = Kind(
    name="invoice_overdue",
    subject="Overdue since {due_at}: {amount}",
    lines=(
        "The invoice of {amount} for {title} was due until {due_at} and is not paid.",
        "Unpaid at {ends_at}, it ends new offers until it is paid.",
    ),
    link_label="Pay",
    required=True,
)
CONNECT_PAYOUTS = Kind(
    name="connect_payouts",
    subject="Connect payouts to be paid for {title}",
    lines=(
        "The contract for {title} is signed, and your payouts are not connected yet, so nothing can be sent to you.",
        "What you earn may be payable from {ends_at} on. It stays owed to you until you have connected; from then on finance knows of it.",
    ),
    link_label="Connect payouts",
)
PAYEE_UNREACHABLE = Kind(
    name="payee_unreachable",
    subject="{payee} cannot be paid",
    lines=("{payee} has not connected payouts, and what is earned under the contract for {title} may be payable now. It stays owed.",),
    link_label="See the payees",
)
STATEMENT_READY = Kind(
    name="statement_ready",
    subject="Final statement: {title}",
    lines=("Returns are closed and nothing about {title} ({brand} with {host}) changes any more: the statement is final.",),
    link_label="Read the statement",
)
PAYOUT_SENT = Kind(
    name="payout_sent",
    subject="{amount} sent to your account",
    lines=("{amount} was sent to your account at Stripe, which pays it out to your bank.",),
    link_label="See your payouts",
)
PAYOUT_FAILED = Kind(
    name="payout_failed",
    subject="{amount} could not be sent",
    lines=("Stripe has refused to send you {amount}. The money stays owed to you. Look whether your payouts need attention.",),
    link_label="See your payouts",
    required=True,
)
DEPOSIT_REMINDERS = (3 * DAY, DAY)
INVOICE_REMINDERS = (BLOCKED_AFTER + 3 * DAY,)
"""Three days before the due date; what comes after it are the reminders of the invoice itself."""
CONNECT_REMINDERS = (7 * DAY, DAY)
COMPUTED_WITHIN = HOUR
"""The day's accruals are done by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOfDeal:
    """What is known of a signed contract's money: what is still due before the first show, payments, the invoice, and who can be paid."""

    deposit_due_minor: int
    fundings: tuple[Funding, ...]
    invoice: Invoice | None
    cannot_be_paid: tuple[str, ...]
    next_check_at: datetime | None
    """When time may change what is earned next; None when it cannot any more, or where nothing was computed yet."""
    has_statement: bool


def of_deal(contract: Contract, money: MoneyOfDeal, now: datetime, *, has_show_to_come: bool) -> Seen:
    """What waits for money under a signed contract. No deposit is asked for where no show is to come any more."""
    if contract.signed_at is None:
        return Seen()
    if not has_show_to_come:
        money = replace(money, deposit_due_minor=0)
    waits = (
        *_deposit_awaited(contract, money, now),
        *_invoice_awaited(contract, money, now),
        *_payees_awaited(contract, money, now),
        *_returns_awaited(contract, money),
    )
    return Seen(waits=waits, happenings=tuple(_happenings(contract, contract.signed_at, money, now)))


def of_payee(payee_id: str, settlements: Sequence[Settlement]) -> Seen:
    """What was sent to a payee, or could not be."""
    return Seen(happenings=tuple(_of_settlement(payee_id, settlement) for settlement in settlements if settlement.state in _SETTLED))


_SETTLED = {SettlementState.SENT: PAYOUT_SENT, SettlementState.RECONCILED: PAYOUT_SENT, SettlementState.FAILED: PAYOUT_FAILED}


def _of_settlement(payee_id: str, settlement: Settlement) -> Happening:
    about = About(path="/creator/payouts", facts={"amount": with_currency(settlement.amount_minor, settlement.currency)})
    at = settlement.sent_at
    return Happening(kind=_SETTLED[settlement.state], key=settlement.settlement_id, at=at, told=(payee_people(payee_id),), about=about)


def _deposit_awaited(contract: Contract, money: MoneyOfDeal, now: datetime) -> Iterator[Wait]:
    starts_at = _first_start(contract)
    if money.deposit_due_minor > 0 and now < starts_at and contract.signed_at is not None:
        yield Wait(
            state="deposit",
            key=contract.contract_id,
            ends_at=starts_at,
            began_at=contract.signed_at,
            asked=(brand_people(contract.brand_id),),
            reminder=DEPOSIT_DUE,
            before=DEPOSIT_REMINDERS,
            about=_deposit(contract, money),
        )


def _invoice_awaited(contract: Contract, money: MoneyOfDeal, now: datetime) -> Iterator[Wait]:
    invoice = money.invoice
    if invoice is not None and now < invoice.due_at + BLOCKED_AFTER:
        yield Wait(
            state="invoice",
            key=invoice.invoice_id,
            ends_at=invoice.due_at + BLOCKED_AFTER,
            began_at=invoice.raised_at,
            asked=(brand_people(contract.brand_id),),
            reminder=INVOICE_DUE,
            before=INVOICE_REMINDERS,
            about=_invoice(contract, invoice),
        )


def _payees_awaited(contract: Contract, money: MoneyOfDeal, now: datetime) -> Iterator[Wait]:
    payable = _payable_from(contract)
    for payee_id in money.cannot_be_paid if now < payable else ():
        yield Wait(
            state="payout_account",
            key=f"{contract.contract_id} {payee_id}",
            ends_at=payable,
            began_at=contract.signed_at or contract.recorded_at,
            asked=(payee_people(payee_id),),
            reminder=CONNECT_PAYOUTS,
            before=CONNECT_REMINDERS,
            about=_about(contract, "/creator/payouts", ends_at=payable),
        )


def _returns_awaited(contract: Contract, money: MoneyOfDeal) -> Iterator[Wait]:
    """Nobody is asked: returns close by themselves, and what matures is computed at the end of each day of the contract's zone."""
    if money.next_check_at is not None:
        yield Wait(
            state="returns",
            key=contract.contract_id,
            ends_at=money.next_check_at + COMPUTED_WITHIN,
            began_at=contract.signed_at or contract.recorded_at,
            about=_about(contract, f"/contracts/{contract.contract_id}/statement"),
        )


def _happenings(contract: Contract, signed_at: datetime, money: MoneyOfDeal, now: datetime) -> Iterator[Happening]:
    brand, hosts, key = brand_people(contract.brand_id), host_people(contract.creator_id, contract.agency_id), contract.contract_id
    if money.deposit_due_minor > 0 and now < _first_start(contract):
        yield Happening(kind=DEPOSIT_DUE, key=key, at=signed_at, told=(brand,), about=_deposit(contract, money))
    for funding in money.fundings:
        if funding.kind is FundingKind.DEPOSIT and funding.state is FundingState.PAID:
            about = _about(contract, f"/contracts/{contract.contract_id}")
            yield Happening(kind=DEPOSIT_PAID, key=funding.funding_id, at=funding.paid_at, told=(brand, *hosts), about=about)
    for payee_id in money.cannot_be_paid:
        kind, told = (CONNECT_PAYOUTS, payee_people(payee_id)) if now < _payable_from(contract) else (PAYEE_UNREACHABLE, FINANCE_TOLD)
        at = signed_at if kind is CONNECT_PAYOUTS else _payable_from(contract)
        path = "/creator/payouts" if kind is CONNECT_PAYOUTS else "/finance/payees"
        about = _about(contract, path, names={"payee": payee_id}, ends_at=_payable_from(contract))
        yield Happening(kind=kind, key=payee_id, at=at, told=(told,), about=about)
    if money.has_statement and money.next_check_at is None:
        about = _about(contract, f"/contracts/{contract.contract_id}/statement")
        yield Happening(kind=STATEMENT_READY, key=key, at=None, told=(brand, *hosts), about=about)
    yield from _of_invoice(contract, money.invoice)


def _of_invoice(contract: Contract, invoice: Invoice | None) -> Iterator[Happening]:
    if invoice is None:
        return
    told, about = (brand_people(contract.brand_id),), _invoice(contract, invoice)
    yield Happening(kind=INVOICE_RAISED, key=invoice.invoice_id, at=invoice.raised_at, told=told, about=about)
    for reminder in invoice.reminders:
        yield Happening(kind=INVOICE_OVERDUE, key=f"{invoice.invoice_id} {reminder.days}", at=reminder.sent_at, told=told, about=about)


def _payable_from(contract: Contract) -> datetime:
    """Not before the returns of the first show are closed."""
    return _first_start(contract) + timedelta(days=contract.terms.return_window_days)


def _first_start(contract: Contract) -> datetime:
    return min(booked.starts_at for booked in contract.bookings)


def _deposit(contract: Contract, money: MoneyOfDeal) -> About:
    amount = with_currency(money.deposit_due_minor, contract.terms.currency)
    return _about(contract, f"/contracts/{contract.contract_id}/payment", amount=amount)


def _invoice(contract: Contract, invoice: Invoice) -> About:
    return _about(
        contract,
        f"/contracts/{contract.contract_id}/payment",
        amount=with_currency(invoice.amount_minor, invoice.currency),
        due_at=invoice.due_at,
        ends_at=invoice.due_at + BLOCKED_AFTER,
    )


def _about(contract: Contract, path: str, *, amount: str = "", names: dict[str, str] | None = None, **times: datetime) -> About:
    return About(
        path=path,
        zone=contract.terms.timezone,
        facts={"title": first_of([booked.title for booked in contract.bookings]), "amount": amount},
        times={"starts_at": _first_start(contract), **times},
        names={"brand": contract.brand_id, "host": contract.creator_id, **(names or {})},
    )

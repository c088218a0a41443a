"""Brands' money for finance: what they have prepaid and owe, refunds of it by two people, and tax invoices."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Principal
from chalicelib.core.money import from_major
from chalicelib.ledger import accounts
from chalicelib.payouts.fundings import ContractFunds
from chalicelib.payouts.rules.prepaid_refunds import CAN_BE_VOID, RefundOfPrepaid
from chalicelib.web.pages import money_tables, steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, name_of, person, state_cell, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Figure, Link, Table, Todo, money, when
from chalicelib.web.views.forms import Field, Form
from chalicelib.wiring import services

PATH = "/finance/brands"
MAX_CONTRACTS = 500
SECOND_PERSON = "You prepared this refund, so another person has to approve it."
Words = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
AmountText = Annotated[str, msgspec.Meta(max_length=30)]


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why unused money goes back, and how much in major units; empty is all of it."""

    reason: Words
    amount: AmountText = ""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a refund is not to be made."""

    reason: Words


@routes.page("GET", PATH, action=Action.RECONCILE)
def brands_page(call: Call[None]) -> Page:
    """All brands, what they have not paid, and refunds that wait for a second person."""
    payouts = services().payouts
    view = steps.Steps(
        title="Brands' money",
        lead="What a brand has prepaid is used for what hosts earn, oldest show first. What is left goes back after the last show's close.",
        heading="Waits for a second person",
        nothing="No refund waits for a second person.",
        decisions=tuple(_to_approve(call.principal)),
        tables=(_brands(), money_tables.invoices(payouts.invoices.listed(call.principal), for_finance=True), _contracts()),
        links=(Link(label="Tax invoices", href="/finance/tax-invoices"), Link(label="Payees", href="/finance/payees")),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.page("GET", "/finance/contracts/{contract_id}/money", action=Action.RECONCILE)
def contract_money(call: Call[None], contract_id: str) -> Page:
    """A contract's money, and the way to give back what is unused."""
    payouts, principal = services().payouts, call.principal
    contract = services().contracts.get(principal, contract_id)
    funds = payouts.fundings.standing(principal, contract_id)
    brand = name_of(contract.brand_id)
    view = steps.Steps(
        title=f"{contract.bookings[0].title}: money of {brand}",
        lead=f"The contract of {brand} with {name_of(contract.creator_id)}.",
        heading="Refunds that wait",
        nothing="No refund of this contract waits for a second person.",
        decisions=tuple(_decision(principal, each) for each in payouts.refunds_to_approve() if each.contract_id == contract_id),
        figures=tuple(_figures(funds)),
        forms=(_refund_form(contract_id, brand, funds),) if allowed(principal, Action.PREPARE_REFUND) and funds.unused_minor else (),
        tables=(
            money_tables.payments(payouts.fundings.of_contract(principal, contract_id)),
            money_tables.refunds(payouts.refunds.of_contract(principal, contract_id), for_finance=True),
            money_tables.chargebacks(payouts.chargebacks.of_contract(principal, contract_id)),
            _owed_back(contract_id, funds.currency),
        ),
        links=(Link(label="The contract", href=f"/contracts/{contract_id}"), Link(label="All brands", href=PATH)),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", "/finance/contracts/{contract_id}/refunds", action=Action.PREPARE_REFUND, body=NewRefund)
def prepare_refund(call: Call[NewRefund], contract_id: str) -> Redirect:
    """Take unused money out of the contract's funds, for its way back."""
    currency = services().payouts.fundings.standing(call.principal, contract_id).currency
    wanted = from_major(call.body.amount.strip(), currency) if call.body.amount.strip() else None
    return _to(services().payouts.refunds.prepare(call.principal, contract_id, call.body.reason, wanted))


@routes.page("GET", "/finance/refunds/{refund_id}", action=Action.RECONCILE)
def refund_page(call: Call[None], refund_id: str) -> Page:
    """One refund: to approve, to void, and where each part of it is."""
    refund = services().payouts.refunds.get(call.principal, refund_id)
    brand = name_of(refund.brand_id)
    view = steps.Steps(
        title=f"{money(refund.amount_minor, refund.currency)} back to {brand}",
        lead=refund.reason,
        heading="Decide",
        nothing="There is nothing to decide any more.",
        decisions=tuple(_choices(call.principal, refund)),
        forms=tuple(_void_form(call.principal, refund)),
        tables=(
            table("Parts, one for each charge", "Charge,Amount,At Stripe,State", _parts(refund), "None yet.", numbers=(1,)),
            table("Timeline", "When,What,Who", _timeline(call.principal, refund), "Nothing yet."),
        ),
        links=(Link(label="The contract's money", href=f"/finance/contracts/{refund.contract_id}/money"),),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", "/finance/refunds/{refund_id}/approve", action=Action.APPROVE_REFUND, body=NoBody)
def approve_refund(call: Call[NoBody], refund_id: str) -> Redirect:
    """A second person's yes; a worker refunds the charges."""
    return _to(services().payouts.refunds.approve(call.principal, refund_id))


@routes.form("POST", "/finance/refunds/{refund_id}/void", action=Action.APPROVE_REFUND, body=Reason)
def void_refund(call: Call[Reason], refund_id: str) -> Redirect:
    """Call it off; the money is the contract's again."""
    return _to(services().payouts.refunds.void(refund_id, call.body.reason))


def refund_todos() -> Iterator[Todo]:
    """Refunds that wait for a second person, for finance's home."""
    for each in services().payouts.refunds_to_approve():
        text = f"To give {money(each.amount_minor, each.currency)} back to {name_of(each.brand_id)} waits for a second person"
        yield Todo(text=text, link=Link(label="Review", href=f"/finance/refunds/{each.refund_id}"))


def _to(refund: RefundOfPrepaid) -> Redirect:
    return Redirect(path=f"/finance/refunds/{refund.refund_id}")


def _to_approve(principal: Principal) -> Iterator[steps.Decision]:
    for each in services().payouts.refunds_to_approve():
        yield _decision(principal, each)


def _decision(principal: Principal, refund: RefundOfPrepaid) -> steps.Decision:
    return steps.Decision(
        title=f"{money(refund.amount_minor, refund.currency)} back to {name_of(refund.brand_id)}: {refund.reason}",
        detail=f"prepared by {person(principal, refund.prepared_by)} on {when(refund.prepared_at, UTC_ZONE)}",
        status=status(refund.state),
        link=Link(label="Review", href=f"/finance/refunds/{refund.refund_id}"),
    )


def _choices(principal: Principal, refund: RefundOfPrepaid) -> Iterator[steps.Decision]:
    if refund.state not in CAN_BE_VOID:
        yield steps.Decision(title="Where it stands", detail=refund.note or "", status=status(refund.state))
        return
    label = f"Give {money(refund.amount_minor, refund.currency)} back to {name_of(refund.brand_id)}"
    own = refund.prepared_by == principal.user_id
    can = allowed(principal, Action.APPROVE_REFUND) and not own
    detail = SECOND_PERSON if own else "" if can else "A finance approver has to approve this refund."
    button = Button(label=label, action=f"/finance/refunds/{refund.refund_id}/approve", tone="danger") if can else None
    yield steps.Decision(title="Approve it", detail=detail, status=status(refund.state), button=button)


def _void_form(principal: Principal, refund: RefundOfPrepaid) -> Iterator[Form]:
    if refund.state in CAN_BE_VOID and allowed(principal, Action.APPROVE_REFUND):
        why = Field(
            name="reason", label="Why it is not to be made", hint="The money is the contract's again at once. The brand reads this."
        )
        action = f"/finance/refunds/{refund.refund_id}/void"
        yield Form(title="Void it", action=action, button="Void this refund", fields=(why,), tone="secondary")


def _parts(refund: RefundOfPrepaid) -> Iterator[tuple[Cell, ...]]:
    for part in refund.parts:
        at_stripe = cell(part.stripe_id or "", note=part.balance_transaction_id or "")
        yield cell(part.charge_id), cell(money(part.amount_minor, refund.currency)), at_stripe, state_cell(part.state, note=part.note or "")


def _timeline(principal: Principal, refund: RefundOfPrepaid) -> Iterator[tuple[Cell, ...]]:
    yield cell(when(refund.prepared_at, UTC_ZONE)), cell("Prepared"), cell(person(principal, refund.prepared_by))
    if refund.approved_at is not None:
        yield cell(when(refund.approved_at, UTC_ZONE)), cell("Approved"), cell(person(principal, refund.approved_by))
    for part in refund.parts:
        for attempt in part.attempts:
            words = f"Part {part.number}, attempt {attempt.number}: {attempt.outcome}"
            yield cell(when(attempt.started_at, UTC_ZONE)), cell(words), cell(attempt.key)


def _figures(funds: ContractFunds) -> Iterator[Figure]:
    yield Figure(label="Paid in", value=money(funds.received_minor, funds.currency), hint="less what went back")
    yield Figure(label="Not used yet", value=money(funds.unused_minor, funds.currency), hint="goes back after the last show's close")
    yield Figure(label="Not paid for", value=money(funds.unfunded_minor, funds.currency), hint="matured, not payable before it is paid")


def _refund_form(contract_id: str, brand: str, funds: ContractFunds) -> Form:
    left = money(funds.unused_minor, funds.currency)
    fields = (
        Field(name="reason", label="Why the money goes back", hint="A colleague has to approve it. The brand reads this."),
        Field(name="amount", label=f"How much, in {funds.currency}", hint=f"Up to {left}; left empty, all of it.", needed=False),
    )
    action = f"/finance/contracts/{contract_id}/refunds"
    return Form(title="Give unused money back", action=action, button=f"Prepare a refund to {brand}", fields=fields, tone="secondary")


def _brands() -> Table:
    """Every brand with money in the books, seen from the brand: prepaid is what it has, the rest what it owes or gets."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for balance in services().ledger.balances(accounts.BRAND_PREFIX):
        brand = balance.account.split(":")[1]
        sums.setdefault((brand, balance.currency), {})[accounts.stage_of(balance.account)] = balance.minor
    rows = [
        (
            cell(name_of(brand)),
            cell(money(-of.get("prepaid", 0), currency)),
            cell(money(of.get("receivable", 0), currency)),
            cell(money(-of.get("recoverable", 0), currency)),
        )
        for (brand, currency), of in sorted(sums.items())
    ]
    return table("Brands", "Brand,Prepaid,To pay,To come back from payees", rows, "No brand has money in the books yet.", numbers=(1, 2, 3))


def _contracts() -> Table:
    rows = [
        (
            cell(services().contracts.contract(each.contract_id).bookings[0].title, f"/finance/contracts/{each.contract_id}/money"),
            cell(name_of(each.brand_id)),
            cell(when(each.as_of, UTC_ZONE)),
        )
        for each in services().payouts.booked_contracts()[:MAX_CONTRACTS]
    ]
    return table("Contracts", "Contract,Brand,Last booked", rows, "No contract has booked anything yet.")


def _owed_back(contract_id: str, currency: str) -> Table:
    owed = services().payouts.payees.owed_back(contract_id)
    rows = [(cell(name_of(payee)), cell(money(minor, currency))) for payee, minor in owed.items()]
    return table("Owed back by payees", "Payee,Amount", rows, "No payee owes anything back under this contract.", numbers=(1,))

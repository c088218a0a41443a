"""Payees for finance: what each can be paid, why not, and what each owes back to whom."""

from collections.abc import Iterator

from chalicelib.core.access import Action
from chalicelib.ledger import accounts
from chalicelib.payouts.payees import PayeeStanding
from chalicelib.payouts.records import PayoutAccount
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, name_of, table
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Cell, Link, Status
from chalicelib.web.views.common import money as money_
from chalicelib.wiring import services

CONNECTED = Status(word="Can be paid", tone="good")
RESTRICTED = Status(word="Restricted by Stripe", tone="bad")
UNCONNECTED = Status(word="Not connected", tone="waiting")


@routes.page("GET", "/finance/payees", action=Action.RECONCILE)
def payees_page(call: Call[None]) -> Page:
    """All payees that have ever earned anything."""
    del call
    payouts = services().payouts
    balances = services().ledger.balances(accounts.PAYEE_PREFIX)
    payees = sorted({str(accounts.payee_of(each.account)) for each in balances})
    standing = [each for payee in payees for each in payouts.payees.standing(payee)]
    view = steps.Steps(
        title="Payees",
        lead="A debt is netted from what comes next, the oldest first. Nothing is transferred to make up for one.",
        heading="To do",
        nothing="There is nothing to do here. Prepare settlements, or look at one that waits.",
        decisions=(),
        tables=(
            table(
                "Payees",
                "Payee,Payable,In the next settlement,Connection",
                _rows(standing),
                "Nobody has earned anything yet.",
                numbers=(1,),
            ),
            table("Owed back, oldest first", "Payee,To,Amount", _debts(standing), "Nobody owes anything back.", numbers=(2,)),
        ),
        links=(Link(label="Settlements", href="/finance/settlements"),),
    )
    return Page(template=steps.TEMPLATE, view=view)


def _rows(standing: list[PayeeStanding]) -> Iterator[tuple[Cell, ...]]:
    for each in standing:
        account = services().payouts.accounts.of_payee(each.payee_id)
        why = each.carried.reason if each.carried else "yes"
        yield cell(name_of(each.payee_id)), cell(money_(each.payable_minor, each.currency)), cell(why), _connection(account)


def _connection(account: PayoutAccount | None) -> Cell:
    if account is None or account.stripe_account is None:
        return Cell(text="", status=UNCONNECTED, note=(account.note or "") if account else "")
    if account.transfers_active:
        return Cell(text="", status=CONNECTED)
    reason = (account.disabled_reason or "details are missing or under review").replace("_", " ")
    return Cell(text="", status=RESTRICTED, note=reason)


def _debts(standing: list[PayeeStanding]) -> Iterator[tuple[Cell, ...]]:
    for each in standing:
        for debt in each.debts:
            to = cell(
                name_of(debt.brand_id) if debt.brand_id else "Primetime",
                f"/finance/contracts/{debt.contract_id}/money" if debt.contract_id else None,
            )
            yield cell(name_of(each.payee_id)), to, cell(money_(debt.minor, each.currency))

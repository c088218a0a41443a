"""What reached payees' banks: each automatic payout with the transfers that it paid out, a payee's own, or all for finance."""

from collections.abc import Sequence

from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.reconciliation.records import PayeePayout
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, name_of, table
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Cell, Link, Table, money
from chalicelib.wiring import services

DATE = "%-d %b %Y"
FOR_FINANCE, FOR_PAYEES = "/finance/bank-payouts", "/creator/bank-payouts"


@routes.page("GET", FOR_FINANCE, action=Action.RECONCILE)
def bank_payouts_of_all(call: Call[None]) -> Page:
    """The newest of all payees."""
    return _page(call.principal, Link(label="Back to reconciliation", href="/finance/reconciliation"))


@routes.page("GET", FOR_PAYEES, action=Action.CONNECT_PAYOUTS)
def bank_payouts_of_mine(call: Call[None]) -> Page:
    """The newest of the payee's own."""
    return _page(call.principal, Link(label="Back to payouts", href="/creator/payouts"))


def _page(principal: Principal, back: Link) -> Page:
    found = services().reconciliation.payee_payouts.newest(principal)
    view = steps.Steps(
        title="Payouts to the bank, in parts",
        lead="Each automatic payout is the sum of the transfers that it paid out, less what went back. Stripe itemises it a day later.",
        heading="To do",
        nothing="Nothing: each payout is compared with its parts in the next reconciliation.",
        decisions=(),
        tables=(_table(principal, found),),
        links=(back,),
    )
    return Page(template=steps.TEMPLATE, view=view)


def _table(principal: Principal, found: Sequence[PayeePayout]) -> Table:
    rows = [row for payout in found for row in _rows(principal, payout)]
    return table("Payouts", "Payout,Part,Amount,Arrives", rows, "No automatic payout was itemised yet.", numbers=(2,))


def _rows(principal: Principal, payout: PayeePayout) -> list[tuple[Cell, ...]]:
    """The payout, then its parts below it."""
    note = name_of(payout.payee_id) if principal.tenant_id == PLATFORM_TENANT else payout.status
    head = (
        cell(payout.payout_id, note=note),
        cell(f"{len(payout.entries):,} parts"),
        cell(money(payout.amount_minor, payout.currency)),
        cell(payout.arrives_on.strftime(DATE)),
    )
    parts = [
        (
            cell(""),
            cell(entry.transfer or entry.balance_transaction, note=entry.type.replace("_", " ")),
            cell(money(entry.net_minor, entry.currency)),
            cell(""),
        )
        for entry in payout.entries
    ]
    return [head, *parts]

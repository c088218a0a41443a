"""Settlements: what could be prepared, what was, and what is carried over."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.ledger import accounts
from chalicelib.payouts.rules.settlements import Settlement, carry_over
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, name_of, person, state_cell, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Table, money, when
from chalicelib.web.views.money import SettlementsPage
from chalicelib.wiring import services


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run is of one currency."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


@routes.page("GET", "/finance/settlements", action=Action.RECONCILE)
def settlements_page(call: Call[None]) -> Page:
    """All settlements, newest first, what could be prepared and what is carried over."""
    owed = payable()
    view = SettlementsPage(
        table=listed(call.principal, services().payouts.settlements.listed(call.principal)),
        prepare=_prepare(call.principal, owed),
        carried_over=table("Carried over", "Payee,Amount,Why", _carried(owed), "Nothing is carried over.", numbers=(1,)),
    )
    return Page(template="payouts/settlements.html", view=view)


@routes.form("POST", "/finance/settlements", action=Action.PREPARE_SETTLEMENT, body=Run)
def prepare_settlements(call: Call[Run]) -> Redirect:
    """Take what is payable to each payee."""
    services().payouts.settlements.prepare(call.principal, call.body.currency)
    return Redirect(path="/finance/settlements")


def payable() -> dict[tuple[str, str], int]:
    """What each payee could be paid now, by payee and currency; a debt is negative."""
    balances = services().ledger.balances(accounts.PAYEE_PREFIX)
    return {
        (str(accounts.payee_of(each.account)), each.currency): -each.minor
        for each in balances
        if accounts.stage_of(each.account) == accounts.PAYABLE and each.minor
    }


def listed(principal: Principal, settlements: Sequence[Settlement]) -> Table:
    """Settlements as a table."""
    rows = [
        (
            cell(name_of(each.payee_id), f"/finance/settlements/{each.settlement_id}"),
            cell(money(each.amount_minor, each.currency)),
            cell(person(principal, each.prepared_by)),
            cell(when(each.prepared_at, UTC_ZONE)),
            state_cell(each.state, note=each.note or ""),
        )
        for each in settlements
    ]
    return table("Settlements", "Payee,Amount,Prepared by,Prepared,State", rows, "No settlement was prepared yet.", numbers=(1,))


def _prepare(principal: Principal, owed: dict[tuple[str, str], int]) -> Button | None:
    """The run of the first currency in which somebody can be paid."""
    sums: dict[str, list[int]] = {}
    for (payee, currency), minor in sorted(owed.items()):
        if carry_over(payee, currency, minor) is None:
            sums.setdefault(currency, []).append(minor)
    if not sums or not allowed(principal, Action.PREPARE_SETTLEMENT):
        return None
    currency, each = next(iter(sorted(sums.items())))
    label = f"Prepare {money(sum(each), currency)} for {plural(len(each), 'payee')}"
    return Button(label=label, action="/finance/settlements", hidden=(("currency", currency),))


def _carried(owed: dict[tuple[str, str], int]) -> Iterator[tuple[Cell, ...]]:
    for (payee, currency), minor in sorted(owed.items()):
        if found := carry_over(payee, currency, minor):
            yield cell(name_of(payee)), cell(money(minor, currency)), cell(found.reason)

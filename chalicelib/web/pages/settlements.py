"""Settlements: prepared by one person, approved by another; each with the reasons for its amount."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from chalicelib.contracts.wording import plural
from chalicelib.core.access import Action, Principal, Role
from chalicelib.ledger import accounts
from chalicelib.payouts.records import Manifest
from chalicelib.payouts.rules.settlements import BY_PEOPLE, MOVES, Move, Settlement, carry_over
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, name_of, person, state_cell, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Table, money, when
from chalicelib.web.views.money import SettlementPage, SettlementsPage
from chalicelib.wiring import services

VOIDED = "voided on the settlement's page"
SECOND_PERSON = "You prepared this settlement, so another person has to approve it."


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


@routes.page("GET", "/finance/settlements/{settlement_id}", action=Action.RECONCILE)
def settlement_page(call: Call[None], settlement_id: str) -> Page:
    """One settlement to review."""
    payouts = services().payouts
    settlement = payouts.settlements.get(call.principal, settlement_id)
    amount, payee = money(settlement.amount_minor, settlement.currency), name_of(settlement.payee_id)
    base = f"/finance/settlements/{settlement_id}"
    own = settlement.prepared_by == call.principal.user_id
    approve = _may(call.principal, settlement, Move.APPROVE)
    view = SettlementPage(
        settlement_id=settlement_id,
        payee=payee,
        amount=amount,
        status=status(settlement.state),
        prepared=f"prepared by {person(call.principal, settlement.prepared_by)} on {when(settlement.prepared_at, UTC_ZONE)}",
        components=_components(payouts.manifest(settlement)),
        difference=_difference(settlement, payouts.settlements.listed(call.principal)),
        timeline=table("Timeline", "When,What,Who", _timeline(call.principal, settlement), "Nothing yet."),
        approve=Button(label=f"Approve {amount} to {payee}", action=f"{base}/approve") if approve and not own else None,
        void=Button(label=f"Void {amount} to {payee}", action=f"{base}/void", tone="danger")
        if _may(call.principal, settlement, Move.VOID) and allowed(call.principal, Action.APPROVE_SETTLEMENT)
        else None,
        cannot_approve=SECOND_PERSON if own and approve else _why_not(call.principal, settlement),
    )
    return Page(template="payouts/settlement.html", view=view)


@routes.form("POST", "/finance/settlements/{settlement_id}/approve", action=Action.APPROVE_SETTLEMENT, body=NoBody)
def approve_settlement(call: Call[NoBody], settlement_id: str) -> Redirect:
    """A second person's yes; a worker sends the transfer."""
    services().payouts.settlements.approve(call.principal, settlement_id)
    return Redirect(path=f"/finance/settlements/{settlement_id}")


@routes.form("POST", "/finance/settlements/{settlement_id}/void", action=Action.APPROVE_SETTLEMENT, body=NoBody)
def void_settlement(call: Call[NoBody], settlement_id: str) -> Redirect:
    """Give the money back to payable as long as nothing was sent."""
    services().payouts.settlements.void(call.principal, settlement_id, VOIDED)
    return Redirect(path=f"/finance/settlements/{settlement_id}")


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


def _may(principal: Principal, settlement: Settlement, move: Move) -> bool:
    return settlement.state in MOVES[move][0] and principal.role in BY_PEOPLE[move]


def _why_not(principal: Principal, settlement: Settlement) -> str:
    if settlement.state not in MOVES[Move.APPROVE][0] or principal.role is Role.FINANCE_APPROVER:
        return ""
    return "A finance approver has to approve this settlement."


def _components(manifest: Manifest) -> Table:
    """Opening, lines and what is carried: together exactly the amount."""
    rows = [(cell("Carried from before"), cell(""), cell(money(manifest.opening_minor, manifest.currency)))]
    for line in manifest.lines:
        statement = f"/contracts/{line.contract_id}/statement" if line.contract_id else None
        rows.append(
            (
                cell(line.kind.replace("_", " ").capitalize(), statement),
                cell(when(line.booked_at, UTC_ZONE)),
                cell(money(line.amount_minor, manifest.currency)),
            )
        )
    if manifest.carried_minor:
        rows.append((cell("Carried to the next"), cell(""), cell(money(-manifest.carried_minor, manifest.currency))))
    rows.append((cell("Amount"), cell(""), cell(money(manifest.amount_minor, manifest.currency))))
    return table("What it pays", "What,Booked,Amount", rows, "No lines.", numbers=(2,))


def _difference(settlement: Settlement, settlements: Sequence[Settlement]) -> str:
    """How it compares to the payee's settlement before."""
    before = [
        each
        for each in settlements
        if (each.payee_id, each.currency) == (settlement.payee_id, settlement.currency) and each.prepared_at < settlement.prepared_at
    ]
    if not before:
        return "The first settlement of this payee."
    change = settlement.amount_minor - max(before, key=lambda each: each.prepared_at).amount_minor
    word = "more" if change >= 0 else "less"
    return f"{money(abs(change), settlement.currency)} {word} than last time."


def _timeline(principal: Principal, settlement: Settlement) -> Iterator[tuple[Cell, ...]]:
    yield cell(when(settlement.prepared_at, UTC_ZONE)), cell("Prepared"), cell(person(principal, settlement.prepared_by))
    if settlement.approved_at is not None:
        yield cell(when(settlement.approved_at, UTC_ZONE)), cell("Approved"), cell(person(principal, settlement.approved_by))
    for attempt in settlement.attempts:
        yield cell(when(attempt.started_at, UTC_ZONE)), cell(f"Transfer, attempt {attempt.number}: {attempt.outcome}"), cell(attempt.key)
    if settlement.sent_at is not None:
        yield cell(when(settlement.sent_at, UTC_ZONE)), cell("Sent"), cell(settlement.transfer_id or "")
    if settlement.reversed_minor:
        yield cell(""), cell(f"Reversed {money(settlement.reversed_minor, settlement.currency)}"), cell("Stripe")

"""One settlement: the reasons for its amount, and what can be decided about it: approve, void, take the transfer back."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Principal, Role
from chalicelib.core.money import for_people, from_major
from chalicelib.payouts.records import Manifest
from chalicelib.payouts.rules.reversals import CAN_BE_REVERSED
from chalicelib.payouts.rules.settlements import BY_PEOPLE, MOVES, Move, Reversal, ReversalStage, Settlement
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, name_of, person, status, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Notice, Table, money, when
from chalicelib.web.views.forms import Field, Form
from chalicelib.web.views.money import SettlementPage
from chalicelib.wiring import services

SECOND_PERSON = "You prepared this settlement, so another person has to approve it."
MAX_BUCKETS_SHOWN = 100
"""Of each contract; the manifest itself has them all."""
VERSION_SHOWN = 8
Words = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
AmountText = Annotated[str, msgspec.Meta(max_length=30)]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is called off."""

    reason: Words


class NewReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a transfer is to be taken back, and how much of it in major units; empty is all that is left."""

    reason: Words
    amount: AmountText = ""


@routes.page("GET", "/finance/settlements/{settlement_id}", action=Action.RECONCILE)
def settlement_page(call: Call[None], settlement_id: str) -> Page:
    """One settlement to review."""
    payouts = services().payouts
    settlement = payouts.settlements.get(call.principal, settlement_id)
    manifest = payouts.manifest(settlement)
    own = settlement.prepared_by == call.principal.user_id
    approve = _may(call.principal, settlement, Move.APPROVE)
    label = f"Approve {_whole(settlement)}"
    view = SettlementPage(
        settlement_id=settlement_id,
        payee=name_of(settlement.payee_id),
        amount=money(settlement.amount_minor, settlement.currency),
        status=status(settlement.state),
        prepared=f"prepared by {person(call.principal, settlement.prepared_by)} on {when(settlement.prepared_at, UTC_ZONE)}",
        components=_components(manifest),
        difference=_difference(settlement, payouts.settlements.listed(call.principal)),
        timeline=table("Timeline", "When,What,Who", _timeline(call.principal, settlement), "Nothing yet."),
        approve=Button(label=label, action=f"{_path(settlement)}/approve") if approve and not own else None,
        buttons=tuple(_reversal_buttons(call.principal, settlement)),
        forms=tuple(_forms(call.principal, settlement)),
        tables=(_contracts(manifest), _buckets(manifest)),
        notice=_notice(call.principal, settlement),
        cannot_approve=SECOND_PERSON if own and approve else _why_not(call.principal, settlement),
    )
    return Page(template="payouts/settlement.html", view=view)


@routes.form("POST", "/finance/settlements/{settlement_id}/approve", action=Action.APPROVE_SETTLEMENT, body=NoBody)
def approve_settlement(call: Call[NoBody], settlement_id: str) -> Redirect:
    """A second person's yes; a worker sends the transfer."""
    services().payouts.settlements.approve(call.principal, settlement_id)
    return Redirect(path=f"/finance/settlements/{settlement_id}")


@routes.form("POST", "/finance/settlements/{settlement_id}/void", action=Action.VOID_SETTLEMENT, body=Reason)
def void_settlement(call: Call[Reason], settlement_id: str) -> Redirect:
    """Give the money back to payable as long as nothing was sent."""
    services().payouts.settlements.void(call.principal, settlement_id, call.body.reason)
    return Redirect(path=f"/finance/settlements/{settlement_id}")


@routes.form("POST", "/finance/settlements/{settlement_id}/reversals", action=Action.PROPOSE_REVERSAL, body=NewReversal)
def propose_reversal(call: Call[NewReversal], settlement_id: str) -> Redirect:
    """Ask for the transfer, or a part of it, to be taken back."""
    payouts = services().payouts
    currency = payouts.settlements.get(call.principal, settlement_id).currency
    wanted = from_major(call.body.amount.strip(), currency) if call.body.amount.strip() else None
    return _back(payouts.reversals.propose(call.principal, settlement_id, call.body.reason, wanted))


@routes.form("POST", "/finance/settlements/{settlement_id}/reversals/approve", action=Action.APPROVE_REVERSAL, body=NoBody)
def approve_reversal(call: Call[NoBody], settlement_id: str) -> Redirect:
    """A second person's yes; a worker asks Stripe."""
    return _back(services().payouts.reversals.approve(call.principal, settlement_id))


@routes.form("POST", "/finance/settlements/{settlement_id}/reversals/void", action=Action.PROPOSE_REVERSAL, body=Reason)
def void_reversal(call: Call[Reason], settlement_id: str) -> Redirect:
    """Call it off before it is approved."""
    return _back(services().payouts.reversals.void(call.principal, settlement_id, call.body.reason))


def proposal_of(settlement: Settlement) -> Reversal | None:
    """The reversal that waits for a second person."""
    return next((each for each in settlement.reversals if each.stage is ReversalStage.PROPOSED), None)


def _back(settlement: Settlement) -> Redirect:
    return Redirect(path=_path(settlement))


def _path(settlement: Settlement) -> str:
    return f"/finance/settlements/{settlement.settlement_id}"


def _whole(settlement: Settlement) -> str:
    return f"{money(settlement.amount_minor, settlement.currency)} to {name_of(settlement.payee_id)}"


def _notice(principal: Principal, settlement: Settlement) -> Notice | None:
    """What waits, and why."""
    waiting, at_work = proposal_of(settlement), settlement.reversal_at_work
    if waiting is not None:
        amount, who = money(waiting.amount_minor, settlement.currency), person(principal, waiting.proposed_by)
        return Notice(text=f"To take {amount} back was proposed by {who}: {waiting.reason} Another person approves it.", tone="waiting")
    if at_work is not None:
        amount = money(at_work.amount_minor, settlement.currency)
        return Notice(text=at_work.note or f"Stripe is asked to take {amount} back.", tone="waiting")
    return Notice(text=settlement.note, tone="waiting") if settlement.note else None


def _reversal_buttons(principal: Principal, settlement: Settlement) -> Iterator[Button]:
    waiting = proposal_of(settlement)
    if waiting is None or waiting.proposed_by == principal.user_id or not allowed(principal, Action.APPROVE_REVERSAL):
        return
    label = f"Take {money(waiting.amount_minor, settlement.currency)} back from {name_of(settlement.payee_id)}"
    yield Button(label=label, action=f"{_path(settlement)}/reversals/approve", tone="danger")


def _forms(principal: Principal, settlement: Settlement) -> Iterator[Form]:
    if _may(principal, settlement, Move.VOID) and allowed(principal, Action.VOID_SETTLEMENT):
        why = Field(name="reason", label="Why it is not to be sent", hint="The money is payable again at once. Both sides read this.")
        action = f"{_path(settlement)}/void"
        yield Form(title="Void it", action=action, button=f"Void {_whole(settlement)}", fields=(why,), tone="danger")
    if settlement.state in CAN_BE_REVERSED and allowed(principal, Action.PROPOSE_REVERSAL):
        yield _reversal_form(settlement)


def _reversal_form(settlement: Settlement) -> Form:
    base = f"{_path(settlement)}/reversals"
    if proposal_of(settlement) is not None:
        why = Field(name="reason", label="Why it is not to be taken back")
        return Form(title="Call the reversal off", action=f"{base}/void", button="Call it off", fields=(why,), tone="secondary")
    left = for_people(settlement.amount_minor - settlement.reversed_minor, settlement.currency)
    fields = (
        Field(
            name="reason",
            label="Why the transfer is to be taken back",
            hint="A debt is netted from what comes next by itself. This is for what cannot wait, and a colleague has to approve it.",
        ),
        Field(name="amount", label=f"How much, in {settlement.currency}", hint=f"Up to {left}; left empty, all of it.", needed=False),
    )
    return Form(title="Take it back", action=base, button="Propose to take it back", fields=fields, tone="secondary")


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
        rows.append((cell(line.kind, statement), cell(when(line.booked_at, UTC_ZONE)), cell(money(line.amount_minor, manifest.currency))))
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


def _contracts(manifest: Manifest) -> Table:
    """Why the accruals among the lines are as large as they are: by component, then the payee's share less what is held."""
    rows = []
    for contract in manifest.contracts:
        link = f"/contracts/{contract.contract_id}/statement"
        for each in contract.components:
            words = cell(each.component.replace("_", " ").capitalize(), link, note=each.show_id)
            rows.append((words, cell(money(each.since_minor, manifest.currency)), cell(money(each.to_date_minor, manifest.currency))))
        share, held = (money(minor, manifest.currency) for minor in (contract.share_since_minor, contract.held_since_minor))
        rows.append((cell("The payee's share", link, note=contract.contract_id), cell(share), cell("")))
        if contract.held_since_minor:
            rows.append((cell("Of it held: not paid for, or disputed", link), cell(held), cell("")))
    return table(
        "Components since the last settlement", "Component,Since,To date", rows, "No contract has matured more since.", numbers=(1, 2)
    )


def _buckets(manifest: Manifest) -> Table:
    rows = [
        (
            cell(f"{each.order_day:%-d %b %Y}", note=each.show_id),
            cell(each.rule_id or "no rule"),
            cell(money(each.base_kept_before_minor, manifest.currency)),
            cell(money(each.base_kept_minor, manifest.currency)),
            cell(each.version[:VERSION_SHOWN]),
        )
        for contract in manifest.contracts
        for each in contract.buckets[:MAX_BUCKETS_SHOWN]
    ]
    return table("Buckets that changed", "Day,Rule,Kept before,Kept now,Version", rows, "No bucket has changed.", numbers=(2, 3))


def _timeline(principal: Principal, settlement: Settlement) -> Iterator[tuple[Cell, ...]]:
    yield cell(when(settlement.prepared_at, UTC_ZONE)), cell("Prepared"), cell(person(principal, settlement.prepared_by))
    if settlement.approved_at is not None:
        yield cell(when(settlement.approved_at, UTC_ZONE)), cell("Approved"), cell(person(principal, settlement.approved_by))
    for attempt in settlement.attempts:
        yield cell(when(attempt.started_at, UTC_ZONE)), cell(f"Transfer, attempt {attempt.number}: {attempt.outcome}"), cell(attempt.key)
    if settlement.sent_at is not None:
        yield cell(when(settlement.sent_at, UTC_ZONE)), cell("Sent"), cell(settlement.transfer_id or "")
    for reversal in settlement.reversals:
        what = f"Reversal of {money(reversal.amount_minor, settlement.currency)} {reversal.stage}: {reversal.reason}"
        yield (
            cell(when(reversal.proposed_at, UTC_ZONE)),
            cell(what, note=reversal.note or ""),
            cell(person(principal, reversal.proposed_by)),
        )
        if reversal.approved_at is not None:
            yield cell(when(reversal.approved_at, UTC_ZONE)), cell("Reversal approved"), cell(person(principal, reversal.approved_by))
    for back in settlement.came_back:
        what = f"Came back: {money(back.amount_minor, settlement.currency)}"
        yield cell(when(back.booked_at, UTC_ZONE)), cell(what), cell(back.stripe_id)

"""Exceptions of reconciliation: the list, and one with what each side says, its history, and the forms to work on it."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.directory.rules import person_id
from chalicelib.reconciliation.cases import Case, CaseState
from chalicelib.reconciliation.clearing import TARGETS, Clearing, Target
from chalicelib.reconciliation.exceptions import MAX_CASES_LISTED
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, allowed, cell, money_or_count, person, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Figure, Link, Notice, Status, money, when
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.web.views.money import ExceptionPage, ExceptionsPage, TextForm
from chalicelib.wiring import services

LEGS = {"feed_store": "Feed to store", "store_ledger": "Store to ledger", "ledger_stripe": "Ledger to Stripe"}
STATES = {CaseState.OPEN: Status(word="Open", tone="bad"), CaseState.RESOLVED: Status(word="Resolved", tone="good")}
WORDS = {Target.STRIPE_FEES: "Stripe's fees", Target.SUSPENSE: "suspense", Target.BRAND_PREPAID: "a brand's prepaid money"}
HOURS_OF_DAY = 24

Words = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out."""

    text: Words


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a write-off is proposed, or a proposal refused."""

    reason: Words


class Booking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the drift is booked to; a contract for a brand's prepaid money only."""

    target: Target
    contract_id: Annotated[str, msgspec.Meta(max_length=60)] = ""


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same, and why."""

    target: Target
    reason: Words
    contract_id: Annotated[str, msgspec.Meta(max_length=60)] = ""


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A colleague's address; empty is nobody's."""

    email: Annotated[str, msgspec.Meta(max_length=254)] = ""


@routes.page("GET", "/finance/exceptions", action=Action.RECONCILE)
def exceptions_page(call: Call[None]) -> Page:
    """Open exceptions, the oldest first; with ?resolved the resolved ones, the newest first; ?after an id the next page."""
    resolved = "resolved" in call.query
    found = services().reconciliation.exceptions.list(resolved=resolved, after=call.query.get("after"))
    base = "/finance/exceptions?resolved=1&" if resolved else "/finance/exceptions?"
    view = ExceptionsPage(
        chips=(
            Link(label="Open", href="/finance/exceptions" if resolved else ""),
            Link(label="Resolved", href="" if resolved else "/finance/exceptions?resolved=1"),
        ),
        exceptions=table(
            "Resolved exceptions" if resolved else "Open exceptions",
            "Exception,Drift,Known for,Owner,What to do",
            [_row(call.principal, case) for case in found],
            "Nothing was resolved yet." if resolved else "No exception is open: all sides agreed when they were last compared.",
            numbers=(1, 2),
        ),
        more=Link(label="The next ones", href=f"{base}after={found[-1].exception_id}") if len(found) == MAX_CASES_LISTED else None,
    )
    return Page(template="reconciliation/exceptions.html", view=view)


@routes.page("GET", "/finance/exceptions/{exception_id}", action=Action.RECONCILE)
def exception_page(call: Call[None], exception_id: str) -> Page:
    """One exception."""
    case = services().reconciliation.exceptions.get(exception_id)
    return Page(template="reconciliation/exception.html", view=_view(call.principal, case))


@routes.form("POST", "/finance/exceptions/{exception_id}/comments", action=Action.RECONCILE, body=Comment)
def comment(call: Call[Comment], exception_id: str) -> Redirect:
    """Say what was found out."""
    return _back(services().reconciliation.exceptions.comment(call.principal, exception_id, call.body.text))


@routes.form("POST", "/finance/exceptions/{exception_id}/owner", action=Action.RECONCILE, body=Owner)
def assign(call: Call[Owner], exception_id: str) -> Redirect:
    """Make it a colleague's work."""
    return _back(services().reconciliation.exceptions.assign(call.principal, exception_id, call.body.email.strip() or None))


@routes.form("POST", "/finance/exceptions/{exception_id}/write-off", action=Action.PROPOSE_WRITE_OFF, body=Reason)
def propose(call: Call[Reason], exception_id: str) -> Redirect:
    """Propose to book the drift away."""
    return _back(services().reconciliation.exceptions.propose_write_off(call.principal, exception_id, call.body.reason))


@routes.form("POST", "/finance/exceptions/{exception_id}/write-off/approve", action=Action.APPROVE_WRITE_OFF, body=NoBody)
def approve(call: Call[NoBody], exception_id: str) -> Redirect:
    """A second person's yes."""
    return _back(services().reconciliation.exceptions.approve_write_off(call.principal, exception_id))


@routes.form("POST", "/finance/exceptions/{exception_id}/write-off/reject", action=Action.PROPOSE_WRITE_OFF, body=Reason)
def reject(call: Call[Reason], exception_id: str) -> Redirect:
    """No, with a reason."""
    return _back(services().reconciliation.exceptions.reject(call.principal, exception_id, call.body.reason))


@routes.form("POST", "/finance/exceptions/{exception_id}/booking", action=Action.PROPOSE_WRITE_OFF, body=NewBooking)
def propose_booking(call: Call[NewBooking], exception_id: str) -> Redirect:
    """Propose to book the drift to what it is."""
    asked, contract_id = call.body, call.body.contract_id.strip() or None
    exceptions = services().reconciliation.exceptions
    return _back(exceptions.propose_booking(call.principal, exception_id, asked.reason, asked.target, contract_id))


@routes.form("POST", "/finance/exceptions/{exception_id}/booking/approve", action=Action.APPROVE_WRITE_OFF, body=Booking)
def approve_booking(call: Call[Booking], exception_id: str) -> Redirect:
    """A second person's yes to what the page showed."""
    contract_id = call.body.contract_id or None
    return _back(services().reconciliation.exceptions.approve_booking(call.principal, exception_id, call.body.target, contract_id))


def age_of(case: Case) -> str:
    """How long it has been known, by the business clock: ``3 days`` or, on the first day, ``5 hours``."""
    until = case.resolved_at or services().clock.now()
    hours = int((until - case.first_seen_at).total_seconds()) // 3600
    number, unit = (hours // HOURS_OF_DAY, "day") if hours >= HOURS_OF_DAY else (hours, "hour")
    return plural(number, unit)


def _row(principal: Principal, case: Case) -> tuple[Cell, ...]:
    drift = case.drift
    return (
        cell(f"{LEGS[drift.leg]}, {drift.kind}", f"/finance/exceptions/{case.exception_id}", note=drift.key),
        cell(money_or_count(drift.drift_minor, drift.currency)),
        cell(age_of(case)),
        cell(_owner(principal, case), note="a booking waits" if case.proposal else ""),
        cell(drift.suggestion if case.state is CaseState.OPEN else ""),
    )


def _owner(principal: Principal, case: Case) -> str:
    """Whose work it is: a case knows its owner by the pseudonym of the address that it was assigned to."""
    return "you" if case.owner == person_id(principal.email) else person(principal, case.owner) or "nobody yet"


def _back(case: Case) -> Redirect:
    return Redirect(path=f"/finance/exceptions/{case.exception_id}")


def _view(principal: Principal, case: Case) -> ExceptionPage:
    drift = case.drift
    return ExceptionPage(
        title=f"{LEGS[drift.leg]}, {drift.kind}",
        status=STATES[case.state],
        facts=(
            Figure(label="Drift", value=money_or_count(drift.drift_minor, drift.currency), hint=f"{drift.right} less {drift.left}"),
            Figure(label=drift.left.capitalize(), value=_amount(drift.left_minor, drift.currency)),
            Figure(label=drift.right, value=_amount(drift.right_minor, drift.currency)),
            Figure(label="Known for", value=age_of(case), hint=f"since {when(case.first_seen_at, UTC_ZONE)}"),
            Figure(label="Owner", value=_owner(principal, case)),
        ),
        key=drift.key,
        suggestion=drift.suggestion,
        proposal=_proposal(principal, case),
        buttons=tuple(_buttons(principal, case)),
        forms=tuple(_forms(principal, case)),
        bookings=tuple(_booking(principal, case)),
        history=table("History", "When,Who,What,Words", _history(principal, case), "Nothing has happened yet."),
    )


def _amount(minor: int | None, currency: str) -> str:
    return "unknown" if minor is None else money_or_count(minor, currency)


def _proposal(principal: Principal, case: Case) -> Notice | None:
    waiting = case.proposal
    if waiting is None:
        return None
    who = person(principal, waiting.proposed_by)
    return Notice(text=f"{_what(case, waiting)} was proposed by {who}: {waiting.reason} Another person approves it.", tone="waiting")


def _what(case: Case, waiting: Clearing) -> str:
    """``Write off £1.00``, ``Book £1.00 to suspense``."""
    amount = money(waiting.amount_minor, case.drift.currency)
    if waiting.target is Target.WRITE_OFF:
        return f"Write off {amount}"
    of_contract = f" under contract {waiting.contract_id}" if waiting.contract_id else ""
    return f"Book {amount} to {WORDS[waiting.target]}{of_contract}"


def _buttons(principal: Principal, case: Case) -> Iterator[Button]:
    waiting = case.proposal
    if waiting is None or waiting.proposed_by == principal.user_id or not allowed(principal, Action.APPROVE_WRITE_OFF):
        return
    label, base = _what(case, waiting), f"/finance/exceptions/{case.exception_id}"
    if waiting.target is Target.WRITE_OFF:
        yield Button(label=label, action=f"{base}/write-off/approve", tone="danger")
    else:
        shown = (("target", waiting.target.value), ("contract_id", waiting.contract_id or ""))
        yield Button(label=label, action=f"{base}/booking/approve", tone="danger", hidden=shown)


def _forms(principal: Principal, case: Case) -> Iterator[TextForm]:
    base = f"/finance/exceptions/{case.exception_id}"
    yield TextForm(label="Comment", button="Add the comment", action=f"{base}/comments", name="text")
    yield TextForm(
        label="Whose work it is",
        button="Assign",
        action=f"{base}/owner",
        name="email",
        hint="A colleague's e-mail address; leave it empty for nobody.",
        needed=False,
    )
    if case.state is not CaseState.OPEN or not allowed(principal, Action.PROPOSE_WRITE_OFF):
        return
    if case.proposal is not None:
        yield TextForm(label="Reject the proposal because", button="Reject", action=f"{base}/write-off/reject", name="reason")
    elif case.can_be_written_off and not case.booked_since:
        hint = "A colleague has to approve it. The reason stands in the books for ever."
        yield TextForm(label="Write it off because", button="Propose a write-off", action=f"{base}/write-off", name="reason", hint=hint)


def _booking(principal: Principal, case: Case) -> Iterator[Form]:
    """What the money of a drift is said to be."""
    possible = case.state is CaseState.OPEN and case.can_be_written_off and not case.booked_since and case.proposal is None
    if not possible or not allowed(principal, Action.PROPOSE_WRITE_OFF):
        return
    choices = tuple(Choice(value=target.value, label=WORDS[target].capitalize()) for target in TARGETS[case.drift.kind])
    yield Form(
        title="Book it to what it is",
        action=f"/finance/exceptions/{case.exception_id}/booking",
        button="Propose the booking",
        fields=(
            Field(name="target", label="Book it to", choices=choices),
            Field(
                name="contract_id",
                label="Contract",
                hint="For a brand's prepaid money: whose funds grow by what came, or shrink by what left.",
                needed=False,
            ),
            Field(name="reason", label="Because", hint="A colleague has to approve it. The reason stands in the books for ever."),
        ),
    )


def _history(principal: Principal, case: Case) -> Iterator[tuple[Cell, ...]]:
    for remark in reversed(case.history):
        who = "Primetime" if remark.by == "system" else person(principal, remark.by)
        words = person(principal, remark.text) if remark.did == "assigned" and remark.text != "nobody" else remark.text
        yield cell(when(remark.at, UTC_ZONE)), cell(who), cell(remark.did.value.capitalize()), cell(words)

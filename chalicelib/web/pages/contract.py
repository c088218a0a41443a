"""A contract: its clauses, who signed with which evidence, and the form for whoever has to sign."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.bookings.states import Party, State
from chalicelib.contracts.amendment_rules import version_of
from chalicelib.contracts.evidence import EventKind, RecordedEvent, has_viewed
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, FRESH_SIGN_IN, SIDES, Amendment, Contract, ContractState, awaited
from chalicelib.contracts.rules import Signature as Signed
from chalicelib.contracts.service import Evidence
from chalicelib.core.access import Action
from chalicelib.core.errors import NotFound
from chalicelib.web.pages import contract_file, steps
from chalicelib.web.pages.contract_file import context_of
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.payment import deposit_due
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, Tried
from chalicelib.web.pages.words import allowed, cell, is_on_side, name_of, show_row, status, table
from chalicelib.web.routes import Call, Page, TextFile
from chalicelib.web.views.common import Cell, Link, Notice, Status, Table, money, when
from chalicelib.web.views.deals import AmendmentView, Clause, ContractPage, Signatory, SignForm
from chalicelib.web.views.money import TextForm
from chalicelib.wiring import services

WAITING = Status(word="Waiting", tone="waiting")
STALE = "Your last sign-in is more than ten minutes ago. Sign out and in again, then sign."
NOT_YET = "Both sides agree. The contract is being drawn up; this page shows it as soon as it is there."


@routes.page("GET", "/contracts/{contract_id}", action=Action.SEE_DEAL)
def contract_page(call: Call[None], contract_id: str) -> Page:
    """A contract of the reader's."""
    return page_of(call, contract_id)


def page_of(call: Call[Any], contract_id: str, tried: Tried = NOTHING_TRIED) -> Page:
    """The page; what was tried is named by the address that its form is sent to, and comes back there with the reason."""
    try:
        contract = services().contracts.get(call.principal, contract_id)
    except NotFound:
        offers = services().contracts.offers.list(call.principal)
        agreed = next((each for each in offers if each.contract_id == contract_id and each.state == State.ACCEPTED), None)
        if agreed is None:
            raise
        return _not_yet(agreed)
    sign = _form(call, contract, tried)
    if sign is not None:  # its words are on this page above the form: that they were shown is recorded
        services().contracts.document(call.principal, contract_id, context_of(call))
    evidence = services().contracts.evidence(call.principal, contract_id)
    brand, host = name_of(contract.brand_id), name_of(contract.creator_id)
    view = ContractPage(
        title=f"Contract: {brand} and {host}",
        contract_id=contract_id,
        status=status(contract.state),
        document=Link(label="Read the whole document", href=f"/contracts/{contract_id}/document"),
        document_sha256=contract.document_sha256,
        clauses=_clauses(call, contract_id),
        signatories=(
            _signatory(contract, Party.BRAND, "Brand", brand, evidence.events),
            _signatory(contract, Party.HOST, "Host", host, evidence.events),
        ),
        versions=table("Versions", "Version,In force for,Document,File", contract_file.versions(contract), "There is no version."),
        amendment=_amendment(call, contract, tried, brand, host, evidence.events),
        events=table("Evidence", "Event,When,Who,Link of the chain", _events(evidence), "Nothing is recorded yet."),
        sign=sign,
        about_signing=contract_file.said_of_signing(contract),
        decline=_as_typed(contract_file.decline_form(call, contract), tried),
        file=contract_file.file_of(contract),
        waits=tuple(_waits(call, contract, tried, sign)),
        pay_deposit=_pay(call, contract),
        shows=_shows(call, contract),
        make_ups=_make_ups(call, contract),
        links=tuple(_links(call, contract)),
    )
    return Page(template="deal/contract.html", view=view, status=tried.status)


@routes.page("GET", "/contracts/{contract_id}/document", action=Action.SEE_DEAL)
def contract_document(call: Call[None], contract_id: str) -> TextFile:
    """The exact document that is signed; that a side has seen it is recorded."""
    version = call.query.get("version")
    named = None if version is None else version_of(version)
    text = services().contracts.document(call.principal, contract_id, context_of(call), named)
    return TextFile(content_type="text/html; charset=utf-8", body=text)


def _waits(call: Call[Any], contract: Contract, tried: Tried, sign: SignForm | None) -> Iterator[Notice]:
    """What was refused, and what waits for the reader further down the page."""
    if tried.error is not None:
        yield Notice(text=tried.error.message, tone="bad")
    if sign is not None:
        yield Notice(text="This contract waits for your signature.", tone="waiting", link=Link(label="Sign it", href="#sign"))
    if contract.amendment is not None and _may_sign_now(call, contract, contract.amendment):
        text = f"Version {contract.amendment.version} waits for your signature."
        yield Notice(text=text, tone="waiting", link=Link(label="See what it changes", href="#amendment"))


def _not_yet(offer: Offer) -> Page:
    """Between acceptance and the worker's draft, the parties are told to wait."""
    view = steps.Steps(
        title=f"Contract for {offer.shows[0].title}",
        lead=NOT_YET,
        status=WAITING,
        links=(Link(label="What was agreed", href=f"/offers/{offer.offer_id}"),),
        waits_at=f"/contracts/{offer.contract_id}",
    )
    return Page(template=steps.TEMPLATE, view=view)


def _clauses(call: Call[Any], contract_id: str) -> tuple[Clause, ...]:
    return tuple(
        Clause(number=f"{section.number}.", heading=section.heading, sentences=tuple((each.number, each.text) for each in section.clauses))
        for section in services().contracts.sections(call.principal, contract_id)
    )


def _signatory(contract: Contract, party: Party, word: str, name: str, events: Sequence[RecordedEvent]) -> Signatory:
    signatures = (each for each in events if each.event.kind is EventKind.SIGNED and each.event.party is party)
    signed = next((each for each in signatures if each.event.document_sha256 == contract.document_sha256), None)
    if signed is None:
        waiting = contract.state is ContractState.TO_SIGN
        return Signatory(party=word, name=name, status=Status(word="Waiting", tone="waiting") if waiting else status(contract.state))
    typed = signed.signer.typed_name if signed.signer is not None else "(erased)"
    return Signatory(party=word, name=f"{name}, by {typed}", status=status(ContractState.SIGNED), signed=signed.event.at)


def _events(evidence: Evidence) -> Iterator[tuple[Cell, ...]]:
    for recorded in evidence.events:
        event = recorded.event
        who = recorded.signer.email if recorded.signer is not None else event.party.value
        yield cell(event.kind.value.capitalize()), cell(event.at), cell(who), cell(event.sha256[:16])
    verdict = Cell(text="", status=Status(word="Intact", tone="good") if evidence.intact else Status(word="Broken", tone="bad"))
    yield cell("Chain of evidence"), cell(""), cell("checked now"), verdict


def _form(call: Call[Any], contract: Contract, tried: Tried) -> SignForm | None:
    """The form, for a signatory whose side is to sign next."""
    turn = any(is_on_side(call.principal, contract, side) and contract_file.is_awaited(contract, side) for side in SIDES)
    if not turn or not _may_sign(call, contract, contract.signatures):
        return None
    return _sign_form(call, f"/contracts/{contract.contract_id}/sign", contract.document_sha256, tried)


def _may_sign(call: Call[Any], contract: Contract, signatures: Sequence[Signed]) -> bool:
    """Whether the reader's side has still to sign, and the reader may."""
    mine = next((party for party in (Party.BRAND, Party.HOST) if is_on_side(call.principal, contract, party)), None)
    return mine is not None and mine not in {each.party for each in signatures} and allowed(call.principal, Action.SIGN)


def _may_sign_now(call: Call[Any], contract: Contract, amendment: Amendment) -> bool:
    """Whether an amendment waits for the reader's signature next."""
    turn = awaited(amendment.signatures, amendment.terms.signing_order)
    return any(is_on_side(call.principal, contract, side) for side in turn) and allowed(call.principal, Action.SIGN)


def _sign_form(call: Call[Any], action: str, document_sha256: str, tried: Tried) -> SignForm:
    stale = services().clock.real_now() - call.authenticated_at > FRESH_SIGN_IN
    refused = tried.error.message if tried.error is not None and tried.form_id == action else ""
    return SignForm(
        action=action,
        document_sha256=document_sha256,
        consent_version=CONSENT_VERSION,
        consent_text=CONSENT_TEXT,
        typed_name=tried.typed.get("typed_name", "") if refused else "",
        error=STALE if stale else refused,
    )


def _as_typed(form: TextForm | None, tried: Tried) -> TextForm | None:
    """A form of words with what was typed, where it is the one that was refused."""
    return form if form is None or form.action != tried.form_id else replace(form, value=tried.typed.get(form.name, ""))


def _amendment(  # what it is read from
    call: Call[Any], contract: Contract, tried: Tried, brand: str, host: str, events: Sequence[RecordedEvent]
) -> AmendmentView | None:
    """The version that waits for signatures, if there is one; its form comes once the reader has been shown its document."""
    amendment = contract.amendment
    if amendment is None:
        return None
    base = f"/contracts/{contract.contract_id}/amendments/{amendment.version}"
    proposed_by = brand if amendment.proposed_by is Party.BRAND else host
    own = is_on_side(call.principal, contract, amendment.proposed_by)
    may_sign = _may_sign_now(call, contract, amendment)
    shown = has_viewed(events, call.principal.user_id, (amendment.version, amendment.document_sha256))
    read = "Read the whole amendment" if shown or not may_sign else "Read the whole amendment, then sign it here"
    zone = amendment.terms.timezone
    return AmendmentView(
        title=f"Version {amendment.version}, proposed by {proposed_by}",
        in_force=when(amendment.in_force_from, zone),
        sign_by=when(amendment.sign_by, zone),
        differences=amendment.differences,
        document=Link(label=read, href=f"/contracts/{contract.contract_id}/document?version={amendment.version}"),
        signatories=tuple(
            Signatory(party=word, name=name, status=_signed_or_waiting(party, amendment.signatures))
            for party, word, name in ((Party.BRAND, "Brand", brand), (Party.HOST, "Host", host))
        ),
        sign=_sign_form(call, f"{base}/sign", amendment.document_sha256, tried) if may_sign and shown else None,
        decline=_as_typed(contract_file.amendment_decline_form(base, own=own) if _may_sign(call, contract, ()) else None, tried),
    )


def _signed_or_waiting(party: Party, signatures: Sequence[Signed]) -> Status:
    signed = any(each.party is party for each in signatures)
    return status(ContractState.SIGNED) if signed else Status(word="Waiting", tone="waiting")


def _pay(call: Call[Any], contract: Contract) -> Link | None:
    pays = allowed(call.principal, Action.FUND) and call.principal.tenant_id == contract.brand_id
    if contract.state is not ContractState.SIGNED or not pays:
        return None
    due = deposit_due(contract)
    return Link(label=f"Pay {due}", href=f"/contracts/{contract.contract_id}/payment") if due else None


def _shows(call: Call[Any], contract: Contract) -> Table | None:
    """The shows that signing has opened, for those who see them."""
    if contract.state is not ContractState.SIGNED or not allowed(call.principal, Action.SEE_SHOW):
        return None
    other = contract.brand_id != call.principal.tenant_id
    who = "Brand" if other else "Host"
    rows = [show_row(show, show.brand_name if other else show.host_name) for show in services().shows.of_contract(contract.contract_id)]
    return table("Shows", f"Show,Starts,{who},State", rows, "The shows are being set up. Load this page again in a few seconds.")


def _make_ups(call: Call[Any], contract: Contract) -> Table | None:
    """The make-up shows that the sales guarantee agrees on, as far as they have come."""
    found = services().delivery.rearranging.make_ups(call.principal, contract.contract_id)
    rows = [
        (
            cell(f"{each.agreed} for {money(each.fee_minor, each.currency)} each"),
            cell("when the shows are over" if each.due_until is None else f"{each.due_until}"),
            cell(f"{len(each.booked)}"),
            cell(f"{each.performed}"),
        )
        for each in found
    ]
    return table("Make-up shows", "Agreed,Due until,Booked,Performed", rows, "None are agreed.", numbers=(2, 3)) if rows else None


def _links(call: Call[Any], contract: Contract) -> Iterator[Link]:
    if contract.state is not ContractState.SIGNED:
        return
    if allowed(call.principal, Action.SEE_EARNINGS):
        yield Link(label="Statement", href=f"/contracts/{contract.contract_id}/statement")
    if allowed(call.principal, Action.FUND) and call.principal.tenant_id == contract.brand_id:
        yield Link(label="Payments", href=f"/contracts/{contract.contract_id}/payment")
    is_ahead = any(show.starts_at > services().clock.now() for show in contract.bookings)
    signs = allowed(call.principal, Action.SIGN) and any(is_on_side(call.principal, contract, side) for side in SIDES)
    if is_ahead and signs and contract.amendment is None:
        yield Link(label="Propose an amendment", href=f"/contracts/{contract.contract_id}/amendment")

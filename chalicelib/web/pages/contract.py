"""A contract: its clauses, who signed with which evidence, and the form for whoever has to sign."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec

from chalicelib.bookings.states import Party
from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.evidence import EventKind, RecordedEvent
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, FRESH_SIGN_IN, Contract, ContractState
from chalicelib.contracts.service import Evidence, SigningContext
from chalicelib.core.access import Action
from chalicelib.core.errors import NotFound
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.payment import deposit_due
from chalicelib.web.pages.words import allowed, cell, is_on_side, name_of, status, table
from chalicelib.web.routes import Call, Page, Redirect, TextFile
from chalicelib.web.views.common import Cell, Link, Status
from chalicelib.web.views.deals import Clause, ContractPage, Signatory, SignForm
from chalicelib.wiring import services

STALE = "Your last sign-in is more than ten minutes ago. Sign out and in again, then sign."
NOT_YET = "The contract is being drawn up. Load this page again in a few seconds."


class ContractNotDrawnUp(NotFound):
    """The offer is accepted, the worker has not drawn up its contract yet."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form of a signature sends; an unticked box sends nothing."""

    document_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    consent_version: Annotated[str, msgspec.Meta(max_length=40)]
    typed_name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    consent: bool = False


@routes.page("GET", "/contracts/{contract_id}", action=Action.SEE_DEAL)
def contract_page(call: Call[None], contract_id: str) -> Page:
    """A contract of the reader's."""
    contract = _contract(call, contract_id)
    evidence = services().contracts.evidence(call.principal, contract_id)
    brand, host = name_of(contract.brand_id), name_of(contract.creator_id)
    view = ContractPage(
        title=f"Contract: {brand} and {host}",
        contract_id=contract_id,
        status=status(contract.state),
        document=Link(label="Read the whole document", href=f"/contracts/{contract_id}/document"),
        document_sha256=contract.document_sha256,
        clauses=_clauses(contract, brand, host),
        signatories=(
            _signatory(contract, Party.BRAND, "Brand", brand, evidence.events),
            _signatory(contract, Party.HOST, "Host", host, evidence.events),
        ),
        events=table("Evidence", "Event,When,Who,Link of the chain", _events(evidence), "Nothing is recorded yet."),
        sign=_form(call, contract),
        pay_deposit=_pay(call, contract),
    )
    return Page(template="deal/contract.html", view=view)


@routes.page("GET", "/contracts/{contract_id}/document", action=Action.SEE_DEAL)
def contract_document(call: Call[None], contract_id: str) -> TextFile:
    """The exact document that is signed; that a side has seen it is recorded."""
    text = services().contracts.document(call.principal, contract_id, _context(call))
    return TextFile(content_type="text/html; charset=utf-8", body=text)


@routes.form("POST", "/contracts/{contract_id}/sign", action=Action.SIGN, body=Signature)
def sign_contract(call: Call[Signature], contract_id: str) -> Redirect:
    """Sign for the reader's side."""
    body = call.body
    services().contracts.sign(
        call.principal,
        contract_id,
        document_sha256=body.document_sha256,
        typed_name=body.typed_name,
        consent=body.consent and body.consent_version == CONSENT_VERSION,
        context=_context(call),
    )
    return Redirect(path=f"/contracts/{contract_id}")


def _contract(call: Call[None], contract_id: str) -> Contract:
    """The contract. Between acceptance and the worker's draft, the parties are told to wait."""
    contracts = services().contracts
    try:
        return contracts.get(call.principal, contract_id)
    except NotFound:
        offers = contracts.offers.list(call.principal)
        if any(offer.contract_id == contract_id and offer.state == "accepted" for offer in offers):
            raise ContractNotDrawnUp(NOT_YET) from None
        raise


def _clauses(contract: Contract, brand: str, host: str) -> tuple[Clause, ...]:
    parties = Parties(
        brand_id=contract.brand_id,
        brand_name=brand,
        creator_id=contract.creator_id,
        creator_name=host,
        agency_id=contract.agency_id,
        agency_name=name_of(contract.agency_id) or None,
    )
    shows = [
        AgreedShow(show_id=each.show_id, starts_at=each.starts_at, minutes=each.minutes, title=each.title) for each in contract.bookings
    ]
    return tuple(
        Clause(
            number=f"{section.number}.", heading=section.heading, text=" ".join(f"({each.number}) {each.text}" for each in section.clauses)
        )
        for section in sections(contract.terms, parties, shows)
    )


def _signatory(contract: Contract, party: Party, word: str, name: str, events: Sequence[RecordedEvent]) -> Signatory:
    signed = next((each for each in events if each.event.kind is EventKind.SIGNED and each.event.party is party), None)
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


def _form(call: Call[None], contract: Contract) -> SignForm | None:
    """The form, for a signatory whose side has not signed while the contract waits."""
    mine = next((party for party in (Party.BRAND, Party.HOST) if is_on_side(call.principal, contract, party)), None)
    signed = {signature.party for signature in contract.signatures}
    if mine is None or mine in signed or contract.state is not ContractState.TO_SIGN or not allowed(call.principal, Action.SIGN):
        return None
    stale = services().clock.real_now() - call.authenticated_at > FRESH_SIGN_IN
    return SignForm(
        action=f"/contracts/{contract.contract_id}/sign",
        document_sha256=contract.document_sha256,
        consent_version=CONSENT_VERSION,
        consent_text=CONSENT_TEXT,
        error=STALE if stale else "",
    )


def _pay(call: Call[None], contract: Contract) -> Link | None:
    pays = allowed(call.principal, Action.FUND) and call.principal.tenant_id == contract.brand_id
    if contract.state is not ContractState.SIGNED or not pays:
        return None
    due = deposit_due(call.principal, contract)
    return Link(label=f"Pay {due}", href=f"/contracts/{contract.contract_id}/payment") if due else None


def _context(call: Call[Any]) -> SigningContext:
    return SigningContext(
        authenticated_at=call.authenticated_at,
        address=call.address,
        user_agent=call.user_agent,
        locale=call.headers.get("accept-language", "")[:100],
    )

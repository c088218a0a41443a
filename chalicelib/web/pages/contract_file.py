"""What the page of a contract says beside its clauses: whose turn it is, why it ended, and how to take it away and have it checked."""

from collections.abc import Iterator
from typing import Any

from chalicelib.bookings.states import Party
from chalicelib.contracts.amendment_rules import version_of
from chalicelib.contracts.rules import SIDES, Contract, ContractState, awaited
from chalicelib.contracts.service import SigningContext
from chalicelib.contracts.terms import SigningOrder
from chalicelib.contracts.wording import SIGNING_ORDER
from chalicelib.core.access import Action
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import allowed, cell, is_on_side
from chalicelib.web.routes import Call, Redirect
from chalicelib.web.views.common import Cell, Link, when
from chalicelib.web.views.deals import ContractFile
from chalicelib.web.views.money import TextForm
from chalicelib.wiring import services

SEALED = (
    "The signed contract is one PDF: the words above, a certificate of who signed when and how, and the evidence itself. It is sealed, so "
    "that a single changed byte shows. Anybody can check it without us, with the program and the keys below: "
    "python verify-contract.py contract.pdf --key seal-keys.pem"
)
NOT_SIGNED = (
    "As long as it is not signed by both sides, the PDF says so on each page. The signed one is sealed and can be checked by anybody."
)


@routes.page("GET", "/contracts/{contract_id}/pdf", action=Action.SEE_DEAL)
def contract_pdf(call: Call[None], contract_id: str) -> Redirect:
    """The contract as a PDF, from the bucket; `?version=2` for another version than the last."""
    version = call.query.get("version")
    named = None if version is None else version_of(version)
    return Redirect(path=services().contracts.filing.address(call.principal, contract_id, named), external=True)


def context_of(call: Call[Any]) -> SigningContext:
    """How the reader reached us, for the evidence."""
    return SigningContext(
        authenticated_at=call.authenticated_at,
        address=call.address,
        user_agent=call.user_agent,
        locale=call.headers.get("accept-language", "")[:100],
    )


def file_of(contract: Contract) -> ContractFile:
    """How to take the contract away, and what is needed to check it."""
    base, signed = f"/contracts/{contract.contract_id}", contract.state is ContractState.SIGNED
    links = [
        Link(label="Signed contract (PDF)" if signed else "Contract to be signed (PDF)", href=f"{base}/pdf"),
        Link(label="Evidence (JSON)", href=f"/api/v1{base}/evidence"),
    ]
    if signed:
        links += [Link(label="Program that checks it", href="/verify-contract.py"), Link(label="Our public keys", href="/seal-keys")]
    return ContractFile(explanation=SEALED if signed else NOT_SIGNED, links=tuple(links))


def said_of_signing(contract: Contract) -> str:
    """Who signs first, where the contract says so and waits; or why it ended without both signatures."""
    if contract.ending is not None:
        who = {Party.BRAND: "The brand", Party.HOST: "The host"}.get(contract.ending.by)
        moment = when(contract.ending.at, contract.terms.timezone)
        said = (
            f"{who} declined to sign on {moment}: {contract.ending.reason}" if who else f"It lapsed on {moment}. {contract.ending.reason}"
        )
        return f"{said} The host's time is free again."
    if contract.state is ContractState.TO_SIGN and contract.terms.signing_order is not SigningOrder.ANY:
        (turn,) = awaited(contract.signatures, contract.terms.signing_order)
        return f"{SIGNING_ORDER[contract.terms.signing_order]} It is the {turn.value}'s turn."
    return ""


def is_awaited(contract: Contract, side: Party) -> bool:
    """Whether a contract waits for this side to sign, and for it next."""
    return contract.state is ContractState.TO_SIGN and side in awaited(contract.signatures, contract.terms.signing_order)


def decline_form(call: Call[Any], contract: Contract) -> TextForm | None:
    """The form to decline, for a signatory whose side has not signed while the contract waits."""
    unsigned = SIDES - {each.party for each in contract.signatures}
    mine = any(is_on_side(call.principal, contract, side) for side in unsigned)
    if contract.state is not ContractState.TO_SIGN or not mine or not allowed(call.principal, Action.SIGN):
        return None
    return TextForm(
        action=f"/contracts/{contract.contract_id}/decline",
        label="Or say why you do not sign it",
        name="reason",
        button="Decline to sign",
        hint="The contract is over then, and the host's time is free again. Both sides see the reason.",
        needed=True,
    )


def amendment_decline_form(base: str, *, own: bool) -> TextForm:
    """The form to decline an amendment, or to take the own one back."""
    return TextForm(
        action=f"{base}/decline",
        label="Or say why you take it back" if own else "Or say why you do not sign it",
        name="reason",
        button="Take the proposal back" if own else "Decline this amendment",
        hint="The terms in force stay. Both sides see the reason.",
        needed=True,
    )


def versions(contract: Contract) -> Iterator[tuple[Cell, ...]]:
    """Which version binds which shows, by their starts."""
    nexts = [each.in_force_from for each in contract.versions[1:]]
    for each, until in zip(contract.versions, [*nexts, None], strict=True):
        since = "" if each.in_force_from is None else f"from {when(each.in_force_from, each.terms.timezone)} on"
        before = "" if until is None else f"before {when(until, each.terms.timezone)}"
        starts = " and ".join(part for part in (since, before) if part)
        base = f"/contracts/{contract.contract_id}"
        words = f"shows that start {starts}" if starts else "all shows"
        document = cell(each.document_sha256[:16], f"{base}/document?version={each.version}")
        yield cell(str(each.version)), cell(words), document, cell("PDF", f"{base}/pdf?version={each.version}")

"""What the forms of a contract's page do: sign or decline it, or an amendment of it."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from chalicelib.contracts.amendment_rules import version_of
from chalicelib.contracts.reasons import MAX_REASON_CHARACTERS
from chalicelib.contracts.rules import CONSENT_VERSION
from chalicelib.core.access import Action
from chalicelib.web.pages.contract import page_of
from chalicelib.web.pages.contract_file import context_of
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import attempt
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.wiring import services


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form of a signature sends; an unticked box sends nothing."""

    document_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    consent_version: Annotated[str, msgspec.Meta(max_length=40)]
    typed_name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    consent: bool = False


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form to decline sends."""

    reason: Annotated[str, msgspec.Meta(max_length=MAX_REASON_CHARACTERS)] = ""


@routes.form("POST", "/contracts/{contract_id}/sign", action=Action.SIGN, body=Signature)
def sign_contract(call: Call[Signature], contract_id: str) -> Page | Redirect:
    """Sign for the reader's side."""
    body, contracts = call.body, services().contracts

    def sign() -> None:
        contracts.sign(
            call.principal,
            contract_id,
            document_sha256=body.document_sha256,
            typed_name=body.typed_name,
            consent=_consents(body),
            context=context_of(call),
        )

    return _attempt(call, contract_id, "sign", sign)


@routes.form("POST", "/contracts/{contract_id}/decline", action=Action.SIGN, body=Refusal)
def decline_contract(call: Call[Refusal], contract_id: str) -> Page | Redirect:
    """Do not sign, and say why."""
    contracts = services().contracts
    return _attempt(
        call, contract_id, "decline", lambda: contracts.decline(call.principal, contract_id, call.body.reason, context_of(call))
    )


@routes.form("POST", "/contracts/{contract_id}/amendments/{version}/sign", action=Action.SIGN, body=Signature)
def sign_amendment(call: Call[Signature], contract_id: str, version: str) -> Page | Redirect:
    """Sign a proposed version for the reader's side."""
    body, number, amendments = call.body, version_of(version), services().contracts.amendments

    def sign() -> None:
        amendments.sign(
            call.principal,
            contract_id,
            number,
            document_sha256=body.document_sha256,
            typed_name=body.typed_name,
            consent=_consents(body),
            context=context_of(call),
        )

    return _attempt(call, contract_id, f"amendments/{number}/sign", sign)


@routes.form("POST", "/contracts/{contract_id}/amendments/{version}/decline", action=Action.SIGN, body=Refusal)
def decline_amendment(call: Call[Refusal], contract_id: str, version: str) -> Page | Redirect:
    """Decline a proposed version, or take the own one back, and say why."""
    number, amendments = version_of(version), services().contracts.amendments

    def decline() -> None:
        amendments.decline(call.principal, contract_id, number, call.body.reason, context_of(call))

    return _attempt(call, contract_id, f"amendments/{number}/decline", decline)


def _consents(body: Signature) -> bool:
    """Whether to the words that are asked today."""
    return body.consent and body.consent_version == CONSENT_VERSION


def _attempt(call: Call[Any], contract_id: str, action: str, what: Callable[[], object]) -> Page | Redirect:
    here = f"/contracts/{contract_id}"

    def done() -> str:
        what()
        return here

    return attempt(call, f"{here}/{action}", done, lambda tried: page_of(call, contract_id, tried))

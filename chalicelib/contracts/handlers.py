"""Routes of offers and contracts."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from chalicelib.contracts.amendment_rules import version_of
from chalicelib.contracts.negotiation import LONGEST_ANSWER_HOURS, MAX_SHOWS_PER_OFFER, Offer
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import Evidence, SigningContext
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Action
from chalicelib.web.routes import Call, NoBody, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Version = Annotated[int, msgspec.Meta(ge=1, le=1000)]
TermsBody = Annotated[dict[str, Any], msgspec.Meta(max_length=40)]


class ShowBody(msgspec.Struct, forbid_unknown_fields=True):
    """A show that is asked for."""

    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OfferBody(msgspec.Struct, forbid_unknown_fields=True):
    """An offer to a host. `terms` has the fields of Terms; unknown ones are refused."""

    brief_id: Id
    creator_id: Id
    shows: Annotated[tuple[ShowBody, ...], msgspec.Meta(min_length=1, max_length=MAX_SHOWS_PER_OFFER)]
    terms: TermsBody
    expires_in_hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_ANSWER_HOURS)] = 48


class CounterBody(msgspec.Struct, forbid_unknown_fields=True):
    """Other terms, in answer to a version."""

    version: Version
    terms: TermsBody


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names the version that is answered."""

    version: Version


class DeclineBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names the version that is declined, and why."""

    version: Version
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class SignBody(msgspec.Struct, forbid_unknown_fields=True):
    """A signature: the document's SHA-256, the typed name, and consent to sign electronically."""

    document_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    typed_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    consent: bool


class AmendmentBody(msgspec.Struct, forbid_unknown_fields=True):
    """Another version of the terms, for shows that start from `in_force_from` on; `reset_totals` begins contract-wide totals anew."""

    terms: TermsBody
    in_force_from: Annotated[datetime, msgspec.Meta(tz=True)]
    reset_totals: bool = False


@routes.api("POST", "/api/v1/offers", action=Action.NEGOTIATE, body=OfferBody, status=201)
def make_offer(call: Call[OfferBody]) -> Offer:
    """Offer a host one or more shows."""
    body = call.body
    return services().contracts.offers.make(
        call.principal,
        brief_id=body.brief_id,
        creator_id=body.creator_id,
        shows=[WantedShow(starts_at=show.starts_at, minutes=show.minutes, title=show.title) for show in body.shows],
        terms=read_terms(body.terms),
        expires_in_hours=body.expires_in_hours,
    )


@routes.api("GET", "/api/v1/offers", action=Action.SEE_DEAL)
def list_offers(call: Call[None]) -> tuple[Offer, ...]:
    """The caller's offers, newest first."""
    return services().contracts.offers.list(call.principal)


@routes.api("GET", "/api/v1/offers/{offer_id}", action=Action.SEE_DEAL)
def see_offer(call: Call[None], offer_id: str) -> Offer:
    """One offer with all its versions."""
    return services().contracts.offers.get(call.principal, offer_id)


@routes.api("POST", "/api/v1/offers/{offer_id}/counter", action=Action.NEGOTIATE, body=CounterBody)
def counter_offer(call: Call[CounterBody], offer_id: str) -> Offer:
    """Put other terms on the table."""
    return services().contracts.offers.counter(call.principal, offer_id, call.body.version, read_terms(call.body.terms))


@routes.api("POST", "/api/v1/offers/{offer_id}/accept", action=Action.NEGOTIATE, body=AnswerBody)
def accept_offer(call: Call[AnswerBody], offer_id: str) -> Offer:
    """Agree, and book."""
    return services().contracts.offers.accept(call.principal, offer_id, call.body.version)


@routes.api("POST", "/api/v1/offers/{offer_id}/decline", action=Action.NEGOTIATE, body=DeclineBody)
def decline_offer(call: Call[DeclineBody], offer_id: str) -> Offer:
    """Say no."""
    return services().contracts.offers.decline(call.principal, offer_id, call.body.version, call.body.reason)


@routes.api("POST", "/api/v1/offers/{offer_id}/withdraw", action=Action.NEGOTIATE, body=AnswerBody)
def withdraw_offer(call: Call[AnswerBody], offer_id: str) -> Offer:
    """Take back what the own side put on the table."""
    return services().contracts.offers.withdraw(call.principal, offer_id, call.body.version)


@routes.api("GET", "/api/v1/contracts", action=Action.SEE_DEAL)
def list_contracts(call: Call[None]) -> tuple[Contract, ...]:
    """The caller's contracts, newest first."""
    return services().contracts.list(call.principal)


@routes.api("GET", "/api/v1/contracts/{contract_id}", action=Action.SEE_DEAL)
def see_contract(call: Call[None], contract_id: str) -> Contract:
    """One contract."""
    return services().contracts.get(call.principal, contract_id)


@routes.api("GET", "/api/v1/contracts/{contract_id}/document", action=Action.SEE_DEAL)
def see_document(call: Call[None], contract_id: str) -> TextFile:
    """The exact document that is signed; `?version=2` for another version than the last, be it only proposed."""
    version = call.query.get("version")
    named = None if version is None else version_of(version)
    text = services().contracts.document(call.principal, contract_id, _context(call), named)
    return TextFile(content_type="text/html; charset=utf-8", body=text)


@routes.api("POST", "/api/v1/contracts/{contract_id}/sign", action=Action.SIGN, body=SignBody)
def sign_contract(call: Call[SignBody], contract_id: str) -> Contract:
    """Sign for the caller's side."""
    body = call.body
    return services().contracts.sign(
        call.principal,
        contract_id,
        document_sha256=body.document_sha256,
        typed_name=body.typed_name,
        consent=body.consent,
        context=_context(call),
    )


@routes.api("POST", "/api/v1/contracts/{contract_id}/amendments", action=Action.NEGOTIATE, body=AmendmentBody, status=201)
def propose_amendment(call: Call[AmendmentBody], contract_id: str) -> Contract:
    """Propose another version; nothing changes until both sides have signed it."""
    body = call.body
    return services().contracts.amendments.propose(
        call.principal,
        contract_id,
        read_terms(body.terms),
        in_force_from=body.in_force_from,
        reset_totals=body.reset_totals,
        context=_context(call),
    )


@routes.api("POST", "/api/v1/contracts/{contract_id}/amendments/{version}/sign", action=Action.SIGN, body=SignBody)
def sign_amendment(call: Call[SignBody], contract_id: str, version: str) -> Contract:
    """Sign a proposed version for the caller's side."""
    body = call.body
    return services().contracts.amendments.sign(
        call.principal,
        contract_id,
        version_of(version),
        document_sha256=body.document_sha256,
        typed_name=body.typed_name,
        consent=body.consent,
        context=_context(call),
    )


@routes.api("POST", "/api/v1/contracts/{contract_id}/amendments/{version}/decline", action=Action.SIGN, body=NoBody)
def decline_amendment(call: Call[NoBody], contract_id: str, version: str) -> Contract:
    """Decline what the other side proposed, or take the own proposal back."""
    return services().contracts.amendments.decline(call.principal, contract_id, version_of(version), _context(call))


@routes.api("GET", "/api/v1/contracts/{contract_id}/evidence", action=Action.SEE_DEAL)
def see_evidence(call: Call[None], contract_id: str) -> Evidence:
    """Who created, viewed, consented to and signed the document, link by link."""
    return services().contracts.evidence(call.principal, contract_id)


def _context(call: Call[Any]) -> SigningContext:
    return SigningContext(
        authenticated_at=call.authenticated_at,
        address=call.address,
        user_agent=call.user_agent,
        locale=call.headers.get("accept-language", "")[:100],
    )

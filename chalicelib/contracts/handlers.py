"""Routes of offers and contracts."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from chalicelib.contracts.amendment_rules import version_of
from chalicelib.contracts.held_offers import MAX_HOLD_HOURS
from chalicelib.contracts.negotiation import LONGEST_ANSWER_HOURS, MAX_SHOWS_PER_OFFER, Offer
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.reasons import MAX_REASON_CHARACTERS
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import Evidence, SigningContext
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Action
from chalicelib.core.errors import Invalid
from chalicelib.core.recurrence import starts
from chalicelib.history.rules import Entry
from chalicelib.web.bodies import RecurrenceBody
from chalicelib.web.routes import Call, Redirect, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)


class UnknownFormat(Invalid):
    """Not a form in which contracts come."""


Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Version = Annotated[int, msgspec.Meta(ge=1, le=1000)]
TermsBody = Annotated[dict[str, Any], msgspec.Meta(max_length=40)]


class ShowBody(msgspec.Struct, forbid_unknown_fields=True):
    """A show that is asked for."""

    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class SeriesBody(msgspec.Struct, forbid_unknown_fields=True):
    """Shows that repeat: all have this length and title."""

    recurrence: RecurrenceBody
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OfferBody(msgspec.Struct, forbid_unknown_fields=True):
    """An offer to a host: `shows`, or a `series`, or both together. `terms` has the fields of Terms; unknown ones are refused.

    `hold_hours` holds the host's time that long, until the offer is answered; shows that are many are held in any case.
    """

    brief_id: Id
    creator_id: Id
    terms: TermsBody
    shows: Annotated[tuple[ShowBody, ...], msgspec.Meta(max_length=MAX_SHOWS_PER_OFFER)] = ()
    series: SeriesBody | None = None
    expires_in_hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_ANSWER_HOURS)] = 48
    hold_hours: Annotated[int, msgspec.Meta(ge=0, le=MAX_HOLD_HOURS)] = 0

    def wanted(self) -> list[WantedShow]:
        """All shows that are asked for."""
        shows = [WantedShow(starts_at=show.starts_at, minutes=show.minutes, title=show.title) for show in self.shows]
        if self.series is None:
            return shows
        minutes, title = self.series.minutes, self.series.title
        return shows + [WantedShow(starts_at=start, minutes=minutes, title=title) for start in starts(self.series.recurrence.recurrence())]


class CounterBody(msgspec.Struct, forbid_unknown_fields=True):
    """Other terms, in answer to a version."""

    version: Version
    terms: TermsBody


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names the version that is answered."""

    version: Version


class EndBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names the version that is declined or withdrawn, and why; the other side reads it."""

    version: Version
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class SignBody(msgspec.Struct, forbid_unknown_fields=True):
    """A signature: the document's SHA-256, the typed name, and consent to sign electronically."""

    document_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    typed_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    consent: bool


class RefusalBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a side does not sign; both sides see it."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON_CHARACTERS)]


class AmendmentBody(msgspec.Struct, forbid_unknown_fields=True):
    """Another version of the terms, for shows that start from `in_force_from` on; `reset_totals` begins contract-wide totals anew."""

    terms: TermsBody
    in_force_from: Annotated[datetime, msgspec.Meta(tz=True)]
    reset_totals: bool = False


@routes.api("POST", "/api/v1/offers", action=Action.NEGOTIATE, body=OfferBody, status=201)
def make_offer(call: Call[OfferBody]) -> Offer:
    """Offer a host one or more shows, or a series of them; dates that cannot be booked are named, and then nothing is offered."""
    body = call.body
    return services().contracts.offers.make(
        call.principal,
        brief_id=body.brief_id,
        creator_id=body.creator_id,
        shows=body.wanted(),
        terms=read_terms(body.terms),
        expires_in_hours=body.expires_in_hours,
        hold_hours=body.hold_hours,
        joins=services().deals.applied.answering(call.principal, body.brief_id, body.creator_id),
        offer_id=call.new_id("ofr"),
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


@routes.api("POST", "/api/v1/offers/{offer_id}/decline", action=Action.NEGOTIATE, body=EndBody)
def decline_offer(call: Call[EndBody], offer_id: str) -> Offer:
    """Say no."""
    return services().contracts.offers.decline(call.principal, offer_id, call.body.version, call.body.reason)


@routes.api("POST", "/api/v1/offers/{offer_id}/withdraw", action=Action.NEGOTIATE, body=EndBody)
def withdraw_offer(call: Call[EndBody], offer_id: str) -> Offer:
    """Take back what the own side put on the table."""
    return services().contracts.offers.withdraw(call.principal, offer_id, call.body.version, call.body.reason)


@routes.api("GET", "/api/v1/contracts", action=Action.SEE_DEAL)
def list_contracts(call: Call[None]) -> tuple[Contract, ...]:
    """The caller's contracts, newest first."""
    return services().contracts.list(call.principal)


@routes.api("GET", "/api/v1/contracts/{contract_id}", action=Action.SEE_DEAL)
def see_contract(call: Call[None], contract_id: str) -> Contract:
    """One contract."""
    return services().contracts.get(call.principal, contract_id)


@routes.api("GET", "/api/v1/contracts/{contract_id}/timeline", action=Action.SEE_DEAL)
def see_history(call: Call[None], contract_id: str) -> tuple[Entry, ...]:
    """Who did what from the first offer on, oldest first; what was refused says why."""
    contract = services().contracts.get(call.principal, contract_id)
    return services().history.of_deal(contract.contract_id)


@routes.api("GET", "/api/v1/contracts/{contract_id}/document", action=Action.SEE_DEAL)
def see_document(call: Call[None], contract_id: str) -> TextFile | Redirect:
    """The exact document that is signed; `?version=2` for another version than the last, be it only proposed.

    That the caller was shown it is recorded: a signature needs that. `?format=pdf` leads to the same words as a PDF, which records nothing:
    once both have signed, to the sealed file with its certificate and evidence.
    """
    version = call.query.get("version")
    named = None if version is None else version_of(version)
    match call.query.get("format", "html"):
        case "html":
            text = services().contracts.document(call.principal, contract_id, _context(call), named)
            return TextFile(content_type="text/html; charset=utf-8", body=text)
        case "pdf":
            return Redirect(path=services().contracts.filing.address(call.principal, contract_id, named), external=True)
        case _:
            raise UnknownFormat("A contract comes as html or pdf.")


@routes.public("GET", "/seal-keys")
def seal_keys(call: Call[None]) -> TextFile:
    """The public keys that have ever sealed a contract, as PEM, for everybody."""
    del call
    return TextFile(content_type="text/plain; charset=utf-8", body=services().contracts.filing.public_keys())


@routes.public("GET", "/verify-contract.py")
def verifying_program(call: Call[None]) -> TextFile:
    """The program that checks a signed contract's file by itself."""
    del call
    source = Path(__file__).with_name("verify.py").read_text(encoding="utf-8")
    return TextFile(content_type="text/plain; charset=utf-8", body=source, filename="verify-contract.py")


@routes.api("POST", "/api/v1/contracts/{contract_id}/sign", action=Action.SIGN, body=SignBody)
def sign_contract(call: Call[SignBody], contract_id: str) -> Contract:
    """Sign for the caller's side, what the caller has been shown before (`GET .../document`)."""
    body = call.body
    return services().contracts.sign(
        call.principal,
        contract_id,
        document_sha256=body.document_sha256,
        typed_name=body.typed_name,
        consent=body.consent,
        context=_context(call),
    )


@routes.api("POST", "/api/v1/contracts/{contract_id}/decline", action=Action.SIGN, body=RefusalBody)
def decline_contract(call: Call[RefusalBody], contract_id: str) -> Contract:
    """Do not sign, and say why: the contract is over and the host's time is free again."""
    return services().contracts.decline(call.principal, contract_id, call.body.reason, _context(call))


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
    """Sign a proposed version for the caller's side, which the caller has been shown before (`GET .../document?version=2`)."""
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


@routes.api("POST", "/api/v1/contracts/{contract_id}/amendments/{version}/decline", action=Action.SIGN, body=RefusalBody)
def decline_amendment(call: Call[RefusalBody], contract_id: str, version: str) -> Contract:
    """Decline what the other side proposed, or take the own proposal back, and say why."""
    return services().contracts.amendments.decline(call.principal, contract_id, version_of(version), call.body.reason, _context(call))


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

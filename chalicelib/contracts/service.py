"""What happens to contracts: drawn up from an accepted offer, read, signed by both sides, lapsed when nobody signs.

`Contracts.offers` has the negotiation; workers and later features read contracts through `contract`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.objects import ObjectExists, ObjectStore
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, Party, State
from chalicelib.contracts import rules
from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.evidence import Act, EventKind, RecordedEvent, SignerDetails, append, is_intact
from chalicelib.contracts.negotiation import Offer, drafted
from chalicelib.contracts.offers import Offers
from chalicelib.contracts.rules import (
    CONSENT_TEXT,
    CONSENT_VERSION,
    FRESH_SIGN_IN,
    ConsentMissing,
    Contract,
    ContractState,
    FreshSignInNeeded,
    show_id_of,
    signing_party,
)
from chalicelib.contracts.store import ContractChanged, ContractNotFound, ContractStore, OfferNotFound
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.ids import new_secret
from chalicelib.directory.service import Directory

__all__ = ["Contract", "ContractNotFound", "Contracts", "Evidence", "OfferNotFound", "Renderer", "SigningContext"]

DOCUMENT_TEMPLATE = "contracts/document.html"
MAX_LAPSED_PER_RUN = 100
MAX_VIEW_ATTEMPTS = 3
SYSTEM = "system"


class Renderer(Protocol):
    """Makes text of a template."""

    def render(self, template: str, **values: Any) -> str:
        """The text of a template with these values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningContext:
    """How the caller reached us: when they last proved who they are (real time), from where, with what."""

    authenticated_at: datetime
    address: str
    user_agent: str
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The chain of a contract's events. `intact` says whether it is complete and unchanged; `consent_text` is what was consented to."""

    contract_id: str
    document_sha256: str
    consent_version: str
    consent_text: str
    intact: bool
    events: tuple[RecordedEvent, ...]


class Contracts:
    """Use cases of contracts."""

    def __init__(  # noqa: PLR0913  # the features and adapters that a contract brings together
        self,
        *,
        store: ContractStore,
        offers: Offers,
        directory: Directory,
        bookings: Bookings,
        records: ObjectStore,
        renderer: Renderer,
        clock: Clock,
    ) -> None:
        """`records` keeps documents for ever; `renderer` makes them."""
        self.offers = offers
        self._store = store
        self._directory = directory
        self._bookings = bookings
        self._records = records
        self._renderer = renderer
        self._clock = clock

    def draft(self, offer_id: str) -> Contract:
        """Draw up the contract of an accepted offer; doing it again returns the one there is."""
        offer = self.offers.offer(offer_id)
        if offer.state is not State.ACCEPTED or offer.closed_at is None:
            raise ContractNotFound("This offer has not been accepted, so there is no contract.")
        try:
            return self._store.contract(offer.contract_id)
        except ContractNotFound:
            pass
        document = self._document(offer)
        digest = hashlib.sha256(document).hexdigest()
        self._keep(_document_key(offer.contract_id, digest), document)
        contract = drafted(offer, offer.closed_at, digest, self._clock.now())
        act = Act(kind=EventKind.CREATED, party=Party.PLATFORM, user_id=SYSTEM)
        contract, events = append(contract, [act], self._clock.real_now())
        if not self._store.add_contract(contract, events):
            return self._store.contract(offer.contract_id)
        return contract

    def contract(self, contract_id: str) -> Contract:
        """A contract, read by the system. Raises `ContractNotFound`."""
        return self._store.contract(contract_id)

    def get(self, principal: Principal, contract_id: str) -> Contract:
        """A contract of the caller's. Raises `ContractNotFound` for another tenant's."""
        return self._store.get_contract(principal, contract_id)

    def list(self, principal: Principal) -> tuple[Contract, ...]:
        """The caller's contracts, newest first."""
        return tuple(self._store.contracts_of(principal))

    def document(self, principal: Principal, contract_id: str, context: SigningContext) -> str:
        """The exact text that is signed. That a side has seen it is recorded, once for each person."""
        contract = self._store.get_contract(principal, contract_id)
        body = self._records.get(_document_key(contract_id, contract.document_sha256)).body
        side = rules.party_of(principal, contract)
        if side is not None:
            self._record_view(principal, contract_id, side, context)
        return body.decode()

    def sign(  # what a signature consists of
        self, principal: Principal, contract_id: str, *, document_sha256: str, typed_name: str, consent: bool, context: SigningContext
    ) -> Contract:
        """Sign for the caller's side. With the second signature the bookings are contracted and `contract.signed` is announced."""
        before = self._store.get_contract(principal, contract_id)
        side = signing_party(principal, before)
        if self._clock.real_now() - context.authenticated_at > FRESH_SIGN_IN:
            raise FreshSignInNeeded("Sign in again to sign this contract: your last sign-in is more than ten minutes ago.")
        if not consent or not typed_name.strip():
            raise ConsentMissing("Type your name and agree to sign electronically.", fields={"typed_name": "needed", "consent": "needed"})
        after = rules.sign(before, side, principal.user_id, document_sha256, self._clock.now())
        details = _details(principal, typed_name.strip(), context)
        kinds = [EventKind.CONSENTED, EventKind.SIGNED]
        acts = [_act(kind, side, principal, details, context) for kind in kinds]
        if after.state is ContractState.SIGNED:
            acts.append(Act(kind=EventKind.COMPLETED, party=Party.PLATFORM, user_id=SYSTEM))
        after, events = append(after, acts, self._clock.real_now())
        transaction = Transaction()
        after = self._store.change_contract(transaction, before, after, events)
        if after.state is ContractState.SIGNED:
            for booked in after.bookings:
                self._bookings.move_in(transaction, booked.booking_id, Move.SIGN, Party.PLATFORM)
            transaction.announce("contract.signed", contract_id, iso(self._clock.real_now()))
        transaction.commit()
        return after

    def evidence(self, principal: Principal, contract_id: str) -> Evidence:
        """The chain of events, checked link by link."""
        contract = self._store.get_contract(principal, contract_id)
        events = self._store.events(contract_id)
        stored = self._records.get(_document_key(contract_id, contract.document_sha256)).body
        same = hashlib.sha256(stored).hexdigest() == contract.document_sha256
        return Evidence(
            contract_id=contract_id,
            document_sha256=contract.document_sha256,
            consent_version=CONSENT_VERSION,
            consent_text=CONSENT_TEXT,
            intact=same and is_intact(contract, events),
            events=events,
        )

    def end_silence(self) -> int:
        """Expire offers that nobody answered and lapse contracts that nobody signed in time; returns how many were looked at."""
        due = self._store.waiting_until(self._clock.now(), MAX_LAPSED_PER_RUN)
        for deal_id in due:
            if deal_id.startswith("ofr_"):
                self.offers.expire(deal_id)
            else:
                self._lapse(deal_id)
        return len(due)

    def _lapse(self, contract_id: str) -> None:
        before = self._store.contract(contract_id)
        if before.state is not ContractState.TO_SIGN or self._clock.now() < before.sign_by:
            return
        transaction = Transaction()
        self._store.change_contract(transaction, before, replace(before, state=ContractState.LAPSED), ())
        for booked in before.bookings:
            self._bookings.move_in(transaction, booked.booking_id, Move.EXPIRE, Party.PLATFORM)
        try:
            transaction.commit()
        except ContractChanged:
            return

    def _document(self, offer: Offer) -> bytes:
        agency = self._directory.tenant(offer.agency_id).name if offer.agency_id is not None else None
        parties = Parties(
            brand_id=offer.brand_id,
            brand_name=self._directory.tenant(offer.brand_id).name,
            creator_id=offer.creator_id,
            creator_name=self._directory.profile(offer.creator_id).name,
            agency_id=offer.agency_id,
            agency_name=agency,
        )
        shows = [
            AgreedShow(show_id=show_id_of(show.booking_id), starts_at=show.starts_at, minutes=show.minutes, title=show.title)
            for show in offer.shows
        ]
        text = self._renderer.render(
            DOCUMENT_TEMPLATE,
            contract_id=offer.contract_id,
            offer_id=offer.offer_id,
            offer_version=offer.version,
            agreed_at=iso(offer.closed_at or offer.created_at),
            parties=parties,
            sections=sections(offer.terms, parties, shows),
            consent_text=CONSENT_TEXT,
            consent_version=CONSENT_VERSION,
        )
        return text.encode()

    def _keep(self, key: str, document: bytes) -> None:
        try:
            self._records.put(key, document, "text/html; charset=utf-8", only_if_new=True)
        except ObjectExists:
            return

    def _record_view(self, principal: Principal, contract_id: str, side: Party, context: SigningContext) -> None:
        """Add a view to the chain. A signature at the same moment may come between: then it is tried again, and at last left out."""
        for _ in range(MAX_VIEW_ATTEMPTS):
            contract = self._store.contract(contract_id)
            if _has_viewed(self._store.events(contract_id), principal.user_id):
                return
            act = _act(EventKind.VIEWED, side, principal, _details(principal, "", context), context)
            after, events = append(contract, [act], self._clock.real_now())
            transaction = Transaction()
            self._store.change_contract(transaction, contract, after, events)
            try:
                transaction.commit()
            except ContractChanged:
                continue
            return


def _document_key(contract_id: str, digest: str) -> str:
    return f"contracts/{contract_id}/{digest}.html"


def _details(principal: Principal, typed_name: str, context: SigningContext) -> SignerDetails:
    return SignerDetails(
        salt=new_secret(),
        email=principal.email,
        typed_name=typed_name,
        address=context.address,
        user_agent=context.user_agent,
        locale=context.locale,
    )


def _act(kind: EventKind, side: Party, principal: Principal, details: SignerDetails, context: SigningContext) -> Act:
    return Act(kind=kind, party=side, user_id=principal.user_id, authenticated_at=context.authenticated_at, details=details)


def _has_viewed(events: Sequence[RecordedEvent], user_id: str) -> bool:
    return any(entry.event.kind is EventKind.VIEWED and entry.event.user_id == user_id for entry in events)

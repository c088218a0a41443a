"""What happens to contracts: drawn up from an accepted offer, read, signed by both sides, lapsed when nobody signs.

`Contracts.offers` has the negotiation; workers and later features read contracts through `contract`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.objects import ObjectStore
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Move, Party, State
from chalicelib.contracts import rules
from chalicelib.contracts.amendments import Amendments
from chalicelib.contracts.clauses import Section
from chalicelib.contracts.documents import Documents, Renderer
from chalicelib.contracts.evidence import EventKind, RecordedEvent, append, is_intact
from chalicelib.contracts.negotiation import drafted
from chalicelib.contracts.offers import Offers
from chalicelib.contracts.reading import read_sections
from chalicelib.contracts.rules import CONSENT_TEXT, CONSENT_VERSION, Contract, ContractState, signing_party
from chalicelib.contracts.signing import SigningContext, act_of, act_of_system, require_will
from chalicelib.contracts.store import ContractChanged, ContractNotFound, ContractStore, OfferNotFound
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.service import Directory

__all__ = ["Contract", "ContractNotFound", "Contracts", "Evidence", "OfferNotFound", "SigningContext"]

MAX_LAPSED_PER_RUN = 100
MAX_VIEW_ATTEMPTS = 3


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
        self._bookings = bookings
        self._documents = Documents(directory=directory, records=records, renderer=renderer)
        self.amendments = Amendments(store=store, documents=self._documents, clock=clock)
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
        contract = drafted(offer, offer.closed_at, self._documents.of_offer(offer), self._clock.now())
        contract, events = append(contract, [act_of_system(EventKind.CREATED)], self._clock.real_now())
        if not self._store.add_contract(contract, events):
            return self._store.contract(offer.contract_id)
        return contract

    def contract(self, contract_id: str) -> Contract:
        """A contract, read by the system. Raises `ContractNotFound`."""
        return self._store.contract(contract_id)

    def get(self, principal: Principal, contract_id: str) -> Contract:
        """A contract of the caller's. Raises `ContractNotFound` for another tenant's."""
        return self._store.get_contract(principal, contract_id)

    def signed_by(self, creator_id: str) -> Iterator[Contract]:
        """Every contract of a host that both sides have signed, read by the system."""
        return (each for each in self._store.contracts_with(creator_id) if each.state is ContractState.SIGNED)

    def list(self, principal: Principal) -> tuple[Contract, ...]:
        """The caller's contracts, newest first."""
        return tuple(self._store.contracts_of(principal))

    def document(self, principal: Principal, contract_id: str, context: SigningContext, version: int | None = None) -> str:
        """The exact text that is signed, of the last version or the one named. That a person has seen it is recorded, once."""
        contract = self._store.get_contract(principal, contract_id)
        document = _document_of(contract, version)
        body = self._documents.body(contract_id, document[1])
        side = rules.party_of(principal, contract)
        if side is not None:
            self._record_view(principal, contract_id, side, context, document)
        return body.decode()

    def sections(self, principal: Principal, contract_id: str) -> tuple[Section, ...]:
        """What the kept document of the contract's last signed or drafted version says. Raises `ContractNotFound` to others."""
        contract = self._store.get_contract(principal, contract_id)
        return read_sections(self._documents.body(contract_id, contract.document_sha256).decode())

    def sign(  # what a signature consists of
        self, principal: Principal, contract_id: str, *, document_sha256: str, typed_name: str, consent: bool, context: SigningContext
    ) -> Contract:
        """Sign for the caller's side. With the second signature the bookings are contracted and `contract.signed` is announced."""
        before = self._store.get_contract(principal, contract_id)
        side = signing_party(principal, before)
        require_will(context, typed_name=typed_name, consent=consent, real_now=self._clock.real_now())
        after = rules.sign(before, side, principal.user_id, document_sha256, self._clock.now())
        acts = [act_of(kind, side, principal, context, typed_name) for kind in (EventKind.CONSENTED, EventKind.SIGNED)]
        if after.state is ContractState.SIGNED:
            acts.append(act_of_system(EventKind.COMPLETED))
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
        same = all(self._documents.is_unchanged(contract_id, version.document_sha256) for version in contract.versions)
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
        self.amendments.lapse(before)
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

    def _record_view(self, principal: Principal, contract_id: str, side: Party, context: SigningContext, document: tuple[int, str]) -> None:
        """Add a view to the chain. A signature at the same moment may come between: then it is tried again, and at last left out."""
        for _ in range(MAX_VIEW_ATTEMPTS):
            contract = self._store.contract(contract_id)
            if _has_viewed(self._store.events(contract_id), principal.user_id, document):
                return
            act = act_of(EventKind.VIEWED, side, principal, context)
            after, events = append(contract, [act], self._clock.real_now(), document=document)
            transaction = Transaction()
            self._store.change_contract(transaction, contract, after, events)
            try:
                transaction.commit()
            except ContractChanged:
                continue
            return


def _document_of(contract: Contract, version: int | None) -> tuple[int, str]:
    """Version and SHA-256 of a document: the last version's, or that of the version named, be it only proposed."""
    known = {each.version: each.document_sha256 for each in contract.versions}
    if contract.amendment is not None:
        known[contract.amendment.version] = contract.amendment.document_sha256
    number = contract.versions[-1].version if version is None else version
    if number not in known:
        raise ContractNotFound(f"This contract has no version {number}.")
    return number, known[number]


def _has_viewed(events: Sequence[RecordedEvent], user_id: str, document: tuple[int, str]) -> bool:
    seen = ((entry.event.kind, entry.event.user_id, entry.event.document_version, entry.event.document_sha256) for entry in events)
    return (EventKind.VIEWED, user_id, *document) in seen

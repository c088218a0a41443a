"""What happens to contracts: drawn up from an accepted offer, read, signed by both sides, lapsed when nobody signs.

`Contracts.offers` has the negotiation; workers and later features read contracts through `contract`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.adapters.dynamo import Transaction
from chalicelib.adapters.failures import each_by_itself
from chalicelib.adapters.objects import ObjectStore
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import Party, State
from chalicelib.contracts import acts, rules
from chalicelib.contracts.amendments import Amendments
from chalicelib.contracts.clauses import Section
from chalicelib.contracts.documents import Documents, Renderer
from chalicelib.contracts.dropping import Dropping
from chalicelib.contracts.evidence import EventKind, RecordedEvent, append, has_viewed, is_intact
from chalicelib.contracts.filing import Filing, Sealing
from chalicelib.contracts.negotiation import drafted
from chalicelib.contracts.offers import Offers
from chalicelib.contracts.reading import consent_in, read_sections
from chalicelib.contracts.rules import Contract, ContractState, awaited
from chalicelib.contracts.signatures import Signatures
from chalicelib.contracts.signing import SigningContext, act_of, act_of_system, sent
from chalicelib.contracts.store import ContractChanged, ContractNotFound, ContractStore, OfferNotFound
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock
from chalicelib.directory.service import Directory
from chalicelib.history.service import History

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
        history: History,
        seal: Callable[[], Sealing],
        site: str,
        clock: Clock,
    ) -> None:
        """`records` keeps documents for ever; `renderer` makes them; signed ones are sealed by `seal` and can be checked at `site`."""
        self.offers = offers
        self._store = store
        self._documents = Documents(directory=directory, records=records, renderer=renderer)
        self.signatures = Signatures(store=store, bookings=bookings, history=history, exclusivities=offers.exclusivities, clock=clock)
        self.sign, self.decline = self.signatures.sign, self.signatures.decline
        self.amendments = Amendments(
            store=store, documents=self._documents, bookings=bookings, history=history, exclusivities=offers.exclusivities, clock=clock
        )
        self.dropping = Dropping(store=store, documents=self._documents, clock=clock)
        self.filing = Filing(store=store, documents=self._documents, records=records, seal=seal, site=site, clock=clock)
        self._history = history
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
        links = [act_of_system(EventKind.CREATED), *sent(awaited((), contract.terms.signing_order))]
        contract, events = append(contract, links, self._clock.real_now())
        transaction = Transaction()
        acts.drawn_up(self._history, transaction, contract)
        if not self._store.add_contract(transaction, contract, events):
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
        document = self._documents.named(contract, version)
        body = self._documents.body(contract_id, document[1])
        side = rules.party_of(principal, contract)
        if side is not None:
            self._record_view(principal, contract_id, side, context, document)
        return body.decode()

    def sections(self, principal: Principal, contract_id: str) -> tuple[Section, ...]:
        """What the kept document of the contract's last signed or drafted version says. Raises `ContractNotFound` to others."""
        contract = self._store.get_contract(principal, contract_id)
        return read_sections(self._documents.body(contract_id, contract.document_sha256).decode())

    def events(self, contract_id: str) -> tuple[RecordedEvent, ...]:
        """The chain of events, read by the system."""
        return self._store.events(contract_id)

    def rebook(self, transaction: Transaction, before: Contract, after: Contract) -> Contract:
        """Let a transaction change the list of shows of a contract, on condition that nobody changed the contract since."""
        return self._store.change_contract(transaction, before, after, ())

    def evidence(self, principal: Principal, contract_id: str) -> Evidence:
        """The chain of events, checked link by link."""
        contract = self._store.get_contract(principal, contract_id)
        events = self._store.events(contract_id)
        same = all(self._documents.is_unchanged(contract_id, version.document_sha256) for version in contract.versions)
        consent_version, consent_text = consent_in(self._documents.body(contract_id, contract.document_sha256).decode())
        return Evidence(
            contract_id=contract_id,
            document_sha256=contract.document_sha256,
            consent_version=consent_version,
            consent_text=consent_text,
            intact=same and is_intact(contract, events),
            events=events,
        )

    def end_silence(self) -> int:
        """Expire offers that nobody answered and lapse contracts that nobody signed in time; returns how many were looked at.

        What was left behind of holding and accepting is brought on first.
        """
        self.offers.follow_up()
        due = self._store.waiting_until(self._clock.now(), MAX_LAPSED_PER_RUN)
        each_by_itself(due, self._end, lambda deal_id: f"the end of {deal_id}")
        return len(due)

    def _end(self, deal_id: str) -> None:
        if deal_id.startswith("ofr_"):
            self.offers.expire(deal_id)
        else:
            self._lapse(deal_id)

    def _lapse(self, contract_id: str) -> None:
        before = self._store.contract(contract_id)
        self.amendments.lapse(before)
        self.signatures.lapse(before)

    def _record_view(self, principal: Principal, contract_id: str, side: Party, context: SigningContext, document: tuple[int, str]) -> None:
        """Add a view to the chain. A signature at the same moment may come between: then it is tried again, and at last left out."""
        for _ in range(MAX_VIEW_ATTEMPTS):
            contract = self._store.contract(contract_id)
            if has_viewed(self._store.events(contract_id), principal.user_id, document):
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

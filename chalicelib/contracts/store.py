"""Where offers, contracts and the evidence of signatures are kept; the only place that knows the keys of the contracts table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.contracts.evidence import RecordedEvent, SignatureEvent, SignerDetails
from chalicelib.contracts.frozen import require_same_contract, require_same_offer
from chalicelib.contracts.negotiation import OPEN, Offer, OfferSuperseded
from chalicelib.contracts.rules import Contract, ContractState, may_see
from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound

TABLE = "contracts"
MAX_DEALS_LISTED = 200
WAITING = "waiting"
ACCEPTING = "accepting"


class OfferNotFound(NotFound):
    """There is no such offer for this caller."""


class ContractNotFound(NotFound):
    """There is no such contract for this caller."""


class ContractChanged(Conflict):
    """Somebody else changed the contract first."""


class OfferItem(Item):
    """An offer with all its versions; `version` and `state` are what writes are conditioned on."""

    TABLE = TABLE
    version = WholeNumber()
    state = UnicodeAttribute()
    offer = Record(Offer)


class ContractItem(Item):
    """A contract; `revision` counts its changes."""

    TABLE = TABLE
    revision = WholeNumber()
    contract = Record(Contract)


class DealPointer(Item):
    """Finds the offers and contracts of a tenant, and by instant what waits for an answer or a signature."""

    TABLE = TABLE
    deal_id = UnicodeAttribute()


class EventItem(Item):
    """A link of a contract's chain of evidence."""

    TABLE = TABLE
    event = Record(SignatureEvent)


class SignerItem(Item):
    """The personal part of an event, apart, so that it can be erased."""

    TABLE = TABLE
    signer = Record(SignerDetails)


class PromisesItem(Item):
    """How many contracts have bound a host: each that does is conditioned on it."""

    TABLE = TABLE
    version = WholeNumber()


class ContractStore:
    """Offers, contracts and evidence in DynamoDB."""

    def add_offer(self, transaction: Transaction, offer: Offer) -> None:
        """Put a new offer into a transaction, found by both sides and, at its expiry, by the clock."""
        transaction.put_new(_offer_item(offer), Conflict("This offer has been made already."))
        for tenant_id in _parties(offer):
            pointer = DealPointer(f"tenant#{tenant_id}", f"offer#{iso(offer.created_at)}#{offer.offer_id}", deal_id=offer.offer_id)
            transaction.put(pointer)
        transaction.put(_waiting(offer.expires_at, offer.offer_id))

    def change_offer(self, transaction: Transaction, before: Offer, after: Offer) -> None:
        """Put an answered offer into a transaction, on condition that nobody answered since. What was on the table stays as it was."""
        require_same_offer(before, after)
        unchanged = (OfferItem.version == before.version) & (OfferItem.state == _state(before))
        conflict = OfferSuperseded("The offer has been answered in the meantime. Load it again.")
        transaction.put(_offer_item(after), unchanged, conflict)
        if after.state not in OPEN:
            transaction.delete(_waiting(before.expires_at, before.offer_id))
        elif iso(before.expires_at) != iso(after.expires_at):
            transaction.delete(_waiting(before.expires_at, before.offer_id))
            transaction.put(_waiting(after.expires_at, after.offer_id))

    def offer(self, offer_id: str) -> Offer:
        """An offer, read by the system. Raises `OfferNotFound`."""
        found = self.find_offer(offer_id)
        if found is None:
            raise OfferNotFound("There is no such offer.")
        return found

    def find_offer(self, offer_id: str) -> Offer | None:
        """The same, or None."""
        item = OfferItem.find(f"offer#{offer_id}", "offer")
        return None if item is None else item.offer

    def get_offer(self, principal: Principal, offer_id: str) -> Offer:
        """An offer that the caller is a party of. Raises `OfferNotFound`."""
        offer = self.offer(offer_id)
        if not may_see(principal, offer):
            raise OfferNotFound("There is no such offer.")
        return offer

    def offers_of(self, principal: Principal) -> Iterator[Offer]:
        """The newest offers of the caller's tenant, at most `MAX_DEALS_LISTED`."""
        for deal_id in _deals(principal, "offer#"):
            yield self.offer(deal_id)

    def offers_with(self, tenant_id: str) -> Iterator[Offer]:
        """All offers of a tenant, newest first; for the system, which must not overlook one."""
        for pointer in DealPointer.under(f"tenant#{tenant_id}", "offer#", newest_first=True):
            yield self.offer(pointer.deal_id)

    def waiting_until(self, now: datetime, limit: int) -> list[str]:
        """Ids of offers and contracts whose time to answer or sign has ended, oldest first."""
        due = DealPointer.query(WAITING, DealPointer.sk <= iso(now) + "~", consistent_read=True, limit=limit)
        return [pointer.deal_id for pointer in due]

    def add_contract(self, transaction: Transaction, contract: Contract, events: Sequence[RecordedEvent]) -> bool:
        """Keep a new contract with what the transaction holds already; False when the contract is there already."""
        if ContractItem.find(*_contract_key(contract.contract_id)) is not None:
            return False
        conflict = ContractChanged("This contract has been drawn up already.")
        transaction.put_new(_contract_item(contract), conflict)
        for tenant_id in _parties(contract):
            sort = f"contract#{iso(contract.recorded_at)}#{contract.contract_id}"
            transaction.put(DealPointer(f"tenant#{tenant_id}", sort, deal_id=contract.contract_id))
        transaction.put(_waiting(contract.sign_by, contract.contract_id))
        _put_events(transaction, contract.contract_id, events)
        try:
            transaction.commit()
        except ContractChanged:
            return False
        return True

    def change_contract(self, transaction: Transaction, before: Contract, after: Contract, events: Sequence[RecordedEvent]) -> Contract:
        """Put a changed contract and its new events into a transaction, on condition that nobody changed it since. Its terms stay."""
        require_same_contract(before, after)
        after = replace(after, revision=before.revision + 1)
        conflict = ContractChanged("The contract has changed in the meantime. Load it again.")
        transaction.put(_contract_item(after), ContractItem.revision == before.revision, conflict)
        _put_events(transaction, after.contract_id, events)
        if before.state is ContractState.TO_SIGN and after.state is not ContractState.TO_SIGN:
            transaction.delete(_waiting(before.sign_by, before.contract_id))
        if before.amendment is not None and after.amendment is None:
            transaction.delete(_waiting(before.amendment.sign_by, before.contract_id))
        if before.amendment is None and after.amendment is not None:
            transaction.put(_waiting(after.amendment.sign_by, after.contract_id))
        return after

    def promise(self, transaction: Transaction, creator_id: str) -> None:
        """Let a transaction bind a host, on condition that no other contract does so from here on: read what binds the host after this."""
        key = (f"promises#{creator_id}", "promises")
        before = PromisesItem.find(*key)
        as_before = PromisesItem.pk.does_not_exist() if before is None else PromisesItem.version == before.version
        conflict = ContractChanged("The host signed something else at the same moment. Load it again.")
        transaction.put(PromisesItem(*key, version=1 if before is None else before.version + 1), as_before, conflict)

    def contract(self, contract_id: str) -> Contract:
        """A contract, read by the system. Raises `ContractNotFound`."""
        item = ContractItem.find(*_contract_key(contract_id))
        if item is None:
            raise ContractNotFound("There is no such contract.")
        return item.contract

    def get_contract(self, principal: Principal, contract_id: str) -> Contract:
        """A contract that the caller is a party of. Raises `ContractNotFound`."""
        contract = self.contract(contract_id)
        if not may_see(principal, contract):
            raise ContractNotFound("There is no such contract.")
        return contract

    def contracts_of(self, principal: Principal) -> Iterator[Contract]:
        """The newest contracts of the caller's tenant, at most `MAX_DEALS_LISTED`."""
        for deal_id in _deals(principal, "contract#"):
            yield self.contract(deal_id)

    def contracts_with(self, creator_id: str) -> Iterator[Contract]:
        """All contracts of a host, whatever their state; for the system, which must not overlook one."""
        for pointer in DealPointer.under(f"tenant#{creator_id}", "contract#"):
            yield self.contract(pointer.deal_id)

    def events(self, contract_id: str) -> tuple[RecordedEvent, ...]:
        """The chain of evidence in order, personal parts joined."""
        pk = f"contract#{contract_id}"
        signers = {item.sk.partition("#")[2]: item.signer for item in SignerItem.under(pk, "signer#")}
        links = EventItem.under(pk, "event#")
        return tuple(RecordedEvent(event=item.event, signer=signers.get(item.sk.partition("#")[2])) for item in links)


def _parties(deal: Offer | Contract) -> tuple[str, ...]:
    return tuple(tenant for tenant in (deal.brand_id, deal.creator_id, deal.agency_id) if tenant is not None)


def _deals(principal: Principal, prefix: str) -> Iterator[str]:
    for place, pointer in enumerate(DealPointer.under(f"tenant#{principal.tenant_id}", prefix, newest_first=True)):
        if place == MAX_DEALS_LISTED:
            return
        yield pointer.deal_id


def _offer_item(offer: Offer) -> OfferItem:
    return OfferItem(f"offer#{offer.offer_id}", "offer", version=offer.version, state=_state(offer), offer=offer)


def _state(offer: Offer) -> str:
    """What writes are conditioned on: an offer that is being accepted is like none that is not."""
    return ACCEPTING if offer.accepting is not None else offer.state.value


def _contract_key(contract_id: str) -> tuple[str, str]:
    return f"contract#{contract_id}", "contract"


def _contract_item(contract: Contract) -> ContractItem:
    return ContractItem(*_contract_key(contract.contract_id), revision=contract.revision, contract=contract)


def _waiting(until: datetime, deal_id: str) -> DealPointer:
    return DealPointer(WAITING, f"{iso(until)}#{deal_id}", deal_id=deal_id)


def _put_events(transaction: Transaction, contract_id: str, events: Sequence[RecordedEvent]) -> None:
    pk = f"contract#{contract_id}"
    for entry in events:
        conflict = ContractChanged("Something else has been recorded in the meantime. Load the contract again.")
        transaction.put_new(EventItem(pk, f"event#{entry.event.number:05}", event=entry.event), conflict)
        if entry.signer is not None:
            transaction.put(SignerItem(pk, f"signer#{entry.event.number:05}", signer=entry.signer))

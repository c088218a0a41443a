"""A show that is called off before anybody has to keep to it: the contract that waits for signatures is drawn up anew without it.

Whoever had signed signed another document, so signatures begin anew. A contract that has no show left is ended.
"""

from dataclasses import replace

from chalicelib.adapters.dynamo import Transaction
from chalicelib.contracts.documents import Documents
from chalicelib.contracts.evidence import EventKind, append
from chalicelib.contracts.negotiation import Offer
from chalicelib.contracts.rules import Contract, ContractState, awaited
from chalicelib.contracts.signing import act_of_system, sent
from chalicelib.contracts.store import ContractStore
from chalicelib.core.clock import Clock


class Dropping:
    """Takes shows out of unsigned contracts."""

    def __init__(self, *, store: ContractStore, documents: Documents, clock: Clock) -> None:
        """`documents` draws the contract up anew."""
        self._store = store
        self._documents = documents
        self._clock = clock

    def drop_in(self, transaction: Transaction, contract: Contract, booking_id: str) -> Contract:
        """Add to a transaction that an unsigned contract has this show no longer; signed or ended ones stay as they are."""
        if contract.state is not ContractState.TO_SIGN:
            return contract
        left = tuple(booked for booked in contract.bookings if booked.booking_id != booking_id)
        if left:
            offer = self._store.offer(contract.offer_id)
            remaining = tuple(show for show in offer.shows if show.booking_id in {booked.booking_id for booked in left})
            after = self._redrawn(replace(contract, bookings=left), replace(offer, shows=remaining))
            links = [act_of_system(EventKind.CREATED), *sent(awaited((), contract.terms.signing_order))]
        else:
            after, links = replace(contract, state=ContractState.ENDED), [act_of_system(EventKind.ENDED)]
        after, events = append(after, links, self._clock.real_now())
        return self._store.change_contract(transaction, contract, after, events)

    def _redrawn(self, contract: Contract, offer: Offer) -> Contract:
        digest = self._documents.of_offer(offer)
        (first,) = contract.versions
        return replace(contract, versions=(replace(first, document_sha256=digest),), document_sha256=digest, signatures=())

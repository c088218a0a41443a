"""Signing a contract, declining to sign it, and what silence does: each with its evidence, its bookings and its line of history."""

from collections.abc import Sequence

from chalicelib.adapters.dynamo import MAX_ACTIONS_PER_TRANSACTION, Transaction
from chalicelib.bookings.service import BookingChanged, Bookings
from chalicelib.bookings.states import Move, NotAllowedNow, Party, State
from chalicelib.contracts import acts, rules
from chalicelib.contracts.evidence import Act, EventKind, append
from chalicelib.contracts.exclusivity import Exclusivities
from chalicelib.contracts.rules import Contract, ContractState, awaited, signing_party
from chalicelib.contracts.signing import SigningContext, act_of, act_of_system, require_shown, require_will, sent
from chalicelib.contracts.store import ContractChanged, ContractStore
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.history.service import History
from chalicelib.notices.rules import LOOK, deal_subject


class Signatures:
    """What the two sides, or time, do with a contract that waits to be signed."""

    def __init__(self, *, store: ContractStore, bookings: Bookings, history: History, exclusivities: Exclusivities, clock: Clock) -> None:
        """The bookings are contracted with the second signature, and freed when there will be none."""
        self._store = store
        self._bookings = bookings
        self._history = history
        self._exclusivities = exclusivities
        self._clock = clock

    def sign(  # what a signature consists of
        self, principal: Principal, contract_id: str, *, document_sha256: str, typed_name: str, consent: bool, context: SigningContext
    ) -> Contract:
        """Sign for the caller's side. With the second signature the bookings are contracted and `contract.signed` is announced."""
        before = self._store.get_contract(principal, contract_id)
        with self._history.attempts(contract_id, actor=acts.actor_in(before, principal), act="sign"):
            side = signing_party(principal, before)
            require_will(context, typed_name=typed_name, consent=consent, real_now=self._clock.real_now())
            after = rules.sign(before, side, principal.user_id, document_sha256, self._clock.now())
            require_shown(self._store.events(contract_id), principal, (before.versions[-1].version, before.document_sha256))
            links = [act_of(kind, side, principal, context, typed_name) for kind in (EventKind.CONSENTED, EventKind.SIGNED)]
            return self._signed(before, after, [*links, *_next_acts(before, after)], principal)

    def decline(self, principal: Principal, contract_id: str, reason: str, context: SigningContext) -> Contract:
        """Do not sign, and say why: the contract is over, and the host's time is free again."""
        before = self._store.get_contract(principal, contract_id)
        with self._history.attempts(contract_id, actor=acts.actor_in(before, principal), act="decline_to_sign"):
            side = signing_party(principal, before)
            after = rules.decline(before, side, reason, self._clock.now())
            link = act_of(EventKind.DECLINED, side, principal, context, reason=reason.strip())
            after, events = append(after, [link], self._clock.real_now())
            transaction = Transaction()
            after = self._store.change_contract(transaction, before, after, events)
            acts.refused(self._history, transaction, after, principal)
            self._look(transaction, after)
            self._free(transaction, before, Move.DECLINE, side)
            transaction.commit()
            return after

    def lapse(self, before: Contract) -> None:
        """End a contract that was not signed in time; one that still has time stays."""
        if before.state is not ContractState.TO_SIGN or self._clock.now() < before.sign_by:
            return
        after, events = append(rules.lapse(before, self._clock.now()), [act_of_system(EventKind.LAPSED)], self._clock.real_now())
        transaction = Transaction()
        self._store.change_contract(transaction, before, after, events)
        acts.lapsed(self._history, transaction, before)
        self._look(transaction, before)
        try:
            self._free(transaction, before, Move.EXPIRE, Party.PLATFORM)
            transaction.commit()
        except (ContractChanged, BookingChanged, NotAllowedNow):
            return

    def _signed(self, before: Contract, after: Contract, links: Sequence[Act], principal: Principal) -> Contract:
        after, events = append(after, links, self._clock.real_now())
        transaction = Transaction()
        after = self._store.change_contract(transaction, before, after, events)
        acts.signed(self._history, transaction, after, principal)
        self._look(transaction, after)
        if after.state is ContractState.SIGNED:
            self._exclusivities.signing(transaction, after)
            for booked in after.bookings:
                self._bookings.move_in(transaction, booked.booking_id, Move.SIGN, Party.PLATFORM)
            transaction.announce("contract.signed", after.contract_id, iso(self._clock.real_now()))
            transaction.announce(HOST_CHANGED, after.creator_id, iso(self._clock.real_now()))
        transaction.commit()
        return after

    def _look(self, transaction: Transaction, contract: Contract) -> None:
        transaction.announce(LOOK, deal_subject(contract.contract_id), iso(self._clock.real_now()))

    def _free(self, transaction: Transaction, contract: Contract, move: Move, by: Party) -> None:
        """With the contract, or before it where that is too much for one transaction: a signature needs every booking, so it fails."""
        bookings = [self._bookings.booking(booked.booking_id) for booked in contract.bookings]
        waiting = [booking for booking in bookings if booking.state is State.ACCEPTED]
        if sum(len(booking.slots) + 1 for booking in waiting) + len(transaction) < MAX_ACTIONS_PER_TRANSACTION:
            for booking in waiting:
                self._bookings.move_in(transaction, booking.booking_id, move, by)
            return
        for booking in waiting:
            self._bookings.move(booking.booking_id, move, by)


def _next_acts(before: Contract, after: Contract) -> list[Act]:
    """What a signature leads to: it completes the document, or puts it before the side whose turn it is now."""
    if after.state is ContractState.SIGNED:
        return [act_of_system(EventKind.COMPLETED)]
    order = after.terms.signing_order
    return sent(awaited(after.signatures, order) - awaited(before.signatures, order))

"""Amending signed contracts: one side proposes another version, both sign it, and it binds the shows that start from then on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Booking, State
from chalicelib.contracts import acts
from chalicelib.contracts.amendment_rules import open_amendment, propose, require_shows_to_come, sign_amendment
from chalicelib.contracts.documents import Documents
from chalicelib.contracts.evidence import Act, EventKind, append
from chalicelib.contracts.reasons import reason_given
from chalicelib.contracts.rules import Amendment, Contract, Signature, awaited, signing_party
from chalicelib.contracts.signing import SigningContext, act_of, act_of_system, require_shown, require_will, sent
from chalicelib.contracts.store import ContractChanged, ContractStore
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.history.service import History
from chalicelib.notices.rules import LOOK, deal_subject

BINDING = frozenset({"propose_amendment", "complete_amendment"})
"""When it is looked at whether a version promises what the host has broken already: as early as can be, and when it binds."""
TO_COME = frozenset({State.CONTRACTED, State.FUNDED})


class BookedTime(Protocol):
    """What has become of a contract's bookings."""

    def booking(self, booking_id: str) -> Booking:
        """A booking, read by the system."""
        ...


class PromisesOfHosts(Protocol):
    """What hosts have promised to brands."""

    def amending(self, transaction: Transaction, contract: Contract, amendment: Amendment) -> None:
        """Raise where an amendment promises what is broken already; what it promises binds with the transaction."""
        ...


class Amendments:
    """Use cases of amendments."""

    def __init__(
        self,
        *,
        store: ContractStore,
        documents: Documents,
        bookings: BookedTime,
        history: History,
        exclusivities: PromisesOfHosts,
        clock: Clock,
    ) -> None:
        """An amendment lives within its contract; `bookings` say whether there are shows left that it could bind."""
        self._store = store
        self._documents = documents
        self._bookings = bookings
        self._history = history
        self._exclusivities = exclusivities
        self._clock = clock

    def propose(  # what an amendment says, and who says it
        self,
        principal: Principal,
        contract_id: str,
        terms: Terms,
        *,
        in_force_from: datetime,
        reset_totals: bool,
        context: SigningContext,
    ) -> Contract:
        """Propose another version for the shows that start from an instant on; both sides may then sign it."""
        before = self._store.get_contract(principal, contract_id)
        with self._history.attempts(contract_id, actor=acts.actor_in(before, principal), act="propose_amendment"):
            side = signing_party(principal, before)
            now = self._clock.now()
            amendment = propose(before, side, terms, in_force_from=in_force_from, reset_totals=reset_totals, now=now)
            require_shows_to_come(amendment, self._to_come(before))
            amendment = replace(amendment, document_sha256=self._documents.of_amendment(before, amendment))
            links = [act_of(EventKind.PROPOSED, side, principal, context), *sent(awaited((), amendment.terms.signing_order))]
            return self._change(before, replace(before, amendment=amendment), amendment, links, "propose_amendment", principal)

    def sign(  # noqa: PLR0913  # what a signature consists of
        self,
        principal: Principal,
        contract_id: str,
        version: int,
        *,
        document_sha256: str,
        typed_name: str,
        consent: bool,
        context: SigningContext,
    ) -> Contract:
        """Sign for the caller's side. With the second signature the version is in force and what is earned is computed anew."""
        before = self._store.get_contract(principal, contract_id)
        with self._history.attempts(contract_id, actor=acts.actor_in(before, principal), act="sign_amendment"):
            side = signing_party(principal, before)
            amendment = open_amendment(before, version)
            require_will(context, typed_name=typed_name, consent=consent, real_now=self._clock.real_now())
            require_shows_to_come(amendment, self._to_come(before))
            signature = Signature(party=side, user_id=principal.user_id, signed_at=self._clock.now())
            after = sign_amendment(before, version, signature, document_sha256)
            require_shown(self._store.events(contract_id), principal, (version, amendment.document_sha256))
            links = [act_of(kind, side, principal, context, typed_name) for kind in (EventKind.CONSENTED, EventKind.SIGNED)]
            if after.amendment is not None:
                order = amendment.terms.signing_order
                links += sent(awaited(after.amendment.signatures, order) - awaited(amendment.signatures, order))
                return self._change(before, after, amendment, links, "sign_amendment", principal)
            links.append(act_of_system(EventKind.COMPLETED))
            return self._change(before, after, amendment, links, "complete_amendment", principal)

    def decline(self, principal: Principal, contract_id: str, version: int, reason: str, context: SigningContext) -> Contract:
        """Say no, or take the own proposal back, and say why: the versions in force stay. Raises `ReasonMissing`."""
        before = self._store.get_contract(principal, contract_id)
        with self._history.attempts(contract_id, actor=acts.actor_in(before, principal), act="decline_amendment"):
            side = signing_party(principal, before)
            amendment, why = open_amendment(before, version), reason_given(reason)
            link = act_of(EventKind.DECLINED, side, principal, context, reason=why)
            act = "withdraw_amendment" if side is amendment.proposed_by else "decline_amendment"
            return self._change(before, replace(before, amendment=None), amendment, [link], act, principal, why)

    def lapse(self, contract: Contract) -> None:
        """End an amendment that was not signed in time; one that still has time stays."""
        amendment = contract.amendment
        if amendment is None or self._clock.now() < amendment.sign_by:
            return
        links = [act_of_system(EventKind.LAPSED)]
        try:
            self._change(contract, replace(contract, amendment=None), amendment, links, "lapse_amendment", None)
        except ContractChanged:
            return

    def _to_come(self, contract: Contract) -> list[datetime]:
        """When the shows start that have not begun and were not called off."""
        bookings = [self._bookings.booking(booked.booking_id) for booked in contract.bookings]
        return [booking.starts_at for booking in bookings if booking.state in TO_COME]

    def _change(  # noqa: PLR0913, PLR0917  # what becomes of an amendment, through whom and why
        self,
        before: Contract,
        after: Contract,
        amendment: Amendment,
        links: Sequence[Act],
        act: str,
        principal: Principal | None,
        why: str = "",
    ) -> Contract:
        document = (amendment.version, amendment.document_sha256)
        after, events = append(after, links, self._clock.real_now(), document=document)
        transaction = Transaction()
        if act in BINDING:
            self._exclusivities.amending(transaction, before, amendment)
        after = self._store.change_contract(transaction, before, after, events)
        acts.amended(self._history, transaction, after, amendment, principal, act, why)
        if act == "complete_amendment":
            transaction.announce("contract.amended", after.contract_id, iso(self._clock.real_now()))
            transaction.announce(HOST_CHANGED, after.creator_id, iso(self._clock.real_now()))
        transaction.announce(LOOK, deal_subject(after.contract_id), iso(self._clock.real_now())).commit()
        return after

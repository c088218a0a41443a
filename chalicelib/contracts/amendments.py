"""Amending signed contracts: one side proposes another version, both sign it, and it binds the shows that start from then on."""

from dataclasses import replace
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.contracts.amendment_rules import open_amendment, propose, sign_amendment
from chalicelib.contracts.documents import Documents
from chalicelib.contracts.evidence import Act, EventKind, append
from chalicelib.contracts.rules import Amendment, Contract, Signature, signing_party
from chalicelib.contracts.signing import SigningContext, act_of, act_of_system, require_will
from chalicelib.contracts.store import ContractChanged, ContractStore
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso


class Amendments:
    """Use cases of amendments."""

    def __init__(self, *, store: ContractStore, documents: Documents, clock: Clock) -> None:
        """An amendment lives within its contract."""
        self._store = store
        self._documents = documents
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
        side = signing_party(principal, before)
        now = self._clock.now()
        amendment = propose(before, side, terms, in_force_from=in_force_from, reset_totals=reset_totals, now=now)
        amendment = replace(amendment, document_sha256=self._documents.of_amendment(before, amendment))
        act = act_of(EventKind.PROPOSED, side, principal, context)
        return self._change(before, replace(before, amendment=amendment), amendment, [act])

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
        side = signing_party(principal, before)
        amendment = open_amendment(before, version)
        require_will(context, typed_name=typed_name, consent=consent, real_now=self._clock.real_now())
        signature = Signature(party=side, user_id=principal.user_id, signed_at=self._clock.now())
        after = sign_amendment(before, version, signature, document_sha256)
        acts = [act_of(kind, side, principal, context, typed_name) for kind in (EventKind.CONSENTED, EventKind.SIGNED)]
        if after.amendment is not None:
            return self._change(before, after, amendment, acts)
        return self._change(before, after, amendment, [*acts, act_of_system(EventKind.COMPLETED)], announce="contract.amended")

    def decline(self, principal: Principal, contract_id: str, version: int, context: SigningContext) -> Contract:
        """Say no, or take the own proposal back: the versions in force stay."""
        before = self._store.get_contract(principal, contract_id)
        side = signing_party(principal, before)
        amendment = open_amendment(before, version)
        return self._change(before, replace(before, amendment=None), amendment, [act_of(EventKind.DECLINED, side, principal, context)])

    def lapse(self, contract: Contract) -> None:
        """End an amendment that was not signed in time; one that still has time stays."""
        amendment = contract.amendment
        if amendment is None or self._clock.now() < amendment.sign_by:
            return
        try:
            self._change(contract, replace(contract, amendment=None), amendment, [act_of_system(EventKind.LAPSED)])
        except ContractChanged:
            return

    def _change(self, before: Contract, after: Contract, amendment: Amendment, acts: list[Act], *, announce: str | None = None) -> Contract:
        document = (amendment.version, amendment.document_sha256)
        after, events = append(after, acts, self._clock.real_now(), document=document)
        transaction = Transaction()
        after = self._store.change_contract(transaction, before, after, events)
        if announce is not None:
            transaction.announce(announce, after.contract_id, iso(self._clock.real_now()))
        transaction.commit()
        return after

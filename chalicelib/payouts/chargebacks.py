"""Payments that brands' banks take back, and give back: each movement at Stripe is booked once, and the contract is accrued anew.

What was earned on money that is gone is unfunded again. What has been paid out on it already is owed by the brand again, in full
view: the platform has lent it, and nothing else is paid under the contract until it is covered.
"""

from dataclasses import replace
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import KeyReused, LedgerService
from chalicelib.payouts.ports import ContractFacts
from chalicelib.payouts.refund_store import ChargebackStore
from chalicelib.payouts.rules.chargebacks import Chargeback, after_move, amounts_of, chargeback_of, key_of, next_move, reason_of
from chalicelib.payouts.rules.funding import NoSuchFunding
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import DisputeMove, DisputeState, StripeRefunds

CHARGEBACK = "chargeback"
CHARGEBACK_WON = "chargeback_won"
MAX_STEPS = 20


class ChargebackNotUnderstood(Conflict):
    """The dispute's currency is not that of the payment: a person has to look at it."""


class Chargebacks:
    """Follows disputes about brands' payments."""

    def __init__(
        self,
        *,
        store: PayoutsStore,
        chargebacks: ChargebackStore,
        ledger: LedgerService,
        contracts: ContractFacts,
        gateway: StripeRefunds,
        clock: Clock,
    ) -> None:
        """`gateway` tells which payment a disputed charge was."""
        self._store = store
        self._chargebacks = chargebacks
        self._ledger = ledger
        self._contracts = contracts
        self._gateway = gateway
        self._clock = clock

    def of_contract(self, principal: Principal, contract_id: str) -> list[Chargeback]:
        """A contract's chargebacks by id, for its brand and for finance. Raises `NoSuchContract`."""
        self._contracts.parties(contract_id).demand_payer(principal)
        return self._chargebacks.of_contract(contract_id)

    def observe(self, dispute: DisputeState) -> Chargeback | None:
        """What Stripe says about a dispute now: book each movement once. None when the payment is not ours."""
        known = self._chargebacks.find(dispute.id) or self._first_seen(dispute)
        if known is None:
            return None
        if known.currency != dispute.currency:
            raise ChargebackNotUnderstood(f"Dispute {dispute.id} is in {dispute.currency}, its payment in {known.currency}. Look at it.")
        for _ in range(MAX_STEPS):
            move = next_move(known, dispute)
            try:
                if move is None:
                    return self._with_status(known, dispute)
                self._book(known, dispute, move)
            except (Superseded, KeyReused):
                pass
            known = self._chargebacks.find(dispute.id) or known
        raise Superseded("Other movements of the contract's funds are being booked just now. It is tried again.")

    def _first_seen(self, dispute: DisputeState) -> Chargeback | None:
        try:
            funding = self._store.funding(self._gateway.charge(dispute.charge).reference)
        except NoSuchFunding:
            return None
        return replace(chargeback_of(dispute, funding, self._clock.now()), currency=funding.currency)

    def _book(self, before: Chargeback, dispute: DisputeState, move: DisputeMove) -> None:
        is_back = move.amount_minor > 0
        taken = f"dispute#{dispute.id}#{before.booked[0]}" if is_back and before.booked else None
        after = after_move(before, dispute, move)
        transaction = Transaction(
            key=key_of(dispute.id, move),
            kind=CHARGEBACK_WON if is_back else CHARGEBACK,
            occurred_at=self._clock.now(),
            reason=reason_of(after, move),
            postings=postings_of(amounts_of(before.brand_id, move), before.currency),
            contract_id=before.contract_id,
            reverses=taken,
            facts={
                "dispute_id": dispute.id,
                "charge_id": dispute.charge,
                "funding_id": before.funding_id,
                "balance_transaction": move.balance_transaction,
            },
        )
        self._ledger.post(transaction, joined=partial(self._joined, after=after, before=before, move=move))

    def _joined(self, writes: Writes, *, after: Chargeback, before: Chargeback, move: DisputeMove) -> None:
        received, version = self._store.funds(before.contract_id)
        self._chargebacks.write(writes, after, before)
        self._store.receive(writes, before.contract_id, received + move.amount_minor, version)
        writes.announce("earnings.accrue", before.contract_id, iso(self._clock.real_now()))

    def _with_status(self, known: Chargeback, dispute: DisputeState) -> Chargeback:
        """A dispute that is lost moves nothing more, but it is closed."""
        if known.status == dispute.status and known.version > 1:
            return known
        after = replace(known, status=dispute.status, version=known.version + 1)
        self._chargebacks.write(writes := Writes(), after, known)
        writes.commit()
        return after

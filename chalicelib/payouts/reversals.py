"""Transfers that are taken back: decided by two people, made by the worker, and booked once whoever asked for them (ADR 23).

The intent with its key is stored before the call, as for transfers. What came back is read from Stripe's own list of reversals, so
that each is booked under its own id and balance transaction, in whatever order notices come.
"""

from datetime import datetime
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import BalanceMoved, KeyReused, LedgerService
from chalicelib.notices.rules import LOOK, payee_subject
from chalicelib.payouts.payables import Payables, Plan
from chalicelib.payouts.rules.reversals import ALREADY, approved, booked, ended, proposed, reference_of, voided, with_attempt
from chalicelib.payouts.rules.settlements import ReversalStage, Settlement, key_still_known
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import ReversalState, StripeRefused, StripeTransfers, StripeUnknown

TRANSFER_REVERSED = "transfer_reversed"
MAX_STEPS = 50


class Reversals:
    """What people and the worker do with money that is to come back."""

    def __init__(self, *, store: PayoutsStore, ledger: LedgerService, gateway: StripeTransfers, clock: Clock) -> None:
        """`gateway` is used by the worker's methods only: `send`, `observe`."""
        self._store = store
        self._ledger = ledger
        self._gateway = gateway
        self._clock = clock
        self._payables = Payables(store=store, ledger=ledger)

    def propose(self, principal: Principal, settlement_id: str, reason: str, amount_minor: int | None = None) -> Settlement:
        """Ask for a transfer (or a part of it) to be taken back. Raises `NotYours`, `WrongState`, `BadReversal`."""
        before = self._store.settlement(settlement_id)
        after = proposed(before, principal, reason=reason, amount_minor=amount_minor, now=self._clock.now())
        self._store.write_settlement(writes := Writes(), after, before)
        writes.announce(LOOK, payee_subject(after.payee_id), iso(self._clock.real_now())).commit()
        return after

    def approve(self, principal: Principal, settlement_id: str) -> Settlement:
        """A second person's yes; the worker then asks Stripe. Raises `NotYours`, `OwnSettlement`, `WrongState`."""
        before = self._store.settlement(settlement_id)
        after = approved(before, principal, self._clock.now())
        writes = Writes().announce("settlement.send", settlement_id, iso(self._clock.real_now()))
        self._store.write_settlement(writes, after, before)
        writes.commit()
        return after

    def void(self, principal: Principal, settlement_id: str, reason: str) -> Settlement:
        """Call it off as long as it is not approved. Raises `NotYours`, `WrongState`."""
        before = self._store.settlement(settlement_id)
        return self._write(voided(before, principal, reason), before)

    def send(self, settlement: Settlement) -> Settlement:
        """Worker: bring an approved reversal to its end, or as far as can be known now; safe to repeat at any time."""
        reversal = settlement.reversal_at_work
        if reversal is None:
            return settlement
        now = self._clock.real_now()
        if reversal.attempts and key_still_known(reversal.attempts[-1], now):
            return self._call(settlement)
        if reversal.attempts:
            settlement = self.observe(settlement)
            reversal = settlement.reversal_at_work
            if reversal is None:
                return settlement
        return self._call(self._write(with_attempt(settlement, reversal, now), settlement))

    def observe(self, settlement: Settlement) -> Settlement:
        """Book all that came back of a settlement's transfer and is not booked yet."""
        for _ in range(MAX_STEPS):
            known = {each.stripe_id for each in settlement.came_back}
            new = [each for each in self._gateway.reversals_of(str(settlement.transfer_id)) if each.id not in known]
            if not new:
                return settlement
            try:
                settlement = self._book(settlement, new[0])
            except (BalanceMoved, KeyReused, Superseded):
                settlement = self._store.settlement(settlement.settlement_id)
        raise Superseded("What this payee is owed keeps changing just now; the message comes again.")

    def _call(self, settlement: Settlement) -> Settlement:
        reversal = settlement.reversal_at_work
        if reversal is None:
            return settlement
        try:
            self._gateway.reverse_transfer(
                str(settlement.transfer_id),
                amount_minor=reversal.amount_minor,
                currency=settlement.currency,
                idempotency_key=reversal.attempts[-1].key,
                reference=reference_of(settlement.settlement_id, reversal.number),
            )
        except StripeUnknown as unknown:
            lost = ended(settlement, reversal, ReversalStage.UNKNOWN, outcome="unknown", note=unknown.message)
            return self._write(lost, settlement)
        except StripeRefused as refused:
            no = ended(settlement, reversal, ReversalStage.REFUSED, outcome=f"refused: {refused.code}", note=refused.message)
            return self._write(no, settlement)
        after = self.observe(settlement)
        left = after.reversal_at_work
        if left is None or left.number != reversal.number:
            return after
        return self._write(ended(after, left, ReversalStage.MADE, outcome="nothing was left", note=ALREADY), after)

    def _book(self, settlement: Settlement, state: ReversalState) -> Settlement:
        """The payee is owed it again, and debts are netted from it: one write with the settlement."""
        now, payee, key = self._clock.now(), settlement.payee_id, f"transfer_reversal#{state.id}"
        balances = self._payables.read([payee], settlement.currency)
        plan = self._payables.plan(balances, {payee: state.amount_minor}, key=key, occurred_at=now)
        after = booked(settlement, state, now)
        joined = partial(self._joined, after=after, before=settlement, plan=plan)
        self._ledger.post(_came_back(settlement, state, key, now), *plan.transactions, joined=joined, expected=plan.expected)
        return after

    def _joined(self, writes: Writes, *, after: Settlement, before: Settlement, plan: Plan) -> None:
        self._store.write_settlement(writes, after, before)
        self._payables.join(writes, plan, iso(self._clock.real_now()))

    def _write(self, after: Settlement, before: Settlement) -> Settlement:
        self._store.write_settlement(writes := Writes(), after, before)
        writes.commit()
        return after


def _came_back(settlement: Settlement, state: ReversalState, key: str, now: datetime) -> Transaction:
    payee, minor = settlement.payee_id, state.amount_minor
    amounts = {
        accounts.PLATFORM_STRIPE_BALANCE: minor,
        accounts.PLATFORM_PAID_OUT: -minor,
        accounts.payee_paid(payee): minor,
        accounts.payee_payable(payee): -minor,
    }
    return Transaction(
        key=key,
        kind=TRANSFER_REVERSED,
        occurred_at=now,
        reason="the transfer was reversed at Stripe",
        postings=postings_of(amounts, settlement.currency),
        facts={
            "settlement_id": settlement.settlement_id,
            "transfer_id": str(settlement.transfer_id),
            "reversal_id": state.id,
            "balance_transaction": state.balance_transaction,
        },
    )

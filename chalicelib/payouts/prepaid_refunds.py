"""Unused prepaid money goes back to the brand: reserved by one person, approved by another, refunded by the worker (ADR 21).

What is prepared is out of the contract's funds at once, so that nothing can be earned on it. The intents with their keys are stored
before the first call; while an outcome is unknown the same key is used again; only a definite no puts the money back.
"""

from dataclasses import replace
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import KeyReused, LedgerService
from chalicelib.notices.rules import LOOK, deal_subject
from chalicelib.payouts.accrual import Accruals
from chalicelib.payouts.ports import ContractFacts
from chalicelib.payouts.refund_store import RefundStore
from chalicelib.payouts.rules.funding import FundingState
from chalicelib.payouts.rules.positions import unfunded_minor, unused_minor
from chalicelib.payouts.rules.prepaid_refunds import (
    AT_WORK,
    MAX_CHARGES,
    TO_CALL,
    ChargesTooSmall,
    NoSuchRefund,
    PartState,
    RefundMovedOn,
    RefundOfPrepaid,
    RefundOfPrepaidState,
    RefundPart,
    amount_to_refund,
    amounts_of,
    approved,
    demand_closed,
    demand_same,
    facts_of,
    made_key,
    next_of,
    over_charges,
    part_of,
    part_of_reference,
    prepared,
    reference_of,
    refund_id_of,
    voided,
    with_new_attempt,
    with_part,
    with_parts,
)
from chalicelib.payouts.rules.settlements import key_still_known
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import RefundState, StripeRefunds, StripeRefused, StripeUnknown

REFUND = "refund_of_prepaid"
REFUND_FAILED = "refund_of_prepaid_failed"
MAX_ATTEMPTS = 6
MAX_FOLLOWED_UP = 100
NOT_TO_COME = frozenset({"failed", "canceled"})


class RefundNotUnderstood(Superseded):
    """Stripe says that a refund failed, but not yet with which balance transaction; the notice is worked off again."""


class RefundsOfPrepaid:
    """What people and the worker do with refunds of prepaid money."""

    def __init__(  # noqa: PLR0913  # the ports of the use cases, each once
        self,
        *,
        store: PayoutsStore,
        refunds: RefundStore,
        ledger: LedgerService,
        accruals: Accruals,
        contracts: ContractFacts,
        gateway: StripeRefunds,
        clock: Clock,
    ) -> None:
        """`gateway` is used by the worker's methods only: `send`, `observe`."""
        self._store = store
        self._refunds = refunds
        self._ledger = ledger
        self._accruals = accruals
        self._contracts = contracts
        self._gateway = gateway
        self._clock = clock

    def prepare(
        self, principal: Principal, contract_id: str, reason: str, amount_minor: int | None = None, *, request_id: str | None = None
    ) -> RefundOfPrepaid:
        """Reserve what is unused (or a part of it). Raises `NotClosedYet`, `NothingUnused`, `MoreThanUnused`, `Superseded`.

        With the `request_id` of a request it is reserved once, however often that comes.
        """
        try:
            return self._refunds.asked(request_id) or self._prepare(principal, contract_id, reason, amount_minor, request_id)
        except Superseded:
            if (made := self._refunds.asked(request_id)) is None:
                raise
            return made

    def approve(self, principal: Principal, refund_id: str) -> RefundOfPrepaid:
        """A second person's yes; the worker then calls Stripe. Refused when the brand owes something by now."""
        before = self._refunds.refund(refund_id)
        after = approved(before, principal, self._clock.now())
        booked = self._store.accrual(before.contract_id)
        earned = self._accruals.computed(before.contract_id, self._clock.now()).earned
        if unfunded_minor(earned, self._accruals.funds(earned, booked, self._accruals.balances(earned, booked))):
            raise RefundMovedOn("More has been earned since it was prepared than the rest covers. Void this refund and prepare it anew.")
        return self._write(after, before, announce="prepaid.refund")

    def void(self, refund_id: str, reason: str, *, has_lapsed: bool = False) -> RefundOfPrepaid:
        """Call it off, or let it lapse; the money is the contract's again at once."""
        before = self._refunds.refund(refund_id)
        return self._free(voided(before, reason, self._clock.now() if has_lapsed else None), before, before.amount_minor)

    def get(self, principal: Principal, refund_id: str) -> RefundOfPrepaid:
        """A refund, for finance and its brand. Raises `NoSuchRefund`."""
        refund = self._refunds.refund(refund_id)
        if principal.tenant_id not in {PLATFORM_TENANT, refund.brand_id}:
            raise NoSuchRefund("There is no such refund.")
        return refund

    def of_contract(self, principal: Principal, contract_id: str) -> list[RefundOfPrepaid]:
        """A contract's refunds, oldest first, for its brand and for finance. Raises `NoSuchContract`."""
        self._contracts.parties(contract_id).demand_payer(principal)
        return self._refunds.of_contract(contract_id)

    def follow_up(self) -> int:
        """Have approved refunds that are not over tried again: run by the schedule. Returns how many."""
        waiting = self._refunds.at_work()[:MAX_FOLLOWED_UP]
        for refund_id in waiting:
            Writes().announce("prepaid.refund", refund_id, iso(self._clock.real_now())).commit()
        return len(waiting)

    def send(self, refund_id: str) -> RefundOfPrepaid:
        """Worker: bring an approved refund to its end, or as far as can be known now; safe to repeat at any time."""
        refund = self._refunds.refund(refund_id)
        if refund.state is RefundOfPrepaidState.APPROVED:
            refund = self._planned(refund)
        if refund.state not in AT_WORK:
            return refund
        for number in [part.number for part in refund.parts]:
            refund = self._brought_on(self._refunds.refund(refund_id), number)
        return refund

    def observe(self, state: RefundState) -> RefundOfPrepaid | None:
        """What Stripe says about a refund now: book what has left, and what has come back. None when it is not ours."""
        named = part_of_reference(state.reference)
        if named is None or self._refunds.find(named[0]) is None:
            return None
        for _ in range(MAX_ATTEMPTS):
            refund = self._refunds.refund(named[0])
            part = part_of(refund, named[1])
            demand_same(refund, part, state)
            try:
                if not self._booked_or_written(refund, part, state):
                    return refund
            except (Superseded, KeyReused):
                continue
        raise Superseded("This refund is being booked by others just now. It is tried again.")

    def _prepare(self, by: Principal, contract_id: str, reason: str, wanted_minor: int | None, request_id: str | None) -> RefundOfPrepaid:
        received, version = self._store.funds(contract_id)
        booked = self._store.accrual(contract_id)
        now = self._clock.now()
        computed = self._accruals.computed(contract_id, now)
        demand_closed(computed.shows, computed.statement, computed.earned)
        funds = self._accruals.funds(computed.earned, booked, self._accruals.balances(computed.earned, booked))
        in_books = -self._ledger.balance(accounts.brand_prepaid(computed.earned.brand_id), computed.earned.currency).minor
        amount = amount_to_refund(min(unused_minor(computed.earned, funds), in_books), wanted_minor, computed.earned.currency)
        refund = prepared(computed.earned, amount, refund_id_of(contract_id, version), reason, by, now)
        self._refunds.add(writes := Writes(), refund, request_id)
        self._store.receive(writes, contract_id, received - amount, version)
        writes.announce(LOOK, deal_subject(contract_id), iso(self._clock.real_now())).commit()
        return refund

    def _planned(self, before: RefundOfPrepaid) -> RefundOfPrepaid:
        """Store what is intended for each charge, newest charge first, before anything is called."""
        paid = [each for each in self._store.fundings(before.contract_id) if each.state is FundingState.PAID and each.charge_id]
        newest = sorted(paid, key=lambda each: (each.paid_at or each.requested_at, each.funding_id), reverse=True)[:MAX_CHARGES]
        charges = [(str(each.charge_id), self._gateway.charge(str(each.charge_id)).refundable_minor) for each in newest]
        try:
            shares = over_charges(before.amount_minor, charges, before.currency)
        except ChargesTooSmall as error:
            failed = replace(next_of(before), state=RefundOfPrepaidState.FAILED, note=error.message)
            return self._free(failed, before, before.amount_minor)
        return self._write(with_parts(before, shares, self._clock.real_now()), before)

    def _brought_on(self, refund: RefundOfPrepaid, number: int) -> RefundOfPrepaid:
        part = part_of(refund, number)
        if part.state is PartState.PENDING and part.stripe_id is not None:
            return self.observe(self._gateway.refund(part.stripe_id)) or refund
        if part.state not in TO_CALL:
            return refund
        if key_still_known(part.attempts[-1], self._clock.real_now()):
            return self._call(refund, part)
        reference = reference_of(refund.refund_id, number)
        made = [found for found in self._gateway.refunds_of(part.charge_id) if found.reference == reference]
        if made:
            return self.observe(made[0]) or refund
        again = with_new_attempt(part, refund.refund_id, self._clock.real_now())
        return self._call(self._write(with_part(refund, again), refund), again)

    def _call(self, refund: RefundOfPrepaid, part: RefundPart) -> RefundOfPrepaid:
        try:
            made = self._gateway.create_refund(
                charge_id=part.charge_id,
                amount_minor=part.amount_minor,
                currency=refund.currency,
                reference=reference_of(refund.refund_id, part.number),
                idempotency_key=part.attempts[-1].key,
            )
        except StripeUnknown as unknown:
            return self._write(with_part(refund, replace(part, state=PartState.UNKNOWN, note=unknown.message)), refund)
        except StripeRefused as refused:
            after = with_part(refund, replace(part, state=PartState.REFUSED, note=refused.message))
            return self._free(after, refund, part.amount_minor)
        return self.observe(made) or refund

    def _booked_or_written(self, refund: RefundOfPrepaid, part: RefundPart, state: RefundState) -> bool:
        """Take the next step that Stripe's word asks for; False when nothing is left to do."""
        if state.balance_transaction is not None and part.balance_transaction_id is None:
            self._book_made(refund, part, state)
        elif state.status in NOT_TO_COME and part.state is not PartState.FAILED:
            self._reinstate(refund, part, state)
        elif part.state in TO_CALL:
            self._write_or_lose(with_part(refund, replace(part, state=PartState.PENDING, stripe_id=state.id, note=None)), refund)
        else:
            return False
        return True

    def _book_made(self, refund: RefundOfPrepaid, part: RefundPart, state: RefundState) -> None:
        made = replace(part, state=PartState.MADE, stripe_id=state.id, balance_transaction_id=state.balance_transaction, note=None)
        transaction = Transaction(
            key=made_key(state),
            kind=REFUND,
            occurred_at=self._clock.now(),
            reason=f"unused prepaid money refunded: {refund.reason}",
            postings=postings_of(amounts_of(refund, part.amount_minor), refund.currency),
            contract_id=refund.contract_id,
            facts={**facts_of(refund, state), "balance_transaction": state.balance_transaction or ""},
        )
        self._ledger.post(transaction, joined=partial(self._joined, after=with_part(refund, made), before=refund, freed_minor=0))

    def _reinstate(self, refund: RefundOfPrepaid, part: RefundPart, state: RefundState) -> None:
        """The refund failed: what had left is the brand's prepaid money again, by a new transaction that names the old one."""
        why = f"the refund failed at Stripe: {state.failure_reason or state.status}"
        after = with_part(refund, replace(part, state=PartState.FAILED, stripe_id=state.id, note=f"Money back: {why}."))
        if part.balance_transaction_id is None:
            self._free_once(after, refund, part.amount_minor)
            return
        if state.failure_balance_transaction is None:
            raise RefundNotUnderstood(f"Refund {state.id} has failed, but its money is not back on the balance yet. It is tried again.")
        transaction = Transaction(
            key=f"{made_key(state)}#failed",
            kind=REFUND_FAILED,
            occurred_at=self._clock.now(),
            reason=why,
            postings=postings_of(amounts_of(refund, -part.amount_minor), refund.currency),
            contract_id=refund.contract_id,
            reverses=made_key(state),
            facts={**facts_of(refund, state), "balance_transaction": state.failure_balance_transaction},
        )
        self._ledger.post(transaction, joined=partial(self._joined, after=after, before=refund, freed_minor=part.amount_minor))

    def _joined(self, writes: Writes, *, after: RefundOfPrepaid, before: RefundOfPrepaid, freed_minor: int) -> None:
        self._refunds.write(writes, after, before)
        if freed_minor:
            received, version = self._store.funds(before.contract_id)
            self._store.receive(writes, before.contract_id, received + freed_minor, version)
            writes.announce("earnings.accrue", before.contract_id, iso(self._clock.real_now()))

    def _free(self, after: RefundOfPrepaid, before: RefundOfPrepaid, freed_minor: int) -> RefundOfPrepaid:
        """Write the refund and give the contract's funds the amount back, together; other payments may come in between."""
        for _ in range(MAX_ATTEMPTS):
            try:
                self._free_once(after, before, freed_minor)
            except Superseded:
                if self._refunds.refund(before.refund_id).version != before.version:
                    raise
                continue
            return after
        raise Superseded("Payments for the contract are being booked just now. It is tried again.")

    def _free_once(self, after: RefundOfPrepaid, before: RefundOfPrepaid, freed_minor: int) -> None:
        self._joined(writes := Writes(), after=after, before=before, freed_minor=freed_minor)
        writes.commit()

    def _write(self, after: RefundOfPrepaid, before: RefundOfPrepaid, announce: str | None = None) -> RefundOfPrepaid:
        self._write_or_lose(after, before, announce)
        return after

    def _write_or_lose(self, after: RefundOfPrepaid, before: RefundOfPrepaid, announce: str | None = None) -> None:
        self._refunds.write(writes := Writes(), after, before)
        if announce is not None:
            writes.announce(announce, after.refund_id, iso(self._clock.real_now()))
        writes.commit()

"""Sending settlements through Stripe, so that a lost answer, a crash or a second worker can never pay twice or lose money.

The intent with its key is stored before the call. While the outcome is unknown the same key is used again within 24 hours;
after that the transfer is looked up by its group. Only a definite refusal frees the money, and a new attempt has a new key.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.adapters.dynamo import in_batches
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict
from chalicelib.core.money import for_people
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import BalanceMoved, KeyReused, LedgerService
from chalicelib.payouts.payables import Payables, Plan
from chalicelib.payouts.records import NoPayoutAccount, NoSuchSettlement
from chalicelib.payouts.rules.settlements import (
    TO_SEND,
    Move,
    Settlement,
    SettlementState,
    WrongState,
    key_still_known,
    moved,
    next_attempt,
)
from chalicelib.payouts.settlements import Settlements
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import StripeGateway, StripeRefused, StripeUnknown, TransferState

TRANSFER = "transfer"
TRANSFER_REVERSED = "transfer_reversed"
MAX_ATTEMPTS = 6
SETTLEMENTS_PER_ANNOUNCEMENT = 90


class OtherTransfer(Conflict):
    """Stripe's transfer is not the one that the settlement asked for: a person has to look at it."""


class Transfers:
    """What the worker that may talk to Stripe does with settlements."""

    def __init__(
        self, *, store: PayoutsStore, ledger: LedgerService, settlements: Settlements, gateway: StripeGateway, clock: Clock
    ) -> None:
        """`gateway` is the only way to Stripe."""
        self._store = store
        self._ledger = ledger
        self._settlements = settlements
        self._gateway = gateway
        self._clock = clock
        self._payables = Payables(store=store, ledger=ledger)

    def send(self, settlement_id: str) -> Settlement:
        """Bring an approved settlement to its end, or as far as can be known now; safe to repeat at any time."""
        settlement = self._store.settlement(settlement_id)
        if settlement.state not in TO_SEND:
            return settlement
        if settlement.state is SettlementState.APPROVED:
            return self._first_attempt(settlement)
        attempt = settlement.attempts[-1]
        if key_still_known(attempt, self._clock.real_now()):
            return self._call(settlement)
        return self._look_up(settlement)

    def follow_up(self) -> int:
        """Have everything tried again that waits or whose outcome is unknown: run by the schedule. Returns how many."""
        waiting = self._store.to_send()
        for batch in in_batches(waiting, SETTLEMENTS_PER_ANNOUNCEMENT):
            writes = Writes()
            for settlement_id in batch:
                writes.announce("settlement.send", settlement_id, iso(self._clock.real_now()))
            writes.commit()
        return len(waiting)

    def observe(self, transfer: TransferState) -> Settlement | None:
        """What Stripe says about a transfer now: confirms one whose answer was lost, books what came back. None when it is not ours."""
        try:
            settlement = self._store.settlement(transfer.settlement_id)
        except NoSuchSettlement:
            return None
        if settlement.state in {SettlementState.SENDING, SettlementState.UNKNOWN}:
            settlement = self._confirm(settlement, transfer)
        if transfer.id == settlement.transfer_id and transfer.reversed_minor > settlement.reversed_minor:
            settlement = self._take_back(settlement, transfer)
        return settlement

    def mark_reconciled(self, settlement_id: str) -> Settlement:
        """Reconciliation found its transfer and its balance transaction to agree."""
        before = self._store.settlement(settlement_id)
        if before.state is SettlementState.RECONCILED:
            return before
        return self._write(moved(before, Move.RECONCILE), before)

    def _first_attempt(self, settlement: Settlement) -> Settlement:
        obstacle = self._obstacle(settlement)
        if obstacle is not None:
            waiting = replace(settlement, note=obstacle, version=settlement.version + 1)
            return settlement if obstacle == settlement.note else self._write(waiting, settlement)
        return self._attempt(settlement)

    def _attempt(self, settlement: Settlement) -> Settlement:
        """Store the intent, then call."""
        attempt = next_attempt(settlement, self._clock.real_now())
        intent = replace(moved(settlement, Move.SEND), attempts=(*settlement.attempts, attempt), note=None)
        return self._call(self._write(intent, settlement))

    def _obstacle(self, settlement: Settlement) -> str | None:
        """Why it cannot be sent now, for both sides to read."""
        try:
            account = self._store.account(settlement.payee_id)
        except NoPayoutAccount:
            return "The payee has not connected payouts yet. The money stays owed."
        if account.stripe_account is None:
            return "The payee's payout account is being set up. The money stays owed."
        state = self._gateway.account(account.stripe_account)
        if not state.transfers_active:
            return (
                "Stripe does not let the payee's account receive transfers yet: details are missing or under review. The money stays owed."
            )
        available = self._gateway.available_balance(settlement.currency)
        if available < settlement.amount_minor:
            text = for_people(settlement.amount_minor - available, settlement.currency)
            return f"The platform's available balance is short of {text} {settlement.currency}. It is sent as soon as that has arrived."
        return None

    def _call(self, settlement: Settlement) -> Settlement:
        account = self._store.account(settlement.payee_id)
        try:
            transfer = self._gateway.create_transfer(
                amount_minor=settlement.amount_minor,
                currency=settlement.currency,
                destination=str(account.stripe_account),
                transfer_group=settlement.settlement_id,
                settlement_id=settlement.settlement_id,
                idempotency_key=settlement.attempts[-1].key,
            )
        except StripeUnknown as unknown:
            return self._lost_track(settlement, unknown)
        except StripeRefused as refused:
            return self._refused(settlement, refused)
        return self._confirm(settlement, transfer)

    def _look_up(self, settlement: Settlement) -> Settlement:
        """The key is too old to be used again: the transfer either exists, or it never will and a new attempt is safe."""
        made = [t for t in self._gateway.transfers_by_group(settlement.settlement_id) if t.settlement_id == settlement.settlement_id]
        if made:
            return self._confirm(settlement, made[0])
        return self._attempt(_with_outcome(settlement, "not made"))

    def _lost_track(self, settlement: Settlement, unknown: StripeUnknown) -> Settlement:
        after = replace(moved(_with_outcome(settlement, "unknown"), Move.LOSE_TRACK), note=unknown.message)
        return self._write(after, settlement)

    def _refused(self, settlement: Settlement, refused: StripeRefused) -> Settlement:
        after = replace(moved(_with_outcome(settlement, f"refused: {refused.code}"), Move.REFUSE), note=refused.message)
        try:
            self._settlements.give_back(settlement, after)
        except Superseded:
            return self._store.settlement(settlement.settlement_id)
        return after

    def _confirm(self, settlement: Settlement, transfer: TransferState) -> Settlement:
        if (transfer.amount_minor, transfer.currency) != (settlement.amount_minor, settlement.currency):
            raise OtherTransfer(f"Transfer {transfer.id} is not of the settlement's amount. Compare it with {settlement.settlement_id}.")
        now = self._clock.now()
        confirmed = moved(_with_outcome(settlement, "sent"), Move.CONFIRM)
        after = replace(confirmed, transfer_id=transfer.id, sent_at=now, note=None)

        try:
            self._ledger.post(_sent(settlement, transfer, now), joined=partial(self._joined, after=after, before=settlement, plan=None))
        except (Superseded, KeyReused):
            return self._known_as_sent(settlement.settlement_id, transfer)
        return after

    def _known_as_sent(self, settlement_id: str, transfer: TransferState) -> Settlement:
        """Another worker was faster; it must have come to the same end."""
        settlement = self._store.settlement(settlement_id)
        if settlement.transfer_id is None:
            return self._confirm(settlement, transfer)
        if settlement.transfer_id != transfer.id:
            raise OtherTransfer(f"Settlement {settlement_id} was sent as {settlement.transfer_id}; {transfer.id} must be looked at.")
        return settlement

    def _take_back(self, settlement: Settlement, transfer: TransferState) -> Settlement:
        """Book what came back: the payee is owed it again, and debts are netted from it."""
        key = f"transfer#{transfer.id}#reversed#{transfer.reversed_minor}"
        for _ in range(MAX_ATTEMPTS):
            minor = transfer.reversed_minor - settlement.reversed_minor
            now = self._clock.now()
            whole = transfer.reversed_minor == settlement.amount_minor
            after = replace(moved(settlement, Move.REVERSE) if whole else _next_version(settlement), reversed_minor=transfer.reversed_minor)
            balances = self._payables.read([settlement.payee_id], settlement.currency)
            plan = self._payables.plan(balances, {settlement.payee_id: minor}, key=key, occurred_at=now)
            booking = _came_back(settlement, transfer, minor, key, now)
            joined = partial(self._joined, after=after, before=settlement, plan=plan)
            try:
                self._ledger.post(booking, *plan.transactions, joined=joined, expected=plan.expected)
            except (BalanceMoved, KeyReused, Superseded):
                settlement = self._store.settlement(settlement.settlement_id)
                if settlement.reversed_minor >= transfer.reversed_minor:
                    return settlement
                continue
            return after
        raise Superseded("What this payee is owed keeps changing just now; the notice is worked off again.")

    def _joined(self, writes: Writes, *, after: Settlement, before: Settlement, plan: Plan | None) -> None:
        self._store.write_settlement(writes, after, before)
        if plan is not None:
            self._payables.join(writes, plan, iso(self._clock.real_now()))

    def _write(self, after: Settlement, before: Settlement) -> Settlement:
        writes = Writes()
        self._store.write_settlement(writes, after, before)
        writes.commit()
        return after


def _with_outcome(settlement: Settlement, outcome: str) -> Settlement:
    if not settlement.attempts:
        raise WrongState("The settlement was never sent, so nothing can have come of it.")
    last = replace(settlement.attempts[-1], outcome=outcome)
    return replace(settlement, attempts=(*settlement.attempts[:-1], last))


def _next_version(settlement: Settlement) -> Settlement:
    return replace(settlement, version=settlement.version + 1)


def _sent(settlement: Settlement, transfer: TransferState, now: datetime) -> Transaction:
    payee, minor = settlement.payee_id, settlement.amount_minor
    amounts = {
        accounts.payee_in_transit(payee): minor,
        accounts.payee_paid(payee): -minor,
        accounts.PLATFORM_PAID_OUT: minor,
        accounts.PLATFORM_STRIPE_BALANCE: -minor,
    }
    return Transaction(
        key=f"transfer#{transfer.id}",
        kind=TRANSFER,
        occurred_at=now,
        reason="transferred to the payee's account at Stripe",
        postings=postings_of(amounts, settlement.currency),
        facts={
            "settlement_id": settlement.settlement_id,
            "transfer_id": transfer.id,
            "balance_transaction": transfer.balance_transaction,
        },
    )


def _came_back(settlement: Settlement, transfer: TransferState, minor: int, key: str, now: datetime) -> Transaction:
    payee = settlement.payee_id
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
        facts={"settlement_id": settlement.settlement_id, "transfer_id": transfer.id},
    )

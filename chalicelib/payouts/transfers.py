"""Sending settlements through Stripe, so that a lost answer, a crash or a second worker can never pay twice or lose money.

The intent with its key is stored before the call. While the outcome is unknown the same key is used again within 24 hours;
after that the transfer is looked up by its group. Only a definite refusal frees the money, and a new attempt has a new key; a balance
that is short only makes it wait (ADR 31).
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
from chalicelib.ledger.service import KeyReused, LedgerService
from chalicelib.notices.rules import LOOK, payee_subject
from chalicelib.payouts.account_store import AccountStore
from chalicelib.payouts.records import NoSuchSettlement
from chalicelib.payouts.reversals import Reversals
from chalicelib.payouts.rules.settlements import (
    SHORT_OF_BALANCE,
    TO_SEND,
    Move,
    Settlement,
    SettlementState,
    WrongState,
    key_still_known,
    moved,
    next_attempt,
    outcome_of_refusal,
    rests,
)
from chalicelib.payouts.settlements import Settlements
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_accounts import AccountGone
from chalicelib.payouts.stripe_port import StripeGateway, StripeRefused, StripeUnknown, TransferState

TRANSFER = "transfer"
SETTLEMENTS_PER_ANNOUNCEMENT = 90
CHANGED_ACCOUNT = (
    "The payee's account at Stripe is another one than when this was approved. The money stays owed: "
    "void this settlement and prepare it anew, so that two people see where it goes."
)
RAN_SHORT = "The platform's available balance ran short at Stripe. The money stays reserved, and is sent as soon as it is there."


class OtherTransfer(Conflict):
    """Stripe's transfer is not the one that the settlement asked for: a person has to look at it."""


class Transfers:
    """What the worker that may talk to Stripe does with settlements."""

    def __init__(  # noqa: PLR0913  # each part once
        self,
        *,
        store: PayoutsStore,
        accounts_: AccountStore,
        ledger: LedgerService,
        settlements: Settlements,
        reversals: Reversals,
        gateway: StripeGateway,
        clock: Clock,
    ) -> None:
        """`gateway` is the only way to Stripe."""
        self._store = store
        self._accounts = accounts_
        self._reversals = reversals
        self._ledger = ledger
        self._settlements = settlements
        self._gateway = gateway
        self._clock = clock

    def send(self, settlement_id: str) -> Settlement:
        """Bring an approved settlement, or its reversal, to its end, or as far as can be known now; safe to repeat at any time."""
        settlement = self._store.settlement(settlement_id)
        if settlement.state not in TO_SEND:
            return self._reversals.send(settlement)
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
            settlement = self._reversals.observe(settlement)
        return settlement

    def mark_reconciled(self, settlement_id: str) -> Settlement:
        """Reconciliation found its transfer and its balance transaction to agree."""
        before = self._store.settlement(settlement_id)
        if before.state is SettlementState.RECONCILED:
            return before
        return self._write(moved(before, Move.RECONCILE), before)

    def _first_attempt(self, settlement: Settlement) -> Settlement:
        """Store the intent, then call; or say why it has to wait."""
        if rests(settlement, self._clock.real_now()):
            return settlement
        destination, obstacle = self._way(settlement)
        if obstacle is not None:
            waiting = replace(settlement, note=obstacle, version=settlement.version + 1)
            return settlement if obstacle == settlement.note else self._write(waiting, settlement)
        attempt = next_attempt(settlement, self._clock.real_now(), destination)
        intent = replace(moved(settlement, Move.SEND), attempts=(*settlement.attempts, attempt), note=None)
        return self._call(self._write(intent, settlement))

    def _way(self, settlement: Settlement) -> tuple[str, str | None]:
        """The payee's account at Stripe, and why nothing can be sent there now, for both sides to read."""
        account = self._accounts.find(settlement.payee_id)
        if account is None:
            return "", "The payee has not connected payouts yet. The money stays owed."
        if settlement.destination is not None and account.stripe_account != settlement.destination:
            return "", CHANGED_ACCOUNT
        if account.stripe_account is None:
            return "", "The payee's payout account is being set up. The money stays owed."
        return account.stripe_account, self._obstacle(settlement, account.stripe_account)

    def _obstacle(self, settlement: Settlement, destination: str) -> str | None:
        try:
            state = self._gateway.account(destination)
        except (AccountGone, StripeRefused):
            return "The payee's account at Stripe cannot be reached any more; they have to connect payouts again. The money stays owed."
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
        attempt = settlement.attempts[-1]
        try:
            transfer = self._gateway.create_transfer(
                amount_minor=settlement.amount_minor,
                currency=settlement.currency,
                destination=attempt.destination,
                transfer_group=settlement.settlement_id,
                settlement_id=settlement.settlement_id,
                idempotency_key=attempt.key,
            )
        except StripeUnknown as unknown:
            return self._lost_track(settlement, unknown)
        except StripeRefused as refused:
            return self._refused(settlement, refused)
        return self._confirm(settlement, transfer)

    def _look_up(self, settlement: Settlement) -> Settlement:
        """The key is too old to be used again: the transfer exists, or it never will and all is checked anew before another attempt."""
        made = [t for t in self._gateway.transfers_by_group(settlement.settlement_id) if t.settlement_id == settlement.settlement_id]
        if made:
            return self.observe(made[0]) or settlement
        held = moved(_with_outcome(settlement, "not made"), Move.HOLD)
        return self._first_attempt(self._write(held, settlement))

    def _lost_track(self, settlement: Settlement, unknown: StripeUnknown) -> Settlement:
        after = replace(moved(_with_outcome(settlement, "unknown"), Move.LOSE_TRACK), note=unknown.message)
        return self._write(after, settlement)

    def _refused(self, settlement: Settlement, refused: StripeRefused) -> Settlement:
        answered = _with_outcome(settlement, outcome_of_refusal(refused.code))
        try:
            if refused.code == SHORT_OF_BALANCE:
                return self._write(replace(moved(answered, Move.HOLD), note=RAN_SHORT), settlement)
            after = replace(moved(answered, Move.REFUSE), note=refused.message)
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
            self._ledger.post(_sent(settlement, transfer, now), joined=partial(self._joined, after=after, before=settlement))
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

    def _joined(self, writes: Writes, *, after: Settlement, before: Settlement) -> None:
        self._store.write_settlement(writes, after, before)
        writes.announce(LOOK, payee_subject(after.payee_id), iso(self._clock.real_now()))

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

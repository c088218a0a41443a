"""Settlement runs: prepared by one person, approved by another, void as long as nothing was sent.

A settlement takes all that is payable to a payee at a sequence of its account: the taking, the settlement and what it reaches
are one small write, however many contracts and sales lie behind it. What comes later goes to the next one.
"""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.money import exponent_of
from chalicelib.ledger import accounts
from chalicelib.ledger.audit import SETTLEMENT_RETURNED, SETTLEMENT_TAKEN
from chalicelib.ledger.rules import Balance, Transaction, postings_of
from chalicelib.ledger.service import BalanceMoved, KeyReused, LedgerService
from chalicelib.notices.rules import FINANCE_DESK, LOOK, payee_subject
from chalicelib.payouts.account_store import AccountStore
from chalicelib.payouts.manifests import Manifests
from chalicelib.payouts.payables import Payables, Plan
from chalicelib.payouts.records import NoSuchSettlement
from chalicelib.payouts.rules.settlements import (
    CarryOver,
    Move,
    Settlement,
    SettlementState,
    carry_over,
    moved_by,
    payable_part,
    settlement_id_of,
)
from chalicelib.payouts.store import PayoutsStore, Superseded

MAX_ATTEMPTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRun:
    """What a run made, and who gets nothing, with the reason."""

    currency: str
    settlements: tuple[Settlement, ...]
    carried_over: tuple[CarryOver, ...]


class PayeeBusy(Superseded):
    """What the payee is owed kept moving; nothing was taken."""


class Settlements:
    """What people do with settlements."""

    def __init__(self, *, store: PayoutsStore, accounts_: AccountStore, ledger: LedgerService, records: ObjectStore, clock: Clock) -> None:
        """`records` keeps the manifests; `accounts_` tells where a payee is paid."""
        self._store = store
        self._accounts = accounts_
        self._ledger = ledger
        self._manifests = Manifests(ledger=ledger, records=records)
        self._clock = clock
        self._payables = Payables(store=store, ledger=ledger)

    def prepare(self, principal: Principal, currency: str) -> SettlementRun:
        """One settlement per payee with enough payable. Running it again takes nothing twice."""
        exponent_of(currency)
        made, carried = [], []
        for account in self._payable_accounts(currency):
            result = self._prepare_one(principal, str(accounts.payee_of(account)), currency)
            if isinstance(result, CarryOver):
                carried.append(result)
            else:
                made.append(result)
        return SettlementRun(currency=currency, settlements=tuple(made), carried_over=tuple(carried))

    def approve(self, principal: Principal, settlement_id: str) -> Settlement:
        """A second person's yes; the transfer is then sent by the worker."""
        before = self._store.settlement(settlement_id)
        approved = moved_by(before, Move.APPROVE, principal)
        account = self._accounts.find(before.payee_id)
        after = replace(
            approved,
            approved_by=principal.user_id,
            approved_at=self._clock.now(),
            destination=account.stripe_account if account else None,
        )
        writes = Writes()
        self._store.write_settlement(writes, after, before)
        writes.announce("settlement.send", settlement_id, iso(self._clock.real_now()))
        writes.commit()
        return after

    def void(self, principal: Principal, settlement_id: str, reason: str) -> Settlement:
        """Give the money back to payable at once, as long as nothing was sent."""
        before = self._store.settlement(settlement_id)
        after = replace(moved_by(before, Move.VOID, principal), note=reason)
        self.give_back(before, after)
        return after

    def give_back(self, before: Settlement, after: Settlement) -> None:
        """Book the money back to payable together with the settlement's new state; debts are netted from it."""
        key = f"settlement#{before.settlement_id}#returned"
        payee, amount = before.payee_id, before.amount_minor
        for _ in range(MAX_ATTEMPTS):
            balances = self._payables.read([payee], before.currency)
            now = self._clock.now()
            plan = self._payables.plan(balances, {payee: amount}, key=key, occurred_at=now)
            postings = postings_of({accounts.payee_in_transit(payee): amount, accounts.payee_payable(payee): -amount}, before.currency)
            returned = Transaction(
                key=key,
                kind=SETTLEMENT_RETURNED,
                occurred_at=now,
                reason=after.note or f"settlement {after.state}",
                postings=postings,
                reverses=f"settlement#{before.settlement_id}",
                facts={"settlement_id": before.settlement_id},
            )
            joined = partial(self._returned, after=after, before=before, plan=plan)
            try:
                self._ledger.post(returned, *plan.transactions, joined=joined, expected=plan.expected)
            except (BalanceMoved, KeyReused):
                if self._store.settlement(before.settlement_id).version != before.version:
                    raise Superseded("The settlement has moved on in the meantime. Load it again.") from None
                continue
            return
        raise PayeeBusy("What this payee is owed keeps changing just now. Nothing was done; try again.")

    def get(self, principal: Principal, settlement_id: str) -> Settlement:
        """A settlement, for finance and for its payee. Raises `NoSuchSettlement`."""
        settlement = self._store.settlement(settlement_id)
        if principal.tenant_id not in {PLATFORM_TENANT, settlement.payee_id}:
            raise NoSuchSettlement("There is no such settlement.")
        return settlement

    def listed(self, principal: Principal) -> list[Settlement]:
        """The newest settlements: all for finance, else one's own."""
        return self._store.settlements(None if principal.tenant_id == PLATFORM_TENANT else principal.tenant_id)

    def _joined(self, writes: Writes, *, after: Settlement, before: Settlement, plan: Plan) -> None:
        self._store.write_settlement(writes, after, before)
        self._payables.join(writes, plan, iso(self._clock.real_now()))

    def _returned(self, writes: Writes, *, after: Settlement, before: Settlement, plan: Plan) -> None:
        self._joined(writes, after=after, before=before, plan=plan)
        writes.announce(LOOK, payee_subject(after.payee_id), iso(self._clock.real_now()))

    def _payable_accounts(self, currency: str) -> list[accounts.Account]:
        return [
            balance.account
            for balance in self._ledger.balances(accounts.PAYEE_PREFIX)
            if balance.currency == currency and accounts.stage_of(balance.account) == accounts.PAYABLE
        ]

    def _prepare_one(self, principal: Principal, payee_id: str, currency: str) -> Settlement | CarryOver:
        for _ in range(MAX_ATTEMPTS):
            payable = self._ledger.balance(accounts.payee_payable(payee_id), currency)
            carried = carry_over(payee_id, currency, -payable.minor)
            if carried is not None:
                return carried
            try:
                return self._take(principal, payee_id, payable)
            except (Superseded, BalanceMoved, KeyReused):
                continue
        return CarryOver(payee_id=payee_id, currency=currency, payable_minor=0, reason="it was being booked all the time; prepare again")

    def _take(self, principal: Principal, payee_id: str, payable: Balance) -> Settlement:
        settlement = self._settlement(principal, payee_id, payable)
        amounts = {accounts.payee_payable(payee_id): settlement.amount_minor, accounts.payee_in_transit(payee_id): -settlement.amount_minor}
        taken = Transaction(
            key=f"settlement#{settlement.settlement_id}",
            kind=SETTLEMENT_TAKEN,
            occurred_at=settlement.prepared_at,
            reason=f"settlement prepared by {settlement.prepared_by}",
            postings=postings_of(amounts, payable.currency),
            facts={"settlement_id": settlement.settlement_id, "manifest_sha256": settlement.manifest_sha256},
        )

        def joined(writes: Writes) -> None:
            self._store.add_settlement(writes, settlement, payable.version + 1)
            for subject in (payee_subject(payee_id), FINANCE_DESK):
                writes.announce(LOOK, subject, iso(self._clock.real_now()))

        self._ledger.post(taken, joined=joined, expected={(payable.account, payable.currency): payable.version})
        return settlement

    def _settlement(self, principal: Principal, payee_id: str, payable: Balance) -> Settlement:
        currency, owed = payable.currency, -payable.minor
        settlement_id = settlement_id_of(payee_id, currency, payable.version)
        amount = payable_part(owed, currency)
        taken = self._store.taken(payee_id, currency)
        manifest = self._manifests.draw_up(
            settlement_id,
            payee_id,
            payable,
            taken_sequence=taken.sequence,
            before=self._manifests.read(taken.manifest_key) if taken.manifest_key else None,
            amount_minor=amount,
        )
        key, digest = self._manifests.keep(manifest)
        return Settlement(
            settlement_id=settlement_id,
            payee_id=payee_id,
            currency=currency,
            amount_minor=amount,
            carried_minor=owed - amount,
            ledger_sequence=payable.version,
            state=SettlementState.OPEN,
            prepared_by=principal.user_id,
            prepared_at=self._clock.now(),
            manifest_key=key,
            manifest_sha256=digest,
        )

"""Accrual: what a contract has earned by now, less what it has booked so far, posted as one transaction.

Everything is recomputed from the facts each time, so it does not matter what triggered it, how often, or in which order. The
accrual item is read first and written under its sequence: a worker that decided on older facts than another loses, and starts anew.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.adapters.dynamo import canonical_json, in_batches
from chalicelib.adapters.objects import ObjectStore
from chalicelib.contracts.terms import Terms
from chalicelib.core.clock import Clock, iso
from chalicelib.core.money import Money
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.audit import ACCRUAL
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import BalanceMoved, KeyReused, LedgerService
from chalicelib.payouts.earnings import Bucket, ShowFacts, Statement, earnings, fold
from chalicelib.payouts.invoices import Invoices
from chalicelib.payouts.payables import Payables, PayeeBalance, Plan
from chalicelib.payouts.ports import ContractFacts, ContractParties, SalesFacts, ShowFactsSource
from chalicelib.payouts.records import Accrual, StatementRecord
from chalicelib.payouts.rules.booked import as_booked
from chalicelib.payouts.rules.debts import behind_others_minor, is_returned, locked_minor
from chalicelib.payouts.rules.positions import ContractEarnings, Funds, differences, positions, unfunded_minor
from chalicelib.payouts.store import PayoutsStore, Superseded

MAX_ATTEMPTS = 6
CONTRACTS_PER_ANNOUNCEMENT = 90
GRACE = timedelta(days=90)
"""A show that never took place keeps its contract live for so long after everything could have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A contract's earnings as of an instant, with what they were computed from."""

    parties: ContractParties
    shows: tuple[ShowFacts, ...]
    buckets: tuple[Bucket, ...]
    statement: Statement
    earned: ContractEarnings
    dated_ahead: datetime | None = None
    """When the first fact begins to count that is known and lies ahead of the instant."""


class ContractBusy(Superseded):
    """Others kept booking the same contract; the message is delivered again."""


class Accruals:
    """Books what contracts earn."""

    def __init__(  # noqa: PLR0913  # the three sources of facts, and where results go
        self,
        *,
        store: PayoutsStore,
        ledger: LedgerService,
        records: ObjectStore,
        contracts: ContractFacts,
        shows: ShowFactsSource,
        sales: SalesFacts,
        clock: Clock,
        invoices: Invoices,
    ) -> None:
        """`records` keeps statements with their buckets, `invoices` what is not paid for."""
        self._store = store
        self._ledger = ledger
        self._records = records
        self._contracts = contracts
        self._shows = shows
        self._sales = sales
        self._clock = clock
        self._invoices = invoices
        self._payables = Payables(store=store, ledger=ledger)

    def accrue(self, contract_id: str) -> Accrual | None:
        """Book what is earned beyond what is booked; nothing to post, nothing written. Returns what is booked now."""
        for _ in range(MAX_ATTEMPTS):
            try:
                return self._accrue(contract_id)
            except (Superseded, BalanceMoved, KeyReused):
                continue
        raise ContractBusy("This contract is being booked by others just now. It is tried again.")

    def release(self) -> int:
        """Have every contract accrued on which time may have changed something: run each minute and when the clock moves."""
        now = self._clock.now()
        due = self._store.due_contracts(now)
        for batch in in_batches(due, CONTRACTS_PER_ANNOUNCEMENT):
            writes = Writes()
            for contract_id in batch:
                writes.announce("earnings.accrue", contract_id, iso(self._clock.real_now()))
            writes.commit()
        return len(due)

    def computed(self, contract_id: str, as_of: datetime) -> Computed:
        """The earnings recomputed from lines and facts as known at `as_of`."""
        parties = self._contracts.parties(contract_id)
        shows = self._shows.show_facts(contract_id, as_of)
        known = [self._sales.show_sales(show.show_id, as_of) for show in shows]
        sales = [sale for sold, _ in known for sale in sold]
        refunds = [refund for _, returned in known for refund in returned]
        buckets = fold(contract_id, {show.show_id: show.terms for show in shows}, sales, refunds, as_of)
        statement = earnings(contract_id, parties.terms, shows, buckets, as_of, host_id=parties.creator_id)
        counts_at = chain((max(s.ordered_at, s.recorded_at) for s in sales), (max(r.occurred_at, r.recorded_at) for r in refunds))
        return Computed(
            parties=parties,
            shows=shows,
            buckets=buckets,
            statement=statement,
            earned=as_booked(parties, shows, statement),
            dated_ahead=min((moment for moment in counts_at if moment > as_of), default=None),
        )

    def funds(self, earned: ContractEarnings, booked: Accrual | None, balances: Mapping[str, PayeeBalance]) -> Funds:
        """What the brand has paid and what of it is out of reach."""
        received, _ = self._store.funds(earned.contract_id)
        return _funds(received, earned.contract_id, booked, balances)

    def balances(self, earned: ContractEarnings, booked: Accrual | None) -> Mapping[str, PayeeBalance]:
        """What the contract's payees are owed."""
        payees = dict.fromkeys([*payees_of(earned), *(booked.payees if booked else ())])
        return self._payables.read(list(payees), earned.currency)

    def _accrue(self, contract_id: str) -> Accrual | None:
        booked = self._store.accrual(contract_id)
        received, funds_version = self._store.funds(contract_id)
        now = self._clock.now()
        computed = self.computed(contract_id, now)
        balances = self.balances(computed.earned, booked)
        funds = _funds(received, contract_id, booked, balances)
        target = positions(computed.earned, funds)
        moves = differences(target, booked.money if booked else {}, computed.earned.currency)
        returned = any(is_returned(balance.debts, contract_id) for balance in balances.values())
        if not moves and not returned and (booked is None or self._says_the_same(booked, computed)):
            self._follow(computed, funds, now)
            return booked
        accrual = self._next(computed, booked, target)

        def keep(writes: Writes) -> None:
            known = booked.payees if booked else ()
            self._store.write_accrual(writes, accrual, new_payees=tuple(payee for payee in accrual.payees if payee not in known))
            self._store.unchanged_funds(writes, contract_id, funds_version)

        if moves or returned:
            self._book(accrual, moves, balances, keep)
        else:
            keep(writes := Writes())
            writes.commit()
        self._follow(computed, funds, now)
        return accrual

    def _follow(self, computed: Computed, funds: Funds, now: datetime) -> None:
        """What goes by a contract's state and is no entry: when to look again, and the invoice for what is not paid."""
        self._store.set_live(computed.parties.contract_id, next_check_at(computed, now))
        self._invoices.observe(computed.parties, unfunded_minor(computed.earned, funds))

    def _book(
        self, accrual: Accrual, moves: Mapping[Account, int], balances: Mapping[str, PayeeBalance], keep: Callable[[Writes], None]
    ) -> None:
        plan = self._plan(accrual, moves, balances)

        def joined(writes: Writes) -> None:
            keep(writes)
            self._payables.join(writes, plan, iso(self._clock.real_now()))

        transactions = [_transaction(accrual, moves)] if moves else []
        self._ledger.post(*transactions, *plan.transactions, joined=joined, expected=plan.expected)

    def _says_the_same(self, booked: Accrual, computed: Computed) -> bool:
        """Whether the kept statement has the same rows: they can change though their sum, and so the money, stays."""
        kept = msgspec.json.decode(self._records.get(booked.statement_key).body, type=StatementRecord)
        same_time = replace(kept.statement, as_of=computed.statement.as_of)
        return (same_time, kept.buckets) == (computed.statement, computed.buckets)

    def _plan(self, accrual: Accrual, moves: Mapping[Account, int], balances: Mapping[str, PayeeBalance]) -> Plan:
        changes = {payee: -moves.get(accounts.payee_payable(payee), 0) for payee in balances}
        return self._payables.plan(
            balances,
            changes,
            key=accrual_key(accrual),
            occurred_at=accrual.as_of,
            contract_id=accrual.contract_id,
            brand_id=accrual.brand_id,
        )

    def _next(self, computed: Computed, booked: Accrual | None, target: Mapping[Account, Money]) -> Accrual:
        sequence = (booked.sequence if booked else 0) + 1
        key, digest = self._keep(computed, sequence)
        return Accrual(
            contract_id=computed.earned.contract_id,
            brand_id=computed.earned.brand_id,
            currency=computed.earned.currency,
            sequence=sequence,
            positions={account: money.minor for account, money in target.items() if money.minor},
            payees=tuple(dict.fromkeys([*(booked.payees if booked else ()), *payees_of(computed.earned)])),
            as_of=computed.statement.as_of,
            statement_key=key,
            statement_sha256=digest,
        )

    def _keep(self, computed: Computed, sequence: int) -> tuple[str, str]:
        """Keep the statement under its own hash, before anything refers to it."""
        record = StatementRecord(
            contract_id=computed.parties.contract_id,
            brand_id=computed.parties.brand_id,
            title=computed.parties.title,
            host_id=computed.parties.creator_id,
            sequence=sequence,
            statement=computed.statement,
            buckets=computed.buckets,
            show_titles={show.show_id: self._shows.title_of(show.show_id) for show in computed.shows},
        )
        body = canonical_json(record)
        digest = hashlib.sha256(body).hexdigest()
        key = f"statements/{record.contract_id}/{sequence:08}-{digest}.json"
        self._records.put(key, body, "application/json")
        return key, digest


def payees_of(earned: ContractEarnings) -> tuple[str, ...]:
    """Every payee once."""
    return tuple(dict.fromkeys(share.payee_id for show in earned.shows for share in show.payees))


def accrual_key(accrual: Accrual) -> str:
    """The key of the transaction that books it."""
    return f"accrual#{accrual.contract_id}#{accrual.sequence}"


def next_check_at(computed: Computed, now: datetime) -> datetime | None:
    """The next moment at which time alone may change something: days end at midnight in the contract's zone. None: never again.

    A fact that is dated ahead changes something when its time comes. Each show counts with the window and the make-ups of its own version.
    """
    if not _is_pending(computed.earned):
        if computed.shows and now > max(_horizon(show) for show in computed.shows):
            return computed.dated_ahead
        closed = bool(computed.statement.shows) and all(show.returns_closed for show in computed.statement.shows)
        if closed and not any(_make_up_days(show.terms) for show in computed.shows):
            return computed.dated_ahead
    zone = ZoneInfo(computed.parties.terms.timezone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def _is_pending(earned: ContractEarnings) -> bool:
    """Whether anything, the platform's fee included, is earned and has not matured."""
    return any(
        show.fee_earned_minor != show.fee_matured_minor or any(share.earned_minor != share.matured_minor for share in show.payees)
        for show in earned.shows
    )


def _make_up_days(terms: Terms) -> int:
    """How many days after a show its make-ups can still be performed; 0 without any."""
    guarantee = terms.sales_guarantee
    return guarantee.make_up.within_days if guarantee and guarantee.make_up else 0


def _horizon(show: ShowFacts) -> datetime:
    """When everything about a show that was never completed must be over."""
    days = show.terms.return_window_days + _make_up_days(show.terms)
    return show.scheduled_start + show.attribution_after + timedelta(days=days) + GRACE


def _transaction(accrual: Accrual, moves: Mapping[Account, int]) -> Transaction:
    return Transaction(
        key=accrual_key(accrual),
        kind=ACCRUAL,
        occurred_at=accrual.as_of,
        reason="earnings recomputed, less what was booked before",
        postings=postings_of(moves, accrual.currency),
        contract_id=accrual.contract_id,
        facts={"statement_key": accrual.statement_key, "statement_sha256": accrual.statement_sha256, "sequence": str(accrual.sequence)},
    )


def _funds(received_minor: int, contract_id: str, booked: Accrual | None, balances: Mapping[str, PayeeBalance]) -> Funds:
    positions_booked = booked.positions if booked else {}
    allotted = {payee: -positions_booked.get(accounts.payee_payable(payee), 0) for payee in balances}
    locked = {
        payee: locked_minor(booked_minor=allotted[payee], owed_minor=balance.owed_minor, debt_minor=balance.debt_under(contract_id))
        for payee, balance in balances.items()
    }
    behind = {payee: behind_others_minor(balance.debts, contract_id) for payee, balance in balances.items()}
    return Funds(received_minor=received_minor, locked_minor=locked, booked_minor=allotted, behind_minor=behind)

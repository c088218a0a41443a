"""The use cases of the books: post, look, audit.

`post` is one conditional write: the transaction under its own key, the balances it moves by version, and whatever the caller
joins to it. So a fact is booked once, together with the change of state it belongs to, or not at all.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.adapters.dynamo import canonical_json
from chalicelib.core.clock import Clock
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.ledger import audit
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.rules import Balance, Booked, Entry, Place, Posting, Transaction, fold, net
from chalicelib.ledger.store import LedgerStore

MAX_POST_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 0.02
Joined = Callable[[Writes], object]
"""Adds the caller's own writes to the one that books; it is called anew for each attempt."""


class KeyReused(Conflict):
    """Another content is booked under this key: a fact is booked once, and corrected by a reversal."""


class BalanceMoved(Conflict):
    """The account is not at the version the caller decided on. Read again and decide anew."""


class BooksBusy(Conflict):
    """Others booked to the same accounts all the time; nothing was booked, trying again is safe."""


class NoSuchTransaction(NotFound):
    """Nothing is booked under this key."""


class _Stale(Conflict):
    """An account moved between reading and writing."""


class _Taken(Conflict):
    """A transaction's key exists."""


class PeriodGate(Protocol):
    """What the books must know about closed periods; reconciliation gives it."""

    def booking_time(self, occurred_at: datetime, now: datetime) -> datetime:
        """`occurred_at` when its period is open, else an instant in the open one."""
        ...

    def guard(self, writes: Writes, booked_at: datetime) -> None:
        """Demand, within the write that books, that the period of `booked_at` and all later ones are open. Asked once a write."""
        ...


class AllPeriodsOpen:
    """A `PeriodGate` before anything was ever closed."""

    def booking_time(self, occurred_at: datetime, now: datetime) -> datetime:
        """The time of the fact; one that is dated ahead is booked now."""
        return min(occurred_at, now)

    def guard(self, writes: Writes, booked_at: datetime) -> None:
        """Nothing to demand."""


class LedgerService:
    """The books."""

    def __init__(self, *, store: LedgerStore, clock: Clock, periods: PeriodGate | None = None) -> None:
        """Without `periods` nothing is ever closed."""
        self._store = store
        self._clock = clock
        self._periods = periods or AllPeriodsOpen()

    def post(
        self,
        transaction: Transaction,
        *more: Transaction,
        joined: Joined | None = None,
        expected: Mapping[tuple[Account, str], int] | None = None,
    ) -> tuple[Booked, ...]:
        """Book transactions together with the caller's own writes, once.

        Same keys and content as before: nothing is written, `joined` included, and what is booked is returned. Raises `KeyReused` for the
        same key with another content, `BalanceMoved` when an account of `expected` is not at that version any more, `BooksBusy`,
        and whatever conflict the joined writes name.
        """
        transactions = (transaction, *more)
        for attempt in range(MAX_POST_ATTEMPTS):
            already = self._already(transactions)
            if already:
                return already
            try:
                return self._book(transactions, joined, expected or {})
            except (_Stale, _Taken):
                time.sleep(FIRST_RETRY_SECONDS * 2**attempt)
        raise BooksBusy("Many things are being booked to the same accounts just now. Nothing was booked; try again.")

    def transaction(self, key: str) -> Booked:
        """What is booked under a key. Raises `NoSuchTransaction`."""
        found = self._store.booked(key)
        if found is None:
            raise NoSuchTransaction(f"Nothing is booked under {key}.")
        return found[0]

    def transactions(self, keys: Sequence[str]) -> Mapping[str, Booked]:
        """What is booked under these keys, as far as it exists."""
        return self._store.transactions(keys)

    def balance(self, account: Account, currency: str) -> Balance:
        """One balance, consistently read."""
        return self._store.balances([(account, currency)])[account, currency]

    def balances(self, prefix: str = "") -> list[Balance]:
        """All balances of accounts whose name begins with `prefix`, by name."""
        accounts = self._store.accounts(prefix)
        found = self._store.balances(accounts)
        return [found[account] for account in accounts]

    def balances_at(self, instant: datetime) -> Mapping[tuple[Account, str], int]:
        """Balances as of a past instant: the fold of all that is booked at or before it."""
        return fold(transaction for transaction in self._store.every_transaction() if transaction.booked_at <= instant)

    def entries(self, account: Account, currency: str, after_sequence: int = 0) -> list[Entry]:
        """The lines of an account in order, those after a sequence number."""
        return list(self._store.entries(account, currency, after_sequence))

    def every_transaction(self) -> list[Booked]:
        """All that was ever booked, by booking time, then key: a scan, for audits and reconciliation."""
        return sorted(self._store.every_transaction(), key=lambda booked: (booked.booked_at, booked.key))

    def journal(self, first: datetime, until: datetime) -> list[Booked]:
        """What is booked in [first, until), by booking time, then key."""
        return list(self._store.journal(first, until))

    def audit(
        self,
        *,
        settlements: Iterable[audit.TakenBySettlement] | None = None,
        matured: Mapping[tuple[str, str], int] | None = None,
        positions: Iterable[audit.ContractPosition] | None = None,
    ) -> dict[str, list[audit.Finding]]:
        """Every invariant with what breaks it. Those that need the word of other features are checked when it is given."""
        transactions = list(self._store.every_transaction())
        balances = list(self._store.every_balance())
        checks = {
            "1 transactions balance": audit.transactions_balance(transactions),
            "1 accounts balance": audit.accounts_balance(balances),
            "2 balances are the fold of transactions": audit.balances_are_folds(transactions, balances),
            "2 journals of accounts repeat the transactions": audit.entries_are_postings(transactions, self._store.every_entry()),
            "3 facts are booked once": audit.keys_are_unique(transactions),
            "6 reversals are covered": audit.reversals_are_covered(transactions),
        }
        if settlements is not None:
            checks["4 settlements are what left payable"] = audit.settlements_are_taken(transactions, settlements)
        if matured is not None:
            checks["5 matured money is somewhere"] = audit.matured_is_somewhere(balances, matured)
        if positions is not None:
            checks["5 contracts are booked as earned"] = audit.contracts_are_booked(transactions, positions)
        return dict(sorted(checks.items()))

    def _already(self, transactions: Sequence[Transaction]) -> tuple[Booked, ...]:
        """The transactions as booked, or nothing when none of them is."""
        found = [(transaction, self._store.booked(transaction.key)) for transaction in transactions]
        booked = tuple(stored[0] for _, stored in found if stored is not None)
        for transaction, stored in found:
            if booked and (stored is None or stored[1] != digest_of(transaction)):
                raise KeyReused(f"{transaction.key} is already booked with another content. Correct it by a reversal with a reason.")
        return booked

    def _book(
        self, transactions: Sequence[Transaction], joined: Joined | None, expected: Mapping[tuple[Account, str], int]
    ) -> tuple[Booked, ...]:
        now = self._clock.now()
        totals = net(posting for transaction in transactions for posting in transaction.postings)
        before = self._store.balances(sorted(totals.keys() | expected.keys()))
        _demand(before, expected)
        writes = Writes()
        running = dict(before)
        booked = []
        for transaction in transactions:
            booked_at = self._periods.booking_time(transaction.occurred_at, now)
            entries = _entries(transaction, running, booked_at)
            for entry in entries:
                self._store.add_entry(writes, entry)
            booked.append((_booked(transaction, entries, booked_at, now), digest_of(transaction)))
        self._periods.guard(writes, min(transaction.booked_at for transaction, _ in booked))
        self._store.add(writes, booked, _Taken("This is booked already."))
        for account in totals:
            self._store.move(writes, before[account], running[account], _Stale("The account moved."))
        if joined is not None:
            joined(writes)
        writes.commit()
        return tuple(transaction for transaction, _ in booked)


def digest_of(transaction: Transaction) -> str:
    """SHA-256 of a transaction's content: what tells a repetition from a contradiction."""
    return hashlib.sha256(canonical_json(transaction)).hexdigest()


def _demand(balances: Mapping[tuple[Account, str], Balance], expected: Mapping[tuple[Account, str], int]) -> None:
    for key, version in expected.items():
        if balances[key].version != version:
            raise BalanceMoved(f"{key[0]} has moved in the meantime. Load it again and decide anew.")


def _entries(transaction: Transaction, running: dict[tuple[Account, str], Balance], booked_at: datetime) -> list[Entry]:
    """One entry per account; `running` moves on with each."""
    entries = []
    for (account, currency), minor in net(transaction.postings).items():
        last = running[account, currency]
        after = Balance(account=account, currency=currency, minor=last.minor + minor, version=last.version + 1)
        running[account, currency] = after
        entries.append(
            Entry(
                account=account,
                currency=currency,
                sequence=after.version,
                amount_minor=minor,
                balance_minor=after.minor,
                transaction_key=transaction.key,
                booked_at=booked_at,
            )
        )
    return entries


def _booked(transaction: Transaction, entries: Sequence[Entry], booked_at: datetime, now: datetime) -> Booked:
    places = tuple(
        Place(account=entry.account, currency=entry.currency, sequence=entry.sequence, balance_minor=entry.balance_minor)
        for entry in entries
    )
    return Booked(
        key=transaction.key,
        kind=transaction.kind,
        occurred_at=transaction.occurred_at,
        booked_at=booked_at,
        recorded_at=now,
        reason=transaction.reason,
        postings=tuple(sorted(transaction.postings, key=_by_account)),
        places=places,
        contract_id=transaction.contract_id,
        reverses=transaction.reverses,
        facts=transaction.facts,
    )


def _by_account(posting: Posting) -> tuple[str, str, int]:
    return (posting.account, posting.currency, posting.amount_minor)

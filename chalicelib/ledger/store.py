"""The ledger table. One item holds a whole transaction under a key derived from its fact; the rest points to it.

    transaction#<key> / transaction                the transaction, for ever; putting it is the idempotency guard
    balance#<account> / <currency>                 what the account holds, and the sequence of its last entry
    account#<account>#<currency> / entry#<seq>     the account's journal in order, with the balance after each
    journal#<year-month> / <booked at>#<key>       the journal by time
    accounts / <account>#<currency>                which accounts there are

Keys are built here only; nothing is ever deleted.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.core.errors import PrimetimeError
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.rules import Balance, Booked, Entry

MAX_MONTHS_PER_READ = 240
MONTHS_OF_YEAR = 12


class TransactionItem(Item):
    """A whole transaction; `digest` is that of the content it was booked with."""

    TABLE = "ledger"

    booked = Record(Booked)
    digest = UnicodeAttribute()


class BalanceItem(Item):
    """What an account holds in a currency."""

    TABLE = "ledger"

    minor = WholeNumber()
    version = WholeNumber()


class EntryItem(Item):
    """One line of an account's journal."""

    TABLE = "ledger"

    entry = Record(Entry)


class JournalItem(Item):
    """Where a transaction stands in time."""

    TABLE = "ledger"

    key = UnicodeAttribute()


class AccountItem(Item):
    """That an account exists in a currency."""

    TABLE = "ledger"

    account = UnicodeAttribute()
    currency = UnicodeAttribute()


class LedgerStore:
    """Reads and writes of the ledger table."""

    def booked(self, key: str) -> tuple[Booked, str] | None:
        """A transaction with its digest."""
        item = TransactionItem.find(f"transaction#{key}", "transaction")
        return None if item is None else (item.booked, item.digest)

    def balances(self, accounts: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], Balance]:
        """The balances of these accounts; one that has no entry yet is 0 at version 0."""
        keys = [(f"balance#{account}", currency) for account, currency in accounts]
        found = {(Account(item.pk.removeprefix("balance#")), item.sk): item for item in BalanceItem.many(keys)}
        return {
            (account, currency): Balance(account=account, currency=currency, minor=item.minor, version=item.version)
            if (item := found.get((account, currency)))
            else Balance(account=account, currency=currency)
            for account, currency in accounts
        }

    def accounts(self, prefix: str = "") -> list[tuple[Account, str]]:
        """All accounts whose name begins with `prefix`, by name."""
        return [(Account(item.account), item.currency) for item in AccountItem.under("accounts", prefix)]

    def entries(self, account: Account, currency: str, after_sequence: int = 0) -> Iterator[Entry]:
        """An account's journal in order."""
        partition = f"account#{account}#{currency}"
        condition = EntryItem.sk > f"entry#{after_sequence:012}"
        yield from (item.entry for item in EntryItem.query(partition, condition, consistent_read=True))

    def journal(self, first: datetime, until: datetime) -> Iterator[Booked]:
        """Transactions booked in [first, until), by booking time, then key."""
        for month in _months(first, until):
            between = JournalItem.sk.between(iso(first), iso(until))
            keys = [item.key for item in JournalItem.query(f"journal#{month}", between, consistent_read=True)]
            found = self.transactions(keys)
            yield from (found[key] for key in keys if found[key].booked_at < until)

    def every_transaction(self) -> Iterator[Booked]:
        """All transactions, in no order: a scan, for audits."""
        yield from (item.booked for item in TransactionItem.scan(TransactionItem.sk == "transaction", consistent_read=True))

    def every_balance(self) -> Iterator[Balance]:
        """All balances, in no order: a scan, so that one without its account's item is seen as well."""
        for item in BalanceItem.scan(BalanceItem.pk.startswith("balance#"), consistent_read=True):
            yield Balance(account=Account(item.pk.removeprefix("balance#")), currency=item.sk, minor=item.minor, version=item.version)

    def every_entry(self) -> Iterator[Entry]:
        """All lines of all accounts' journals, in no order: a scan, for audits."""
        yield from (item.entry for item in EntryItem.scan(EntryItem.pk.startswith("account#"), consistent_read=True))

    def add(self, writes: Transaction, booked: Iterable[tuple[Booked, str]], taken: PrimetimeError) -> None:
        """Put transactions with their entries; `taken` is raised when a key exists."""
        for transaction, digest in booked:
            item = TransactionItem(f"transaction#{transaction.key}", "transaction", booked=transaction, digest=digest)
            writes.put_new(item, taken)
            month = iso(transaction.booked_at)[:7]
            writes.put(JournalItem(f"journal#{month}", f"{iso(transaction.booked_at)}#{transaction.key}", key=transaction.key))

    def add_entry(self, writes: Transaction, entry: Entry) -> None:
        """Put one line of an account's journal."""
        writes.put(EntryItem(f"account#{entry.account}#{entry.currency}", f"entry#{entry.sequence:012}", entry=entry))

    def move(self, writes: Transaction, before: Balance, after: Balance, moved: PrimetimeError) -> None:
        """Update a balance from one version to another; `moved` is raised when it is not at the first one any more."""
        item = BalanceItem(f"balance#{before.account}", before.currency)
        actions: list[Action] = [BalanceItem.minor.set(after.minor), BalanceItem.version.set(after.version)]
        if before.version:
            writes.update(item, actions, BalanceItem.version == before.version, moved)
            return
        writes.update(item, actions, BalanceItem.version.does_not_exist(), moved)
        name = f"{before.account}#{before.currency}"
        writes.put(AccountItem("accounts", name, account=before.account, currency=before.currency))

    def transactions(self, keys: Sequence[str]) -> dict[str, Booked]:
        """The transactions that exist among these keys."""
        wanted = [(f"transaction#{key}", "transaction") for key in dict.fromkeys(keys)]
        return {item.booked.key: item.booked for item in TransactionItem.many(wanted)}


def _months(first: datetime, until: datetime) -> Iterator[str]:
    """``2011-01`` and so on, for each month that [first, until) touches, in UTC."""
    year, month = (int(part) for part in iso(first)[:7].split("-"))
    for _ in range(MAX_MONTHS_PER_READ):
        if f"{year:04}-{month:02}" > iso(until)[:7]:
            return
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < MONTHS_OF_YEAR else (year + 1, 1)
    message = f"a journal is read for {MAX_MONTHS_PER_READ} months at most"
    raise ValueError(message)

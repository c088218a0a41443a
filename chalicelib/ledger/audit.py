"""The invariants of the books as pure checks: each returns what is wrong, with its amount, and an empty list when nothing is.

The numbers are those of the rules of the ledger: 1 balance, 2 materialised = folded, 4 settlements = what left payable,
5 the equation of matured money and contracts = ledger, 6 reversals. 3 (one effect per fact) is what the keys are for, and is
checked here for the journal's own keys; feeds and closed periods are checked by the features that own them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.ledger.accounts import BRAND_PREFIX, PAYEE_PREFIX, STAGES_OF_MATURED, Account, payee_of, payee_payable, stage_of
from chalicelib.ledger.rules import Balance, Booked, Entry, fold, net, sums

SETTLEMENT_TAKEN = "settlement_taken"
SETTLEMENT_RETURNED = "settlement_returned"
ACCRUAL = "accrual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that does not add up. `drift_minor` is found less expected."""

    invariant: str
    subject: str
    currency: str | None
    drift_minor: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBySettlement:
    """A settlement that is neither void nor failed: what it takes from the payee's payable."""

    settlement_id: str
    payee_id: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPosition:
    """What a contract's accruals must have posted to an account, recomputed from its sales."""

    contract_id: str
    account: Account
    currency: str
    minor: int


def transactions_balance(transactions: Iterable[Booked]) -> list[Finding]:
    """1: the postings of each transaction add up to 0 per currency."""
    return [
        _finding("1", transaction.key, currency, drift, "its postings do not add up to 0")
        for transaction in transactions
        for currency, drift in sums(transaction.postings).items()
        if drift
    ]


def accounts_balance(balances: Iterable[Balance]) -> list[Finding]:
    """1: all accounts together add up to 0 per currency."""
    totals: defaultdict[str, int] = defaultdict(int)
    for balance in balances:
        totals[balance.currency] += balance.minor
    return [
        _finding("1", "all accounts", currency, drift, "together they do not add up to 0") for currency, drift in totals.items() if drift
    ]


def balances_are_folds(transactions: Iterable[Booked], balances: Iterable[Balance]) -> list[Finding]:
    """2: every materialised balance equals the fold of the transactions, in both directions."""
    expected = dict(fold(transactions))
    found = {(balance.account, balance.currency): balance.minor for balance in balances}
    return [
        _finding("2", account, currency, drift, "its balance is not the sum of its transactions")
        for account, currency in sorted(expected.keys() | found.keys())
        if (drift := found.get((account, currency), 0) - expected.get((account, currency), 0))
    ]


def entries_are_postings(transactions: Sequence[Booked], entries: Iterable[Entry]) -> list[Finding]:
    """2: every account's journal repeats the postings, numbered without a gap."""
    expected = {(key, t.key): minor for t in transactions for key, minor in net(t.postings).items()}
    found: dict[tuple[tuple[Account, str], str], int] = {}
    sequences: defaultdict[tuple[Account, str], list[int]] = defaultdict(list)
    for entry in entries:
        account = (entry.account, entry.currency)
        found[account, entry.transaction_key] = entry.amount_minor
        sequences[account].append(entry.sequence)
    drifts = [
        _finding("2", f"{account} in {key}", currency, found.get(((account, currency), key), 0) - minor, "its entry is not its posting")
        for ((account, currency), key), minor in sorted(expected.items() | dict.fromkeys(found.keys() - expected.keys(), 0).items())
        if found.get(((account, currency), key), 0) != minor
    ]
    gaps = [
        _finding("2", account, currency, 0, "its entries are not numbered without a gap")
        for (account, currency), numbers in sorted(sequences.items())
        if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]
    return drifts + gaps


def keys_are_unique(transactions: Iterable[Booked]) -> list[Finding]:
    """3: a fact is booked once."""
    counted = Counter(transaction.key for transaction in transactions)
    return [_finding("3", key, None, 0, f"it is booked {times} times") for key, times in counted.items() if times > 1]


def settlements_are_taken(transactions: Iterable[Booked], settlements: Iterable[TakenBySettlement]) -> list[Finding]:
    """4: what all live settlements of a payee took equals what left its payable."""
    expected: defaultdict[tuple[str, str], int] = defaultdict(int)
    for settlement in settlements:
        expected[settlement.payee_id, settlement.currency] += settlement.amount_minor
    left: defaultdict[tuple[str, str], int] = defaultdict(int)
    for transaction in transactions:
        if transaction.kind in {SETTLEMENT_TAKEN, SETTLEMENT_RETURNED}:
            for posting in transaction.postings:
                payee = payee_of(posting.account)
                if payee is not None and posting.account == payee_payable(payee):
                    left[payee, posting.currency] += posting.amount_minor
    return [
        _finding("4", payee, currency, drift, "its settlements are not what left its payable")
        for payee, currency in sorted(expected.keys() | left.keys())
        if (drift := left[payee, currency] - expected[payee, currency])
    ]


def matured_is_somewhere(balances: Iterable[Balance], matured: Mapping[tuple[str, str], int]) -> list[Finding]:
    """5: per payee and currency, matured = unfunded + disputed + payable + in_transit + paid."""
    stages: defaultdict[tuple[str, str], int] = defaultdict(int)
    for balance in balances:
        payee = payee_of(balance.account)
        if payee is not None and stage_of(balance.account) in STAGES_OF_MATURED:
            stages[payee, balance.currency] -= balance.minor
    return [
        _finding("5", payee, currency, drift, "its accounts do not add up to what has matured")
        for payee, currency in sorted(stages.keys() | matured.keys())
        if (drift := stages[payee, currency] - matured.get((payee, currency), 0))
    ]


def contracts_are_booked(transactions: Iterable[Booked], positions: Iterable[ContractPosition]) -> list[Finding]:
    """5: what the accruals of each contract have posted equals what is recomputed from its sales."""
    found, expected = booked_positions(transactions), recomputed_positions(positions)
    return [
        _finding("5", f"{contract_id} {account}", currency, drift, "the ledger is not what its sales and terms make")
        for contract_id, account, currency in sorted(found.keys() | expected.keys())
        if (drift := found.get((contract_id, account, currency), 0) - expected.get((contract_id, account, currency), 0))
    ]


def booked_positions(transactions: Iterable[Booked]) -> Mapping[tuple[str, str, str], int]:
    """What the accruals of each contract have posted, by (contract, account, currency).

    How far funding reached is a matter of what was paid when, so stages of matured money are taken together as ``matured``, and
    the brand's receivable and prepaid as ``owed``.
    """
    found: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for transaction in transactions:
        if transaction.kind == ACCRUAL and transaction.contract_id is not None:
            for posting in transaction.postings:
                found[transaction.contract_id, _whatever_is_funded(posting.account), posting.currency] += posting.amount_minor
    return dict(found)


def recomputed_positions(positions: Iterable[ContractPosition]) -> Mapping[tuple[str, str, str], int]:
    """What they must have posted, by the same keys."""
    expected: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for position in positions:
        expected[position.contract_id, _whatever_is_funded(position.account), position.currency] += position.minor
    return dict(expected)


def reversals_are_covered(transactions: Sequence[Booked]) -> list[Finding]:
    """6: the reversals of a transaction exist with it and never exceed it, account by account."""
    by_key = {transaction.key: transaction for transaction in transactions}
    reversed_so_far: defaultdict[str, list[Booked]] = defaultdict(list)
    for transaction in transactions:
        if transaction.reverses is not None:
            reversed_so_far[transaction.reverses].append(transaction)
    findings = []
    for key, reversals in sorted(reversed_so_far.items()):
        original = fold([by_key[key]]) if key in by_key else {}
        for (account, currency), back in fold(reversals).items():
            beyond = _beyond(original.get((account, currency), 0), back)
            if beyond:
                findings.append(_finding("6", f"{account} in {key}", currency, beyond, "more was reversed than was booked"))
    return findings


def _whatever_is_funded(account: Account) -> str:
    owner, stage = account.rsplit(":", 1)
    if owner.startswith(PAYEE_PREFIX) and stage in STAGES_OF_MATURED:
        return f"{owner}:matured"
    if owner.startswith(BRAND_PREFIX):
        return f"{owner}:owed"
    return account


def _beyond(booked: int, back: int) -> int:
    """How far `back` goes beyond taking `booked` back to 0; 0 when it stays within."""
    rest = booked + back
    if rest == 0 or (booked > 0 and 0 <= rest <= booked) or (booked < 0 and booked <= rest <= 0):
        return 0
    return back if booked == 0 or (rest > 0) == (booked > 0) else rest


def _finding(invariant: str, subject: str, currency: str | None, drift: int, what: str) -> Finding:
    amount = f" ({drift:+d} minor units of {currency})" if drift else ""
    return Finding(invariant=invariant, subject=subject, currency=currency, drift_minor=drift, message=f"{subject}: {what}{amount}.")

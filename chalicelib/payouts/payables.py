"""Changes of what payees are owed, with the debts that they make or recover: one plan, booked in one write.

Whoever posts to a payee's `payable` goes through here (except the taking of a settlement, which takes what is there and can make no debt).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.rules import Balance, Transaction, postings_of
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.rules.debts import Debt, DebtChange, after_change, is_returned, owed_under
from chalicelib.payouts.store import PayoutsStore

RECOVERY = "debt"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeBalance:
    """What a payee is owed (a debt negative) at a version of its payable account, and its debts."""

    payee_id: str
    payable: Balance
    debts: tuple[Debt, ...]

    @property
    def owed_minor(self) -> int:
        """Payable, seen from the payee."""
        return -self.payable.minor

    def debt_under(self, contract_id: str) -> int:
        """Its debt under one contract."""
        return owed_under(self.debts, contract_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be booked together: versions to expect, the transaction of debts (if any), and the debts after it."""

    expected: Mapping[tuple[Account, str], int]
    transactions: tuple[Transaction, ...]
    debts: Mapping[str, tuple[Debt, ...]]
    look_again: tuple[str, ...]
    """Contracts whose brand got something back, or gets it with their next booking: what they have matured may be funded further."""
    currency: str


class Payables:
    """Reads what payees are owed and plans how it changes."""

    def __init__(self, *, store: PayoutsStore, ledger: LedgerService) -> None:
        """`ledger` holds the payable accounts, `store` the debts."""
        self._store = store
        self._ledger = ledger

    def read(self, payees: Sequence[str], currency: str) -> Mapping[str, PayeeBalance]:
        """The payees' balances; a plan made from them is only booked while they still hold."""
        return {
            payee: PayeeBalance(
                payee_id=payee,
                payable=self._ledger.balance(accounts.payee_payable(payee), currency),
                debts=self._store.debts(payee, currency),
            )
            for payee in payees
        }

    def plan(
        self,
        balances: Mapping[str, PayeeBalance],
        changes: Mapping[str, int],
        *,
        key: str,
        occurred_at: datetime,
        contract_id: str = "",
        brand_id: str = "",
    ) -> Plan:
        """`changes`: by how much each payee is owed more (or less), for the sake of a contract where that is known.

        What a payee has given back to the contract's brand before is booked with it.
        """
        moved = {payee: minor for payee, minor in changes.items() if minor or is_returned(balances[payee].debts, contract_id)}
        results: dict[str, DebtChange] = {}
        for payee, minor in moved.items():
            balance = balances[payee]
            results[payee] = after_change(
                balance.debts, owed_minor=balance.owed_minor, change_minor=minor, contract_id=contract_id, brand_id=brand_id
            )
        currency = next(iter(balances.values())).payable.currency
        by_brand: dict[str, int] = {}
        for result in results.values():
            for brand, minor in result.by_brand.items():
                by_brand[brand] = by_brand.get(brand, 0) + minor
        return Plan(
            expected={(balances[payee].payable.account, currency): balances[payee].payable.version for payee in moved},
            transactions=_recoverable(by_brand, currency, key, occurred_at),
            debts={payee: result.debts for payee, result in results.items() if result.debts != balances[payee].debts},
            look_again=tuple(sorted({contract for result in results.values() for contract in result.look_again})),
            currency=currency,
        )

    def join(self, writes: Writes, plan: Plan, now: str) -> None:
        """Add the debts to the write that books, and tell the contracts that got something back."""
        for payee, debts in plan.debts.items():
            self._store.write_debts(writes, payee, plan.currency, debts)
        for contract_id in plan.look_again:
            writes.announce("earnings.accrue", contract_id, now)


def _recoverable(by_brand: Mapping[str, int], currency: str, key: str, occurred_at: datetime) -> tuple[Transaction, ...]:
    amounts: dict[Account, int] = {}
    for brand, minor in by_brand.items():
        amounts[accounts.brand_prepaid(brand)] = minor
        amounts[accounts.brand_recoverable(brand)] = -minor
    postings = postings_of(amounts, currency)
    if not postings:
        return ()
    reason = "what a payee owes back is the brand's only once it is recovered"
    return (Transaction(key=f"{key}#debts", kind=RECOVERY, occurred_at=occurred_at, reason=reason, postings=postings),)

"""Debts of payees: when a refund takes back what was paid out, the brand gets it back only as the payee gives it back.

A payee's debit balance on `payable` and the sum of its debts are the same amount, at all times. Each debt remembers the
contract whose brand it is owed to, so that what comes next is netted to the right one: the same contract first, then the oldest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What a payee owes to a brand under a contract, in minor units above 0."""

    contract_id: str
    brand_id: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtChange:
    """What a change of payable does to a payee's debts: `by_contract` is added (above 0) or recovered (below 0)."""

    debts: tuple[Debt, ...]
    by_contract: Mapping[str, int]
    by_brand: Mapping[str, int]


def after_change(debts: Sequence[Debt], *, owed_minor: int, change_minor: int, contract_id: str = "", brand_id: str = "") -> DebtChange:
    """The debts after `owed_minor` (what the payee is owed, a debt negative) changes by `change_minor` for a contract's sake."""
    target = max(0, -(owed_minor + change_minor))
    rest = sum(debt.minor for debt in debts) - target
    if rest < 0:
        return _change(debts, (*debts, Debt(contract_id=contract_id, brand_id=brand_id, minor=-rest)))
    own = [debt for debt in debts if debt.contract_id == contract_id]
    others = [debt for debt in debts if debt.contract_id != contract_id]
    kept = []
    for debt in (*own, *others):
        recovered = min(rest, debt.minor)
        rest -= recovered
        kept.append(replace(debt, minor=debt.minor - recovered))
    ordered = [*[debt for debt in kept if debt.contract_id != contract_id], *[debt for debt in kept if debt.contract_id == contract_id]]
    return _change(debts, tuple(debt for debt in ordered if debt.minor))


def owed_under(debts: Sequence[Debt], contract_id: str) -> int:
    """The payee's debt under one contract."""
    return sum(debt.minor for debt in debts if debt.contract_id == contract_id)


def locked_minor(*, booked_minor: int, owed_minor: int, debt_minor: int) -> int:
    """What a payee keeps of a contract whatever happens now.

    `booked_minor`: what the contract has made payable in all; `owed_minor`: what the payee is owed by all contracts and has not got
    (a debt negative); `debt_minor`: its debt under this contract. Less than this cannot be allotted without making a debt.
    """
    return booked_minor + debt_minor - max(0, owed_minor)


def _change(before: Sequence[Debt], after: Sequence[Debt]) -> DebtChange:
    merged: dict[str, Debt] = {}
    for debt in after:
        known = merged.get(debt.contract_id)
        merged[debt.contract_id] = debt if known is None else replace(known, minor=known.minor + debt.minor)
    by_contract: dict[str, int] = {}
    by_brand: dict[str, int] = {}
    for sign, debts in ((-1, before), (1, after)):
        for debt in debts:
            by_contract[debt.contract_id] = by_contract.get(debt.contract_id, 0) + sign * debt.minor
            by_brand[debt.brand_id] = by_brand.get(debt.brand_id, 0) + sign * debt.minor
    return DebtChange(
        debts=tuple(merged.values()),
        by_contract={contract: minor for contract, minor in by_contract.items() if minor},
        by_brand={brand: minor for brand, minor in by_brand.items() if minor},
    )

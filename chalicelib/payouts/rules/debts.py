"""Debts of payees: when a refund takes back what was paid out, the brand gets it back only as the payee gives it back.

A payee's debit balance on `payable` and the sum of its debts are the same amount, at all times. Each debt remembers the
contract whose brand it is owed to, and stands in the order of booking: what comes next is netted oldest first, whichever
contract it comes from (ADR 30). One booking moves the money of a few debts only, because a write has limits; what else
was netted waits for its own contract's booking.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

MOST_AT_ONCE = 3
"""So many debts of a payee one booking moves: with host, agency and former agency all within the 100 actions of a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What a payee owes to a brand under a contract, in minor units above 0.

    `returned`: the payee has given it back, and the contract's next booking makes it the brand's to spend.
    """

    contract_id: str
    brand_id: str
    minor: int
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtChange:
    """What a change of payable does to a payee's debts.

    `by_brand` is what the brands can spend less (above 0) or more (below 0); `look_again` names contracts whose brand got something
    back, the first of those that are still to be booked, and the one whose debt is the oldest now.
    """

    debts: tuple[Debt, ...]
    by_brand: Mapping[str, int]
    look_again: tuple[str, ...] = ()


def after_change(debts: Sequence[Debt], *, owed_minor: int, change_minor: int, contract_id: str = "", brand_id: str = "") -> DebtChange:
    """The debts after `owed_minor` (what the payee is owed, a debt negative) changes by `change_minor` for a contract's sake.

    `debts` are in the order of booking, and so is the answer.
    """
    owing = [debt for debt in debts if not debt.returned]
    booked = [debt for debt in debts if debt.returned and debt.contract_id == contract_id]
    waiting = [debt for debt in debts if debt.returned and debt.contract_id != contract_id]
    rest = sum(debt.minor for debt in owing) - max(0, -(owed_minor + change_minor))
    if rest < 0:
        new = Debt(contract_id=contract_id, brand_id=brand_id, minor=-rest)
        return DebtChange(debts=(*_joined([*owing, new]), *waiting), by_brand=_by_brand([new], booked), look_again=_names(booked, waiting))
    given_back, kept = _netted(owing, rest)
    own = [debt for debt in given_back if debt.contract_id == contract_id]
    others = _by_contract([debt for debt in given_back if debt.contract_id != contract_id])
    at_once = MOST_AT_ONCE - (1 if booked or own else 0)
    waiting = _by_contract([*waiting, *(replace(debt, returned=True) for debt in others[at_once:])])
    now = [*booked, *own, *others[:at_once]]
    own_oldest = own[:1] if own and own[0] == given_back[0] else []
    unspent = [*booked, *own[len(own_oldest) :], *others[:at_once]]
    next_in_line = kept[:1] if len(kept) < len(owing) else []
    return DebtChange(debts=(*kept, *waiting), by_brand=_by_brand([], now), look_again=_names([*unspent, *next_in_line], waiting))


def owed_under(debts: Iterable[Debt], contract_id: str) -> int:
    """The payee's debt under one contract, with what it has given back that the brand cannot spend yet."""
    return sum(debt.minor for debt in debts if debt.contract_id == contract_id)


def is_returned(debts: Iterable[Debt], contract_id: str) -> bool:
    """Whether the contract's next booking has something to make the brand's."""
    return any(debt.returned and debt.contract_id == contract_id for debt in debts)


def locked_minor(*, booked_minor: int, owed_minor: int, debt_minor: int) -> int:
    """What a payee keeps of a contract whatever happens now.

    `booked_minor`: what the contract has made payable in all; `owed_minor`: what the payee is owed by all contracts and has not got
    (a debt negative); `debt_minor`: its debt under this contract. Less than this cannot be allotted without making a debt.
    """
    return booked_minor + debt_minor - max(0, owed_minor)


def behind_others_minor(debts: Iterable[Debt], contract_id: str) -> int:
    """What the payee owes under a contract that cannot be netted yet, because debts under other contracts are older."""
    owing = [debt for debt in debts if not debt.returned]
    first = next((place for place, debt in enumerate(owing) if debt.contract_id != contract_id), len(owing))
    return owed_under(owing[first:], contract_id)


def _netted(owing: Sequence[Debt], minor: int) -> tuple[list[Debt], list[Debt]]:
    """What so much money nets of the debts, oldest first, and what is left of them."""
    netted, kept = [], []
    for debt in owing:
        taken = min(minor, debt.minor)
        minor -= taken
        netted.append(replace(debt, minor=taken))
        kept.append(replace(debt, minor=debt.minor - taken))
    return [debt for debt in netted if debt.minor], [debt for debt in kept if debt.minor]


def _joined(owing: Sequence[Debt]) -> list[Debt]:
    """Debts under one contract with no other between them are one."""
    joined: list[Debt] = []
    for debt in owing:
        if joined and joined[-1].contract_id == debt.contract_id:
            joined[-1] = replace(joined[-1], minor=joined[-1].minor + debt.minor)
        else:
            joined.append(debt)
    return joined


def _by_contract(debts: Sequence[Debt]) -> list[Debt]:
    """What is given back to a contract is one amount."""
    merged: dict[str, Debt] = {}
    for debt in debts:
        known = merged.get(debt.contract_id)
        merged[debt.contract_id] = debt if known is None else replace(known, minor=known.minor + debt.minor)
    return list(merged.values())


def _by_brand(added: Sequence[Debt], booked: Sequence[Debt]) -> dict[str, int]:
    by_brand: dict[str, int] = {}
    for sign, debts in ((1, added), (-1, booked)):
        for debt in debts:
            by_brand[debt.brand_id] = by_brand.get(debt.brand_id, 0) + sign * debt.minor
    return {brand: minor for brand, minor in by_brand.items() if minor}


def _names(changed: Sequence[Debt], waiting: Sequence[Debt]) -> tuple[str, ...]:
    """The contracts to accrue again, each once. A contract that nets its own oldest debt has used the money already."""
    return tuple(dict.fromkeys(debt.contract_id for debt in [*changed, *waiting[:1]] if debt.contract_id))

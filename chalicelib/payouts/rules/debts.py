"""Debts of payees: when a refund takes back what was paid out, the brand gets it back only as the payee gives it back.

A payee's debit balance on `payable` and the sum of its debts are the same amount, at all times. Each debt remembers the
contract whose brand it is owed to, so that what comes next is netted to the right one: the same contract first, then the oldest.
One booking moves the money of a few debts only, because a write has limits; what else was netted waits for its own contract's booking.
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
    back, and the first of those that are still to be booked.
    """

    debts: tuple[Debt, ...]
    by_brand: Mapping[str, int]
    look_again: tuple[str, ...] = ()


def after_change(debts: Sequence[Debt], *, owed_minor: int, change_minor: int, contract_id: str = "", brand_id: str = "") -> DebtChange:
    """The debts after `owed_minor` (what the payee is owed, a debt negative) changes by `change_minor` for a contract's sake."""
    owing = [debt for debt in debts if not debt.returned]
    booked = [debt for debt in debts if debt.returned and debt.contract_id == contract_id]
    waiting = [debt for debt in debts if debt.returned and debt.contract_id != contract_id]
    rest = sum(debt.minor for debt in owing) - max(0, -(owed_minor + change_minor))
    if rest < 0:
        new = Debt(contract_id=contract_id, brand_id=brand_id, minor=-rest)
        return _change([*owing, new, *waiting], added=[new], booked=booked, contract_id=contract_id)
    netted = _netted(owing, rest, contract_id)
    kept = [replace(debt, minor=debt.minor - netted.get(place, 0)) for place, debt in enumerate(owing)]
    given_back = [replace(owing[place], minor=minor) for place, minor in netted.items()]
    at_once = MOST_AT_ONCE - len(booked)
    waiting += [replace(debt, returned=True) for debt in given_back[at_once:]]
    return _change([*(debt for debt in kept if debt.minor), *waiting], booked=[*booked, *given_back[:at_once]], contract_id=contract_id)


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


def _netted(owing: Sequence[Debt], minor: int, contract_id: str) -> dict[int, int]:
    """How much of each debt (by its place) so much money nets: those of the same contract first, then the oldest."""
    netted: dict[int, int] = {}
    for place in sorted(range(len(owing)), key=lambda place: (owing[place].contract_id != contract_id, place)):
        taken = min(minor, owing[place].minor)
        minor -= taken
        if taken:
            netted[place] = taken
    return netted


def _change(after: Sequence[Debt], *, booked: Sequence[Debt], contract_id: str, added: Sequence[Debt] = ()) -> DebtChange:
    """A contract that nets its own debt has used the money already; one that books what waited for it has not."""
    merged: dict[tuple[str, bool], Debt] = {}
    for debt in after:
        key = (debt.contract_id, debt.returned)
        merged[key] = debt if key not in merged else replace(merged[key], minor=merged[key].minor + debt.minor)
    by_brand: dict[str, int] = {}
    for sign, debts in ((1, added), (-1, booked)):
        for debt in debts:
            by_brand[debt.brand_id] = by_brand.get(debt.brand_id, 0) + sign * debt.minor
    waiting = next((debt.contract_id for debt in merged.values() if debt.returned), "")
    look_again = dict.fromkeys([*(debt.contract_id for debt in booked if debt.returned or debt.contract_id != contract_id), waiting])
    return DebtChange(
        debts=tuple(merged.values()),
        by_brand={brand: minor for brand, minor in by_brand.items() if minor},
        look_again=tuple(contract for contract in look_again if contract),
    )

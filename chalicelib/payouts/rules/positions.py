"""Where a contract's money stands: pure, from what was earned, what the brand has paid, and what has already left.

Funding belongs to a contract and covers its shows oldest first; within a show the payees in proportion (largest remainder),
the platform's fee last. Money that a payee already has can only be used for that payee until it is recovered: the
platform never lends by accident.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.core.money import Money, allocate
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeShare:
    """What a payee earned in a show, and the part of it that has matured. Either may be negative."""

    payee_id: str
    earned_minor: int
    matured_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEarnings:
    """A show's share of a statement: payees in their order of precedence in ties, the platform's fee and the tax on it."""

    show_id: str
    starts_at: datetime
    payees: tuple[PayeeShare, ...]
    fee_earned_minor: int = 0
    fee_matured_minor: int = 0
    fee_tax_earned_minor: int = 0
    fee_tax_matured_minor: int = 0
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEarnings:
    """A statement as the books need it; amounts in minor units of `currency`."""

    contract_id: str
    brand_id: str
    currency: str
    shows: tuple[ShowEarnings, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What the brand has paid for the contract, and per payee how much of it is out of reach.

    `locked_minor`: what the payee keeps of this contract whatever happens now (it was paid out, or waits in a settlement).
    `booked_minor`: what was allotted to the payee before; below 0 where it gave money back, which takes money to undo.
    `behind_minor`: the part of `locked_minor` that the payee owes back after older debts under other contracts: until those are netted,
    it covers nothing (ADR 30).
    """

    received_minor: int
    locked_minor: Mapping[str, int]
    booked_minor: Mapping[str, int] = field(default_factory=dict)
    behind_minor: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """How far the funding reaches: per payee, and for the platform's fee with its tax."""

    payees: Mapping[str, int]
    fee_minor: int
    disputed: Mapping[str, int]
    """The part of `payees` that is for disputed shows: it had been paid out before, and stays until the dispute is decided."""

    @property
    def total_minor(self) -> int:
        """All that is used."""
        return sum(self.payees.values()) + self.fee_minor


def allot(earned: ContractEarnings, funds: Funds) -> Allotment:
    """Distribute the funding over what has matured and is not disputed; what was paid out of disputed shows is left where it is.

    What a payee will be able to cover with money that it owes back comes last, after the platform's fee: the brand is not asked for it.
    """
    needs = _needs(earned)
    payees = _payees(earned)
    wanted = {payee: sum(by_payee.get(payee, 0) for by_payee in needs) for payee in payees}
    lowest = {payee: min(0, wanted[payee], funds.booked_minor.get(payee, 0)) for payee in payees}
    locked = {payee: max(funds.locked_minor.get(payee, 0), lowest[payee]) for payee in payees}
    behind = {payee: funds.behind_minor.get(payee, 0) for payee in payees}
    in_reach = {payee: locked[payee] - behind[payee] for payee in payees}
    disputed = {payee: _kept_though_disputed(earned, payee, in_reach[payee]) for payee in payees}
    granted = {payee: min(wanted[payee], in_reach[payee] - disputed[payee]) for payee in payees}
    left = funds.received_minor - sum(locked.values())
    open_needs = _open_needs(needs, {payee: minor + behind[payee] for payee, minor in granted.items()})
    fee = 0
    for show, by_payee in zip(_in_order(earned), open_needs, strict=True):
        shares = _within(left, by_payee)
        for payee, minor in shares.items():
            granted[payee] += minor
        left -= sum(shares.values())
        covered = min(_fee_due(show), max(left, 0))
        fee += covered
        left -= covered
    last = {payee: min(behind[payee], max(0, wanted[payee] - minor)) for payee, minor in granted.items()}
    for payee, minor in _within(left, last).items():
        granted[payee] += minor
    return Allotment(payees={payee: minor + disputed[payee] for payee, minor in granted.items()}, fee_minor=fee, disputed=disputed)


def positions(earned: ContractEarnings, funds: Funds) -> Mapping[Account, Money]:
    """What this contract's accruals must have posted to each account in all, debits positive. Adds up to 0."""
    allotment = allot(earned, funds)
    totals: defaultdict[Account, int] = defaultdict(int)
    for show in earned.shows:
        for share in show.payees:
            payee = share.payee_id
            matured_at = accounts.payee_disputed(payee) if show.disputed else accounts.payee_unfunded(payee)
            totals[accounts.payee_pending(payee)] -= share.earned_minor - share.matured_minor
            totals[matured_at] -= share.matured_minor
        totals[accounts.PLATFORM_FEES] -= show.fee_earned_minor
        totals[accounts.PLATFORM_TAX] -= show.fee_tax_earned_minor
    owed = -sum(totals.values())
    for payee, minor in allotment.payees.items():
        totals[accounts.payee_unfunded(payee)] += minor - allotment.disputed[payee]
        totals[accounts.payee_disputed(payee)] += allotment.disputed[payee]
        totals[accounts.payee_payable(payee)] -= minor
    covered = _covered_minor(allotment, funds)
    totals[accounts.brand_receivable(earned.brand_id)] += owed - covered
    totals[accounts.brand_prepaid(earned.brand_id)] += covered
    return {account: Money(minor, earned.currency) for account, minor in sorted(totals.items())}


def differences(target: Mapping[Account, Money], booked: Mapping[Account, Money], currency: str) -> Mapping[Account, int]:
    """What has to be posted to get from what is booked to where the money should stand."""
    nothing = Money(0, currency)
    moves = {account: target.get(account, nothing) - booked.get(account, nothing) for account in sorted(target.keys() | booked.keys())}
    return {account: money.minor for account, money in moves.items() if money.minor}


def unfunded_minor(earned: ContractEarnings, funds: Funds) -> int:
    """What the brand still has to pay for all that has matured, the platform's fee included.

    Neither disputed money is asked for, nor what a payee will cover with money of the brand that it owes back.
    """
    allotment = allot(earned, funds)
    due = sum(minor for by_payee in _needs(earned) for minor in by_payee.values())
    due += sum(_fee_due(show) for show in earned.shows) + sum(allotment.disputed.values())
    return max(0, due - _covered_minor(allotment, funds) - _covered_later_minor(earned, allotment, funds))


def unused_minor(earned: ContractEarnings, funds: Funds) -> int:
    """What of the brand's payments nothing has used: neither earnings that are allotted, nor what a payee holds and owes back."""
    allotment = allot(earned, funds)
    out_of_reach = {payee: max(allotment.payees.get(payee, 0), minor) for payee, minor in funds.locked_minor.items()}
    used = {**allotment.payees, **out_of_reach}
    return max(0, funds.received_minor - sum(max(0, minor) for minor in used.values()) - allotment.fee_minor)


def matured_by_payee(earned: ContractEarnings) -> Mapping[str, int]:
    """All that has matured, disputed or not."""
    totals: defaultdict[str, int] = defaultdict(int)
    for show in earned.shows:
        for share in show.payees:
            totals[share.payee_id] += share.matured_minor
    return dict(totals)


def _covered_minor(allotment: Allotment, funds: Funds) -> int:
    """What the brand's money really pays of the allotment: less than all when a payment was taken back after it had been paid out.

    The rest is owed by the brand again, so its prepaid money is never used below 0.
    """
    return min(allotment.total_minor, funds.received_minor)


def _covered_later_minor(earned: ContractEarnings, allotment: Allotment, funds: Funds) -> int:
    """What has matured and waits until the payees' older debts to others are netted: they hold so much of the brand's money already."""
    later = 0
    for payee, behind in funds.behind_minor.items():
        wanted = sum(by_payee.get(payee, 0) for by_payee in _needs(earned))
        later += min(behind, max(0, wanted - allotment.payees.get(payee, 0) + allotment.disputed.get(payee, 0)))
    return later


def _in_order(earned: ContractEarnings) -> list[ShowEarnings]:
    return sorted(earned.shows, key=lambda show: (show.starts_at, show.show_id))


def _payees(earned: ContractEarnings) -> list[str]:
    """Every payee once, in the order of first mention."""
    return list(dict.fromkeys(share.payee_id for show in _in_order(earned) for share in show.payees))


def _needs(earned: ContractEarnings) -> list[dict[str, int]]:
    """Per show, oldest first, what each payee has matured and nobody disputes."""
    return [{} if show.disputed else {share.payee_id: share.matured_minor for share in show.payees} for show in _in_order(earned)]


def _kept_though_disputed(earned: ContractEarnings, payee: str, locked_minor: int) -> int:
    """What of the money out of reach is for disputed shows: it went to the payee's shows oldest first."""
    kept, rest = 0, locked_minor
    for show in _in_order(earned):
        matured = sum(share.matured_minor for share in show.payees if share.payee_id == payee)
        used = min(max(rest, 0), max(matured, 0))
        rest -= used
        kept += used if show.disputed else 0
    return kept


def _fee_due(show: ShowEarnings) -> int:
    """The platform's fee with its tax comes after the payees of its show, so it waits with them while they are frozen."""
    return 0 if show.disputed else show.fee_matured_minor + show.fee_tax_matured_minor


def _open_needs(needs: Sequence[Mapping[str, int]], granted: Mapping[str, int]) -> list[dict[str, int]]:
    """What is left to cover per show: a payee's own negative shows and what it already has reduce its oldest shows first.

    What it gave back beyond that (`granted` below 0) is the first thing to cover.
    """
    credit = {payee: minor - sum(min(0, by_payee.get(payee, 0)) for by_payee in needs) for payee, minor in granted.items()}
    left: list[dict[str, int]] = []
    for by_payee in needs:
        rest = {}
        for payee, minor in by_payee.items():
            used = min(max(minor, 0), credit[payee])
            credit[payee] -= used
            rest[payee] = max(minor, 0) - used
        left.append(rest)
    return left


def _within(left: int, needs: Mapping[str, int]) -> dict[str, int]:
    """A show's payees in proportion to what each still needs; nobody gets more than that."""
    total = sum(needs.values())
    if total == 0:
        return {}
    shares = allocate(min(max(left, 0), total), list(needs.values()))
    return dict(zip(needs, shares, strict=True))

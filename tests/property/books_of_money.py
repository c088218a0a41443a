"""The books of a few contracts on plain values: what is earned, paid, sent and owed back, with every invariant checked at each step."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.audit import accounts_balance, balances_are_folds, matured_is_somewhere, transactions_balance
from chalicelib.ledger.rules import Balance, Booked, fold, postings_of
from chalicelib.payouts.rules.debts import Debt, after_change, behind_others_minor, locked_minor, owed_under
from chalicelib.payouts.rules.positions import (
    ContractEarnings,
    Funds,
    PayeeShare,
    ShowEarnings,
    matured_by_payee,
    positions,
    unfunded_minor,
)

START = datetime(2011, 1, 3, tzinfo=UTC)
PAYEES = ("agy_1", "crt_1")


def contract(contract_id: str, rows: list[tuple[tuple[int, int], tuple[int, int], int, bool]]) -> ContractEarnings:
    return ContractEarnings(
        contract_id=contract_id,
        brand_id=f"brd_{contract_id}",
        currency="GBP",
        shows=tuple(
            ShowEarnings(
                show_id=f"shw_{place}",
                starts_at=START + timedelta(days=place),
                payees=tuple(
                    PayeeShare(payee_id=p, earned_minor=e, matured_minor=m) for p, (e, m) in zip(PAYEES, (first, second), strict=True)
                ),
                fee_earned_minor=fee,
                fee_matured_minor=fee,
                disputed=disputed,
            )
            for place, (first, second, fee, disputed) in enumerate(rows)
        ),
    )


def in_order(debts: Sequence[Debt]) -> list[tuple[str, int]]:
    """How much is owed under which contract, the oldest first."""
    return _joined([(debt.contract_id, debt.minor) for debt in debts if not debt.returned])


def worked_off_oldest_first(debts: Sequence[Debt], owed_before: int, owed_after: int, contract_id: str) -> list[tuple[str, int]]:
    """What must be owed then: the oldest is worked off, what is new joins at the end."""
    less, left = max(0, owed_before - owed_after), []
    for contract, minor_ in in_order(debts):
        left.append((contract, minor_ - min(less, minor_)))
        less -= min(less, minor_)
    return _joined([*left, (contract_id, max(0, owed_after - owed_before))])


def _joined(owing: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    joined: list[tuple[str, int]] = []
    for contract, minor_ in owing:
        if joined and joined[-1][0] == contract:
            minor_ += joined.pop()[1]  # noqa: PLW2901  # neighbours under one contract are one debt
        if minor_:
            joined.append((contract, minor_))
    return joined


class Books:
    """The way of money as the services take it, on plain values."""

    def __init__(self) -> None:
        self.transactions: list[Booked] = []
        self.booked: dict[str, dict[Account, int]] = {}
        self.received: defaultdict[str, int] = defaultdict(int)
        self.debts: dict[str, tuple[Debt, ...]] = dict.fromkeys(PAYEES, ())
        self.earned: dict[str, ContractEarnings] = {}
        self.asked_for: dict[str, int] = {}
        """What each contract's brand was last found to have to pay."""
        self.to_look_at: list[str] = []
        """Contracts that are to be accrued again."""

    def post(self, amounts: dict[Account, int]) -> None:
        key = str(len(self.transactions))
        postings = postings_of(amounts, "GBP")
        if postings:
            self.transactions.append(
                Booked(key=key, kind="x", occurred_at=START, booked_at=START, recorded_at=START, reason="r", postings=postings, places=())
            )

    def balance(self, account: Account) -> int:
        return fold(self.transactions).get((account, "GBP"), 0)

    def owed(self, payee: str) -> int:
        return -self.balance(accounts.payee_payable(payee))

    def fund(self, contract_id: str, amount: int) -> None:
        self.received[contract_id] += amount
        self.post({accounts.PLATFORM_STRIPE_BALANCE: amount, accounts.brand_prepaid(f"brd_{contract_id}"): -amount})
        if contract_id in self.earned:
            self.accrue(self.earned[contract_id])

    def accrue(self, earned: ContractEarnings) -> None:
        contract_id, brand = earned.contract_id, earned.brand_id
        before = self.booked.get(contract_id, {})
        locked = {
            p: locked_minor(
                booked_minor=-before.get(accounts.payee_payable(p), 0),
                owed_minor=self.owed(p),
                debt_minor=owed_under(self.debts[p], contract_id),
            )
            for p in PAYEES
        }
        allotted = {p: -before.get(accounts.payee_payable(p), 0) for p in PAYEES}
        behind = {p: behind_others_minor(self.debts[p], contract_id) for p in PAYEES}
        funds = Funds(received_minor=self.received[contract_id], locked_minor=locked, booked_minor=allotted, behind_minor=behind)
        target = positions(earned, funds)
        self.asked_for[contract_id] = unfunded_minor(earned, funds)
        amounts = {account: money.minor for account, money in target.items()}
        moves = {account: amounts.get(account, 0) - before.get(account, 0) for account in amounts.keys() | before.keys()}
        changes = {p: -moves.get(accounts.payee_payable(p), 0) for p in PAYEES}
        for payee, change in changes.items():
            result = after_change(
                self.debts[payee], owed_minor=self.owed(payee), change_minor=change, contract_id=contract_id, brand_id=brand
            )
            due_before, due_after = max(0, -self.owed(payee)), max(0, -self.owed(payee) - change)
            assert in_order(result.debts) == worked_off_oldest_first(self.debts[payee], due_before, due_after, contract_id)
            self.debts[payee] = result.debts
            self.to_look_at += result.look_again
            for owner, moved in result.by_brand.items():
                self.post({accounts.brand_prepaid(owner): moved, accounts.brand_recoverable(owner): -moved})
        self.post(moves)
        self.booked[contract_id] = amounts
        self.earned[contract_id] = earned

    def work(self) -> None:
        """One of the contracts that something was given back to."""
        if self.to_look_at:
            self.accrue(self.earned[self.to_look_at.pop(0)])

    def work_all(self) -> None:
        """All of them."""
        while self.to_look_at:
            self.work()
            assert self.broken() == []

    def settle(self, payee: str) -> None:
        owed = self.owed(payee)
        if owed > 0:
            self.post({accounts.payee_payable(payee): owed, accounts.payee_in_transit(payee): -owed})
            self.post(
                {
                    accounts.payee_in_transit(payee): owed,
                    accounts.payee_paid(payee): -owed,
                    accounts.PLATFORM_PAID_OUT: owed,
                    accounts.PLATFORM_STRIPE_BALANCE: -owed,
                }
            )

    def step(self, kind: str, subject: str, detail: object) -> None:
        """Something happens."""
        if kind == "accrue":
            self.accrue(contract(subject, detail))  # type: ignore[arg-type]
        elif kind == "fund":
            self.fund(subject, int(str(detail)))
        elif kind == "settle":
            self.settle(subject)
        else:
            self.work()

    def step_of_debts(self, name: str, left: int, kind: str) -> None:
        """A payee is paid, a brand pays what it was asked for or ahead, or a contract has earned (or kept) so much."""
        if kind == "settle":
            self.settle(PAYEES[left % 2])
        elif kind in {"pay", "fund"}:
            self.fund(name, self.asked_for[name] if kind == "pay" else left)
        else:
            fee = 50 if kind == "accrue with a fee" else 0
            self.accrue(contract(name, [((left, left), (left, left), fee, False)]))

    def broken(self) -> list[str]:
        """Which invariants do not hold, in words."""
        balances = [Balance(account=account, currency=c, minor=amount) for (account, c), amount in fold(self.transactions).items()]
        matured: defaultdict[tuple[str, str], int] = defaultdict(int)
        for earned in self.earned.values():
            for payee, amount in matured_by_payee(earned).items():
                matured[payee, "GBP"] += amount
        found = [
            *transactions_balance(self.transactions),
            *accounts_balance(balances),
            *balances_are_folds(self.transactions, balances),
            *matured_is_somewhere(balances, matured),
        ]
        rules = {
            "the platform never lends": self.balance(accounts.PLATFORM_STRIPE_BALANCE) >= 0,
            **{f"{payee}'s debts are what it owes": self._owes(payee) == max(0, -self.owed(payee)) for payee in PAYEES},
            **{f"{each}: no money is used twice": self.balance(accounts.brand_prepaid(f"brd_{each}")) <= 0 for each in self.earned},
            **{f"{each}: what is recoverable is owed": self._recoverable(each) == self._owed_under(each) for each in self.earned},
        }
        return [*map(str, found), *(rule for rule, holds in rules.items() if not holds)]

    def _owes(self, payee: str) -> int:
        return sum(debt.minor for debt in self.debts[payee] if not debt.returned)

    def _recoverable(self, contract_id: str) -> int:
        return -self.balance(accounts.brand_recoverable(f"brd_{contract_id}"))

    def _owed_under(self, contract_id: str) -> int:
        return sum(debt.minor for debts in self.debts.values() for debt in debts if debt.contract_id == contract_id)

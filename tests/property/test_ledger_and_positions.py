"""For any earnings, payments, payouts and refunds: nothing is lost, nothing is lent, every invariant holds."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.audit import accounts_balance, balances_are_folds, matured_is_somewhere, transactions_balance
from chalicelib.ledger.rules import Balance, Booked, fold, postings_of
from chalicelib.payouts.rules.debts import MOST_AT_ONCE, Debt, after_change, is_returned, locked_minor, owed_under
from chalicelib.payouts.rules.positions import (
    ContractEarnings,
    Funds,
    PayeeShare,
    ShowEarnings,
    allot,
    differences,
    matured_by_payee,
    positions,
    unfunded_minor,
)
from chalicelib.payouts.rules.settlements import payable_part

START = datetime(2011, 1, 3, tzinfo=UTC)
PAYEES = ("agy_1", "crt_1")
minor = st.integers(min_value=-500, max_value=5_000)
shares = st.tuples(minor, minor)
plenty = st.integers(min_value=100, max_value=5_000)
shows = st.lists(st.tuples(shares, shares, st.integers(0, 500), st.booleans()), min_size=1, max_size=4)


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


@given(shows, st.integers(0, 30_000))
def test_positions_balance_and_never_use_more_than_was_paid(
    rows: list[tuple[tuple[int, int], tuple[int, int], int, bool]], received: int
) -> None:
    earned = contract("a", rows)
    funds = Funds(received_minor=received, locked_minor={})
    assert sum(money.minor for money in positions(earned, funds).values()) == 0
    allotment = allot(earned, funds)
    positive = sum(max(0, granted) for granted in allotment.payees.values())
    assert positive + allotment.fee_minor <= received
    wanted = matured_by_payee(contract("a", [row for row in rows if not row[3]]))
    assert all(granted <= max(wanted.get(payee, 0), 0) or granted == wanted.get(payee, 0) for payee, granted in allotment.payees.items())


@given(shows, st.integers(0, 30_000))
def test_paying_what_is_asked_for_leaves_nothing_unfunded(
    rows: list[tuple[tuple[int, int], tuple[int, int], int, bool]], received: int
) -> None:
    earned = contract("a", rows)
    asked = unfunded_minor(earned, Funds(received_minor=received, locked_minor={}))
    assert unfunded_minor(earned, Funds(received_minor=received + asked, locked_minor={})) == 0


@given(
    st.integers(-10_000, 10_000), st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(-3_000, 3_000) | st.just(9_000)), max_size=20)
)
def test_debts_are_the_debit_balance_at_all_times(owed: int, changes: list[tuple[str, int]]) -> None:
    debts: tuple[Debt, ...] = () if owed >= 0 else (Debt(contract_id="a", brand_id="brd_a", minor=-owed),)
    for contract_id, change in changes:
        result = after_change(debts, owed_minor=owed, change_minor=change, contract_id=contract_id, brand_id=f"brd_{contract_id}")
        moved = sum(d.minor for d in result.debts) - sum(d.minor for d in debts)
        assert moved == sum(result.by_brand.values())
        debts, owed = result.debts, owed + change
        assert sum(debt.minor for debt in debts if not debt.returned) == max(0, -owed)
        assert not is_returned(debts, contract_id), "what waited for this contract is booked with it"
        assert len(result.by_brand) <= MOST_AT_ONCE + 1
        assert all(debt.minor > 0 for debt in debts)


@given(st.integers(-10_000, 10_000_000), st.sampled_from(["GBP", "HUF", "KWD", "JPY"]))
def test_what_is_sent_is_never_more_than_what_is_payable(payable: int, currency: str) -> None:
    sent = payable_part(payable, currency)
    assert 0 <= sent <= max(payable, 0)
    assert max(payable, 0) - sent < 100


@given(
    st.lists(st.tuples(st.tuples(plenty, plenty), st.tuples(plenty, plenty), st.integers(0, 500), st.booleans()), min_size=1, max_size=4),
    st.integers(0, 30_000),
)
def test_no_dispute_takes_back_what_was_paid_out_or_pays_it_twice(
    rows: list[tuple[tuple[int, int], tuple[int, int], int, bool]], received: int
) -> None:
    """`rows` say which shows are disputed after everything payable was paid out."""
    paid = allot(contract("a", [(*row[:3], False) for row in rows]), Funds(received_minor=received, locked_minor={})).payees
    funds = Funds(received_minor=received, locked_minor=paid, booked_minor=paid)
    disputed = contract("a", rows)
    then = allot(disputed, funds)
    assert all(then.payees[payee] >= minor for payee, minor in paid.items())
    frozen = {
        payee: sum(share.matured_minor for s in disputed.shows if s.disputed for share in s.payees if share.payee_id == payee)
        for payee in paid
    }
    assert all(0 <= then.disputed[payee] <= frozen[payee] for payee in paid)
    assert then.total_minor <= received
    stands = positions(disputed, funds)
    left = {payee: frozen[payee] - then.disputed[payee] for payee in paid}
    assert {payee: -stands[accounts.payee_disputed(payee)].minor for payee in paid} == left


class Books:
    """The way of money as the services take it, on plain values."""

    def __init__(self) -> None:
        self.transactions: list[Booked] = []
        self.booked: dict[str, dict[Account, int]] = {}
        self.received: defaultdict[str, int] = defaultdict(int)
        self.debts: dict[str, tuple[Debt, ...]] = dict.fromkeys(PAYEES, ())
        self.earned: dict[str, ContractEarnings] = {}
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
        target = positions(earned, Funds(received_minor=self.received[contract_id], locked_minor=locked, booked_minor=allotted))
        amounts = {account: money.minor for account, money in target.items()}
        moves = {account: amounts.get(account, 0) - before.get(account, 0) for account in amounts.keys() | before.keys()}
        changes = {p: -moves.get(accounts.payee_payable(p), 0) for p in PAYEES}
        for payee, change in changes.items():
            result = after_change(
                self.debts[payee], owed_minor=self.owed(payee), change_minor=change, contract_id=contract_id, brand_id=brand
            )
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
        """Something happens, and the invariants hold."""
        if kind == "accrue":
            self.accrue(contract(subject, detail))  # type: ignore[arg-type]
        elif kind == "fund":
            self.fund(subject, int(str(detail)))
        elif kind == "settle":
            self.settle(subject)
        else:
            self.work()
        self.check()

    def check(self) -> None:
        balances = [Balance(account=account, currency=c, minor=amount) for (account, c), amount in fold(self.transactions).items()]
        assert transactions_balance(self.transactions) == []
        assert accounts_balance(balances) == []
        assert balances_are_folds(self.transactions, balances) == []
        matured: defaultdict[tuple[str, str], int] = defaultdict(int)
        for earned in self.earned.values():
            for payee, amount in matured_by_payee(earned).items():
                matured[payee, "GBP"] += amount
        assert matured_is_somewhere(balances, matured) == []
        for payee in PAYEES:
            assert sum(debt.minor for debt in self.debts[payee] if not debt.returned) == max(0, -self.owed(payee))
        assert self.balance(accounts.PLATFORM_STRIPE_BALANCE) >= 0, "the platform never lends"
        for contract_id in self.earned:
            assert self.balance(accounts.brand_prepaid(f"brd_{contract_id}")) <= 0, "no brand's money is used twice"
            recoverable = sum(d.minor for debts in self.debts.values() for d in debts if d.contract_id == contract_id)
            assert -self.balance(accounts.brand_recoverable(f"brd_{contract_id}")) == recoverable


grown = st.lists(st.tuples(st.tuples(plenty, plenty), st.tuples(plenty, plenty), st.just(0), st.just(False)), min_size=1, max_size=2)  # noqa: FBT003
steps = st.lists(
    st.one_of(
        st.tuples(st.just("accrue"), st.sampled_from("ab"), st.one_of(grown, shows)),
        st.tuples(st.just("fund"), st.sampled_from("ab"), st.integers(1_000, 8_000)),
        st.tuples(st.just("settle"), st.sampled_from(PAYEES), st.none()),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=400, deadline=None)
@given(steps)
def test_whatever_happens_in_whatever_order_the_invariants_hold(history: list[tuple[str, str, object]]) -> None:
    books = Books()
    for kind, subject, detail in history:
        books.step(kind, subject, detail)


MANY = "abcdefgh"
later = st.lists(
    st.one_of(
        st.tuples(st.just("accrue"), st.sampled_from(MANY), st.one_of(grown, shows)),
        st.tuples(st.just("fund"), st.sampled_from(MANY), st.integers(1_000, 8_000)),
        st.tuples(st.just("settle"), st.sampled_from(PAYEES), st.none()),
        st.tuples(st.just("work"), st.just(""), st.none()),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(history=later, kept=st.lists(st.integers(0, 900), min_size=len(MANY), max_size=len(MANY)), large=st.integers(1_000, 20_000))
def test_debts_under_many_contracts_are_netted_in_steps_that_hold_at_any_moment(
    history: list[tuple[str, str, object]], kept: list[int], large: int
) -> None:
    """All contracts were paid out and most of it was sent back; then one of them earns a lot, and whatever else happens."""
    books = Books()
    for name in MANY:
        books.fund(name, 3_000)
        books.accrue(contract(name, [((1_000, 1_000), (1_000, 1_000), 0, False)]))
    for payee in PAYEES:
        books.settle(payee)
    for name, left in zip(MANY, kept, strict=True):
        books.accrue(contract(name, [((left, left), (left, left), 0, False)]))
    books.check()
    books.fund("a", 2 * large)
    for kind, subject, detail in [("accrue", "a", [((large, large), (large, large), 0, False)]), *history]:
        books.step(kind, subject, detail)
    while books.to_look_at:
        books.work()
        books.check()
    assert not any(debt.returned for debts in books.debts.values() for debt in debts)


@given(shows, shows)
def test_differences_lead_from_what_is_booked_to_where_money_should_stand(
    before: list[tuple[tuple[int, int], tuple[int, int], int, bool]], after: list[tuple[tuple[int, int], tuple[int, int], int, bool]]
) -> None:
    funds = Funds(received_minor=3_000, locked_minor={})
    booked, target = positions(contract("a", before), funds), positions(contract("a", after), funds)
    moves = differences(target, booked, "GBP")
    assert sum(moves.values()) == 0
    reached = {account: booked[account].minor + moves.get(account, 0) if account in booked else moves.get(account, 0) for account in target}
    assert reached == {account: money.minor for account, money in target.items()}

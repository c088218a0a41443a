"""Debts over several contracts and brands: always the debit balance, worked off in order of age, and nothing lost or left behind."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.ledger import accounts
from chalicelib.payouts.rules.debts import MOST_AT_ONCE, Debt, after_change, is_returned
from tests.property.books_of_money import PAYEES, Books, contract, in_order, worked_off_oldest_first


@given(
    st.integers(-10_000, 10_000), st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(-3_000, 3_000) | st.just(9_000)), max_size=20)
)
def test_debts_are_the_debit_balance_at_all_times(owed: int, changes: list[tuple[str, int]]) -> None:
    debts: tuple[Debt, ...] = () if owed >= 0 else (Debt(contract_id="a", brand_id="brd_a", minor=-owed),)
    for contract_id, change in changes:
        result = after_change(debts, owed_minor=owed, change_minor=change, contract_id=contract_id, brand_id=f"brd_{contract_id}")
        moved = sum(d.minor for d in result.debts) - sum(d.minor for d in debts)
        assert moved == sum(result.by_brand.values())
        assert in_order(result.debts) == worked_off_oldest_first(debts, max(0, -owed), max(0, -owed - change), contract_id)
        debts, owed = result.debts, owed + change
        assert sum(debt.minor for debt in debts if not debt.returned) == max(0, -owed)
        assert not is_returned(debts, contract_id), "what waited for this contract is booked with it"
        assert len(result.by_brand) <= MOST_AT_ONCE + 1
        assert all(debt.minor > 0 for debt in debts)


KEPT = (0, 200, 300, 500, 1_000)
"""Few amounts, so that debts are often netted to the very unit."""
DEBT_STEPS = ("accrue", "accrue", "accrue", "accrue with a fee", "pay", "fund", "settle")


@settings(max_examples=150, deadline=None)
@given(
    history=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(KEPT), st.sampled_from(DEBT_STEPS)), max_size=14),
    some=st.sampled_from(KEPT[1:]) | st.integers(1, 3_000),
)
@example(history=[("a", 0, "accrue"), ("b", 0, "accrue"), ("b", 500, "accrue")], some=1_000)
def test_debts_over_several_brands_are_worked_off_in_order_of_age_and_nothing_stays_behind(
    history: list[tuple[str, int, str]], some: int
) -> None:
    """Whatever was earned, taken back, paid and sent: then enough is earned elsewhere, and every brand has paid what it was asked for."""
    books = Books()
    for name in "abcd":
        books.fund(name, 2_000)
        books.accrue(contract(name, [((1_000, 1_000), (1_000, 1_000), 0, False)]))
    for payee in PAYEES:
        books.settle(payee)
    for name, left, kind in history:
        books.step_of_debts(name, left, kind)
        assert books.broken() == []
    for name in "abcd":
        books.fund(name, books.asked_for[name])
        assert books.asked_for[name] == 0, "what was asked for is enough, also while older debts to others are open"
    books.fund("z", 20_000)
    for much in (some, 9_000):
        books.accrue(contract("z", [((much, much), (much, much), 0, False)]))
        books.work_all()
        booked = dict(books.booked)
        for earned in list(books.earned.values()):
            books.accrue(earned)
        assert books.booked == booked, "whatever could be funded or netted is, without anybody asking again"
    assert books.debts == dict.fromkeys(PAYEES, ())
    for payee in PAYEES:
        assert books.balance(accounts.payee_unfunded(payee)) == 0, "nothing waits once the older debts are gone"
    assert [books.balance(accounts.brand_recoverable(f"brd_{name}")) for name in "abcdz"] == [0] * 5

"""For any earnings, payments, payouts and refunds: nothing is lost, nothing is lent, every invariant holds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ledger import accounts
from chalicelib.payouts.rules.positions import (
    Funds,
    allot,
    differences,
    matured_by_payee,
    positions,
    unfunded_minor,
)
from chalicelib.payouts.rules.settlements import payable_part
from tests.property.books_of_money import PAYEES, Books, contract

minor = st.integers(min_value=-500, max_value=5_000)
shares = st.tuples(minor, minor)
plenty = st.integers(min_value=100, max_value=5_000)
shows = st.lists(st.tuples(shares, shares, st.integers(0, 500), st.booleans()), min_size=1, max_size=4)


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
        assert books.broken() == []


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
    assert books.broken() == []
    books.fund("a", 2 * large)
    for kind, subject, detail in [("accrue", "a", [((large, large), (large, large), 0, False)]), *history]:
        books.step(kind, subject, detail)
        assert books.broken() == []
    books.work_all()
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

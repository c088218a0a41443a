"""For any drift that people book away, wherever to: one balanced entry, after which both sides say the same, and nothing new drifts."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_SUSPENSE, brand_prepaid
from chalicelib.ledger.rules import Booked, Posting, Transaction, fold, sums
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation import cases
from chalicelib.reconciliation.clearing import ACCOUNTS, TARGETS, Destination, Target
from chalicelib.reconciliation.rules import Drift, Report, reconcile
from chalicelib.reconciliation.stripe_sides import ledger_to_stripe
from chalicelib.reconciliation.word import StripesWord

NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)
minor = st.integers(-(10**13), 10**13)
movements = st.lists(st.tuples(minor, st.integers(-(10**6), 10**6), st.sampled_from(["GBP", "JPY"])), min_size=1, max_size=5)
posted = st.lists(st.tuples(st.integers(0, 6), minor, st.sampled_from(["GBP", "JPY"])), max_size=5)


def said(movements: list[tuple[int, int, str]]) -> StripesWord:
    rows = tuple(
        BalanceTransaction(
            id=f"txn_{place}", type="adjustment", amount_minor=net + fee, fee_minor=fee, net_minor=net, currency=currency,
            source=None, created=1, available_on=1,
        )
        for place, (net, fee, currency) in enumerate(movements)
    )  # fmt: skip
    return StripesWord(transactions=rows, transfers=())


def booked(transaction: Transaction) -> Booked:
    return Booked(
        key=transaction.key,
        kind=transaction.kind,
        occurred_at=NOON,
        booked_at=NOON,
        recorded_at=NOON,
        reason=transaction.reason,
        postings=transaction.postings,
        places=(),
        facts=transaction.facts,
    )


def by_hand(place: int, amount: int, currency: str) -> Booked:
    """An entry of the books for a movement, right or wrong."""
    counter = Posting(PLATFORM_SUSPENSE, -amount, currency)
    return booked(
        Transaction(
            key=f"entry#{place}",
            kind="transfer",
            occurred_at=NOON,
            reason="because",
            postings=(Posting(PLATFORM_STRIPE_BALANCE, amount, currency), counter),
            facts={"balance_transaction": f"txn_{place}"},
        )
    )


def compared(books: list[Booked], word: StripesWord) -> Report:
    return reconcile(ledger_to_stripe(books, [], word), as_of=NOON, reported_apart={})


def destination(drift: Drift, target: Target) -> Destination:
    if target is Target.BRAND_PREPAID:
        return Destination(target=target, account=brand_prepaid("brd_1"), contract_id="ctr_1", currency=drift.currency)
    return Destination(target=target, account=ACCOUNTS[target])


@given(movements, posted, st.data())
def test_each_drift_is_cleared_by_one_balanced_entry_and_what_all_of_them_come_to_is_what_stripe_holds(
    movements: list[tuple[int, int, str]], posted: list[tuple[int, int, str]], chosen: st.DataObject
) -> None:
    word = said(movements)
    books = [by_hand(place, amount, currency) for place, (_, amount, currency) in enumerate(posted) if amount]
    before = compared(books, word)
    assert sum(before.unexplained_minor.values()) == sum(abs(drift.drift_minor) for drift in before.exceptions)
    for drift in before.exceptions:
        target = chosen.draw(st.sampled_from([Target.WRITE_OFF, *TARGETS[drift.kind]]))
        case = cases.proposed(cases.seen(None, drift, NOON), "because", "ann", NOON, to := destination(drift, target))
        _, entry = cases.approved(case, "bob", NOON, to)
        assert set(sums(entry.postings).values()) == {0}
        assert entry.postings[0].amount_minor == -entry.postings[1].amount_minor
        left = sum(compared(books, word).unexplained_minor.values())
        books.append(booked(entry))
        assert sum(compared(books, word).unexplained_minor.values()) == left - abs(drift.drift_minor)
    after = compared(books, word)
    assert after.exceptions == ()
    held = fold(books)
    for currency in {each.currency for each in word.transactions}:
        assert held.get((PLATFORM_STRIPE_BALANCE, currency), 0) == sum(
            each.net_minor for each in word.transactions if each.currency == currency
        )

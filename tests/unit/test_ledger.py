"""The books: balanced by construction, booked once, rebuilt from entries, and an audit that sees one penny."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.errors import Conflict
from chalicelib.ledger import accounts
from chalicelib.ledger.audit import Finding, TakenBySettlement, matured_is_somewhere, reversals_are_covered, settlements_are_taken
from chalicelib.ledger.rules import (
    Balance,
    EmptyTransaction,
    Posting,
    TooManyPostings,
    Transaction,
    UnbalancedTransaction,
    fold,
    postings_of,
    reversal,
)
from chalicelib.ledger.service import BalanceMoved, KeyReused, LedgerService, NoSuchTransaction
from chalicelib.ledger.store import BalanceItem, EntryItem, LedgerStore, TransactionItem
from tests.conftest import StandingClock

NOON = datetime(2011, 1, 3, 12, tzinfo=UTC)
RECEIVABLE = accounts.brand_receivable("brd_1")
UNFUNDED = accounts.payee_unfunded("crt_1")


def earned(key: str, minor: int = 300_00, at: datetime = NOON, reason: str = "flat fee due") -> Transaction:
    amounts = {RECEIVABLE: minor, UNFUNDED: -minor}
    return Transaction(key=key, kind="accrual", occurred_at=at, reason=reason, postings=postings_of(amounts, "GBP"), contract_id="ctr_1")


@pytest.fixture
def ledger(tables: None, clock: StandingClock) -> LedgerService:  # noqa: ARG001  # the tables must be there
    return LedgerService(store=LedgerStore(), clock=clock)


def findings(ledger: LedgerService) -> list[Finding]:
    return [finding for found in ledger.audit().values() for finding in found]


@pytest.mark.parametrize("drift", [1, -1])
def test_a_transaction_that_does_not_balance_cannot_be_made(drift: int) -> None:
    postings = (Posting(RECEIVABLE, 2 + drift, "GBP"), Posting(UNFUNDED, -2, "GBP"))
    with pytest.raises(UnbalancedTransaction, match=f"add up to {drift} minor units"):
        Transaction(key="k", kind="x", occurred_at=NOON, reason="r", postings=postings)


def test_currencies_do_not_balance_each_other() -> None:
    with pytest.raises(UnbalancedTransaction):
        Transaction(key="k", kind="x", occurred_at=NOON, reason="r", postings=(Posting(RECEIVABLE, 1, "GBP"), Posting(UNFUNDED, -1, "EUR")))


def test_a_transaction_needs_two_sides_and_a_reason_and_fits_one_write() -> None:
    with pytest.raises(EmptyTransaction):
        Transaction(key="k", kind="x", occurred_at=NOON, reason="r", postings=())
    with pytest.raises(EmptyTransaction):
        earned("k", reason="")
    with pytest.raises(TooManyPostings):
        Transaction(key="k", kind="x", occurred_at=NOON, reason="r", postings=(Posting(RECEIVABLE, 0, "GBP"),) * 41)
    Transaction(key="k", kind="x", occurred_at=NOON, reason="r", postings=(Posting(RECEIVABLE, 0, "GBP"),) * 40)


def test_a_fact_is_booked_once(ledger: LedgerService) -> None:
    first = ledger.post(earned("a"))
    assert ledger.post(earned("a")) == first
    assert ledger.balance(RECEIVABLE, "GBP") == Balance(account=RECEIVABLE, currency="GBP", minor=300_00, version=1)
    assert findings(ledger) == []


def test_the_same_key_with_another_content_is_an_error(ledger: LedgerService) -> None:
    ledger.post(earned("a"))
    with pytest.raises(KeyReused):
        ledger.post(earned("a", 300_01))
    assert ledger.balance(RECEIVABLE, "GBP").minor == 300_00


def test_what_joins_a_booking_happens_with_it_or_not_at_all(ledger: LedgerService) -> None:
    def refuse(writes: Writes) -> None:
        writes.announce("earnings.accrue", "ctr_1", "2011-01-03")
        writes.check(BalanceItem, ("balance#nobody", "GBP"), BalanceItem.pk.exists(), Conflict("not there"))

    with pytest.raises(Conflict, match="not there"):
        ledger.post(earned("a"), joined=refuse)
    with pytest.raises(NoSuchTransaction):
        ledger.transaction("a")
    assert list(OutboxItem.scan(OutboxItem.pk.startswith("outbox#"))) == []


def test_a_decision_on_an_old_version_is_refused(ledger: LedgerService) -> None:
    ledger.post(earned("a"))
    with pytest.raises(BalanceMoved):
        ledger.post(earned("b"), expected={(UNFUNDED, "GBP"): 0})
    assert ledger.balance(UNFUNDED, "GBP").version == 1


def test_two_writers_to_one_account_both_get_through(ledger: LedgerService, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LedgerStore()
    stale = store.balances([(RECEIVABLE, "GBP"), (UNFUNDED, "GBP")])
    ledger.post(earned("a"))
    fresh = ledger._store.balances
    answers = [stale]
    monkeypatch.setattr(ledger._store, "balances", lambda wanted: answers.pop() if answers else fresh(wanted))
    ledger.post(earned("b", 1_00))
    assert [(e.sequence, e.amount_minor, e.balance_minor) for e in ledger.entries(UNFUNDED, "GBP")] == [
        (1, -300_00, -300_00),
        (2, -1_00, -301_00),
    ]
    assert findings(ledger) == []


def test_transactions_that_belong_together_are_booked_together(ledger: LedgerService) -> None:
    booked = ledger.post(earned("a"), earned("b", 5))
    assert [transaction.key for transaction in booked] == ["a", "b"]
    assert [entry.balance_minor for entry in ledger.entries(RECEIVABLE, "GBP")] == [300_00, 300_05]
    assert ledger.post(earned("a"), earned("b", 5)) == booked


def test_balances_of_the_past_are_folded_from_what_was_booked_then(ledger: LedgerService, clock: StandingClock) -> None:
    ledger.post(earned("a"))
    clock.advance(timedelta(days=40))
    ledger.post(earned("b", 1_00, clock.now()))
    assert ledger.balances_at(NOON)[RECEIVABLE, "GBP"] == 300_00
    assert ledger.balances_at(clock.now())[RECEIVABLE, "GBP"] == 301_00
    assert [t.key for t in ledger.journal(NOON, NOON + timedelta(days=60))] == ["a", "b"]
    assert [t.key for t in ledger.journal(NOON + timedelta(days=1), NOON + timedelta(days=60))] == ["b"]
    assert [t.key for t in ledger.journal(NOON, clock.now())] == ["a"], "the end is not part of it"


class JanuaryIsClosed:
    """A gate that has closed January 2011."""

    def booking_time(self, occurred_at: datetime, now: datetime) -> datetime:
        return now if occurred_at < datetime(2011, 2, 1, tzinfo=UTC) else occurred_at

    def guard(self, writes: Writes, booked_at: datetime) -> None:
        assert booked_at.month == 2
        assert len(writes) == 2, "the entries of the account"


def test_a_fact_of_a_closed_period_is_booked_in_the_open_one(tables: None, clock: StandingClock) -> None:  # noqa: ARG001  # the tables must be there
    ledger = LedgerService(store=LedgerStore(), clock=clock, periods=JanuaryIsClosed())
    clock.instant = datetime(2011, 2, 5, tzinfo=UTC)
    (booked,) = ledger.post(earned("a"))
    assert (booked.occurred_at, booked.booked_at) == (NOON, clock.now())


def test_a_reversal_names_what_it_corrects_and_takes_it_back(ledger: LedgerService) -> None:
    (original,) = ledger.post(earned("a"))
    ledger.post(reversal(original, key="a#reversed", reason="booked for the wrong contract", occurred_at=NOON))
    assert ledger.balance(RECEIVABLE, "GBP").minor == 0
    assert ledger.transaction("a#reversed").reverses == "a"
    assert findings(ledger) == []


def test_reversing_twice_is_found(ledger: LedgerService) -> None:
    (original,) = ledger.post(earned("a"))
    for number in (1, 2):
        ledger.post(reversal(original, key=f"r{number}", reason="again", occurred_at=NOON))
    assert {(f.invariant, f.drift_minor) for f in findings(ledger)} == {("6", -300_00), ("6", 300_00)}


def test_one_penny_altered_in_a_posting_is_found_with_its_amount(ledger: LedgerService) -> None:
    ledger.post(earned("a"))
    item = TransactionItem.get("transaction#a", "transaction")
    first, second = item.booked.postings
    item.booked = replace(item.booked, postings=(replace(first, amount_minor=first.amount_minor + 1), second))
    item.save()
    found = findings(ledger)
    assert {(f.invariant, abs(f.drift_minor)) for f in found} == {("1", 1), ("2", 1)}


def test_one_penny_altered_on_both_sides_is_found(ledger: LedgerService) -> None:
    ledger.post(earned("a"))
    item = TransactionItem.get("transaction#a", "transaction")
    changed = tuple(replace(p, amount_minor=p.amount_minor + (1 if p.amount_minor > 0 else -1)) for p in item.booked.postings)
    item.booked = replace(item.booked, postings=changed)
    item.save()
    assert {f.invariant for f in findings(ledger)} == {"2"}


def test_an_altered_balance_and_an_altered_or_missing_entry_are_found(ledger: LedgerService) -> None:
    ledger.post(earned("a"))
    ledger.post(earned("b", 1_00))
    BalanceItem.get(f"balance#{RECEIVABLE}", "GBP").update(actions=[BalanceItem.minor.set(301_01)])
    assert {(f.invariant, f.drift_minor) for f in findings(ledger)} == {("1", 1), ("2", 1)}
    EntryItem.get(f"account#{UNFUNDED}#GBP", f"entry#{1:012}").delete()
    subjects = {f.subject for f in findings(ledger)}
    assert f"{UNFUNDED} in a" in subjects
    assert UNFUNDED in subjects, "the gap in its numbers"


def test_settlements_that_took_more_than_left_payable_are_found(ledger: LedgerService) -> None:
    amounts = {accounts.payee_payable("crt_1"): 5_00, accounts.payee_in_transit("crt_1"): -5_00}
    taken = Transaction(key="s", kind="settlement_taken", occurred_at=NOON, reason="taken", postings=postings_of(amounts, "GBP"))
    booked = ledger.post(taken)
    claimed = TakenBySettlement(settlement_id="stl_1", payee_id="crt_1", currency="GBP", amount_minor=5_01)
    assert [f.drift_minor for f in settlements_are_taken(booked, [claimed])] == [-1]
    assert settlements_are_taken(booked, [replace(claimed, amount_minor=5_00)]) == []


def test_matured_money_that_is_nowhere_is_found() -> None:
    balances = [Balance(account=accounts.payee_paid("crt_1"), currency="GBP", minor=-9_00, version=1)]
    assert matured_is_somewhere(balances, {("crt_1", "GBP"): 9_00}) == []
    assert [f.drift_minor for f in matured_is_somewhere(balances, {("crt_1", "GBP"): 9_01})] == [-1]


def test_a_reversal_of_nothing_is_found(ledger: LedgerService) -> None:
    booked = ledger.post(replace(earned("r"), reverses="never booked"))
    assert {f.drift_minor for f in reversals_are_covered(booked)} == {300_00, -300_00}
    assert fold(booked)[RECEIVABLE, "GBP"] == 300_00

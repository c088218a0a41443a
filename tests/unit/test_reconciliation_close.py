"""A period closes on exactly the books that were reconciled, in order, once, and nothing is ever booked into it again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.ledger.accounts import PLATFORM_SUSPENSE, brand_receivable
from chalicelib.ledger.rules import Booked, Transaction, postings_of
from chalicelib.reconciliation.rules import PeriodClosed, PeriodOpen
from chalicelib.reconciliation.service import Reconciliation
from tests.fakes.console import Console, console

__all__ = ["console"]

FEBRUARY = datetime(2026, 2, 3, 9, tzinfo=UTC)


@pytest.fixture
def approver(console: Console) -> Principal:
    console.services.clock.set(FEBRUARY)
    return console.member(PLATFORM_TENANT, Role.FINANCE_APPROVER, "approver")


def entry(key: str, occurred_at: datetime, minor: int = 5_00) -> Transaction:
    """Something between two accounts that neither a contract nor Stripe has a word on."""
    amounts = {brand_receivable("brd_1"): minor, PLATFORM_SUSPENSE: -minor}
    return Transaction(key=key, kind="adjustment", occurred_at=occurred_at, reason="because", postings=postings_of(amounts, "GBP"))


def booked(console: Console, key: str, occurred_at: datetime, minor: int = 5_00) -> Booked:
    """Booked, as far as the books allow at its time."""
    return console.services.ledger.post(entry(key, occurred_at, minor))[0]


def reconciled(console: Console, who: Principal) -> Reconciliation:
    found = console.services.reconciliation
    found.request(who)
    console.work()
    latest = found.latest()
    assert latest is not None
    assert latest.report is not None
    assert latest.report.exceptions == ()
    return found


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


def test_a_month_of_this_decade_closes_with_its_bookings_and_with_what_was_before(console: Console, approver: Principal) -> None:
    booked(console, "old", day(12, 5, 2025))
    booked(console, "new", day(1, 5))
    found = reconciled(console, approver)
    found.close(approver, "2025-12")
    found.close(approver, "2026-01")
    assert "brd_1:receivable,5.00,GBP" in found.journal("2026-01", "csv")
    assert '"Balances brought forward"' in found.journal("2026-01", "beancount")
    assert found.changed_periods() == []


def test_a_month_without_bookings_before_a_closed_one_is_as_closed_as_that(console: Console, approver: Principal) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    found.close(approver, "2026-01")
    late = booked(console, "late", day(12, 5, 2025))
    assert (late.occurred_at, late.booked_at) == (day(12, 5, 2025), FEBRUARY)
    assert found.changed_periods() == []
    with pytest.raises(PeriodClosed, match="2026-01"):
        found.close(approver, "2025-12")


def test_months_are_closed_in_order_without_leaving_one_out(console: Console, approver: Principal) -> None:
    booked(console, "a", day(11, 5, 2025))
    found = reconciled(console, approver)
    with pytest.raises(PeriodOpen, match="Close 2025-11 first"):
        found.close(approver, "2026-01")
    found.close(approver, "2025-11")
    with pytest.raises(PeriodOpen, match="Close 2025-12 first"):
        found.close(approver, "2026-01")
    found.close(approver, "2025-12")
    found.close(approver, "2026-01")
    with pytest.raises(PeriodOpen, match="not ended"):
        found.close(approver, "2026-02")


def test_what_was_booked_after_the_last_reconciliation_keeps_the_period_open_even_at_the_same_instant(
    console: Console, approver: Principal
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    booked(console, "b", day(1, 6))
    with pytest.raises(PeriodOpen, match="since the last reconciliation"):
        found.close(approver, "2026-01")
    assert booked(console, "c", day(1, 7)).booked_at == day(1, 7), "it is as open as before"
    reconciled(console, approver).close(approver, "2026-01")
    assert booked(console, "d", day(1, 8)).booked_at == FEBRUARY


def test_bookings_of_open_months_do_not_keep_a_period_from_closing(console: Console, approver: Principal) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    booked(console, "b", day(2, 2))
    assert found.close(approver, "2026-01").sha256


def test_what_is_booked_between_the_check_and_the_lock_is_seen(
    console: Console, approver: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    lock = found._store.lock

    def slow(*given: Any) -> None:
        booked(console, "b", day(1, 6))
        lock(*given)

    monkeypatch.setattr(found._store, "lock", slow)
    with pytest.raises(PeriodOpen, match="since the last reconciliation"):
        found.close(approver, "2026-01")
    assert found.periods() == []


def test_what_is_booked_after_the_lock_goes_to_the_open_month(
    console: Console, approver: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    lock, late = found._store.lock, []

    def then_book(*given: Any) -> None:
        lock(*given)
        late.append(booked(console, "b", day(1, 6)))

    monkeypatch.setattr(found._store, "lock", then_book)
    found.close(approver, "2026-01")
    assert [each.booked_at for each in late] == [FEBRUARY]
    assert found.changed_periods() == []


def test_a_booking_that_had_chosen_its_month_before_the_lock_is_refused_and_not_lost(
    console: Console, approver: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    gate = console.services.ledger._periods
    monkeypatch.setattr(gate, "booking_time", lambda occurred_at, _: occurred_at)
    found.close(approver, "2026-01")
    with pytest.raises(PeriodClosed, match="Try again"):
        booked(console, "b", day(1, 6))
    with pytest.raises(PeriodClosed, match="Try again"):
        console.services.ledger.post(entry("c", day(2, 1)), entry("b", day(1, 6)))
    monkeypatch.undo()
    assert booked(console, "b", day(1, 6)).booked_at == FEBRUARY


def test_a_close_that_died_half_way_is_finished_by_the_next_one_with_the_same_bytes(
    console: Console, approver: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)

    def dies(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(found._store, "close", dies)
    with pytest.raises(ConnectionError):
        found.close(approver, "2026-01")
    assert booked(console, "b", day(1, 6)).booked_at == FEBRUARY, "nothing comes in while it is being closed"
    monkeypatch.undo()
    closed = found.close(approver, "2026-01")
    assert closed.sha256 is not None
    with pytest.raises(PeriodClosed):
        found.close(approver, "2026-01")


def test_who_closes_at_the_same_time_as_another_never_opens_what_is_closed(
    console: Console, approver: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    write = found.closing._write

    def overtaken(*given: Any) -> Any:
        monkeypatch.undo()
        found.close(approver, "2026-01")
        return write(*given)

    monkeypatch.setattr(found.closing, "_write", overtaken)
    with pytest.raises(PeriodClosed):
        found.close(approver, "2026-01")
    found._store.unlock("2026-01")
    assert [each.period for each in found.periods() if each.closed_at] == ["2026-01"]
    assert booked(console, "b", day(1, 6)).booked_at == FEBRUARY


def test_a_kept_file_that_was_altered_is_no_closed_period_any_more(console: Console, approver: Principal) -> None:
    booked(console, "a", day(1, 5))
    found = reconciled(console, approver)
    closed = found.close(approver, "2026-01")
    assert found.changed_periods() == []
    kept = found._records.get(closed.files[0]).body
    found._records.put(closed.files[0], kept.replace(b"5.00", b"5.01"), "text/csv")
    assert found.changed_periods() == ["2026-01"]


def test_a_month_closes_only_on_a_reconciliation_that_looked_after_it_had_ended(console: Console, approver: Principal) -> None:
    booked(console, "a", day(1, 5))
    reconciled(console, approver).close(approver, "2026-01")
    booked(console, "b", day(2, 2))
    found = reconciled(console, approver)
    console.services.clock.set(day(3, 1))
    with pytest.raises(PeriodOpen, match="before 2026-02 ended"):
        found.close(approver, "2026-02")
    reconciled(console, approver).close(approver, "2026-02")


def test_what_is_booked_at_the_first_instant_of_a_month_belongs_to_it(console: Console, approver: Principal) -> None:
    booked(console, "last", datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC), 1_11)
    booked(console, "first", datetime(2026, 2, 1, tzinfo=UTC), 2_22)
    found = reconciled(console, approver)
    found.close(approver, "2026-01")
    console.services.clock.set(day(3, 1))
    reconciled(console, approver).close(approver, "2026-02")
    january, february = (found.journal(month, "csv") for month in ("2026-01", "2026-02"))
    assert ("1.11" in january, "2.22" in january, "1.11" in february, "2.22" in february) == (True, False, False, True)
    assert found.changed_periods() == []


def test_what_is_dated_ahead_is_booked_now(console: Console, approver: Principal) -> None:
    assert approver.role is Role.FINANCE_APPROVER
    ahead = booked(console, "ahead", day(3, 5))
    assert (ahead.occurred_at, ahead.booked_at) == (day(3, 5), FEBRUARY)

"""A closed month's balances carry what was before: later months read no more than what was booked since, and give the same bytes."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from chalicelib.core.access import Principal
from chalicelib.ledger.service import LedgerService
from chalicelib.reconciliation.closing import FORMATS
from chalicelib.reconciliation.service import Reconciliation
from tests.fakes.console import Console, console
from tests.unit.test_reconciliation_close import approver, booked, day, reconciled

__all__ = ["approver", "console"]
MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02")


def journals(found: Reconciliation) -> dict[tuple[str, str], str]:
    return {(month, name): found.journal(month, name) for month in MONTHS for name in FORMATS}


@pytest.fixture
def no_scan(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on the whole ledger cannot be read."""

    def refuse(_: LedgerService) -> None:
        raise AssertionError("the whole ledger was read")

    return lambda: monkeypatch.setattr(LedgerService, "every_transaction", refuse)


def test_closed_and_open_months_have_the_bytes_that_all_entries_give_and_read_only_what_came_since(
    console: Console, approver: Principal, no_scan: Callable[[], None]
) -> None:
    chance = Random(41)
    for number in range(30):
        at = day(11, 5, 2025) + timedelta(days=chance.randrange(85), seconds=chance.randrange(3))
        booked(console, f"entry-{number:02}", at, chance.randrange(-9_99, 9_99) or 1)
    booked(console, "back", day(1, 1), -1)
    found = reconciled(console, approver)
    from_all_entries = journals(found)
    assert len(set(from_all_entries.values())) == len(from_all_entries)
    found.close(approver, "2025-11")
    no_scan()
    assert journals(found) == from_all_entries
    found.close(approver, "2025-12")
    assert journals(found) == from_all_entries
    last = found.close(approver, "2026-01")
    assert journals(found) == from_all_entries
    assert last.balances_sha256 is not None
    assert [each.period for each in found.periods()] == ["2025-11", "2025-12", "2026-01"]


def test_the_audit_reads_all_entries_and_finds_balances_that_were_altered_while_open_months_stay_right(
    console: Console, approver: Principal
) -> None:
    booked(console, "a", day(12, 5, 2025))
    booked(console, "b", day(2, 1), 7_00)
    found = reconciled(console, approver)
    found.close(approver, "2025-12")
    right = found.journal("2026-02", "beancount")
    assert found.changed_periods() == []
    key = "periods/2025-12/balances.json"
    kept = found._records.get(key).body
    assert kept.count(b"500") == 2
    found._records.put(key, kept.replace(b"500", b"501"), "application/json")
    assert found.changed_periods() == ["2025-12"]
    assert found.journal("2026-02", "beancount") == right
    found._records._client.delete_object(Bucket="test-records", Key=key)  # type: ignore[attr-defined]
    assert found.journal("2026-02", "beancount") == right

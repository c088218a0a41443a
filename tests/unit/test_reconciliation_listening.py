"""Stripe's word is kept once a run and, when it is old enough, for good under its hash: a report can be made again to the byte."""

from typing import Any

import pytest

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation import word
from chalicelib.reconciliation.listening import EvidenceChanged
from chalicelib.reconciliation.rules import Report
from chalicelib.reconciliation.service import Reconciliation
from chalicelib.reconciliation.word import OVERLAP_SECONDS, Checkpoint, StripesWord, joined, to_keep
from chalicelib.reconciliation.word_store import KeptMeanwhile, WordStore
from tests.fakes.console import Market, console, market

__all__ = ["console", "market"]
DAY = 24 * 60 * 60
BEGIN = 1_294_000_000


def movement(txn: str, created: int, net: int = -5_00) -> BalanceTransaction:
    return BalanceTransaction(
        id=txn, type="stripe_fee", amount_minor=net, fee_minor=0, net_minor=net, currency="GBP", source=None, created=created,
        available_on=created,
    )  # fmt: skip


def days(market: Market, *numbers: int) -> None:
    market.console.stripe.movements += [movement(f"txn_{number}", BEGIN + number * DAY) for number in numbers]


def reconciled(market: Market) -> tuple[str, Report]:
    found = market.console.services.reconciliation
    run = found.request(market.analyst)
    market.console.work()
    report = found.get(run.report_id).report
    assert report is not None
    return run.report_id, report


def made_again(found: Reconciliation, report_id: str, report: Report) -> bytes:
    """The report, from what was kept of Stripe's word then."""
    return canonical_json(found._report(found._listening.heard(report_id), report.as_of))


@pytest.fixture(autouse=True)
def _keep_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word, "KEPT_AT", 2)


def test_reports_from_kept_words_are_those_from_all_that_stripe_lists_to_the_byte(market: Market) -> None:
    found = market.console.services.reconciliation
    days(market, 1, 2, 3)
    reconciled(market)
    assert WordStore().checkpoint() is None, "nothing is old enough yet"
    days(market, 9)
    first_id, first = reconciled(market)
    first_checkpoint = WordStore().checkpoint()
    assert first_checkpoint is not None
    assert first_checkpoint.until == BEGIN + 9 * DAY - OVERLAP_SECONDS
    days(market, 10, 11, 20)
    second_id, second = reconciled(market)
    own = found._records.get(f"reconciliation/{second_id}/stripe.json").body
    assert b"txn_3" not in own, "what was kept is not listed again"
    assert b"txn_9" in own
    assert found._listening.heard(second_id).transactions[0].id == "txn_1"
    newest = WordStore().checkpoint()
    assert newest is not None
    assert newest != first_checkpoint
    whole = StripesWord(transactions=tuple(market.console.stripe.movements), transfers=())
    assert made_again(found, second_id, second) == canonical_json(found._report(whole, second.as_of))
    before = made_again(found, first_id, first)
    days(market, 40)
    reconciled(market)
    assert made_again(found, first_id, first) == before
    assert {drift.key for drift in second.exceptions} == {f"txn_{number}" for number in (1, 2, 3, 9, 10, 11, 20)}


def test_a_message_that_comes_again_changes_nothing_of_what_a_run_has_heard(market: Market) -> None:
    found = market.console.services.reconciliation
    days(market, 1, 2, 3, 9)
    report_id, _ = reconciled(market)
    heard, checkpoint = found._listening.heard(report_id), WordStore().checkpoint()
    days(market, 30)
    found.snapshot(report_id)
    assert found._listening.heard(report_id) == heard
    assert WordStore().checkpoint() == checkpoint


def test_what_was_changed_after_it_was_kept_is_not_believed(market: Market) -> None:
    found = market.console.services.reconciliation
    days(market, 1, 2, 3, 9)
    reconciled(market)
    report_id, _ = reconciled(market)
    checkpoint = WordStore().checkpoint()
    assert checkpoint is not None
    forged = canonical_json(StripesWord(transactions=(), transfers=()))
    found._records.put(f"reconciliation/stripe/{checkpoint.sha256}.json", forged, "application/json")
    with pytest.raises(EvidenceChanged, match=checkpoint.sha256):
        found._listening.heard(report_id)


def test_of_two_who_keep_at_once_one_moves_the_checkpoint_on_and_the_other_loses_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = market.console.services.reconciliation
    days(market, 1, 2, 3, 9)
    first, second = found.request(market.analyst), found.request(market.preparer)
    move_on = WordStore.move_on

    def overtaken(self: WordStore, *given: Any) -> None:
        monkeypatch.setattr(WordStore, "move_on", move_on)
        found.snapshot(second.report_id)
        self.move_on(*given)

    monkeypatch.setattr(WordStore, "move_on", overtaken)
    found.snapshot(first.report_id)
    for run in (first, second):
        assert len(found._listening.heard(run.report_id).transactions) == 4
    days(market, 10)
    report_id, _ = reconciled(market)
    assert len(found._listening.heard(report_id).transactions) == 5


def test_a_checkpoint_follows_the_one_it_was_made_from_only(
    tables: None,  # noqa: ARG001  # the table must be there
) -> None:
    store = WordStore()
    store.move_on(Checkpoint(sha256="a", until=1), "")
    with pytest.raises(KeptMeanwhile):
        store.move_on(Checkpoint(sha256="b", until=2), "")
    store.move_on(Checkpoint(sha256="b", until=2), "a")
    assert store.checkpoint() == Checkpoint(sha256="b", until=2)


def test_what_is_of_the_last_days_or_too_little_is_not_kept_yet() -> None:
    old, late, new = movement("txn_1", BEGIN), movement("txn_2", BEGIN + DAY), movement("txn_3", BEGIN + OVERLAP_SECONDS + DAY)
    said = StripesWord(transactions=(new, late, old), transfers=(), before="a")
    assert to_keep(said, 0) is None, "the second one may still have company"
    later = movement("txn_4", BEGIN + OVERLAP_SECONDS + DAY + 1)
    kept = to_keep(StripesWord(transactions=(later, new, late, old), transfers=(), before="a"), 0)
    assert kept == (StripesWord(transactions=(old, late), transfers=(), before="a"), BEGIN + DAY + 1)
    assert to_keep(said, BEGIN + 2 * DAY) is None
    assert joined([said, said]).transactions == (new, late, old)

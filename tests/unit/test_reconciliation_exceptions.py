"""Exceptions as people work on them: kept up by each reconciliation, listed, explained, assigned, written off by two people."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.core.access import Principal
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation import exceptions
from chalicelib.reconciliation.cases import (
    Case,
    CaseChanged,
    CaseNotFound,
    Did,
    NothingToDo,
    OwnProposal,
)
from chalicelib.reconciliation.exceptions import NotOfFinance
from chalicelib.reconciliation.rules import Leg
from chalicelib.reconciliation.word import StripesWord
from tests.fakes.console import Market, console, market
from tests.unit.test_reconciliation_cases import did, drift

__all__ = ["console", "market"]


def reconciled(market: Market) -> list[Case]:
    found = market.console.services.reconciliation
    found.request(market.analyst)
    market.console.work()
    return list(found.exceptions.list())


def colleague(principal: Principal) -> str:
    return principal.email


def test_written_off_by_two_the_drift_is_gone_with_the_next_reconciliation_and_the_books_still_hold(market: Market) -> None:
    market.funded()
    found = market.console.services.reconciliation
    opened = reconciled(market)
    assert {(case.drift.leg, case.drift.kind) for case in opened} == {(Leg.LEDGER_STRIPE, "balance"), (Leg.LEDGER_STRIPE, "fees")}
    for case in opened:
        found.exceptions.propose_write_off(market.preparer, case.exception_id, "Stripe closed the account")
        with pytest.raises(OwnProposal):
            found.exceptions.approve_write_off(market.preparer, case.exception_id)
        unexplained = found.latest()
        assert unexplained is not None
        assert unexplained.report is not None
        assert sum(unexplained.report.unexplained_minor.values()) > 0, "a reason makes no drift smaller"
        found.exceptions.approve_write_off(market.approver, case.exception_id)
        with pytest.raises(NothingToDo):
            found.exceptions.approve_write_off(market.approver, case.exception_id)
    assert reconciled(market) == []
    latest = found.latest()
    assert latest is not None
    assert latest.run.unexplained_minor == {"GBP": 0}
    assert len(found.exceptions.list(resolved=True)) == len(opened)
    assert [finding for findings in market.console.services.payouts.audit().values() for finding in findings] == []


def test_a_case_is_worked_on_by_colleagues_only_and_nobody_overwrites_anybody(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.funded()
    found = market.console.services.reconciliation.exceptions
    case = reconciled(market)[0]
    assigned = found.assign(market.analyst, case.exception_id, colleague(market.preparer))
    assert assigned.owner is not None
    assert found.assign(market.analyst, case.exception_id, None).owner is None
    with pytest.raises(NotOfFinance):
        found.assign(market.analyst, case.exception_id, "nobody@example.com")
    with pytest.raises(CaseNotFound):
        found.comment(market.analyst, "exc_none", "hello")
    stale = found.get(case.exception_id)
    found.comment(market.analyst, case.exception_id, "asked the bank")
    monkeypatch.setattr(found, "_store", StaleStore(found, stale))
    with pytest.raises(CaseChanged):
        found.comment(market.preparer, case.exception_id, "so did I")


class StaleStore:
    """Reads a case as it was, writes as the real one does."""

    def __init__(self, found: exceptions.Exceptions, stale: Case) -> None:
        self._real, self._stale = found._store, stale  # the store behind it

    def case(self, exception_id: str) -> Case:
        assert exception_id == self._stale.exception_id
        return self._stale

    def write_case(self, *args: Any) -> None:
        self._real.write_case(*args)


def test_what_people_do_to_a_case_while_a_reconciliation_runs_is_kept(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.funded()
    found = market.console.services.reconciliation.exceptions
    first, second = reconciled(market)
    write = found._store.write_case

    def after_a_comment(writes: Any, after: Case, before: Case | None) -> None:
        monkeypatch.setattr(found._store, "write_case", write)
        found.comment(market.analyst, first.exception_id, "asked the bank")
        found.comment(market.analyst, second.exception_id, "asked Stripe")
        write(writes, after, before)

    monkeypatch.setattr(found._store, "write_case", after_a_comment)
    found.follow([first.drift])
    assert did(found.get(first.exception_id)) == [Did.SEEN, Did.COMMENTED]
    assert did(found.get(second.exception_id)) == [Did.SEEN, Did.COMMENTED, Did.RESOLVED]


def test_more_drifts_than_people_can_work_on_stay_in_the_report(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "MAX_NEW_CASES", 2)
    found = market.console.services.reconciliation.exceptions
    many = [drift(exception_id=f"exc_{place}") for place in range(5)]
    assert len(found.follow(many)) == 5
    assert len(found.list()) == 2
    found.follow(many)
    assert len(found.list()) == 4
    assert found.follow([]) == ()
    assert found.list() == ()


def test_exceptions_are_listed_page_by_page_the_oldest_first_and_resolved_ones_the_newest_first(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exceptions, "MAX_CASES_LISTED", 2)
    found, clock = market.console.services.reconciliation.exceptions, market.console.services.clock
    names = ["exc_c", "exc_a", "exc_b"]
    known = []
    for name in names:
        clock.set(clock.now() + timedelta(minutes=1))
        known.append(drift(exception_id=name))
        found.follow(known)

    def pages(*, resolved: bool = False) -> list[list[str]]:
        first = found.list(resolved=resolved)
        return [[case.exception_id for case in page] for page in (first, found.list(resolved=resolved, after=first[-1].exception_id))]

    assert pages() == [["exc_c", "exc_a"], ["exc_b"]]
    for left in ([known[0], known[2]], [known[0]], []):
        clock.set(clock.now() + timedelta(minutes=1))
        found.follow(left)
    assert found.list() == ()
    assert pages(resolved=True) == [["exc_c", "exc_b"], ["exc_a"]]
    found.follow([known[1]])
    assert [case.exception_id for case in found.list()] == ["exc_a"], "it came back"
    assert pages(resolved=True) == [["exc_c", "exc_b"], []]
    answer = market.console.get("/api/v1/exceptions?resolved=1&after=exc_c", market.analyst)
    assert [case["drift"]["exception_id"] for case in msgspec.json.decode(answer.text)] == ["exc_b"]
    with pytest.raises(CaseNotFound):
        found.list(after="exc_none")


def test_two_reconciliations_at_once_agree_and_the_one_that_was_overtaken_opens_nothing_again(market: Market) -> None:
    market.funded()
    found, page = market.console.services.reconciliation, "/finance/reconciliation"
    first, second = found.request(market.analyst), found.request(market.preparer)
    for run in (first, second, first):
        found.snapshot(run.report_id)
    assert "Another one was asked for" in market.console.get(page, market.analyst).text
    found.compare(first.report_id)
    opened = found.exceptions.list()
    for case in opened:
        found.exceptions.propose_write_off(market.preparer, case.exception_id, "Stripe closed the account")
        found.exceptions.approve_write_off(market.approver, case.exception_id)
    third = found.request(market.analyst)
    found.snapshot(third.report_id)
    found.compare(third.report_id)
    assert found.exceptions.list() == ()
    fee = BalanceTransaction(
        id="txn_x", type="stripe_fee", amount_minor=-5, fee_minor=0, net_minor=-5, currency="GBP", source=None, created=1, available_on=1
    )
    said_then = canonical_json(StripesWord(transactions=(fee,), transfers=()))
    found._records.put(f"reconciliation/{second.report_id}/stripe.json", said_then, "application/json")
    found.compare(second.report_id)
    found.compare(second.report_id)
    assert found.get(second.report_id).run.unexplained_minor == {"GBP": 5}
    assert found.exceptions.list() == ()
    latest = found.latest()
    assert latest is not None
    assert (latest.run.report_id, latest.run.unexplained_minor) == (third.report_id, {"GBP": 0})
    assert "Another one was asked for" not in market.console.get(page, market.analyst).text
    histories = [[remark.did for remark in case.history] for case in found.exceptions.list(resolved=True)]
    assert histories == [[Did.SEEN, Did.PROPOSED, Did.APPROVED, Did.RESOLVED]] * len(opened)


def test_a_reconciliation_that_died_half_way_is_done_again_and_adds_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.funded()
    found = market.console.services.reconciliation
    run = found.request(market.analyst)
    found.snapshot(run.report_id)

    def dies(_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(found._store, "finish", dies)
    with pytest.raises(ConnectionError):
        found.compare(run.report_id)
    monkeypatch.undo()
    found.compare(run.report_id)
    assert [[remark.did for remark in case.history] for case in found.exceptions.list()] == [[Did.SEEN], [Did.SEEN]]
    assert found.get(run.report_id).run.exceptions == 2


def test_the_list_of_exceptions_shows_owner_age_and_what_to_do_and_goes_on(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = market.console
    assert "No exception is open" in pages.get("/finance/exceptions", market.analyst).text
    assert "Nothing was resolved yet." in pages.get("/finance/exceptions?resolved=1", market.analyst).text
    found = pages.services.reconciliation.exceptions
    found.follow([drift(exception_id="exc_1", suggestion="Ask the bank."), drift(exception_id="exc_2", currency="count", drift_minor=3)])
    owner = found.assign(market.analyst, "exc_1", market.preparer.email).owner
    again = [drift(exception_id="exc_1", suggestion="Ask the bank."), drift(exception_id="exc_2", currency="count", drift_minor=3)]
    assert [each.owner for each in found.follow(again)] == [owner, "finance"]
    page = pages.get("/finance/exceptions", market.analyst).text
    for words in ("Ask the bank.", "a colleague (", "0 hours", "nobody yet", ">3<"):
        assert words in page
    assert ">you<" in pages.get("/finance/exceptions", market.preparer).text
    monkeypatch.setattr("chalicelib.web.pages.exceptions.MAX_CASES_LISTED", 2)
    assert "after=exc_2" in pages.get("/finance/exceptions", market.analyst).text
    assert pages.get("/finance/exceptions", market.host).status == 403


def test_a_night_has_one_reconciliation_at_its_hour(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    services = market.console.services
    now = services.clock.real_now()
    monkeypatch.setattr(type(services.clock), "real_now", lambda _: now.replace(hour=2))
    assert services.reconciliation.nightly() is None
    monkeypatch.setattr(type(services.clock), "real_now", lambda _: now.replace(hour=3))
    run = services.reconciliation.nightly()
    assert run is not None
    assert run.requested_by == "system"
    assert services.reconciliation.nightly() is None
    assert [each.report_id for each in services.reconciliation.runs()] == [run.report_id]


def test_the_page_of_an_exception_shows_both_sides_and_lets_two_people_write_it_off(market: Market) -> None:
    market.funded()
    case = reconciled(market)[0]
    pages, path = market.console, f"/finance/exceptions/{case.exception_id}"
    assert path in pages.get("/finance/reconciliation", market.analyst).text
    page = pages.get(path, market.preparer).text
    assert case.drift.key in page
    assert "Propose a write-off" in page
    assert "Propose a write-off" not in pages.get(path, market.analyst).text
    assert pages.post(f"{path}/comments", market.analyst, text="asked the bank").status == 303
    assert pages.post(f"{path}/owner", market.analyst, email=colleague(market.preparer)).status == 303
    assert pages.post(f"{path}/write-off", market.analyst, reason="no reason").status == 403
    assert pages.post(f"{path}/write-off", market.preparer, reason="account closed").status == 303
    assert pages.post(f"{path}/write-off/approve", market.preparer).status == 403
    waiting = pages.get(path, market.approver).text
    assert "asked the bank" in waiting
    assert "Write off" in waiting
    assert pages.post(f"{path}/write-off/approve", market.approver).status == 303
    assert "Approved" in pages.get(path, market.analyst).text
    assert pages.post(f"{path}/write-off/reject", market.approver, reason="too late").status == 409
    assert pages.get(path, market.brand).status == 403


def test_the_case_of_a_brand_is_nobody_elses_business(market: Market) -> None:
    assert market.console.get("/api/v1/exceptions", replace(market.brand)).status == 403
    assert market.console.get("/api/v1/exceptions", market.analyst).text == "[]"

"""Reconciliation compares sides key by key and never explains a drift away."""

import random
from datetime import UTC, date, datetime

import pytest

from chalicelib.core.money import Amounts, Money, by_currency, key_and_minor
from chalicelib.core.periods import NoSuchPeriod, period_end, period_of
from chalicelib.reconciliation.rules import (
    Apart,
    Comparison,
    Leg,
    PeriodOpen,
    Report,
    Side,
    may_close,
    reconcile,
)
from chalicelib.reconciliation.service import RunWithReport
from chalicelib.reconciliation.store import Run, RunState

NOON = datetime(2011, 2, 1, 12, tzinfo=UTC)


def _amounts(each: dict[str, Money]) -> Amounts:
    return by_currency((key, money.currency, money.minor) for key, money in each.items())


def _report(left: dict[str, Money], right: dict[str, Money]) -> Report:
    comparison = Comparison(
        leg=Leg.FEED_STORE,
        kind="line",
        left=Side(name="file", amounts=_amounts(left)),
        right=Side(name="store", amounts=_amounts(right)),
        suggestion="Import again.",
    )
    return reconcile([comparison], as_of=NOON, reported_apart={"orphans": Apart(count=2)})


def test_sides_that_agree_leave_nothing_unexplained() -> None:
    report = _report({"a": Money(5, "GBP"), "b": Money(-5, "GBP")}, {"b": Money(-5, "GBP"), "a": Money(5, "GBP")})
    assert report.exceptions == ()
    assert report.unexplained_minor == {"GBP": 0}
    assert (report.legs[0].compared, report.legs[0].matched) == (2, 2)


def test_drifts_of_opposite_sign_do_not_cancel_each_other() -> None:
    report = _report({"a": Money(5, "GBP"), "b": Money(5, "GBP")}, {"a": Money(6, "GBP"), "b": Money(4, "GBP")})
    assert [drift.drift_minor for drift in report.exceptions] == [1, -1]
    assert report.unexplained_minor == {"GBP": 2}


def test_a_key_that_one_side_does_not_know_is_an_exception_even_with_an_amount_of_zero() -> None:
    report = _report({"a": Money(0, "GBP")}, {})
    assert [(drift.key, drift.left_minor, drift.right_minor) for drift in report.exceptions] == [("a", 0, None)]


def test_another_currency_is_two_drifts_and_never_added() -> None:
    report = _report({"a": Money(5, "GBP")}, {"a": Money(7, "EUR")})
    assert report.unexplained_minor == {"EUR": 7, "GBP": 5}
    assert report.legs[0].matched == 0


def test_whatever_the_sides_hold_the_keys_that_differ_are_the_exceptions_in_order_and_all_others_match() -> None:
    chance = random.Random(7)
    for _ in range(200):
        left, right = (
            {f"k{chance.randrange(12)}": Money(chance.randrange(2), chance.choice(["GBP", "EUR"])) for _ in range(8)} for _ in "ab"
        )
        report = _report(left, right)
        differing = sorted(key for key in {*left, *right} if left.get(key) != right.get(key))
        assert list(dict.fromkeys(drift.key for drift in report.exceptions)) == differing
        assert (report.legs[0].compared, report.legs[0].matched) == (len({*left, *right}), len({*left, *right}) - len(differing))
        assert report.unexplained_minor.keys() == {money.currency for side in (left, right) for money in side.values()}


def test_the_same_drift_has_the_same_id_every_night() -> None:
    first, second = (_report({"a": Money(5, "GBP")}, {}) for _ in range(2))
    assert first.exceptions[0].exception_id == second.exceptions[0].exception_id


@pytest.mark.parametrize(("period", "end"), [("2010-12", date(2011, 1, 1)), ("2011-01", date(2011, 2, 1))])
def test_a_period_ends_with_its_month(period: str, end: date) -> None:
    assert period_end(period) == end
    assert period_of(date.fromisoformat(f"{period}-09")) == period


def test_a_period_that_is_no_month_is_refused() -> None:
    with pytest.raises(NoSuchPeriod, match="2011-01"):
        period_end("2011-13")


def test_a_period_closes_only_after_it_ended_and_with_nothing_unexplained() -> None:
    clean = _report({"a": Money(5, "GBP")}, {"a": Money(5, "GBP")})
    may_close("2011-01", clean, date(2011, 2, 1))
    with pytest.raises(PeriodOpen, match="has not ended"):
        may_close("2011-01", clean, date(2011, 1, 31))
    with pytest.raises(PeriodOpen, match="1 minor units GBP"):
        may_close("2011-01", _report({"a": Money(5, "GBP")}, {"a": Money(6, "GBP")}), date(2011, 2, 1))
    with pytest.raises(PeriodOpen, match="no amount"):
        may_close("2011-01", _report({"a": Money(0, "GBP")}, {}), date(2011, 2, 1))


def test_an_answer_holds_a_page_of_a_reports_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.reconciliation.service.MAX_EXCEPTIONS_LISTED", 2)
    run = Run(report_id="rec_1", state=RunState.DONE, requested_by="ann", requested_at=NOON)
    whole = RunWithReport(run=run, report=_report({name: Money(1, "GBP") for name in "abc"}, {}))
    assert whole.report is not None
    ids = [drift.exception_id for drift in whole.report.exceptions]

    def page(after: str | None) -> list[str]:
        report = whole.page(after).report
        return [drift.exception_id for drift in report.exceptions] if report else []

    assert (page(None), page(ids[1]), page(ids[2])) == (ids[:2], ids[2:], [])
    assert RunWithReport(run=run, report=None).page(None).report is None


def test_what_is_said_last_of_a_key_stands_in_whatever_currency() -> None:
    said = [("a", "GBP", 5), ("b c", "GBP", 7), ("a", "EUR", -6), ("b c", "GBP", 8)]
    amounts = by_currency(said)
    assert amounts == {"GBP": {"b c 8"}, "EUR": {"a -6"}}
    assert {key_and_minor(entry) for each in amounts.values() for entry in each} == {("a", -6), ("b c", 8)}


def test_a_currency_whose_every_amount_was_replaced_is_on_no_side() -> None:
    amounts = by_currency([("a", "GBP", 5), ("a", "EUR", 6)])
    comparison = Comparison(
        leg=Leg.FEED_STORE, kind="line", left=Side(name="file", amounts=amounts), right=Side(name="store", amounts=amounts), suggestion=""
    )
    assert reconcile([comparison], as_of=NOON, reported_apart={}).unexplained_minor == {"EUR": 0}

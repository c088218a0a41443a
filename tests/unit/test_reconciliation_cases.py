"""Exceptions as cases: opened, explained, resolved, reopened; and written off by two people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.ledger.rules import Posting
from chalicelib.reconciliation import cases
from chalicelib.reconciliation.cases import (
    Case,
    CaseState,
    Did,
    NothingToDo,
    OwnProposal,
)
from chalicelib.reconciliation.clearing import CannotBeWrittenOff
from chalicelib.reconciliation.rules import Drift, Leg
from tests.fakes.console import console, market

__all__ = ["console", "market"]

NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=12)


def drift(**changes: Any) -> Drift:
    given: dict[str, Any] = {
        "exception_id": "exc_1", "leg": Leg.LEDGER_STRIPE, "kind": "balance", "key": "txn_1", "currency": "GBP", "left": "ledger",
        "left_minor": 100, "right": "Stripe", "right_minor": 90, "drift_minor": -10, "suggestion": "Look it up.",
    }  # fmt: skip
    return Drift(**{**given, **changes})


def did(case: Case) -> list[Did]:
    return [remark.did for remark in case.history]


def test_a_drift_opens_a_case_that_keeps_its_age_over_the_nights() -> None:
    case = cases.seen(cases.seen(None, drift(), NOON), drift(), NIGHT)
    assert (case.state, case.first_seen_at, case.last_seen_at, did(case)) == (CaseState.OPEN, NOON, NIGHT, [Did.SEEN])


def test_what_is_not_found_any_more_is_resolved_and_reopened_when_it_comes_back() -> None:
    resolved = cases.gone(cases.seen(None, drift(), NOON), NIGHT)
    assert (resolved.state, resolved.resolved_at) == (CaseState.RESOLVED, NIGHT)
    again = cases.seen(resolved, drift(right_minor=80, drift_minor=-20), NIGHT)
    assert (again.state, again.resolved_at, again.first_seen_at) == (CaseState.OPEN, None, NOON)
    assert did(again) == [Did.SEEN, Did.RESOLVED, Did.REOPENED, Did.CHANGED]
    assert again.history[-1].text == "-10 -> -20 minor units"


def test_a_proposal_for_another_amount_than_is_found_now_falls_away() -> None:
    proposed = cases.proposed(cases.seen(None, drift(), NOON), "bank fee", "ann", NOON)
    assert cases.seen(proposed, drift(), NIGHT).proposal == proposed.proposal
    assert cases.seen(proposed, drift(right_minor=80, drift_minor=-20), NIGHT).proposal is None
    assert cases.gone(proposed, NIGHT).proposal is None


def test_a_write_off_takes_two_people_and_brings_the_account_to_what_stripe_says() -> None:
    proposed = cases.proposed(cases.seen(None, drift(), NOON), "bank fee", "ann", NOON)
    with pytest.raises(OwnProposal, match="Ask a colleague"):
        cases.approved(proposed, "ann", NIGHT)
    after, transaction = cases.approved(proposed, "bob", NIGHT)
    assert after.proposal is None
    assert (transaction.key, transaction.reason) == ("write_off#exc_1#1", "bank fee")
    assert transaction.facts == {"balance_transaction": "txn_1", "exception_id": "exc_1", "proposed_by": "ann", "approved_by": "bob"}
    assert set(transaction.postings) == {Posting("platform:stripe_balance", -10, "GBP"), Posting("platform:write_off", 10, "GBP")}  # type: ignore[arg-type]
    with pytest.raises(NothingToDo, match="Reconcile again"):
        cases.proposed(after, "once more", "ann", NIGHT)
    left = cases.seen(after, drift(left_minor=90, right_minor=88, drift_minor=-2), NIGHT)
    again, second = cases.approved(cases.proposed(left, "the rest", "ann", NIGHT), "bob", NIGHT)
    assert (second.key, len(again.write_offs)) == ("write_off#exc_1#2", 2)


@pytest.mark.parametrize(
    "other",
    [drift(leg=Leg.FEED_STORE, kind="rows"), drift(leg=Leg.STORE_LEDGER, kind="balances"), drift(kind="settlements"), drift(drift_minor=0)],
)
def test_a_drift_with_a_cause_of_our_own_is_mended_there_and_not_written_off(other: Drift) -> None:
    with pytest.raises(CannotBeWrittenOff, match="Look it up"):
        cases.proposed(cases.seen(None, other, NOON), "away with it", "ann", NOON)


def test_one_proposal_at_a_time_and_none_on_what_is_resolved() -> None:
    proposed = cases.proposed(cases.seen(None, drift(), NOON), "bank fee", "ann", NOON)
    with pytest.raises(NothingToDo, match="proposed already"):
        cases.proposed(proposed, "again", "bob", NOON)
    taken_back = cases.rejected(proposed, "my mistake", "ann", NOON)
    assert (taken_back.proposal, did(taken_back)[-1]) == (None, Did.REJECTED)
    with pytest.raises(NothingToDo, match="No write-off is proposed"):
        cases.approved(taken_back, "bob", NOON)
    with pytest.raises(NothingToDo, match="resolved"):
        cases.proposed(cases.gone(taken_back, NIGHT), "late", "ann", NIGHT)

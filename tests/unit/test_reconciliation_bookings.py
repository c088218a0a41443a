"""Drifts against Stripe that two people book to what they are: fees, suspense, or the funds of a contract."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.ledger.accounts import PLATFORM_SUSPENSE
from chalicelib.ledger.service import KeyReused
from chalicelib.payouts.fundings import MoreThanWasPaid
from chalicelib.payouts.ports import NoSuchContract
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_port import BalanceTransaction, TransferState
from chalicelib.reconciliation.cases import Case, CaseChanged, CaseState, Did, NothingToDo, OwnProposal
from chalicelib.reconciliation.clearing import NotATarget, Target
from tests.fakes.console import Market, console, market
from tests.unit.test_reconciliation_cases import did
from tests.unit.test_reconciliation_exceptions import reconciled

__all__ = ["console", "market"]
WHY = "Stripe's monthly fee"
JSON = {"content-type": "application/json", "sec-fetch-site": "same-origin"}


def movement(txn: str, net: int, fee: int = 0, type_: str = "adjustment", **changes: Any) -> BalanceTransaction:
    """A change of the balance at Stripe of which the books have heard nothing."""
    given = {"currency": "GBP", "source": None, "created": 1, "available_on": 1, **changes}
    return BalanceTransaction(id=txn, type=type_, amount_minor=net + fee, fee_minor=fee, net_minor=net, **given)


def drifting(market: Market, *movements: BalanceTransaction) -> list[Case]:
    market.console.stripe.movements += movements
    return sorted(reconciled(market), key=lambda case: (case.drift.kind, case.drift.key))


def booked_by_two(market: Market, case: Case, target: Target, contract_id: str | None = None) -> Case:
    found = market.console.services.reconciliation.exceptions
    found.propose_booking(market.preparer, case.exception_id, WHY, target, contract_id)
    return found.approve_booking(market.approver, case.exception_id, target, contract_id)


def postings(market: Market, case: Case, number: int = 1) -> dict[str, int]:
    entry = market.console.services.ledger.transaction(f"drift_booked#{case.exception_id}#{number}")
    return {str(each.account): each.amount_minor for each in entry.postings}


def problems(market: Market) -> list[object]:
    return [finding for findings in market.console.services.payouts.audit().values() for finding in findings]


def unexplained(market: Market) -> dict[str, int] | None:
    latest = market.console.services.reconciliation.latest()
    return None if latest is None else latest.run.unexplained_minor


def test_a_fee_that_stripe_took_for_itself_is_booked_to_its_fees_and_the_exception_is_resolved(market: Market) -> None:
    (case,) = drifting(market, movement("txn_fee", -500, type_="stripe_fee"))
    assert unexplained(market) == {"GBP": 500}
    after = booked_by_two(market, case, Target.STRIPE_FEES)
    assert did(after) == [Did.SEEN, Did.PROPOSED, Did.APPROVED]
    assert postings(market, case) == {"platform:stripe_balance": -500, "platform:stripe_fees": 500}
    entry = market.console.services.ledger.transaction(f"drift_booked#{case.exception_id}#1")
    assert (entry.kind, entry.reason, (entry.facts or {})["balance_transaction"]) == ("drift_booked", WHY, "txn_fee")
    assert reconciled(market) == []
    assert unexplained(market) == {"GBP": 0}
    resolved = market.console.services.reconciliation.exceptions.get(case.exception_id)
    assert (resolved.state, did(resolved)[-1]) == (CaseState.RESOLVED, Did.RESOLVED)
    assert problems(market) == []


def test_unknown_money_waits_in_suspense_and_what_is_left_of_a_drift_is_booked_under_the_next_number(market: Market) -> None:
    (case,) = drifting(market, movement("txn_in", 700))
    booked_by_two(market, case, Target.SUSPENSE)
    assert postings(market, case) == {"platform:stripe_balance": 700, "platform:suspense": -700}
    market.console.stripe.movements[:] = [movement("txn_in", 750)]
    (again,) = reconciled(market)
    assert (again.exception_id, again.drift.drift_minor) == (case.exception_id, 50)
    booked_by_two(market, again, Target.SUSPENSE)
    assert postings(market, case, 2) == {"platform:stripe_balance": 50, "platform:suspense": -50}
    assert reconciled(market) == []
    assert problems(market) == []


def test_a_charge_of_a_brand_reaches_the_funds_of_its_contract_and_pays_what_it_has_earned(market: Market) -> None:
    contract = market.sold()
    store, found = PayoutsStore(), market.console.services
    received, _ = store.funds(contract.contract_id)
    cases = drifting(market, movement("txn_charge", 300_00, fee=2_55, type_="charge"))
    assert [case.drift.kind for case in cases] == ["balance", "fees"]
    for case in cases:
        booked_by_two(market, case, Target.BRAND_PREPAID, contract.contract_id)
    prepaid = f"brand:{market.brand.tenant_id}:prepaid"
    assert postings(market, cases[0]) == {"platform:stripe_balance": 300_00, prepaid: -300_00}
    assert postings(market, cases[1]) == {"platform:stripe_fees": 2_55, prepaid: -2_55}
    assert store.funds(contract.contract_id)[0] == received + 302_55
    market.console.work()
    assert found.payouts.fundings.unfunded(contract.contract_id) == 0, "it was accrued anew"
    assert found.ledger.transaction(f"drift_booked#{cases[0].exception_id}#1").contract_id == contract.contract_id
    assert reconciled(market) == []
    assert problems(market) == []


def test_money_that_went_back_to_a_brand_leaves_the_funds_of_its_contract_and_never_more_than_was_paid(market: Market) -> None:
    contract = market.sold()
    store, found = PayoutsStore(), market.console.services.reconciliation.exceptions
    (came,) = drifting(market, movement("txn_in", 100_00))
    booked_by_two(market, came, Target.BRAND_PREPAID, contract.contract_id)
    less, much = drifting(market, movement("txn_less", -40_00), movement("txn_much", -60_01))
    booked_by_two(market, less, Target.BRAND_PREPAID, contract.contract_id)
    assert store.funds(contract.contract_id)[0] == 60_00
    with pytest.raises(MoreThanWasPaid):
        booked_by_two(market, much, Target.BRAND_PREPAID, contract.contract_id)
    assert store.funds(contract.contract_id)[0] == 60_00
    assert found.get(much.exception_id).proposal is not None, "nothing was booked"
    market.console.work()
    assert problems(market) == []


def test_a_transfer_that_somebody_made_at_stripe_is_known_to_the_books_by_the_entries_that_two_people_approved(market: Market) -> None:
    sent = movement("txn_tr_9", -80_00, type_="transfer", source="tr_9")
    market.console.stripe.made["tr_9"] = TransferState(
        id="tr_9", amount_minor=80_00, currency="GBP", destination="acct_9", group="", settlement_id="", reversed_minor=0,
        balance_transaction="txn_tr_9", created=1,
    )  # fmt: skip
    cases = drifting(market, sent)
    assert [(case.drift.kind, case.drift.key) for case in cases] == [("balance", "txn_tr_9"), ("settlements", "tr_9")]
    booked_by_two(market, cases[0], Target.SUSPENSE)
    assert reconciled(market) == []
    assert problems(market) == []


def test_it_takes_two_people_who_mean_the_same(market: Market) -> None:
    (case,) = drifting(market, movement("txn_1", -500))
    found = market.console.services.reconciliation.exceptions
    found.propose_booking(market.preparer, case.exception_id, WHY, Target.SUSPENSE)
    with pytest.raises(OwnProposal):
        found.approve_booking(market.preparer, case.exception_id, Target.SUSPENSE)
    with pytest.raises(CaseChanged, match="Something else is proposed"):
        found.approve_booking(market.approver, case.exception_id, Target.STRIPE_FEES)
    with pytest.raises(CaseChanged, match="Something else is proposed"):
        found.approve_write_off(market.approver, case.exception_id)
    with pytest.raises(NothingToDo, match="proposed already"):
        found.propose_write_off(market.approver, case.exception_id, WHY)
    found.approve_booking(market.approver, case.exception_id, Target.SUSPENSE)
    with pytest.raises(NothingToDo):
        found.approve_booking(market.approver, case.exception_id, Target.SUSPENSE)
    with pytest.raises(NothingToDo, match="Reconcile again"):
        found.propose_write_off(market.preparer, case.exception_id, WHY)


def overtaking(market: Market, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen between reading and writing, once."""
    found = market.console.services.reconciliation.exceptions
    write = found._store.write_case

    def overtaken(writes: Transaction, after: Case, before: Case | None) -> None:
        monkeypatch.setattr(found._store, "write_case", write)
        act()
        write(writes, after, before)

    monkeypatch.setattr(found._store, "write_case", overtaken)


def test_of_two_approvals_at_once_one_is_booked(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = drifting(market, movement("txn_1", -500))
    found = market.console.services.reconciliation.exceptions
    found.propose_booking(market.preparer, case.exception_id, WHY, Target.SUSPENSE)
    second = market.console.member(market.approver.tenant_id, market.approver.role, "second")
    overtaking(market, monkeypatch, lambda: found.approve_booking(second, case.exception_id, Target.SUSPENSE))
    with pytest.raises((KeyReused, CaseChanged)):
        found.approve_booking(market.approver, case.exception_id, Target.SUSPENSE)
    assert found.get(case.exception_id).write_offs[-1].approved_by == second.user_id
    assert market.console.services.ledger.balance(PLATFORM_SUSPENSE, "GBP").minor == 500
    assert problems(market) == []


def test_a_comment_in_between_keeps_a_booking_from_happening_unseen(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = drifting(market, movement("txn_1", -500))
    found = market.console.services.reconciliation.exceptions
    found.propose_booking(market.preparer, case.exception_id, WHY, Target.SUSPENSE)
    overtaking(market, monkeypatch, lambda: found.comment(market.analyst, case.exception_id, "wait"))
    with pytest.raises(CaseChanged):
        found.approve_booking(market.approver, case.exception_id, Target.SUSPENSE)
    assert market.console.services.ledger.balances("platform:suspense") == []


def test_a_payment_in_between_is_not_lost_from_the_funds(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    contract, store = market.sold(), PayoutsStore()
    (case,) = drifting(market, movement("txn_in", 100_00))
    found = market.console.services.reconciliation.exceptions
    found.propose_booking(market.preparer, case.exception_id, WHY, Target.BRAND_PREPAID, contract.contract_id)
    receive = PayoutsStore.receive

    def another(self: PayoutsStore, writes: Transaction, contract_id: str, received_minor: int, version: int) -> None:
        monkeypatch.setattr(PayoutsStore, "receive", receive)
        paid = Transaction()
        self.receive(paid, contract_id, 5_00, version)
        paid.commit()
        self.receive(writes, contract_id, received_minor, version)

    monkeypatch.setattr(PayoutsStore, "receive", another)
    found.approve_booking(market.approver, case.exception_id, Target.BRAND_PREPAID, contract.contract_id)
    assert store.funds(contract.contract_id)[0] == 105_00


def test_only_a_target_of_the_list_with_its_contract_and_currency_is_taken(market: Market) -> None:
    contract = market.signed()
    cases = drifting(market, movement("txn_1", 97_00, fee=3_00), movement("txn_2", 5, currency="JPY"))
    by_name = {(case.drift.kind, case.drift.currency): case for case in cases}
    found = market.console.services.reconciliation.exceptions

    def propose(kind: str, currency: str, target: Target, contract_id: str | None = None) -> None:
        found.propose_booking(market.preparer, by_name[kind, currency].exception_id, WHY, target, contract_id)

    with pytest.raises(NotATarget, match="is booked to suspense or brand_prepaid"):
        propose("fees", "GBP", Target.STRIPE_FEES)
    with pytest.raises(NotATarget, match="by its own name"):
        propose("balance", "GBP", Target.WRITE_OFF)
    with pytest.raises(NotATarget, match="Name a contract"):
        propose("balance", "GBP", Target.BRAND_PREPAID)
    with pytest.raises(NotATarget, match="Name a contract"):
        propose("balance", "GBP", Target.SUSPENSE, contract.contract_id)
    with pytest.raises(NotATarget, match="in GBP, the drift in JPY"):
        propose("balance", "JPY", Target.BRAND_PREPAID, contract.contract_id)
    with pytest.raises(NoSuchContract):
        propose("balance", "GBP", Target.BRAND_PREPAID, "ctr_none")


def test_a_booking_is_proposed_and_approved_in_the_console(market: Market) -> None:
    (case,) = drifting(market, movement("txn_fee", -500))
    pages, path = market.console, f"/finance/exceptions/{case.exception_id}"
    page = pages.get(path, market.preparer).text
    assert "Propose the booking" in page
    assert "Stripe&#39;s fees" in page
    assert "Propose the booking" not in pages.get(path, market.analyst).text
    assert pages.post(f"{path}/booking", market.analyst, target="stripe_fees", reason=WHY).status == 403
    assert pages.post(f"{path}/booking", market.preparer, target="platform", reason=WHY).status == 422
    assert pages.post(f"{path}/booking", market.preparer, target="brand_prepaid", reason=WHY, contract_id=" ").status == 422
    assert pages.post(f"{path}/booking", market.preparer, target="stripe_fees", reason=WHY, contract_id="").status == 303
    assert "Propose the booking" not in pages.get(path, market.preparer).text
    waiting = pages.get(path, market.approver).text
    assert "Book \N{MINUS SIGN}£5.00 to Stripe&#39;s fees</button>" in waiting
    assert 'name="target" value="stripe_fees"' in waiting
    assert "a booking waits" in pages.get("/finance/exceptions", market.analyst).text
    assert pages.post(f"{path}/booking/approve", market.approver, target="suspense", contract_id="").status == 409
    assert pages.post(f"{path}/booking/approve", market.preparer, target="stripe_fees", contract_id="").status == 403
    assert pages.post(f"{path}/booking/approve", market.approver, target="stripe_fees", contract_id="").status == 303
    assert reconciled(market) == []


def test_the_same_by_programs_and_a_proposal_is_taken_back_with_a_reason(market: Market) -> None:
    contract = market.sold()
    (case,) = drifting(market, movement("txn_in", 10_00))
    path = f"/api/v1/exceptions/{case.exception_id}/booking"

    def post(who: Any, where: str, **body: Any) -> tuple[int, Any]:
        answer = market.console._ask("POST", where, who, json.dumps(body).encode(), JSON)
        return answer.status, json.loads(answer.text)

    named = {"target": "brand_prepaid", "contract_id": contract.contract_id}
    assert post(market.preparer, path, reason=WHY, **named)[0] == 200
    assert post(market.preparer, f"{path}/reject", reason="the wrong contract")[1]["write_offs"] == []
    assert post(market.preparer, path, reason=WHY, **named)[1]["write_offs"][0]["account"] == f"brand:{market.brand.tenant_id}:prepaid"
    assert post(market.approver, f"{path}/approve", target="suspense")[0] == 409
    status, approved = post(market.approver, f"{path}/approve", **named)
    assert (status, approved["write_offs"][0]["key"]) == (200, f"drift_booked#{case.exception_id}#1")
    assert post(market.brand, path, reason=WHY, **named)[0] == 403

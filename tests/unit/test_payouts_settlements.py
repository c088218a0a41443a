"""From payable to paid: two people, one transfer, whatever happens on the way; debts; forged and repeated notices."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.core.access import Role
from chalicelib.core.money import UnknownCurrency
from chalicelib.payouts.records import EventState, NoSuchEvent, NoSuchSettlement
from chalicelib.payouts.rules.settlements import PAUSE_AFTER_SHORTAGE, NotYours, OwnSettlement, SettlementState, WrongState
from chalicelib.payouts.store import Superseded
from chalicelib.payouts.stripe_notices import InvalidSignature
from tests.conftest import StandingClock
from tests.fakes.deals import (
    AGENCY,
    APPROVER,
    CREATOR,
    HOST,
    MANAGER,
    PREPARER,
    SECRET,
    TERMS,
    House,
    person,
    refund,
    show,
)
from tests.unit.settlement_kit import AFTER_RETURNS, approved, fund, house, notice, prepared, signed, state_of

__all__ = ["house"]


def test_a_run_takes_all_that_is_payable_once(house: House) -> None:
    run = house.payouts.settlements.prepare(PREPARER, "GBP")
    assert {s.payee_id: s.amount_minor for s in run.settlements} == {HOST: 160_00, AGENCY: 40_00}
    assert house.stages(HOST) == {"in_transit": 160_00}
    again = house.payouts.settlements.prepare(PREPARER, "GBP")
    assert again.settlements == ()
    assert {c.payee_id: c.reason for c in again.carried_over} == {HOST: "nothing is payable", AGENCY: "nothing is payable"}
    assert house.problems() == []


def test_the_manifest_explains_the_amount(house: House) -> None:
    settlement = prepared(house)
    manifest = house.payouts.manifest(settlement)
    assert manifest.opening_minor + sum(line.amount_minor for line in manifest.lines) == settlement.amount_minor
    assert {line.contract_id for line in manifest.lines} == {"ctr_1"}
    assert hashlib.sha256(house.bucket.objects[settlement.manifest_key]).hexdigest() == settlement.manifest_sha256


def test_who_prepared_cannot_approve(house: House) -> None:
    settlement = prepared(house)
    same_person = replace(APPROVER, user_id=PREPARER.user_id)
    with pytest.raises(OwnSettlement):
        house.payouts.settlements.approve(same_person, settlement.settlement_id)
    with pytest.raises(NotYours):
        house.payouts.settlements.approve(replace(PREPARER, user_id="usr_other"), settlement.settlement_id)
    assert state_of(house, settlement) is SettlementState.OPEN


def test_two_approvals_at_once_send_once(house: House) -> None:
    settlement = prepared(house)
    house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    with pytest.raises(WrongState):
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)


def test_an_approved_settlement_is_sent_and_booked_as_paid(house: House) -> None:
    settlement = approved(house)
    house.work()
    sent = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert (sent.state, sent.transfer_id) == (SettlementState.SENT, "tr_1")
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.stripe.made["tr_1"].amount_minor == 160_00
    assert house.payouts.transfers.send(settlement.settlement_id) == sent, "a repeated message does nothing"
    assert len(house.stripe.made) == 1
    assert house.problems() == []


def test_a_lost_answer_is_asked_for_again_with_the_same_key(house: House) -> None:
    settlement = approved(house)
    house.stripe.lose = 1
    house.work()
    assert state_of(house, settlement) is SettlementState.UNKNOWN
    assert house.stages(HOST) == {"in_transit": 160_00}, "the reservation stays"
    assert house.payouts.transfers.follow_up() == 1
    house.work()
    assert state_of(house, settlement) is SettlementState.SENT
    assert house.payouts.transfers.follow_up() == 0, "nothing waits any more"
    assert [key for key in house.stripe.keys if key.startswith("transfer-")] == [f"transfer-{settlement.settlement_id}-1"] * 2
    assert len(house.stripe.made) == 1
    assert house.problems() == []


def test_after_a_day_the_transfer_is_looked_up_instead(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.lose = 1
    house.work()
    clock.advance(timedelta(hours=25))
    house.payouts.transfers.send(settlement.settlement_id)
    assert state_of(house, settlement) is SettlementState.SENT
    assert len([key for key in house.stripe.keys if key.startswith("transfer-")]) == 1


def test_after_a_day_a_transfer_that_was_never_made_is_tried_with_a_new_key(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.cut = 1
    house.work()
    assert state_of(house, settlement) is SettlementState.UNKNOWN
    clock.advance(timedelta(hours=25))
    sent = house.payouts.transfers.send(settlement.settlement_id)
    assert sent.state is SettlementState.SENT
    assert [(attempt.number, attempt.outcome) for attempt in sent.attempts] == [(1, "not made"), (2, "sent")]
    assert house.stages(HOST) == {"paid": 160_00}


def test_a_refusal_makes_the_money_payable_again(house: House) -> None:
    settlement = approved(house)
    house.stripe.refuse = "account_invalid"
    house.work()
    failed = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert failed.state is SettlementState.FAILED
    assert failed.note == "Stripe refused: refused on command"
    assert house.stages(HOST) == {"payable": 160_00}
    house.stripe.refuse = None
    house.payouts.settlements.approve(APPROVER, prepared(house).settlement_id)
    house.work()
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.problems() == []


SECOND = timedelta(seconds=1)


def balance_runs_short(house: House) -> None:
    """Stripe's balance is spent between our look at it and the call."""
    house.stripe.refuse = "balance_insufficient"
    house.payouts.transfers.follow_up()
    house.work()
    house.stripe.refuse = None


def test_a_balance_that_runs_short_after_the_check_keeps_the_money_reserved_and_is_tried_again_by_itself(
    house: House, clock: StandingClock
) -> None:
    settlement = approved(house)
    balance_runs_short(house)
    waiting = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert waiting.state is SettlementState.APPROVED
    assert (
        waiting.note
        == "The platform's available balance ran short at Stripe. The money stays reserved, and is sent as soon as it is there."
    )
    assert house.stages(HOST) == {"in_transit": 160_00}
    assert house.problems() == []
    clock.advance(PAUSE_AFTER_SHORTAGE)
    house.payouts.transfers.follow_up()
    house.work()
    sent = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert [(attempt.number, attempt.outcome) for attempt in sent.attempts] == [(1, "refused: balance_insufficient"), (2, "sent")]
    assert [key[-2:] for key in house.stripe.keys if settlement.settlement_id in key] == ["-1", "-2"], "a new attempt has a new key"
    assert (sent.approved_by, sent.note) == (settlement.approved_by, None)
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.problems() == []


def test_a_shortage_is_given_longer_each_time_before_it_is_tried_again(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    for attempts, passed in (
        (1, timedelta()),
        (1, PAUSE_AFTER_SHORTAGE - SECOND),
        (2, SECOND),
        (2, PAUSE_AFTER_SHORTAGE),
        (3, PAUSE_AFTER_SHORTAGE),
    ):
        clock.advance(passed)
        balance_runs_short(house)
        assert len(house.payouts.settlements.get(CREATOR, settlement.settlement_id).attempts) == attempts


def test_what_waits_for_the_balance_can_be_voided_and_is_payable_again_at_once(house: House) -> None:
    settlement = approved(house)
    balance_runs_short(house)
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "not now")
    assert house.stages(HOST) == {"payable": 160_00}
    house.payouts.transfers.follow_up()
    assert house.work() == 0
    assert house.problems() == []


def test_an_attempt_of_unknown_outcome_that_turns_out_to_be_short_is_held_too(house: House) -> None:
    settlement = approved(house)
    house.stripe.cut = 1
    house.work()
    assert state_of(house, settlement) is SettlementState.UNKNOWN
    balance_runs_short(house)
    held = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert (held.state, len(held.attempts)) == (SettlementState.APPROVED, 1)
    assert house.stages(HOST) == {"in_transit": 160_00}


def test_a_payee_that_cannot_be_paid_keeps_the_money_owed_with_the_reason(house: House) -> None:
    settlement = approved(house)
    house.stripe.active = False
    house.work()
    waiting = house.payouts.settlements.get(CREATOR, settlement.settlement_id)
    assert waiting.state is SettlementState.APPROVED
    assert "cannot" in str(waiting.note) or "does not let" in str(waiting.note)
    house.stripe.active = True
    house.payouts.transfers.follow_up()
    house.work()
    assert state_of(house, settlement) is SettlementState.SENT


def test_too_small_a_balance_at_stripe_waits_instead_of_failing(house: House) -> None:
    settlement = approved(house)
    house.stripe.balance_minor["GBP"] = 100_00
    house.work()
    waiting = house.payouts.settlements.get(APPROVER, settlement.settlement_id)
    assert (waiting.state, waiting.attempts) == (SettlementState.APPROVED, ())
    assert "short of 60.00 GBP" in str(waiting.note)


def test_a_second_worker_that_read_before_the_first_one_sent_comes_to_the_same_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settlement = approved(house)
    store = house.payouts._store
    fresh = store.settlement
    house.stripe.lose = 1
    house.work()
    stale = fresh(settlement.settlement_id)
    house.payouts.transfers.send(settlement.settlement_id)
    answers = [stale]
    monkeypatch.setattr(store, "settlement", lambda settlement_id: answers.pop() if answers else fresh(settlement_id))
    assert house.payouts.transfers.send(settlement.settlement_id).state is SettlementState.SENT
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.problems() == []


def test_a_second_preparer_with_a_stale_balance_takes_nothing_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = house.ledger.balance
    stale = fresh("payee:crt_1:payable", "GBP")  # type: ignore[arg-type]
    house.payouts.settlements.prepare(PREPARER, "GBP")
    answers = [stale]
    monkeypatch.setattr(house.ledger, "balance", lambda a, c: answers.pop() if answers and a == stale.account else fresh(a, c))
    assert house.payouts.settlements.prepare(PREPARER, "GBP").settlements == ()
    assert house.stages(HOST) == {"in_transit": 160_00}


def test_a_void_settlement_frees_the_money_at_once(house: House) -> None:
    settlement = prepared(house)
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "wrong month")
    assert house.stages(HOST) == {"payable": 160_00}
    with pytest.raises(WrongState):
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    assert prepared(house).settlement_id != settlement.settlement_id
    assert house.problems() == []


def test_another_payees_settlement_is_not_found(house: House) -> None:
    settlement = prepared(house)
    with pytest.raises(NoSuchSettlement):
        house.payouts.settlements.get(MANAGER, settlement.settlement_id)
    assert [s.payee_id for s in house.payouts.settlements.listed(MANAGER)] == [AGENCY]


def test_an_unknown_currency_is_refused(house: House) -> None:
    with pytest.raises(UnknownCurrency):
        house.payouts.settlements.prepare(PREPARER, "XXX")


def test_a_refund_after_payout_is_a_debt_and_not_the_brands_to_spend(house: House) -> None:
    approved(house)
    house.work()
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"paid": 160_00, "payable": -32_00}
    assert house.stages(AGENCY) == {"in_transit": 40_00, "payable": -8_00}
    assert house.of_brand() == {"recoverable": -40_00, "prepaid": -4_00}
    carried = house.payouts.settlements.prepare(PREPARER, "GBP").carried_over
    assert {c.payee_id: c.reason for c in carried}[HOST] == "owes 32.00 GBP, netted from what comes next"
    assert house.problems() == []


def test_a_debt_is_netted_from_another_brands_contract_and_returned_to_the_first_brand(house: House) -> None:
    approved(house)
    house.work()
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    terms = replace(TERMS, splits=(), rules=())
    house.market.add("ctr_2", show("shw_2", terms=terms), terms=terms, brand="brd_2")
    fund(house, "ctr_2", "brd_2")
    assert house.stages(HOST) == {"paid": 160_00, "payable": 68_00}
    assert house.of_brand() == {"recoverable": -8_00, "prepaid": -36_00}
    assert house.problems() == []


def test_new_earnings_under_the_same_contract_net_the_debt_without_new_money(house: House) -> None:
    approved(house)
    house.work()
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    house.market.refunds.clear()
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.of_brand() == {}
    assert house.problems() == []


def test_a_settlement_that_is_voided_after_a_refund_pays_the_debt_first(house: House) -> None:
    settlement = prepared(house)
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "a refund came in")
    assert house.stages(HOST) == {"payable": 128_00}
    assert house.of_brand()["recoverable"] == -8_00
    assert house.problems() == []


def test_a_reversed_transfer_is_owed_again(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.work()
    house.stripe.reverse_transfer("tr_1", amount_minor=160_00, currency="GBP", idempotency_key="k")
    for number in (1, 2):
        house.payouts.webhooks.receive(*signed(notice("transfer.reversed", "tr_1", f"evt_{number}"), clock.now()))
    house.work()
    assert state_of(house, settlement) is SettlementState.REVERSED
    assert house.stages(HOST) == {"payable": 160_00}


def test_a_notice_is_taken_once_and_worked_off_with_the_object_fetched_again(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.lose = 1
    house.work()
    body, signature = signed(notice("transfer.created", "tr_1"), clock.now())
    assert house.payouts.webhooks.receive(body, signature)
    assert not house.payouts.webhooks.receive(body, signature)
    assert house.work() == 1
    assert state_of(house, settlement) is SettlementState.SENT
    assert house.payouts.webhooks.process("evt_1").state is EventState.DONE
    assert house.problems() == []


def test_a_notice_whose_message_died_is_announced_again_when_stripe_sends_it_again(house: House, clock: StandingClock) -> None:
    settlement = approved(house)
    house.stripe.lose = 1
    house.work()
    assert house.payouts.webhooks.receive(*signed(notice("transfer.created", "tr_1"), clock.now()))
    for message in OutboxItem.scan(OutboxItem.topic == "stripe.event"):
        message.delete()
    clock.advance(timedelta(minutes=5))
    assert not house.payouts.webhooks.receive(*signed(notice("transfer.created", "tr_1"), clock.now()))
    assert house.work() == 1
    assert state_of(house, settlement) is SettlementState.SENT
    clock.advance(timedelta(minutes=5))
    assert not house.payouts.webhooks.receive(*signed(notice("transfer.created", "tr_1"), clock.now()))
    assert house.work() == 0, "what is worked off is not announced again"


@pytest.mark.parametrize("fault", ["other secret", "other body", "no signature", "too old", "live mode"])
def test_a_forged_notice_is_refused_and_leaves_no_trace(house: House, clock: StandingClock, fault: str) -> None:
    event = notice("transfer.created", "tr_1") | ({"livemode": True} if fault == "live mode" else {})
    when = clock.now() - timedelta(minutes=6) if fault == "too old" else clock.now()
    body, signature = signed(event, when, "whsec_other" if fault == "other secret" else SECRET)
    if fault == "other body":
        body = body.replace(b"tr_1", b"tr_2")
    with pytest.raises(InvalidSignature):
        house.payouts.webhooks.receive(body, "" if fault == "no signature" else signature)
    with pytest.raises(NoSuchEvent):
        house.payouts.webhooks.process("evt_1")
    assert house.work() == 0


def test_notices_about_nothing_of_ours_are_ignored(house: House, clock: StandingClock) -> None:
    house.payouts.webhooks.receive(*signed(notice("invoice.created", "in_1"), clock.now()))
    house.work()
    assert house.payouts.webhooks.process("evt_1").state is EventState.IGNORED


def test_an_account_that_was_restricted_is_seen(house: House, clock: StandingClock) -> None:
    house.stripe.active = False
    house.payouts.webhooks.receive(*signed(notice("account.updated", "acct_1"), clock.now()))
    house.work()
    active = {house.payouts.accounts.mine(payee).transfers_active for payee in (CREATOR, MANAGER)}
    assert active == {True, False}


def test_connecting_twice_makes_one_account_and_a_fresh_link(house: House) -> None:
    house.payouts.accounts.connect(CREATOR, "GB")
    house.work()
    assert len(house.stripe.accounts) == 2
    assert house.payouts.accounts.mine(CREATOR).onboarding_url is not None


def test_only_a_settlement_that_was_sent_is_reconciled(house: House) -> None:
    settlement = approved(house)
    with pytest.raises(WrongState):
        house.payouts.transfers.mark_reconciled(settlement.settlement_id)
    house.work()
    assert house.payouts.transfers.mark_reconciled(settlement.settlement_id).state is SettlementState.RECONCILED


def test_a_stale_approval_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settlement = prepared(house)
    house.payouts.settlements.void(APPROVER, settlement.settlement_id, "wrong month")
    monkeypatch.setattr(house.payouts._store, "settlement", lambda _: settlement)
    with pytest.raises(Superseded):
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)


def test_a_viewer_of_another_tenant_sees_no_settlement(house: House) -> None:
    settlement = prepared(house)
    with pytest.raises(NoSuchSettlement):
        house.payouts.settlements.get(person("crt_2", Role.CREATOR), settlement.settlement_id)

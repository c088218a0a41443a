"""A transfer is taken back by two people, once, and what came back is booked as Stripe has it and owed again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core.money import key_and_minor
from chalicelib.payouts.records import NoSuchSettlement
from chalicelib.payouts.rules.reversals import BadReversal
from chalicelib.payouts.rules.settlements import NotYours, OwnSettlement, ReversalStage, Settlement, SettlementState, WrongState
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation.stripe_sides import ledger_to_stripe
from chalicelib.reconciliation.word import StripesWord
from tests.conftest import StandingClock
from tests.fakes.deals import AGENCY, APPROVER, CREATOR, HOST, PREPARER, House, refund
from tests.unit.settlement_kit import AFTER_RETURNS, approved, house, notice, prepared, signed, state_of

__all__ = ["house"]


def sent(house: House) -> Settlement:
    """160.00 were transferred to the host."""
    settlement = approved(house)
    house.work()
    return settlement


def proposed(house: House, minor: int | None = None) -> Settlement:
    return house.payouts.reversals.propose(PREPARER, sent(house).settlement_id, "sent to the wrong person", minor)


def agreed(house: House, minor: int | None = None) -> Settlement:
    return house.payouts.reversals.approve(APPROVER, proposed(house, minor).settlement_id)


def now_(house: House, settlement: Settlement) -> Settlement:
    return house.payouts.settlements.get(APPROVER, settlement.settlement_id)


def stages(house: House, settlement: Settlement) -> list[ReversalStage]:
    return [each.stage for each in now_(house, settlement).reversals]


def test_two_people_take_a_transfer_back_and_the_payee_is_owed_it_again(house: House) -> None:
    settlement = proposed(house)
    assert house.work() == 0, "nothing happens before a second person agrees"
    house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    house.work()
    after = now_(house, settlement)
    assert (after.state, after.reversed_minor) == (SettlementState.REVERSED, 160_00)
    assert [each.stage for each in after.reversals] == [ReversalStage.MADE]
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.stripe.made["tr_1"].reversed_minor == 160_00
    assert house.problems() == []


def test_a_part_comes_back_and_the_rest_stays_paid(house: House) -> None:
    settlement = agreed(house, 60_00)
    house.work()
    assert state_of(house, settlement) is SettlementState.SENT
    assert house.stages(HOST) == {"paid": 100_00, "payable": 60_00}
    house.payouts.reversals.propose(PREPARER, settlement.settlement_id, "the rest as well")
    house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    house.work()
    assert state_of(house, settlement) is SettlementState.REVERSED
    assert [each.amount_minor for each in now_(house, settlement).came_back] == [60_00, 100_00]
    assert house.problems() == []


def test_what_comes_back_pays_the_debt_first(house: House) -> None:
    settlement = sent(house)
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"paid": 160_00, "payable": -32_00}
    house.payouts.reversals.propose(PREPARER, settlement.settlement_id, "the host does not work with us any more", 32_00)
    house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    house.work()
    assert house.stages(HOST) == {"paid": 128_00}
    assert house.of_brand()["recoverable"] == -8_00, "only the agency's debt is left"
    assert house.problems() == []


def test_who_proposed_it_cannot_approve_it_and_nobody_else_may(house: House) -> None:
    settlement = proposed(house)
    with pytest.raises(OwnSettlement):
        house.payouts.reversals.approve(replace(APPROVER, user_id=PREPARER.user_id), settlement.settlement_id)
    with pytest.raises(NotYours):
        house.payouts.reversals.approve(replace(PREPARER, user_id="usr_other"), settlement.settlement_id)
    with pytest.raises(NotYours):
        house.payouts.reversals.propose(CREATOR, settlement.settlement_id, "mine")
    with pytest.raises(NotYours):
        house.payouts.reversals.void(CREATOR, settlement.settlement_id, "mine")
    assert stages(house, settlement) == [ReversalStage.PROPOSED]


@pytest.mark.parametrize("minor", [0, -1, 160_01])
def test_no_more_than_the_transfer_is_taken_back(house: House, minor: int) -> None:
    with pytest.raises(BadReversal, match=r"Between 0 and 160\.00 GBP"):
        proposed(house, minor)


def test_only_what_was_sent_can_be_taken_back_and_once_at_a_time(house: House) -> None:
    waiting = prepared(house)
    with pytest.raises(WrongState, match="only what was sent"):
        house.payouts.reversals.propose(PREPARER, waiting.settlement_id, "too early")
    house.payouts.settlements.approve(APPROVER, waiting.settlement_id)
    house.work()
    house.payouts.reversals.propose(PREPARER, waiting.settlement_id, "first", 10_00)
    with pytest.raises(WrongState, match="under way"):
        house.payouts.reversals.propose(PREPARER, waiting.settlement_id, "second", 10_00)
    with pytest.raises(NoSuchSettlement):
        house.payouts.reversals.propose(PREPARER, "stl_unknown", "none")


def test_a_proposal_is_called_off_and_nothing_moves(house: House) -> None:
    settlement = proposed(house)
    house.payouts.reversals.void(PREPARER, settlement.settlement_id, "it was right after all")
    assert stages(house, settlement) == [ReversalStage.VOID]
    with pytest.raises(WrongState):
        house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    assert house.stages(HOST) == {"paid": 160_00}


def test_a_lost_answer_is_asked_for_again_with_the_same_key(house: House) -> None:
    settlement = agreed(house, 60_00)
    house.stripe.lose = 1
    house.work()
    assert stages(house, settlement) == [ReversalStage.UNKNOWN]
    assert house.payouts.transfers.follow_up() == 1
    house.work()
    assert stages(house, settlement) == [ReversalStage.MADE]
    assert house.payouts.transfers.follow_up() == 0, "nothing waits any more"
    assert [key for key in house.stripe.keys if key.startswith("reversal-")] == [f"reversal-{settlement.settlement_id}-1-1"] * 2
    assert house.stripe.made["tr_1"].reversed_minor == 60_00
    assert house.stages(HOST) == {"paid": 100_00, "payable": 60_00}
    assert house.problems() == []


def test_after_a_day_it_is_looked_up_and_only_what_was_not_made_is_tried_with_a_new_key(house: House, clock: StandingClock) -> None:
    settlement = agreed(house, 60_00)
    house.stripe.lose = 1
    house.work()
    clock.advance(timedelta(hours=25))
    house.payouts.transfers.send(settlement.settlement_id)
    assert stages(house, settlement) == [ReversalStage.MADE]
    house.payouts.reversals.propose(PREPARER, settlement.settlement_id, "more", 10_00)
    house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    house.stripe.cut = 1
    house.work()
    clock.advance(timedelta(hours=25))
    house.payouts.transfers.send(settlement.settlement_id)
    keys = [key for key in house.stripe.keys if key.startswith("reversal-")]
    assert [key.rsplit("-", 2)[1:] for key in keys] == [["1", "1"], ["2", "1"], ["2", "2"]]
    assert house.stripe.made["tr_1"].reversed_minor == 70_00
    assert house.problems() == []


def test_a_refusal_says_why_and_leaves_the_payee_paid(house: House) -> None:
    settlement = agreed(house)
    house.stripe.refuse = "balance_insufficient"
    house.work()
    (refused,) = now_(house, settlement).reversals
    assert (refused.stage, refused.note) == (ReversalStage.REFUSED, "Stripe refused: refused on command")
    assert house.stages(HOST) == {"paid": 160_00}
    house.stripe.refuse = None
    house.payouts.reversals.propose(PREPARER, settlement.settlement_id, "again")
    house.payouts.reversals.approve(APPROVER, settlement.settlement_id)
    house.work()
    assert house.stages(HOST) == {"payable": 160_00}


def test_a_transfer_that_is_fully_reversed_already_is_success_and_booked_once(house: House) -> None:
    settlement = agreed(house)
    house.stripe.reverse_transfer("tr_1", amount_minor=160_00, currency="GBP", idempotency_key="by hand")
    house.work()
    (ours,) = now_(house, settlement).reversals
    assert (ours.stage, ours.note) == (ReversalStage.MADE, "All of the transfer had come back already, so nothing was left to take.")
    assert state_of(house, settlement) is SettlementState.REVERSED
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.problems() == []


def test_a_notice_that_comes_before_the_answer_books_the_same_reversal_once(house: House, clock: StandingClock) -> None:
    settlement = agreed(house, 60_00)
    house.stripe.lose = 1
    house.work()
    for number in (1, 2):
        house.payouts.webhooks.receive(*signed(notice("transfer.reversed", "tr_1", f"evt_{number}"), clock.now()))
    house.work()
    assert stages(house, settlement) == [ReversalStage.MADE]
    house.payouts.transfers.send(settlement.settlement_id)
    assert house.stages(HOST) == {"paid": 100_00, "payable": 60_00}
    assert house.problems() == []


def test_reversals_by_hand_and_by_us_are_each_the_balance_transaction_that_stripe_lists(house: House) -> None:
    settlement = agreed(house, 60_00)
    house.stripe.reverse_transfer("tr_1", amount_minor=15_00, currency="GBP", idempotency_key="by hand")
    house.work()
    assert now_(house, settlement).reversed_minor == 75_00
    rows = [_row(each.balance_transaction, "transfer_refund", each.amount_minor) for each in house.stripe.reversals_of("tr_1")]
    rows += [_row(each.balance_transaction, "transfer", -each.amount_minor) for each in house.stripe.made.values()]
    word = StripesWord(transactions=tuple(rows), transfers=tuple(house.stripe.transfers()))
    compared = {each.kind: each for each in ledger_to_stripe(house.ledger.every_transaction(), house.payouts.every_settlement(), word)}
    funded = {f"txn_{checkout}" for checkout in house.stripe.checkouts}
    books = {entry for entry in compared["balance"].left.amounts["GBP"] if key_and_minor(entry)[0] not in funded}
    assert {"GBP": books} == compared["balance"].right.amounts


def _row(identifier: str, kind: str, minor: int) -> BalanceTransaction:
    return BalanceTransaction(
        id=identifier,
        type=kind,
        amount_minor=minor,
        fee_minor=0,
        net_minor=minor,
        currency="GBP",
        source=None,
        created=0,
        available_on=0,
    )


def test_the_agencys_transfer_is_its_own(house: House) -> None:
    agreed(house)
    house.work()
    assert house.stages(AGENCY) == {"in_transit": 40_00}

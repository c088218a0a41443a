"""Unused prepaid money goes back: after the close, by two people, newest charge first, once, whatever happens on the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.access import Role
from chalicelib.payouts.earnings.facts import Cancellation, Fact, Party
from chalicelib.payouts.ports import NoSuchContract
from chalicelib.payouts.rules.funding import Funding, FundingKind
from chalicelib.payouts.rules.prepaid_refunds import (
    MoreThanUnused,
    NoSuchRefund,
    NotClosedYet,
    NotForYourRole,
    NothingUnused,
    OtherRefund,
    OwnRefund,
    PartState,
    RefundMovedOn,
    RefundOfPrepaid,
    RefundOfPrepaidState,
)
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import BalanceTransaction
from chalicelib.reconciliation.stripe_sides import ledger_to_stripe
from chalicelib.reconciliation.word import StripesWord
from tests.conftest import StandingClock
from tests.fakes.deals import APPROVER, OWNER, PREPARER, House, build_house, person, show

BEFORE_SHOW = datetime(2011, 1, 2, 12, tzinfo=UTC)
AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)
FIRST, SECOND = 110_00, 55_00
"""Half of 100.00 for each show, and 10 % on top: two shows at first, a third one later."""
WHY = "all shows were called off"


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """Deposits of 110.00 and then of 55.00; then all three shows were called off, and nothing was earned."""
    house = build_house(clock, (show("shw_1", completed=False), show("shw_2", completed=False)))
    clock.instant = BEFORE_SHOW
    pay(house)
    house.market.shows["ctr_1"] = (*house.market.shows["ctr_1"], show("shw_3", completed=False))
    clock.instant = BEFORE_SHOW + timedelta(minutes=1)
    pay(house)
    called_off = Cancellation(occurred_at=clock.instant, recorded_at=clock.instant, by=Party.HOST)
    house.market.shows["ctr_1"] = tuple(replace(each, cancelled=called_off) for each in house.market.shows["ctr_1"])
    clock.instant = AFTER_RETURNS
    house.work()
    return house


def pay(house: House, kind: FundingKind = FundingKind.DEPOSIT) -> Funding:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", kind)
    house.work()
    house.stripe.pay(f"cs_{funding.funding_id}")
    house.payouts.fundings.observe(house.stripe.checkout(f"cs_{funding.funding_id}"))
    house.work()
    return house.payouts.fundings.get(OWNER, funding.funding_id)


def prepared(house: House, amount: int | None = None) -> RefundOfPrepaid:
    return house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, amount)


def approved(house: House, amount: int | None = None) -> RefundOfPrepaid:
    return house.payouts.refunds.approve(APPROVER, prepared(house, amount).refund_id)


def now_is(house: House, refund: RefundOfPrepaid) -> RefundOfPrepaid:
    return house.payouts.refunds.get(APPROVER, refund.refund_id)


def charges(house: House) -> list[str]:
    """The contract's charges, newest first."""
    paid = house.payouts.fundings.of_contract(OWNER, "ctr_1")
    return [str(each.charge_id) for each in sorted(paid, key=lambda each: str(each.paid_at), reverse=True)]


def funds() -> int:
    return PayoutsStore().funds("ctr_1")[0]


def states(refund: RefundOfPrepaid) -> list[PartState]:
    return [part.state for part in refund.parts]


def test_all_that_is_unused_goes_back_newest_charge_first_and_never_more_than_a_charge(house: House) -> None:
    refund = approved(house)
    assert (refund.amount_minor, refund.prepared_by, refund.approved_by) == (FIRST + SECOND, PREPARER.user_id, APPROVER.user_id)
    house.work()
    sent = now_is(house, refund)
    assert sent.state is RefundOfPrepaidState.SENT
    assert [(part.charge_id, part.amount_minor, part.state) for part in sent.parts] == [
        (charges(house)[0], SECOND, PartState.MADE),
        (charges(house)[1], FIRST, PartState.MADE),
    ]
    assert house.of_brand() == {}
    assert house.problems() == []
    with pytest.raises(NothingUnused):
        prepared(house)


def test_each_part_is_booked_under_its_fact_with_its_balance_transaction(house: House) -> None:
    refund = approved(house, 60_00)
    house.work()
    booked = house.ledger.transaction("refund#re_2")
    assert (booked.kind, booked.contract_id) == ("refund_of_prepaid", "ctr_1")
    assert {p.account: p.amount_minor for p in booked.postings} == {"brand:brd_1:prepaid": 5_00, "platform:stripe_balance": -5_00}
    assert (booked.facts or {})["balance_transaction"] == "txn_re_2"
    assert house.of_brand() == {"prepaid": -(FIRST + SECOND - 60_00)}
    assert house.stripe.keys[-2:] == [f"refund-{refund.refund_id}-1-1", f"refund-{refund.refund_id}-2-1"]


def test_what_is_earned_does_not_go_back(house: House) -> None:
    first, *others = house.market.shows["ctr_1"]
    house.market.shows["ctr_1"] = (replace(show("shw_1"), cancelled=None), *others)
    del first
    house.payouts.accruals.accrue("ctr_1")
    assert prepared(house).amount_minor == FIRST + SECOND - 110_00


def test_nothing_goes_back_before_the_last_show_has_closed(house: House, clock: StandingClock) -> None:
    house.market.shows["ctr_1"] = (show("shw_1"), *house.market.shows["ctr_1"][1:])
    clock.instant = datetime(2011, 1, 10, 12, tzinfo=UTC)
    with pytest.raises(NotClosedYet, match="return window"):
        prepared(house)


def test_nothing_goes_back_while_a_show_is_disputed(house: House) -> None:
    disputed = Fact(occurred_at=BEFORE_SHOW, recorded_at=BEFORE_SHOW)
    house.market.shows["ctr_1"] = (replace(show("shw_1"), disputed=disputed), *house.market.shows["ctr_1"][1:])
    with pytest.raises(NotClosedYet, match="disputed"):
        prepared(house)


def test_no_more_than_is_unused_can_be_asked_for(house: House) -> None:
    with pytest.raises(MoreThanUnused, match=r"165\.00 GBP"):
        prepared(house, FIRST + SECOND + 1)


def test_who_prepared_a_refund_cannot_approve_it(house: House) -> None:
    refund = prepared(house)
    with pytest.raises(OwnRefund, match="You prepared this refund, so another person has to approve it"):
        house.payouts.refunds.approve(replace(APPROVER, user_id=PREPARER.user_id), refund.refund_id)
    with pytest.raises(NotForYourRole):
        house.payouts.refunds.approve(replace(PREPARER, user_id="usr_other"), refund.refund_id)
    assert now_is(house, refund).state is RefundOfPrepaidState.PREPARED


def test_what_is_prepared_is_out_of_the_funds_and_comes_back_when_it_is_void(house: House) -> None:
    refund = prepared(house)
    assert funds() == 0
    with pytest.raises(NothingUnused):
        prepared(house)
    void = house.payouts.refunds.void(refund.refund_id, "prepared by mistake")
    assert (void.state, void.note, funds()) == (RefundOfPrepaidState.VOID, "prepared by mistake", FIRST + SECOND)
    with pytest.raises(RefundMovedOn):
        house.payouts.refunds.approve(APPROVER, refund.refund_id)
    assert prepared(house).refund_id != refund.refund_id


def test_one_refund_of_a_contract_at_a_time(house: House) -> None:
    prepared(house, 10_00)
    with pytest.raises(Superseded, match="under way already"):
        prepared(house, 10_00)


def test_what_was_earned_in_the_meantime_stops_the_approval(house: House) -> None:
    refund = prepared(house)
    house.market.shows["ctr_1"] = (show("shw_1"), *house.market.shows["ctr_1"][1:])
    house.payouts.accruals.accrue("ctr_1")
    with pytest.raises(RefundMovedOn, match="earned since"):
        house.payouts.refunds.approve(APPROVER, refund.refund_id)


@pytest.mark.parametrize("fault", ["lose", "cut"])
def test_an_answer_that_was_lost_is_unknown_and_the_same_key_is_tried_again(house: House, fault: str) -> None:
    refund = approved(house, SECOND)
    setattr(house.stripe, fault, 1)
    house.work()
    unknown = now_is(house, refund)
    assert (unknown.state, states(unknown), funds()) == (RefundOfPrepaidState.SENDING, [PartState.UNKNOWN], FIRST)
    assert house.payouts.refunds.follow_up() == 1
    house.work()
    assert states(now_is(house, refund)) == [PartState.MADE]
    assert house.stripe.keys[-2:] == [f"refund-{refund.refund_id}-1-1"] * 2
    assert len(house.stripe.refunds) == 1
    assert house.payouts.refunds.follow_up() == 0
    assert house.problems() == []


@pytest.mark.parametrize(("fault", "keys"), [("lose", 1), ("cut", 2)])
def test_after_24_hours_a_lost_refund_is_looked_up_and_only_then_made_anew(
    house: House, clock: StandingClock, fault: str, keys: int
) -> None:
    refund = approved(house, SECOND)
    setattr(house.stripe, fault, 1)
    house.work()
    clock.instant += timedelta(hours=25)
    house.payouts.refunds.send(refund.refund_id)
    made = now_is(house, refund)
    assert (states(made), len(made.parts[0].attempts), len(house.stripe.refunds)) == ([PartState.MADE], keys, 1)


def test_a_definite_no_gives_the_money_back_to_the_contract(house: House) -> None:
    refund = approved(house, SECOND)
    house.stripe.refuse = "charge_expired_for_refund"
    house.work()
    failed = now_is(house, refund)
    assert (failed.state, states(failed), funds()) == (RefundOfPrepaidState.FAILED, [PartState.REFUSED], FIRST + SECOND)
    assert house.of_brand() == {"prepaid": -(FIRST + SECOND)}
    house.stripe.refuse = None
    assert house.payouts.refunds.send(refund.refund_id) == failed


def test_charges_that_are_too_small_by_now_fail_the_refund_as_a_whole(house: House) -> None:
    refund = approved(house)
    house.stripe.create_refund(charge_id=charges(house)[0], amount_minor=1, currency="GBP", reference="", idempotency_key="by hand")
    house.work()
    failed = now_is(house, refund)
    assert (failed.state, failed.parts, funds()) == (RefundOfPrepaidState.FAILED, (), FIRST + SECOND)
    assert "164.99 GBP" in str(failed.note)


def test_a_refund_that_fails_later_is_prepaid_again_by_an_entry_that_names_the_first(house: House) -> None:
    refund = approved(house, SECOND)
    house.work()
    notice = house.stripe.fail_refund("re_1")
    for _ in range(2):
        house.payouts.refunds.observe(notice)
    failed = now_is(house, refund)
    assert (failed.state, states(failed), funds()) == (RefundOfPrepaidState.FAILED, [PartState.FAILED], FIRST + SECOND)
    booked = house.ledger.transaction("refund#re_1#failed")
    assert (booked.reverses, booked.reason) == ("refund#re_1", "the refund failed at Stripe: lost_or_stolen_card")
    assert (booked.facts or {})["balance_transaction"] == "txn_re_1_failed"
    assert house.of_brand() == {"prepaid": -(FIRST + SECOND)}
    assert house.problems() == []


def test_reconciliation_finds_a_refund_and_its_failure_in_the_books_and_misses_one_that_is_not(house: House) -> None:
    approved(house, SECOND)
    house.work()
    house.payouts.refunds.observe(house.stripe.fail_refund("re_1"))
    rows = [("txn_re_1", -SECOND), ("txn_re_1_failed", SECOND), ("txn_by_hand", -1)]
    word = StripesWord(transactions=tuple(row(name, amount) for name, amount in rows), transfers=())
    booked = [each for each in house.ledger.every_transaction() if each.kind.startswith("refund_of_prepaid")]
    balance = next(each for each in ledger_to_stripe(booked, [], word) if each.kind == "balance")
    left, right = (side.amounts["GBP"] for side in (balance.left, balance.right))
    assert right - left == {"txn_by_hand -1"}
    assert left <= right


def row(identifier: str, amount: int) -> BalanceTransaction:
    """A change of Stripe's balance without a fee."""
    return BalanceTransaction(
        id=identifier,
        type="refund",
        amount_minor=amount,
        fee_minor=0,
        net_minor=amount,
        currency="GBP",
        source=None,
        created=0,
        available_on=0,
    )


def test_a_refund_that_failed_while_its_answer_was_lost_is_booked_both_ways(house: House) -> None:
    refund = approved(house, SECOND)
    house.stripe.lose = 1
    house.work()
    house.payouts.refunds.observe(house.stripe.fail_refund("re_1"))
    assert states(now_is(house, refund)) == [PartState.FAILED]
    assert house.ledger.transaction("refund#re_1#failed").reverses == house.ledger.transaction("refund#re_1").key


def test_a_refund_that_waits_for_money_is_booked_once_it_has_left(house: House) -> None:
    refund = approved(house, SECOND)
    house.stripe.lose = 1
    house.work()
    made = house.stripe.refunds["re_1"]
    house.payouts.refunds.observe(replace(made, status="pending", balance_transaction=None))
    assert states(now_is(house, refund)) == [PartState.PENDING]
    assert house.of_brand() == {"prepaid": -(FIRST + SECOND)}
    house.payouts.refunds.send(refund.refund_id)
    assert states(now_is(house, refund)) == [PartState.MADE]


def test_a_refund_that_never_left_frees_the_money_without_an_entry(house: House) -> None:
    refund = approved(house, SECOND)
    house.stripe.cut = 1
    house.work()
    house.stripe.create_refund(
        charge_id=charges(house)[0], amount_minor=SECOND, currency="GBP", reference=f"{refund.refund_id}-1", idempotency_key="the same"
    )
    canceled = replace(house.stripe.refunds["re_1"], status="canceled", balance_transaction=None)
    house.payouts.refunds.observe(canceled)
    assert (states(now_is(house, refund)), funds()) == ([PartState.FAILED], FIRST + SECOND)


def test_refunds_that_are_not_ours_are_passed_over_and_other_ones_are_not_believed(house: House) -> None:
    refund = approved(house, SECOND)
    house.work()
    made = house.stripe.refunds["re_1"]
    assert house.payouts.refunds.observe(replace(made, reference="somebody else's")) is None
    assert house.payouts.refunds.observe(replace(made, reference="pbk_unknown-1")) is None
    for other in ({"amount_minor": 1}, {"id": "re_9"}, {"charge": "ch_9"}, {"reference": f"{refund.refund_id}-7"}):
        with pytest.raises(OtherRefund):
            house.payouts.refunds.observe(replace(made, **other))


def test_a_refund_is_seen_by_finance_and_its_brand_only(house: House) -> None:
    refund = prepared(house)
    assert house.payouts.refunds.of_contract(OWNER, "ctr_1") == [refund]
    stranger = person("brd_2", Role.BRAND_OWNER)
    with pytest.raises(NoSuchContract):
        house.payouts.refunds.of_contract(stranger, "ctr_1")
    with pytest.raises(NoSuchRefund):
        house.payouts.refunds.get(stranger, refund.refund_id)
    with pytest.raises(NoSuchRefund):
        house.payouts.refunds.get(APPROVER, "pbk_none")

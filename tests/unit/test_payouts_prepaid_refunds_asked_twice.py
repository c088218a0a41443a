"""A refund of prepaid money is prepared once for a request, however often that comes and whatever of it was heard."""

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.payouts.rules.prepaid_refunds import NothingUnused, RefundOfPrepaid
from chalicelib.payouts.store import Superseded
from tests.fakes.deals import APPROVER, OWNER, PREPARER, House
from tests.unit.test_payouts_prepaid_refunds import FIRST, SECOND, WHY, funds, house, now_is

__all__ = ["house"]


def test_a_preparation_that_comes_again_is_answered_with_the_refund_that_it_made(house: House) -> None:
    made = house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_asked")
    assert house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_asked") == made
    assert funds() == FIRST + SECOND - 10_00
    after = house.payouts.refunds.approve(APPROVER, made.refund_id)
    house.work()
    assert house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_asked") == now_is(house, after)
    assert len(house.payouts.refunds.of_contract(OWNER, "ctr_1")) == 1
    other = house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_again")
    assert other.refund_id != made.refund_id


def test_a_preparation_whose_write_went_through_unheard_and_was_sent_again_is_answered_with_its_refund(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Transaction.commit

    def twice(writes: Transaction) -> None:
        once(writes)
        once(writes)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", twice)
        made = house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, request_id="ask_asked")
        with pytest.raises(NothingUnused):
            house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, request_id="ask_other")
    assert (now_is(house, made), funds()) == (made, 0)


def test_of_two_preparations_at_the_same_moment_one_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, first = Transaction.commit, list[RefundOfPrepaid]()

    def overtaken(writes: Transaction) -> None:
        monkeypatch.setattr(Transaction, "commit", commit)
        first.append(house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_first"))
        commit(writes)

    monkeypatch.setattr(Transaction, "commit", overtaken)
    with pytest.raises(Superseded):
        house.payouts.refunds.prepare(PREPARER, "ctr_1", WHY, 10_00, request_id="ask_second")
    assert house.payouts.refunds.of_contract(OWNER, "ctr_1") == first

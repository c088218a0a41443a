"""A dispute freezes what of its show has not been paid out, in the books of everybody; nothing that was paid becomes a debt by it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.contracts.terms import Deliverable
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.payouts.earnings import DeliverableResult, Outcome
from tests.conftest import StandingClock
from tests.fakes.deals import AGENCY, APPROVER, CREATOR, HOST, MANAGER, PREPARER, SHOW_STARTS, TERMS, House, build_house, sale, show

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)
AGREED = replace(TERMS, deliverables=(Deliverable(kind="links_live", fee_off_basis_points=5_000),))


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """Host with 160.00 and agency with 40.00 earned, matured and paid for by the brand."""
    house = build_house(clock)
    house.market.add("ctr_1", show(terms=AGREED), terms=AGREED)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = AFTER_RETURNS
    for payee in (CREATOR, MANAGER):
        house.payouts.accounts.connect(payee, "GB")
    paid = {accounts.PLATFORM_STRIPE_BALANCE: 220_00, accounts.brand_prepaid("brd_1"): -220_00}
    booking = Transaction(key="funding#1", kind="funding", occurred_at=AFTER_RETURNS, reason="paid", postings=postings_of(paid, "GBP"))
    store = house.payouts._store
    house.ledger.post(booking, joined=lambda writes: store.receive(writes, "ctr_1", 220_00, 0))
    house.payouts.accruals.accrue("ctr_1")
    return house


def found(house: House, outcome: Outcome) -> None:
    """What somebody records about the links of the show."""
    result = DeliverableResult(kind="links_live", outcome=outcome, occurred_at=SHOW_STARTS, recorded_at=AFTER_RETURNS)
    house.market.shows["ctr_1"] = (replace(show(terms=AGREED), deliverables=(result,)),)
    house.payouts.accruals.accrue("ctr_1")


def test_a_dispute_takes_what_waits_to_be_paid_out_and_its_end_gives_it_back(house: House) -> None:
    assert house.stages(HOST) == {"payable": 160_00}
    found(house, Outcome.DISPUTED)
    assert (house.stages(HOST), house.stages(AGENCY)) == ({"disputed": 160_00}, {"disputed": 40_00})
    assert house.of_brand() == {"prepaid": -220_00, "receivable": 220_00}
    assert house.payouts.fundings.unfunded("ctr_1") == 0
    assert house.problems() == []
    found(house, Outcome.MET)
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.problems() == []


def test_what_was_paid_out_stays_with_the_payee_until_the_dispute_is_decided(house: House) -> None:
    (settlement,) = (s for s in house.payouts.settlements.prepare(PREPARER, "GBP").settlements if s.payee_id == HOST)
    house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    found(house, Outcome.DISPUTED)
    assert house.stages(HOST) == {"in_transit": 160_00}
    assert house.problems() == []
    found(house, Outcome.NOT_MET)
    assert house.stages(HOST) == {"in_transit": 160_00, "payable": -40_00}
    assert house.problems() == []


def test_another_show_is_paid_for_while_one_that_was_paid_out_is_disputed(house: House) -> None:
    for each in house.payouts.settlements.prepare(PREPARER, "GBP").settlements:
        house.payouts.settlements.approve(APPROVER, each.settlement_id)
    found(house, Outcome.DISPUTED)
    house.market.shows["ctr_1"] = (*house.market.shows["ctr_1"], show("shw_2", terms=AGREED))
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"in_transit": 160_00, "unfunded": 64_00, "payable": 16_00}
    assert house.payouts.fundings.unfunded("ctr_1") == 90_00
    assert house.problems() == []

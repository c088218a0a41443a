"""Debts of payees with many contracts: netted in bookings of bounded size, and given back to every brand in the end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.payouts.rules.debts import MOST_AT_ONCE, Debt, after_change, behind_others_minor, is_returned, owed_under
from tests.conftest import StandingClock
from tests.fakes.deals import (
    AGENCY,
    APPROVER,
    CREATOR,
    HOST,
    MANAGER,
    PREPARER,
    TERMS,
    House,
    build_house,
    refund,
    sale,
    show,
)

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)
BRANDS = 21
"""More than a transaction can hold postings for."""


def fund(house: House, number: int, minor: int) -> None:
    """The brand pays so much for its contract."""
    contract_id, store = f"ctr_{number}", house.payouts._store
    paid = {accounts.PLATFORM_STRIPE_BALANCE: minor, accounts.brand_prepaid(f"brd_{number}"): -minor}
    booking = Transaction(
        key=f"funding#{number}", kind="funding", occurred_at=AFTER_RETURNS, reason="paid", postings=postings_of(paid, "GBP")
    )
    house.ledger.post(booking, joined=lambda writes: store.receive(writes, contract_id, minor, store.funds(contract_id)[1]))
    house.payouts.accruals.accrue(contract_id)


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """What host and agency had for a show of each brand was on its way to them when all of it was sent back."""
    house = build_house(clock)
    clock.instant = AFTER_RETURNS
    terms = replace(TERMS, flat_fee=None)
    numbers = range(1, BRANDS + 1)
    house.market.sales = [sale(f"l{number}", 100_00, f"shw_{number}") for number in numbers]
    for payee in (CREATOR, MANAGER):
        house.payouts.accounts.connect(payee, "GB")
    for number in numbers:
        house.market.add(f"ctr_{number}", show(f"shw_{number}", terms=terms), terms=terms, brand=f"brd_{number}")
        fund(house, number, 11_00)
    for settlement in house.payouts.settlements.prepare(PREPARER, "GBP").settlements:
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    house.work()
    house.market.refunds = [refund(f"l{number}", 100_00, AFTER_RETURNS) for number in numbers]
    for number in numbers:
        house.payouts.accruals.accrue(f"ctr_{number}")
    house.work()
    return house


def test_debts_to_many_brands_are_netted_whatever_a_write_can_hold(house: House) -> None:
    assert house.stages(HOST) == {"in_transit": 168_00, "payable": -168_00}
    assert house.stages(AGENCY) == {"in_transit": 42_00, "payable": -42_00}
    house.market.add("ctr_99", show("shw_99"), brand="brd_99")
    house.market.sales.append(sale("l99", 2_000_00, "shw_99"))
    fund(house, 99, 330_00)
    house.work()
    assert house.stages(HOST) == {"in_transit": 168_00, "payable": 72_00}
    assert house.stages(AGENCY) == {"in_transit": 42_00, "payable": 18_00}
    assert [house.of_brand(f"brd_{number}") for number in range(1, BRANDS + 1)] == [{"prepaid": -11_00}] * BRANDS
    assert house.problems() == []


def test_what_one_booking_cannot_move_waits_for_its_own_contracts_booking() -> None:
    debts = tuple(Debt(contract_id=name, brand_id=f"brd_{name}", minor=10) for name in "abcde")
    netted = after_change(debts, owed_minor=-50, change_minor=45, contract_id="z")
    waiting = (
        Debt(contract_id="d", brand_id="brd_d", minor=10, returned=True),
        Debt(contract_id="e", brand_id="brd_e", minor=5, returned=True),
    )
    assert netted.debts == (Debt(contract_id="e", brand_id="brd_e", minor=5), *waiting)
    assert netted.by_brand == {f"brd_{name}": -10 for name in "abc"}
    assert netted.look_again == ("a", "b", "c", "e", "d"), "e is the oldest now, d the first that waits"
    assert len(netted.by_brand) == MOST_AT_ONCE
    assert (owed_under(netted.debts, "d"), owed_under(netted.debts, "e")) == (10, 10)
    assert is_returned(netted.debts, "d")
    booked = after_change(netted.debts, owed_minor=-5, change_minor=0, contract_id="d", brand_id="brd_d")
    assert booked.debts == (Debt(contract_id="e", brand_id="brd_e", minor=5), waiting[1])
    assert (booked.by_brand, booked.look_again) == ({"brd_d": -10}, ("d", "e"))


def test_the_oldest_debt_is_netted_first_whichever_contract_earns() -> None:
    debts = tuple(Debt(contract_id=name, brand_id=f"brd_{name}", minor=10) for name in "abc")
    netted = after_change(debts, owed_minor=-30, change_minor=15, contract_id="b", brand_id="brd_b")
    assert netted.by_brand == {"brd_a": -10, "brd_b": -5}
    assert netted.debts == (Debt(contract_id="b", brand_id="brd_b", minor=5), debts[2])
    assert netted.look_again == ("b", "a"), "b paid this with money of its own, and got some of it back"


def test_the_contract_whose_debt_becomes_the_oldest_is_accrued_again() -> None:
    debts = tuple(Debt(contract_id=name, brand_id=f"brd_{name}", minor=10) for name in "abc")
    assert after_change(debts, owed_minor=-30, change_minor=10, contract_id="z").look_again == ("a", "b")
    assert after_change(debts, owed_minor=-30, change_minor=9, contract_id="z").look_again == ("a",)


def test_a_contract_that_works_off_a_younger_debt_of_its_own_with_new_money_gets_that_money_back() -> None:
    debts = tuple(Debt(contract_id=name, brand_id=f"brd_{name}", minor=10) for name in "bab")
    assert after_change(debts, owed_minor=-30, change_minor=10, contract_id="b").look_again == ("a",)
    assert after_change(debts, owed_minor=-30, change_minor=30, contract_id="b").look_again == ("b", "a")


def test_a_later_debt_under_the_same_contract_does_not_become_as_old_as_the_first() -> None:
    debts: tuple[Debt, ...] = ()
    for owed, contract in enumerate("aaba"):
        debts = after_change(debts, owed_minor=-10 * owed, change_minor=-10, contract_id=contract, brand_id=f"brd_{contract}").debts
    assert [(debt.contract_id, debt.minor) for debt in debts] == [("a", 20), ("b", 10), ("a", 10)]
    assert (owed_under(debts, "a"), behind_others_minor(debts, "a"), behind_others_minor(debts, "b")) == (30, 10, 10)


def test_what_is_earned_again_waits_behind_older_debts_and_its_brand_is_not_asked_for_it(house: House) -> None:
    house.market.refunds = [each for each in house.market.refunds if each.line_id != "l2"]
    house.payouts.accruals.accrue("ctr_2")
    assert house.stages(HOST) == {"in_transit": 168_00, "payable": -168_00, "unfunded": 8_00}
    assert house.of_brand("brd_2") == {"recoverable": -10_00, "receivable": 10_00}, "the platform's fee is paid"
    assert house.payouts.invoices.listed(APPROVER) == []
    house.market.add("ctr_99", show("shw_99"), brand="brd_99")
    house.market.sales.append(sale("l99", 2_000_00, "shw_99"))
    fund(house, 99, 330_00)
    house.work()
    assert house.stages(HOST) == {"in_transit": 168_00, "payable": 80_00}
    assert house.of_brand("brd_2") == {}
    assert house.problems() == []

"""A brand's bank takes a payment back: the books follow each movement, and nothing is paid that is not funded."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.core.access import Role
from chalicelib.core.money import key_and_minor
from chalicelib.payouts.chargebacks import ChargebackNotUnderstood
from chalicelib.payouts.ports import NoSuchContract
from chalicelib.payouts.rules.chargebacks import Chargeback
from chalicelib.payouts.rules.funding import Funding, FundingKind
from chalicelib.payouts.rules.positions import ContractEarnings, Funds, PayeeShare, ShowEarnings, positions, unfunded_minor
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_port import BalanceTransaction, DisputeState
from chalicelib.reconciliation.stripe_sides import ledger_to_stripe
from chalicelib.reconciliation.word import StripesWord
from tests.conftest import StandingClock
from tests.fakes.deals import AGENCY, APPROVER, CREATOR, HOST, MANAGER, OWNER, PREPARER, House, build_house, person, sale
from tests.fakes.stripe import DISPUTE_FEE_MINOR, FEE_MINOR

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)
PAID = 220_00
"""Flat fee 100.00 and 10 % of 1,000.00, and 10 % for the platform on top: 160.00 to the host, 40.00 to the agency, 20.00."""


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """All that was earned is paid for; nothing is settled."""
    house = build_house(clock)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = AFTER_RETURNS
    for payee in (CREATOR, MANAGER):
        house.payouts.accounts.connect(payee, "GB")
    house.payouts.accruals.accrue("ctr_1")
    pay(house)
    return house


def pay(house: House) -> Funding:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)
    house.work()
    house.stripe.pay(f"cs_{funding.funding_id}")
    house.payouts.fundings.observe(house.stripe.checkout(f"cs_{funding.funding_id}"))
    house.work()
    return house.payouts.fundings.get(OWNER, funding.funding_id)


def charge_of(house: House) -> str:
    return str(house.payouts.fundings.of_contract(OWNER, "ctr_1")[0].charge_id)


def taken_back(house: House) -> DisputeState:
    dispute = house.stripe.take_back(charge_of(house))
    house.payouts.chargebacks.observe(dispute)
    house.work()
    return dispute


def ended(house: House, dispute: DisputeState, status: str) -> Chargeback:
    chargeback = house.payouts.chargebacks.observe(house.stripe.end_dispute(dispute.id, status))
    house.work()
    assert chargeback is not None
    return chargeback


def pay_out(house: House) -> None:
    for settlement in house.payouts.settlements.prepare(PREPARER, "GBP").settlements:
        house.payouts.settlements.approve(APPROVER, settlement.settlement_id)
    house.work()


def balance(house: House, account: str) -> int:
    return next((b.minor for b in house.ledger.balances(account) if b.account == account), 0)


def test_what_was_earned_on_a_payment_that_is_gone_is_unfunded_again(house: House) -> None:
    assert house.stages(HOST) == {"payable": 160_00}
    taken_back(house)
    assert house.stages(HOST) == {"unfunded": 160_00}
    assert house.stages(AGENCY) == {"unfunded": 40_00}
    assert house.of_brand() == {"receivable": PAID}
    assert house.payouts.settlements.prepare(PREPARER, "GBP").settlements == ()
    assert house.problems() == []


def test_the_balance_loses_the_payment_and_the_fee_is_the_platforms(house: House) -> None:
    dispute = taken_back(house)
    assert balance(house, "platform:stripe_balance") == -FEE_MINOR - DISPUTE_FEE_MINOR == house.stripe.balance_minor["GBP"]
    assert balance(house, "platform:stripe_fees") == FEE_MINOR + DISPUTE_FEE_MINOR
    booked = house.ledger.transaction(f"dispute#{dispute.id}#txn_{dispute.id}")
    assert {p.account: p.amount_minor for p in booked.postings} == {
        "brand:brd_1:prepaid": PAID,
        "platform:stripe_balance": -PAID - DISPUTE_FEE_MINOR,
        "platform:stripe_fees": DISPUTE_FEE_MINOR,
    }
    assert booked.reason == "the brand's bank took a payment back: fraudulent"


def test_a_dispute_that_is_won_funds_everything_again(house: House) -> None:
    dispute = taken_back(house)
    chargeback = ended(house, dispute, "won")
    assert (chargeback.status, chargeback.is_closed, len(chargeback.booked)) == ("won", True, 2)
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.of_brand() == {}
    back = house.ledger.transaction(f"dispute#{dispute.id}#txn_{dispute.id}_won")
    assert back.reverses == f"dispute#{dispute.id}#txn_{dispute.id}"
    assert house.problems() == []


def test_a_dispute_that_is_lost_leaves_it_to_the_brand_to_pay_again(house: House) -> None:
    chargeback = ended(house, taken_back(house), "lost")
    assert (chargeback.status, len(chargeback.booked)) == ("lost", 1)
    assert pay(house).amount_minor == PAID
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.of_brand() == {}


def test_what_was_paid_out_on_a_payment_that_is_gone_is_owed_by_the_brand_and_nothing_goes_below_zero(house: House) -> None:
    pay_out(house)
    assert house.stages(HOST) == {"paid": 160_00}
    taken_back(house)
    assert house.stages(HOST) == {"paid": 160_00}
    assert house.of_brand() == {"receivable": PAID}
    assert house.problems() == []
    house.market.sales.append(sale("l3", 100_00))
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"paid": 160_00, "unfunded": 8_00}
    assert pay(house).amount_minor == PAID + 11_00
    assert house.stages(HOST) == {"paid": 160_00, "payable": 8_00}
    assert house.of_brand() == {}
    assert house.problems() == []


def test_notices_that_come_twice_or_late_book_each_movement_once(house: House) -> None:
    dispute = house.stripe.take_back(charge_of(house))
    won = house.stripe.end_dispute(dispute.id, "won")
    first = house.payouts.chargebacks.observe(won)
    assert house.payouts.chargebacks.observe(won) == first
    house.payouts.chargebacks.observe(dispute)
    house.work()
    assert PayoutsStore().funds("ctr_1")[0] == PAID
    assert [t.kind for t in house.ledger.every_transaction() if t.kind.startswith("chargeback")] == ["chargeback", "chargeback_won"]


def test_payments_that_are_not_ours_are_passed_over_and_other_currencies_are_looked_at(house: House) -> None:
    dispute = house.stripe.take_back(charge_of(house))
    strange = house.stripe.checkouts[charge_of(house).removeprefix("ch_")]
    house.stripe.checkouts["cs_other"] = replace(strange, reference="pos-terminal-7")
    assert house.payouts.chargebacks.observe(replace(dispute, id="du_2", charge="ch_cs_other")) is None
    with pytest.raises(ChargebackNotUnderstood):
        house.payouts.chargebacks.observe(replace(dispute, currency="EUR"))


def test_a_chargeback_is_seen_by_finance_and_its_brand_only(house: House) -> None:
    taken_back(house)
    chargebacks = house.payouts.chargebacks
    assert [each.amount_minor for each in chargebacks.of_contract(OWNER, "ctr_1")] == [PAID]
    assert chargebacks.of_contract(APPROVER, "ctr_1") == chargebacks.of_contract(OWNER, "ctr_1")
    with pytest.raises(NoSuchContract):
        chargebacks.of_contract(person("brd_2", Role.BRAND_OWNER), "ctr_1")


def test_reconciliation_finds_each_movement_of_a_dispute_in_the_books(house: House) -> None:
    ended(house, taken_back(house), "won")
    names = charge_of(house).removeprefix("ch_")
    rows = (
        row(f"txn_{names}", PAID, FEE_MINOR),
        row(f"txn_du_ch_{names}", -PAID, DISPUTE_FEE_MINOR),
        row(f"txn_du_ch_{names}_won", PAID, 0),
    )
    word = StripesWord(transactions=rows, transfers=())
    sides = {each.kind: each for each in ledger_to_stripe(house.ledger.every_transaction(), [], word)}
    for kind in ("balance", "fees"):
        left = {entry for entry in sides[kind].left.amounts["GBP"] if key_and_minor(entry)[1]}
        assert {"GBP": left} == sides[kind].right.amounts


def row(identifier: str, amount: int, fee: int) -> BalanceTransaction:
    """A change of Stripe's balance."""
    return BalanceTransaction(
        id=identifier,
        type="adjustment",
        amount_minor=amount,
        fee_minor=fee,
        net_minor=amount - fee,
        currency="GBP",
        source=None,
        created=0,
        available_on=0,
    )


@pytest.mark.parametrize(
    ("received", "prepaid", "receivable", "to_pay"), [(100, 100, 0, 0), (60, 60, 40, 40), (0, 0, 100, 100), (-30, -30, 130, 130)]
)
def test_prepaid_money_is_never_used_below_zero(received: int, prepaid: int, receivable: int, to_pay: int) -> None:
    share = PayeeShare(payee_id="p", earned_minor=100, matured_minor=100)
    earned = ContractEarnings(
        contract_id="c", brand_id="b", currency="GBP", shows=(ShowEarnings(show_id="s", starts_at=AFTER_RETURNS, payees=(share,)),)
    )
    paid_out = Funds(received_minor=received, locked_minor={"p": 100}, booked_minor={"p": 100})
    stand = {str(account): money.minor for account, money in positions(earned, paid_out).items() if money.minor}
    assert {name: stand.get(f"brand:b:{name}", 0) for name in ("prepaid", "receivable")} == {"prepaid": prepaid, "receivable": receivable}
    assert stand["payee:p:payable"] == -100
    assert unfunded_minor(earned, paid_out) == to_pay

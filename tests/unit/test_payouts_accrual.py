"""From sales to payable: what is accrued, matured, funded, clawed back; the equation of matured money holds throughout."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.contracts.terms import PayFloor, Scope
from chalicelib.core.access import Role
from chalicelib.payouts import fundings
from chalicelib.payouts.fundings import BANK_REFUSED
from chalicelib.payouts.payables import RECOVERY
from chalicelib.payouts.ports import NoSuchContract
from chalicelib.payouts.records import NoStatement
from chalicelib.payouts.rules.funding import FundingKind, FundingState, NothingToPay
from chalicelib.payouts.statement import to_csv
from chalicelib.payouts.statement_html import to_html
from tests.conftest import StandingClock
from tests.fakes.deals import AGENCY, CREATOR, HOST, OWNER, SHOW_STARTS, TERMS, House, build_house, person, refund, sale, show

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    house = build_house(clock)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = SHOW_STARTS + timedelta(hours=3)
    return house


def pay(house: House, kind: FundingKind = FundingKind.BALANCE) -> None:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", kind)
    house.work()
    house.stripe.pay(f"cs_{funding.funding_id}")
    house.payouts.fundings.observe(house.stripe.checkout(f"cs_{funding.funding_id}"))
    house.work()


def test_commission_is_pending_and_the_fee_of_a_completed_show_is_matured(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"pending": 80_00, "unfunded": 80_00}
    assert house.stages(AGENCY) == {"pending": 20_00, "unfunded": 20_00}
    assert house.of_brand() == {"receivable": 220_00}
    assert house.problems() == []


def test_accruing_again_writes_nothing(house: House) -> None:
    first = house.payouts.accruals.accrue("ctr_1")
    again = house.payouts.accruals.accrue("ctr_1")
    assert again == first
    assert len(house.ledger.journal(datetime(2011, 1, 1, tzinfo=UTC), AFTER_RETURNS)) == 1


def test_the_order_of_sales_does_not_matter_to_what_is_booked(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    house.market.sales.reverse()
    house.market.sales.append(house.market.sales[0])
    assert house.payouts.accruals.accrue("ctr_1") is not None
    assert house.stages(HOST) == {"pending": 80_00, "unfunded": 80_00}


def test_a_worker_with_a_stale_sequence_starts_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    store = house.payouts._store
    fresh = store.accrual
    stale = fresh("ctr_1")
    house.payouts.accruals.accrue("ctr_1")
    house.market.sales.append(sale("l3", 100_00))
    answers = [stale]
    monkeypatch.setattr(store, "accrual", lambda contract_id: answers.pop() if answers else fresh(contract_id))
    booked = house.payouts.accruals.accrue("ctr_1")
    assert booked is not None
    assert booked.sequence == 2
    assert house.stages(HOST) == {"pending": 88_00, "unfunded": 80_00}
    assert house.problems() == []


def test_money_is_payable_only_as_far_as_the_brand_paid(house: House, clock: StandingClock) -> None:
    pay(house, FundingKind.DEPOSIT)
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"pending": 80_00, "unfunded": 36_00, "payable": 44_00}
    assert house.stages(AGENCY) == {"pending": 20_00, "unfunded": 9_00, "payable": 11_00}
    clock.instant = AFTER_RETURNS
    house.payouts.accruals.accrue("ctr_1")
    pay(house)
    assert house.stages(HOST) == {"payable": 160_00}
    assert house.of_brand() == {}
    assert house.problems() == []


def test_a_balance_asks_for_what_matured_with_the_platform_fee(house: House, clock: StandingClock) -> None:
    clock.instant = AFTER_RETURNS
    house.payouts.accruals.accrue("ctr_1")
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)
    assert funding.amount_minor == 220_00
    assert house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE) == funding, "asked for once"


def test_nothing_is_asked_for_twice(house: House, clock: StandingClock) -> None:
    clock.instant = AFTER_RETURNS
    pay(house)
    with pytest.raises(NothingToPay):
        house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)


def test_another_brand_cannot_fund_or_see_the_contract(house: House) -> None:
    stranger = person("brd_2", Role.BRAND_OWNER)
    with pytest.raises(NoSuchContract):
        house.payouts.fundings.request(stranger, "ctr_1", FundingKind.BALANCE)
    house.payouts.accruals.accrue("ctr_1")
    with pytest.raises(NoStatement):
        house.payouts.statement(stranger, "ctr_1")


def test_a_payment_is_booked_once_however_often_it_is_told(house: House) -> None:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT)
    house.work()
    checkout_id = f"cs_{funding.funding_id}"
    house.stripe.pay(checkout_id)
    told = [house.payouts.fundings.observe(house.stripe.checkout(checkout_id)) for _ in range(3)]
    paid = told[-1]
    assert paid is not None
    assert told == [paid] * 3
    assert (paid.state, paid.stripe_fee_minor) == (FundingState.PAID, 20)
    assert house.of_brand() == {"prepaid": -55_00}
    assert house.problems() == []


def test_an_expired_page_makes_room_for_a_new_one(house: House) -> None:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT)
    house.work()
    expired = replace(house.stripe.checkout(f"cs_{funding.funding_id}"), status="expired")
    house.payouts.fundings.observe(expired)
    again = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT)
    assert again.funding_id != funding.funding_id


def test_a_payment_that_the_bank_refuses_days_later_makes_room_for_another_one(house: House) -> None:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT)
    house.work()
    under_way = replace(house.stripe.checkout(f"cs_{funding.funding_id}"), status="complete")
    assert house.payouts.fundings.observe(under_way) == house.payouts.fundings.get(OWNER, funding.funding_id)
    house.payouts.fundings.observe(replace(under_way, failed=True))
    refused = house.payouts.fundings.get(OWNER, funding.funding_id)
    assert (refused.state, refused.note) == (FundingState.FAILED, BANK_REFUSED)
    assert house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT).funding_id != funding.funding_id


def test_a_payment_whose_notice_was_lost_is_found_at_stripe_within_the_hour(house: House, clock: StandingClock) -> None:
    house.payouts.accruals.accrue("ctr_1")
    clock.instant = AFTER_RETURNS
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)
    house.work()
    clock.advance(timedelta(minutes=59))
    assert house.payouts.fundings.follow_up() == 0
    clock.advance(timedelta(minutes=2))
    assert house.payouts.fundings.follow_up() == 1
    assert house.payouts.fundings.follow_up() == 0, "the next look is an hour later"
    house.work()
    assert house.payouts.fundings.get(OWNER, funding.funding_id).state is FundingState.OPEN
    house.stripe.pay(f"cs_{funding.funding_id}")
    clock.advance(timedelta(minutes=61))
    assert house.payouts.fundings.follow_up() == 1
    house.work()
    assert house.payouts.fundings.get(OWNER, funding.funding_id).state is FundingState.PAID
    clock.advance(timedelta(hours=2))
    assert house.payouts.fundings.follow_up() == 0, "a paid one is not looked up again"
    assert house.problems() == []


def test_a_payment_page_whose_message_was_lost_is_asked_for_again(house: House, clock: StandingClock) -> None:
    house.payouts.accruals.accrue("ctr_1")
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.DEPOSIT)
    for message in OutboxItem.scan(OutboxItem.topic == "deposit.checkout"):
        message.delete()
    clock.advance(timedelta(minutes=61))
    assert house.payouts.fundings.follow_up() == 1
    house.work()
    assert house.payouts.fundings.get(OWNER, funding.funding_id).state is FundingState.OPEN


def test_only_so_many_payments_are_looked_up_at_once_the_longest_waiting_first(
    house: House, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fundings, "MAX_FOLLOWED_UP", 1)
    for number in (2, 3):
        house.market.add(f"ctr_{number}", replace(show(), show_id=f"shw_{number}"))
    asked = []
    for number in (3, 2):
        asked.append(house.payouts.fundings.request(OWNER, f"ctr_{number}", FundingKind.DEPOSIT).funding_id)
        clock.advance(timedelta(minutes=1))
    house.work()
    clock.advance(timedelta(hours=2))
    looked_up = []
    for _ in range(2):
        assert house.payouts.fundings.follow_up() == 1
        looked_up += [message.key for message in OutboxItem.scan(OutboxItem.topic == "deposit.look_up")]
        house.work()
    assert looked_up == asked
    assert house.payouts.fundings.follow_up() == 0


def test_a_refund_before_payout_only_lowers_what_is_payable(house: House, clock: StandingClock) -> None:
    clock.instant = AFTER_RETURNS
    pay(house)
    house.market.refunds.append(refund("l2", 400_00, AFTER_RETURNS))
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"payable": 128_00}
    assert house.of_brand() == {"prepaid": -44_00}
    assert house.problems() == []


def test_a_statement_row_can_be_read_with_its_formula_in_csv_and_html(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    view = house.payouts.statement(CREATOR, "ctr_1")
    payees = {line.name for line in view.lines if line.part == "payee"}
    assert payees == {HOST}, "other payees' shares are not the host's to see"
    rows = to_csv(view).splitlines()
    assert rows[0].startswith("show_id,show,part,name,formula")
    assert any(
        row.startswith("shw_1,'=Show shw_1,component,commission:all,") and row.endswith(",100.00,0.00,100.00,10000,0") for row in rows
    )
    assert "<script" not in to_html(view)
    assert "=Show shw_1" in to_html(view)


def test_a_statement_is_downloaded_as_the_same_pdf_each_time_by_those_who_may_see_it(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    address = house.payouts.statement_pdf(CREATOR, "ctr_1")
    assert house.payouts.statement_pdf(CREATOR, "ctr_1") == address
    assert address.startswith("memory://statements/ctr_1/00000001-")
    assert address.endswith(".pdf?as=statement-ctr_1-1.pdf&for=300")
    with pytest.raises(NoStatement):
        house.payouts.statement_pdf(replace(CREATOR, tenant_id="crt_other"), "ctr_1")


def test_earnings_show_where_the_money_stands(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    view = house.payouts.payees.earnings(CREATOR)
    assert (view.totals[0].pending_minor, view.totals[0].unfunded_minor) == (80_00, 80_00)
    assert [(c.contract_id, c.pending_minor) for c in view.contracts] == [("ctr_1", 80_00)]


def test_a_show_that_has_not_run_earns_nothing_yet(tables: None, clock: StandingClock) -> None:  # noqa: ARG001  # the tables must be there
    house = build_house(clock, [show(completed=False)])
    assert house.payouts.accruals.accrue("ctr_1") is None
    assert RECOVERY not in {t.kind for t in house.ledger.journal(datetime(2011, 1, 1, tzinfo=UTC), AFTER_RETURNS)}


def test_a_statement_is_renewed_when_its_rows_change_though_no_money_moves(house: House, clock: StandingClock) -> None:
    floor = replace(TERMS, pay_floor=PayFloor(amount_minor=500_00, scope=Scope.SHOW))
    house.market.shows["ctr_1"] = (show(terms=floor),)
    clock.instant = AFTER_RETURNS
    house.payouts.accruals.accrue("ctr_1")
    booked = len(house.ledger.every_transaction())
    house.market.refunds.append(refund("l1", 10_00, AFTER_RETURNS))
    renewed = house.payouts.accruals.accrue("ctr_1")
    assert len(house.ledger.every_transaction()) == booked
    assert renewed is not None
    statement = house.payouts.statement_record(renewed).statement
    assert statement.shows[0].net_sales_minor == sum(sale.amounts.price_minor for sale in house.market.sales) - 10_00
    assert house.payouts.accruals.accrue("ctr_1") == renewed
    assert house.problems() == []


def test_a_line_altered_behind_the_books_is_found_in_its_bucket(house: House) -> None:
    house.payouts.accruals.accrue("ctr_1")
    assert house.payouts.audit()["2 buckets are the fold of their lines"] == []
    house.market.sales[0] = sale("l1", 600_01)
    (finding,) = house.payouts.audit()["2 buckets are the fold of their lines"]
    assert finding.drift_minor == -1

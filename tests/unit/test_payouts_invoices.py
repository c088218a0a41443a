"""Invoices for what is not paid for: raised, reminded of three times, then a block on new offers, and settled by payment at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.access import Role
from chalicelib.payouts.invoice_store import InvoiceStore
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.invoices import Invoice, InvoiceOverdue, due_reminder, is_blocking, reminded
from tests.conftest import StandingClock
from tests.fakes.deals import APPROVER, BRAND, OWNER, House, build_house, person, sale

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)
DUE = AFTER_RETURNS + timedelta(days=14)
OWED = 220_00
INVOICE = Invoice(
    invoice_id="inv_1",
    contract_id="ctr_1",
    brand_id=BRAND,
    title="Spring",
    currency="GBP",
    amount_minor=OWED,
    raised_at=AFTER_RETURNS,
    due_at=DUE,
)


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """220.00 has matured and is not paid for."""
    house = build_house(clock)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = AFTER_RETURNS
    house.payouts.accruals.accrue("ctr_1")
    return house


def pay(house: House) -> None:
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)
    house.payouts.fundings.create_checkout(funding.funding_id)
    house.stripe.pay(f"cs_{funding.funding_id}")
    house.payouts.fundings.observe(house.stripe.checkout(f"cs_{funding.funding_id}"))


def invoice(house: House) -> Invoice:
    (found,) = house.payouts.invoices.listed(OWNER)
    return found


def test_what_has_matured_and_is_not_paid_for_is_an_invoice_due_in_14_days(house: House) -> None:
    found = invoice(house)
    assert (found.amount_minor, found.currency, found.contract_id, found.due_at, found.reminders) == (OWED, "GBP", "ctr_1", DUE, ())
    assert house.payouts.invoices.listed(APPROVER) == [found]
    assert house.payouts.invoices.listed(person("brd_2", Role.BRAND_OWNER)) == []


def test_what_matures_later_is_added_and_keeps_the_due_date(house: House, clock: StandingClock) -> None:
    before = invoice(house)
    clock.instant += timedelta(days=5)
    house.market.sales.append(sale("l3", 100_00))
    house.payouts.accruals.accrue("ctr_1")
    assert invoice(house) == replace(before, amount_minor=OWED + 11_00, version=2)


def test_each_reminder_is_sent_once_on_its_day(house: House, clock: StandingClock) -> None:
    sent = []
    for day in range(20):
        clock.instant = DUE + timedelta(days=day)
        sent += [day] * house.payouts.invoices.remind()
        assert house.payouts.invoices.remind() == 0
    assert sent == [3, 7, 14]
    assert [reminder.days for reminder in invoice(house).reminders] == [3, 7, 14]
    assert invoice(house).reminders[0].sent_at == DUE + timedelta(days=3)


def test_payment_settles_the_invoice(house: House) -> None:
    pay(house)
    house.work()
    assert house.payouts.invoices.listed(OWNER) == []
    assert InvoiceStore().find("ctr_1") is None


@pytest.mark.parametrize(("after_due", "blocked"), [(timedelta(days=14), False), (timedelta(days=14, seconds=1), True)])
def test_a_brand_with_an_invoice_unpaid_beyond_14_days_cannot_make_new_offers(
    house: House, clock: StandingClock, *, after_due: timedelta, blocked: bool
) -> None:
    clock.instant = DUE + after_due
    house.payouts.demand_invoices_paid("brd_2")
    if not blocked:
        house.payouts.demand_invoices_paid(BRAND)
        return
    wanted = rf"Pay invoice {invoice(house).invoice_id} of 220\.00 GBP for Contract ctr_1, due on 15 February 2011, first"
    with pytest.raises(InvoiceOverdue, match=wanted) as refused:
        house.payouts.demand_invoices_paid(BRAND)
    assert not {"220", invoice(house).invoice_id, "Contract ctr_1"} & set(refused.value.to_others.split())
    assert "has to settle something" in refused.value.to_others


def test_payment_unblocks_at_once_before_any_worker_has_run(house: House, clock: StandingClock) -> None:
    clock.instant = DUE + timedelta(days=30)
    pay(house)
    assert InvoiceStore().find("ctr_1") is not None
    house.payouts.demand_invoices_paid(BRAND)


@pytest.mark.parametrize(
    ("days", "sent", "due"), [(2, (), None), (3, (), 3), (3, (3,), None), (8, (3,), 7), (30, (), 14), (30, (14,), None), (30, (3, 7), 14)]
)
def test_a_missed_reminder_is_not_sent_after_a_later_one(days: int, sent: tuple[int, ...], due: int | None) -> None:
    known = INVOICE
    for reminder in sent:
        known = reminded(known, reminder, DUE)
    assert due_reminder(known, DUE + timedelta(days=days)) == due


def test_an_invoice_blocks_only_when_its_last_reminder_has_passed() -> None:
    assert not is_blocking(INVOICE, DUE + timedelta(days=14))
    assert is_blocking(INVOICE, DUE + timedelta(days=14, minutes=1))

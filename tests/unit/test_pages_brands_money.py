"""Brands' money in the console: what a brand sees and pays, and what finance gives back, looks after and makes out."""

import json
import re

import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.contracts.rules import Contract
from chalicelib.payouts.rules.debts import Debt
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.invoices import InvoiceOverdue
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaidState
from chalicelib.payouts.store import PayoutsStore
from tests.fakes.console import Market, after, console, market
from tests.unit.test_pages import rows_of, went_to

__all__ = ["console", "market"]
MONEY = "/brand/money"


def overpaid(market: Market) -> Contract:
    """The deposit of 150.00 was paid, then the brand called the show off: what it does not owe for that is unused."""
    contract, found = market.signed(), market.console.services
    funding = found.payouts.fundings.request(market.brand, contract.contract_id, FundingKind.DEPOSIT)
    market.console.work()
    checkout = market.console.stripe.checkouts[f"cs_{funding.funding_id}"]
    market.console.stripe.pay(checkout.id)
    found.payouts.fundings.observe(market.console.stripe.checkout(checkout.id))
    market.console.work()
    found.endings.cancel(market.brand, contract.bookings[0].booking_id, confirmed_minor=0, reason="there is nothing to sell")
    found.clock.set(after(40))
    found.release()
    market.console.work()
    return contract


def test_a_brand_sees_what_it_has_to_pay_and_the_way_to_pay_it(market: Market) -> None:
    console, contract = market.console, market.sold()
    page = console.get(MONEY, market.brand)
    assert page.status == 200
    assert "Pay £302.55 for" in page.text, "the fee and a tenth of 25.50"
    assert f'href="/contracts/{contract.contract_id}/payment"' in page.text
    viewer = console.get(MONEY, market.viewer).text
    assert "Invoice inv_" in viewer
    assert "/payment" not in viewer, "a viewer cannot pay"
    assert "£302.55" in rows_of(viewer, "Unpaid invoices")
    payment = console.get(f"/contracts/{contract.contract_id}/payment", market.brand).text
    assert "Pay £302.55 for Nadia Hart" in payment


def test_a_brand_that_has_paid_sees_its_payments_and_nothing_to_pay(market: Market) -> None:
    console, contract = market.console, market.funded()
    page = console.get(MONEY, market.viewer).text
    assert "Everything that has matured is paid for." in page
    assert "£302.55" in rows_of(page, "Payments")
    payment = console.get(f"/contracts/{contract.contract_id}/payment", market.brand).text
    assert "Matured, not paid for" in payment
    assert "/payment/balance" not in payment
    assert console.get(MONEY, market.host).status == 403
    assert "£302.55" not in console.get(MONEY, market.rival).text


def test_an_invoice_that_blocks_says_so(market: Market) -> None:
    market.sold()
    market.console.services.clock.set(after(90))
    page = market.console.get(MONEY, market.brand).text
    assert "No new offers can be made until it is paid." in page
    assert "Overdue" in page


def test_unused_money_is_given_back_by_two_people_in_the_console(market: Market) -> None:
    console, contract = market.console, overpaid(market)
    unused = console.services.payouts.fundings.standing(market.analyst, contract.contract_id).unused_minor
    assert unused > 10_00
    path = f"/finance/contracts/{contract.contract_id}/money"
    page = console.get(path, market.preparer).text
    assert "Prepare a refund to Kettles" in page
    assert "Prepare a refund" not in console.get(path, market.analyst).text
    assert console.post(f"/finance/contracts/{contract.contract_id}/refunds", market.preparer, reason="x y", amount="9999").status == 422
    refund = went_to(console.post(f"/finance/contracts/{contract.contract_id}/refunds", market.preparer, reason="called off", amount="10"))
    assert "You prepared this refund" in console.get(refund, market.preparer).text
    assert console.post(f"{refund}/approve", market.preparer).status == 403
    assert "back to Kettles waits for a second person" in console.get("/finance", market.approver).text
    assert "called off" in console.get("/finance/brands", market.analyst).text
    review = console.get(refund, market.approver).text
    assert "Give £10.00 back to Kettles</button>" in review
    assert went_to(console.post(f"{refund}/approve", market.approver)) == refund
    console.work()
    page = console.get(refund, market.analyst).text
    assert "Sent" in page
    assert "Made" in rows_of(page, "Parts, one for each charge")
    assert "£10.00" in rows_of(console.get(MONEY, market.brand).text, "Prepaid money given back")
    assert "£10.00" in rows_of(console.get(f"/contracts/{contract.contract_id}/payment", market.brand).text, "Prepaid money given back")
    assert "waits for a second person" not in console.get("/finance", market.approver).text
    assert "No refund waits for a second person." in console.get("/finance/brands", market.analyst).text


def test_a_client_that_never_heard_our_answer_asks_again_and_is_told_of_the_refund_it_has_prepared(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, contract = market.console, overpaid(market)
    path = f"/api/v1/contracts/{contract.contract_id}/refunds"
    headers = {"content-type": "application/json", "sec-fetch-site": "same-origin", "idempotency-key": "k1"}
    commit = Transaction.commit

    def unheard(writes: Transaction) -> None:
        commit(writes)
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", unheard)
        assert console._ask("POST", path, market.preparer, b'{"reason": "called off"}', headers).status == 500
    (prepared,) = console.services.payouts.refunds.of_contract(market.brand, contract.contract_id)
    again = console._ask("POST", path, market.preparer, b'{"reason": "called off"}', headers)
    assert (again.status, json.loads(again.text)["refund_id"]) == (201, prepared.refund_id)
    assert console.services.payouts.refunds.of_contract(market.brand, contract.contract_id) == [prepared]
    assert "nothing_unused" in console._ask("POST", path, market.preparer, b'{"reason": "x y"}', {**headers, "idempotency-key": "k2"}).text


def test_a_refund_is_voided_in_the_console_with_a_reason_that_the_brand_reads(market: Market) -> None:
    console, contract = market.console, overpaid(market)
    refund = went_to(console.post(f"/finance/contracts/{contract.contract_id}/refunds", market.preparer, reason="called off", amount=""))
    assert console.post(f"{refund}/void", market.approver).status == 422
    assert went_to(console.post(f"{refund}/void", market.approver, reason="they booked again")) == refund
    (voided,) = console.services.payouts.refunds.of_contract(market.brand, contract.contract_id)
    assert voided.state is RefundOfPrepaidState.VOID
    assert "they booked again" in console.get(MONEY, market.brand).text
    assert console.services.payouts.refunds_to_approve() == []


def test_finance_sees_what_brands_have_and_owe_and_what_payees_owe_back(market: Market) -> None:
    console, contract = market.console, market.sold()
    store = PayoutsStore()
    debt = Debt(contract_id=contract.contract_id, brand_id=market.brand.tenant_id, minor=7_00)
    store.write_debts(writes := Transaction(), market.host.tenant_id, "GBP", (debt,))
    writes.commit()
    page = console.get("/finance/brands", market.analyst).text
    assert "£302.55" in rows_of(page, "Brands")
    assert "£302.55" in rows_of(page, "Unpaid invoices")
    money = f"/finance/contracts/{contract.contract_id}/money"
    assert money in page
    assert "£7.00" in rows_of(console.get(money, market.analyst).text, "Owed back by payees")


def test_finance_sees_why_a_payee_is_not_paid_and_to_whom_they_owe(market: Market) -> None:
    console, contract = market.console, market.funded()
    console.services.payouts.accounts.connect(market.host, "GB")
    console.work()
    debt = Debt(contract_id=contract.contract_id, brand_id=market.brand.tenant_id, minor=7_00)
    PayoutsStore().write_debts(writes := Transaction(), market.host.tenant_id, "GBP", (debt,))
    writes.commit()
    page = console.get("/finance/payees", market.analyst).text
    rows = rows_of(page, "Payees")
    assert "Can be paid" in rows, "the host"
    assert "Not connected" in rows, "the agency"
    owed = rows_of(page, "Owed back, oldest first")
    assert "£7.00" in owed
    assert "Kettles" in owed
    console.stripe.active = False
    console.services.payouts.accounts.observe("acct_1")
    assert "Restricted by Stripe" in console.get("/finance/payees", market.analyst).text


def test_tax_invoices_are_made_out_by_finance_and_read_by_their_parties(market: Market) -> None:
    console = market.console
    market.funded()
    page = console.get("/finance/tax-invoices?period=2011-01", market.preparer).text
    assert "No tax invoice was made out." in page
    assert "Make out what is new up to 2011-01" in page
    assert "Make out" not in console.get("/finance/tax-invoices?period=2011-01", market.analyst).text
    assert went_to(console.post("/finance/tax-invoices", market.preparer, period="2011-01")) == "/finance/tax-invoices?period=2011-01"
    console.work()
    page = console.get("/finance/tax-invoices?period=2011-01", market.analyst).text
    links = re.findall(r'href="(/api/v1/tax-invoices/[^"]+)"', page)
    assert links
    assert "Self-billed" in rows_of(page, "Tax invoices")
    brands = re.findall(r'href="(/api/v1/tax-invoices/[^"]+)"', console.get(MONEY, market.viewer).text)
    assert set(brands) <= set(links)
    assert brands
    months = re.findall(r'href="/finance/tax-invoices\?period=([0-9-]+)"', console.get("/finance/tax-invoices", market.analyst).text)
    assert months == ["2010-12", "2010-11", "2010-10", "2010-09", "2010-08"], "the six that ended last, less the one that is shown"
    assert console.get(brands[0], market.viewer).status == 200
    assert console.get(brands[0], market.rival).status == 404


@pytest.mark.parametrize("period", ["soon", "2011-13"])
def test_a_month_that_is_none_is_refused(market: Market, period: str) -> None:
    assert market.console.get(f"/finance/tax-invoices?period={period}", market.analyst).status == 422
    assert market.console.post("/finance/tax-invoices", market.preparer, period=period).status == 422


FINANCE_EMPTY = (
    ("/finance/brands", "No brand has money in the books yet."),
    ("/finance/payees", "Nobody has earned anything yet."),
    ("/finance/tax-invoices", "No tax invoice was made out."),
)


@pytest.mark.parametrize(("path", "words"), FINANCE_EMPTY)
def test_a_page_of_finance_with_nothing_on_it_says_so(market: Market, path: str, words: str) -> None:
    page = market.console.get(path, market.analyst)
    assert page.status == 200, page.text
    assert words in page.text
    assert market.console.get(path, market.brand).status == 403


def test_a_brand_with_nothing_on_it_says_so(market: Market) -> None:
    page = market.console.get(MONEY, market.brand).text
    assert "Everything that has matured is paid for." in page
    assert "Nothing was asked for yet." in page


def test_a_brand_that_has_not_paid_gets_no_new_booking_by_an_older_offer_either(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    console, offers = market.console, market.console.services.contracts.offers
    asked, countered = market.offer(), market.offer()
    offers.counter(market.host, countered, 1, market.terms(350_00))

    def owes(brand_id: str) -> None:
        raise InvoiceOverdue(f"Pay invoice inv_secret of {brand_id} first.", to_others="The brand has to settle something first.")

    monkeypatch.setattr(offers._checks, "_demand_paid", owes)
    by_host = console.post(f"/offers/{asked}/accept", market.host, version=1)
    assert by_host.status == 409
    assert "cannot make new bookings" in by_host.text
    assert "inv_secret" not in by_host.text, "what the brand owes is not the host's to know"
    by_brand = console.post(f"/offers/{countered}/accept", market.brand, version=2)
    assert by_brand.status == 409
    assert "inv_secret" in by_brand.text
    assert {offers.offer(each).state for each in (asked, countered)} == {"offered", "countered"}
    monkeypatch.setattr(offers._checks, "_demand_paid", lambda _: None)
    offers.withdraw(market.brand, asked, 1)
    assert went_to(console.post(f"/offers/{countered}/accept", market.brand, version=2)).startswith("/contracts/")
    console.work()
    (booked,) = console.services.contracts.contract(offers.offer(countered).contract_id).bookings
    for who in (market.host, market.brand):
        page = console.get(f"/console/bookings/{booked.booking_id}", who).text
        assert "The brand has to settle something first." in page
        assert "inv_secret" not in page, "both sides read what was tried"

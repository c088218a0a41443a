"""The payouts page of a host, and what finance decides about a settlement that was sent, in the console."""

from datetime import timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.payouts.payout_accounts import ENDED
from chalicelib.payouts.rules.debts import Debt
from chalicelib.payouts.rules.settlements import Settlement, SettlementState
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_accounts import PayoutState
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_pages import rows_of, went_to

__all__ = ["console", "market"]
PAGE = "/creator/payouts"


def connected(market: Market) -> None:
    """The host tells Stripe everything."""
    market.console.post(PAGE, market.host, country="FR")
    market.console.work()


def sent(market: Market) -> Settlement:
    """All that the host has earned was transferred."""
    market.funded()
    connected(market)
    found = market.console.services.payouts
    run = found.settlements.prepare(market.preparer, "GBP")
    settlement = next(each for each in run.settlements if each.payee_id == market.host.tenant_id)
    found.settlements.approve(market.approver, settlement.settlement_id)
    market.console.work()
    return found.settlements.get(market.approver, settlement.settlement_id)


def test_a_host_says_where_they_bank_and_reads_what_stripe_still_asks_for(market: Market) -> None:
    console = market.console
    console.stripe.active = False
    page = console.get(PAGE, market.host).text
    assert "Country of your bank account" in page
    assert "Payouts are not connected yet." in page
    connected(market)
    assert console.services.payouts.accounts.mine(market.host).country == "FR"
    console.stripe.due = ("individual.id_number", "external_account")
    console.services.payouts.accounts.observe("acct_1")
    page = console.get(PAGE, market.host).text
    assert "Stripe still asks for: individual: id number, external account." in page
    assert "Go on at Stripe" in page
    assert "Country of your bank account" not in page


def test_a_link_that_has_ended_is_said_so_and_a_fresh_one_is_a_click_away(market: Market) -> None:
    console = market.console
    console.stripe.active, console.stripe.link_expires = False, 1
    connected(market)
    page = console.get(PAGE, market.host).text
    assert "The link to Stripe has ended" in page
    assert "Go on at Stripe" not in page
    console.stripe.link_expires = 4_000_000_000
    assert went_to(console.post(PAGE, market.host)) == PAGE
    console.work()
    assert "Go on at Stripe" in console.get(PAGE, market.host).text


def test_a_host_whose_connection_was_ended_reads_so_and_can_connect_again(market: Market) -> None:
    console = market.console
    connected(market)
    del console.stripe.accounts["acct_1"]
    console.services.payouts.accounts.observe("acct_1")
    page = console.get(PAGE, market.host).text
    assert ENDED in page
    assert "Country of your bank account" in page
    assert "Connect payouts so that we can pay you" in console.get("/creator", market.host).text


def test_more_details_that_stripe_asks_for_are_a_to_do_before_it_stops_paying(market: Market) -> None:
    console = market.console
    connected(market)
    console.stripe.due = ("individual.verification.document",)
    console.services.payouts.accounts.observe("acct_1")
    assert "Stripe asks for more details" in console.get("/creator", market.host).text
    assert "individual: verification: document" in console.get(PAGE, market.host).text


def test_a_host_sees_what_is_due_and_until_when_it_may_come_back(market: Market) -> None:
    console, contract = market.console, market.signed()
    show_id = contract.bookings[0].show_id
    market.on_air(show_id)
    console.services.clock.set(STARTS + timedelta(hours=1))
    console.services.shows.end(market.brand, show_id)
    market.imported("o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP")
    page = console.get(PAGE, market.host).text
    due = rows_of(page, "What is due, and when")
    assert "£2.04" in due, "80 % of a tenth of 25.50, while it may come back"
    assert "£240.00" in due, "80 % of the fee, which the brand has not paid"
    assert "24 Jan 2011" in due, "the evening of the show and 14 days"
    assert "Nothing was transferred yet." in page
    assert "You owe nothing." in page


def test_a_host_sees_transfers_payouts_to_the_bank_and_debts_oldest_first(market: Market) -> None:
    console, settlement = market.console, sent(market)
    assert settlement.state is SettlementState.SENT
    console.stripe.payouts["acct_1"] = (
        PayoutState(
            id="po_1",
            amount_minor=settlement.amount_minor,
            currency="GBP",
            status="failed",
            automatic=True,
            arrives_on=1_300_000_000,
            failure="The bank account has been closed.",
        ),
    )
    console.services.payouts.accounts.observe_payouts("acct_1")
    store, contract = PayoutsStore(), console.services.contracts.list(market.host)[0].contract_id
    debts = (
        Debt(contract_id=contract, brand_id=market.brand.tenant_id, minor=7_00),
        Debt(contract_id="", brand_id="", minor=3_00),
    )
    store.write_debts(writes := Transaction(), market.host.tenant_id, "GBP", debts)
    writes.commit()
    page = console.get(PAGE, market.host).text
    assert "Sent" in rows_of(page, "Transfers to your account at Stripe")
    bank = rows_of(page, "From Stripe to your bank")
    assert "13 Mar 2011" in bank
    assert "The bank account has been closed." in bank
    owed = rows_of(page, "What you owe back, oldest first")
    assert owed.index("£7.00") < owed.index("£3.00")
    assert "Kettles" in owed


def test_a_settlement_shows_its_components_and_is_voided_with_a_reason_that_the_payee_reads(market: Market) -> None:
    market.funded()
    console = market.console
    run = console.services.payouts.settlements.prepare(market.preparer, "GBP")
    path = f"/finance/settlements/{next(s for s in run.settlements if s.payee_id == market.host.tenant_id).settlement_id}"
    page = console.get(path, market.preparer).text
    assert "Flat fee" in rows_of(page, "Components since the last settlement")
    assert "10 Jan 2011" in rows_of(page, "Buckets that changed")
    assert console.post(f"{path}/void", market.analyst, reason="no").status == 403
    assert console.post(f"{path}/void", market.preparer).status == 422, "a reason is needed"
    assert went_to(console.post(f"{path}/void", market.preparer, reason="the wrong month")) == path
    assert "the wrong month" in console.get(PAGE, market.host).text


def test_a_transfer_is_taken_back_by_two_people_in_the_console(market: Market) -> None:
    console, settlement = market.console, sent(market)
    path = f"/finance/settlements/{settlement.settlement_id}"
    assert "Take it back" in console.get(path, market.preparer).text
    assert "Take it back" not in console.get(path, market.analyst).text
    assert console.post(f"{path}/reversals", market.preparer, reason="twice", amount="9999").status == 422
    assert console.post(f"{path}/reversals", market.preparer, reason="twice", amount="lots").status == 422
    assert went_to(console.post(f"{path}/reversals", market.preparer, reason="paid twice", amount="10.50")) == path
    assert "back waits for a second person" in console.get("/finance", market.approver).text
    assert "Take £10.50 back from" not in console.get(path, market.preparer).text
    assert console.post(f"{path}/reversals/approve", market.preparer).status == 403
    review = console.get(path, market.approver).text
    assert "To take £10.50 back was proposed by a colleague" in review
    assert "Take £10.50 back from Nadia Hart</button>" in review
    assert went_to(console.post(f"{path}/reversals/approve", market.approver)) == path
    assert "Stripe is asked to take £10.50 back." in console.get(path, market.analyst).text
    console.work()
    after = console.services.payouts.settlements.get(market.approver, settlement.settlement_id)
    assert after.reversed_minor == 10_50
    timeline = rows_of(console.get(path, market.analyst).text, "Timeline")
    assert "Came back: £10.50" in timeline
    assert "paid twice" in timeline
    assert "£10.50" in rows_of(console.get(PAGE, market.host).text, "Transfers to your account at Stripe")


def test_a_proposal_to_take_back_is_called_off_in_the_console(market: Market) -> None:
    console, settlement = market.console, sent(market)
    path = f"/finance/settlements/{settlement.settlement_id}"
    console.post(f"{path}/reversals", market.approver, reason="paid twice", amount="")
    assert "Call the reversal off" in console.get(path, market.preparer).text
    assert "Take £" not in console.get(path, market.approver).text, "who proposed it does not get the button"
    assert went_to(console.post(f"{path}/reversals/void", market.preparer, reason="it was right")) == path
    assert "it was right" in rows_of(console.get(path, market.analyst).text, "Timeline")

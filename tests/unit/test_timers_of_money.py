"""What waits for money ends by itself, too, with its warnings: see test_timers.py."""

from dataclasses import replace

from chalicelib.notices.rules import payee_people
from chalicelib.payouts.rules.settlements import SettlementState
from chalicelib.payouts.waits import of_payee
from tests.fakes.console import STARTS, after, console, market
from tests.unit.timers_kit import BRAND, DAY, HOST, HOUR, MINUTE, Play, both, play, signed

__all__ = ["console", "market", "play"]

FINAL = {"statement_ready"}


def test_a_deposit_is_asked_for_before_the_first_show_and_no_longer_after_it(play: Play) -> None:
    play.market.signed()
    assert (BRAND, "deposit_due") in play.news()
    for before in (3 * DAY, DAY):
        assert (BRAND, "deposit_due") not in play.at(STARTS - before - MINUTE)
        assert (BRAND, "deposit_due") in play.at(STARTS - before)
    assert (BRAND, "deposit_due") not in play.at(STARTS)
    assert (BRAND, "deposit_due") not in play.at(STARTS + DAY)


def test_an_unpaid_invoice_is_told_before_it_is_due_then_overdue_and_then_ends_new_offers(play: Play) -> None:
    contract, found = signed(play), play.console.services
    play.market.on_air(contract.bookings[0].show_id)
    found.clock.set(STARTS + HOUR)
    found.shows.end(play.market.brand, contract.bookings[0].show_id)
    play.console.work()
    (invoice,) = found.payouts.invoices.listed(play.market.brand)
    assert (BRAND, "invoice_raised") in play.news()
    due = invoice.due_at
    assert (BRAND, "invoice_due") not in play.at(due - 3 * DAY - MINUTE)
    assert (BRAND, "invoice_due") in play.at(due - 3 * DAY)
    for days in (3, 7, 14):
        assert (BRAND, "invoice_overdue") not in play.at(due + days * DAY - MINUTE)
        assert play.at(due + days * DAY).count((BRAND, "invoice_overdue")) == 1
    assert play.at(due + 15 * DAY).count((BRAND, "invoice_overdue")) == 0
    assert found.payouts.invoices.listed(play.market.brand)[0].contract_id == contract.contract_id


def test_returns_close_by_themselves_and_the_final_statement_is_told_once(play: Play) -> None:
    play.market.sold()
    play.console.work()
    for days in (31, 33, 34, 60):
        play.at(after(days))
    store = play.console.services.notices.sending.store
    told = sorted((mail.to, kind) for mail in play.console.mailer.sent if (kind := store.notice(mail.notice_id).kind.name) in FINAL)
    assert told == both("statement_ready")


def test_who_cannot_be_paid_is_told_until_money_may_be_payable_and_then_finance_is(play: Play) -> None:
    signed(play)
    payable = STARTS + 14 * DAY
    assert (HOST, "connect_payouts") in play.at(payable - DAY)
    assert "payee_unreachable" not in dict(play.at(payable - MINUTE)).values()
    told = [mail for mail in play.at(payable) if mail[1] == "payee_unreachable"]
    assert {to for to, _ in told} == {"analyst@example.com", "preparer@example.com", "approver@example.com"}
    assert len(told) == 6, "host and agency, to three people"
    assert "payee_unreachable" not in dict(play.at(payable + DAY)).values()


def test_a_payout_that_was_sent_or_refused_is_told_to_its_payee_alone(play: Play) -> None:
    play.market.payable()
    play.market.funded()
    play.quiet()
    payouts = play.console.services.payouts
    payouts.settlements.prepare(play.market.preparer, "GBP")
    for settlement in payouts.settlements.listed(play.market.approver):
        payouts.settlements.approve(play.market.approver, settlement.settlement_id)
    play.console.work()
    (sent,) = payouts.settlements.listed(play.market.host)
    assert sent.state is SettlementState.SENT
    assert [mail for mail in play.news() if mail[1].startswith("payout")] == [(HOST, "payout_sent")]
    assert "payout_sent" not in dict(play.at(after(40))).values()
    refused = of_payee(sent.payee_id, [replace(sent, state=SettlementState.FAILED), replace(sent, state=SettlementState.APPROVED)])
    assert [(each.kind.name, each.told) for each in refused.happenings] == [("payout_failed", (payee_people(sent.payee_id),))]

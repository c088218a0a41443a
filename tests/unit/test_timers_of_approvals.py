"""What waits for a second person of finance ends by itself, and what a brand does not pay becomes finance's: see test_timers.py."""

import pytest

from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.invoices import BLOCKED_AFTER, DECIDED_AFTER, InvoiceOverdue
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaidState
from chalicelib.payouts.rules.settlements import APPROVED_WITHIN, NOT_APPROVED, ReversalStage, SettlementState, WrongState
from chalicelib.payouts.settlements import SettlementRun
from chalicelib.reconciliation import cases
from chalicelib.reconciliation.cases import Did
from tests.fakes.console import STARTS, console, market
from tests.unit.rearranging_kit import ran
from tests.unit.timers_kit import AGENCY, BRAND, DAY, HOST, MINUTE, Play, kinds, play, signed

__all__ = ["console", "market", "play"]

APPROVER = "approver@example.com"
FINANCE = ("analyst@example.com", APPROVER, "preparer@example.com")


def finance(kind: str) -> list[tuple[str, str]]:
    return [(who, kind) for who in FINANCE]


def payable(play: Play) -> None:
    """The host's and the agency's money, of which the host's can be sent."""
    play.market.payable()
    play.market.funded()
    play.quiet()


def approved(play: Play) -> SettlementRun:
    """Settlements of everything payable, prepared by one person and approved by another in time."""
    payable(play)
    settlements = play.console.services.payouts.settlements
    run = settlements.prepare(play.market.preparer, "GBP")
    for each in run.settlements:
        settlements.approve(play.market.approver, each.settlement_id)
    play.quiet()
    return run


def test_settlements_that_nobody_approves_lapse_after_two_weeks_and_the_money_is_payable_again(play: Play) -> None:
    payable(play)
    payouts, told = play.console.services.payouts, ("settlements_prepared", "settlements_awaited", "settlement_lapsed")
    run = payouts.settlements.prepare(play.market.preparer, "GBP")
    play.console.work()
    assert kinds(play.news(), *told) == [(APPROVER, "settlements_prepared")], "one mail for all"
    assert len(run.settlements) == 2
    ends = run.settlements[0].prepared_at + APPROVED_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), *told) == []
        assert kinds(play.at(ends - before), *told) == [(APPROVER, "settlements_awaited")]
    assert kinds(play.at(ends - MINUTE), *told) == []
    assert {each.state for each in payouts.settlements.listed(play.market.approver)} == {SettlementState.OPEN}
    assert kinds(play.at(ends), *told) == sorted(2 * finance("settlement_lapsed"))
    lapsed = payouts.settlements.listed(play.market.approver)
    assert {(each.state, each.note, each.lapsed_at) for each in lapsed} == {(SettlementState.VOID, NOT_APPROVED, ends)}
    assert kinds(play.at(ends + DAY), *told) == []
    assert [finding for findings in payouts.audit().values() for finding in findings] == []
    again = payouts.settlements.prepare(play.market.preparer, "GBP")
    assert [each.amount_minor for each in again.settlements] == [each.amount_minor for each in run.settlements]


def test_a_settlement_that_is_approved_in_time_does_not_lapse(play: Play) -> None:
    run, payouts = approved(play), play.console.services.payouts
    assert kinds(play.at(run.settlements[0].prepared_at + APPROVED_WITHIN), "settlements_awaited", "settlement_lapsed") == []
    with pytest.raises(WrongState):
        payouts.lapses.settlement(run.settlements[0].settlement_id)


def test_taking_a_transfer_back_lapses_when_nobody_approves_it(play: Play) -> None:
    approved(play)
    payouts = play.console.services.payouts
    (sent,) = payouts.settlements.listed(play.market.host)
    proposed_at = play.console.services.clock.now()
    payouts.reversals.propose(play.market.preparer, sent.settlement_id, "Paid twice")
    play.quiet()

    def stage() -> ReversalStage:
        return payouts.settlements.get(play.market.host, sent.settlement_id).reversals[-1].stage

    ends = proposed_at + APPROVED_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), "reversal_awaited") == []
        assert kinds(play.at(ends - before), "reversal_awaited") == [(APPROVER, "reversal_awaited")]
    play.at(ends - MINUTE)
    assert stage() is ReversalStage.PROPOSED
    with pytest.raises(WrongState):
        payouts.lapses.reversal(sent.settlement_id)
    play.at(ends)
    assert stage() is ReversalStage.VOID


def test_a_refund_of_prepaid_money_that_nobody_approves_is_the_contracts_again(play: Play) -> None:
    contract, found = signed(play), play.console.services
    asked = found.payouts.fundings.request(play.market.brand, contract.contract_id, FundingKind.DEPOSIT)
    play.console.work()
    play.console.stripe.pay(f"cs_{asked.funding_id}")
    found.payouts.fundings.observe(play.console.stripe.checkout(f"cs_{asked.funding_id}"))
    play.console.work()
    booking_id = contract.bookings[0].booking_id
    quote = found.endings.cancellation(play.market.host, booking_id)
    found.endings.cancel(play.market.host, booking_id, confirmed_minor=quote.confirmed_minor, reason="ill")
    play.quiet()
    refund = found.payouts.refunds.prepare(play.market.preparer, contract.contract_id, "It was cancelled")
    told = ("refund_prepared", "refund_awaited", "refund_lapsed")
    play.console.work()
    assert kinds(play.news(), *told) == [(APPROVER, "refund_prepared")]
    ends = refund.prepared_at + APPROVED_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), *told) == []
        assert kinds(play.at(ends - before), *told) == [(APPROVER, "refund_awaited")]
    assert kinds(play.at(ends - MINUTE), *told) == []
    assert found.payouts.refunds.get(play.market.brand, refund.refund_id).state is RefundOfPrepaidState.PREPARED
    assert kinds(play.at(ends), *told) == finance("refund_lapsed")
    assert found.payouts.refunds.get(play.market.brand, refund.refund_id).state is RefundOfPrepaidState.VOID
    again = found.payouts.refunds.prepare(play.market.preparer, contract.contract_id, "Again")
    assert again.amount_minor == refund.amount_minor


def test_a_proposal_to_book_an_exception_away_falls_away_when_nobody_approves_it(play: Play) -> None:
    play.market.funded()
    found = play.console.services
    found.reconciliation.request(play.market.analyst)
    play.quiet()
    case = found.reconciliation.exceptions.list()[0]
    proposed_at, told = found.clock.now(), ("exception_proposed", "exception_awaited", "exception_proposal_lapsed")
    found.reconciliation.exceptions.propose_write_off(play.market.preparer, case.exception_id, "Stripe closed the account")
    play.console.work()
    assert kinds(play.news(), *told) == [(APPROVER, "exception_proposed")]
    ends = proposed_at + cases.APPROVED_WITHIN
    for before in (7 * DAY, DAY):
        assert kinds(play.at(ends - before - MINUTE), *told) == []
        assert kinds(play.at(ends - before), *told) == [(APPROVER, "exception_awaited")]
    assert kinds(play.at(ends - MINUTE), *told) == []
    assert found.reconciliation.exceptions.get(case.exception_id).proposal is not None
    with pytest.raises(cases.NothingToDo):
        found.reconciliation.exceptions.lapse(case.exception_id)
    assert kinds(play.at(ends), *told) == finance("exception_proposal_lapsed")
    after = found.reconciliation.exceptions.get(case.exception_id)
    assert (after.proposal, after.history[-1].did, after.history[-1].by) == (None, Did.REJECTED, cases.SYSTEM)


def test_an_invoice_that_is_never_paid_becomes_finances_to_collect_and_stays_owed(play: Play) -> None:
    contract, found = signed(play), play.console.services
    ran(play.market, contract.bookings[0].show_id, STARTS)
    play.quiet()
    (invoice,) = found.payouts.invoices.listed(play.market.brand)
    told = ("invoice_blocks", "earnings_not_paid_for", "invoice_to_collect", "collection_awaited", "invoice_uncollected")
    blocked, ends = invoice.due_at + BLOCKED_AFTER, invoice.due_at + DECIDED_AFTER
    assert kinds(play.at(blocked - MINUTE), *told) == []
    hosts = [(HOST, "earnings_not_paid_for"), (AGENCY, "earnings_not_paid_for")]
    assert kinds(play.at(blocked), *told) == sorted([(BRAND, "invoice_blocks"), *hosts, *finance("invoice_to_collect")])
    for before in (30 * DAY, 7 * DAY):
        assert kinds(play.at(ends - before - MINUTE), *told) == []
        assert kinds(play.at(ends - before), *told) == finance("collection_awaited")
    assert kinds(play.at(ends - MINUTE), *told) == []
    assert kinds(play.at(ends), *told) == finance("invoice_uncollected")
    assert kinds(play.at(ends + DAY), *told) == []
    assert found.payouts.invoices.listed(play.market.brand)[0].invoice_id == invoice.invoice_id
    with pytest.raises(InvoiceOverdue):
        found.payouts.demand_invoices_paid(play.market.brand.tenant_id)

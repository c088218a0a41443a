"""The creators' side: each automatic payout is what it is made of, and each transfer in it arrived as it was sent."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.payouts.records import StripeEvent
from chalicelib.payouts.stripe_accounts import PayoutContent, PayoutEntry, PayoutState
from chalicelib.payouts.stripe_port import TransferState
from chalicelib.reconciliation import stripe_sides
from chalicelib.reconciliation.records import PayeePayout
from chalicelib.reconciliation.rules import reconcile
from chalicelib.reconciliation.word import StripesWord
from tests.fakes.console import Market, console, market

__all__ = ["console", "market"]

NOON = datetime(2011, 2, 1, 12, tzinfo=UTC)
TRANSFER = TransferState(
    id="tr_1", amount_minor=380, currency="GBP", destination="acct_1", group="set_1", settlement_id="set_1", reversed_minor=0,
    balance_transaction="txn_1", created=1,
)  # fmt: skip


def entry(minor: int, type_: str = "payment", transfer: str | None = "tr_1", currency: str = "GBP") -> PayoutEntry:
    return PayoutEntry(balance_transaction=f"txn_{minor}", type=type_, net_minor=minor, currency=currency, transfer=transfer)


def payout(minor: int, *entries: PayoutEntry, currency: str = "GBP") -> PayeePayout:
    return PayeePayout(
        payee_id="crt_1", payout_id="po_1", amount_minor=minor, currency=currency, status="paid", arrives_on=date(2011, 2, 3),
        entries=entries, seen_at=NOON,
    )  # fmt: skip


def told(*payouts: PayeePayout) -> list[tuple[str, str, int | None, int | None]]:
    word = StripesWord(transactions=(), transfers=(TRANSFER,))
    report = reconcile(stripe_sides.payee_payouts(payouts, word), as_of=NOON, reported_apart={})
    return [(drift.kind, drift.key, drift.left_minor, drift.right_minor) for drift in report.exceptions]


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (payout(380, entry(380)), []),
        (payout(300, entry(380), entry(-80, "payment_refund")), []),
        (payout(379, entry(380)), [("payee payouts", "po_1", 379, 380)]),
        (payout(381, entry(381)), [("payee transfers", "tr_1", 380, 381)]),
        (payout(760, entry(380), entry(380)), [("payee transfers", "tr_1", 380, 760)]),
        (payout(390, entry(380), entry(10, transfer=None)), [("payee transfers", "txn_10", None, 10)]),
        (payout(440, entry(440, currency="EUR"), currency="EUR"), []),
        (payout(375, entry(380), entry(-5, "stripe_fee", transfer=None)), []),
    ],
)
def test_a_payout_is_the_sum_of_its_parts_and_each_transfer_arrived_as_it_was_sent(seen: PayeePayout, found: list[Any]) -> None:
    assert told(seen) == found


def notice(**changes: Any) -> StripeEvent:
    given: dict[str, Any] = {
        "event_id": "evt_1",
        "type": "payout.reconciliation_completed", "object_id": "po_1", "account": "acct_1", "created": 1, "received_at": NOON,
    }  # fmt: skip
    return StripeEvent(**{**given, **changes})


def test_what_stripe_has_itemised_is_kept_once_and_shown_to_its_payee_and_to_finance(market: Market) -> None:
    console, host = market.console, market.host
    console.services.payouts.accounts.connect(host, "GB")
    console.work()
    account = console.services.payouts.accounts.mine(host).stripe_account
    assert account is not None
    state = PayoutState(
        id="po_1", amount_minor=380, currency="GBP", status="paid", automatic=True, failure=None,
        arrives_on=int(datetime(2011, 2, 3, tzinfo=UTC).timestamp()),
    )  # fmt: skip
    console.stripe.contents[account, "po_1"] = PayoutContent(payout=state, entries=(entry(380),))
    payees = console.services.reconciliation.payee_payouts
    assert payees.observe(notice(account=account, type="payout.paid")) is None
    assert payees.observe(notice(account=None)) is None
    assert payees.observe(notice(account="acct_other")) is None
    for _ in range(2):
        assert payees.observe(notice(account=account)) is not None
    assert [each.payout_id for each in payees.every()] == ["po_1"]
    assert [each.payout_id for each in payees.newest(host)] == [each.payout_id for each in payees.newest(market.analyst)] == ["po_1"]
    assert payees.newest(market.agency) == ()
    for who, path in ((host, "/creator/bank-payouts"), (market.analyst, "/finance/bank-payouts")):
        page = console.get(path, who).text
        assert all(words in page for words in ("po_1", "tr_1", "£3.80", "3 Feb 2011"))
    assert "No automatic payout was itemised yet." in console.get("/creator/bank-payouts", market.agency).text
    assert console.get("/finance/bank-payouts", host).status == 403
    assert '"po_1"' in console.get("/api/v1/payee-payouts", host).text
    assert console.get("/api/v1/payee-payouts", market.agency).text == "[]"
    assert console.get("/api/v1/payee-payouts", market.brand).status == 403


def test_the_reconciliation_compares_what_was_itemised(market: Market) -> None:
    found = market.console.services.reconciliation
    found.payee_payouts._store.keep(payout(381, entry(380)))
    found.request(market.analyst)
    market.console.work()
    kinds = {case.drift.kind for case in found.exceptions.list()}
    assert kinds == {"payee payouts"} | {"payee transfers"}, "no transfer of ours is at this Stripe"
    found.payee_payouts._store.keep(replace(payout(380, entry(-380, "payment_refund", transfer=None)), amount_minor=-380))
    found.request(market.analyst)
    market.console.work()
    assert found.exceptions.list() == ()

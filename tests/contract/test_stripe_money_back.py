"""The stand-in on refunds that fail and payments that banks take back, as our gateway sees them."""

from collections.abc import Iterator

import pytest
import stripe

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_port import DisputeMove, StripeRefused
from tests.stripe_standin import disputes, process

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
PAID = 10_000


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Standin]:
    """One for all tests: each has its own charge."""
    with process.running(tmp_path_factory.mktemp("stripe"), "--settle-seconds", "0") as running:
        yield running


@pytest.fixture
def gateway(standin: process.Standin) -> StripeApi:
    """Ours, on the stand-in."""
    return StripeApi(process.API_KEY, base_address=standin.base_url)


@pytest.fixture
def charge(standin: process.Standin) -> str:
    """A payment of 100.00."""
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    standin.control("pay", session=process.session_of(client, PAID))
    return client.v1.charges.list({"limit": 1}).data[0].id


def test_a_refund_that_fails_brings_its_money_back_and_can_be_made_again(standin: process.Standin, gateway: StripeApi, charge: str) -> None:
    made = gateway.create_refund(charge_id=charge, amount_minor=4_000, currency="GBP", reference="r", idempotency_key=f"{charge}-1")
    before = gateway.available_balance("GBP")
    standin.control("refund-failure", refund=made.id, reason="expired_or_canceled_card")
    failed = gateway.refund(made.id)
    assert (failed.status, failed.failure_reason, failed.balance_transaction) == (
        "failed",
        "expired_or_canceled_card",
        made.balance_transaction,
    )
    rows = {row.id: row for row in gateway.balance_transactions(type_="refund_failure")}
    assert rows[failed.failure_balance_transaction or ""].amount_minor == 4_000
    assert gateway.available_balance("GBP") == before + 4_000
    assert gateway.charge(charge).refundable_minor == PAID


def test_a_dispute_takes_the_payment_and_a_fee_and_stops_refunds(standin: process.Standin, gateway: StripeApi, charge: str) -> None:
    before = gateway.available_balance("GBP")
    dispute = gateway.dispute(standin.control("dispute", charge=charge)["id"])
    taken = DisputeMove(balance_transaction=dispute.moves[0].balance_transaction, amount_minor=-PAID, fee_minor=disputes.DISPUTE_FEE_MINOR)
    assert (dispute.charge, dispute.amount_minor, dispute.currency, dispute.status) == (charge, PAID, "GBP", "needs_response")
    assert dispute.moves == (taken,)
    assert gateway.available_balance("GBP") == before - PAID - disputes.DISPUTE_FEE_MINOR
    assert gateway.charge(charge).refundable_minor == 0
    with pytest.raises(StripeRefused) as refusal:
        gateway.create_refund(charge_id=charge, amount_minor=1, currency="GBP", reference="r", idempotency_key=f"{charge}-disputed")
    assert refusal.value.code == "charge_disputed"


@pytest.mark.parametrize(("status", "back"), [("won", [PAID]), ("lost", [])])
def test_a_dispute_that_is_won_gives_the_payment_back_but_not_the_fee(
    standin: process.Standin, gateway: StripeApi, charge: str, status: str, back: list[int]
) -> None:
    opened = standin.control("dispute", charge=charge)["id"]
    standin.control("dispute", dispute=opened, status=status)
    closed = gateway.dispute(opened)
    assert (closed.status, [move.amount_minor for move in closed.moves]) == (status, [-PAID, *back])
    assert [move.fee_minor for move in closed.moves[1:]] == [0] * len(back)

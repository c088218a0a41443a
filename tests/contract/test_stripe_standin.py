"""What only the stand-in can be asked: faults on command, its clock, restarts, and the events it sends."""

import http.client
import http.server
import signal
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_port import StripeRefused, StripeUnknown
from tests.contract.standin import gateway, host, inbox, send, standin
from tests.stripe_standin import process
from tests.stripe_standin.process import Standin

__all__ = ["gateway", "host", "inbox", "standin"]
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
DAY_SECONDS = 86_400


@pytest.mark.parametrize("kind", ["cut", "lost", "conflict", "rate_limit", "error"])
def test_after_a_fault_the_same_key_ends_with_exactly_one_transfer(standin: Standin, gateway: StripeApi, host: str, kind: str) -> None:
    standin.control("faults", kind=kind, path="/v1/transfers")
    with pytest.raises(StripeUnknown):
        send(gateway, host)
    transfer = send(gateway, host)
    assert gateway.transfers_by_group("settlement-1") == (transfer,)
    assert gateway.available_balance("GBP") == 9_000


@pytest.mark.parametrize(
    ("kind", "executed"), [("cut", 0), ("lost", 1), ("conflict", 0), ("error", 0), ("error_kept", 0), ("error_after", 1)]
)
def test_a_fault_leaves_executed_what_it_says(standin: Standin, gateway: StripeApi, host: str, kind: str, executed: int) -> None:
    standin.control("faults", kind=kind, path="/v1/transfers")
    with pytest.raises(StripeUnknown):
        send(gateway, host)
    assert len(gateway.transfers_by_group("settlement-1")) == executed


def test_a_500_after_execution_is_replayed_so_only_the_group_tells_what_happened(standin: Standin, gateway: StripeApi, host: str) -> None:
    standin.control("faults", kind="error_after", path="/v1/transfers")
    for _ in range(2):
        with pytest.raises(StripeUnknown):
            send(gateway, host)
    assert [transfer.settlement_id for transfer in gateway.transfers_by_group("settlement-1")] == ["settlement-1"]


def test_a_fault_can_wait_for_the_kth_call(standin: Standin, gateway: StripeApi, host: str) -> None:
    standin.control("faults", kind="cut", path="/v1/transfers", skip=1)
    send(gateway, host, key="a")
    with pytest.raises(StripeUnknown):
        send(gateway, host, key="b")
    assert [call["status"] for call in standin.look("calls")["calls"] if call["path"] == "/v1/transfers"] == [200, 0]


def test_a_second_call_with_a_key_in_flight_is_a_conflict(standin: Standin, gateway: StripeApi, host: str) -> None:
    standin.control("faults", kind="slow", path="/v1/transfers", seconds=1)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(send, gateway, host)
        time.sleep(0.5)
        with pytest.raises(StripeUnknown) as conflict:
            send(gateway, host)
        assert conflict.value.code == "idempotency_key_in_use"
        transfer = slow.result()
    assert gateway.transfers_by_group("settlement-1") == (transfer,)


def test_a_key_is_forgotten_after_a_day(standin: Standin, gateway: StripeApi, host: str) -> None:
    first = send(gateway, host)
    standin.control("clock", now=int(time.time()) + DAY_SECONDS + 1)
    assert send(gateway, host).id != first.id


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_objects_keys_and_the_clock(standin: Standin, gateway: StripeApi, host: str, number: int) -> None:
    standin.control("clock", now=1_900_000_000)
    transfer = send(gateway, host)
    standin.restart(number)
    assert send(gateway, host) == transfer
    assert gateway.transfers_by_group("settlement-1") == (transfer,)
    assert 1_900_000_000 <= int(standin.look("clock")["now"]) < 1_900_000_100


def test_a_restricted_account_cannot_receive_until_it_is_free_again(standin: Standin, gateway: StripeApi, host: str) -> None:
    standin.control("account", id=host, transfers="inactive", disabled_reason="requirements.past_due")
    assert gateway.account(host).disabled_reason == "requirements.past_due"
    with pytest.raises(StripeRefused, match="capabilities"):
        send(gateway, host)
    standin.control("account", id=host, transfers="active")
    assert send(gateway, host, key="settlement-1/2").amount_minor == 1_000


def test_a_payment_is_pending_until_it_settles_and_stripes_fee_is_taken_from_it(standin: Standin, gateway: StripeApi) -> None:
    link = gateway.create_checkout(
        amount_minor=12_345,
        currency="GBP",
        reference="deposit",
        success_url="https://example.com/paid?session={CHECKOUT_SESSION_ID}",
        cancel_url="https://example.com/back",
        customer_email="brand@example.com",
        idempotency_key="checkout",
    )
    with urllib.request.urlopen(link.url) as page:
        assert "Pay 123.45 GBP" in page.read().decode()
    assert [_press(standin, f"/c/pay/{link.id}") for _ in range(2)] == [(303, f"https://example.com/paid?session={link.id}")] * 2
    paid = gateway.checkout(link.id)
    assert (paid.status, paid.payment_status, paid.fee_minor) == ("complete", "paid", 185 + 20)
    assert gateway.available_balance("GBP") == 0
    standin.control("clock", now=int(time.time()) + 2 * DAY_SECONDS + 1)
    assert gateway.available_balance("GBP") == 12_345 - 205
    booked = [(row.type, row.amount_minor, row.fee_minor, row.net_minor, row.source) for row in gateway.balance_transactions()]
    assert booked == [("charge", 12_345, 205, 12_140, paid.charge)]


def _press(standin: Standin, path: str) -> tuple[int, str | None]:
    """What the one button of a hosted page does."""
    connection = http.client.HTTPConnection("127.0.0.1", standin.port)
    connection.request("POST", path)
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers["Location"]


def test_a_transfer_and_its_reversal_are_pairs_on_both_sides_and_both_sides_add_up(standin: Standin, gateway: StripeApi, host: str) -> None:
    transfer = send(gateway, host)
    gateway.reverse_transfer(transfer.id, amount_minor=300, currency="GBP", idempotency_key="reversal")
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    theirs = client.v1.balance_transactions.list(options={"stripe_account": host}).data
    ours = [row for row in gateway.balance_transactions() if row.type.startswith("transfer")]
    assert [(row.type, row.net_minor) for row in ours] == [("transfer_refund", 300), ("transfer", -1_000)]
    assert [(row.type, row.net) for row in theirs] == [("payment_refund", -300), ("payment", 1_000)]
    client.v1.payouts.create({"amount": 700, "currency": "gbp"}, {"stripe_account": host})
    with pytest.raises(StripeRefused) as refusal:
        gateway.reverse_transfer(transfer.id, amount_minor=1, currency="GBP", idempotency_key="nothing-left")
    assert refusal.value.code == "balance_insufficient"


def test_an_automatic_payout_lists_what_it_holds_and_a_manual_one_cannot(standin: Standin, gateway: StripeApi, host: str) -> None:
    send(gateway, host)
    payout = standin.control("payouts", account=host)["payouts"][0]
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    rows = client.v1.balance_transactions.list({"payout": payout}, {"stripe_account": host}).data
    assert [(row.type, row.net) for row in rows] == [("payout", -1_000), ("payment", 1_000)]
    manual = client.v1.payouts.create({"amount": 100, "currency": "gbp"})
    with pytest.raises(stripe.InvalidRequestError, match="automatic"):
        client.v1.balance_transactions.list({"payout": manual.id})


def test_refunds_never_exceed_their_charge_and_wait_for_money(standin: Standin, gateway: StripeApi) -> None:
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    standin.control("pay", session=process.session_of(client, 1_000))
    charge = client.v1.charges.list().data[0].id
    waiting = client.v1.refunds.create({"charge": charge, "amount": 600})
    assert waiting.status == "pending"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge, "amount": 401})
    standin.control("available")
    assert client.v1.refunds.retrieve(waiting.id).status == "succeeded"
    assert gateway.available_balance("GBP") == 1_000 - 35 - 600


def test_an_answer_lost_on_a_replay_is_lost_too(standin: Standin, gateway: StripeApi, host: str) -> None:
    transfer = send(gateway, host)
    for kind in ("lost", "conflict", "error"):
        standin.control("faults", kind=kind, path="/v1/transfers")
        with pytest.raises(StripeUnknown):
            send(gateway, host)
    assert gateway.transfers_by_group("settlement-1") == (transfer,)


def test_onboarding_ends_on_the_hosted_page_and_its_link_works_once(standin: Standin, gateway: StripeApi) -> None:
    account = gateway.create_account(email="host@example.com", country="GB", idempotency_key="host").id
    link = gateway.account_link(
        account, refresh_url="https://example.com/again", return_url="https://example.com/done", idempotency_key="link"
    )
    path = link.url.removeprefix(standin.base_url)
    assert [_press(standin, path) for _ in range(2)] == [(303, "https://example.com/done"), (303, "https://example.com/again")]
    state = gateway.account(account)
    assert (state.transfers_active, state.payouts_enabled, state.requirements_due) == (True, True, ())


def test_three_decimal_amounts_and_payouts_in_hundreds_are_held_to_stripes_steps(standin: Standin, gateway: StripeApi, host: str) -> None:
    standin.control("fund", amount=100_000, currency="HUF")
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    with pytest.raises(stripe.InvalidRequestError, match="divisible by 100"):
        client.v1.payouts.create({"amount": 12_345, "currency": "huf"})
    with pytest.raises(StripeRefused, match="divisible by 10"):
        gateway.create_transfer(
            amount_minor=1_005, currency="KWD", destination=host, transfer_group="g", settlement_id="s", idempotency_key="kwd"
        )


@pytest.mark.parametrize(("currency", "minor", "amount"), [("ISK", 5_000, 500_000), ("JPY", 5_000, 5_000), ("MGA", 5_000_00, 5_000)])
def test_stripe_hears_its_own_units_and_we_hear_ours(
    standin: Standin, gateway: StripeApi, host: str, currency: str, minor: int, amount: int
) -> None:
    standin.control("fund", amount=amount, currency=currency)
    assert gateway.available_balance(currency) == minor
    transfer = gateway.create_transfer(
        amount_minor=minor, currency=currency, destination=host, transfer_group="g", settlement_id="s", idempotency_key=currency
    )
    client = stripe.StripeClient(process.API_KEY, base_addresses={"api": standin.base_url}, max_network_retries=0)
    assert client.v1.transfers.retrieve(transfer.id).amount == amount
    assert (transfer.amount_minor, gateway.available_balance(currency)) == (minor, 0)
    rows = [row for row in gateway.balance_transactions(type_="transfer") if row.source == transfer.id]
    assert [(row.amount_minor, row.net_minor, row.currency) for row in rows] == [(-minor, -minor, currency)]
    assert gateway.reverse_transfer(transfer.id, amount_minor=minor, currency=currency, idempotency_key="r").reversed_minor == minor


def test_a_transfer_can_be_altered_behind_our_back(standin: Standin, gateway: StripeApi, host: str) -> None:
    transfer = send(gateway, host)
    standin.control("alter", id=transfer.id, field="amount", by=1)
    assert gateway.transfer(transfer.id).amount_minor == 1_001


def test_a_busy_port_is_a_clear_sentence_and_no_traceback(standin: Standin, tmp_path: Path) -> None:
    with pytest.raises(process.StandinFailed, match="did not start"):
        process.start(tmp_path / "other", port=standin.port)

"""What only the stand-in can be asked: faults on command, its clock, restarts, and the events it sends."""

import http.client
import http.server
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe
from typing_extensions import override

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_notices import parse_webhook
from chalicelib.payouts.stripe_port import StripeRefused, StripeUnknown, TransferState, WebhookEvent
from tests.stripe_standin import process
from tests.stripe_standin.process import Standin

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SECRET = "whsec_platform"
CONNECT_SECRET = "whsec_connect"
DAY_SECONDS = 86_400
PATIENCE_SECONDS = 10


@dataclass
class Inbox:
    """A webhook endpoint that keeps what it is sent, and refuses the first few."""

    refusals: int = 0
    received: list[tuple[str, WebhookEvent]] = field(default_factory=list)
    port: int = 0

    def wait_for(self, count: int) -> list[str]:
        """The types received, once there are `count` of them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [event.type for _, event in self.received]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Listens on the loopback interface: /platform and /connect."""
    box = Inbox()

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            secret = {"/platform": SECRET, "/connect": CONNECT_SECRET}[self.path]
            event = parse_webhook(body, self.headers["Stripe-Signature"], secret=secret, now=datetime.now(UTC), livemode=False)
            box.refusals -= 1
            if box.refusals < 0:
                box.received.append((self.path, event))
            self.send_response(200 if box.refusals < 0 else 500)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    box.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def standin(tmp_path: Path, inbox: Inbox) -> Iterator[Standin]:
    """A fresh stand-in that sends to the inbox."""
    hooks = (
        *("--webhook", f"http://127.0.0.1:{inbox.port}/platform", "--webhook-secret", SECRET),
        *("--connect-webhook", f"http://127.0.0.1:{inbox.port}/connect", "--connect-webhook-secret", CONNECT_SECRET),
    )
    with process.running(tmp_path / "state", *hooks) as started:
        yield started


@pytest.fixture
def gateway(standin: Standin) -> StripeApi:
    """Our gateway on it."""
    return StripeApi(process.API_KEY, base_address=standin.base_url)


@pytest.fixture
def host(standin: Standin, gateway: StripeApi) -> str:
    """An account that may receive money, and 100.00 to send."""
    account = gateway.create_account(email="host@example.com", country="GB", idempotency_key="host").id
    standin.control("account", id=account, onboarded=True)
    standin.control("fund", amount=10_000, currency="GBP")
    return account


def send(gateway: StripeApi, host: str, amount: int = 1_000, key: str = "settlement-1/1") -> TransferState:
    """The transfer of settlement-1."""
    return gateway.create_transfer(
        amount_minor=amount,
        currency="GBP",
        destination=host,
        transfer_group="settlement-1",
        settlement_id="settlement-1",
        idempotency_key=key,
    )


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


def test_events_reach_their_endpoint_signed_and_are_sent_until_they_are_taken(inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    inbox.refusals = 1
    transfer = send(gateway, host)
    assert inbox.wait_for(1) == ["transfer.created"]
    [(path, event)] = inbox.received
    assert (path, event.object_id, event.account) == ("/platform", transfer.id, None)
    assert gateway.event(event.id) == event


def test_events_of_connected_accounts_go_to_their_own_endpoint(inbox: Inbox, host: str) -> None:
    assert sorted(inbox.wait_for(3)) == ["account.updated", "topup.created", "topup.succeeded"]
    assert [(path, event.account) for path, event in inbox.received if event.type == "account.updated"] == [("/connect", host)]


def test_events_are_held_doubled_and_turned_round_on_command(standin: Standin, inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    standin.control("events", hold=True)
    transfer = send(gateway, host)
    gateway.reverse_transfer(transfer.id, amount_minor=1_000, currency="GBP", idempotency_key="reversal")
    time.sleep(0.3)
    assert inbox.received == []
    standin.control("events", copies=2, newest_first=True)
    assert inbox.wait_for(4) == ["transfer.reversed", "transfer.reversed", "transfer.created", "transfer.created"]


def test_events_that_were_not_delivered_survive_a_restart(standin: Standin, inbox: Inbox, gateway: StripeApi, host: str) -> None:
    inbox.wait_for(3)
    inbox.received.clear()
    standin.control("events", hold=True)
    send(gateway, host)
    standin.restart(signal.SIGKILL)
    assert inbox.wait_for(1) == ["transfer.created"]


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

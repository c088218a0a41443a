"""A stand-in of its own for each test, with an inbox for the events that it sends."""

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_notices import parse_webhook
from chalicelib.payouts.stripe_port import TransferState, WebhookEvent
from tests.stripe_standin import process
from tests.stripe_standin.process import Standin

SECRET = "whsec_platform"
CONNECT_SECRET = "whsec_connect"
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

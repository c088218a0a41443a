"""Our border to Stripe: signatures as the SDK makes them, the mode, and what each failure means for a payout."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from chalicelib.adapters.stripe_gateway import StripeApi
from chalicelib.payouts.stripe_notices import InvalidSignature, parse_webhook
from chalicelib.payouts.stripe_port import StripeUnknown, WebhookEvent
from tests.stripe_standin import deliveries, process

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
SECRET = "whsec_test"
BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "transfer.created",
        "created": 1_762_000_000,
        "livemode": False,
        "data": {"object": {"id": "tr_1", "object": "transfer"}},
        "pending_webhooks": 1,
    }
).encode()
EVENT = WebhookEvent(id="evt_1", type="transfer.created", object_id="tr_1", livemode=False, created=1_762_000_000, account=None)


def signed(body: bytes = BODY, *, secret: str = SECRET, at: datetime = NOW) -> str:
    """The header as the SDK makes it."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=int(at.timestamp())))


def parsed(body: bytes = BODY, header: str | None = None, *, secret: str = SECRET, livemode: bool = False) -> WebhookEvent:
    """The event as our endpoint sees it at NOW."""
    return parse_webhook(body, signed() if header is None else header, secret=secret, now=NOW, livemode=livemode)


def test_a_webhook_that_the_sdk_signed_is_taken() -> None:
    assert parsed() == EVENT


def test_the_stand_in_signs_as_the_sdk_does() -> None:
    assert deliveries.signature(BODY, SECRET, int(NOW.timestamp())) == signed()


def test_any_of_several_signatures_counts_while_a_secret_is_rotated() -> None:
    stamp, right = signed().split(",")
    assert parsed(header=f"{stamp},v1={'0' * 64},{right},v0=abc") == EVENT


@pytest.mark.parametrize(
    "header",
    [
        *("", "t=,v1=", "v1=abc", "t=1,t=2,v1=abc", f"t={int(NOW.timestamp())}"),
        *(signed(secret="whsec_other"), signed(BODY + b" "), signed().replace("v1=", "v0=")),
    ],
)
def test_a_forged_or_malformed_signature_is_refused(header: str) -> None:
    with pytest.raises(InvalidSignature):
        parsed(header=header)


@pytest.mark.parametrize(("seconds", "taken"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_a_signature_counts_for_300_seconds(seconds: int, *, taken: bool) -> None:
    header = signed(at=NOW + timedelta(seconds=seconds))
    if taken:
        assert parsed(header=header) == EVENT
    else:
        with pytest.raises(InvalidSignature, match="last 300 seconds"):
            parsed(header=header)


def test_an_empty_secret_disables_the_endpoint() -> None:
    with pytest.raises(InvalidSignature, match="takes no webhooks"):
        parsed(header=signed(secret=""), secret="")


def test_live_and_test_mode_do_not_mix() -> None:
    with pytest.raises(InvalidSignature, match="other mode"):
        parsed(livemode=True)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b'{"id": 1}'])
def test_a_signed_message_that_is_no_event_is_refused(body: bytes) -> None:
    header = deliveries.signature(body, SECRET, int(NOW.timestamp()))
    with pytest.raises(InvalidSignature):
        parsed(body, header)


def test_the_sdk_is_imported_with_the_first_call_only() -> None:
    program = "import sys, chalicelib.adapters.stripe_gateway as g; g.StripeApi('sk_test_x'); sys.exit('stripe' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], cwd=process.ROOT, check=False)  # noqa: S603 - our own words
    assert finished.returncode == 0


def test_a_lost_connection_is_unknown_and_its_message_names_no_internals() -> None:
    closed_port = process.free_port()
    gateway = StripeApi("sk_test_x", base_address=f"http://127.0.0.1:{closed_port}")
    with pytest.raises(StripeUnknown) as unknown:
        gateway.available_balance("GBP")
    assert unknown.value.code == "connection"
    assert str(closed_port) not in unknown.value.message

"""What Stripe signs: a notice is read only after its signature, its age and its mode have been checked. No import of Stripe here."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.core.errors import Unauthenticated
from chalicelib.payouts.stripe_port import WebhookEvent

WEBHOOK_TOLERANCE_SECONDS = 300
"""How old a signed webhook may be (docs: Webhooks, preventing replay attacks)."""
MAX_WEBHOOK_BYTES = 1_000_000


class InvalidSignature(Unauthenticated):
    """The webhook was not signed by Stripe for this endpoint and mode, or too long ago. Nothing in it may be believed."""


class SecretDoesNotFit(InvalidSignature):
    """The signature was not made with this secret; it may have been with the secret of another endpoint."""


class _Envelope(msgspec.Struct):
    """The members of an event that we read."""

    id: str
    type: str
    created: int
    livemode: bool
    data: dict[str, Any]
    account: str | None = None


def parse_webhook(
    raw_body: bytes,
    signature_header: str,
    *,
    secret: str,
    now: datetime,
    livemode: bool,
    tolerance_seconds: int = WEBHOOK_TOLERANCE_SECONDS,
) -> WebhookEvent:
    """The event in a signed webhook, checked as Stripe documents it; `now` is real time. Raises `InvalidSignature`, `SecretDoesNotFit`.

    Done without the SDK, whose import takes longer than the endpoint may; a contract test holds it against the SDK's own signing.
    An empty secret disables the endpoint.
    """
    if not secret:
        raise SecretDoesNotFit("This endpoint takes no webhooks: no signing secret is configured.")
    if len(raw_body) > MAX_WEBHOOK_BYTES:
        raise InvalidSignature("This webhook is larger than any that Stripe sends.")
    signed_at, signatures = _signature_parts(signature_header)
    expected = hmac.new(secret.encode(), f"{signed_at}.".encode() + raw_body, hashlib.sha256).hexdigest().encode()
    if sum(hmac.compare_digest(expected, given.encode()) for given in signatures) == 0:
        raise SecretDoesNotFit("The signature does not fit this message. Check the endpoint's signing secret.")
    if abs(int(now.timestamp()) - signed_at) > tolerance_seconds:
        raise InvalidSignature(
            f"The signature is not from the last {tolerance_seconds} seconds. Check the clock, or let Stripe send it again."
        )
    return _event_of(raw_body, livemode=livemode)


def _signature_parts(header: str) -> tuple[int, tuple[str, ...]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t" and value.isascii() and value.isdigit()]
    if len(stamps) != 1:
        raise InvalidSignature("The header Stripe-Signature is missing or malformed.")
    return int(stamps[0]), tuple(value for name, _, value in pairs if name == "v1")


def _event_of(raw_body: bytes, *, livemode: bool) -> WebhookEvent:
    try:
        envelope = msgspec.json.decode(raw_body, type=_Envelope)
    except msgspec.MsgspecError as error:
        raise InvalidSignature("The signed message is not an event that this endpoint understands.") from error
    if envelope.livemode is not livemode:
        raise InvalidSignature("The message is from the other mode (live and test do not mix).")
    subject = envelope.data.get("object")
    return WebhookEvent(
        id=envelope.id,
        type=envelope.type,
        object_id=str(subject.get("id", "")) if isinstance(subject, dict) else "",
        livemode=envelope.livemode,
        created=envelope.created,
        account=envelope.account,
    )

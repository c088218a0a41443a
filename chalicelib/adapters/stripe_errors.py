"""Stripe's failures in our words: refused when the answer is about this very request, else unknown."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.adapters.stripe_answers import member
from chalicelib.payouts.stripe_accounts import AccountGone
from chalicelib.payouts.stripe_port import StripeRefused, StripeUnknown

DEFINITE_STATUSES = frozenset({400, 402, 404})
"""Answers about this request itself. 401, 403, 409, 429 and an idempotency mismatch say nothing about an earlier try with the same key."""
ACCOUNT_GONE = "account_invalid"
"""Stripe's code for an account that this platform cannot reach (docs: Error codes)."""


@contextmanager
def our_errors() -> Iterator[None]:
    """Stripe's exceptions as ours: refused when the answer is about this request, else unknown."""
    import stripe  # noqa: PLC0415 - lazy on purpose, as in `stripe_gateway`

    try:
        yield
    except stripe.APIConnectionError as error:
        raise StripeUnknown("connection", "the connection to Stripe failed or took too long") from error
    except stripe.IdempotencyError as error:
        raise StripeUnknown("idempotency_error", error.user_message or "the key was used before") from error
    except stripe.StripeError as error:
        code = error.code or member(error.error, "code") or str(error.http_status)
        message = error.user_message or type(error).__name__
        if error.http_status in DEFINITE_STATUSES and not isinstance(error, stripe.RateLimitError):
            raise StripeRefused(code, message) from error
        raise StripeUnknown(code, message) from error


@contextmanager
def of_account(account_id: str) -> Iterator[None]:
    """Says so when there is no such account for us any more."""
    try:
        yield
    except (StripeRefused, StripeUnknown) as error:
        if error.code == ACCOUNT_GONE:
            raise AccountGone(f"Stripe lets this platform not see {account_id} any more: the connection was ended.") from error
        raise

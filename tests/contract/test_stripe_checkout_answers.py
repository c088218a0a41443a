"""What a checkout's answer means where a bank takes days to make a payment (docs: Checkout, delayed notification payment methods)."""

import pytest
import stripe

from chalicelib.adapters.stripe_answers import checkout_state


@pytest.mark.parametrize(
    ("status", "payment_status", "intent", "failed"),
    [
        ("open", "unpaid", "requires_payment_method", False),
        ("complete", "unpaid", "processing", False),
        ("complete", "unpaid", "requires_payment_method", True),
        ("complete", "unpaid", "canceled", True),
        ("complete", "paid", "succeeded", False),
    ],
)
def test_only_what_was_sent_off_and_did_not_go_through_has_failed(status: str, payment_status: str, intent: str, *, failed: bool) -> None:
    session = stripe.checkout.Session.construct_from(
        {
            "id": "cs_1",
            "object": "checkout.session",
            "status": status,
            "payment_status": payment_status,
            "amount_total": 5_000,
            "currency": "gbp",
            "metadata": {"reference": "fnd_1"},
            "payment_intent": {"id": "pi_1", "object": "payment_intent", "status": intent, "latest_charge": None},
        },
        "sk_test",
    )
    state = checkout_state(session)
    assert (state.failed, state.amount_minor, state.reference, state.charge) == (failed, 5_000, "fnd_1", None)

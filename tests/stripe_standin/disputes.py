"""Disputes: a payer's bank takes a payment back; only commands of a test open and end them (docs: Disputes; How disputes work)."""

from tests.stripe_standin.call import Call, created_within, page, where
from tests.stripe_standin.errors import Obj, invalid, refused
from tests.stripe_standin.world import World

DISPUTE_FEE_MINOR = 2_000
"""What Stripe charges in the UK for each dispute, won or lost (docs: Pricing)."""
RESPONSE_SECONDS = 9 * 86_400
CARD = {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10"}
TEXTS = (
    *("access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_email_address"),
    *("customer_name", "customer_purchase_ip", "duplicate_charge_explanation", "duplicate_charge_id", "product_description"),
    *("refund_policy_disclosure", "refund_refusal_explanation", "service_date", "shipping_address", "shipping_carrier"),
    *("shipping_date", "shipping_tracking_number", "uncategorized_text"),
)
FILES = (
    *("cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt"),
    *("refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file"),
)


def open_dispute(world: World, charge_id: str) -> Obj:
    """The bank takes the whole charge, and Stripe its fee, at once. Refused for a charge that was refunded or is disputed already."""
    charge = world.find("charge", charge_id)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"] or not left:
        raise refused(f"Charge {charge_id} cannot be disputed (again).")
    identifier = world.new_id("du")
    row = world.add(_row(world, identifier, charge, left))
    charge["disputed"] = True
    world.save(charge)
    world.emit("charge.dispute.created", row)
    _move(world, row, -left, DISPUTE_FEE_MINOR, "dispute")
    world.emit("charge.dispute.funds_withdrawn", row)
    return world.save(row)


def close_dispute(world: World, identifier: str, status: str) -> Obj:
    """``won``: the amount comes back, the fee does not. ``lost``: it stays where it is."""
    row = world.find("dispute", identifier)
    if status not in {"won", "lost"} or row["status"] != "needs_response":
        raise invalid(f"Dispute {identifier} is {row['status']}; an open one ends won or lost.")
    row["status"] = status
    world.emit("charge.dispute.closed", row)
    if status == "won":
        _move(world, row, row["amount"], 0, "dispute_reversal")
        world.emit("charge.dispute.funds_reinstated", row)
    return world.save(row)


def retrieve(call: Call) -> Obj:
    """GET /v1/disputes/{id}."""
    return call.world.find("dispute", call.ids[0])


def listing(call: Call) -> Obj:
    """GET /v1/disputes, by charge, payment intent and time."""
    rows = created_within(call, call.world.owned("dispute"))
    return page(call, where(rows, charge=call.params.get("charge"), payment_intent=call.params.get("payment_intent")))


def _move(world: World, row: Obj, amount: int, fee: int, category: str) -> None:
    booked = world.book(
        account="", kind="adjustment", category=category, amount=amount, fee=fee, currency=row["currency"], source=row["id"]
    )
    row["balance_transactions"].append(world.present(world.find("balance_transaction", booked)))


def _row(world: World, identifier: str, charge: Obj, amount: int) -> Obj:
    return {
        "id": identifier,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys((*TEXTS, *FILES)), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + RESPONSE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": CARD, "type": "card"},
        "reason": "fraudulent",
        "status": "needs_response",
    }

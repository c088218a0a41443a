"""Charges, payment intents and refunds (docs: Charges; Payment Intents; Refunds)."""

from tests.stripe_standin.call import Call, created_within, page, where
from tests.stripe_standin.errors import Obj, invalid, refused
from tests.stripe_standin.params import merged_metadata, positive
from tests.stripe_standin.world import World

REFUND_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})


def charge_row(world: World, *, identifier: str, amount: int, currency: str) -> Obj:
    """A succeeded, captured charge that is not booked yet."""
    return {
        "id": identifier,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": None,
        "captured": True,
        "created": world.now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": True,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": None,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund_row(world: World, *, identifier: str, payment: Obj, amount: int) -> Obj:
    """A succeeded refund that is not booked yet."""
    return {
        "id": identifier,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": payment["id"],
        "created": world.now(),
        "currency": payment["currency"],
        "customer": payment["customer"],
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": payment["payment_intent"],
        "payment_method": payment["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def retrieve_charge(call: Call) -> Obj:
    """GET /v1/charges/{id}."""
    return call.world.find("charge", call.ids[0], account=call.account)


def list_charges(call: Call) -> Obj:
    """GET /v1/charges, by payment intent, customer, group and time."""
    rows = created_within(call, call.world.owned("charge", call.account))
    wanted = {name: call.params.get(name) for name in ("payment_intent", "customer", "transfer_group")}
    return page(call, where(rows, **wanted))


def retrieve_intent(call: Call) -> Obj:
    """GET /v1/payment_intents/{id}."""
    return call.world.find("payment_intent", call.ids[0], account=call.account)


def create_refund(call: Call) -> Obj:
    """Refunds never exceed their charge; Stripe keeps its fee (docs: Refunds; Error codes `charge_already_refunded`)."""
    world, params = call.world, call.params
    payment = _refunded_charge(call)
    if payment["disputed"]:
        raise refused(f"Charge {payment['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = payment["amount"] - payment["amount_refunded"]
    if not left:
        raise refused(f"Charge {payment['id']} has already been refunded.", code="charge_already_refunded")
    amount = positive(params.get("amount", left))
    if amount > left:
        raise refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    if params.get("reason", "duplicate") not in REFUND_REASONS:
        raise invalid(f"Invalid reason: {params['reason']}.", param="reason")
    row = refund_row(world, identifier=world.new_id("re"), payment=payment, amount=amount)
    row.update(reason=params.get("reason"), metadata=merged_metadata({}, params))
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    world.save(payment)
    row = world.add(row, account=call.account)
    settle_refund(world, row)
    world.emit("refund.created", row, account=call.account)
    world.emit("charge.refunded", payment, account=call.account)
    return row


def settle_refund(world: World, row: Obj) -> None:
    """Books a refund, or leaves it pending while the available balance does not cover it (docs: Refunds, insufficient balance)."""
    account = row["_account"]
    if world.funds(account, row["currency"], available=True) < row["amount"]:
        row.update(status="pending", pending_reason="insufficient_funds")
    else:
        row["balance_transaction"] = world.book(
            account=account, kind="refund", category="refund", amount=-row["amount"], currency=row["currency"], source=row["id"]
        )
        row.update(status="succeeded")
        row.pop("pending_reason", None)
    world.save(row)


def settle_pending_refunds(world: World) -> None:
    """Pending refunds go through, oldest first, as soon as money is available."""
    for known in world.store.all("refund"):
        if known["status"] == "pending":
            row = world.find("refund", known["id"], account=known["_account"])
            settle_refund(world, row)
            if row["status"] == "succeeded":
                world.emit("refund.updated", row, account=row["_account"])


def fail_refund(world: World, identifier: str, reason: str) -> Obj:
    """The payer's bank could not take it: what had left the balance comes back (docs: Refunds, Handle failed refunds)."""
    row = world.find("refund", identifier)
    if row["status"] == "failed":
        raise refused(f"Refund {identifier} has failed already.")
    if row["balance_transaction"] is not None:
        row["failure_balance_transaction"] = world.book(
            account="", kind="refund_failure", category="refund_failure", amount=row["amount"], currency=row["currency"], source=identifier
        )
    row.update(status="failed", failure_reason=reason)
    row.pop("pending_reason", None)
    payment = world.find("charge", row["charge"])
    payment["amount_refunded"] -= row["amount"]
    payment["refunded"] = False
    world.save(payment)
    for kind in ("refund.updated", "refund.failed"):
        world.emit(kind, row)
    return world.save(row)


def _refunded_charge(call: Call) -> Obj:
    params = call.params
    if "charge" in params:
        return call.world.find("charge", params["charge"], account=call.account, param="charge")
    if "payment_intent" not in params:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = call.world.find("payment_intent", params["payment_intent"], account=call.account, param="payment_intent")
    return call.world.find("charge", intent["latest_charge"], account=call.account, param="charge")


def retrieve_refund(call: Call) -> Obj:
    """GET /v1/refunds/{id}."""
    return call.world.find("refund", call.ids[0], account=call.account)


def list_refunds(call: Call) -> Obj:
    """GET /v1/refunds, by charge, payment intent and time."""
    rows = created_within(call, call.world.owned("refund", call.account))
    return page(call, where(rows, charge=call.params.get("charge"), payment_intent=call.params.get("payment_intent")))

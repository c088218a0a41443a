"""Checkout sessions in payment mode, and what happens when somebody pays (docs: Checkout Sessions; Balances and settlement time)."""

from tests.stripe_standin.call import Call, created_within, page, where
from tests.stripe_standin.charges import charge_row
from tests.stripe_standin.errors import Obj, invalid
from tests.stripe_standin.params import currency_of, merged_metadata, positive
from tests.stripe_standin.world import World

SESSION_SECONDS = 86_400
LARGEST_AMOUNT = 99_999_999
"""Amounts have at most eight digits (docs: Currencies, Minimum and maximum charge amounts)."""
SMALLEST_AMOUNT = {"gbp": 30, "jpy": 50, "sek": 300, "dkk": 250, "pln": 200, "kwd": 100}
SMALLEST_OTHERWISE = 50


def create(call: Call) -> Obj:
    """A session with a page of its own at which the customer pays."""
    world, params = call.world, call.params
    if params["mode"] != "payment":
        raise invalid("The stand-in knows Checkout sessions in payment mode only.", param="mode")
    total, currency = _total(params)
    identifier = world.new_id("cs_test")
    customer = params.get("customer")
    if customer is not None:
        world.find("customer", customer, param="customer")
    row = {
        **_constant_members(),
        "id": identifier,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": world.now(),
        "currency": currency,
        "customer": customer,
        "customer_creation": None if customer else "if_required",
        "customer_email": params.get("customer_email"),
        "expires_at": params.get("expires_at", world.now() + SESSION_SECONDS),
        "metadata": merged_metadata({}, params),
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "success_url": params["success_url"],
        "url": f"{world.options.base_url}/c/pay/{identifier}",
        "_intent": params.get("payment_intent_data", {}),
    }
    return world.add(row)


def _total(params: Obj) -> tuple[int, str]:
    items = list(params["line_items"].values())
    currencies = {currency_of(item["price_data"]["currency"]) for item in items}
    if len(currencies) != 1:
        raise invalid("You can not combine currencies on a single Checkout session.", param="line_items")
    currency = currencies.pop()
    total = sum(positive(item["price_data"]["unit_amount"], "line_items") * item.get("quantity", 1) for item in items)
    if total < SMALLEST_AMOUNT.get(currency, SMALLEST_OTHERWISE):
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least the minimum of {currency}.", code="amount_too_small"
        )
    if total > LARGEST_AMOUNT:
        raise invalid(f"The Checkout Session's total amount must be no more than {LARGEST_AMOUNT}.", code="amount_too_large")
    return total, currency


def _constant_members() -> Obj:
    texts = dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"))
    absent = (
        "adaptive_pricing",
        "after_expiration",
        "allow_promotion_codes",
        "billing_address_collection",
        "client_secret",
        "collected_information",
        "consent",
        "consent_collection",
        "currency_conversion",
        "customer_account",
        "customer_details",
        "discounts",
        "integration_identifier",
        "invoice",
        "invoice_creation",
        "locale",
        "managed_payments",
        "origin_context",
        "payment_link",
        "payment_method_configuration_details",
        "permissions",
        "recovered_from",
        "saved_payment_method_options",
        "setup_intent",
        "shipping_address_collection",
        "shipping_cost",
        "submit_type",
        "subscription",
        "wallet_options",
    )
    return {
        "object": "checkout.session",
        **dict.fromkeys(absent),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": texts,
        "livemode": False,
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def retrieve(call: Call) -> Obj:
    """GET /v1/checkout/sessions/{id}."""
    return call.world.find("checkout.session", call.ids[0])


def listing(call: Call) -> Obj:
    """GET /v1/checkout/sessions, by customer, payment intent, status and time."""
    rows = created_within(call, call.world.owned("checkout.session"))
    return page(call, where(rows, **{name: call.params.get(name) for name in ("customer", "payment_intent", "status")}))


def expire_overdue(world: World) -> None:
    """An open session expires after 24 hours unless asked otherwise (docs: Checkout Session, `expires_at`)."""
    for known in world.store.all("checkout.session"):
        if known["status"] == "open" and known["expires_at"] <= world.now():
            row = world.find("checkout.session", known["id"])
            row.update(status="expired", url=None)
            world.emit("checkout.session.expired", row)
            world.save(row)


def pay(world: World, identifier: str) -> Obj:
    """The customer pays with a card that succeeds: intent, charge and balance transaction exist from now on. Twice is once."""
    row = world.find("checkout.session", identifier)
    if row["status"] != "open":
        return row
    wishes = row["_intent"]
    charge = charge_row(world, identifier=world.new_id("ch"), amount=row["amount_total"], currency=row["currency"])
    intent = _intent_row(world, row, wishes)
    charge.update(
        customer=row["customer"],
        description=wishes.get("description"),
        metadata=intent["metadata"],
        payment_intent=intent["id"],
        receipt_email=row["customer_email"],
        transfer_group=intent["transfer_group"],
        balance_transaction=_booked(world, charge),
    )
    intent["latest_charge"] = charge["id"]
    row.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None, customer_details=_details(row))
    for kind, changed in (("charge.succeeded", charge), ("payment_intent.succeeded", intent), ("checkout.session.completed", row)):
        world.emit(kind, changed)
    world.add(charge)
    world.add(intent)
    return world.save(row)


def _booked(world: World, charge: Obj) -> str:
    """Stripe's fee is taken from the charge; the rest is pending until it settles (docs: Balances and settlement time)."""
    return world.book(
        account="",
        kind="charge",
        category="charge",
        amount=charge["amount"],
        fee=world.fee_on(charge["amount"]),
        currency=charge["currency"],
        source=charge["id"],
        available_on=world.now() + world.options.settle_seconds,
    )


def _details(session: Obj) -> Obj:
    empty = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone"))
    return {**empty, "email": session["customer_email"], "tax_exempt": "none", "tax_ids": []}


def _intent_row(world: World, session: Obj, wishes: Obj) -> Obj:
    identifier = world.new_id("pi")
    absent = (
        "application",
        "application_fee_amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "customer_account",
        "excluded_payment_method_types",
        "last_payment_error",
        "managed_payments",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "payment_method_configuration_details",
        "processing",
        "review",
        "setup_future_usage",
        "shipping",
        "source",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
    )
    return {
        "id": identifier,
        "object": "payment_intent",
        **dict.fromkeys(absent),
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": session["amount_total"],
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_standin",
        "confirmation_method": "automatic",
        "created": world.now(),
        "currency": session["currency"],
        "customer": session["customer"],
        "description": wishes.get("description"),
        "latest_charge": None,
        "livemode": False,
        "metadata": merged_metadata({}, wishes),
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "receipt_email": session["customer_email"],
        "status": "succeeded",
        "transfer_group": wishes.get("transfer_group"),
    }

"""Connected accounts, their onboarding, and customers (docs: Connect, Account capabilities; Hosted onboarding; Customers)."""

from tests.stripe_standin.call import Call
from tests.stripe_standin.errors import Obj, StripeFailure, invalid
from tests.stripe_standin.params import merged_metadata
from tests.stripe_standin.world import World

ACCOUNT_LINK_SECONDS = 300
CURRENCY_OF_COUNTRY = {"GB": "gbp", "US": "usd", "JP": "jpy", "KW": "kwd", "SE": "sek", "CH": "chf", "DK": "dkk", "PL": "pln"}
"""Countries outside the euro that tests use; any other country settles in EUR here."""
OPEN_REQUIREMENTS = ("business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip")


def create_account(call: Call) -> Obj:
    """A new account has no active capability until onboarding is done (docs: Account capabilities, `inactive`)."""
    world, params = call.world, call.params
    requested = {name: "inactive" for name, wish in params.get("capabilities", {}).items() if wish.get("requested")}
    country = params.get("country", "GB")
    row: Obj = {
        "id": world.new_id("acct"),
        "object": "account",
        "business_profile": None,
        "business_type": params.get("business_type"),
        "capabilities": requested,
        "charges_enabled": False,
        "controller": _controller(params.get("type", "standard")),
        "country": country,
        "created": world.now(),
        "default_currency": CURRENCY_OF_COUNTRY.get(country, "eur"),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": {"object": "list", "data": [], "has_more": False, "url": "/v1/accounts/external_accounts"},
        "future_requirements": requirements(()),
        "metadata": merged_metadata({}, params),
        "payouts_enabled": False,
        "requirements": requirements(OPEN_REQUIREMENTS),
        "settings": _settings(_interval(params, "daily")),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": params.get("type", "standard"),
    }
    row["external_accounts"]["url"] = f"/v1/accounts/{row['id']}/external_accounts"
    return world.add(row)


def requirements(due: tuple[str, ...], disabled_reason: str | None = None) -> Obj:
    """The account's requirements hash; with something past due the account is restricted."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled_reason or ("requirements.past_due" if due else None),
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def _controller(kind: str) -> Obj:
    if kind != "express":
        return {"type": "account"}
    return {
        "type": "application",
        "fees": {"payer": "application_express"},
        "is_controller": True,
        "losses": {"payments": "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "express"},
    }


def _interval(params: Obj, otherwise: str) -> str:
    return str(params.get("settings", {}).get("payouts", {}).get("schedule", {}).get("interval", otherwise))


def _settings(interval: str) -> Obj:
    blank = {"icon": None, "logo": None, "primary_color": None, "secondary_color": None}
    declines = {"avs_failure": False, "cvc_failure": False}
    prefixes = dict.fromkeys(("statement_descriptor_prefix", "statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji"))
    descriptors = dict.fromkeys(("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji"))
    return {
        "branding": blank,
        "card_payments": {"decline_on": declines, **prefixes},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": {**descriptors, "statement_descriptor_prefix_kana": None, "statement_descriptor_prefix_kanji": None},
        "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": interval}, "statement_descriptor": None},
        "sepa_debit_payments": {},
    }


def account_of(world: World, identifier: str) -> Obj:
    """An account of this platform; a foreign or unknown one is 403 (docs: Error codes, `account_invalid`)."""
    row = world.store.get("account", identifier)
    if row is None:
        message = f"The provided key does not have access to account '{identifier}' (or that account does not exist)."
        raise StripeFailure(403, message, code="account_invalid", executed=False)
    return row


def retrieve_account(call: Call) -> Obj:
    """GET /v1/accounts/{id}."""
    return account_of(call.world, call.ids[0])


def update_account(call: Call) -> Obj:
    """POST /v1/accounts/{id}: e-mail, metadata, requested capabilities, the interval of automatic payouts."""
    row = account_of(call.world, call.ids[0])
    row["email"] = call.params.get("email", row["email"])
    row["metadata"] = merged_metadata(row["metadata"], call.params)
    for name, wish in call.params.get("capabilities", {}).items():
        if wish.get("requested"):
            row["capabilities"].setdefault(name, "active" if row["details_submitted"] else "inactive")
    schedule = row["settings"]["payouts"]["schedule"]
    schedule["interval"] = _interval(call.params, schedule["interval"])
    call.world.emit("account.updated", row, account=row["id"])
    return call.world.save(row)


def create_link(call: Call) -> Obj:
    """An account link is used once and lives for minutes (docs: Account Links)."""
    world, params = call.world, call.params
    row = account_of(world, params["account"])
    if params["type"] not in {"account_onboarding", "account_update"}:
        raise invalid(f"Invalid type: {params['type']}.", param="type")
    token = world.new_id("link")
    link = {"id": token, "object": "_account_link", "account": row["id"], "expires_at": world.now() + ACCOUNT_LINK_SECONDS, "used": False}
    world.add({**link, "return_url": params.get("return_url", "/"), "refresh_url": params.get("refresh_url", "/")})
    url = f"{world.options.base_url}/setup/e/{row['id']}/{token}"
    return {"object": "account_link", "created": world.now(), "expires_at": link["expires_at"], "url": url}


def finish_onboarding(world: World, identifier: str) -> Obj:
    """All that is due was given: requested capabilities become active, and `account.updated` tells the platform."""
    row = account_of(world, identifier)
    row["capabilities"] = dict.fromkeys(row["capabilities"], "active")
    row.update(details_submitted=True, payouts_enabled=True, requirements=requirements(()))
    row["business_type"] = row["business_type"] or "individual"
    row["charges_enabled"] = row["capabilities"].get("card_payments") == "active"
    world.emit("account.updated", row, account=identifier)
    return world.save(row)


def restrict(world: World, identifier: str, *, transfers: str, disabled_reason: str | None) -> Obj:
    """Sets the `transfers` capability, as Stripe does when something is past due or rejected."""
    row = account_of(world, identifier)
    row["capabilities"]["transfers"] = transfers
    active = transfers == "active"
    row["requirements"] = requirements(() if active else ("individual.verification.document",), disabled_reason)
    row["payouts_enabled"] = active
    world.emit("account.updated", row, account=identifier)
    return world.save(row)


def create_customer(call: Call) -> Obj:
    """POST /v1/customers."""
    params, identifier = call.params, call.world.new_id("cus")
    row: Obj = {
        "id": identifier,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.world.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_prefix": identifier[-8:].upper(),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
        "livemode": False,
        "metadata": merged_metadata({}, params),
        "name": params.get("name"),
        "next_invoice_sequence": 1,
        "phone": params.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    call.world.emit("customer.created", row)
    return call.world.add(row)


def retrieve_customer(call: Call) -> Obj:
    """GET /v1/customers/{id}."""
    return call.world.find("customer", call.ids[0])

"""Transfers and their reversals (docs: Connect, Separate charges and transfers; Transfer reversals)."""

from tests.stripe_standin.accounts import account_of
from tests.stripe_standin.call import Call, created_within, page, where
from tests.stripe_standin.charges import charge_row, refund_row
from tests.stripe_standin.errors import Obj, StripeFailure, refused
from tests.stripe_standin.params import merged_metadata, money_of, positive
from tests.stripe_standin.world import World


def create(call: Call) -> Obj:
    """Moves available money to an account at once. A transfer has no status: that it exists is its success (docs: The Transfer object)."""
    world, params = call.world, call.params
    amount, currency = money_of(params)
    destination = _destination(world, params["destination"])
    world.demand_available("", amount, currency)
    identifier = world.new_id("tr")
    payment = _arrival(world, identifier, destination, amount, currency)
    row = {
        "id": identifier,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": world.book(
            account="",
            kind="transfer",
            category="transfer",
            amount=-amount,
            currency=currency,
            source=identifier,
            description=params.get("description"),
        ),
        "created": world.now(),
        "currency": currency,
        "description": params.get("description"),
        "destination": destination,
        "destination_payment": payment,
        "livemode": False,
        "metadata": merged_metadata({}, params),
        "reversals": {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{identifier}/reversals"},
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }
    world.emit("transfer.created", row)
    return world.add(row)


def _destination(world: World, identifier: str) -> str:
    """It must exist and have an active `transfers` capability (docs: Error codes, `insufficient_capabilities_for_transfer`)."""
    row = world.store.get("account", identifier)
    if row is None:
        raise refused(f"No such destination: '{identifier}'", code="resource_missing", param="destination")
    if row["capabilities"].get("transfers") != "active":
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: "
            "transfers, crypto_transfers, legacy_payments"
        )
        raise StripeFailure(400, message, code="insufficient_capabilities_for_transfer")
    return identifier


def _arrival(world: World, transfer: str, account: str, amount: int, currency: str) -> str:
    """The other half of the pair: a payment on the destination account (docs: Balance transaction types, `payment`)."""
    payment = charge_row(world, identifier=world.new_id("py"), amount=amount, currency=currency)
    payment["source_transfer"] = transfer
    payment["balance_transaction"] = world.book(
        account=account, kind="payment", category="charge", amount=amount, currency=currency, source=payment["id"]
    )
    world.add(payment, account=account)
    return str(payment["id"])


def retrieve(call: Call) -> Obj:
    """GET /v1/transfers/{id}."""
    return call.world.find("transfer", call.ids[0])


def listing(call: Call) -> Obj:
    """GET /v1/transfers, by destination, group and time."""
    rows = created_within(call, call.world.owned("transfer"))
    return page(call, where(rows, destination=call.params.get("destination"), transfer_group=call.params.get("transfer_group")))


def update(call: Call) -> Obj:
    """Only metadata and description can change (docs: Update a transfer)."""
    row = call.world.find("transfer", call.ids[0])
    row["metadata"] = merged_metadata(row["metadata"], call.params)
    row["description"] = call.params.get("description", row["description"])
    call.world.emit("transfer.updated", row)
    return call.world.save(row)


def reverse(call: Call) -> Obj:
    """Takes money back, up to what is left and only what the account has (docs: Reverse transfers; by default all that is left)."""
    world = call.world
    transfer = world.find("transfer", call.ids[0])
    left = transfer["amount"] - transfer["amount_reversed"]
    if not left:
        raise refused(f"The transfer {transfer['id']} is already fully reversed.")
    amount = positive(call.params.get("amount", left))
    if amount > left:
        message = f"Reversal amount ({amount}) is greater than the unreversed amount of the transfer ({left})."
        raise refused(message, param="amount")
    account_of(world, transfer["destination"])
    world.demand_available(transfer["destination"], amount, transfer["currency"])
    row = _reversal(call, transfer, amount)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, world.present(row))
    world.emit("transfer.reversed", transfer)
    world.save(transfer)
    return world.add(row)


def _reversal(call: Call, transfer: Obj, amount: int) -> Obj:
    world, currency = call.world, transfer["currency"]
    identifier = world.new_id("trr")
    booked = world.book(
        account="", kind="transfer_refund", category="transfer_reversal", amount=amount, currency=currency, source=identifier
    )
    return {
        "id": identifier,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": booked,
        "created": world.now(),
        "currency": currency,
        "destination_payment_refund": _departure(world, transfer, amount, identifier),
        "metadata": merged_metadata({}, call.params),
        "source_refund": None,
        "transfer": transfer["id"],
    }


def _departure(world: World, transfer: Obj, amount: int, reversal: str) -> str:
    """The other half of the pair: the payment on the destination account is refunded by as much."""
    account = transfer["destination"]
    payment = world.find("charge", transfer["destination_payment"], account=account)
    refund = refund_row(world, identifier=world.new_id("pyr"), payment=payment, amount=amount)
    refund["source_transfer_reversal"] = reversal
    refund["balance_transaction"] = world.book(
        account=account, kind="payment_refund", category="refund", amount=-amount, currency=transfer["currency"], source=refund["id"]
    )
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    world.save(payment)
    world.add(refund, account=account)
    return str(refund["id"])


def list_reversals(call: Call) -> Obj:
    """GET /v1/transfers/{id}/reversals."""
    transfer = call.world.find("transfer", call.ids[0])
    return page(call, where(call.world.owned("transfer_reversal"), transfer=transfer["id"]))

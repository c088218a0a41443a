"""Balance, balance transactions, payouts and top-ups (docs: Account balances; Payout reconciliation; Top-ups)."""

from tests.stripe_standin.call import Call, created_within, page, where
from tests.stripe_standin.errors import Obj, invalid, refused
from tests.stripe_standin.params import merged_metadata, money_of
from tests.stripe_standin.world import World

PAYOUT_SECONDS = 2 * 86_400
PAID_OUT_IN_HUNDREDS = frozenset({"isk", "huf", "twd", "ugx"})
"""Two-decimal amounts that are paid out in whole units only (docs: Currencies, Special cases)."""


def retrieve_balance(call: Call) -> Obj:
    """GET /v1/balance: available and pending, one figure per currency."""
    world = call.world
    rows = world.owned("balance_transaction", call.account)
    currencies = sorted({str(row["currency"]) for row in rows}) or ["gbp"]
    balance = {
        name: [_figure(currency, world.funds(call.account, currency, available=name == "available")) for currency in currencies]
        for name in ("available", "pending")
    }
    reserved = {} if call.account else {"connect_reserved": [{"amount": 0, "currency": currency} for currency in currencies]}
    return {"object": "balance", "livemode": False, **balance, **reserved}


def _figure(currency: str, amount: int) -> Obj:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def retrieve_transaction(call: Call) -> Obj:
    """GET /v1/balance_transactions/{id}."""
    return call.world.find("balance_transaction", call.ids[0], account=call.account)


def list_transactions(call: Call) -> Obj:
    """By type, source, currency, time and automatic payout: what a manual one contains Stripe cannot say (docs: Payout reconciliation)."""
    world, params = call.world, call.params
    rows = created_within(call, world.owned("balance_transaction", call.account))
    if "payout" in params:
        payout = world.find("payout", params["payout"], account=call.account, param="payout")
        if not payout["automatic"]:
            raise refused("Balance transaction history can only be filtered on automatic transfers, not manual.")
        rows = [row for row in rows if payout["id"] in {row["_payout"], row["source"]}]
    return page(call, where(rows, type=params.get("type"), source=params.get("source"), currency=params.get("currency")))


def create_payout(call: Call) -> Obj:
    """A manual payout of available money (docs: Payouts, manual)."""
    world, params = call.world, call.params
    amount, currency = money_of(params)
    if currency in PAID_OUT_IN_HUNDREDS and amount % 100:
        raise invalid(f"Payouts in {currency} must be divisible by 100.", param="amount")
    world.demand_available(call.account, amount, currency)
    row = _payout_row(world, call.account, amount, currency, automatic=False)
    row.update(metadata=merged_metadata({}, params), description=params.get("description"))
    world.emit("payout.created", row, account=call.account)
    return world.save(row)


def pay_out_automatically(world: World, account: str) -> list[Obj]:
    """The daily automatic payout of each currency: everything available that no payout took yet (docs: Payouts, automatic)."""
    rows_of_account = world.owned("balance_transaction", account)
    open_rows = [
        row for row in rows_of_account if row["_payout"] is None and row["type"] != "payout" and row["available_on"] <= world.now()
    ]
    made = []
    for currency in sorted({str(row["currency"]) for row in open_rows}):
        rows = where(open_rows, currency=currency)
        amount = min(sum(row["net"] for row in rows), world.funds(account, currency, available=True))
        if amount > 0:
            made.append(_automatic(world, account, amount, rows))
    return made


def _automatic(world: World, account: str, amount: int, rows: list[Obj]) -> Obj:
    payout = _payout_row(world, account, amount, rows[0]["currency"], automatic=True)
    for known in rows:
        world.save({**known, "_payout": payout["id"]})
    for name in ("payout.created", "payout.paid", "payout.reconciliation_completed"):
        payout["status"] = "pending" if name == "payout.created" else "paid"
        payout["reconciliation_status"] = "completed" if name == "payout.reconciliation_completed" else "in_progress"
        world.emit(name, payout, account=account)
    return world.save(payout)


def _payout_row(world: World, account: str, amount: int, currency: str, *, automatic: bool) -> Obj:
    identifier = world.new_id("po")
    booked = world.book(account=account, kind="payout", category="payout", amount=-amount, currency=currency, source=identifier)
    row = {
        "id": identifier,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": world.now() + PAYOUT_SECONDS,
        "automatic": automatic,
        "balance_transaction": booked,
        "created": world.now(),
        "currency": currency,
        "description": "STRIPE PAYOUT" if automatic else None,
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    return world.add(row, account=account)


def finish_payouts(world: World) -> None:
    """A payout is paid on its arrival date."""
    for known in world.store.all("payout"):
        if known["status"] == "pending" and known["arrival_date"] <= world.now():
            row = {**known, "status": "paid"}
            world.emit("payout.paid", row, account=row["_account"])
            world.save(row)


def retrieve_payout(call: Call) -> Obj:
    """GET /v1/payouts/{id}."""
    return call.world.find("payout", call.ids[0], account=call.account)


def list_payouts(call: Call) -> Obj:
    """GET /v1/payouts, by status and time."""
    rows = created_within(call, call.world.owned("payout", call.account))
    return page(call, where(rows, status=call.params.get("status")))


def create_topup(call: Call) -> Obj:
    """Money added from the platform's bank: pending until it settles, then available (docs: Top-ups)."""
    world, params = call.world, call.params
    amount, currency = money_of(params)
    row = topup_row(world, amount, currency, settle_seconds=world.options.settle_seconds)
    row.update(
        description=params.get("description"),
        metadata=merged_metadata({}, params),
        statement_descriptor=params.get("statement_descriptor"),
        transfer_group=params.get("transfer_group"),
    )
    return world.save(row)


def topup_row(world: World, amount: int, currency: str, *, settle_seconds: int) -> Obj:
    """A stored top-up with its balance transaction and its events."""
    identifier, available_on = world.new_id("tu"), world.now() + settle_seconds
    booked = world.book(
        account="", kind="topup", category="topup", amount=amount, currency=currency, source=identifier, available_on=available_on
    )
    row = {
        "id": identifier,
        "object": "topup",
        "amount": amount,
        "balance_transaction": booked,
        "created": world.now(),
        "currency": currency,
        "description": None,
        "expected_availability_date": available_on,
        "failure_code": None,
        "failure_message": None,
        "initiated_by": "user",
        "livemode": False,
        "metadata": {},
        "source": None,
        "statement_descriptor": None,
        "status": "pending",
        "transfer_group": None,
    }
    world.emit("topup.created", row)
    return world.add(row)


def finish_topups(world: World) -> None:
    """A top-up has succeeded when its money is available."""
    for known in world.store.all("topup"):
        if known["status"] == "pending" and known["expected_availability_date"] <= world.now():
            row = {**known, "status": "succeeded"}
            world.emit("topup.succeeded", row)
            world.save(row)


def retrieve_topup(call: Call) -> Obj:
    """GET /v1/topups/{id}."""
    return call.world.find("topup", call.ids[0])


def list_topups(call: Call) -> Obj:
    """GET /v1/topups, by status and time."""
    rows = created_within(call, call.world.owned("topup"))
    return page(call, where(rows, status=call.params.get("status")))

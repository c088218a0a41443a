"""Commands for tests and the demo, below /_control. They take and give JSON; Stripe has no such addresses."""

import os
from collections.abc import Callable
from dataclasses import asdict, fields

from tests.stripe_standin import accounts, balance, charges, checkout, disputes
from tests.stripe_standin.api import Answer, Api
from tests.stripe_standin.deliveries import Deliveries, Rules
from tests.stripe_standin.errors import Obj, StripeFailure, invalid, missing
from tests.stripe_standin.faults import KINDS, Fault

Command = Callable[[Api, Deliveries, Obj], Obj]


def _arm(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{kind, method, path, skip, times, seconds}: see faults.KINDS."""
    known = {member.name for member in fields(Fault)}
    if body.get("kind") not in KINDS or not set(body) <= known:
        raise invalid(f"A fault has the members {sorted(known)}; its kind is one of {sorted(KINDS)}.")
    api.faults.armed.append(Fault(**body))
    return {"armed": len(api.faults.armed)}


def _disarm(api: Api, _: Deliveries, __: Obj) -> Obj:
    api.faults.armed.clear()
    return {"armed": 0}


def _calls(api: Api, _: Deliveries, __: Obj) -> Obj:
    return {"calls": list(api.faults.calls)}


def _clock(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{now: seconds since the epoch, or null for real time}; without `now` it only tells the time."""
    if "now" in body:
        api.world.set_clock(body["now"])
        api.advance()
    return {"now": api.world.now()}


def _available(api: Api, _: Deliveries, __: Obj) -> Obj:
    """Makes all pending money available at once."""
    world, now = api.world, api.world.now()
    waiting = [row for row in world.store.all("balance_transaction") if row["available_on"] > now]
    for row in waiting:
        world.save({**row, "available_on": now})
    for row in [row for row in world.store.all("topup") if row["status"] == "pending"]:
        world.save({**row, "expected_availability_date": now})
    api.advance()
    return {"made_available": len(waiting)}


def _fund(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{amount, currency}: a top-up that is available at once."""
    row = balance.topup_row(api.world, int(body["amount"]), str(body["currency"]).lower(), settle_seconds=0)
    api.advance()
    return {"topup": row["id"]}


def _account(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{id, transfers: active | inactive | pending, disabled_reason} restricts or frees an account; {id, onboarded} onboards it."""
    if body.get("onboarded"):
        row = accounts.finish_onboarding(api.world, str(body["id"]))
    else:
        row = accounts.restrict(api.world, str(body["id"]), transfers=str(body["transfers"]), disabled_reason=body.get("disabled_reason"))
    return {"id": row["id"], "capabilities": row["capabilities"]}


def _pay(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{session}: what the Pay button does."""
    row = checkout.pay(api.world, str(body["session"]))
    return {"status": row["status"], "payment_status": row["payment_status"]}


def _fail_refund(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{refund, reason}: the payer's bank gives a refund back."""
    row = charges.fail_refund(api.world, str(body["refund"]), str(body.get("reason", "lost_or_stolen_card")))
    return {"id": row["id"], "status": row["status"]}


def _dispute(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{charge} opens a dispute about a charge; {dispute, status: won | lost} ends one."""
    if "charge" in body:
        row = disputes.open_dispute(api.world, str(body["charge"]))
    else:
        row = disputes.close_dispute(api.world, str(body["dispute"]), str(body["status"]))
    return {"id": row["id"], "status": row["status"]}


def _payouts(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{account}: runs the automatic payout of an account ("" for the platform)."""
    return {"payouts": [row["id"] for row in balance.pay_out_automatically(api.world, str(body["account"]))]}


def _alter(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{id, field, by}: changes a whole number of an object behind everybody's back, so that reconciliation has something to find."""
    found = api.world.lookup(str(body["id"]))
    if found is None:
        raise missing("object", str(body["id"]))
    found[str(body["field"])] += int(body["by"])
    return {str(body["field"]): api.world.save(found)[str(body["field"])]}


def _events(_: Api, deliveries: Deliveries, body: Obj) -> Obj:
    """{hold, copies, newest_first}: how events are delivered from now on; what is not named goes back to normal."""
    deliveries.rules = Rules(**body)
    return asdict(deliveries.rules)


def _resend(_: Api, deliveries: Deliveries, body: Obj) -> Obj:
    deliveries.send_again(str(body["event"]))
    return {}


def _deliveries(api: Api, _: Deliveries, __: Obj) -> Obj:
    rows = list(api.world.store.all("delivery"))
    return {"deliveries": rows, "waiting": sum(not row["done"] for row in rows)}


def _reset(api: Api, deliveries: Deliveries, _: Obj) -> Obj:
    """Forgets everything: objects, keys, events, faults, the clock."""
    api.world.store.clear()
    api.faults.armed.clear()
    api.faults.calls.clear()
    deliveries.rules = Rules()
    return {}


def _state(api: Api, _: Deliveries, body: Obj) -> Obj:
    """{rows}: goes back to a state that was looked at before; without `rows` it only tells the state."""
    if "rows" in body:
        api.world.store.load([(kind, identifier, row) for kind, identifier, row in body["rows"]])
        return {}
    return {"rows": api.world.store.rows()}


def _health(api: Api, _: Deliveries, __: Obj) -> Obj:
    return {"ready": True, "now": api.world.now(), "pid": os.getpid()}


COMMANDS: dict[tuple[str, str], Command] = {
    ("POST", "/_control/faults"): _arm,
    ("DELETE", "/_control/faults"): _disarm,
    ("GET", "/_control/calls"): _calls,
    ("GET", "/_control/clock"): _clock,
    ("POST", "/_control/clock"): _clock,
    ("POST", "/_control/available"): _available,
    ("POST", "/_control/fund"): _fund,
    ("POST", "/_control/account"): _account,
    ("POST", "/_control/pay"): _pay,
    ("POST", "/_control/refund-failure"): _fail_refund,
    ("POST", "/_control/dispute"): _dispute,
    ("POST", "/_control/payouts"): _payouts,
    ("POST", "/_control/alter"): _alter,
    ("POST", "/_control/events"): _events,
    ("POST", "/_control/resend"): _resend,
    ("GET", "/_control/deliveries"): _deliveries,
    ("POST", "/_control/reset"): _reset,
    ("GET", "/_control/state"): _state,
    ("POST", "/_control/state"): _state,
    ("GET", "/_control/health"): _health,
}


def obey(api: Api, deliveries: Deliveries, method: str, path: str, body: Obj) -> Answer:
    """Runs one command and keeps what it changed."""
    command = COMMANDS.get((method, path))
    if command is None:
        return Answer(status=404, body={"error": {"message": f"Commands: {sorted(COMMANDS)}"}})
    with api.lock:
        try:
            result = command(api, deliveries, body)
            api.commit()
        except StripeFailure as failure:
            api.world.store.rollback()
            api.world.emitted.clear()
            return Answer(status=failure.status, body=failure.body)
        except (KeyError, TypeError, ValueError) as error:
            api.world.store.rollback()
            api.world.emitted.clear()
            return Answer(status=400, body={"error": {"message": f"{(command.__doc__ or path).strip()} ({error!r})"}})
    return Answer(status=200, body=result)

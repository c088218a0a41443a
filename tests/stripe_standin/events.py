"""Events as Stripe keeps them (docs: Events; they are listed newest first and hold the object as it was)."""

from tests.stripe_standin.call import Call, created_within, page
from tests.stripe_standin.errors import Obj


def retrieve(call: Call) -> Obj:
    """GET /v1/events/{id}."""
    return call.world.find("event", call.ids[0], account=call.account)


def listing(call: Call) -> Obj:
    """GET /v1/events, by type (``transfer.*`` for a whole family), types and time."""
    wanted = [call.params["type"]] if "type" in call.params else list(call.params.get("types", {}).values())
    rows = created_within(call, call.world.owned("event", call.account))
    if wanted:
        rows = [row for row in rows if any(_fits(row["type"], name) for name in wanted)]
    return page(call, rows)


def _fits(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith(".*") else kind == wanted

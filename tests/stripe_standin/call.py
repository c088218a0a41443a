"""One request as an endpoint sees it, and Stripe's cursor paging (docs: API reference, Pagination)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.stripe_standin.errors import Obj, invalid, missing
from tests.stripe_standin.world import World

DEFAULT_PAGE = 10
LARGEST_PAGE = 100
DEEPEST_EXPANSION = 4
PAGING = ("limit:int", "starting_after:str", "ending_before:str", "expand.*:str")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The world, the account the call acts for, the ids in the address and the checked parameters."""

    world: World
    account: str
    path: str
    ids: tuple[str, ...]
    params: Obj


Endpoint = Callable[[Call], Obj]


def page(call: Call, newest_first: Sequence[Obj]) -> Obj:
    """A list object with at most 100 members, cut at a cursor that must exist."""
    limit = call.params.get("limit", DEFAULT_PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        raise invalid(f"Invalid limit: {limit}. It must be between 1 and {LARGEST_PAGE}.", code="parameter_invalid_integer", param="limit")
    rows = list(newest_first)
    if "ending_before" in call.params:
        rows = rows[: _cursor(call, rows, "ending_before")]
        shown, more = rows[-limit:], len(rows) > limit
    else:
        start = _cursor(call, rows, "starting_after") + 1 if "starting_after" in call.params else 0
        shown, more = rows[start : start + limit], len(rows) > start + limit
    return {"object": "list", "data": shown, "has_more": more, "url": call.path}


def _cursor(call: Call, rows: Sequence[Obj], name: str) -> int:
    wanted = call.params[name]
    for place, row in enumerate(rows):
        if row["id"] == wanted:
            return place
    raise missing("object", wanted, param=name)


def created_within(call: Call, rows: Sequence[Obj]) -> list[Obj]:
    """Rows whose `created` is the instant, or lies within the bounds, that the call asked for."""
    bounds = call.params.get("created")
    if bounds is None:
        return list(rows)
    if isinstance(bounds, int):
        return [row for row in rows if row["created"] == bounds]
    tests: dict[str, Callable[[int, int], bool]] = {
        "gt": int.__gt__,
        "gte": int.__ge__,
        "lt": int.__lt__,
        "lte": int.__le__,
    }
    return [row for row in rows if all(tests[name](row["created"], bound) for name, bound in bounds.items())]


def where(rows: Sequence[Obj], **wanted: str | None) -> list[Obj]:
    """Rows whose members equal all the wanted values; None asks for nothing."""
    return [row for row in rows if all(value is None or row[name] == value for name, value in wanted.items())]


def expanded(call: Call, answer: Obj) -> Obj:
    """The answer with the ids on the asked paths replaced by their objects (docs: Expanding responses; at most four levels)."""
    for path in call.params.get("expand", {}).values():
        if path.count(".") >= DEEPEST_EXPANSION:
            raise invalid(f"You cannot expand more than {DEEPEST_EXPANSION} levels of a property ({path}).", param="expand")
        _expand(call.world, answer, path.split("."), path)
    return answer


def _expand(world: World, node: Obj, names: Sequence[str], path: str) -> None:
    name, rest = names[0], names[1:]
    if name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = node[name]
    if isinstance(value, str):
        found = world.lookup(value)
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        value = node[name] = world.present(found)
    if rest:
        for child in value if isinstance(value, list) else [value]:
            if child is not None:
                _expand(world, child, rest, path)

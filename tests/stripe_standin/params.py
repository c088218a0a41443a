"""Request parameters: Stripe's bracketed form encoding, checked against a declared list; what is not declared is refused.

A declaration is ``name:kind`` with kinds ``str``, ``int``, ``bool``, ``map`` (metadata) and ``range`` (created), ``!`` when required,
and ``*`` for the index of a list: ``line_items.*.quantity:int!``. (docs: API reference, Errors `parameter_unknown`; Metadata; Pagination)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tests.stripe_standin.errors import Obj, StripeFailure, invalid

MAX_METADATA_KEYS = 50
MAX_METADATA_KEY_CHARACTERS = 40
MAX_METADATA_VALUE_CHARACTERS = 500
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
RANGE_BOUNDS = frozenset({"gt", "gte", "lt", "lte"})


Value = str | int | bool | Obj


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One declared parameter: its path, its kind, and whether the endpoint needs it."""

    path: tuple[str, ...]
    kind: str
    required: bool


def declare(*texts: str) -> tuple[Declared, ...]:
    """Declarations from their short form."""
    return tuple(
        Declared(path=tuple(name.split(".")), kind=kind.rstrip("!"), required=kind.endswith("!"))
        for name, kind in (text.split(":") for text in texts)
    )


def decode(encoded: str, declared: Iterable[Declared]) -> Obj:
    """Nested parameters from a form or a query. Raises `StripeFailure` for unknown, missing and malformed ones."""
    known = tuple(declared)
    nested: Obj = {}
    for key, text in parse_qsl(encoded, keep_blank_values=True):
        path = tuple(key.replace("]", "").split("["))
        _put(nested, path, _value(_declaration_of(known, path, key), path, text, key), key)
    for declaration in known:
        _require(declaration, nested)
    _check_metadata(nested)
    return nested


def _declaration_of(known: tuple[Declared, ...], path: tuple[str, ...], key: str) -> Declared:
    for declaration in known:
        if _matches(declaration, path):
            return declaration
    raise invalid(f"Received unknown parameter: {key}", code="parameter_unknown", param=key)


def _matches(declaration: Declared, path: tuple[str, ...]) -> bool:
    head, tail = path[: len(declaration.path)], path[len(declaration.path) :]
    if len(head) != len(declaration.path):
        return False
    if not all(want in (got, "*") for want, got in zip(declaration.path, head, strict=True)):
        return False
    match declaration.kind:
        case "map":
            return len(tail) <= 1
        case "range":
            return not tail or (len(tail) == 1 and tail[0] in RANGE_BOUNDS)
        case _:
            return not tail


def _value(declaration: Declared, path: tuple[str, ...], text: str, key: str) -> Value:
    match declaration.kind:
        case "int" | "range":
            return _integer(text, key)
        case "bool":
            if text not in {"true", "false"}:
                raise invalid(f"Invalid boolean: {text}", code="parameter_invalid_boolean", param=key)
            return text == "true"
        case "map":
            return {} if len(path) == len(declaration.path) and not text else text
        case _:
            if not text:
                message = f"You passed an empty string for '{key}'. We assume empty values are an attempt to unset a parameter."
                raise invalid(message, code="parameter_invalid_empty", param=key)
            return text


def _integer(text: str, key: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=key) from None


def _put(nested: Obj, path: tuple[str, ...], value: Value, key: str) -> None:
    for name in path[:-1]:
        nested = nested.setdefault(name, {})
        if not isinstance(nested, dict):
            raise invalid(f"Invalid object: {key}", code="parameter_invalid_object", param=key)
    nested[path[-1]] = value


def _require(declaration: Declared, nested: Obj) -> None:
    """A required member counts only where its parent was sent; at the top it always counts."""
    if not declaration.required:
        return
    parents: list[Mapping[str, Obj]] = [nested]
    for name in declaration.path[:-1]:
        parents = [child for parent in parents for child in (parent.values() if name == "*" else [parent.get(name, {})]) if child]
    if any(declaration.path[-1] not in parent for parent in parents):
        name = declaration.path[0] + "".join(f"[{part}]" for part in declaration.path[1:])
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _check_metadata(nested: Obj) -> None:
    metadata = nested.get("metadata", {})
    if len(metadata) > MAX_METADATA_KEYS:
        raise invalid(f"Metadata can have up to {MAX_METADATA_KEYS} keys.", param="metadata")
    for key, value in metadata.items():
        if len(key) > MAX_METADATA_KEY_CHARACTERS or len(value) > MAX_METADATA_VALUE_CHARACTERS:
            raise invalid(
                f"Metadata keys have up to {MAX_METADATA_KEY_CHARACTERS} characters, values up to {MAX_METADATA_VALUE_CHARACTERS}.",
                param="metadata",
            )


def positive(amount: int, param: str = "amount") -> int:
    """An amount of at least one minor unit."""
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param)
    return amount


def currency_of(code: str) -> str:
    """A lower-case ISO currency, as Stripe answers it."""
    lower = code.lower()
    if len(lower) != 3 or not lower.isalpha():
        raise StripeFailure(400, f"Invalid currency: {code}.", param="currency", executed=False)
    return lower


def money_of(parameters: Obj) -> tuple[int, str]:
    """Amount and currency; in three-decimal currencies the last digit must be 0 (docs: Currencies, Three-decimal currencies)."""
    amount, currency = positive(parameters["amount"]), currency_of(parameters["currency"])
    if currency in THREE_DECIMALS and amount % 10:
        raise invalid(f"Amounts in {currency} must be divisible by 10.", param="amount")
    return amount, currency


def merged_metadata(old: Mapping[str, str], parameters: Obj) -> dict[str, str]:
    """Metadata after an update: an empty value unsets its key, an empty whole unsets all (docs: Metadata)."""
    if "metadata" not in parameters:
        return dict(old)
    changes: Mapping[str, str] = parameters["metadata"]
    return {key: value for key, value in {**(old if changes else {}), **changes}.items() if value}

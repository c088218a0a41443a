"""AWS's sizing arithmetic for DynamoDB: how many capacity units an item costs, from its size in bytes.

Source: the DynamoDB developer guide, "Item sizes and formats" and "Read and write operations". A write costs a unit per started KB, twice
as much in a transaction; a consistent read a unit per started 4 KB, another one half of it. A failed condition costs as if it had held.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1
ASSIGNMENT = re.compile(r"(#\w+|\b[a-z]\w*)\s*=?\s*(:\w+)")
"""`SET #0 = :0` and `ADD #1 :1`: which name gets which value."""

Attributes = Mapping[str, Mapping[str, Any]]
"""An item as it is sent: ``{"pk": {"S": "a"}, "minor": {"N": "5"}}``."""


def value_bytes(value: Mapping[str, Any]) -> int:
    """Bytes that one attribute value counts for. Raises `KeyError` for a type that DynamoDB does not have."""
    ((kind, content),) = value.items()
    return BYTES_OF[kind](content)


def text_bytes(text: str) -> int:
    """UTF-8."""
    return len(text.encode())


def number_bytes(text: str) -> int:
    """A byte, one for each two significant digits begun, and one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + (len(digits) + 1) // 2 + text.startswith("-")


def list_bytes(values: Sequence[Mapping[str, Any]]) -> int:
    """Three bytes for the list and one for each element."""
    return CONTAINER_BYTES + sum(value_bytes(each) + ELEMENT_BYTES for each in values)


def map_bytes(values: Attributes) -> int:
    """Likewise, with the names."""
    return CONTAINER_BYTES + sum(text_bytes(name) + value_bytes(each) + ELEMENT_BYTES for name, each in values.items())


def set_bytes(of_one: Callable[[str], int]) -> Callable[[Sequence[str]], int]:
    """All members."""
    return lambda members: sum(map(of_one, members))


def one_byte(_: object) -> int:
    """Truth values and null."""
    return 1


BYTES_OF: Mapping[str, Callable[[Any], int]] = {
    "S": text_bytes,
    "N": number_bytes,
    "B": len,
    "BOOL": one_byte,
    "NULL": one_byte,
    "SS": set_bytes(text_bytes),
    "NS": set_bytes(number_bytes),
    "L": list_bytes,
    "M": map_bytes,
}


def attribute_bytes(item: Attributes) -> dict[str, int]:
    """Each attribute's part of an item's size: its name and its value."""
    return {name: len(name.encode()) + value_bytes(value) for name, value in item.items()}


def item_bytes(item: Attributes) -> int:
    """An item's size."""
    return sum(attribute_bytes(item).values())


def write_units(size_bytes: int, *, transactional: bool = False, indexes: int = 0) -> int:
    """Units of writing an item (the larger of before and after), and its entry in each index that projects all of it."""
    started = max(1, -(-size_bytes // WRITE_UNIT_BYTES))
    return started * (2 if transactional else 1) * (1 + indexes)


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Units of reading so many bytes at once; finding nothing costs as much as finding little."""
    started = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return started if consistent else started / 2


def updated_bytes(before: Mapping[str, int], expression: str, names: Mapping[str, str], values: Attributes) -> dict[str, int]:
    """Each attribute's part of an item's size after an update expression that sets or adds to attributes."""
    assigned = {names.get(name, name): values[value] for name, value in ASSIGNMENT.findall(expression.split(" REMOVE ", maxsplit=1)[0])}
    return {**before, **attribute_bytes(assigned)}


def same_keys(keys: Attributes) -> tuple[str, ...]:
    """A key as a tuple, to look an item up by."""
    return tuple(text for _, value in sorted(keys.items()) for text in value.values())


def keys_of(item: Attributes, key_names: Sequence[str] = ("pk", "sk")) -> Attributes:
    """The key of an item."""
    return {name: item[name] for name in key_names}

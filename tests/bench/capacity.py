"""AWS's sizing arithmetic for DynamoDB: how many capacity units an item costs, from its size in bytes.

Source: the DynamoDB developer guide, "Item sizes and formats" and "Read and write operations". A write costs a unit per started KB, a
read half a unit (one when consistent) per started 4 KB, and both twice as much in a transaction; a failed condition costs as if it had held.
"""

import re
from collections.abc import Mapping, Sequence
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
    """Bytes that one attribute value counts for."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_bytes(content)
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(len(text.encode()) for text in content)
        case "NS":
            return sum(number_bytes(text) for text in content)
        case "L":
            return CONTAINER_BYTES + sum(value_bytes(each) + ELEMENT_BYTES for each in content)
        case "M":
            return CONTAINER_BYTES + sum(len(name.encode()) + value_bytes(each) + ELEMENT_BYTES for name, each in content.items())
        case _:
            message = f"{kind} is no type of an attribute"
            raise ValueError(message)


def number_bytes(text: str) -> int:
    """A byte, one for each two significant digits begun, and one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + (len(digits) + 1) // 2 + text.startswith("-")


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
    assigned = {names.get(name, name): values[value] for name, value in ASSIGNMENT.findall(expression.split(" REMOVE ")[0])}
    return {**before, **attribute_bytes(assigned)}


def same_keys(keys: Attributes) -> tuple[str, ...]:
    """A key as a tuple, to look an item up by."""
    return tuple(text for _, value in sorted(keys.items()) for text in value.values())


def keys_of(item: Attributes, key_names: Sequence[str] = ("pk", "sk")) -> Attributes:
    """The key of an item."""
    return {name: item[name] for name in key_names}

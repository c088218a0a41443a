"""For items that there are millions of: records without their defaults, many facts in one item, and conditional puts by the dozen.

A transaction would make each put twice as dear, and BatchWriteItem knows no conditions; a PartiQL INSERT is a put that fails where
the key exists, costs what a plain put costs, and 25 of them, each for itself, are one request (ADR 27).
"""

import functools
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY
from typing_extensions import override

from chalicelib.adapters.dynamo import FIRST_RETRY_SECONDS, Contention, Item, Record, canonical_json, connection, in_batches

MAX_STATEMENTS_PER_BATCH = 25
MAX_BATCH_ATTEMPTS = 8
EXISTS = "DuplicateItem"
COMES_AGAIN = frozenset(
    {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError", "TransactionConflict"}
)
"""Codes of BatchStatementError after which the same statement may go through (DynamoDB API reference)."""

T = TypeVar("T")


class CompactRecord(Record[T]):
    """A `Record` without the fields that are as its dataclass has them by default."""

    @override
    def serialize(self, value: T) -> str:
        """Deterministic JSON text without defaults."""
        return canonical_json(without_defaults(value)).decode()


class PackedRecord(Attribute[T]):
    """Many alike facts in one item: `sales = PackedRecord(tuple[Sale, ...])`, as compressed JSON without defaults."""

    attr_type = BINARY

    def __init__(self, record_type: type[T], **options: Any) -> None:
        """`record_type` is any type that msgspec can encode and decode."""
        super().__init__(**options)
        self.record_type = record_type

    @override
    def serialize(self, value: T) -> bytes:
        """Equal facts are equal bytes, as long as zlib is the same."""
        return zlib.compress(canonical_json(without_defaults(value)), level=9)

    @override
    def deserialize(self, value: bytes) -> T:
        """The value, checked against its type."""
        return msgspec.json.decode(zlib.decompress(value), type=self.record_type)


class InsertRefused(RuntimeError):
    """DynamoDB refused to put an item for a reason that trying again does not cure."""


def without_defaults(value: Any) -> Any:  # noqa: ANN401  # whatever a record holds
    """A dataclass as a mapping of the fields that are not as they are by default; lists of them likewise, all else as it is."""
    if isinstance(value, list | tuple):
        return [without_defaults(each) for each in value]
    defaults = _defaults_of(type(value))  # type: ignore[arg-type]  # mypy takes no class for hashable
    if defaults is None:
        return value
    found = ((name, default, getattr(value, name)) for name, default in defaults)
    return {name: without_defaults(each) for name, default, each in found if default is MISSING or each != default}


@functools.cache
def _defaults_of(kind: type) -> tuple[tuple[str, object], ...] | None:
    """A dataclass's fields with their defaults; None for anything else."""
    return tuple((field.name, field.default) for field in fields(kind)) if is_dataclass(kind) else None


def put_all_new(items: Iterable[Item]) -> list[bool]:
    """Put each item unless its key exists, each for itself; answers in order which were put. An item costs what a plain put costs.

    An item whose put happened while the answer was lost counts as not put the next time: it exists. Raises `InsertRefused`, and
    `Contention` when DynamoDB has no room for too long.
    """
    return [put for batch in in_batches(items, MAX_STATEMENTS_PER_BATCH) for put in _put(batch)]


def _put(items: Sequence[Item]) -> list[bool]:
    put: dict[int, bool] = {}
    for attempt in range(MAX_BATCH_ATTEMPTS):
        left = [place for place in range(len(items)) if place not in put]
        answers = connection().client.batch_execute_statement(Statements=[_insert(items[place]) for place in left])["Responses"]
        put |= {place: result for place, answer in zip(left, answers, strict=True) if (result := _result(answer)) is not None}
        if len(put) == len(items):
            return [put[place] for place in range(len(items))]
        time.sleep(FIRST_RETRY_SECONDS * 2**attempt)
    raise Contention("The database has no room for more at the moment. Please try again.")


def _result(answer: Mapping[str, Any]) -> bool | None:
    """True: put. False: its key exists. None: not decided yet."""
    error = answer.get("Error")
    if error is None:
        return True
    if error["Code"] == EXISTS:
        return False
    if error["Code"] in COMES_AGAIN:
        return None
    message = f"{error['Code']}: {error.get('Message', '')}"
    raise InsertRefused(message)


def _insert(item: Item) -> dict[str, Any]:
    attributes = item.serialize()
    names = sorted(attributes)
    places = ", ".join(f"'{name}': ?" for name in names)
    return {
        "Statement": f'INSERT INTO "{item.Meta.table_name}" VALUE {{{places}}}',
        "Parameters": [attributes[name] for name in names],
    }

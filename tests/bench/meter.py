"""Counts what DynamoDB calls cost: hooks on a client have each call say what it consumed, and size it by AWS's arithmetic as well.

The local engine says nothing of failed conditions and of batch reads, and ignores sizes in reads; on AWS they cost. Sizes of items that
are updated or deleted are known because every write went through here.
"""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.capacity import Attributes, attribute_bytes, item_bytes, keys_of, read_units, same_keys, updated_bytes, write_units

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "BatchExecuteStatement"})
INSERT = re.compile(r"INSERT INTO \"(?P<table>[\w.-]+)\" VALUE \{(?P<attributes>.*)\}")
"""The one kind of PartiQL statement that the product sends."""
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
CALL = "what the meter knows of the call"
Where = tuple[str, str]
"""A table and an operation on it."""


@dataclass
class Tally:
    """What was consumed while counting, by table and operation; reported by the engine and computed."""

    requests: Counter[str] = field(default_factory=Counter)
    failed_writes: int = 0
    reported_writes: Counter[str] = field(default_factory=Counter)
    """Keyed by operation, as the engine answers per call."""
    reported_reads: Counter[str] = field(default_factory=Counter)
    write_units: Counter[Where] = field(default_factory=Counter)
    read_units: defaultdict[Where, float] = field(default_factory=lambda: defaultdict(float))
    written_bytes: Counter[Where] = field(default_factory=Counter)
    written_items: Counter[Where] = field(default_factory=Counter)

    @property
    def writes(self) -> tuple[float, float]:
        """Write units: as reported, as computed."""
        return sum(self.reported_writes.values()), sum(self.write_units.values())

    @property
    def reads(self) -> tuple[float, float]:
        """Read units: as reported, as computed."""
        return sum(self.reported_reads.values()), sum(self.read_units.values())

    @property
    def write_requests(self) -> int:
        """Calls that write, however many items each has."""
        return sum(count for operation, count in self.requests.items() if operation in WRITES)


@dataclass(frozen=True, slots=True)
class Write:
    """One item of a writing call: its table, its key, and the parts of its size after it (None: it is gone, or was only checked)."""

    table: str
    key: tuple[str, ...]
    after: Mapping[str, int] | None
    checked_only: bool = False


class Meter:
    """Counts the calls of the clients it watches, whatever thread makes them."""

    def __init__(self, prefix: str, indexes: Mapping[str, int]) -> None:
        """`prefix` is left off names of tables; `indexes` says how many each table has."""
        self._prefix = prefix
        self._indexes = indexes
        self._sizes: dict[tuple[str, tuple[str, ...]], Mapping[str, int]] = {}
        self._tally: Tally | None = None
        self._lock = threading.Lock()

    def watch(self, client: Any) -> None:
        """Hook into a botocore client of DynamoDB."""
        client.meta.events.register("provide-client-params.dynamodb", self._before)
        client.meta.events.register("after-call.dynamodb", self._after)

    def leave(self, client: Any) -> None:
        """Take the hooks out again."""
        client.meta.events.unregister("provide-client-params.dynamodb", self._before)
        client.meta.events.unregister("after-call.dynamodb", self._after)

    @contextmanager
    def counting(self) -> Iterator[Tally]:
        """Count all calls from here to the end of the block."""
        self._tally = tally = Tally()
        try:
            yield tally
        finally:
            self._tally = None

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if model.name in WRITES | READS:
            params["ReturnConsumedCapacity"] = "TOTAL"
            context[CALL] = params

    def _after(self, http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if CALL not in context:
            return
        failed = http_response.status_code >= 300  # as botocore has it
        with self._lock:
            if model.name in WRITES:
                self._wrote(model.name, context[CALL], parsed, failed=failed)
            elif self._tally is not None:
                self._read(self._tally, model.name, context[CALL], parsed)

    def _wrote(self, operation: str, params: dict[str, Any], parsed: dict[str, Any], *, failed: bool) -> None:
        writes = list(self._writes(operation, params))
        transactional = operation == "TransactWriteItems"
        total = 0
        for write in writes:
            size = max(sum((write.after or {}).values()), sum(self._sizes.get((write.table, write.key), {}).values()))
            units = write_units(size, transactional=transactional, indexes=0 if write.checked_only else self._indexes[write.table])
            total += units
            if self._tally is not None:
                where = (write.table, operation)
                self._tally.write_units[where] += units
                self._tally.written_bytes[where] += size
                self._tally.written_items[where] += 1
        if not failed:
            self._remember(writes)
        if self._tally is not None:
            self._tally.requests[operation] += 1
            self._tally.failed_writes += failed + _refused(operation, parsed)
            self._tally.reported_writes[operation] += total if failed else _reported(parsed)

    def _remember(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if write.after is not None:
                self._sizes[write.table, write.key] = write.after
            elif not write.checked_only:
                self._sizes.pop((write.table, write.key), None)

    def _writes(self, operation: str, params: dict[str, Any]) -> Iterator[Write]:
        if operation == "BatchWriteItem":
            for name, requests in params["RequestItems"].items():
                for request in requests:
                    ((kind, body),) = request.items()
                    yield self._write(kind.removesuffix("Request"), {**body, "TableName": name})
        elif operation == "TransactWriteItems":
            for action in params["TransactItems"]:
                ((kind, body),) = action.items()
                yield self._write(kind, body)
        elif operation == "BatchExecuteStatement":
            for statement in params["Statements"]:
                yield self._write("Put", inserted(statement))
        else:
            yield self._write(operation.removesuffix("Item"), params)

    def _write(self, kind: str, body: dict[str, Any]) -> Write:
        table = body["TableName"].removeprefix(self._prefix)
        key = same_keys(body["Key"] if "Key" in body else keys_of(body["Item"]))
        if kind == "Put":
            return Write(table, key, attribute_bytes(body["Item"]))
        if kind == "Update":
            before = self._sizes.get((table, key)) or attribute_bytes(body["Key"])
            names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
            return Write(table, key, updated_bytes(before, body["UpdateExpression"], names, values))
        return Write(table, key, None, checked_only=kind == "ConditionCheck")

    def _read(self, tally: Tally, operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> None:
        tally.requests[operation] += 1
        tally.reported_reads[operation] += _reported(parsed)
        for name, units in _units_read(operation, params, parsed):
            tally.read_units[name.removeprefix(self._prefix), operation] += units


def _refused(operation: str, parsed: Mapping[str, Any]) -> int:
    """Statements of a batch that failed by themselves."""
    return sum("Error" in answer for answer in parsed.get("Responses", ())) if operation == "BatchExecuteStatement" else 0


def inserted(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What an INSERT puts, as PutItem would be asked for it. Raises `ValueError` for another statement."""
    parsed = INSERT.fullmatch(statement["Statement"])
    if parsed is None:
        message = f"not an INSERT of the product's: {statement['Statement']}"
        raise ValueError(message)
    names = re.findall(r"'(\w+)': \?", parsed["attributes"])
    return {"TableName": parsed["table"], "Item": dict(zip(names, statement["Parameters"], strict=True))}


def _units_read(operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if operation == "BatchGetItem":
        for name, asked in params["RequestItems"].items():
            found: list[Attributes] = parsed.get("Responses", {}).get(name, [])
            consistent = asked.get("ConsistentRead", False)
            missing = (len(asked["Keys"]) - len(found)) * read_units(0, consistent=consistent)
            yield name, missing + sum(read_units(item_bytes(item), consistent=consistent) for item in found)
        return
    items = parsed.get("Items") or ([parsed["Item"]] if "Item" in parsed else [])
    yield params["TableName"], read_units(sum(map(item_bytes, items)), consistent=params.get("ConsistentRead", False))


def _reported(parsed: dict[str, Any]) -> Any:
    consumed = parsed.get("ConsumedCapacity") or []
    return sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))

"""What every store shares: exact attributes, tables bound at start, and transactions that name their conflicts.

A store module subclasses `Item` once per kind of item and is the only place that knows how its keys are built.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite
from typing_extensions import override

from chalicelib.adapters.dynamo_errors import IN_PROGRESS, REFUSED, code_of
from chalicelib.core.errors import Conflict, PrimetimeError
from chalicelib.core.ids import new_id

MAX_ACTIONS_PER_TRANSACTION = 100
MAX_ITEMS_PER_READ = 100
MAX_TRANSACTION_ATTEMPTS = 5
FIRST_RETRY_SECONDS = 0.05
OUTBOX_SHARDS = 16
CONDITION_FAILED = "ConditionalCheckFailed"
RETRYABLE = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})

T = TypeVar("T")
M = TypeVar("M", bound="Item")


class Contention(Conflict):
    """Others wrote to the same items at the same moment, several times over; trying again is safe."""


class WholeNumber(Attribute[int]):
    """A DynamoDB number that is an int on the way in and out: pynamodb's own number attribute is a float type."""

    attr_type = NUMBER

    @override
    def serialize(self, value: int) -> str:
        """The decimal text of an int; anything else, a bool included, is a programming error."""
        if type(value) is not int:
            message = f"{value!r} is not a whole number"
            raise TypeError(message)
        return str(value)

    @override
    def deserialize(self, value: str) -> int:
        """The int that the text stands for; a fraction in the store raises."""
        return int(value)


class Record(Attribute[T]):
    """A frozen dataclass kept as canonical JSON in one string attribute: `order = Record(Order)`."""

    attr_type = STRING

    def __init__(self, record_type: type[T], **options: Any) -> None:
        """`record_type` is any type that msgspec can encode and decode."""
        super().__init__(**options)
        self.record_type = record_type

    @override
    def serialize(self, value: T) -> str:
        """Deterministic JSON text."""
        return canonical_json(value).decode()

    @override
    def deserialize(self, value: str) -> T:
        """The value, checked against its type."""
        return msgspec.json.decode(value, type=self.record_type)


def canonical_json(value: object) -> bytes:
    """The one JSON form of a value: keys sorted, no spaces. What is hashed and signed is made by this."""
    return msgspec.json.encode(value, order="sorted")


class Item(Model):
    """An item of one of our tables. A subclass names its table: `TABLE = "matching"`."""

    class Meta:
        """What all tables share; `bind_tables` gives each kind its table's full name and region."""

        connect_timeout_seconds = 3
        read_timeout_seconds = 10
        table_name = "not bound yet"
        region = "not bound yet"

    kinds: ClassVar[list[type["Item"]]] = []
    TABLE: ClassVar[str]

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @override
    def __init_subclass__(cls, **options: Any) -> None:
        """Remember the kind, so that `bind_tables` can point it at its table."""
        super().__init_subclass__(**options)
        Item.kinds.append(cls)

    @override
    @classmethod
    def _get_connection(cls) -> TableConnection:
        """All tables share one client: making one costs a third of a second, and each kind of item would make its own."""
        known = cls._connection
        made = super()._get_connection()
        if made is not known:
            made.connection._client = connection().client  # noqa: SLF001  # pynamodb has no way to hand one in
        return made

    @classmethod
    def find(cls, pk: str, sk: str) -> Self | None:
        """The item as it is now (a consistent read), or None."""
        try:
            return cls.get(pk, sk, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def put_new(cls, item: "Item") -> bool:
        """Put the item unless its key exists. False when it does; nothing is changed then."""
        try:
            item.save(condition=cls.pk.does_not_exist())
        except PutError as error:
            if code_of(error) == REFUSED:
                return False
            raise
        return True

    @classmethod
    def under(cls, pk: str, prefix: str = "", *, newest_first: bool = False) -> Iterator[Self]:
        """All items of a partition whose sort key begins with `prefix`, consistently read, in key order."""
        condition = cls.sk.startswith(prefix) if prefix else None
        yield from cls.query(pk, condition, consistent_read=True, scan_index_forward=not newest_first)

    @classmethod
    def many(cls, keys: Sequence[tuple[str, str]]) -> Iterator[Self]:
        """The items that exist among these keys, in no order."""
        for start in range(0, len(keys), MAX_ITEMS_PER_READ):
            yield from cls.batch_get(keys[start : start + MAX_ITEMS_PER_READ], consistent_read=True)


def update_if(item: Item, actions: list[Action], condition: Condition) -> bool:
    """One conditional update of an item; False when the condition does not hold."""
    try:
        item.update(actions=actions, condition=condition)
    except UpdateError as error:
        if code_of(error) == REFUSED:
            return False
        raise
    return True


class OutboxItem(Item):
    """A message that is as durable as the change it tells of, because it is written in the same transaction."""

    TABLE = "outbox"

    topic = UnicodeAttribute()
    key = UnicodeAttribute()
    written_at = UnicodeAttribute()


class Transaction:
    """Up to 100 writes that happen together or not at all.

    Each write may name the failure to raise when its own condition does not hold. pynamodb sends condition checks, deletes,
    puts and updates in that order whatever the order of calls, so the failures are kept apart and joined in its order.
    """

    def __init__(self) -> None:
        """An empty transaction; nothing is sent before `commit`."""
        self._checks: list[tuple[type[Item], str, str, Condition, PrimetimeError | None]] = []
        self._deletes: list[tuple[Item, Condition | None, PrimetimeError | None]] = []
        self._puts: list[tuple[Item, Condition | None, PrimetimeError | None]] = []
        self._updates: list[tuple[Item, list[Action], Condition | None, PrimetimeError | None]] = []

    def check(self, kind: type[Item], key: tuple[str, str], condition: Condition, conflict: PrimetimeError | None = None) -> Self:
        """Demand something of an item that is not written; an item is checked once, however often it is asked for."""
        if (kind, *key) not in {checked[:3] for checked in self._checks}:
            self._checks.append((kind, *key, condition, conflict))
        return self

    def delete(self, item: Item, condition: Condition | None = None, conflict: PrimetimeError | None = None) -> Self:
        """Delete an item."""
        self._deletes.append((item, condition, conflict))
        return self

    def put(self, item: Item, condition: Condition | None = None, conflict: PrimetimeError | None = None) -> Self:
        """Put an item whatever is there, or under a condition."""
        self._puts.append((item, condition, conflict))
        return self

    def put_new(self, item: Item, conflict: PrimetimeError | None = None) -> Self:
        """Put an item whose key must not exist yet."""
        return self.put(item, type(item).pk.does_not_exist(), conflict)

    def update(self, item: Item, actions: list[Action], condition: Condition | None = None, conflict: PrimetimeError | None = None) -> Self:
        """Update attributes of an item (which is created when it does not exist and the condition allows it)."""
        self._updates.append((item, actions, condition, conflict))
        return self

    def announce(self, topic: str, key: str, now: str) -> Self:
        """Leave a message in the outbox, once: it reaches the topic's queue if and only if this transaction commits."""
        if (topic, key) in {(item.topic, item.key) for item, *_ in self._puts if isinstance(item, OutboxItem)}:
            return self
        message_id = new_id("out")
        shard = sum(message_id.encode()) % OUTBOX_SHARDS
        return self.put(OutboxItem(f"outbox#{shard:02}", message_id, topic=topic, key=key, written_at=now))

    def __len__(self) -> int:
        """How many of the 100 actions are used."""
        return len(self._checks) + len(self._deletes) + len(self._puts) + len(self._updates)

    def commit(self) -> None:
        """Send it. Raises the conflict named by the first write whose condition failed, or `Contention`."""
        if len(self) > MAX_ACTIONS_PER_TRANSACTION:
            message = f"a transaction holds at most {MAX_ACTIONS_PER_TRANSACTION} actions, this one has {len(self)}"
            raise ValueError(message)
        for attempt in range(MAX_TRANSACTION_ATTEMPTS):
            try:
                self._send()
            except TransactWriteError as error:
                self._raise_conflict(error)
                time.sleep(FIRST_RETRY_SECONDS * 2**attempt)
            else:
                return
        raise Contention("Somebody else changed the same things at the same moment. Please try again.")

    def _send(self) -> None:
        with TransactWrite(connection=connection()) as batch:
            for kind, pk, sk, condition, _ in self._checks:
                batch.condition_check(kind, pk, sk, condition=condition)
            for item, delete_condition, _ in self._deletes:
                batch.delete(item, condition=delete_condition)
            for item, put_condition, _ in self._puts:
                batch.save(item, condition=put_condition)
            for item, actions, update_condition, _ in self._updates:
                batch.update(item, actions=actions, condition=update_condition)

    def _raise_conflict(self, error: TransactWriteError) -> None:
        """Raise what the failed condition stands for; return when trying again may help."""
        conflicts = [write[-1] for writes in (self._checks, self._deletes, self._puts, self._updates) for write in writes]
        reasons = error.cancellation_reasons
        for reason, conflict in zip(reasons, conflicts, strict=bool(reasons)):
            if reason is not None and reason.code == CONDITION_FAILED:
                raise conflict or Conflict("This has changed in the meantime. Load it again and retry.") from error
        codes = {reason.code for reason in reasons if reason is not None}
        if not codes & RETRYABLE and code_of(error) != IN_PROGRESS:
            raise error


_connections: dict[str | None, Connection] = {}


def connection() -> Connection:
    """The one connection of this process; its client is botocore's."""
    region = Item.kinds[0].Meta.region
    if region not in _connections:
        _connections[region] = Connection(region=region)
    return _connections[region]


def bind_tables(prefix: str, region: str) -> None:
    """Point every kind of item at the tables of this deployment. Called once by the composition root, and by tests."""
    _connections.clear()
    for kind in Item.kinds:
        kind.Meta = type("Meta", (Item.Meta,), {"table_name": prefix + kind.TABLE, "region": region})  # type: ignore[misc, assignment]  # pynamodb replaces it likewise
        kind._connection = None  # noqa: SLF001  # pynamodb caches the connection under the table's old name


def outbox_left_over(before: str) -> Iterator[OutboxItem]:
    """Messages written before an instant (ISO text, real time) and not forwarded yet."""
    for shard in range(OUTBOX_SHARDS):
        yield from (item for item in OutboxItem.under(f"outbox#{shard:02}") if item.written_at < before)


def outbox_depth() -> int:
    """How many messages have not been forwarded yet."""
    return sum(OutboxItem.count(f"outbox#{shard:02}", consistent_read=True) for shard in range(OUTBOX_SHARDS))


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

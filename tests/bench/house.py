"""The engine with our tables and buckets and nothing else, and the product's services in this process.

No function is deployed: `work_off` reads the outbox's stream and hands each message to the worker of its topic, as the queues would.
"""

import multiprocessing
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from chalicelib import settings, workers
from chalicelib.adapters import dynamo
from chalicelib.adapters.queues import Depths, Message
from chalicelib.wiring import Services
from infra import engine
from infra.place import PREFIX, REGION, STAGE, Place
from infra.template.tables import KEY_NAMES, TABLES, Table
from tests.bench.meter import Meter
from tests.stack import free_ports

BUCKETS = ("imports", "pages", "records")
NOT_USED = "not-used"
FUNCTIONS_AT_ONCE = 4
"""A process each, as on AWS; more of them than cores, since each waits for the engine half of its time."""


class Waiting:
    """Queues in this process: what is sent waits here in order."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.messages: deque[tuple[str, str]] = deque()

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Leave messages; their bodies are those that SQS would hold."""
        self.messages.extend((queue, msgspec.json.encode(message).decode()) for message in messages)

    def depths(self) -> Depths:
        """How many wait; none is ever given up, since a failure ends the run."""
        names = [queue for queue, _ in self.messages]
        return Depths(waiting={name: names.count(name) for name in set(names)}, given_up={})


class OutboxStream:
    """The stream of the outbox table, read from its beginning."""

    def __init__(self, client: Any, arn: str) -> None:
        """`client` is one of DynamoDB Streams."""
        self._client = client
        (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._next = client.get_shard_iterator(**wanted)["ShardIterator"]

    def new_messages(self) -> list[dict[str, Any]]:
        """Records of new messages since the last time, in order."""
        found: list[dict[str, Any]] = []
        while records := self._read():
            found += [record for record in records if record["eventName"] == "INSERT"]
        return found

    def _read(self) -> list[dict[str, Any]]:
        answer = self._client.get_records(ShardIterator=self._next)
        self._next = answer["NextShardIterator"]
        records: list[dict[str, Any]] = answer["Records"]
        return records


class House:
    """A running engine and the services on it."""

    def __init__(self, place: Place) -> None:
        """Makes tables and buckets; `place` is a running engine."""
        self.place = place
        self.tables = place.client("dynamodb")
        for table in TABLES:
            self.tables.create_table(**table_definition(table))
        self.objects = place.client("s3")
        for name in BUCKETS:
            self.objects.create_bucket(Bucket=PREFIX + name, CreateBucketConfiguration={"LocationConstraint": REGION})
        described = self.tables.describe_table(TableName=f"{PREFIX}outbox")["Table"]
        self._stream = OutboxStream(place.client("dynamodbstreams"), described["LatestStreamArn"])
        self._functions: Executor | None = None
        self.open_services()

    def open_services(self) -> None:
        """Services whose clients nobody has looked into yet."""
        self.services = Services(settings.read(environment(self.place)))
        self._work = _work_of(self.services)

    def metered(self) -> Meter:
        """A meter of all that the services do from now on."""
        meter = Meter(PREFIX, {table.name: len(table.indexes) for table in TABLES})
        meter.watch(dynamo.connection().client)
        return meter

    def upload(self, key: str, body: bytes) -> str:
        """Put a file where a person's browser would; answers the bucket's notification."""
        self.objects.put_object(Bucket=f"{PREFIX}imports", Key=key, Body=body)
        return msgspec.json.encode({"Records": [{"s3": {"object": {"key": key}}}]}).decode()

    def work_off(self, *first: tuple[str, str]) -> None:
        """Do these messages (queue and body), what they ask for, and so on until nothing is left. A failure ends it."""
        waiting = Waiting()
        waiting.messages.extend(first)
        running: set[Future[None]] = set()
        while True:
            if self._functions is None:
                while waiting.messages:
                    queue, body = waiting.messages.popleft()
                    self._work[queue](body)
            else:
                running = self._keep_busy(self._functions, running, waiting)
            records = self._stream.new_messages()
            workers.forward_outbox({"Records": records}, waiting)
            if not records and not running and not waiting.messages:
                return

    def _keep_busy(self, functions: Executor, running: set[Future[None]], waiting: Waiting) -> set[Future[None]]:
        """Start as many messages as there are functions, wait for the first that is done; answers those that still run."""
        while waiting.messages and len(running) < FUNCTIONS_AT_ONCE:
            running.add(functions.submit(_work, *waiting.messages.popleft()))
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for each in done:
            each.result()
        return running

    @contextmanager
    def functions(self) -> Iterator[Executor]:
        """While this is open, `work_off` leaves the work to processes of their own, which take other work too."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            FUNCTIONS_AT_ONCE, mp_context=context, initializer=_become_a_function, initargs=(self.place,)
        ) as functions:
            self._functions = functions
            yield functions
            self._functions = None


class _Function:
    """What a process of `House.functions` keeps between two messages."""

    work: Mapping[str, Callable[[str], object]]


def _become_a_function(place: Place) -> None:
    os.environ.update(environment(place))
    _Function.work = _work_of(Services(settings.read(environment(place))))


def _work(queue: str, body: str) -> None:
    _Function.work[queue](body)


def _work_of(services: Services) -> Mapping[str, Callable[[str], object]]:
    return {"imports": services.import_work, "parts": services.part_work, "work": services.general_work}


@contextmanager
def running() -> Iterator[House]:
    """An engine of its own on loopback, stopped and forgotten at the end."""
    state = Path(tempfile.mkdtemp(prefix="primetime-bench-"))
    (port,) = free_ports(1)
    place = Place(state=state, engine_port=port, front_port=0, stripe_port=0)
    told = environment(place)
    before = {name: os.environ[name] for name in told if name in os.environ}
    os.environ.update(told)
    try:
        engine.start(place)
        yield House(place)
    finally:
        for name in told:
            del os.environ[name]
        os.environ.update(before)
        place.engine.stop()
        shutil.rmtree(state, ignore_errors=True)


def table_definition(table: Table) -> dict[str, Any]:
    """Keys and stream as in the template; no table has an index, and one that gets some has to be told here."""
    if table.indexes:
        message = f"table {table.name} has indexes: make them here too, or their writes are not counted"
        raise NotImplementedError(message)
    key_types = zip(KEY_NAMES, ("HASH", "RANGE"), strict=True)
    return {
        "TableName": PREFIX + table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": name, "KeyType": key_type} for name, key_type in key_types],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in KEY_NAMES],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"} if table.streams else {"StreamEnabled": False},
    }


def environment(place: Place) -> dict[str, str]:
    """What a function of ours finds set, and where AWS is."""
    return {
        "AWS_ENDPOINT_URL": place.engine_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "PRIMETIME_STAGE": STAGE,
        "PRIMETIME_PREFIX": PREFIX,
        "PRIMETIME_SITE_URL": place.site_url,
        **{f"PRIMETIME_{name.upper()}_BUCKET": PREFIX + name for name in BUCKETS},
        **{f"PRIMETIME_QUEUE_{name.upper()}": NOT_USED for name in settings.QUEUE_NAMES},
        "PRIMETIME_USER_POOL_ID": NOT_USED,
        "PRIMETIME_CLIENT_ID": NOT_USED,
        "PRIMETIME_AUTH_URL": NOT_USED,
        "PRIMETIME_SECRETS": NOT_USED,
    }

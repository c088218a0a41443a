"""What one lane of the harness runs on: an engine, a stand-in for Stripe and the proxy, each a process of its own on loopback."""

import json
import os
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.settings import QUEUE_NAMES
from infra import engine
from infra.place import ACCOUNT, REGION, ROOT, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET, Place
from infra.processes import LOOPBACK, Service
from infra.template.tables import TABLES
from tests.bench.house import BUCKETS, table_definition
from tests.faults.snapshot import PREFIX
from tests.faults.wire import Way
from tests.stack import free_ports
from tests.stripe_standin import process
from tests.stripe_standin.process import Standin

SECRETS = "test-secrets"
NOT_USED = "not-used"
ANSWER_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A running proxy. `aws` and `stripe` are the ports that the program knows."""

    aws: int
    stripe: int
    commands: int

    def begin(self, at: int | None = None, way: Way | None = None) -> None:
        """Count from 1 again; the call numbered `at` fails in this way until it is healed."""
        self._say("begin", at=at, way=way)

    def heal(self) -> None:
        """Let everything through again."""
        self._say("heal")

    def calls(self) -> list[dict[str, Any]]:
        """All calls since `begin`, in order."""
        found: list[dict[str, Any]] = self._say("calls")["calls"]
        return found

    def _say(self, command: str, **content: object) -> Any:
        asked = urllib.request.Request(f"http://{LOOPBACK}:{self.commands}/{command}", json.dumps(content).encode())
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything outside the program."""

    place: Place
    standin: Standin
    proxy: Proxy

    def reverse_transfer(self, transfer_id: str, amount_minor: int) -> None:
        """What somebody does on Stripe's own pages."""
        address = f"{self.standin.base_url}/v1/transfers/{transfer_id}/reversals"
        asked = urllib.request.Request(address, f"amount={amount_minor}".encode(), {"Authorization": f"Bearer {STRIPE_API_KEY}"})
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS):
            pass


def queue_url(proxy: Proxy, name: str) -> str:
    """A queue as the program knows it."""
    return f"http://{LOOPBACK}:{proxy.aws}/{ACCOUNT}/{PREFIX}{name}"


def environment(proxy: Proxy) -> dict[str, str]:
    """What a function of ours finds set: all of its ways lead through the proxy."""
    return {
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{proxy.aws}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "PRIMETIME_STAGE": "local",
        "PRIMETIME_PREFIX": PREFIX,
        "PRIMETIME_SITE_URL": "https://primetime.example",
        **{f"PRIMETIME_{name.upper()}_BUCKET": PREFIX + name for name in BUCKETS},
        **{f"PRIMETIME_QUEUE_{name.upper()}": queue_url(proxy, name) for name in QUEUE_NAMES},
        "PRIMETIME_USER_POOL_ID": NOT_USED,
        "PRIMETIME_CLIENT_ID": NOT_USED,
        "PRIMETIME_AUTH_URL": NOT_USED,
        "PRIMETIME_SECRETS": SECRETS,
        "PRIMETIME_STRIPE_BASE": f"http://{LOOPBACK}:{proxy.stripe}",
    }


@contextmanager
def running() -> Iterator[Surroundings]:
    """New processes with empty tables, buckets and queues, stopped and forgotten at the end."""
    state = Path(tempfile.mkdtemp(prefix="primetime-faults-"))
    engine_port, aws, stripe, commands = free_ports(4)
    place = Place(state=state, engine_port=engine_port, front_port=0, stripe_port=0)
    proxy = Service("proxy", state, commands, "")
    try:
        engine.start(place)
        with process.running(state / "stripe", "--settle-seconds", "0") as standin:
            ports = {"aws": aws, "stripe": stripe, "commands": commands, "aws-upstream": engine_port, "stripe-upstream": standin.port}
            options = [part for name, port in ports.items() for part in (f"--{name}", str(port))]
            proxy.start([sys.executable, "-m", "tests.faults.proxy", *options], os.environ, ROOT)
            _furnish(place)
            yield Surroundings(place=place, standin=standin, proxy=Proxy(aws=aws, stripe=stripe, commands=commands))
    finally:
        proxy.stop()
        place.engine.stop()
        shutil.rmtree(state, ignore_errors=True)


def _furnish(place: Place) -> None:
    tables, objects, queues = place.client("dynamodb"), place.client("s3"), place.client("sqs")
    for table in TABLES:
        tables.create_table(**{**table_definition(table), "TableName": PREFIX + table.name})
    for name in BUCKETS:
        objects.create_bucket(Bucket=PREFIX + name, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in QUEUE_NAMES:
        queues.create_queue(QueueName=PREFIX + name)
    place.client("secretsmanager").create_secret(Name=SECRETS, SecretString=json.dumps(_secrets()))


def _secrets() -> Mapping[str, str]:
    return {"stripe_api_key": STRIPE_API_KEY, "stripe_webhook_secret": STRIPE_WEBHOOK_SECRET, "cursor_key": "cursors", "seal_key": "seal"}

"""`python -m infra.local up|down|status|clean`: the whole of Primetime on this machine, on the loopback interface only.

`up` starts the engine, the stand-in for Stripe and the front, deploys the package in between, and writes stack.json for whoever uses it.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from infra import engine
from infra.deploy import DeploymentFailed, Target, deploy
from infra.package import PACKAGE, PackagingFailed, package
from infra.place import ACCOUNT, PREFIX, REGION, ROOT, STAGE, STRIPE_API_KEY, STRIPE_CONNECT_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET, Place
from infra.processes import LocalStackFailed
from infra.template.queues import TIMEOUTS_SECONDS
from infra.template.tables import TABLES, TTL_ATTRIBUTE

STACK: Final = "primetime-local"
MAIL_FROM: Final = "primetime.example"
LOCAL_POLL_SECONDS: Final = 0.1
STREAM_RECORD_AGE_SECONDS: Final = 60
WEBHOOK_PATH: Final = "/webhooks/stripe"
STAND_IN: Final = "tests.stripe_standin"

T = TypeVar("T")
Say = Callable[[str], None]


def up(place: Place, say: Say, made: Path | None = None) -> dict[str, Any]:
    """Bring everything up and return what stack.json says. What runs already is left running. Raises `LocalStackFailed`."""
    made = made or _packaged(say)
    _step(say, f"engine on port {place.engine_port}", lambda: engine.start(place))
    outputs = _step(say, "deployment", lambda: _deploy(place, say, made))
    _step(say, f"stand-in for Stripe on port {place.stripe_port}", lambda: _start_stripe(place))
    facts = _facts(place, outputs)
    if place.facts_file.exists() and place.facts() != facts:
        place.front.stop()  # it would look for what was there before
    place.facts_file.write_text(json.dumps(facts, indent=2) + "\n")
    _step(say, f"front on {place.site_url}/", lambda: _start_front(place, facts))
    return facts


def down(place: Place, say: Say) -> None:
    """Stop everything; what was kept stays. Each process is waited for."""
    for service in (place.front, place.stripe, place.engine):
        say(f"{service.name}: {'stopped' if service.stop() else 'was not running'}")


def clean(place: Place, say: Say) -> None:
    """Stop everything and forget all data."""
    down(place, say)
    shutil.rmtree(place.state, ignore_errors=True)
    say(f"removed {place.state}")


def status(place: Place, say: Say) -> bool:
    """Say what runs; whether all of it does."""
    services = (place.engine, place.stripe, place.front)
    for service in services:
        say(f"{service.name}: {'runs' if service.pid() else 'does not run'} (port {service.port})")
    return all(service.pid() for service in services)


def _step(say: Say, what: str, work: Callable[[], T]) -> T:
    began = time.monotonic()
    try:
        done = work()
    except (BotoCoreError, ClientError) as failure:
        message = f"The local engine does not answer as it should: {failure}\nRun `make stop` and start again; its log is engine.log."
        raise LocalStackFailed(message) from failure
    say(f"{what}: {time.monotonic() - began:.1f} s")
    return done


def _packaged(say: Say) -> Path:
    return _step(say, "package", package)


def _deploy(place: Place, say: Say, made: Path) -> dict[str, str]:
    target = Target(client=place.client, stack=STACK, artifacts=f"primetime-artifacts-{ACCOUNT}", poll_seconds=LOCAL_POLL_SECONDS)
    parameters = {
        "Stage": STAGE,
        "Prefix": PREFIX,
        "SiteUrl": place.site_url,
        "AuthUrl": place.engine_url,
        "StripeBase": place.stripe_url,
        "StripeApiKey": STRIPE_API_KEY,
        "StripeLive": "false",
        "StripeWebhookSecret": STRIPE_WEBHOOK_SECRET,
        "StripeConnectWebhookSecret": STRIPE_CONNECT_WEBHOOK_SECRET,
        "SignInDomain": STACK,
        "MailFrom": MAIL_FROM,
        "StreamRecordAgeSeconds": str(STREAM_RECORD_AGE_SECONDS),
    }
    outputs = deploy(target, parameters, say=lambda line: say(line) if not line.startswith("  ") else None, made=made)
    _let_items_expire(place)
    return outputs


def _let_items_expire(place: Place) -> None:
    """The engine does not take this from the template."""
    tables = place.client("dynamodb")
    for table in TABLES:
        name = PREFIX + table.name
        if table.expires and tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] != "ENABLED":
            tables.update_time_to_live(TableName=name, TimeToLiveSpecification={"AttributeName": TTL_ATTRIBUTE, "Enabled": True})


def _facts(place: Place, outputs: dict[str, str]) -> dict[str, Any]:
    return {
        "stage": STAGE,
        "prefix": PREFIX,
        "region": REGION,
        "site_url": place.site_url,
        "engine_url": place.engine_url,
        "api_id": outputs["RestAPIId"],
        "auth_url": outputs["AuthUrl"],
        "user_pool_id": outputs["UserPoolId"],
        "client_id": outputs["ClientId"],
        "buckets": {name: outputs[f"{name.capitalize()}Bucket"] for name in ("imports", "pages", "records")},
        "queues": {name: f"{place.engine_url}/{ACCOUNT}/{PREFIX}{name}" for name in TIMEOUTS_SECONDS},
        "stripe_url": place.stripe_url,
        "stripe_api_key": STRIPE_API_KEY,
        "stripe_webhook_secret": STRIPE_WEBHOOK_SECRET,
        "stripe_connect_webhook_secret": STRIPE_CONNECT_WEBHOOK_SECRET,
    }


def _start_stripe(place: Place) -> None:
    if find_spec(STAND_IN) is None:
        return
    command = [
        sys.executable,
        "-m",
        STAND_IN,
        "--port",
        str(place.stripe_port),
        "--state",
        str(place.state / "stripe"),
        "--settle-seconds",
        "0",
    ]
    webhook = place.site_url + WEBHOOK_PATH
    keys = ["--webhook-secret", STRIPE_WEBHOOK_SECRET, "--api-key", STRIPE_API_KEY]
    place.stripe.start(
        [*command, "--webhook", webhook, "--connect-webhook", webhook, "--connect-webhook-secret", STRIPE_CONNECT_WEBHOOK_SECRET, *keys],
        os.environ,
        ROOT,
    )


def _start_front(place: Place, facts: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "infra.front", "--port", str(place.front_port), "--engine", place.engine_url]
    place.front.start([*command, "--api-id", facts["api_id"], "--bucket", facts["buckets"]["pages"]], os.environ, ROOT)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "status", "clean"))
    parser.add_argument("--state", type=Path, help="directory of everything that is kept, .local unless given")
    parser.add_argument("--made", action="store_true", help="deploy the package that is there instead of making one")
    asked = parser.parse_args()
    place = Place.from_environment(asked.state)

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # a command's answer

    if asked.what == "status":
        return 0 if status(place, say) else 1
    if asked.what == "up":
        up(place, say, PACKAGE if asked.made else None)
    else:
        {"down": down, "clean": clean}[asked.what](place, say)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LocalStackFailed, DeploymentFailed, PackagingFailed) as failure:
        sys.exit(str(failure))

"""Where the local stack lives: ports, state directory and the addresses that follow from them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from infra.processes import LOOPBACK, Service

ROOT: Final = Path(__file__).resolve().parent.parent
STAGE: Final = "local"
PREFIX: Final = "primetime-local-"
REGION: Final = "eu-west-2"
ACCOUNT: Final = "000000000000"
ENGINE_PYTHON: Final = ROOT / ".venv-engine" / "bin" / "python"
STRIPE_API_KEY: Final = "sk_test_standin"
STRIPE_WEBHOOK_SECRET: Final = "whsec_standin"  # noqa: S105  # the stand-in's own
STRIPE_CONNECT_WEBHOOK_SECRET: Final = "whsec_standin_connect"  # noqa: S105  # likewise
MAX_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One local stack. Two may run at once with other ports and another state directory."""

    state: Path
    engine_port: int
    front_port: int
    stripe_port: int

    @classmethod
    def from_environment(cls, state: Path | None = None, environment: Mapping[str, str] = os.environ) -> "Place":
        """Ports by `ENGINE_PORT`, `PORT` and `STRIPE_PORT`, state in .local/ unless told otherwise."""
        return cls(
            state=(state or ROOT / ".local").resolve(),
            engine_port=int(environment.get("ENGINE_PORT", "4566")),
            front_port=int(environment.get("PORT", "8000")),
            stripe_port=int(environment.get("STRIPE_PORT", "12111")),
        )

    @property
    def engine(self) -> Service:
        """The local engine, which is AWS here."""
        return Service("engine", self.state, self.engine_port, "ENGINE_PORT")

    @property
    def front(self) -> Service:
        """What CloudFront is in production."""
        return Service("front", self.state, self.front_port, "PORT")

    @property
    def stripe(self) -> Service:
        """The stand-in for Stripe."""
        return Service("stand-in for Stripe", self.state, self.stripe_port, "STRIPE_PORT")

    @property
    def engine_url(self) -> str:
        """Where the engine answers as AWS."""
        return f"http://{LOOPBACK}:{self.engine_port}"

    @property
    def site_url(self) -> str:
        """Where people's browsers go."""
        return f"http://{LOOPBACK}:{self.front_port}"

    @property
    def stripe_url(self) -> str:
        """Where the stand-in answers as Stripe."""
        return f"http://{LOOPBACK}:{self.stripe_port}"

    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3 has a type for each service
        """A boto3 client of the engine with the rights of the account's owner."""
        return boto3.client(
            service,
            endpoint_url=self.engine_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # the engine's own
            config=Config(retries={"max_attempts": MAX_ATTEMPTS}, s3={"addressing_style": "path"}),
        )

    @property
    def facts_file(self) -> Path:
        """Where a running stack says what it is: `stack.json` in the state directory."""
        return self.state / "stack.json"

    def facts(self) -> dict[str, Any]:
        """What `stack.json` says: addresses, buckets, queues, pool and client."""
        facts: dict[str, Any] = json.loads(self.facts_file.read_text())
        return facts

"""What all tests share: every store on moto's tables, a clock that stands still, random order, no sockets."""

import functools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import settings
from moto import mock_aws
from pynamodb.connection import Connection

from chalicelib.adapters import dynamo, logs
from tests.fakes.partiql import insert_as_dynamodb_does

REGION = "eu-west-2"

settings.register_profile("short", settings(), max_examples=100)
settings.register_profile("nightly", settings(), max_examples=3_000, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("PRIMETIME_HYPOTHESIS", "short"))
"""How many examples the property tests try; `--hypothesis-profile=nightly` chooses the long one too."""


class StandingClock:
    """A clock that tells the same instant until it is moved."""

    def __init__(self, now: datetime) -> None:
        """Both times start at `now`."""
        self.instant = now

    def now(self) -> datetime:
        """Business time."""
        return self.instant

    def real_now(self) -> datetime:
        """Real time, the same here."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move both times on."""
        self.instant += by


@pytest.fixture
def clock() -> StandingClock:
    """Monday 3 January 2011, noon in London."""
    return StandingClock(datetime(2011, 1, 3, 12, tzinfo=UTC))


@functools.cache
def _connection(region: str) -> Connection:
    """One for all tests: making its client takes longer than what most of them do with it, and moto answers it all the same."""
    return Connection(region=region)


_new_client = boto3.client


@functools.cache
def _client(service: str, **options: Any) -> Any:
    """Likewise of every other service."""
    return _new_client(service, **options)


@pytest.fixture
def our_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What Primetime logs from INFO on, also when a test before has imported the app, whose log goes past pytest's."""
    monkeypatch.setattr(logging.getLogger(logs.ROOT), "propagate", True)
    with caplog.at_level(logging.INFO, logger=logs.ROOT):
        yield caplog


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every table that a store knows, empty, on moto."""
    with empty_tables(monkeypatch):
        yield


@contextmanager
def empty_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same for whoever opens more than one world."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        monkeypatch.setattr(dynamo, "Connection", _connection)
        monkeypatch.setattr(boto3, "client", _client)
        insert_as_dynamodb_does(monkeypatch)
        dynamo.bind_tables("test-", REGION)
        for table in {kind.TABLE for kind in dynamo.Item.kinds}:
            _client("dynamodb", region_name=REGION).create_table(
                TableName=f"test-{table}",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            )
        yield

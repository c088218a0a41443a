"""The fixture `stack`: the whole of Primetime on the local engine, for tests marked `engine` or `browser`.

It has ports and a directory of its own, so that it can run beside a demo; what is there from before is thrown away.
`PRIMETIME_TEST_STACK=keep` leaves it running after the tests.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra import engine, local
from infra.place import Place
from infra.processes import LOOPBACK

MARKERS = ("engine", "browser")


@dataclass(frozen=True, slots=True)
class Stack:
    """A running local stack, as tests see it."""

    place: Place
    facts: dict[str, Any]

    @property
    def site_url(self) -> str:
        """Where browsers and API clients go."""
        return self.place.site_url

    def client(self, service: str) -> Any:
        """A boto3 client of the engine with the rights of the account's owner."""
        return self.place.client(service)

    def restart_engine(self) -> None:
        """Stop the engine as `make stop` does, and start it again."""
        self.place.engine.stop()
        engine.start(self.place)


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now."""
    with ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open sockets to the loopback interface for tests that need the stack, and for no others."""
    for item in items:
        if any(item.get_closest_marker(marker) for marker in MARKERS):
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.allow_hosts([LOOPBACK, "localhost"]))


@contextmanager
def fresh_stack() -> Iterator[Stack]:
    """A stack of its own, packaged and deployed anew; stopped at the end."""
    engine_port, front_port, stripe_port = free_ports(3)
    state = Path(tempfile.mkdtemp(prefix="primetime-test-"))
    place = Place(state=state, engine_port=engine_port, front_port=front_port, stripe_port=stripe_port)
    try:
        yield Stack(place, local.up(place, say=print))
    finally:
        if os.environ.get("PRIMETIME_TEST_STACK") != "keep":
            local.down(place, say=print)
            shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack that the tests of a run share; one that needs the marketplace to itself takes a `fresh_stack`."""
    with fresh_stack() as shared:
        yield shared

"""Starts, commands and stops a stand-in from tests and the demo: a process of its own, stopped by its id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stripe_standin.errors import Obj

if TYPE_CHECKING:
    import stripe

START_SECONDS = 15
STOP_SECONDS = 35
ANSWER_SECONDS = 10
ROOT = Path(__file__).parents[2]
API_KEY = "sk_test_standin"


class StandinFailed(RuntimeError):
    """The process did not start, stop or obey; the message says which."""


@dataclass(slots=True, kw_only=True)
class Standin:
    """A running stand-in."""

    port: int
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]

    @property
    def base_url(self) -> str:
        """What the gateway takes as its base address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process to stop."""
        return self.process.pid

    def control(self, command: str, **body: object) -> Obj:
        """Posts a command of control.py: ``standin.control("clock", now=1_300_000_000)``."""
        return self._asked("POST", command, json.dumps(body).encode())

    def look(self, command: str) -> Obj:
        """Gets what a command tells: ``standin.look("calls")``."""
        return self._asked("GET", command, None)

    def _asked(self, method: str, command: str, body: bytes | None) -> Obj:
        address = f"{self.base_url}/_control/{command}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                found: Obj = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            message = f"The stand-in refused {command}: {error.read().decode()}"
            raise StandinFailed(message) from error

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends the process by its id and waits until it is gone."""
        if self.process.poll() is None:
            os.kill(self.pid, number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            message = f"The stand-in (pid {self.pid}) did not stop in {STOP_SECONDS} s and was killed."
            raise StandinFailed(message) from error

    def restart(self, number: int = signal.SIGTERM) -> None:
        """Ends the process, as a kill or in order, and starts it again on its state."""
        self.stop(number)
        self.process = _launched(self.arguments, self.port)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(state: Path, *options: str, port: int | None = None) -> Standin:
    """Starts a stand-in that keeps its state in `state`; `options` are further arguments of its command line."""
    chosen = port or free_port()
    arguments = ("--port", str(chosen), "--state", str(state), "--api-key", API_KEY, *options)
    return Standin(port=chosen, arguments=arguments, process=_launched(arguments, chosen))


def _launched(arguments: tuple[str, ...], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", "tests.stripe_standin", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, process.pid):
            return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    message = f"The stand-in did not start on port {port}; its own message is above."
    raise StandinFailed(message)


def _answers(port: int, pid: int) -> bool:
    """Whether it is this process, not another one, that answers at the port."""
    with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/health", timeout=1) as answer:
        return bool(json.load(answer)["pid"] == pid)
    return False


@contextlib.contextmanager
def running(state: Path, *options: str) -> Iterator[Standin]:
    """A stand-in for the length of a block."""
    standin = start(state, *options)
    try:
        yield standin
    finally:
        standin.stop()


def session_of(client: "stripe.StripeClient", amount: int) -> str:
    """A checkout of one line in GBP, made with the SDK; ``standin.control("pay", session=...)`` pays it."""
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://example.com/paid",
            "line_items": [
                {"quantity": 1, "price_data": {"currency": "gbp", "unit_amount": amount, "product_data": {"name": "Deposit"}}},
            ],
        }
    )
    return session.id

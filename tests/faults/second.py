"""`python -m tests.faults.second`: another worker, a real process of its own, that does the same work at the same time.

It waits for a line of JSON with an invocation, makes it at once, and answers with what it called and whether the work is done.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from infra.place import ROOT
from tests.faults.clockwork import Clockwork
from tests.faults.hands import Hands, Work
from tests.faults.program import Call, Program
from tests.faults.surroundings import Proxy

PROCESS = 1
STARTED = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the other process is told."""

    work: Work
    now: datetime
    drawn: int
    cookies: dict[str, str]
    hold_seconds: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What it answers."""

    done: bool
    calls: list[Call]
    words: list[str]


class Second:
    """The other process, from where it is told what to do."""

    def __init__(self, proxy: Proxy) -> None:
        """Starts it behind the same proxy."""
        self._ports = [str(port) for port in (proxy.aws, proxy.stripe, proxy.commands)]
        self._process = self._started()

    def kill(self) -> None:
        """End it in the middle of what it does (SIGKILL), and start another one."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process = self._started()

    def begin(self, order: Order) -> None:
        """Have it begin; it runs while this process goes on."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order).decode() + "\n")
        self._process.stdin.flush()

    def end(self) -> Done:
        """Wait until it is done."""
        return msgspec.json.decode(self._line(), type=Done)

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.faults.second", *self._ports]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            message = "the second process ended; its own message is above"
            raise RuntimeError(message)
        return line


@contextmanager
def second_beside(proxy: Proxy) -> Iterator[Second]:
    """A second process for the length of a block."""
    second = Second(proxy)
    try:
        yield second
    finally:
        second.stop()


def main() -> None:
    """Serves until its input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.second", description=__doc__)
    for name in ("aws", "stripe", "commands"):
        parser.add_argument(name, type=int)
    asked = parser.parse_args()
    clockwork = Clockwork(PROCESS)
    program = Program(Proxy(aws=asked.aws, stripe=asked.stripe, commands=asked.commands), clockwork)
    hands = Hands(program)
    clockwork.wait_really()
    _say(STARTED)
    for line in sys.stdin:
        order = msgspec.json.decode(line, type=Order)
        program.clockwork.now, program.clockwork.drawn = order.now, order.drawn
        program.console.cookies = order.cookies
        program.calls.clear()
        program.last_words.texts.clear()
        clockwork.sleep(order.hold_seconds)
        done = hands.perform(order.work)
        _say(Done(done=done, calls=program.calls, words=program.last_words.texts))


def _say(what: Any) -> None:
    sys.stdout.write((json.dumps(what) if isinstance(what, str) else msgspec.json.encode(what).decode()) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

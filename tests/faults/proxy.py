"""`python -m tests.faults.proxy`: the process that stands between the program and the world, counts its calls and breaks them.

It knows nothing of the program. One port leads to AWS, one to Stripe, and a third is the harness's: it says which call shall fail.
"""

import argparse
import contextlib
import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

from tests.faults.batches import Part, first_half, parts_of
from tests.faults.wire import Answer, Request, Way, conflict

LOOPBACK = "127.0.0.1"
IDLE_SECONDS = 1.0
"""An upstream connection that was idle for longer is not used again: the other side may just be closing it."""
UPSTREAM_TIMEOUT_SECONDS = 60
NOT_FORWARDED = frozenset({"connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a request: whether it goes on, and what is said instead of the answer (None: the connection is cut)."""

    forward: bool
    break_it: bool = False
    answer: Answer | None = None
    held: bool = False
    """Nothing happens before the fault is over."""
    part: Part | None = None
    """Only so much of it goes on."""


@dataclass(slots=True)
class Switchboard:
    """Counts calls and decides which request fails; one for all connections."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: int | None = None
    way: Way | None = None
    struck: str | None = None
    executed: bool = False
    operation: str = ""
    """Of which a part has happened."""
    over: threading.Event = field(default_factory=threading.Event)
    _places: dict[str, int] = field(default_factory=dict)

    def begin(self, at: int | None, way: Way | None) -> None:
        """Count from 1 again; the call numbered `at` (if any) shall fail in this way until `heal`."""
        with self.lock:
            self.calls.clear()
            self._places.clear()
            self.over.clear()
            self.at, self.way, self.struck, self.executed, self.operation = at, way, None, False, ""

    def heal(self) -> None:
        """From now on nothing fails."""
        with self.lock:
            self.at = self.way = self.struck = None
            self.over.set()

    def verdict(self, request: Request) -> Verdict:
        """Number the request's call, and say what becomes of the request."""
        with self.lock:
            number, first_try = self._numbered(request)
            if self.way is None:
                return Verdict(forward=True)
            if number == self.at:
                self.struck = self.struck or request.fingerprint
            if self.struck is None or not self._is_struck(request):
                return Verdict(forward=True)
            return self._broken(request, first_try=first_try and number == self.at)

    def _is_struck(self, request: Request) -> bool:
        return self.struck == request.fingerprint or (self.way is Way.PARTLY and self.operation == request.operation)

    def _numbered(self, request: Request) -> tuple[int, bool]:
        known = self._places.get(request.invocation) if request.invocation else None
        if known is not None:
            self.calls[known - 1]["requests"] += 1
            return known, False
        self.calls.append(
            {
                "service": request.service,
                "operation": request.operation,
                "write": request.is_write,
                "parts": parts_of(request),
                "requests": 1,
            }
        )
        if request.invocation:
            self._places[request.invocation] = len(self.calls)
        return len(self.calls), True

    def _broken(self, request: Request, *, first_try: bool) -> Verdict:
        match self.way:
            case Way.CONFLICT:
                return Verdict(forward=False, break_it=True, answer=conflict(request))
            case Way.LOST:
                forward, self.executed = not self.executed, True
                return Verdict(forward=forward, break_it=True)
            case Way.PARTLY | Way.PARTLY_ONCE:
                return self._halved(request, first_try=first_try)
            case Way.HELD:
                return Verdict(forward=False, break_it=True, held=True)
            case Way.HEALED:
                return Verdict(forward=True, break_it=first_try)
            case _:
                return Verdict(forward=False, break_it=True)

    def _halved(self, request: Request, *, first_try: bool) -> Verdict:
        """The first half of a batch happens, the rest does not; what is asked again of it is refused in one of the two ways."""
        if first_try:
            self.operation = request.operation
            return Verdict(forward=True, part=first_half(request))
        if self.way is Way.PARTLY_ONCE:
            return Verdict(forward=True)
        return Verdict(forward=False, break_it=True, answer=conflict(request))


class Server(ThreadingHTTPServer):
    """One listening port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], board: Switchboard, upstream: int, *, stripe: bool) -> None:
        """`upstream` is the loopback port that requests go on to."""
        self.board = board
        self.upstream = upstream
        self.stripe = stripe
        super().__init__((LOOPBACK, port), handler)


class Quiet(BaseHTTPRequestHandler):
    """What both kinds of port have in common."""

    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20
    disable_nagle_algorithm = True

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the list of calls is the log."""

    @override
    def handle_expect_100(self) -> bool:
        """S3's clients wait for this before they send an object; it must not stay in the buffer."""
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def body(self) -> bytes:
        """The request's body; all of our clients state its length."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, answer: Answer) -> None:
        """Send an answer."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in answer.headers}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()


class Passing(Quiet):
    """Hands requests on, or breaks them."""

    _upstream: http.client.HTTPConnection | None = None
    _used_at = 0.0

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, target=self.path, headers=headers, body=self.body(), stripe=self.server.stripe)
        verdict = self.server.board.verdict(request)
        if verdict.held:
            self.server.board.over.wait(UPSTREAM_TIMEOUT_SECONDS)
        answer = self._answered(request, verdict)
        if verdict.break_it:
            answer = verdict.answer
        if answer is None:
            self._cut()
        else:
            self.send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815  # the names that http.server looks for

    def _answered(self, request: Request, verdict: Verdict) -> Answer | None:
        if not verdict.forward:
            return None
        if verdict.part is None:
            return self._forwarded(request)
        told = self._forwarded(verdict.part.request) if verdict.part.request is not None else None
        return verdict.part.answered(told)

    def _forwarded(self, request: Request) -> Answer:
        connection = self._connection()
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in _passed_on(request.headers):
            connection.putheader(name, value)
        connection.endheaders(request.body or None)
        with contextlib.closing(connection.getresponse()) as response:
            body = response.read()
            headers = tuple((name, value) for name, value in response.getheaders() if name.lower() not in NOT_FORWARDED)
            self._used_at = time.monotonic()
            return Answer(status=response.status, headers=headers, body=body)

    def _connection(self) -> http.client.HTTPConnection:
        if self._upstream is None or time.monotonic() - self._used_at > IDLE_SECONDS:
            if self._upstream is not None:
                self._upstream.close()
            self._upstream = http.client.HTTPConnection(LOOPBACK, self.server.upstream, timeout=UPSTREAM_TIMEOUT_SECONDS)
            self._upstream.connect()
            self._upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._upstream

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    @override
    def finish(self) -> None:
        """The client is gone: so is its way on."""
        with contextlib.suppress(OSError):
            super().finish()
        if self._upstream is not None:
            self._upstream.close()


class Commands(Quiet):
    """The harness's own port."""

    def do_POST(self) -> None:
        """``/begin`` {at, way}, ``/heal``, ``/calls``."""
        asked = json.loads(self.body() or b"{}")
        board = self.server.board
        if self.path == "/begin":
            board.begin(asked.get("at"), Way(asked["way"]) if asked.get("way") else None)
        elif self.path == "/heal":
            board.heal()
        with board.lock:
            body = json.dumps({"calls": board.calls if self.path == "/calls" else [], "count": len(board.calls)}).encode()
        self.send(Answer(status=200, headers=(("Content-Type", "application/json"),), body=body))


def _passed_on(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name not in NOT_FORWARDED]


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.proxy", description=__doc__)
    for name in ("aws", "stripe", "commands", "aws-upstream", "stripe-upstream"):
        parser.add_argument(f"--{name}", type=int, required=True, help="a loopback port")
    asked = parser.parse_args()
    board = Switchboard()
    ports = ((asked.aws, Passing, asked.aws_upstream, False), (asked.stripe, Passing, asked.stripe_upstream, True))
    servers = [Server(port, handler, board, upstream, stripe=stripe) for port, handler, upstream, stripe in ports]
    commands = Server(asked.commands, Commands, board, 0, stripe=False)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=commands.shutdown).start())
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    commands.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()

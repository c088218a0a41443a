"""The HTTP side: one thread a connection, loopback only, a connection cut when a fault asks for it."""

import contextlib
import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from typing_extensions import override

from tests.stripe_standin import control, hosted
from tests.stripe_standin.api import Answer, Api, Request
from tests.stripe_standin.deliveries import Deliveries

LARGEST_BODY_BYTES = 1_000_000
LOOPBACK = "127.0.0.1"


class StandinServer(ThreadingHTTPServer):
    """Listens on the loopback interface."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, api: Api, deliveries: Deliveries) -> None:
        """Binds the port; raises `OSError` when it is busy."""
        self.api = api
        self.deliveries = deliveries
        super().__init__((LOOPBACK, port), Handler)


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the API, the commands or the hosted pages."""

    server: StandinServer
    protocol_version = "HTTP/1.1"
    server_version = "stripe-standin"
    wbufsize = 65_536
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """GET."""
        self._serve("GET")

    def do_POST(self) -> None:
        """POST."""
        self._serve("POST")

    def do_DELETE(self) -> None:
        """DELETE."""
        self._serve("DELETE")

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: /_control/calls is the log."""

    def _serve(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY_BYTES:
            self.close_connection = True
            return
        body = self.rfile.read(length).decode()
        address = urlsplit(self.path)
        if address.path.startswith("/_control/"):
            self._answer(self._obey(method, address.path, body))
        elif address.path.startswith(("/c/", "/setup/")):
            self._page(hosted.serve(self.server.api, method, address.path))
        else:
            encoded = body if method == "POST" else address.query
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(self.server.api.answer(Request(method=method, path=address.path, encoded=encoded, headers=headers)))

    def _obey(self, method: str, path: str, text: str) -> Answer:
        """A page of another origin cannot send JSON without asking first, so commands from browsers fail."""
        if text and self.headers.get_content_type() != "application/json":
            return Answer(status=415, body={"error": {"message": "Commands are application/json."}})
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            return Answer(status=400, body={"error": {"message": "The command is not JSON."}})
        return control.obey(self.server.api, self.server.deliveries, method, path, body)

    def _answer(self, answer: Answer) -> None:
        if answer.body is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        extra = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        self._send(answer.status, "application/json", json.dumps(answer.body).encode(), extra)

    def _page(self, page: hosted.Page | None) -> None:
        shown = page or hosted.Page(status=404, text="Not found")
        self._send(shown.status, "text/html; charset=utf-8", shown.text.encode(), {"Location": shown.location} if shown.location else {})

    def _send(self, status: int, kind: str, body: bytes, extra: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store", **extra}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

"""A mail server that takes everything, for one test at a time: what the engine passes on is seen with all its parts."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from typing_extensions import override

from infra.processes import LOOPBACK


@dataclass(slots=True)
class Caught:
    """What has arrived so far, in order."""

    address: str
    mails: list[EmailMessage] = field(default_factory=list)

    def to(self, recipient: str, notice: str) -> list[EmailMessage]:
        """Mail to somebody whose subject begins like this."""
        return [mail for mail in self.mails if mail["To"] == recipient and str(mail["Subject"]).startswith(notice)]


@contextmanager
def mail_catcher() -> Iterator[Caught]:
    """A server on a free port of loopback (RFC 5321, as far as a client needs it)."""
    caught: list[EmailMessage] = []

    class Conversation(socketserver.StreamRequestHandler):
        @override
        def handle(self) -> None:
            self.say("220 catcher")
            while line := self.rfile.readline():
                word = line.strip().upper()
                if word == b"DATA":
                    self.say("354 go on")
                    caught.append(message_from_bytes(self.content(), policy=policy.default))
                elif word == b"QUIT":
                    self.say("221 bye")
                    return
                self.say("250 ok")

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

        def content(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            return b"".join(lines)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Conversation) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Caught(address=f"{LOOPBACK}:{server.server_address[1]}", mails=caught)
        finally:
            server.shutdown()

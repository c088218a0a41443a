"""Webhook delivery: signed as Stripe signs, tried again until the endpoint says 2xx (docs: Webhooks, Verify signatures; Retry behaviour).

Signatures carry real time, whatever the stand-in's clock says, because receivers check them against real time.
"""

import contextlib
import hashlib
import hmac
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.stripe_standin.api import Api
from tests.stripe_standin.errors import Obj
from tests.stripe_standin.world import PLATFORM

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 30.0
MAX_ATTEMPTS = 1_000
ANSWER_TIMEOUT_SECONDS = 30
POLL_SECONDS = 0.05
OK_STATUSES = range(200, 300)


@dataclass(slots=True)
class Rules:
    """How events are delivered: held back, each several times, or newest first. Events may come twice and in any order (docs: Webhooks)."""

    hold: bool = False
    copies: int = 1
    newest_first: bool = False


@dataclass(slots=True)
class Deliveries:
    """A thread that works off the deliveries kept in the store."""

    api: Api
    rules: Rules = field(default_factory=Rules)
    stopped: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self.thread = threading.Thread(target=self._run, daemon=True, name="webhooks")
        self.thread.start()

    def stop(self) -> None:
        """Stops after the current delivery."""
        self.stopped.set()
        if self.thread:
            self.thread.join(ANSWER_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while not self.stopped.wait(POLL_SECONDS):
            for row in self.due():
                if self.stopped.is_set() or self.rules.hold:
                    break
                self._attempt(row)

    def due(self) -> list[Obj]:
        """Deliveries whose time has come, in the order of the rules."""
        if self.rules.hold:
            return []
        with self.api.lock:
            rows = [dict(row) for row in self.api.world.store.all("delivery") if not row["done"] and row["due"] <= time.time()]
        return rows[::-1] if self.rules.newest_first else rows

    def send_again(self, event: str) -> None:
        """Delivers an event once more, as the Dashboard's "resend" does."""
        with self.api.lock:
            store = self.api.world.store
            for row in store.all("delivery"):
                if row["event"] == event:
                    store.put("delivery", f"{row['event']}|{row['url']}", {**row, "done": False, "due": 0, "attempts": 0})
            store.commit()

    def _attempt(self, row: Obj) -> None:
        with self.api.lock:
            event = self.api.world.present(self.api.world.store.get("event", row["event"]))
            targets = self.api.world.targets_for(event.get("account", PLATFORM)) if event else []
        secret = next((target.secret for target in targets if target.url == row["url"]), None)
        if secret is None:
            return
        body = json.dumps(event, indent=2).encode()
        answers = [self._post(row["url"], body, secret) for _ in range(max(1, self.rules.copies))]
        done = all(answers)
        attempts = row["attempts"] + 1
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts, 10))
        with self.api.lock:
            changed = {**row, "attempts": attempts, "done": done or attempts >= MAX_ATTEMPTS, "due": time.time() + wait}
            self.api.world.store.put("delivery", f"{row['event']}|{row['url']}", changed)
            self.api.world.store.commit()

    def _post(self, url: str, body: bytes, secret: str) -> bool:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=ANSWER_TIMEOUT_SECONDS)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature(body, secret, int(time.time()))}
        with contextlib.closing(connection):
            try:
                connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
                return connection.getresponse().status in OK_STATUSES
            except (OSError, http.client.HTTPException):
                return False


def signature(body: bytes, secret: str, at: int) -> str:
    """The header Stripe-Signature: HMAC-SHA256 over ``timestamp.body`` (docs: Webhooks, Verify signatures manually)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"

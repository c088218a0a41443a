"""One invocation of a function of ours, as AWS makes it: with what event, and how whoever sent the work learns whether it is done."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import app
from chalicelib.core.access import Principal
from infra.place import STRIPE_WEBHOOK_SECRET
from tests.faults.program import Killed, Program
from tests.stripe_standin.deliveries import signature

JSON = "application/json"
TRY_AGAIN = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
Event = dict[str, Any]
HANDLERS: dict[str, Callable[[Event, object], Event]] = {
    "imports": app.on_import,
    "parts": app.on_part,
    "work": app.on_work,
    "payouts": app.on_payouts,
    "plans": app.on_plan,
    "mail": app.on_mail,
    "probes": app.on_probe,
}
"""Which function of ours each queue calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One invocation: a message of a queue, records of the stream, a notice, a request, or the schedule."""

    kind: str
    body: str
    path: str = ""
    method: str = "POST"
    who: Principal | None = None
    key: str = ""
    tries: int = 0


class Hands:
    """Does invocations in this process."""

    def __init__(self, program: Program) -> None:
        """`program` has the handlers' services."""
        self.program = program
        self.answers: dict[str, Any] = {}
        """What requests were answered, by path."""

    def perform(self, work: Work) -> bool:
        """One invocation; whether its work is done, as far as whoever sent it can tell."""
        self.program.start_cold()
        try:
            return self._done(work)
        except Killed:
            self.program.last_words.texts.append(f"killed during {work.kind} {work.path}{work.body[:200]}")
            self.program.start_over()
            return work.kind == "stream"

    def _done(self, work: Work) -> bool:
        match work.kind:
            case "stream":
                return self._forwarded(work)
            case "tick":
                return self._ticked()
            case "request":
                return self._requested(work)
            case "notice":
                return self._noticed(work)
            case _:
                return self._handled(work)

    def _forwarded(self, work: Work) -> bool:
        """A stream gives up in the end (the local engine at once): what it did not bring is the schedule's to find."""
        try:
            app.on_outbox(json.loads(work.body), None)
        except Exception as failure:  # noqa: BLE001  # Lambda sees any
            self._note(failure)
        return True

    def _ticked(self) -> bool:
        try:
            app.on_tick({}, None)
        except Exception as failure:  # noqa: BLE001  # Lambda sees any
            self._note(failure)
            return False
        return True

    def _handled(self, work: Work) -> bool:
        event = {"Records": [{"messageId": "message", "body": work.body}]}
        try:
            return not HANDLERS[work.kind](event, None)["batchItemFailures"]
        except Exception as failure:  # noqa: BLE001  # Lambda sees any
            self._note(failure)
            return False

    def _requested(self, work: Work) -> bool:
        headers = {"content-type": JSON, "sec-fetch-site": "same-origin", "idempotency-key": work.key}
        answer = self.program.console._ask(work.method, work.path, work.who, work.body.encode(), headers)
        if answer.status < HTTPStatus.BAD_REQUEST:
            self.answers[work.path] = json.loads(answer.text or "null")
            return True
        self.program.last_words.texts.append(f"{work.path} answered {answer.status}: {answer.text[:300]}")
        can_be_done = work.tries > 0 and answer.status in TRY_AGAIN and "still_running" not in answer.text
        return can_be_done or (answer.status not in TRY_AGAIN and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR)

    def _noticed(self, work: Work) -> bool:
        signed = signature(work.body.encode(), STRIPE_WEBHOOK_SECRET, int(self.program.clockwork.now.timestamp()))
        headers = {"content-type": JSON, "stripe-signature": signed}
        answer = self.program.console._ask("POST", "/webhooks/stripe", None, work.body.encode(), headers)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self.program.last_words.texts.append(f"the notice was answered {answer.status}: {answer.text[:300]}")
        return answer.status < HTTPStatus.BAD_REQUEST

    def _note(self, failure: Exception) -> None:
        self.program.last_words.texts.append(f"{type(failure).__name__}: {failure}"[:300])

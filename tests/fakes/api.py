"""The JSON API of the console on moto: people ask it as programs do, with their session's cookie."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from chalicelib.core.access import Principal
from chalicelib.web.sessions import SESSION_COOKIE
from tests.fakes.console import Console

MADE_OR_DONE = range(200, 300)


class RefusedByApi(AssertionError):
    """A call that had to succeed was refused."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came back: `body` is the decoded JSON, or the text of what is none."""

    status: int
    body: Any

    @property
    def detail(self) -> str:
        """The sentence of a refusal."""
        return str(self.body.get("detail", "")) if isinstance(self.body, dict) else str(self.body)


@dataclass(frozen=True, slots=True)
class Api:
    """Asks as one person."""

    console: Console
    who: Principal
    key: str | None = None
    """The Idempotency-Key of what is asked."""

    def as_(self, who: Principal) -> "Api":
        """The same API for somebody else."""
        return replace(self, who=who)

    def ask(self, method: str, path: str, body: Any = None) -> Told:
        """One call, whatever is answered."""
        headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
        headers["cookie"] = f"{SESSION_COOKIE}={self.console.cookie(self.who)}"
        if self.key is not None:
            headers["idempotency-key"] = self.key
        sent = b"" if body is None and method == "GET" else msgspec.json.encode({} if body is None else body)
        answer = self.console.gateway.handle_request(method=method, path=path, headers=headers, body=sent)
        text = answer["body"].decode() if isinstance(answer["body"], bytes) else answer["body"]
        is_json = "json" in str(answer["headers"].get("Content-Type", ""))
        return Told(answer["statusCode"], msgspec.json.decode(text) if is_json else text)

    def get(self, path: str) -> Any:
        """What a call that must succeed tells."""
        return self._must("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """The same for one that does something."""
        return self._must("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """The same for one that replaces something."""
        return self._must("PUT", path, body)

    def _must(self, method: str, path: str, body: Any) -> Any:
        told = self.ask(method, path, body)
        if told.status not in MADE_OR_DONE:
            message = f"{method} {path} as {self.who.role}: {told.status} {told.body}"
            raise RefusedByApi(message)
        return told.body

"""A person at the API: signs in on the hosted pages as a browser would, then speaks JSON with the session's cookie."""

import hashlib
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from html import unescape
from http.client import HTTPException
from typing import Any, TypeAlias

from typing_extensions import override

Json: TypeAlias = Any
"""What a JSON answer or body holds."""
TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.25
MAX_REDIRECTS = 10
HTTP_REDIRECTS = frozenset({301, 302, 303, 307})
HTTP_ERROR = 400
NO_ENGINE = 502
"""What the front answers when there is nobody behind it."""
GONE_SECONDS = 20
WHAT_TO_DO = (
    "Was the local engine stopped or killed? Its log is engine.log. Run `make demo` again, which adds nothing twice; "
    "after a kill the data may be in pieces, and `make clean-data` starts over."
)


class DemoFailed(RuntimeError):
    """The demo cannot go on; the message says at which step and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and text of an answer."""

    status: int
    headers: Message
    text: str

    def json(self) -> Json:
        """The answer's JSON."""
        return json.loads(self.text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    @override
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def fetch(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """One HTTP request; no redirect is followed, and an error status is an answer like any other."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310  # loopback addresses of the demo's own
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode(errors="replace"))
    except (OSError, HTTPException) as error:  # nobody listens, or whoever listened was ended in the middle of an answer
        place = urllib.parse.urlsplit(url).netloc
        message = f"{place} does not answer ({getattr(error, 'reason', error)}). {WHAT_TO_DO}"
        raise DemoFailed(message) from error


@dataclass
class Person:
    """Somebody signed in. Every write carries an Idempotency-Key made of its own content, so a second run adds nothing twice."""

    site_url: str
    email: str
    password: str
    cookies: dict[str, str] = field(default_factory=dict)
    tenant: str | None = None

    def sign_in(self) -> "Person":
        """Walk through the hosted sign-in: authorization code with PKCE, then the callback sets our cookie."""
        answer = self._follow("GET", f"{self.site_url}/sign-in?next=/health")
        action = re.search(r'<form[^>]*action="([^"]+)"', answer[1].text)
        if action is None:
            message = f"The hosted sign-in page has no form (status {answer[1].status})."
            raise DemoFailed(message)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer[1].text))
        form = {name: unescape(value) for name, value in hidden.items()} | {"username": self.email, "password": self.password}
        target = urllib.parse.urljoin(answer[0], unescape(action.group(1)))
        url, answer_after = self._follow("POST", target, urllib.parse.urlencode(form).encode())
        if not url.endswith("/health") or answer_after.text.strip() != "ok":
            message = (
                f"{self.email} could not sign in: the last page was {url} with status {answer_after.status}: {answer_after.text[:300]}"
            )
            raise DemoFailed(message)
        return self

    def call(self, method: str, path: str, body: Json = None, *, time_of: str = "") -> Json:
        """A JSON call that must succeed; its decoded answer (None for 204)."""
        answer = self.ask(method, path, body, time_of=time_of)
        if answer.status == NO_ENGINE:
            message = f"{method} {path}: the local engine does not answer any more. {WHAT_TO_DO}"
            raise DemoFailed(message)
        if answer.status >= HTTP_ERROR:
            message = f"{method} {path} as {self.email} was refused ({answer.status}): {_detail(answer)}"
            raise DemoFailed(message)
        return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else answer.text or None

    def get(self, path: str) -> Json:
        """A read that must succeed."""
        return self.call("GET", path)

    def post(self, path: str, body: Json = None, *, time_of: str = "") -> Json:
        """A write that must succeed; `time_of` tells equal writes that are meant to happen again from repeated ones."""
        return self.call("POST", path, body, time_of=time_of)

    def put(self, path: str, body: Json = None) -> Json:
        """A replacing write that must succeed."""
        return self.call("PUT", path, body)

    def ask(self, method: str, path: str, body: Json = None, *, time_of: str = "") -> Answer:
        """A call whose answer, refusal included, is the caller's to look at."""
        encoded = None if body is None else json.dumps(body, sort_keys=True).encode()
        headers = {"Cookie": self._cookie_header(), "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        if self.tenant is not None:
            headers["Primetime-Tenant"] = self.tenant
        if method != "GET":
            headers["Content-Type"] = "application/json"
            headers["Idempotency-Key"] = hashlib.sha256(f"{method} {path} {time_of} ".encode() + (encoded or b"")).hexdigest()
        return fetch(method, self.site_url + path, encoded if method != "GET" else None, headers)

    def wait(self, path: str, until: Callable[[Json], object], what: str, within_seconds: int = 240) -> Json:
        """Read until the workers are done. Raises `DemoFailed` with the last answer when they are not in time."""
        heard = time.monotonic()
        deadline = heard + within_seconds
        while True:
            answer = self.ask("GET", path)
            if answer.status != NO_ENGINE:
                heard = time.monotonic()
            elif time.monotonic() > heard + GONE_SECONDS:
                message = f"{what} did not happen: the local engine does not answer any more. {WHAT_TO_DO}"
                raise DemoFailed(message)
            value = answer.json() if answer.status < HTTP_ERROR else None
            if value is not None and until(value):
                return value
            if time.monotonic() > deadline:
                message = f"{what} did not happen within {within_seconds} s. Last answer of {path}: {answer.status} {answer.text[:600]}"
                raise DemoFailed(message)
            time.sleep(POLL_SECONDS)

    def _follow(self, method: str, url: str, body: bytes | None = None) -> tuple[str, Answer]:
        for _ in range(MAX_REDIRECTS):
            headers = {"Cookie": self._cookie_header()} if url.startswith(self.site_url) else {}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = fetch(method, url, body, headers)
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";", 1)[0].partition("=")
                self.cookies[name] = value
            if answer.status not in HTTP_REDIRECTS:
                return url, answer
            url, method, body = urllib.parse.urljoin(url, answer.headers["Location"]), "GET", None
        message = f"Signing in went round in circles at {url}."
        raise DemoFailed(message)

    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def _detail(answer: Answer) -> str:
    try:
        document = answer.json()
    except ValueError:
        return answer.text[:500]
    return f"{document.get('detail', answer.text)} {document.get('errors', '')}".strip()

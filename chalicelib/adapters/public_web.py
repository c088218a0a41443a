"""Fetching addresses that people gave us. Nothing that the other side says or is may lead us elsewhere, hold us up, or fill us.

https on port 443 only; the name is resolved once, every address must be public, and the connection goes to the address that was checked,
with the name kept for TLS and Host. Redirects are few, and each is a new address to be checked. Time and size are bounded as a whole,
not per read. No cookies, no credentials, no compression, nothing of the answer is interpreted. What fails is an answer, not an exception.
"""

import hashlib
import os
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Self

from typing_extensions import override

from chalicelib.core.public_addresses import why_not_public

USER_AGENT = "PrimetimeLinkProbe/1"
TOTAL_TIME = timedelta(seconds=10)
MAX_BODY_BYTES = 1_048_576
MAX_REDIRECTS = 3
MAX_URL_CHARACTERS = 2_000
READ_BYTES = 65_536
HTTPS_PORT, HTTP_PORT = 443, 80
IN_PATH = "/%:@!$&'()*+,;=~-._"
IN_QUERY = IN_PATH + "?"
REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


class Refused(Exception):
    """The address is none that may be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One request: to which URL, at which network address, with which status (None where none came)."""

    url: str
    address: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of fetching a URL. `status` is that of the last hop; `sha256` is of the `bytes_read` of its body.

    `cut_short`: the body went on beyond `MAX_BODY_BYTES` and was not read further. `refused`: we would not go there.
    """

    url: str
    hops: tuple[Hop, ...]
    status: int | None = None
    bytes_read: int = 0
    sha256: str | None = None
    cut_short: bool = False
    refused: bool = False
    error: str | None = None


Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> Sequence[str]:
    """Every network address of a name, as the system's resolver gives them. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Where a fetch may go and how long it may take; the default is the only one that is deployed."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] | None = frozenset({HTTPS_PORT})
    """None means any: only for servers of a test."""
    why_not: Callable[[str], str | None] = why_not_public
    total_time: timedelta = TOTAL_TIME
    body_bytes: int = MAX_BODY_BYTES
    redirects: int = MAX_REDIRECTS
    trusted: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)


class PublicWeb:
    """Fetches."""

    def __init__(self, policy: Policy | None = None, resolver: Resolve = resolve) -> None:
        """`policy` is the deployed one unless a test brings another."""
        self._policy = policy or Policy()
        self._resolve = resolver

    def fetch(self, url: str) -> Fetched:
        """GET a URL and say what came. Never raises for what the other side is or does."""
        hops: list[Hop] = []
        with _Deadline(self._policy.total_time) as deadline:
            try:
                return self._follow(url, hops, deadline)
            except Refused as refused:
                return Fetched(url=url, hops=tuple(hops), refused=True, error=str(refused))
            except (OSError, HTTPException) as failure:
                return Fetched(url=url, hops=tuple(hops), error=deadline.reason() or _words(failure))
            except ValueError:
                return Fetched(url=url, hops=tuple(hops), refused=True, error="an address that cannot be read is not fetched")

    def _follow(self, url: str, hops: list[Hop], deadline: "_Deadline") -> Fetched:
        wanted = url
        for _ in range(self._policy.redirects + 1):
            answer, following = self._hop(wanted, hops, deadline)
            if following is None:
                return replace(answer, url=url, hops=tuple(hops))
            wanted = following
        raise Refused(f"more than {self._policy.redirects} redirects are not followed")

    def _hop(self, url: str, hops: list[Hop], deadline: "_Deadline") -> tuple[Fetched, str | None]:
        """One request: what came, and where it sends us on, if it does."""
        hops.append(Hop(url=url[:MAX_URL_CHARACTERS]))
        target = _target(url, self._policy)
        address = self._address(target)
        hops[-1] = replace(hops[-1], address=address)
        connection = _Pinned(target, address, self._policy, deadline)
        try:
            connection.request("GET", target.path, headers=_headers(target))
            response = connection.getresponse()
            hops[-1] = replace(hops[-1], status=response.status)
            location = response.getheader("Location")
            if response.status in REDIRECTS and location:
                return Fetched(url=url, hops=(), status=response.status), urllib.parse.urljoin(url, location)
            return self._read(url, response, deadline), None
        finally:
            connection.close()

    def _read(self, url: str, response: HTTPResponse, deadline: "_Deadline") -> Fetched:
        digest, read, most = hashlib.sha256(), 0, self._policy.body_bytes
        while read < most and (part := response.read1(min(READ_BYTES, most - read))):
            digest.update(part)
            read += len(part)
        more = read == most and bool(response.read1(1))
        deadline.check()
        return Fetched(url=url, hops=(), status=response.status, bytes_read=read, sha256=digest.hexdigest(), cut_short=more)

    def _address(self, target: "_Target") -> str:
        """The address to connect to: the first of the name's, and none of them may be one that we do not reach."""
        found = self._resolve(target.host, target.port)
        if not found:
            message = f"{target.host} has no address"
            raise OSError(message)
        for address in found:
            refusal = self._policy.why_not(address)
            if refusal is not None:
                raise Refused(f"{target.host} is not fetched: {refusal}")
        return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A URL taken apart; `host` in ASCII, `path` with its query."""

    host: str
    port: int
    path: str
    is_tls: bool


def _target(url: str, policy: Policy) -> _Target:
    """A URL that may be asked for. Raises `Refused`."""
    if len(url) > MAX_URL_CHARACTERS:
        raise Refused(f"an address of more than {MAX_URL_CHARACTERS:,} characters is not fetched")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in policy.schemes:
        raise Refused(f"only {' and '.join(sorted(policy.schemes))} is fetched, not {parts.scheme or 'an address without a scheme'}")
    if parts.username is not None or parts.password is not None:
        raise Refused("an address with a user name or password is not fetched")
    if not parts.hostname:
        raise Refused("an address without a host is not fetched")
    is_tls = parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if is_tls else HTTP_PORT)
    if policy.ports is not None and port not in policy.ports:
        raise Refused(f"port {port} is not fetched")
    host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    query = f"?{urllib.parse.quote(parts.query, safe=IN_QUERY)}" if parts.query else ""
    return _Target(host=host, port=port, path=urllib.parse.quote(parts.path or "/", safe=IN_PATH) + query, is_tls=is_tls)


def _headers(target: _Target) -> Mapping[str, str]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = HTTPS_PORT if target.is_tls else HTTP_PORT
    return {
        "Host": host if target.port == usual else f"{host}:{target.port}",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _words(failure: Exception) -> str:
    """A failure in words that tell nothing of us."""
    match failure:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {failure.verify_message}"
        case ssl.SSLError():
            return "no encrypted connection came about"
        case socket.gaierror():
            return "its name leads to no address"
        case ConnectionRefusedError():
            return "it takes no connections"
        case _:
            return f"no answer that can be read ({type(failure).__name__})"


class _Deadline:
    """A time for everything together. When it is over the connection is cut, whatever it waits for."""

    def __init__(self, total: timedelta) -> None:
        self.seconds = total.total_seconds()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer = threading.Timer(self.seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._forget()

    def reason(self) -> str | None:
        """What to say once the time is over, None before."""
        return f"no whole answer within {self.seconds:g} seconds" if self._over.is_set() else None

    def check(self) -> None:
        """Raise `TimeoutError` once the time is over."""
        if self._over.is_set():
            raise TimeoutError

    def watch(self, connected: socket.socket) -> None:
        """Take a handle of our own on a connection: TLS takes the first one over and must not be touched from another thread."""
        self._forget()
        with self._lock:
            self._watched = socket.socket(fileno=os.dup(connected.fileno()))
        self.check()

    def _end(self) -> None:
        self._over.set()
        with self._lock:
            if self._watched is not None:
                with suppress(OSError):
                    self._watched.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        with self._lock:
            if self._watched is not None:
                self._watched.close()
                self._watched = None


class _Pinned(HTTPConnection):
    """A connection to the address that was checked, in the name of the host that was asked for."""

    def __init__(self, target: _Target, address: str, policy: Policy, deadline: _Deadline) -> None:
        super().__init__(target.host, target.port, timeout=deadline.seconds)
        self._target = target
        self._address = address
        self._policy = policy
        self._deadline = deadline

    @override
    def connect(self) -> None:
        """Connect, and speak TLS with the host's name and a certificate for it."""
        self._deadline.check()
        plain = socket.create_connection((self._address, self._target.port), timeout=self._deadline.seconds)
        self.sock = plain
        self._deadline.watch(plain)
        if self._target.is_tls:
            self.sock = self._policy.trusted().wrap_socket(plain, server_hostname=self._target.host)

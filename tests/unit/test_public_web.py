"""Fetching what people name: real servers on loopback behind a policy of the test, and the deployed policy, which reaches none of them."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from chalicelib.adapters.public_web import MAX_REDIRECTS, USER_AGENT, Policy, PublicWeb
from chalicelib.core.public_addresses import why_not_public

HOST = "shop.example"
PUBLIC = "93.184.216.34"
pytestmark = pytest.mark.enable_socket


@dataclass
class Shop:
    """A real https server on loopback: what it was asked, and what it answers by path."""

    port: int
    trusted: ssl.SSLContext
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        return f"https://{HOST}:{self.port}{path}"

    def web(self, *, why_not: Callable[[str], str | None] = lambda _: None, seconds: float = 5, body_bytes: int = 1_000) -> PublicWeb:
        """The same fetcher with a policy that lets it reach this server; the name leads here."""
        policy = Policy(
            ports=None, why_not=why_not, trusted=lambda: self.trusted, total_time=timedelta(seconds=seconds), body_bytes=body_bytes
        )
        return PublicWeb(policy, lambda host, _: ["127.0.0.1"] if host == HOST else [host])


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    return answer


def certificate(folder: Path, host: str) -> Path:
    """A certificate for a host, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{host}.pem"
    path.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    pem = certificate(tmp_path, HOST)

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, dict(self.headers)))
            found.answers.get(self.path, says(404))(self)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    class Server(ThreadingHTTPServer):
        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """A connection that was cut is what some of these tests want."""

    server = Server(("127.0.0.1", 0), Counter)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    server.socket = serving.wrap_socket(server.socket, server_side=True)
    found = Shop(port=server.server_address[1], trusted=ssl.create_default_context(cafile=str(pem)))
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_is_fetched_from_the_address_that_was_checked_in_the_name_of_its_host(shop: Shop) -> None:
    shop.answers["/a%20mug?x=1"] = says(200, b"a mug")
    got = shop.web().fetch(shop.url("/a mug?x=1"))
    assert (got.status, got.error, got.bytes_read, got.cut_short, got.refused) == (200, None, 5, False, False)
    assert got.sha256 == hashlib.sha256(b"a mug").hexdigest()
    assert [(hop.address, hop.status) for hop in got.hops] == [("127.0.0.1", 200)]
    ((_, headers),) = shop.asked
    assert (headers["Host"], headers["User-Agent"], headers["Accept-Encoding"]) == (f"{HOST}:{shop.port}", USER_AGENT, "identity")
    assert not {name.lower() for name in headers} & {"cookie", "authorization", "referer"}


def test_a_name_is_resolved_once_so_that_a_second_answer_cannot_lead_elsewhere(shop: Shop) -> None:
    shop.answers["/"] = says(200)
    resolved: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        del port
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["169.254.169.254"]

    policy = Policy(ports=None, why_not=lambda _: None, trusted=lambda: shop.trusted)
    assert PublicWeb(policy, resolver).fetch(shop.url()).status == 200
    assert resolved == [HOST]


def test_a_certificate_for_another_host_is_no_answer(shop: Shop) -> None:
    policy = Policy(ports=None, why_not=lambda _: None, trusted=lambda: shop.trusted)
    got = PublicWeb(policy, lambda _, __: ["127.0.0.1"]).fetch(f"https://other.example:{shop.port}/")
    assert got.status is None
    assert "certificate is not valid" in str(got.error)
    assert shop.asked == []


def test_a_certificate_that_nobody_vouches_for_is_no_answer(shop: Shop) -> None:
    policy = Policy(ports=None, why_not=lambda _: None)
    got = PublicWeb(policy, lambda _, __: ["127.0.0.1"]).fetch(shop.url())
    assert "certificate is not valid" in str(got.error)


def test_redirects_are_followed_and_each_is_kept(shop: Shop) -> None:
    shop.answers |= {"/old": says(301, Location="/new"), "/new": says(302, Location=shop.url("/mug")), "/mug": says(200, b"mug")}
    got = shop.web().fetch(shop.url("/old"))
    assert [(hop.url, hop.status) for hop in got.hops] == [(shop.url("/old"), 301), (shop.url("/new"), 302), (shop.url("/mug"), 200)]
    assert (got.url, got.status) == (shop.url("/old"), 200)


def test_a_circle_of_redirects_ends(shop: Shop) -> None:
    shop.answers["/round"] = says(302, Location="/round")
    got = shop.web().fetch(shop.url("/round"))
    assert (got.refused, got.status, got.error) == (True, None, f"more than {MAX_REDIRECTS} redirects are not followed")
    assert len(shop.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "to", ["http://shop.example/", "https://10.0.0.7/", "https://169.254.169.254/latest/meta-data/", "file:///etc/passwd"]
)
def test_a_redirect_to_where_we_do_not_go_is_not_followed(shop: Shop, to: str) -> None:
    shop.answers["/"] = says(302, Location=to)
    got = shop.web(why_not=lambda address: None if address == "127.0.0.1" else why_not_public(address)).fetch(shop.url())
    assert (got.refused, got.status) == (True, None)
    assert [hop.status for hop in got.hops] == [302, None]
    assert len(shop.asked) == 1


def test_of_a_huge_body_no_more_is_read_than_the_limit(shop: Shop) -> None:
    def pours(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        while True:
            to.wfile.write(b"x" * 65_536)

    shop.answers["/"] = pours
    got = shop.web(body_bytes=100_000).fetch(shop.url())
    assert (got.status, got.bytes_read, got.cut_short) == (200, 100_000, True)
    assert got.sha256 == hashlib.sha256(b"x" * 100_000).hexdigest()


def test_a_body_of_just_the_limit_is_whole(shop: Shop) -> None:
    shop.answers["/"] = says(200, b"x" * 1_000)
    got = shop.web(body_bytes=1_000).fetch(shop.url())
    assert (got.bytes_read, got.cut_short) == (1_000, False)


@pytest.mark.parametrize("part", ["status", "headers", "body"])
def test_a_server_that_drips_is_cut_off_however_lively_it_is(shop: Shop, part: str) -> None:
    stopped = threading.Event()

    def drips(to: BaseHTTPRequestHandler) -> None:
        if part != "status":
            to.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if part == "body":
            to.wfile.write(b"\r\n")
        try:
            for _ in range(200):
                to.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            stopped.set()

    shop.answers["/"] = drips
    got = shop.web(seconds=0.3, body_bytes=10_000_000).fetch(shop.url())
    assert got.error == "no whole answer within 0.3 seconds"
    assert got.sha256 is None
    assert stopped.wait(5)


def test_a_server_that_takes_the_connection_and_says_nothing_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        policy = Policy(ports=None, why_not=lambda _: None, total_time=timedelta(seconds=0.2))
        got = PublicWeb(policy, lambda _, __: ["127.0.0.1"]).fetch(f"https://{HOST}:{silent.getsockname()[1]}/")
    assert got.error == "no whole answer within 0.2 seconds"


def test_nobody_there_is_an_answer_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    policy = Policy(ports=None, why_not=lambda _: None)
    assert PublicWeb(policy, lambda _, __: ["127.0.0.1"]).fetch(f"https://{HOST}:{port}/").error == "it takes no connections"
    assert PublicWeb(policy, lambda _, __: []).fetch(f"https://{HOST}:{port}/").status is None

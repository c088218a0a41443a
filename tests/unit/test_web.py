"""Every route answers the same way: parsed, authorised, acted upon, shown; failures are sentences, never traces."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway

from chalicelib.core.access import Action
from chalicelib.core.errors import Conflict, Unauthenticated
from chalicelib.web import openapi
from chalicelib.web.assets import asset
from chalicelib.web.endpoint import Endpoint, asked_path, local_path
from chalicelib.web.idempotency import Idempotency
from chalicelib.web.render import Renderer
from chalicelib.web.routes import Call, NoBody, Redirect, Routes, TextFile, answer_with
from chalicelib.web.sessions import SESSION_COOKIE, Session, SessionStore
from chalicelib.web.views.common import chrome
from tests.conftest import StandingClock

SITE = "http://127.0.0.1:8000"
UPLOADS = "https://imports.example.test"
RENDERER = Renderer({"asset": asset, "site_url": SITE, "stage": "test", "chrome": chrome})
pytestmark = pytest.mark.usefixtures("tables")


class NewThing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a thing is made of."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing of a tenant."""

    tenant: str
    size: int


class Taken(Conflict):
    """Somebody has it."""


routes = Routes(__name__)
made: list[int] = []


@routes.api("POST", "/api/v1/things", action=Action.POST_BRIEF, body=NewThing, status=201)
def make_thing(call: Call[NewThing]) -> Thing:
    """Make a thing."""
    if call.body.size == 13:
        raise Taken("Thirteen is taken. Choose another size.", fields={"size": "is taken"})
    if call.body.size == 14:
        message = "a secret detail"
        raise RuntimeError(message)
    made.append(call.body.size)
    return Thing(tenant=call.principal.tenant_id, size=call.body.size)


@routes.api("GET", "/api/v1/things/{thing_id}", action=Action.SEE_MATCHES)
def read_thing(call: Call[None], thing_id: str) -> dict[str, str]:
    """Read a thing."""
    return {"id": thing_id, "address": call.address}


@routes.api("POST", "/api/v1/things/{thing_id}/end", action=Action.POST_BRIEF, body=NoBody)
def end_thing(call: Call[NoBody], thing_id: str) -> None:
    """End a thing."""


@routes.page("GET", "/things", action=Action.SEE_MATCHES)
def page_of_things(call: Call[None]) -> TextFile:  # noqa: ARG001
    """A page."""
    return TextFile(content_type="text/html", body="<p>things</p>", filename="things.html")


@routes.form("POST", "/things/go", action=Action.POST_BRIEF, body=NewThing)
def go(call: Call[NewThing]) -> Redirect:
    """A form."""
    if call.body.size == 13:
        raise Taken("Thirteen is taken. Choose another size.")
    if call.body.size == 14:
        message = "a secret detail"
        raise RuntimeError(message)
    return Redirect(path="//evil.example/")


@routes.public("GET", "/open")
def opened(call: Call[None]) -> Redirect:  # noqa: ARG001
    """Open to anybody."""
    raise Unauthenticated("It took too long. Please sign in again.")


app = Chalice(app_name="test")
app.register_blueprint(routes)


class Members:
    """A directory of two people."""

    def memberships(self, user_email: str) -> tuple[tuple[str, str], ...]:
        """Fixed memberships."""
        return {"booker@example.test": (("brd_a", "brand_booker"), ("brd_b", "brand_viewer"))}.get(user_email, ())


@pytest.fixture
def sessions(clock: StandingClock) -> SessionStore:
    """Sessions by the standing clock."""
    return SessionStore(clock)


@pytest.fixture
def gateway(clock: StandingClock, sessions: SessionStore) -> LocalGateway:
    """The routes above behind Chalice's local gateway."""
    made.clear()
    endpoint = Endpoint(
        sessions=sessions,
        memberships=Members(),
        idempotency=Idempotency(clock),
        renderer=RENDERER,
        site_url=SITE,
        upload_origin=UPLOADS,
    )
    answer_with(endpoint)
    return LocalGateway(app, Config())


def _cookie(sessions: SessionStore, clock: StandingClock, email: str = "booker@example.test") -> str:
    return f"{SESSION_COOKIE}={sessions.open(Session(user_id='usr_1', email=email, name='B', started_at=clock.now()))}"


def _ask(gateway: LocalGateway, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Mapping[str, Any], Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if method != "GET":
        sent.setdefault("content-type", "application/json")
        sent.setdefault("sec-fetch-site", "same-origin")
    raw = body if isinstance(body, str) else json.dumps(body)
    answer = gateway.handle_request(method=method, path=path, headers=sent, body=raw.encode() if body is not None else b"")
    text = answer["body"].decode() if isinstance(answer["body"], bytes) else answer["body"]
    kind = answer["headers"].get("Content-Type", "")
    return answer["statusCode"], answer["headers"], json.loads(text) if "json" in kind else text


def test_a_member_makes_a_thing_for_the_own_tenant(gateway: LocalGateway, sessions: SessionStore, clock: StandingClock) -> None:
    status, headers, body = _ask(gateway, "POST", "/api/v1/things", {"size": 3}, cookie=_cookie(sessions, clock))
    assert (status, body) == (201, {"tenant": "brd_a", "size": 3})
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert f"connect-src 'self' {UPLOADS};" in headers["Content-Security-Policy"]


def test_nobody_is_told_to_sign_in(gateway: LocalGateway) -> None:
    assert _ask(gateway, "POST", "/api/v1/things", {"size": 3})[0] == 401
    status, headers, _ = _ask(gateway, "GET", "/things")
    assert (status, headers["Location"]) == (303, f"{SITE}/sign-in?next=/things")


def test_a_stranger_belongs_nowhere_and_a_viewer_does_not_write(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock
) -> None:
    stranger = _cookie(sessions, clock, "stranger@example.test")
    assert _ask(gateway, "POST", "/api/v1/things", {"size": 3}, cookie=stranger)[0] == 403
    as_viewer = _ask(gateway, "POST", "/api/v1/things", {"size": 3}, cookie=_cookie(sessions, clock), primetime_tenant="brd_b")
    assert as_viewer[0] == 403
    assert "brand viewer" in as_viewer[2]["detail"]
    assert _ask(gateway, "POST", "/api/v1/things", {"size": 3}, cookie=_cookie(sessions, clock), primetime_tenant="brd_other")[0] == 403
    assert made == []


@pytest.mark.parametrize("headers", [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "none"}])
def test_a_write_from_another_site_is_refused(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock, headers: dict[str, str]
) -> None:
    status, _, body = _ask(gateway, "POST", "/api/v1/things", {"size": 3}, cookie=_cookie(sessions, clock), **headers)
    assert (status, body["type"], made) == (403, "/problems/cross_site", [])


@pytest.mark.parametrize("body", ["", "{", '{"size": "3"}', '{"size": 3, "role": "operator"}', "[]"])
def test_a_body_that_does_not_fit_is_refused_with_a_sentence(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock, body: str
) -> None:
    status, headers, problem = _ask(gateway, "POST", "/api/v1/things", body, cookie=_cookie(sessions, clock))
    assert (status, headers["Content-Type"]) == (422, "application/problem+json")
    assert problem["detail"].startswith("The request cannot be read")


def test_a_business_failure_is_a_problem_and_a_failure_of_ours_says_nothing_of_itself(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock
) -> None:
    mine = _cookie(sessions, clock)
    status, _, problem = _ask(gateway, "POST", "/api/v1/things", {"size": 13}, cookie=mine)
    assert (status, problem["type"], problem["errors"]) == (409, "/problems/taken", {"size": "is taken"})
    status, headers, problem = _ask(gateway, "POST", "/api/v1/things", {"size": 14}, cookie=mine)
    assert status == 500
    assert "secret" not in json.dumps(problem)
    assert problem["request_id"] == headers["X-Request-Id"]


def test_a_write_sent_twice_under_one_key_happens_once(gateway: LocalGateway, sessions: SessionStore, clock: StandingClock) -> None:
    mine = _cookie(sessions, clock)
    first, again = (_ask(gateway, "POST", "/api/v1/things", {"size": 4}, cookie=mine, idempotency_key="k1") for _ in range(2))
    assert first[0] == again[0] == 201
    assert first[2] == again[2]
    assert again[1]["Idempotent-Replay"] == "true"
    assert made == [4]
    other = _ask(gateway, "POST", "/api/v1/things", {"size": 5}, cookie=mine, idempotency_key="k1")
    assert (other[0], other[2]["type"]) == (422, "/problems/key_used_for_something_else")


def test_a_key_stays_the_callers_own_when_their_first_tenant_comes_into_being(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = _cookie(sessions, clock)
    first = _ask(gateway, "POST", "/api/v1/things", {"size": 6}, cookie=mine, idempotency_key="k3")
    monkeypatch.setattr(Members, "memberships", lambda _self, _email: (("brd_new", "brand_owner"),))
    again = _ask(gateway, "POST", "/api/v1/things", {"size": 6}, cookie=mine, idempotency_key="k3")
    assert again[2] == first[2]
    assert made == [6]


def test_a_refused_write_leaves_its_key_free(gateway: LocalGateway, sessions: SessionStore, clock: StandingClock) -> None:
    mine = _cookie(sessions, clock)
    assert [_ask(gateway, "POST", "/api/v1/things", {"size": 13}, cookie=mine, idempotency_key="k2")[0] for _ in range(2)] == [409, 409]


def test_a_write_without_content_answers_204_and_path_parameters_are_decoded_once(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock
) -> None:
    mine = _cookie(sessions, clock)
    assert _ask(gateway, "POST", "/api/v1/things/x/end", cookie=mine)[0] == 204
    status, _, body = _ask(gateway, "GET", "/api/v1/things/a%20b", cookie=mine, cloudfront_viewer_address="198.51.100.7:4711")
    assert (status, body) == (200, {"id": "a b", "address": "198.51.100.7"})


def test_a_file_is_a_download_and_a_redirect_stays_on_the_site(gateway: LocalGateway, sessions: SessionStore, clock: StandingClock) -> None:
    mine = _cookie(sessions, clock)
    assert _ask(gateway, "GET", "/things", cookie=mine)[1]["Content-Disposition"] == 'attachment; filename="things.html"'
    form = "application/x-www-form-urlencoded"
    status, headers, _ = _ask(gateway, "POST", "/things/go", "size=3", cookie=mine, content_type=form)
    assert (status, headers["Location"]) == (303, f"{SITE}/")


def test_a_failed_form_is_a_page_with_the_way_back(gateway: LocalGateway, sessions: SessionStore, clock: StandingClock) -> None:
    mine, form = _cookie(sessions, clock), "application/x-www-form-urlencoded"
    came_from = f"{SITE}/things?of=mine"
    status, headers, page = _ask(gateway, "POST", "/things/go", "size=13", cookie=mine, content_type=form, referer=came_from)
    assert (status, headers["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert "Thirteen is taken." in page
    assert 'href="/things?of=mine"' in page
    elsewhere = _ask(gateway, "POST", "/things/go", "size=13", cookie=mine, content_type=form, referer=f"{SITE}.evil.example/things")
    assert "evil.example" not in elsewhere[2]


def test_an_unexpected_failure_of_a_form_is_a_page_that_says_nothing_of_itself(
    gateway: LocalGateway, sessions: SessionStore, clock: StandingClock
) -> None:
    form = "application/x-www-form-urlencoded"
    sent = {"cookie": _cookie(sessions, clock), "content_type": form, "referer": f"{SITE}/things"}
    status, headers, page = _ask(gateway, "POST", "/things/go", "size=14", **sent)
    assert (status, headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "secret" not in page
    assert headers["X-Request-Id"] in page
    assert 'href="/things"' in page


def test_an_address_that_a_browser_opens_fails_with_a_page_and_a_program_gets_a_problem(gateway: LocalGateway) -> None:
    status, headers, page = _ask(gateway, "GET", "/open", accept="text/html,*/*;q=0.8")
    assert (status, headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "It took too long." in page
    status, headers, _ = _ask(gateway, "GET", "/open", accept="application/json")
    assert (status, headers["Content-Type"]) == (401, "application/problem+json")


def test_the_way_back_after_sign_in_is_what_the_browser_asked_for() -> None:
    assert asked_path({"path": "/api/brand", "stage": "api"}, {}) == "/brand"
    assert (
        asked_path({"path": "/api/finance/imports/imp_1", "stage": "api"}, {"brand_id": "brd a"}) == "/finance/imports/imp_1?brand_id=brd+a"
    )
    assert asked_path({"path": "/brand"}, {}) == "/brand"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "relative"])
def test_only_local_paths_are_gone_to(path: str) -> None:
    assert local_path(path) == "/"
    assert local_path("/brand?x=1") == "/brand?x=1"


def test_the_openapi_document_is_made_from_the_declarations() -> None:
    document = openapi.document(routes.declared, SITE)
    operation = document["paths"]["/api/v1/things"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewThing"}
    assert operation["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert "/things" not in document["paths"]
    assert document["components"]["schemas"]["NewThing"]["additionalProperties"] is False

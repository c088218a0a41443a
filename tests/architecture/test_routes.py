"""Every route against the access table: who gets through, and who does not.

A stub stands in each view's place, so that every route can be asked as every role and nothing happens.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from chalice.app import Request, Response

import app
from chalicelib.core.access import ALLOWED, PLATFORM_TENANT, Action, Principal, Role
from chalicelib.web.routes import Call, Declared, answer_with
from chalicelib.web.sessions import SESSION_COOKIE
from chalicelib.wiring import services
from tests.architecture.routes import DECLARED, GUARDED, PLATFORM, Caller, Name, name_of
from tests.fakes.console import Console, console, market

__all__ = ["console", "market"]

PUBLIC = {
    ("GET", "/"),
    ("GET", "/favicon.ico"),
    ("GET", "/health"),
    ("GET", "/sign-in"),
    ("GET", "/sign-out"),
    ("GET", "/auth/callback"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/seal-keys"),  # public keys, for whoever holds a signed contract
    ("GET", "/verify-contract.py"),  # the program that checks one
    ("GET", "/calendars/{address}"),  # whoever knows the secret in it may read one host's gigs
    ("POST", "/webhooks/stripe"),  # it believes a signature of Stripe's and nothing else
}
NEEDS_NO_TENANT = {Action.CREATE_TENANT, Action.SEE_OWN_ACCOUNT}
TENANTS = {role: role.value.partition("_")[0] for role in Role}


@pytest.fixture
def caller(console: Console) -> Caller:
    """Asks the app with its real views."""
    return Caller(console)


@pytest.fixture
def reached(console: Console) -> Iterator[list[Principal]]:
    """Puts a stub in every view's place, and tells as whom it was reached."""
    principals: list[Principal] = []

    def stub(call: Call[Any], **_: str) -> None:
        principals.append(call.principal)

    def answer(declared: Declared, request: Request, parameters: Mapping[str, str]) -> Response:
        return console.services.web.endpoint(replace(declared, view=stub, body=None), request, parameters)

    answer_with(answer)
    yield principals
    answer_with(app.answer)


def _member(console: Console, role: Role) -> Principal:
    """Somebody with a role; the marketplace's own people belong to it."""
    return console.member(PLATFORM_TENANT if role in PLATFORM else f"{TENANTS[role]}_1", role, f"some_{role.value}")


def test_every_route_declares_an_action_or_is_on_the_short_list() -> None:
    assert {name_of(declared) for declared in DECLARED if declared.action is None} == PUBLIC
    assert {name_of(declared) for declared in DECLARED if declared.kind == "public"} == PUBLIC


def test_every_action_has_roles_and_every_route_of_the_app_is_declared() -> None:
    assert set(ALLOWED) == set(Action)
    assert [action for action, roles in ALLOWED.items() if not roles] == []
    served = {(method, path) for path, methods in app.app.routes.items() for method in methods}
    assert served == {name_of(declared) for declared in DECLARED}


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_through_where_the_table_says_so_and_nowhere_else(
    console: Console, caller: Caller, reached: list[Principal], role: Role
) -> None:
    who = _member(console, role)
    expected: dict[Name, int] = {}
    found: dict[Name, int] = {}
    for declared in GUARDED:
        assert declared.action is not None
        expected[name_of(declared)] = 204 if role in ALLOWED[declared.action] else 403
        found[name_of(declared)] = caller.ask(declared, who, {}).status_code
    assert found == expected
    assert {(principal.tenant_id, principal.role) for principal in reached} == {(who.tenant_id, role)}
    assert len(reached) == sum(status == 204 for status in expected.values())


def test_nobody_is_asked_to_sign_in_by_pages_and_refused_by_the_api(caller: Caller, reached: list[Principal]) -> None:
    for declared in GUARDED:
        answer = caller.ask(declared, None, {})
        if declared.kind == "api":
            assert answer.status_code == 401, name_of(declared)
        else:
            assert answer.status_code == 303, name_of(declared)
            assert "/sign-in?next=" in str(answer.headers["Location"]), name_of(declared)
    assert reached == []


def test_somebody_who_belongs_nowhere_can_only_look_at_themselves_and_begin(caller: Caller, reached: list[Principal]) -> None:
    stranger = Principal(user_id="usr_stranger", email="stranger@example.com", tenant_id="", role=Role.BRAND_VIEWER)
    found = {name_of(declared): caller.ask(declared, stranger, {}).status_code for declared in GUARDED}
    assert found == {name_of(declared): 204 if declared.action in NEEDS_NO_TENANT else 403 for declared in GUARDED}
    assert {principal.tenant_id for principal in reached} == {""}


def test_a_write_from_another_sites_page_reaches_nothing(console: Console, caller: Caller, reached: list[Principal]) -> None:
    writes = [declared for declared in GUARDED if declared.method != "GET"]
    cookies = {role: f"{SESSION_COOKIE}={caller.cookie(_member(console, role))}" for role in Role}
    for declared in writes:
        assert declared.action is not None
        kind = "application/x-www-form-urlencoded" if declared.kind == "form" else "application/json"
        headers = {"sec-fetch-site": "cross-site", "cookie": cookies[min(ALLOWED[declared.action])], "content-type": kind}
        path = re.sub(r"{\w+}", "x1", declared.path)
        answer = console.gateway.handle_request(method=declared.method, path=path, headers=headers, body=b"")
        assert answer["statusCode"] == 403, name_of(declared)
    assert reached == []


def test_the_services_of_the_walk_are_those_of_the_app(console: Console) -> None:
    assert console.services is services()

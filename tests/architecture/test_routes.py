"""Every route against the access table: who gets through, who does not, and that no id opens another tenant's door.

The first tests put a stub in each view's place, so that every route can be asked as every role and nothing happens;
the last ones ask the real views for things of others.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import boto3
import msgspec
import pytest
from chalice.app import Request, Response

import app
from chalicelib.core.access import ALLOWED, PLATFORM_TENANT, Action, Principal, Role
from chalicelib.directory.rules import TenantKind
from chalicelib.web.routes import Call, Declared, answer_with
from chalicelib.web.sessions import SESSION_COOKIE, Session
from chalicelib.wiring import services
from tests.fakes.console import Console, Market, console, market, tenant

__all__ = ["console", "market"]

DECLARED = [declared for routes in app.ROUTES for declared in routes.declared]
GUARDED = [declared for declared in DECLARED if declared.kind != "public"]
PUBLIC = {
    ("GET", "/"),
    ("GET", "/favicon.ico"),
    ("GET", "/health"),
    ("GET", "/sign-in"),
    ("GET", "/sign-out"),
    ("GET", "/auth/callback"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/webhooks/stripe"),  # it believes a signature of Stripe's and nothing else
}
NEEDS_NO_TENANT = {Action.CREATE_TENANT, Action.SEE_OWN_ACCOUNT}
TENANTS = {role: role.value.partition("_")[0] for role in Role}
PLATFORM = frozenset({Role.FINANCE_ANALYST, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.OPERATOR})
OF_EVERYBODY = {
    "/api/v1/creators/{creator_id}",  # a host's profile is there to be found by brands
    "/api/v1/creators/{creator_id}/slots",  # so are the times when they are free
}
Name = tuple[str, str]


def name_of(declared: Declared) -> Name:
    """Method and path: how a route is called in this module's answers."""
    return declared.method, declared.path


@dataclass
class Caller:
    """Asks the app as anybody, API and forms alike."""

    console: Console

    def ask(self, declared: Declared, who: Principal | None, ids: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Response:
        """The answer to a route with these ids in its path."""
        path = re.sub(r"{(\w+)}", lambda place: ids.get(place[1], "x1"), declared.path)
        headers = {} if who is None else {"cookie": f"{SESSION_COOKIE}={self.cookie(who)}"}
        raw = b""
        if declared.method != "GET":
            headers["sec-fetch-site"] = "same-origin"
            headers["content-type"] = "application/x-www-form-urlencoded" if declared.kind == "form" else "application/json"
            raw = urlencode(body or {}).encode() if declared.kind == "form" else json.dumps(body or {}).encode()
        answer = self.console.gateway.handle_request(method=declared.method, path=path, headers=headers, body=raw)
        return Response(answer["body"], answer["headers"], answer["statusCode"])

    def cookie(self, who: Principal) -> str:
        """Their session, opened once."""
        if who.email not in self.console.cookies:
            session = Session(user_id=who.user_id, email=who.email, name=who.user_id, started_at=self.console.services.clock.real_now())
            self.console.cookies[who.email] = self.console.services.web.sessions.open(session)
        return self.console.cookies[who.email]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A brand's and a host's things, and people of other tenants in every role that is not the marketplace's."""

    ids: Mapping[str, str]
    others: Mapping[Role, Principal]
    bodies: Mapping[str, Mapping[str, Any]]
    """By path, a body that would be taken from those whose things they are."""


@pytest.fixture
def deal(market: Market) -> Deal:
    """Everything there can be an id of: a brief, an offer, a contract, a show, an import, a payment, settlements."""
    contract = market.funded()
    found = market.console.services
    found.payouts.settlements.prepare(market.preparer, "GBP")
    (settlement, *_) = found.payouts.settlements.listed(market.approver)
    (funding, *_) = found.payouts.fundings.of_contract(market.brand, contract.contract_id)
    (imported, *_) = found.sales.list(market.brand, None)
    found.payouts.tax_invoices.request("2011-01")
    market.console.work()
    number = next(
        each.number for each in found.payouts.tax_invoices.listed(market.host) if each.account.supplier_id == market.host.tenant_id
    )
    ids = {
        "brief_id": market.brief_id,
        "contract_id": contract.contract_id,
        "offer_id": contract.offer_id,
        "show_id": contract.bookings[0].show_id,
        "import_id": imported.import_id,
        "funding_id": funding.funding_id,
        "settlement_id": settlement.settlement_id,
        "creator_id": market.host.tenant_id,
        "number": number,
    }
    host = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, "other_host")
    agency = tenant(market.console, TenantKind.AGENCY, Role.AGENCY_MANAGER, "other_agency")
    others = {
        Role.BRAND_OWNER: market.rival,
        Role.BRAND_BOOKER: market.console.member(market.rival.tenant_id, Role.BRAND_BOOKER, "other_booker"),
        Role.BRAND_VIEWER: market.console.member(market.rival.tenant_id, Role.BRAND_VIEWER, "other_viewer"),
        Role.CREATOR: host,
        Role.AGENCY_MANAGER: agency,
    }
    return Deal(ids=ids, others=others, bodies=_bodies(market, contract.document_sha256))


def _bodies(market: Market, document_sha256: str) -> Mapping[str, Mapping[str, Any]]:
    signature = {"document_sha256": document_sha256, "typed_name": "Somebody Real", "consent": True}
    return {
        "/contracts/{contract_id}/sign": {**signature, "consent": "true", "consent_version": "1"},
        "/api/v1/contracts/{contract_id}/sign": signature,
        "/contracts/{contract_id}/amendments/{version}/sign": {**signature, "consent": "true", "consent_version": "1"},
        "/api/v1/contracts/{contract_id}/amendments/{version}/sign": signature,
        "/api/v1/contracts/{contract_id}/amendments": {
            "terms": msgspec.to_builtins(market.terms(400_00)),
            "in_force_from": "2031-01-01T00:00:00Z",
        },
        "/api/v1/contracts/{contract_id}/fundings": {"kind": "balance"},
        "/api/v1/offers/{offer_id}/accept": {"version": 1},
        "/api/v1/offers/{offer_id}/counter": {"version": 1, "terms": msgspec.to_builtins(market.terms(400_00))},
        "/api/v1/offers/{offer_id}/decline": {"version": 1},
        "/api/v1/offers/{offer_id}/withdraw": {"version": 1},
        "/offers/{offer_id}/accept": {"version": 1},
        "/offers/{offer_id}/decline": {"version": 1},
        "/offers/{offer_id}/withdraw": {"version": 1},
        "/api/v1/shows/{show_id}": {"title": "Taken over"},
        "/api/v1/shows/{show_id}/pins": {"sku": "22423"},
        "/api/v1/shows/{show_id}/delivery": {"kind": "host_appears", "result": "met", "statement": "The host appeared."},
        "/console/shows/{show_id}": {"version": 1, "title": "Taken over"},
        "/console/shows/{show_id}/pins": {"sku": "22423"},
    }


def _stored() -> dict[str, list[Any]]:
    """Every item of every table but the sessions, which asking itself touches."""
    client = boto3.client("dynamodb")
    names = client.list_tables()["TableNames"]
    pages = {name: client.get_paginator("scan").paginate(TableName=name) for name in names if not name.endswith("-sessions")}
    return {name: sorted((item for page in found for item in page["Items"]), key=repr) for name, found in pages.items()}


def test_another_tenants_ids_open_nothing_and_change_nothing(market: Market, deal: Deal) -> None:
    caller, before = Caller(market.console), _stored()
    answer_with(app.answer)
    asked = 0
    for declared in GUARDED:
        names = re.findall(r"{(\w+)}", declared.path)
        if not names or declared.path in OF_EVERYBODY:
            continue
        assert declared.action is not None
        for role in sorted(ALLOWED[declared.action] - PLATFORM):
            answer = caller.ask(declared, deal.others[role], deal.ids, deal.bodies.get(declared.path))
            assert answer.status_code == 404, (*name_of(declared), role, answer.body)
            asked += 1
    assert asked > 80
    assert _stored() == before


def test_the_same_ids_are_there_for_those_whose_they_are(market: Market, deal: Deal) -> None:
    caller = Caller(market.console)
    answer_with(app.answer)
    owners = {
        Role.BRAND_OWNER: market.brand,
        Role.BRAND_VIEWER: market.viewer,
        Role.CREATOR: market.host,
        Role.AGENCY_MANAGER: market.agency,
    }
    reads = [declared for declared in GUARDED if declared.method == "GET" and "{" in declared.path and declared.path not in OF_EVERYBODY]
    answers = {
        (*name_of(declared), role): caller.ask(declared, who, deal.ids).status_code
        for declared in reads
        for role, who in owners.items()
        if declared.action is not None and role in ALLOWED[declared.action] and "settlement" not in declared.path
    }
    assert {asked: status for asked, status in answers.items() if status not in {200, 303}} == {}
    assert len(answers) > 30


def test_the_services_of_the_walk_are_those_of_the_app(console: Console) -> None:
    assert console.services is services()

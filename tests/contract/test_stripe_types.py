"""The stand-in against the installed SDK, which is generated from Stripe's specification: parameters, answers, events."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from stripe import _api_version

from tests.stripe_standin import process, sdk_types, world
from tests.stripe_standin.routes import ROUTES, Route

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
ONE_OF_EACH = {route.answers for route in ROUTES}
EVENTS = {
    *("charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn"),
    *("account.updated", "charge.refunded", "charge.succeeded", "checkout.session.completed", "checkout.session.expired"),
    *("customer.created", "payment_intent.succeeded", "payout.created", "payout.paid", "payout.reconciliation_completed"),
    *("refund.created", "refund.failed", "refund.updated", "topup.created", "topup.succeeded"),
    *("transfer.created", "transfer.reversed", "transfer.updated"),
}
"""Every type of event that the stand-in emits."""
EXPANSIONS = {
    "checkout.session": "payment_intent.latest_charge.balance_transaction",
    "transfer": "destination_payment",
    "balance_transaction": "source",
}


class Http:
    """Plain HTTP, so that nothing of the SDK smooths an answer."""

    def __init__(self, standin: process.Standin) -> None:
        """Talks to one stand-in."""
        self.standin = standin

    def call(self, method: str, path: str, *, on_behalf_of: str = "", **params: str) -> dict[str, Any]:
        """One answer, whatever its status."""
        encoded = urllib.parse.urlencode(params)
        address = self.standin.base_url + path + (f"?{encoded}" if method == "GET" and encoded else "")
        headers = {"Authorization": f"Bearer {process.API_KEY}", **({"Stripe-Account": on_behalf_of} if on_behalf_of else {})}
        body = encoded.encode() if method == "POST" else None
        request = urllib.request.Request(address, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """A stand-in on which each kind of object exists at least once."""
    with process.running(tmp_path_factory.mktemp("stripe"), "--settle-seconds", "0") as standin:
        made = Http(standin)
        _one_of_each(made)
        yield made


def _one_of_each(http: Http) -> None:
    account = http.call("POST", "/v1/accounts", type="express", country="GB", **{"capabilities[transfers][requested]": "true"})["id"]
    http.call("POST", "/v1/customers", email="brand@example.com", **{"metadata[a]": "b"})
    http.standin.control("account", id=account, onboarded=True)
    item = {
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "gbp",
        "line_items[0][price_data][unit_amount]": "500000",
        "line_items[0][price_data][product_data][name]": "Deposit",
    }
    session = http.call("POST", "/v1/checkout/sessions", mode="payment", success_url="https://example.com/ok", **item)["id"]
    http.standin.control("pay", session=session)
    intent = http.call("GET", f"/v1/checkout/sessions/{session}")["payment_intent"]
    http.call("POST", "/v1/refunds", payment_intent=intent, amount="100", reason="requested_by_customer")
    refund = http.call("POST", "/v1/refunds", payment_intent=intent, amount="200")["id"]
    http.standin.control("refund-failure", refund=refund)
    charge = http.call("GET", f"/v1/payment_intents/{intent}")["latest_charge"]
    http.call("POST", "/v1/topups", amount="5000", currency="gbp")
    transfer = http.call("POST", "/v1/transfers", amount="4000", currency="gbp", destination=account, transfer_group="g")["id"]
    http.call("POST", f"/v1/transfers/{transfer}/reversals", amount="1500")
    http.call("POST", f"/v1/transfers/{transfer}", **{"metadata[a]": "b"})
    http.call("POST", f"/v1/accounts/{account}", email="other@example.com")
    http.call("POST", "/v1/checkout/sessions", mode="payment", success_url="https://example.com/ok", **item)
    http.call("POST", "/v1/payouts", amount="700", currency="gbp")
    http.call("POST", "/v1/payouts", amount=str(http.call("GET", "/v1/balance")["available"][0]["amount"]), currency="gbp")
    http.call("POST", "/v1/refunds", payment_intent=intent, amount="50")
    http.standin.control("fund", amount=100, currency="GBP")
    http.standin.control("clock", now=http.standin.look("clock")["now"] + 3 * 86_400)
    http.standin.control("payouts", account=account)
    dispute = http.standin.control("dispute", charge=charge)["id"]
    http.standin.control("dispute", dispute=dispute, status="won")


def _answers(http: Http) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every stored object of every kind, as lists and as single objects, on the platform and on connected accounts."""
    events = _listed(http, "/v1/events")
    account = next(event["account"] for event in _listed(http, "/v1/events", account=_account_of(http)) if "account" in event)
    connected = [
        answer
        for route in ROUTES
        if route.connect and route.method == "GET" and "*" not in route.pattern and route.pattern != "/v1/balance"
        for answer in _listed(http, route.pattern, account=account)
    ]
    balances = [http.call("GET", "/v1/balance", on_behalf_of=owner) for owner in ("", account)]
    rows = [*events, *connected, *balances, http.call("GET", f"/v1/accounts/{account}")]
    for route in ROUTES:
        if route.method == "GET" and "*" not in route.pattern and route.pattern != "/v1/balance":
            rows += _listed(http, route.pattern)
    transfer = _listed(http, "/v1/transfers")[0]["id"]
    rows += _listed(http, f"/v1/transfers/{transfer}/reversals")
    rows += [event["data"]["object"] for event in events]
    rows.append(http.call("POST", "/v1/account_links", account=account, type="account_onboarding"))
    rows += [http.call("GET", f"/v1/customers/{row['id']}") for row in list(rows) if row["object"] == "customer"]
    intents = {row["payment_intent"] for row in rows if row["object"] == "charge"} - {None}
    rows += [http.call("GET", f"/v1/payment_intents/{intent}") for intent in sorted(intents)]
    rows += _listed(http, "/v1/events", account=account)
    for row in rows:
        yield row["object"], row


def _listed(http: Http, path: str, account: str = "") -> list[dict[str, Any]]:
    answer = http.call("GET", path, on_behalf_of=account, limit="100")
    assert set(answer) == sdk_types.LIST_MEMBERS
    return list(answer["data"])


def _account_of(http: Http) -> str:
    return str(_listed(http, "/v1/transfers")[0]["destination"])


def test_every_answer_has_all_members_of_the_sdks_type_and_no_unknown_ones(http: Http) -> None:
    answers = list(_answers(http))
    found = {problem for name, answer in answers for problem in sdk_types.problems(answer, sdk_types.shape_of(name))}
    assert found == set()
    assert {name for name, _ in answers} == ONE_OF_EACH
    assert {answer["type"] for name, answer in answers if name == "event"} == EVENTS


@pytest.mark.parametrize(("kind", "expansion"), EXPANSIONS.items())
def test_expanded_answers_fit_the_sdks_types_too(http: Http, kind: str, expansion: str) -> None:
    path = next(route.pattern for route in ROUTES if route.answers == kind and route.method == "GET" and "*" not in route.pattern)
    answer = http.call("GET", path, **{"expand[0]": f"data.{expansion}"})
    assert any(isinstance(row[expansion.split(".", 1)[0]], dict) for row in answer["data"])
    assert [problem for row in answer["data"] for problem in sdk_types.problems(row, sdk_types.shape_of(kind))] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")
def test_every_parameter_of_the_stand_in_is_one_that_stripe_declares(route: Route) -> None:
    assert [reason for declared in route.declared if (reason := sdk_types.undeclared(declared.path, route.params_of))] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")
def test_the_stand_in_demands_every_parameter_that_stripe_demands(route: Route) -> None:
    shape, _ = sdk_types.params_of(route.params_of)
    demanded = {name for name, annotation in shape.members.items() if not sdk_types.is_optional(annotation)}
    assert demanded <= {declared.path[0] for declared in route.declared if declared.required}


def test_the_stand_in_speaks_the_version_of_the_api_that_the_sdk_asks_for() -> None:
    assert world.API_VERSION == _api_version._ApiVersion.CURRENT


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": "12"}, "transfer.amount is '12', declared as int"),
        ({"colour": 1}, "transfer: colour is unknown"),
        ({"livemode": None}, "transfer.livemode is null"),
        ({"object": "transfers"}, "transfer.object is 'transfers', which Stripe does not list"),
    ],
)
def test_the_comparison_with_the_sdk_sees_a_wrong_answer(http: Http, change: dict[str, object], problem: str) -> None:
    answer = {**_listed(http, "/v1/transfers")[0], **change}
    assert list(sdk_types.problems(answer, sdk_types.shape_of("transfer"), "transfer")) == [problem]


def test_the_comparison_with_the_sdk_sees_a_missing_member_and_an_unknown_parameter(http: Http) -> None:
    answer = _listed(http, "/v1/transfers")[0]
    del answer["reversed"]
    assert list(sdk_types.problems(answer, sdk_types.shape_of("transfer"), "transfer")) == ["transfer: reversed is missing"]
    assert sdk_types.undeclared(("sum",), "transfer_create") == "transfer_create: sum (TransferCreateParams has no sum)"

"""The JSON API of templates, examples, invitations and applications, as programs see it."""

import json
from typing import Any

import msgspec

from chalicelib.core.access import Principal
from chalicelib.core.clock import iso
from tests.fakes.console import STARTS, Market, console, market

__all__ = ["console", "market"]


def ask(market: Market, who: Principal, method: str, path: str, body: object = None) -> tuple[int, Any]:
    headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
    raw = b"" if body is None else json.dumps(body).encode()
    answer = market.console._ask(method, f"/api/v1{path}", who, raw, headers)
    return answer.status, json.loads(answer.text) if answer.text else None


def test_the_library_is_there_for_both_sides_in_the_currency_that_is_asked_for(market: Market) -> None:
    status, found = ask(market, market.host, "GET", "/terms-templates?currency=JPY&timezone=Asia/Tokyo&first_day=2031-01-31&category=tea")
    assert status == 200
    by_id = {each["template_id"]: each for each in found}
    assert by_id["flat-only"]["terms"]["flat_fee"]["amount_minor"] == 500
    exclusivity = by_id["full-exclusivity"]["terms"]["exclusivity"]
    assert (exclusivity["categories"], exclusivity["from_day"], exclusivity["until_day"]) == (["tea"], "2031-01-17", "2031-02-14")
    assert [part["field"] for part in by_id["pay-floor"]["parts"]] == [
        "rules",
        "commission_base",
        "pay_floor",
        "return_window_days",
        "platform_fee",
    ]
    for wrong in ("currency=XXX", "timezone=Mars", "first_day=soon"):
        assert ask(market, market.host, "GET", f"/terms-templates?{wrong}")[0] == 422


def test_own_templates_are_kept_renamed_and_removed(market: Market) -> None:
    body = {"name": "Ours", "terms": msgspec.to_builtins(market.terms())}
    status, saved = ask(market, market.brand, "POST", "/terms-templates", body)
    assert (status, saved["name"], saved["terms"]["splits"]) == (201, "Ours", [])
    one = f"/terms-templates/{saved['template_id']}"
    impossible = {"name": "Never", "terms": body["terms"] | {"flat_fee": {"amount_minor": 1, "parts": []}}}
    status, problem = ask(market, market.brand, "POST", "/terms-templates", impossible)
    assert (status, problem["errors"]) == (422, {"flat_fee.parts": "The parts of the flat fee must add up to 100 %."})
    assert ask(market, market.brand, "POST", f"{one}/rename", {"name": "Winter"})[1]["name"] == "Winter"
    assert ask(market, market.viewer, "DELETE", one)[0] == 403
    assert ask(market, market.rival, "DELETE", one)[0] == 404
    assert ask(market, market.brand, "DELETE", one)[0] == 204
    assert all(not each["is_own"] for each in ask(market, market.brand, "GET", "/terms-templates")[1])


def test_terms_are_tried_with_formulas(market: Market) -> None:
    body = {"creator_id": market.host.tenant_id, "terms": msgspec.to_builtins(market.terms())}
    status, (small, large) = ask(market, market.brand, "POST", "/terms-examples", body)
    assert (status, small["net_sales_minor"], large["net_sales_minor"]) == (200, 10_000_00, 100_000_00)
    first = small["rows"][0]
    assert (first["title"], first["formula"], first["amount_minor"]) == ("Commission (all)", "round(10% x 10000.00)", 1_000_00)
    assert ask(market, market.analyst, "POST", "/terms-examples", body)[0] == 403


def test_from_invitation_and_question_to_an_offer_on_the_hosts_terms(market: Market) -> None:
    market.payable()
    brief, host_id = f"/briefs/{market.brief_id}", market.host.tenant_id
    as_host = f"/creators/{host_id}{brief}"
    assert ask(market, market.brand, "POST", f"{brief}/invitations", {"creator_id": host_id, "message": "Come!"})[0] == 201
    assert ask(market, market.host, "GET", "/invitations")[1][0]["pay"]["title"] == "January"
    assert ask(market, market.host, "POST", f"{as_host}/answer", {"interested": True})[1]["state"] == "interested"
    status, question = ask(market, market.agency, "POST", f"{as_host}/questions", {"text": "Who ships?"})
    assert status == 201
    answered = ask(market, market.brand, "POST", f"{brief}/questions/{question['question_id']}/answer", {"text": "We do."})
    assert answered[1]["answer"] == "We do."
    seen = ask(market, market.host, "GET", as_host)[1]
    assert [(each["text"], each["is_own"], "creator_id" in each) for each in seen["questions"]] == [("Who ships?", True, False)]
    applied = {"message": "For this.", "terms": msgspec.to_builtins(market.terms(400_00))}
    assert ask(market, market.host, "POST", f"{as_host}/application", applied)[0] == 201
    assert ask(market, market.host, "POST", f"{brief}/applications/{host_id}/offer", {})[0] == 403
    status, offer = ask(market, market.brand, "POST", f"{brief}/applications/{host_id}/offer", {})
    assert (status, offer["versions"][0]["by"]) == (201, "host")
    status, ended = ask(market, market.brand, "POST", f"/offers/{offer['offer_id']}/decline", {"version": 1, "reason": "Too dear."})
    assert (status, ended["state"], ended["reason"]) == (200, "declined", "Too dear.")
    assert ask(market, market.brand, "POST", f"{brief}/close")[1]["closed_at"] is not None
    assert ask(market, market.host, "POST", f"{as_host}/questions", {"text": "And now?"})[0] == 409


def test_an_offer_by_the_api_answers_the_application_that_waits(market: Market) -> None:
    market.payable()
    host_id = market.host.tenant_id
    ask(market, market.host, "POST", f"/creators/{host_id}/briefs/{market.brief_id}/application", {"message": "I am free."})
    show = {"starts_at": "2011-01-10T19:00:00Z", "minutes": 60, "title": "January"}
    body = {"brief_id": market.brief_id, "creator_id": host_id, "terms": msgspec.to_builtins(market.terms()), "shows": [show]}
    status, offer = ask(market, market.brand, "POST", "/offers", body)
    assert status == 201
    (application,) = ask(market, market.brand, "GET", f"/briefs/{market.brief_id}/applications")[1]
    assert (application["state"], application["offer_id"]) == ("offered", offer["offer_id"])
    status, withdrawn = ask(market, market.brand, "POST", f"/offers/{offer['offer_id']}/withdraw", {"version": 1, "reason": "Postponed."})
    assert (status, withdrawn["reason"]) == (200, "Postponed.")


def test_a_brief_is_posted_as_a_private_one(market: Market) -> None:
    words = {"title": "Secret", "category": "home", "market": "GB", "language": "en", "platform": "youtube"}
    window = {"starts_at": "2011-01-10T19:00:00Z", "minutes": 60}
    body = {**words, "budget_minor": 1, "currency": "GBP", "windows": [window], "visibility": "private"}
    assert ask(market, market.brand, "POST", "/briefs", body)[1]["visibility"] == "private"
    listed = ask(market, market.host, "GET", "/open-briefs")[1]
    assert [each["brief_id"] for each in listed] == [market.brief_id]
    assert ask(market, market.agency, "GET", f"/open-briefs?creator_id={market.host.tenant_id}")[1] == listed
    assert ask(market, market.agency, "GET", "/open-briefs")[0] == 422


def test_a_contract_that_is_not_signed_yet_has_no_version_from_which_totals_start_again(market: Market) -> None:
    terms = msgspec.to_builtins(market.terms()) | {"totals_from_version": 7}
    show = {"starts_at": iso(STARTS), "minutes": 60, "title": "Evening"}
    body = {"brief_id": market.brief_id, "creator_id": market.host.tenant_id, "terms": terms, "shows": [show]}
    status, refused = ask(market, market.brand, "POST", "/offers", body)
    assert (status, list(refused["errors"])) == (422, ["terms.totals_from_version"])

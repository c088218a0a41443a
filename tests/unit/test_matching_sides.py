"""A brand asks for a host by name, a host sees open briefs: each is told what would change things, and nothing of the others."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contracts.terms import Exclusivity
from chalicelib.matching.rules import Brief, Filter
from chalicelib.matching.service import NewBrief
from chalicelib.matching.whatif import NOT_NEAR
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_pages import rows_of

__all__ = ["console", "market"]


def post(deal: Market, **changes: Any) -> Brief:
    """A brief as the deal's own, with changes."""
    matching = deal.console.services.matching
    first = matching.brief(deal.brand, deal.brief_id)
    words = {name: getattr(first, name) for name in NewBrief.__dataclass_fields__} | {"skus": ()} | changes
    return matching.post_brief(deal.brand, NewBrief(**words))


def filters(market: Market, brief: Brief) -> list[Filter]:
    asked = market.console.services.matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id)
    return [each.filter for each in asked.failed]


def test_a_host_can_be_ranked_once_payouts_are_connected(market: Market) -> None:
    matching = market.console.services.matching
    (left_out,) = matching.matches(market.brand, market.brief_id).rejected
    assert [each.filter for each in left_out.failed] == [Filter.PAYABLE]
    market.payable()
    found = matching.matches(market.brand, market.brief_id)
    assert [each.creator_id for each in found.ranked] == [market.host.tenant_id]
    assert found.rejected == ()
    market.console.stripe.active = False
    market.console.services.payouts.accounts.observe("acct_1")
    assert matching.matches(market.brand, market.brief_id).failed_counts == {"payable": 1}


def test_a_promise_to_a_brand_binds_towards_others_on_its_days_and_in_its_categories_only(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.payable()
    brief = market.console.services.matching.brief(market.brand, market.brief_id)
    terms = replace(
        market.terms(), exclusivity=Exclusivity(categories=(brief.category.upper(),), from_day="2011-01-09", until_day="2011-01-10")
    )
    monkeypatch.setattr(Market, "terms", lambda *_: terms)
    market.signed()
    commitments = market.console.services.matching._candidates.commitments
    host, own, other = market.host.tenant_id, market.brand.tenant_id, market.rival.tenant_id

    def bound(brand_id: str, category: str, days: int) -> bool:
        return commitments.bound_to_competitor(host, brand_id, category, [STARTS + timedelta(days=days)])

    assert [bound(other, brief.category, days) for days in (-2, -1, 0, 1)] == [False, True, True, False]
    assert not bound(own, brief.category, 0)
    assert not bound(other, "cars", 0)


def test_a_promise_that_nobody_has_signed_binds_nobody(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = replace(market.terms(), exclusivity=Exclusivity(categories=("home",), from_day="2011-01-01", until_day="2011-12-31"))
    monkeypatch.setattr(Market, "terms", lambda *_: terms)
    market.drafted()
    commitments = market.console.services.matching._candidates.commitments
    assert not commitments.bound_to_competitor(market.host.tenant_id, market.rival.tenant_id, "home", [STARTS])


def test_asked_for_by_name_a_host_is_told_of_with_every_filter_and_what_would_pass_it(market: Market) -> None:
    market.payable()
    brief = post(market, minimum_audience=10**9, market="FR", excluded_creator_ids=(market.host.tenant_id,))
    asked = market.console.services.matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id)
    assert [each.filter for each in asked.failed] == [Filter.MARKET, Filter.AUDIENCE, Filter.EXCLUDED]
    assert [each.brief is not None for each in asked.remedies] == [False, True, True]
    assert (asked.place, asked.match) == (None, None)


def test_what_a_brand_is_told_to_change_lets_the_host_in_at_the_place_that_is_told(market: Market) -> None:
    market.payable()
    brief = post(market, minimum_audience=10**9, excluded_creator_ids=(market.host.tenant_id,))
    matching = market.console.services.matching
    asked = matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id)
    assert (asked.place, asked.of) == (1, 1)
    better = asked.remedies[0].brief
    assert better is not None
    again = post(market, minimum_audience=better.minimum_audience, excluded_creator_ids=())
    assert [each.creator_id for each in matching.matches(market.brand, again.brief_id).ranked] == [market.host.tenant_id]


def test_a_host_that_is_busy_is_free_at_the_hour_that_is_told(market: Market) -> None:
    market.payable()
    market.signed()
    matching = market.console.services.matching
    brief = post(market)
    asked = matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id)
    assert [each.filter for each in asked.failed] == [Filter.AVAILABILITY]
    (remedy,) = asked.remedies
    assert remedy.brief is not None
    assert f"{remedy.brief.windows[0].starts_at:%Y-%m-%d %H:%M} UTC instead of {brief.windows[0].starts_at:%H:%M}" in remedy.sentence
    assert filters(market, post(market, windows=remedy.brief.windows)) == []


def test_no_host_is_said_to_be_free_at_a_time_that_has_passed(market: Market) -> None:
    market.payable()
    matching = market.console.services.matching
    offered = matching.brief(market.brand, market.brief_id).windows[0]
    late = replace(offered, starts_at=offered.starts_at + timedelta(hours=2, minutes=30))
    brief = post(market, windows=(late,))
    assert "is free at" in matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id).remedies[0].sentence.casefold()
    market.console.services.clock.set(late.starts_at - timedelta(minutes=15))
    (remedy,) = matching.ask_for(market.brand, brief.brief_id, market.host.tenant_id).remedies
    assert (remedy.sentence, remedy.brief) == (NOT_NEAR, None)


def test_the_answer_for_a_brief_whose_time_has_passed_says_so_first_and_names_no_free_time_and_no_change(market: Market) -> None:
    market.payable()
    dear = post(market, budget_minor=0, flat_fee_minor=0)
    services, path = market.console.services, f"/brand/briefs/{market.brief_id}"
    assert "Free: Mon 10 Jan 2011, 19:00" in market.console.get(path, market.brand).text
    assert services.matching.matches(market.brand, dear.brief_id).relaxations
    services.clock.set(STARTS + timedelta(days=30))
    answer = json.loads(market.console.get(f"/api/v1/briefs/{market.brief_id}/matches", market.brand).text)
    assert answer["notice"] == "The time of this brief has passed, so nobody can be booked for it any more. Post a new one."
    page = market.console.get(path, market.brand).text
    assert page.count(answer["notice"]) == 1
    assert "Free: " not in page
    assert services.matching.matches(market.brand, dear.brief_id).relaxations == ()


def test_a_host_sees_where_it_is_left_out_and_what_would_help_but_no_secret_of_the_brand(market: Market) -> None:
    post(market, market="FR", budget_minor=12_345_67)
    page = market.console.get("/creator/briefs", market.host)
    assert page.status == 200
    for words in ("It is for FR. Add that market", "Payouts are not connected", "Left out: 2 things to change"):
        assert words in page.text
    for secret in ("12,345.67", "Kettles", market.brand.tenant_id):
        assert secret not in page.text.partition("<main")[2]
    market.payable()
    assert "You are among those ranked" in market.console.get("/creator/briefs", market.host).text
    assert "Open briefs" not in rows_of(market.console.get("/creator", market.agency).text, "To do")
    assert market.console.get("/creator/briefs", market.brand).status == 403


def test_a_host_is_not_told_that_a_brand_excludes_it_nor_of_briefs_whose_time_has_passed(market: Market) -> None:
    matching = market.console.services.matching
    assert len(matching.open_briefs(market.host)) == 1
    post(market, excluded_creator_ids=(market.host.tenant_id,))
    assert len(matching.open_briefs(market.host)) == 1
    market.console.services.clock.set(STARTS + timedelta(days=30))
    assert matching.open_briefs(market.host) == ()


def test_the_page_names_who_is_left_out_with_every_reason(market: Market) -> None:
    brief = post(market, market="FR")
    page = market.console.get(f"/brand/briefs/{brief.brief_id}", market.brand).text
    assert "<strong>Nadia Hart</strong>: Sells in GB, not FR. Has not connected an account that payouts can go to." in page


def test_the_page_says_which_share_of_the_places_is_kept_for_new_hosts(market: Market) -> None:
    page = market.console.get(market.payable(), market.brand).text
    assert "Up to 20 % of the places are kept for hosts without shows in the category" in page
    assert "0 places of 1 went to them here" in page


def test_where_nobody_fits_the_page_says_what_empties_it_and_what_would_let_somebody_in(market: Market) -> None:
    market.payable()
    brief = post(market, budget_minor=0, flat_fee_minor=0)
    page = market.console.get(f"/brand/briefs/{brief.brief_id}", market.brand).text
    assert "Of 1 host none fits this brief. What keeps every single one out: Over the budget. Below is what would let somebody in." in page
    assert "<li>Raise the budget to 300.00 GBP: 1 host.</li>" in page
    nowhere = post(market, category="cars", market="FR")
    page = market.console.get(f"/brand/briefs/{nowhere.brief_id}", market.brand).text
    assert "Sells in another market, Shows other categories. No single change of the brief would let anybody in." in page


def test_the_answer_of_the_api_counts_filters_and_tells_changes(market: Market) -> None:
    market.payable()
    late = [replace(each, starts_at=each.starts_at + timedelta(hours=2, minutes=30)) for each in brief_of(market).windows]
    brief = post(market, windows=tuple(late))
    answer = json.loads(market.console.get(f"/api/v1/briefs/{brief.brief_id}/matches", market.brand).text)
    assert (answer["hosts"], answer["fitting"], answer["ranked"]) == (1, 0, [])
    assert answer["failed_counts"] == answer["alone_counts"] == {"availability": 1}
    (told,) = answer["relaxations"]
    assert (told["sentence"], told["hosts"]) == ("Move the show 30 min earlier: 1 host.", 1)
    moved = told["brief"]["windows"][0]["starts_at"]
    assert moved == f"{late[0].starts_at - timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}Z"


def brief_of(market: Market) -> Brief:
    """The deal's own brief."""
    return market.console.services.matching.brief(market.brand, market.brief_id)

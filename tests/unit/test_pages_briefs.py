"""A brand's own things by hand: briefs are posted, made private and opened, templates renamed and removed, amendments proposed."""

import html

import pytest

from chalicelib.contracts.rules import ContractState
from chalicelib.matching.rules import Visibility
from tests.fakes.console import BEGIN, STARTS, Market, console, market
from tests.unit.test_pages_approaches import pages, text_of, went_to
from tests.unit.test_pages_terms import fields_of

__all__ = ["console", "market"]

NEW = "/brand/briefs/new"
TYPED = {
    "title": "Winter evenings",
    "category": "home",
    "market": "GB",
    "language": "en",
    "platform": "youtube",
    "minimum_audience": "1,000",
    "skus": "22423, 47566",
    "first": "2011-03-21T19:00",
    "timezone": "Europe/London",
    "minutes": "60",
    "repeat": "weekly",
    "times": "2",
    "currency": "gbp",
    "budget_minor": "1,000.00",
    "flat_fee_minor": "300",
    "commission_basis_points": "12.5",
    "visibility": "private",
}


def test_a_brief_that_repeats_is_posted_by_form_and_leads_to_who_fits(market: Market) -> None:
    console = market.console
    assert NEW in text_of(console.get("/brand", market.brand))
    assert NEW not in text_of(console.get("/brand", market.viewer))
    assert console.get(NEW, market.viewer).status == 403
    begun = text_of(console.get(NEW, market.brand))
    assert 'name="category" value="home"' in begun
    assert 'name="flat_fee_minor" value="300.00"' in begun
    path = went_to(console.post(NEW, market.brand, **TYPED))
    brief = console.services.matching.brief(market.brand, path.removeprefix("/brand/briefs/"))
    assert [f"{window.starts_at:%Y-%m-%d %H:%M}" for window in brief.windows] == ["2011-03-21 19:00", "2011-03-28 18:00"]
    assert (brief.visibility, brief.skus, brief.currency) == (Visibility.PRIVATE, ("22423", "47566"), "GBP")
    assert (brief.budget_minor, brief.flat_fee_minor, brief.commission_basis_points) == (1_000_00, 300_00, 1_250)


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"title": " "}, "title", "Fill this in."),
        ({"category": "x" * 61}, "category", "Write 1 to 60 characters."),
        ({"first": "soon"}, "first", "Write the start as 2031-01-12 20:00."),
        ({"first": "2011-01-01T19:00", "repeat": "once"}, "first", "All shows of a brief lie ahead. Pick later starts."),
        ({"first": "2011-03-27T01:30"}, "first", "does not exist in Europe/London"),
        ({"first": "2011-03-21T19:07"}, "first", "Shows start on a quarter hour"),
        ({"times": "61"}, "times", "Write a whole number from 1 to 60."),
        ({"minutes": ""}, "minutes", "Write a whole number from 15 to 1,200."),
        ({"timezone": "Europe/Atlantis"}, "timezone", "Europe/Atlantis"),
        ({"currency": "XXX"}, "currency", "is not a currency that can be paid"),
        ({"budget_minor": "much"}, "budget_minor", "is not an amount"),
        ({"flat_fee_minor": "501"}, "flat_fee_minor", "above the budget"),
        ({"commission_basis_points": "a tenth"}, "commission_basis_points", "is no percentage"),
        ({"minimum_audience": "many"}, "minimum_audience", "Write a whole number from 0"),
        ({"skus": "22423, NONE"}, "skus", "These are not among your products: NONE."),
        ({"visibility": "friends"}, "visibility", "Choose who may see it."),
    ],
)
def test_what_cannot_be_posted_comes_back_with_a_sentence_beside_the_field(
    market: Market, typed: dict[str, str], name: str, words: str
) -> None:
    answer = market.console.post(NEW, market.brand, **(TYPED | typed))
    page = html.unescape(answer.text)
    assert answer.status == 422
    assert words in page.partition(f'id="brief-{name}-error"')[2].partition("</p>")[0]
    assert 'name="title" value="Winter evenings"' in page or name == "title"
    assert len(market.console.services.matching.briefs(market.brand)) == 1


def test_a_brief_is_made_private_and_opened_again_and_who_has_applied_sees_it_either_way(market: Market) -> None:
    market.payable()
    console = market.console
    brand_page, host_page = pages(market, market.brief_id)
    assert "Make it private" in text_of(console.get(f"{brand_page}/answers", market.brand))
    assert "Make it private" not in text_of(console.get(f"{brand_page}/answers", market.viewer))
    assert went_to(console.post(f"{brand_page}/visibility", market.brand, visibility="private")) == f"{brand_page}/answers"
    assert console.get(host_page, market.host).status == 404
    assert "Open it to every host" in text_of(console.get(f"{brand_page}/answers", market.brand))
    console.post(f"{brand_page}/visibility", market.brand, visibility="open")
    console.post(f"{host_page}/application", market.host, message="Take me.")
    console.post(f"{brand_page}/visibility", market.brand, visibility="private")
    assert "Applied without own terms" in text_of(console.get(host_page, market.host))
    assert market.brief_id not in text_of(console.get("/creator/briefs", market.host))
    assert market.brief_id in text_of(console.get("/creator/inbox", market.host))
    assert ">Private<" in text_of(console.get("/brand", market.brand)).replace("</svg>", ">")
    console.post(f"{brand_page}/close", market.brand)
    assert ">Closed<" in text_of(console.get("/brand", market.brand)).replace("</svg>", ">")
    assert console.post(f"{brand_page}/visibility", market.brand, visibility="open").status == 409


def test_own_templates_are_renamed_and_removed_on_their_page(market: Market) -> None:
    console, path = market.console, "/brand/templates"
    assert "None yet." in text_of(console.get(path, market.brand))
    first = console.services.deals.templates.save(market.brand, "Evenings", "For evenings.", market.terms(), "")
    console.services.deals.templates.save(market.brand, "Mornings", "", market.terms(), "")
    page = text_of(console.get(path, market.brand))
    assert "For evenings." in page
    assert "flat fee 300.00 GBP per show" in page
    assert "/rename" not in text_of(console.get(path, market.viewer))
    taken = console.post(f"{path}/{first.template_id}/rename", market.brand, name="mornings")
    assert (taken.status, 'value="mornings"' in taken.text, f"rename-{first.template_id}-name-error" in taken.text) == (422, True, True)
    assert went_to(console.post(f"{path}/{first.template_id}/rename", market.brand, name="Late evenings")) == path
    assert went_to(console.post(f"{path}/{first.template_id}/remove", market.brand)) == path
    assert [each.name for each in console.services.deals.templates.own(market.brand)] == ["Mornings"]
    assert console.post(f"{path}/{first.template_id}/remove", market.brand).status == 404


def test_an_amendment_is_proposed_from_the_terms_in_force_and_seen_before_it_is_sent(market: Market) -> None:
    contract = market.signed()
    console, page = market.console, f"/contracts/{contract.contract_id}"
    form = f"{page}/amendment"
    assert form in text_of(console.get(page, market.brand))
    assert form not in text_of(console.get(page, market.viewer))
    opened = console.get(form, market.host)
    assert "Propose version 2 to Kettles" in text_of(opened)
    typed = fields_of(opened)
    assert typed["in_force_from"] == f"{STARTS:%Y-%m-%dT%H:%M}"
    higher = typed | {"rules.0.tiers.0.rate_basis_points": "15"}
    assert "commission 10 % -> 15 %" in text_of(console.post(f"{form}/look", market.host, **higher))
    for instead, name, words in (
        ({"in_force_from": "soon"}, "in_force_from", "Write from when it is to hold"),
        ({"in_force_from": f"{BEGIN:%Y-%m-%dT%H:%M}"}, "in_force_from", "cannot reach into the past"),
        ({"flat_fee.amount_minor": "a lot"}, "flat_fee-amount_minor", "is not an amount"),
    ):
        refused = console.post(form, market.host, **(higher | instead))
        said = html.unescape(refused.text.partition(f'id="f-{name}-error"')[2].partition("</p>")[0])
        assert (refused.status, words in said, fields_of(refused)["rules.0.tiers.0.rate_basis_points"]) == (422, True, "15")
    assert console.post(form, market.host, **typed).status == 422
    assert went_to(console.post(form, market.host, **higher)) == page
    now = console.services.contracts.get(market.brand, contract.contract_id)
    assert now.state is ContractState.SIGNED
    assert now.amendment is not None
    assert now.amendment.differences == ("commission 10 % -> 15 %",)
    assert f'{form}"' not in text_of(console.get(page, market.host))
    again = console.post(form, market.host, **higher)
    assert (again.status, "is waiting for signatures" in again.text) == (409, True)

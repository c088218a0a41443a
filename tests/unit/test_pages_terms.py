"""The form of terms: from a template to an offer and a counter-offer, with text, differences and example before anything is sent."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contracts.templates import library
from chalicelib.contracts.terms import FlatFee, Tax, Terms
from chalicelib.contracts.terms_check import check
from chalicelib.web.pages.terms_fields import compact, read, typed_of
from chalicelib.web.pages.terms_groups import groups
from tests.fakes.console import STARTS, Answer, Market, console, market
from tests.unit.test_contracts_templates import PLAIN, SETTING
from tests.unit.test_contracts_wording import FULL

__all__ = ["console", "market"]

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FIELD = re.compile(r'<input class="form-control" id="[^"]+" name="([^"]+)" value="([^"]*)"')
SELECT = re.compile(r'<select class="form-select" id="[^"]+" name="([^"]+)".*?</select>', re.DOTALL)
LONG = re.compile(r'<textarea class="form-control" id="[^"]+" name="([^"]+)"[^>]*>([^<]*)</textarea>')


def fields_of(answer: Answer) -> dict[str, str]:
    """What a browser would send back of the form of terms."""
    form = answer.text.partition('id="terms-form"')[2].partition("</form>")[0]
    found = dict(HIDDEN.findall(form)) | dict(FIELD.findall(form)) | dict(LONG.findall(form))
    for select in SELECT.finditer(form):
        chosen = re.search(r'value="([^"]*)" selected', select[0])
        assert chosen is not None, select[1]
        found[select[1]] = chosen[1]
    return {name: html.unescape(text) for name, text in found.items()}


def offer_path(market: Market) -> str:
    return f"/brand/briefs/{market.brief_id}/hosts/{market.host.tenant_id}/offer"


@pytest.mark.parametrize("terms", [FULL, PLAIN, *(template.terms for template in library(SETTING))])
def test_terms_come_back_from_their_fields_as_they_were(terms: Terms) -> None:
    base = replace(PLAIN, totals_from_version=terms.totals_from_version)
    found = read(typed_of(terms), base)
    if check(terms):  # FULL is for wording: it has more than can be sound
        assert found.errors == check(terms)
    else:
        assert (found.terms, found.errors) == (terms, {})


def test_every_field_of_terms_is_in_the_form() -> None:
    made = groups(typed_of(FULL), {}, agency="Stars")
    shown = {field.name for group in made for row in group.rows for field in row.fields}
    unseen = {"rules.0.rule_id", "rules.1.rule_id", "bonuses.0.bonus_id", "splits.0.payee_id"}
    assert set(typed_of(FULL)) - shown == unseen
    assert {group.group_id for group in made if group.is_open} == {group.group_id for group in made} - {
        "g-commission_base",
        "g-signing_order",
    }


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"flat_fee.amount_minor": "a lot"}, "flat_fee.amount_minor", "'a lot' is not an amount"),
        ({"flat_fee.amount_minor": "1.005"}, "flat_fee.amount_minor", "more decimal digits than GBP has"),
        ({"flat_fee.amount_minor": "-5"}, "flat_fee.amount_minor", "0 or more"),
        ({"flat_fee.amount_minor": "", "flat_fee.parts.signing": "30"}, "flat_fee.amount_minor", "Fill this in"),
        ({"flat_fee.amount_minor": "5", "flat_fee.parts.signing": "30"}, "flat_fee.parts", "must add up to 100 %"),
        ({"rules.0.tiers.0.rate_basis_points": "12.345"}, "rules.0.tiers.0.rate_basis_points", "more than two digits"),
        ({"rules.0.tiers.0.rate_basis_points": "much"}, "rules.0.tiers.0.rate_basis_points", "is no percentage"),
        (
            {"rules.0.tiers.0.from_value": "", "rules.0.tiers.0.rate_basis_points": "120"},
            "rules.0.tiers.0.rate_basis_points",
            "0 % to 100 %",
        ),
        ({"rules.0.tiers.0.from_value": "5", "rules.0.tiers.0.rate_basis_points": "1"}, "rules.0.tiers", "must begin at 0"),
        ({"rules.0.skus": "MUG"}, "rules.0.tiers", "must begin at 0"),
        ({"return_window_days": "two"}, "return_window_days", "no whole number"),
        ({"return_window_days": ""}, "return_window_days", "Fill this in"),
        ({"exclusivity.categories": "home", "exclusivity.from_day": ""}, "exclusivity.from_day", "Fill"),
        ({"deliverables.0.target": "1", "deliverables.0.fee_off_basis_points": ""}, "deliverables.0.fee_off_basis_points", "Fill"),
    ],
)
def test_what_cannot_be_read_or_agreed_has_its_sentence_at_its_field_and_stays_as_typed(
    typed: dict[str, str], field: str, words: str
) -> None:
    found = read({"return_window_days": "14"} | typed, PLAIN)
    assert found.terms is None
    assert words in found.errors[field]
    assert found.typed == compact({"return_window_days": "14"} | typed)


def test_rows_without_anything_typed_do_not_count_and_the_others_keep_their_order() -> None:
    typed = {
        "rules.0.tiers.0.from_value": "",
        "rules.0.tiers.0.rate_basis_points": "10",
        "rules.0.tiers.1.rate_basis_points": "",
        "rules.0.tiers.2.from_value": "20,000",
        "rules.0.tiers.2.rate_basis_points": "12 %",
        "rules.0.mode": "whole",
        "rules.1.mode": "marginal",
        "rules.1.skus": " ",
        "rules.2.category": "home",
        "rules.2.tiers.0.from_value": "0",
        "rules.2.tiers.0.rate_basis_points": "5",
        "bonuses.3.net_sales_minor": "100",
        "bonuses.3.amount_minor": "10",
        "bonuses.3.scope": "show",
        "return_window_days": "14",
        "cap.scope": "contract",
    }
    found = read(typed, PLAIN).terms
    assert found is not None
    assert [(rule.rule_id, rule.category, rule.mode, [tier.rate_basis_points for tier in rule.tiers]) for rule in found.rules] == [
        ("rule-1", None, "whole", [1_000, 1_200]),
        ("rule-2", "home", "marginal", [500]),
    ]
    assert [(bonus.bonus_id, bonus.amount_minor) for bonus in found.bonuses] == [("bonus-1", 10_00)]
    assert found.cap is None


def test_a_field_that_is_none_of_terms_and_one_that_no_form_asks_for_change_nothing() -> None:
    typed = typed_of(PLAIN) | {"currency": "EUR", "totals_from_version": "9", "tax.needs_withholding": "yes", "version": "3", "rules_": "x"}
    assert read(typed, PLAIN).terms == PLAIN


def test_a_brand_begins_with_a_template_edits_it_and_sends_the_offer(market: Market) -> None:
    console, path = market.console, offer_path(market)
    plain = console.get(path, market.brand)
    assert (plain.status, fields_of(plain)["flat_fee.amount_minor"]) == (200, "300.00")
    page = console.get(f"{path}?template=bonus-ladder", market.brand)
    typed = fields_of(page)
    assert (typed["bonuses.2.amount_minor"], typed["rules.0.tiers.0.rate_basis_points"]) == ("2500.00", "8")
    looked = console.post(f"{path}/look", market.brand, **typed | {"rules.0.tiers.0.rate_basis_points": "9"})
    assert looked.status == 200
    for words in (
        "the host earns commission of 9 %",
        "An example, no forecast: one show with net sales of 10,000.00 GBP",
        "round(9% x 10000.00)",
    ):
        assert words in looked.text
    assert console.services.contracts.offers.list(market.brand) == ()
    sent = console.post(path, market.brand, **fields_of(looked) | {"expires_in_hours": "24", "splits.0.share_basis_points": "20"})
    assert sent.status == 303, sent.text
    (offer,) = console.services.contracts.offers.list(market.brand)
    assert sent.headers["Location"].endswith(f"/offers/{offer.offer_id}")
    assert [bonus.amount_minor for bonus in offer.terms.bonuses] == [500_00, 1_000_00, 2_500_00]
    assert (offer.terms.rules[0].tiers[0].rate_basis_points, offer.terms.splits[0].payee_id) == (900, market.agency.tenant_id)
    assert (offer.answer_hours, offer.shows[0].starts_at) == (24, STARTS)


def test_an_offer_with_mistakes_comes_back_as_typed_with_a_sentence_at_each_field(market: Market) -> None:
    console, path = market.console, offer_path(market)
    typed = fields_of(console.get(path, market.brand)) | {"flat_fee.amount_minor": "<much>", "cancellation.0.hours_before": "soon"}
    page = console.post(path, market.brand, **typed)
    assert page.status == 422
    assert fields_of(page)["flat_fee.amount_minor"] == "<much>"
    assert fields_of(page)["cancellation.0.hours_before"] == "soon"
    for words in (
        'href="#f-flat_fee-amount_minor"',
        'id="f-flat_fee-amount_minor-error"',
        "&#39;soon&#39; is no whole number",
        "nothing you typed is lost",
    ):
        assert words in page.text
    hours = console.post(path, market.brand, **fields_of(console.get(path, market.brand)) | {"expires_in_hours": "9999"})
    assert (hours.status, 'id="f-expires_in_hours-error"' in hours.text) == (422, True)
    assert console.services.contracts.offers.list(market.brand) == ()


def test_an_offer_that_cannot_be_made_now_comes_back_with_the_reason(market: Market) -> None:
    console, path = market.console, offer_path(market)
    typed = fields_of(console.get(path, market.brand))
    console.services.deals.approaches.close(market.brand, market.brief_id)
    page = console.post(path, market.brand, **typed | {"flat_fee.amount_minor": "321.00"})
    assert (page.status, "takes nothing more" in page.text) == (409, True)
    assert fields_of(page)["flat_fee.amount_minor"] == "321.00"


def test_terms_are_kept_as_an_own_template_and_offered_again(market: Market) -> None:
    console, path = market.console, offer_path(market)
    typed = fields_of(console.get(path, market.brand)) | {"flat_fee.amount_minor": "444.00"}
    nameless = console.post(f"{path}/keep", market.brand, **typed)
    assert (nameless.status, "Give it a name" in nameless.text or "Give the template a name" in nameless.text) == (422, True)
    assert "Kept as your template" in console.post(f"{path}/keep", market.brand, **typed | {"template_name": "Ours"}).text
    (own,) = console.services.deals.templates.own(market.brand)
    assert own.terms.flat_fee == FlatFee(amount_minor=444_00)
    assert fields_of(console.get(f"{path}?template={own.template_id}", market.brand))["flat_fee.amount_minor"] == "444.00"


def test_a_counter_offer_shows_what_it_changes_before_it_is_sent(market: Market) -> None:
    console, offer_id = market.console, market.offer()
    path = f"/offers/{offer_id}/terms"
    typed = fields_of(console.get(path, market.agency))
    assert (typed["version"], typed["splits.0.share_basis_points"]) == ("1", "20")
    unchanged = console.post(path, market.agency, **typed)
    assert (unchanged.status, "Change something, or accept them" in unchanged.text) == (422, True)
    typed |= {"rules.0.tiers.1.from_value": "20,000", "rules.0.tiers.1.rate_basis_points": "15"}
    looked = console.post(f"{path}/look", market.agency, **typed)
    assert "commission 15 % above 20,000.00 GBP (new)" in html.unescape(looked.text)
    assert console.post(path, market.agency, **typed).status == 303
    offer = console.services.contracts.offers.offer(offer_id)
    assert (offer.version, offer.versions[-1].by) == (2, "host")
    late = console.post(path, market.agency, **typed)
    assert (late.status, "is not the last one any more" in late.text) == (409, True)
    assert console.get(path, market.rival).status == 404


def test_an_agency_that_the_host_has_left_gets_no_form_and_its_attempt_is_told(market: Market) -> None:
    console, offer_id = market.console, market.offer()
    typed = fields_of(console.get(f"/offers/{offer_id}/terms", market.agency))
    directory = console.services.directory
    directory.save_profile(market.host, replace(directory.profile(market.host.tenant_id), agency_id=None))
    answer = console.post(f"/offers/{offer_id}/terms", market.agency, **typed | {"flat_fee.amount_minor": "900"})
    assert (answer.status, "not with your agency any more" in html.unescape(answer.text)) == (403, True)
    contract_id = console.services.contracts.offers.offer(offer_id).contract_id
    assert console.services.history.of_deal(contract_id)[-1].refused is not None


def test_the_real_show_of_a_host_is_in_the_example_of_its_own_brand(market: Market) -> None:
    market.sold()
    page = market.console.get(offer_path(market), market.brand)
    assert "The host&#39;s last show on these terms" in page.text
    assert "Winter &lt;table&gt;" in page.text
    assert "Net sales of £25.50" in page.text


def test_tax_and_fee_go_through_the_form() -> None:
    terms = replace(PLAIN, tax=Tax(platform_fee_basis_points=2_000, host_invoice_basis_points=1_950))
    assert read(typed_of(terms), PLAIN).terms == terms
    found: Any = typed_of(terms)
    assert (found["tax.platform_fee_basis_points"], found["tax.host_invoice_basis_points"]) == ("20", "19.5")

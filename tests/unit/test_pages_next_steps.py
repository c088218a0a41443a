"""No page is a dead end: what a reader would do next can be done there, and every link on the way leads to a page."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from chalicelib.bridges.hosts import RecordsOfHosts
from chalicelib.contracts.terms import Deliverable
from chalicelib.matching.service import NewBrief
from chalicelib.shows.deliverables import Statement
from chalicelib.shows.rules.deliverables import ANSWER_WITHIN
from chalicelib.shows.rules.records import DeliverableKind, DeliveryResult
from tests.fakes.console import Market, after, console, market
from tests.unit.test_pages import crawled, hidden, rows_of, went_to

__all__ = ["console", "market"]


@pytest.mark.parametrize("stage", ["offer", "drafted", "signed", "sold"])
@pytest.mark.parametrize("who", ["brand", "viewer", "host", "agency"])
def test_every_link_opens_at_every_stage_of_a_deal(market: Market, stage: str, who: str) -> None:
    getattr(market, stage)()
    pages = crawled(market.console, getattr(market, who), "/")
    assert len(pages) > 3
    assert {path: page.status for path, page in pages.items() if page.status != 200} == {}


def test_a_document_of_its_own_is_shown_with_its_own_style(market: Market) -> None:
    contract = market.sold()
    answer = market.console.get(f"/api/v1/contracts/{contract.contract_id}/statement?format=html", market.host)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    allowed = f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
    assert f"style-src 'self' {allowed};" in answer.headers["Content-Security-Policy"]
    assert "sha256-" not in market.console.get("/creator", market.host).headers["Content-Security-Policy"]


def test_a_brand_makes_a_ranked_host_an_offer_from_the_brief(market: Market) -> None:
    console, path = market.console, market.payable()
    page = console.get(path, market.brand).text
    assert "Offer Nadia Hart £" in page
    assert "Offer Nadia Hart £" not in console.get(path, market.viewer).text
    assert hidden(page, "creator_id") == market.host.tenant_id
    offer_path = went_to(console.post(f"{path}/offers", market.brand, creator_id=market.host.tenant_id))
    offer = console.services.contracts.offers.offer(offer_path.rpartition("/")[2])
    brief = console.services.matching.brief(market.brand, market.brief_id)
    assert [(show.starts_at, show.minutes) for show in offer.shows] == [(each.starts_at, each.minutes) for each in brief.windows]
    assert (offer.terms.currency, offer.terms.rules[0].tiers[0].rate_basis_points) == (brief.currency, brief.commission_basis_points)
    assert "Answer Kettles" in console.get("/creator", market.host).text
    assert console.post(f"{path}/offers", market.viewer, creator_id=market.host.tenant_id).status == 403
    assert console.post(f"{path}/offers", market.rival, creator_id=market.host.tenant_id).status == 404


def test_a_brief_whose_time_has_passed_says_so_and_offers_nothing(market: Market) -> None:
    market.console.services.clock.set(after(30))
    page = market.console.get(f"/brand/briefs/{market.brief_id}", market.brand).text
    assert "Offer Nadia Hart" not in page
    assert "The time of this brief has passed" in page


def test_a_host_asks_for_another_fee_by_the_form_and_nothing_else_changes(market: Market) -> None:
    console, offer_id = market.console, market.offer(300_00)
    path = f"/offers/{offer_id}"
    page = console.get(path, market.host).text
    assert 'name="fee"' in page
    assert 'name="fee"' not in console.get(path, market.brand).text
    assert went_to(console.post(f"{path}/counter", market.host, version=hidden(page, "version"), fee="1,350.50")) == path
    offer = console.services.contracts.offers.offer(offer_id)
    first, second = (version.terms for version in offer.versions)
    assert first.flat_fee is not None
    assert second == replace(first, flat_fee=replace(first.flat_fee, amount_minor=1_350_50))
    assert 'name="fee"' in console.get(path, market.brand).text
    refused = console.post(f"{path}/counter", market.brand, version=2, fee="much")
    assert (refused.status, "is not an amount" in refused.text) == (422, True)
    assert console.services.contracts.offers.offer(offer_id).version == 2


def test_a_signed_contract_leads_to_its_shows_payments_and_statement(market: Market) -> None:
    console, contract = market.console, market.signed()
    path = f"/contracts/{contract.contract_id}"
    brand, host = (console.get(path, who).text for who in (market.brand, market.host))
    for page in (brand, host):
        assert f'href="/console/shows/{contract.bookings[0].show_id}"' in rows_of(page, "Shows")
        assert f'href="{path}/statement"' in page
    assert f'href="{path}/payment"' in brand
    assert f'href="{path}/payment"' not in host
    assert "Nothing has been earned under this contract yet" in console.get(f"{path}/statement", market.host).text


def test_people_read_names_instead_of_ids(market: Market) -> None:
    console, contract = market.console, market.sold()
    agency = market.agency.tenant_id
    statement = console.get(f"/contracts/{contract.contract_id}/statement", market.analyst).text
    assert not re.findall(r">[^<]*(?:crt|agy|ctr|shw)_\w+[^<]*<", statement)
    assert "Nadia Hart (host)" in statement
    assert "_minor" not in statement
    terms = console.get(f"/offers/{contract.offer_id}", market.host).text
    assert agency not in terms
    name = console.services.directory.tenant(agency).name
    assert f"20 % to {name}" in terms
    assert f"goes to the agency {name} ({agency})" in console.get(f"/contracts/{contract.contract_id}/document", market.host).text
    assert f"{name}, unfunded" in rows_of(console.get("/finance/ledger", market.analyst).text, "Balances (debits positive)")


def test_what_was_promised_for_a_show_is_recorded_after_it_by_a_form(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, promised = Market.terms, (Deliverable(kind="host_appears"),)
    monkeypatch.setattr(Market, "terms", lambda each, fee_minor=300_00: replace(plain(each, fee_minor), deliverables=promised))
    console, contract = market.console, market.sold()
    show_id = contract.bookings[0].show_id
    path = f"/console/shows/{show_id}"
    page = console.get(path, market.brand).text
    assert "Host appears: was that met?" in page
    assert "was that met?" not in console.get(path, market.viewer).text
    answer = console.post(
        f"{path}/delivery", market.brand, kind=hidden(page, "kind"), result="met", name="She was there from start to end."
    )
    assert went_to(answer) == path
    (delivery,) = console.services.shows.show(show_id).deliveries
    assert (delivery.result, delivery.statement) == (DeliveryResult.MET, "She was there from start to end.")
    assert "was that met?" not in console.get(path, market.brand).text


def test_a_contracts_page_shows_the_words_that_were_signed_whatever_words_are_chosen_later(market: Market) -> None:
    console, contract = market.console, market.signed()
    path = f"/contracts/{contract.contract_id}"
    document = console.get(f"{path}/document", market.host).text
    clauses = re.findall(r'<p id="clause-([\d.]+)"><strong>[\d.]+</strong> (.*?)</p>', document)
    shown = re.findall(r'<span class="clause-number">(\d+\.\d+)</span> (.*?)</p>', console.get(path, market.host).text)
    assert shown == clauses
    assert len(shown) > 10
    assert any("Winter &lt;table&gt;" in text for _, text in shown)
    key = f"contracts/{contract.contract_id}/{contract.document_sha256}.html"
    boto3.client("s3").put_object(Bucket="test-records", Key=key, Body=document.replace("The brand is ", "The brand was ").encode())
    page = console.get(path, market.host).text
    assert "The brand was " in page
    assert "Broken" in page


def test_the_reasons_for_a_hosts_place_know_the_shows_that_the_host_has_done(market: Market) -> None:
    console, matching = market.console, market.console.services.matching
    assert "No shows so far; expected to deliver" in console.get(market.payable(), market.brand).text
    first = matching.brief(market.brand, market.brief_id)
    contract = market.sold()
    later = {name: getattr(first, name) for name in NewBrief.__dataclass_fields__}
    later["windows"] = tuple(replace(window, starts_at=window.starts_at + timedelta(days=56)) for window in first.windows)
    path = f"/brand/briefs/{matching.post_brief(market.brand, NewBrief(**later)).brief_id}"
    assert "Delivered 1 of 1 show so far" in console.get(path, market.brand).text
    (past,) = RecordsOfHosts(console.services.shows, console.services.sales, console.services.directory).past_shows(market.host.tenant_id)
    assert (past.currency, past.net_sales_minor, past.units_sold, past.units_returned, past.delivered) == ("GBP", 25_50, 2, 0, True)
    assert past.category in {product.category for product in console.services.directory.products_of(market.brand.tenant_id)}
    said = Statement(kind=DeliverableKind.HOST_APPEARS, result=DeliveryResult.NOT_MET, words="Somebody else was on air.")
    console.services.delivery.deliverables.state(market.brand, contract.bookings[0].show_id, said)
    assert "Delivered 1 of 1 show so far" in console.get(path, market.brand).text
    console.services.clock.set(console.services.clock.now() + ANSWER_WITHIN)
    assert "Delivered 0 of 1 show so far" in console.get(path, market.brand).text

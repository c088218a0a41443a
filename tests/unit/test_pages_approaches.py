"""Invitations, applications and questions on the pages of brand, host and agency."""

import html
from urllib.parse import urlsplit

from chalicelib.matching.rules import Visibility
from tests.fakes.console import Answer, Market, console, market
from tests.unit.test_matching_sides import post
from tests.unit.test_pages_terms import fields_of

__all__ = ["console", "market"]


def went_to(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return urlsplit(str(answer.headers["Location"])).path


def text_of(answer: Answer) -> str:
    assert answer.status == 200, answer.text
    return html.unescape(answer.text)


def pages(market: Market, brief_id: str) -> tuple[str, str]:
    """The brief as its brand and as the host sees it."""
    return f"/brand/briefs/{brief_id}", f"/creator/hosts/{market.host.tenant_id}/briefs/{brief_id}"


def test_a_brand_invites_from_the_ranking_and_the_agency_answers_for_its_host(market: Market) -> None:
    console, ranking = market.console, market.payable()
    brief_id = market.brief_id
    brand_page, host_page = pages(market, brief_id)
    invite = f"{brand_page}/answers?invite={market.host.tenant_id}"
    assert invite in text_of(console.get(ranking, market.brand))
    assert "Invite Nadia Hart" in text_of(console.get(invite, market.brand))
    empty = console.post(f"{brand_page}/invitations", market.brand, creator_id=market.host.tenant_id, message=" ")
    assert (empty.status, "Write something here." in empty.text) == (422, True)
    sent = console.post(f"{brand_page}/invitations", market.brand, creator_id=market.host.tenant_id, message="Come <soon>!")
    assert went_to(sent) == f"{brand_page}/answers"
    assert "Kettles invites Nadia Hart to January" in text_of(console.get("/creator", market.agency))
    assert "Kettles: January" in text_of(console.get("/creator/inbox", market.agency))
    page = console.get(host_page, market.agency)
    assert "Come &lt;soon&gt;!" in page.text
    assert "£300.00 a show" in page.text
    assert went_to(console.post(f"{host_page}/answer", market.agency, interested="yes")) == host_page
    assert "Interested" in text_of(console.get(f"{brand_page}/answers", market.brand))
    silent = console.post(f"{host_page}/answer", market.host, interested="no", reason="")
    assert (silent.status, 'id="decline-reason-error"' in silent.text) == (422, True)
    assert went_to(console.post(f"{host_page}/answer", market.host, interested="no", reason="I am away.")) == host_page
    assert "answered" in text_of(console.get(f"{brand_page}/answers", market.viewer))
    assert "I am away." in text_of(console.get(f"{brand_page}/answers", market.brand))
    gone = console.post(f"{brand_page}/invitations/{market.host.tenant_id}/withdraw", market.brand)
    assert (gone.status, "there is nothing to withdraw" in gone.text) == (409, True)


def test_a_host_applies_with_own_terms_and_the_brand_takes_them_up_by_one_click(market: Market) -> None:
    market.payable()
    console = market.console
    brand_page, host_page = pages(market, market.brief_id)
    assert host_page in text_of(console.get("/creator/briefs", market.host))
    assert f"{host_page}/terms" in text_of(console.get(host_page, market.host))
    form = console.get(f"{host_page}/terms?template=flat-and-commission", market.host)
    typed = fields_of(form) | {"flat_fee.amount_minor": "450.00"}
    refused = console.post(f"{host_page}/terms", market.host, **typed | {"message": ""})
    assert (refused.status, 'id="f-message-error"' in refused.text, fields_of(refused)["flat_fee.amount_minor"]) == (422, True, "450.00")
    looked = console.post(f"{host_page}/terms/look", market.host, **typed)
    assert "The brand is the brand (named once it has invited you)" in text_of(looked)
    assert "Kettles" not in looked.text.partition("<main")[2]
    assert went_to(console.post(f"{host_page}/terms", market.host, **typed | {"message": "For this."})) == host_page
    assert "Answer 1 application to January" in text_of(console.get("/brand", market.brand))
    page = text_of(console.get(f"{brand_page}/answers", market.brand))
    assert "flat fee 450.00 GBP per show" in page
    assert "450.00" in fields_of(console.get(f"{brand_page}/hosts/{market.host.tenant_id}/offer", market.brand))["flat_fee.amount_minor"]
    offer = went_to(console.post(f"{brand_page}/applications/{market.host.tenant_id}/offer", market.brand))
    (made,) = console.services.contracts.offers.list(market.brand)
    assert offer == f"/offers/{made.offer_id}"
    assert f"/offers/{made.offer_id}" in text_of(console.get(f"{brand_page}/answers", market.brand))
    assert "Accept: £450.00 to Nadia Hart" in text_of(console.get(f"/offers/{made.offer_id}", market.brand))
    assert went_to(console.post(f"/offers/{made.offer_id}/accept", market.brand, version=1)) == f"/contracts/{made.contract_id}"


def test_an_application_is_declined_with_a_reason_or_withdrawn(market: Market) -> None:
    market.payable()
    console = market.console
    brand_page, host_page = pages(market, market.brief_id)
    assert went_to(console.post(f"{host_page}/application", market.agency, message="She is free.")) == host_page
    twice = console.post(f"{host_page}/application", market.host, message="So am I.")
    assert (twice.status, "applied already" in twice.text) == (409, True)
    assert went_to(console.post(f"{host_page}/application/withdraw", market.host)) == host_page
    console.post(f"{host_page}/application", market.host, message="Now I am.")
    decline = f"{brand_page}/applications/{market.host.tenant_id}/decline"
    assert console.post(decline, market.brand, reason="").status == 422
    assert went_to(console.post(decline, market.brand, reason="Somebody else will.")) == f"{brand_page}/answers"
    assert "Somebody else will." in text_of(console.get(host_page, market.host))
    assert "Declined" in text_of(console.get("/creator/inbox", market.host))


def test_a_question_is_asked_and_answered_in_the_open(market: Market) -> None:
    console = market.console
    brand_page, host_page = pages(market, market.brief_id)
    assert console.post(f"{host_page}/questions", market.host, text="x" * 501).status == 422
    assert went_to(console.post(f"{host_page}/questions", market.host, text="Who ships?")) == host_page
    assert "Answer 1 question about January" in text_of(console.get("/brand", market.brand))
    (question,) = console.services.deals.approaches.questions(market.brand, market.brief_id)
    answer = f"{brand_page}/questions/{question.question_id}"
    assert console.post(answer, market.brand, text="").status == 422
    assert went_to(console.post(answer, market.brand, text="We do.")) == f"{brand_page}/answers"
    assert "We do." in text_of(console.get(host_page, market.host))


def test_a_brief_is_closed_for_good_and_its_pages_say_so(market: Market) -> None:
    market.payable()
    console = market.console
    brand_page, host_page = pages(market, market.brief_id)
    assert went_to(console.post(f"{brand_page}/close", market.brand)) == f"{brand_page}/answers"
    page = text_of(console.get(f"{brand_page}/answers", market.brand))
    assert "Closed" in page
    assert "Close this brief" not in page
    assert "Ask" not in text_of(console.get(host_page, market.host)).partition("Questions and answers</h2>")[2].partition("</section>")[0]
    assert "nobody can be booked for it" in text_of(console.get(brand_page, market.brand))
    late = console.post(f"{host_page}/questions", market.host, text="Where?")
    assert (late.status, "takes nothing more" in late.text, "Where?" in late.text) == (409, True, False)


def test_an_agency_chooses_for_which_of_its_hosts_it_looks_at_open_briefs(market: Market) -> None:
    console = market.console
    assert f"/creator/briefs?host={market.host.tenant_id}" in text_of(console.get("/creator/briefs", market.agency))
    listed = text_of(console.get(f"/creator/briefs?host={market.host.tenant_id}", market.agency))
    assert pages(market, market.brief_id)[1] in listed
    assert console.get("/creator/briefs?host=crt_x", market.agency).status == 404


def test_a_private_brief_is_nowhere_for_who_is_not_invited(market: Market) -> None:
    brief = post(market, visibility=Visibility.PRIVATE)
    console = market.console
    brand_page, host_page = pages(market, brief.brief_id)
    assert brief.brief_id not in text_of(console.get("/creator/briefs", market.host))
    assert console.get(host_page, market.host).status == console.get(f"{host_page}/terms", market.host).status == 404
    assert "Invited hosts and their agencies see it" in text_of(console.get(f"{brand_page}/answers", market.brand))


def test_an_offer_is_declined_with_a_reason_that_the_other_side_reads(market: Market) -> None:
    console, offer_id = market.console, market.offer()
    assert went_to(console.post(f"/offers/{offer_id}/decline", market.host, version=1, reason="Too far <away>.")) == f"/offers/{offer_id}"
    assert "The reason: Too far &lt;away&gt;." in console.get(f"/offers/{offer_id}", market.brand).text

"""An answer to an offer that is refused comes back on the offer as it stands now, with the reason and what was typed."""

import html

from tests.fakes.console import Market, console, market
from tests.unit.test_pages_approaches import text_of

__all__ = ["console", "market"]


def offered(market: Market) -> str:
    market.payable()
    sent = market.console.post(f"/brand/briefs/{market.brief_id}/offers", market.brand, creator_id=market.host.tenant_id)
    assert sent.status == 303, sent.text
    (made,) = market.console.services.contracts.offers.list(market.brand)
    return f"/offers/{made.offer_id}"


def test_a_fee_that_cannot_be_read_stands_in_its_field_with_the_reason(market: Market) -> None:
    path = offered(market)
    refused = market.console.post(f"{path}/counter", market.host, version=1, fee="a lot")
    assert (refused.status, 'name="fee" inputmode="decimal" required maxlength="20" value="a lot"' in refused.text) == (422, True)
    assert "'a lot' is not an amount" in html.unescape(refused.text).partition('id="counter-error"')[2].partition("</p>")[0]
    assert "counter-error" not in text_of(market.console.get(path, market.host))


def test_who_answers_a_superseded_version_sees_the_new_one_and_why(market: Market) -> None:
    path, post = offered(market), market.console.post
    assert post(f"{path}/counter", market.host, version=1, fee="350").status == 303
    assert post(f"{path}/counter", market.brand, version=2, fee="320").status == 303
    late = post(f"{path}/accept", market.host, version=2)
    page = html.unescape(late.text)
    assert late.status == 409
    assert "Version 3" in page
    assert "Accept: £320.00 to Nadia Hart" in page
    assert 'notice-bad" role="status"' in page
    no = post(f"{path}/decline", market.host, version=2, reason="Not for <that>.")
    assert (no.status, "Not for &lt;that&gt;.</textarea>" in no.text) == (409, True)
    assert post(f"{path}/withdraw", market.brand, version=3, reason="We found another host.").status == 303
    over = text_of(market.console.get(path, market.brand))
    assert "Make Nadia Hart another offer" in over
    assert "another offer" not in text_of(market.console.get(path, market.host))

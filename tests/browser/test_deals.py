"""How a deal is put together in a browser: a template filled in, edited and looked at, an offer, a counter-offer, an invitation."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.world import World


@pytest.fixture
def brief_id(world: World) -> str:
    """An open brief for an evening that nobody else wants."""
    return str(world.brief(world.booker, world.later + timedelta(days=4), "Put together in the browser")["brief_id"])


def look(visitor: Visitor, pictures: Path | None, name: str) -> None:
    """On a desk and on a phone: nothing overflows, nothing is out of reach."""
    for size, words in ((DESKTOP, "desktop"), (PHONE, "phone")):
        visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert visitor.violations() == []
        assert visitor.overflow() <= 0
        visitor.photograph(pictures, f"deal-{name}-{words}")
    visitor.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_an_offer_begins_with_a_template_is_seen_as_it_is_edited_and_countered(
    visitor: Open, world: World, brief_id: str, pictures: Path | None
) -> None:
    booker, host = visitor(), visitor()
    booker.sign_in(world.booker.email, world.cast.password())
    page = booker.open(f"/brand/briefs/{brief_id}/hosts/{world.cast.tenants['ada']}/offer")
    page.get_by_label("Template", exact=True).select_option(label="Bonus ladder")
    booker.press("Fill in this template")
    expect(page.get_by_label("Flat fee", exact=True)).to_have_value("300.00")
    look(booker, pictures, "template")
    page.get_by_label("Flat fee", exact=True).fill("345.00")
    expect(page.locator("#preview")).to_contain_text("a flat fee of 345.00 EUR per show")
    page.get_by_label("Flat fee", exact=True).fill("a lot")
    expect(page.locator("#preview")).to_contain_text("'a lot' is not an amount")
    booker.press(re.compile("^Send the offer to"))  # type: ignore[arg-type]  # Playwright takes both
    expect(page.get_by_role("heading", name="To correct")).to_be_visible()
    expect(page.get_by_label("Flat fee", exact=True)).to_have_value("a lot")
    look(booker, pictures, "to-correct")
    booker.excuse("422")
    page.get_by_role("link", name=re.compile("^Flat fee: ")).click()
    page.keyboard.press("Tab")
    page.get_by_label("Flat fee", exact=True).fill("345.00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="To correct")).to_have_count(0)
    booker.press(re.compile("^Send the offer to"))  # type: ignore[arg-type]  # likewise
    expect(page.locator("main")).to_contain_text("345.00 EUR per show")
    offer = booker.path
    host.sign_in(world.cast.host("ada").email, world.cast.password())
    host.open(offer)
    look(host, pictures, "offer")
    host.page.get_by_role("link", name=re.compile("^Counter with any other terms")).click()
    host.page.get_by_label("Flat fee", exact=True).fill("360.00")
    expect(host.page.locator("#preview")).to_contain_text("flat fee 345.00 EUR per show -> 360.00 EUR per show")
    look(host, pictures, "counter")
    host.press(re.compile("^Send version 2 to"))  # type: ignore[arg-type]  # likewise
    expect(host.page.locator("main")).to_contain_text("Changed, was: 345.00 EUR per show")


def test_a_brand_invites_a_host_who_asks_and_applies(visitor: Open, world: World, brief_id: str, pictures: Path | None) -> None:
    booker, host = visitor(), visitor()
    booker.sign_in(world.booker.email, world.cast.password())
    page = booker.open(f"/brand/briefs/{brief_id}/answers?invite={world.cast.tenants['ada']}")
    page.get_by_label("What the host reads").fill("We would love to see you show our winter table.")
    booker.press(re.compile("^Invite"))  # type: ignore[arg-type]  # Playwright takes both
    host.sign_in(world.cast.host("ada").email, world.cast.password())
    look(host, pictures, "host-home")
    host.open("/creator/inbox")
    look(host, pictures, "inbox")
    host.page.get_by_role("link", name="Read it").first.click()
    host.press("We are interested")
    host.page.get_by_label(re.compile("^Ask the brand")).fill("Who ships?")
    host.press("Ask")
    look(host, pictures, "brief-for-host")
    booker.open(f"/brand/briefs/{brief_id}/answers")
    page.get_by_label(re.compile("^Answer, for all")).fill("We do.")
    booker.press("Answer in the open")
    look(booker, pictures, "answers")
    host.page.reload()
    expect(host.page.locator("main")).to_contain_text("We do.")

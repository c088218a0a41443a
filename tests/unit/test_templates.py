"""Every template compiles and renders under StrictUndefined, without inline script or style, with what people need to find their way."""

import json
import re
from datetime import UTC, datetime

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.core.access import Principal, Role
from chalicelib.web.assets import asset
from chalicelib.web.render import TEMPLATES, Renderer
from chalicelib.web.views.bookings import BookingPage
from chalicelib.web.views.common import MINUS, Bar, bar_chart, chrome, money, when
from tests.unit import template_samples
from tests.unit.booking_samples import BOOKING_SAMPLES
from tests.unit.endings_samples import ENDING_SAMPLES
from tests.unit.host_page_samples import HOST_PAGE_SAMPLES
from tests.unit.planning_samples import PLANNING_SAMPLES
from tests.unit.template_samples import SITE
from tests.unit.terms_samples import TERMS_SAMPLES

SAMPLES = template_samples.SAMPLES | PLANNING_SAMPLES | ENDING_SAMPLES | TERMS_SAMPLES | HOST_PAGE_SAMPLES | BOOKING_SAMPLES

PARTS = {"matching/ask_for.html"}
"""What pages include."""
ALL = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
SECTION = "deal/booking_"
"""Parts of a booking's page, which features add to it."""
OWN = [name for name in ALL if not name.startswith(("contracts/", "mail/", SECTION)) and name not in {"base.html", "macros.html"} | PARTS]
INLINE_STYLE = re.compile(r"\sstyle\s*=|<style", re.IGNORECASE)
INLINE_HANDLER = re.compile(r"\son[a-z]+\s*=|javascript:", re.IGNORECASE)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*(?:\ssrc=|type=\"application/ld\+json\"))", re.IGNORECASE)


def rendered(name: str, stage: str = "local") -> str:
    template, principal, view = SAMPLES[name]
    renderer = Renderer({"asset": asset, "chrome": chrome})
    return renderer.render(template, stage=stage, site_url=SITE, principal=principal, view=view)


@pytest.mark.parametrize("template", ALL)
def test_every_template_compiles(template: str) -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True)
    assert environment.get_template(template).name == template


def test_every_template_of_ours_has_a_sample() -> None:
    assert sorted({template for template, _, _ in SAMPLES.values()}) == sorted(OWN)


def test_every_section_of_a_bookings_page_is_in_a_sample() -> None:
    shown = {section.template for _, _, view in SAMPLES.values() if isinstance(view, BookingPage) for section in view.sections}
    assert shown == {name for name in ALL if name.startswith(SECTION)}


@pytest.mark.parametrize("name", SAMPLES)
def test_no_page_needs_inline_script_or_style(name: str) -> None:
    text = rendered(name)
    assert [pattern.findall(text) for pattern in (INLINE_STYLE, INLINE_HANDLER, INLINE_SCRIPT)] == [[], [], []]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_page_has_a_language_a_title_a_skip_link_a_main_part_and_one_heading(name: str) -> None:
    text = rendered(name)
    assert text.lstrip().lower().startswith("<!doctype html>")
    found = [
        len(re.findall(pattern, text))
        for pattern in ('<html lang="en"', "<title>[^<]{3,} · ", 'class="skip" href="#content"', '<main id="content"', "<h1")
    ]
    assert found == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("name", SAMPLES)
def test_no_id_occurs_twice_and_every_label_has_its_field(name: str) -> None:
    text = rendered(name)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    referred = re.findall(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', text)
    assert {each for reference in referred for each in reference.split()} <= set(ids)


def test_what_people_wrote_is_escaped() -> None:
    _, principal, view = SAMPLES["error"]
    renderer = Renderer({"asset": asset, "chrome": chrome})
    text = renderer.render(
        "error.html", stage="prod", site_url=SITE, principal=principal, view=view | {"detail": "<script>alert(1)</script>"}
    )
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_only_a_local_stage_shows_the_test_bar() -> None:
    assert "Test mode" in rendered("brand_home", "local")
    assert "Test mode" not in rendered("brand_home", "prod")


def test_structured_data_of_the_show_page_is_an_event_and_its_products() -> None:
    blocks = [
        json.loads(block) for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', rendered("public_published"))
    ]
    assert [block["@type"] for block in blocks] == ["Event", "ItemList"]
    assert blocks[0]["location"] == {"@type": "VirtualLocation", "url": "https://www.youtube.com/watch?v=abcdefghijk"}
    assert blocks[1]["itemListElement"][1]["item"] == {
        "@type": "Product",
        "sku": "22423",
        "name": "Regency cakestand 3 tier",
        "offers": {"@type": "Offer", "price": "12.75", "priceCurrency": "GBP", "url": "https://shop.example/p/22423"},
    }


def test_a_draft_is_not_indexed_and_a_published_page_is() -> None:
    assert '<meta name="robots" content="noindex">' in rendered("public_draft")
    assert "noindex" not in rendered("public_published")


def test_the_live_page_shows_the_deal_without_any_script() -> None:
    text = rendered("public_live")
    assert "<s>£12.75</s> <strong>£9.95</strong>" in text
    assert 'data-poll="2"' in text


def test_a_replay_lists_what_was_shown_when() -> None:
    assert '<span class="offset">1:40</span> Regency cakestand 3 tier' in rendered("public_ended")


def test_money_for_people_has_its_sign_before_the_symbol() -> None:
    amounts = [money(105_000_00, "GBP"), money(-5, "EUR"), money(1250, "CHF"), money(-300, "JPY")]
    assert amounts == ["£105,000.00", f"{MINUS}€0.05", "12.50 CHF", f"{MINUS}300 JPY"]


def test_times_for_people_name_their_zone() -> None:
    assert when(datetime(2011, 7, 1, 18, tzinfo=UTC), "Europe/London") == "Fri 1 Jul 2011, 19:00 Europe/London"


def test_a_chart_is_drawn_in_whole_units_and_negative_days_stand_in_its_table_only() -> None:
    chart = bar_chart("Sales", "GBP", [("Mon", 50, "£0.50"), ("Tue", 100, "£1.00"), ("Wed", -10, "-£0.10")])
    assert chart.bars == (
        Bar(label="Mon", value="£0.50", x=0, y=80, width=238, height=80),
        Bar(label="Tue", value="£1.00", x=240, y=0, width=238, height=160),
        Bar(label="Wed", value="-£0.10", x=480, y=160, width=238, height=0),
    )
    assert (chart.first, chart.last, chart.top, chart.width) == ("Mon", "Wed", "£1.00", 720)


def test_a_chart_of_nothing_is_empty() -> None:
    assert bar_chart("Sales", "GBP", []).bars == ()
    assert {bar.height for bar in bar_chart("Sales", "GBP", [("Mon", 0, "£0.00")]).bars} == {0}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_home_in_its_navigation(role: Role) -> None:
    frame = chrome(Principal(user_id="usr_1", email="a@b.example", tenant_id="brd_1", role=role), "prod")
    assert frame.signed_in
    assert frame.role
    assert frame.home == frame.nav[0].href


def test_somebody_without_a_tenant_has_no_navigation_but_can_sign_out() -> None:
    frame = chrome(Principal(user_id="usr_1", email="a@b.example", tenant_id="", role=Role.BRAND_VIEWER), "prod")
    assert (frame.nav, frame.home, frame.role, frame.signed_in) == ((), "/", "", True)

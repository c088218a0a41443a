"""The public page of a show: open to anybody, complete without a script, and live."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.visitor import DESKTOP, PHONE
from tests.world import World

FLIP_MILLISECONDS = 15_000


@pytest.fixture(scope="module")
def live(world: World) -> Iterator[Any]:
    """A show on air, nothing pinned yet."""
    operator, booker = world.cast.staff("operator"), world.booker
    at = world.starts_at + timedelta(days=1)
    contract = world.agree("ada", at, "On air")[2]
    for person in (world.booker, world.cast.host("ada")):
        signature = world.signature(contract["contract_id"], person)
        person.post(f"/api/v1/contracts/{contract['contract_id']}/sign", signature)
    path = f"/api/v1/shows/{contract['bookings'][0]['show_id']}"
    world.booker.wait(path, bool, "The show of the contract")
    booker.put(path, {"line_up": ["MUG", "BOWL"], "attribution": {"before_minutes": 0, "after_minutes": 60}})
    booker.post(f"{path}/publish")
    booker.wait(path, lambda seen: seen["state"] == "published", "The published show")
    operator.put("/api/v1/clock", {"now": at.isoformat()})
    show = booker.post(f"{path}/start")
    world.settle_down()
    yield show
    booker.post(f"{path}/end")
    world.settle_down()


def test_anybody_sees_the_line_up_with_prices_without_an_account_or_a_script(visitor: Open, world: World, live: Any) -> None:
    anybody = visitor(java_script_enabled=False)
    page = anybody.open(f"/shows/{live['slug']}/")
    assert anybody.heading() == "A quiet hour"
    rows = page.locator("#products li")
    expect(rows).to_have_count(2)
    for row in rows.all():
        expect(row).to_contain_text("€12.00")
    assert anybody.context.cookies() == []
    assert world.show_id != live["show_id"]


def test_a_pin_in_the_console_turns_up_on_the_public_page_by_itself(visitor: Open, world: World, live: Any, pictures: Path | None) -> None:
    anybody, booker = visitor(), visitor()
    page = anybody.open(f"/shows/{live['slug']}/")
    expect(page.locator("#headline")).to_be_visible()
    booker.sign_in(world.booker.email, world.cast.password())
    for sku in ("Mug", "Bowl"):
        booker.open(f"/console/shows/{live['show_id']}")
        booker.press(f"Pin {sku}")
        expect(page.locator("#on-stage .stage-title")).to_have_text(sku, timeout=FLIP_MILLISECONDS)
        expect(page.locator("#products li.on")).to_contain_text(sku)
    assert booker.violations() == []
    booker.photograph(pictures, "live-console")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_public_page_is_clean_on_every_screen(
    visitor: Open, live: Any, scheme: str, size: tuple[int, int], pictures: Path | None
) -> None:
    anybody = visitor(size, color_scheme=scheme)
    page = anybody.open(f"/shows/{live['slug']}/")
    page.wait_for_load_state("networkidle")
    assert (anybody.violations(), anybody.overflow()) == ([], 0)
    anybody.photograph(pictures, f"show-{scheme}-{size[0]}")

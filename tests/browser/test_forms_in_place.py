"""Long forms as people fill them in: what is wrong is said beside its field with nothing lost, and the keyboard is enough."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.world import World

BUSY = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART:{day}T090000Z
DURATION:PT2H
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def _clean(visitor: Visitor, pictures: Path | None, name: str) -> None:
    """No violation and no overflow, on a phone and in the dark as well."""
    page: Any = visitor.page
    for look, size, scheme in (("desktop", DESKTOP, "light"), ("phone", PHONE, "light"), ("dark", DESKTOP, "dark")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert (visitor.violations(), visitor.overflow()) == ([], 0)
        visitor.photograph(pictures, f"{name}-{look}")
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_a_host_mends_the_hours_by_keyboard_alone(visitor: Open, world: World, pictures: Path | None) -> None:
    host = visitor()
    page = host.sign_in(world.cast.host("ben").email, world.cast.password(), "/calendar")
    hours = page.get_by_label("Sunday")
    hours.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("ten to noon")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert host.path.endswith("/hours")
    expect(hours).to_have_value("ten to noon")
    expect(hours).to_have_accessible_description("“ten to noon” cannot be understood. Write hours as 18:00-22:00, several with commas.")
    _clean(host, pictures, "calendar-wrong")
    hours.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0-24")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert host.path == "/calendar"
    expect(hours).to_have_value("00:00-24:00")
    host.excuse("422")


def test_a_host_brings_a_file_sees_what_is_held_and_subscribes(visitor: Open, world: World, pictures: Path | None) -> None:
    at = world.later + timedelta(days=1)
    brief = world.brief(world.booker, at, "Held")["brief_id"]
    offer = world.booker.post("/api/v1/offers", world.offer_body(brief, "ben", at) | {"hold_hours": 24})
    host = visitor()
    page = host.sign_in(world.cast.host("ben").email, world.cast.password(), "/calendar")
    page.get_by_label("Name", exact=True).fill("work")
    body = BUSY.format(day=f"{at:%Y%m%d}").encode()
    page.get_by_label("File", exact=True).set_input_files({"name": "work.ics", "mimeType": "text/calendar", "buffer": body})
    expect(page.get_by_label("Text of the .ics file")).to_have_value(body.decode().replace("\r\n", "\n"))
    host.press("Keep its busy times")
    host.open(f"/calendar?day={at:%Y-%m-%d}")
    day = page.locator(f'td:has(time[datetime="{at:%Y-%m-%d}"])')
    expect(day).to_contain_text("Held until")
    expect(day).to_contain_text("Busy 09:00-11:00")
    _clean(host, pictures, "calendar-full")
    host.open(f"/calendar?view=week&day={at:%Y-%m-%d}")
    _clean(host, pictures, "calendar-week")
    host.press("Make the address")
    address = page.get_by_label("Address to subscribe to").input_value()
    answer = page.request.get(address)
    assert (answer.status, answer.text().splitlines()[0]) == (200, "BEGIN:VCALENDAR")
    host.press("Remove the address")
    assert page.request.get(address).status == 404
    host.press("Remove work")
    world.cast.host("ben").post(f"/api/v1/offers/{offer['offer_id']}/decline", {"version": 1})
    host.open(f"/calendar?day={at:%Y-%m-%d}")
    expect(day).not_to_contain_text("Held")
    world.settle_down()


def test_a_booker_hears_beside_the_field_whom_nobody_knows_and_plans_on(visitor: Open, world: World, pictures: Path | None) -> None:
    at = world.later + timedelta(days=2)
    world.brief(world.booker, at, "To plan")
    booker = visitor()
    page = booker.sign_in(world.booker.email, world.cast.password(), "/plans")
    page.get_by_label("To plan").first.check()
    page.get_by_text("Budgets, pins and other wishes").click()
    pins = page.get_by_role("group", name="Pins, row 1")
    pins.get_by_label("Show").select_option(label=f"To plan, {at:%a %-d %b %Y %H:%M} UTC")
    pins.get_by_label("Host").fill("Nobody Known")
    booker.press("Plan these")
    expect(pins.get_by_label("Host")).to_have_value("Nobody Known")
    expect(pins).to_contain_text("No approved host is called “Nobody Known”.")
    expect(page.get_by_label("To plan").first).to_be_checked()
    _clean(booker, pictures, "plans-wrong")
    pins.get_by_label("Show").select_option("")
    pins.get_by_label("Host").fill("")
    page.get_by_label("Seconds to search").fill("5")
    booker.press("Plan these")
    assert booker.path.startswith("/plans/pln_")
    booker.excuse("422")
    world.settle_down()


def test_an_operators_wishes_for_many_brands_are_clean_in_every_look(visitor: Open, world: World, pictures: Path | None) -> None:
    world.brief(world.booker, world.later + timedelta(days=3), "Ours")
    operator = visitor()
    page = operator.sign_in(world.cast.staff("operator").email, world.cast.password(), "/plans")
    page.get_by_text("Budgets, pins and other wishes").click()
    rivals = page.get_by_role("group", name="Brands that compete, row 1")
    rivals.get_by_label("Category").select_option("kitchen")
    rivals.get_by_label("From, in UTC").fill("2010-03-01T00:00")
    rivals.get_by_label("Until, in UTC").fill("2010-02-01T00:00")
    page.get_by_role("checkbox").first.check()
    operator.press("Plan these")
    expect(rivals).to_contain_text("Tick at least two brands that compete.")
    expect(rivals).to_contain_text("This ends before it begins.")
    _clean(operator, pictures, "plans-season")
    operator.excuse("422")

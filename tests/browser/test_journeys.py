"""What people come for, each through the hosted sign-in and the forms of the pages."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from demo.client import Person
from tests.browser.conftest import Open
from tests.browser.visitor import Visitor
from tests.world import FEE_MINOR, World, csv_file

ENDED_SECONDS = 60
LINES = 3
SETTLEMENT_EACH_MINOR = (FEE_MINOR * 9 // 10, FEE_MINOR // 10)


def _signed_in(visitor: Open, world: World, person: Person, start: str = "/") -> Visitor:
    """A profile of somebody of the world."""
    opened = visitor()
    opened.sign_in(person.email, world.cast.password(), start)
    return opened


def _sign(side: Visitor, world: World, name: str) -> None:
    """Sign the open contract by its form."""
    page = side.open(f"/contracts/{world.contract_to_sign}")
    page.get_by_role("checkbox").check()
    page.get_by_label("Type your full name").fill(name)
    side.press("Sign this contract")


def _reload_until(visitor: Visitor, text: str) -> None:
    """Look again until the workers are done."""
    for _ in range(ENDED_SECONDS):
        if visitor.page.get_by_text(text).count():
            return
        visitor.page.wait_for_timeout(1_000)
        visitor.page.reload()
    expect(visitor.page.get_by_text(text).first).to_be_visible()


def test_a_booker_signs_in_and_finds_the_brand_the_hosts_that_fit_and_the_offer(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker)
    assert (booker.path, booker.heading()) == ("/brand", "Lark Ceramics")
    booker.page.get_by_role("link", name="Signed", exact=True).first.click()
    assert booker.heading() == "Hosts for Signed"
    expect(booker.page.get_by_role("heading", name="Left out, and why")).to_be_visible()
    booker.open(f"/offers/{world.offer_id}")
    expect(booker.page.get_by_role("heading", name="Terms")).to_be_visible()
    expect(booker.page.locator("main")).to_contain_text("500.00 EUR per show")


def test_somebody_who_is_not_signed_in_comes_to_the_page_they_asked_for(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker, f"/contracts/{world.contract_id}")
    assert booker.path == f"/contracts/{world.contract_id}"


def test_brand_and_host_sign_a_contract_by_its_form(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker)
    _sign(booker, world, "Bea Booker")
    assert booker.path == f"/contracts/{world.contract_to_sign}"
    expect(booker.page.get_by_role("button", name="Sign this contract")).to_have_count(0)
    host = _signed_in(visitor, world, world.cast.host("ben"))
    _sign(host, world, "Ben Marsh")
    expect(host.page.get_by_role("heading", level=1).locator("..")).to_contain_text("Signed")


def test_a_host_accepts_an_offer_by_its_button(visitor: Open, world: World) -> None:
    at = world.later + timedelta(days=2)
    brief_id = world.brief(world.booker, at, "Asked in the browser")["brief_id"]
    offer = world.booker.post("/api/v1/offers", world.offer_body(brief_id, "ada", at))
    host = _signed_in(visitor, world, world.cast.host("ada"))
    assert host.path == "/creator"
    host.page.locator(f"a[href='/offers/{offer['offer_id']}']").first.click()
    with host.page.expect_navigation():
        host.page.get_by_role("button", name=re.compile("^Accept")).click()
    assert world.booker.get(f"/api/v1/offers/{offer['offer_id']}")["state"] == "accepted"
    host.excuse("404")  # the contract may not be drawn up yet


def test_a_sales_file_is_uploaded_in_the_browser_and_followed_to_its_end(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker, "/brand/imports")
    body = csv_file([world.row(f"browser-{number}") for number in range(LINES)])
    page = booker.page
    page.get_by_label("Kind of file").select_option("generic")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("File", exact=True).set_input_files({"name": "from-the-browser.csv", "mimeType": "text/csv", "buffer": body})
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/brand/imports/imp_"))
    expect(page.get_by_role("heading", name="from-the-browser.csv")).to_contain_text("Done", timeout=ENDED_SECONDS * 1_000)
    expect(page.locator("dl.figures").first).to_contain_text("€36.00")
    world.settle_down()


def test_finance_brings_stripes_report_in_the_browser_and_sees_it_compared(visitor: Open, world: World) -> None:
    analyst = _signed_in(visitor, world, world.preparer, "/finance/stripe-reports")
    page = analyst.page
    header = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id"
    body = f"{header}\ntxn_browser,2011-01-05 09:30:00,eur,1.00,0.10,0.90,charge,ch_browser\n".encode()
    page.get_by_label("File", exact=True).set_input_files({"name": "activity.csv", "mimeType": "text/csv", "buffer": body})
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/finance/stripe-reports/srp_"))
    expect(page.locator("#report")).to_contain_text("€0.90", timeout=ENDED_SECONDS * 1_000)
    page.goto(page.url)
    expect(page.get_by_role("main")).to_contain_text("Compared")
    world.settle_down()


def test_a_file_that_cannot_be_taken_is_refused_in_place(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker, "/brand/imports")
    page = booker.page
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("File", exact=True).set_input_files({"name": "empty.csv", "mimeType": "text/csv", "buffer": b""})
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("[data-words]")).not_to_have_text("")
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()
    assert booker.path == "/brand/imports"
    booker.excuse("422")


def test_a_host_sees_earnings_and_the_statement_that_explains_them(visitor: Open, world: World) -> None:
    host = _signed_in(visitor, world, world.cast.host("ada"))
    expect(host.page.locator("dl.figures").first).to_contain_text("€450.00")
    host.open(f"/contracts/{world.contract_id}/statement")
    assert host.heading().startswith("Statement")
    expect(host.page.locator("main")).to_contain_text("450.00")


def test_one_person_prepares_settlements_and_another_one_approves_them(visitor: Open, world: World) -> None:
    preparer = _signed_in(visitor, world, world.preparer)
    assert preparer.path == "/finance"
    preparer.open("/finance/settlements")
    with preparer.page.expect_navigation():
        preparer.page.get_by_role("button", name=re.compile("^Prepare €")).click()
    payees = {world.cast.tenants["ada"], world.cast.tenants["desk"]}
    waiting = [each for each in world.preparer.get("/api/v1/settlements") if each["state"] == "open" and each["payee_id"] in payees]
    assert sorted(each["amount_minor"] for each in waiting) == sorted(SETTLEMENT_EACH_MINOR)
    preparer.open(f"/finance/settlements/{waiting[0]['settlement_id']}")
    expect(preparer.page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    approver = _signed_in(visitor, world, world.approver)
    for each in waiting:
        approver.open(f"/finance/settlements/{each['settlement_id']}")
        with approver.page.expect_navigation():
            approver.page.get_by_role("button", name=re.compile("^Approve €")).click()
        _reload_until(approver, "Approved")
    world.settle_down()


def test_a_form_that_is_refused_has_a_way_back(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker, f"/contracts/{world.contract_id}")
    page = booker.page
    page.evaluate(
        """path => { const form = document.createElement("form"); form.method = "post"; form.action = path;
        form.innerHTML = '<input name="document_sha256" value="short"><input name="consent_version" value="1">';
        document.body.append(form); form.submit(); }""",
        f"/contracts/{world.contract_id}/sign",
    )
    page.get_by_role("link", name="Back to where you were").click()
    assert booker.path == f"/contracts/{world.contract_id}"
    booker.excuse("422")


def test_signing_out_ends_the_session_and_going_back_shows_nothing(visitor: Open, world: World) -> None:
    booker = _signed_in(visitor, world, world.booker)
    cookies = booker.context.cookies()
    booker.page.get_by_role("link", name="Sign out").click()
    booker.page.wait_for_url(f"{booker.site_url}/")
    booker.page.go_back()
    expect(booker.page.get_by_text("Lark Ceramics")).to_have_count(0)
    booker.context.add_cookies(cookies)  # type: ignore[arg-type]  # what was read may be written
    booker.open("/brand")
    assert booker.path != "/brand"


def test_somebody_who_belongs_nowhere_is_welcomed(visitor: Open, world: World) -> None:
    newcomer = _signed_in(visitor, world, world.cast.person("newcomer@elsewhere.example"))
    assert (newcomer.path, newcomer.heading()) == ("/welcome", "Welcome")


def test_from_the_first_page_to_the_own_home_by_keyboard_alone(visitor: Open, world: World) -> None:
    booker = visitor()
    page = booker.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/oauth2/authorize**")
    name, password = page.locator("#username"), page.locator("#password")
    expect(name).to_be_focused()  # the page gives the focus there itself; what is typed before would be lost
    page.keyboard.type(world.booker.email)
    expect(name).to_have_value(world.booker.email)
    page.keyboard.press("Tab")
    expect(password).to_be_focused()
    page.keyboard.type(world.cast.password())
    expect(password).to_have_value(world.cast.password())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{booker.site_url}/brand")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()

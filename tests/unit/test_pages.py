"""Each page of the console for its persona, full and empty, and closed to everybody else; each form does what it says."""

import html
import re
from dataclasses import replace

import pytest

from chalicelib.core.access import PLATFORM_TENANT, Principal, Role
from chalicelib.directory.rules import TenantKind, TenantState
from chalicelib.payouts.rules.funding import FundingState
from chalicelib.shows.rules import STARTS_AHEAD_AT_MOST
from chalicelib.web.sessions import SESSION_COOKIE
from tests.fakes.console import OPERATOR, SITE, STARTS, Answer, Console, Market, after, console, market, tenant

__all__ = ["console", "market"]


def hidden(text: str, name: str) -> str:
    """The value of a form's hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, f"there is no hidden field {name}"
    return found[1]


def went_to(answer: Answer) -> str:
    """Where a form sends the browser."""
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(SITE)


def rows_of(text: str, heading: str) -> str:
    """The part of a page from a heading on to the next one."""
    return text.split(f">{heading}</h2>")[1].split("<h2", maxsplit=1)[0]


def test_strangers_are_asked_to_sign_in_and_members_go_to_their_home(market: Market) -> None:
    console = market.console
    entrance = console.get("/")
    assert entrance.status == 200
    assert 'href="/sign-in"' in entrance.text
    people = {market.brand: "/brand", market.viewer: "/brand", market.host: "/creator", market.agency: "/creator", OPERATOR: "/operator"}
    people |= {market.analyst: "/finance", market.preparer: "/finance", market.approver: "/finance"}
    assert {who.email: went_to(console.get("/", who)) for who in people} == {who.email: path for who, path in people.items()}


def test_a_page_sends_strangers_to_sign_in_and_back(console: Console) -> None:
    assert went_to(console.get("/brand")) == "/sign-in?next=/brand"


def test_an_ended_session_is_said_so(console: Console) -> None:
    who = Principal(user_id="usr_1", email="a@example.com", tenant_id="", role=Role.BRAND_VIEWER)
    console.cookies[who.email] = "unknown"
    assert "Please sign in again" in console.get("/", who).text


def test_somebody_new_opens_a_brand_and_finds_its_home_waiting_for_approval(console: Console) -> None:
    new = Principal(user_id="usr_new", email="new@example.com", tenant_id="", role=Role.BRAND_VIEWER)
    assert went_to(console.get("/", new)) == "/welcome"
    assert "Open it" in console.get("/welcome", new).text
    assert went_to(console.post("/welcome/brand", new, name="Kettle & Cove")) == "/"
    assert went_to(console.get("/", new)) == "/brand"
    home = console.get("/brand", new)
    assert "Kettle &amp; Cove waits for approval" in home.text
    assert went_to(console.get("/welcome", new)) == "/brand"


@pytest.mark.parametrize(("kind", "home"), [("creator", "/creator"), ("agency", "/creator")])
def test_hosts_and_agencies_open_their_own(console: Console, kind: str, home: str) -> None:
    new = Principal(user_id="usr_new", email="new@example.com", tenant_id="", role=Role.BRAND_VIEWER)
    console.post(f"/welcome/{kind}", new, name="Nadia")
    assert went_to(console.get("/", new)) == home


def test_an_operator_approves_who_waits(console: Console) -> None:
    new = Principal(user_id="usr_new", email="new@example.com", tenant_id="", role=Role.BRAND_VIEWER)
    console.post("/welcome/brand", new, name="<b>Kettles</b>")
    (waiting,) = console.services.directory.waiting()
    page = console.get("/operator", OPERATOR)
    assert page.status == 200
    assert "Approve &lt;b&gt;Kettles&lt;/b&gt;" in page.text
    assert went_to(console.post(f"/operator/tenants/{waiting.tenant_id}/approve", OPERATOR)) == "/operator"
    assert console.services.directory.tenant(waiting.tenant_id).state is TenantState.APPROVED
    empty = console.get("/operator", OPERATOR).text
    assert "Nobody waits for approval." in empty
    assert "payouts" in rows_of(empty, "Queues")


EMPTY = (
    (TenantKind.BRAND, Role.BRAND_OWNER, "/brand", "No show is booked yet."),
    (TenantKind.BRAND, Role.BRAND_OWNER, "/brand/imports", "No sales file was imported yet."),
    (TenantKind.CREATOR, Role.CREATOR, "/creator", "No gig is booked."),
    (TenantKind.AGENCY, Role.AGENCY_MANAGER, "/creator", "No offer yet."),
    (TenantKind.CREATOR, Role.CREATOR, "/creator/payouts", "Payouts are not connected yet."),
)


@pytest.mark.parametrize(("kind", "role", "path", "words"), EMPTY)
def test_a_page_with_nothing_on_it_says_what_comes_next(console: Console, kind: TenantKind, role: Role, path: str, words: str) -> None:
    page = console.get(path, tenant(console, kind, role, "somebody"))
    assert page.status == 200, page.text
    assert words in page.text


FINANCE_EMPTY = (
    ("/finance", "There has been no reconciliation yet"),
    ("/finance/imports", "No sales file was imported yet."),
    ("/finance/settlements", "No settlement was prepared yet."),
    ("/finance/reconciliation", "There has been no reconciliation yet. Run one."),
    ("/finance/ledger", "Nothing is booked yet."),
    ("/finance/ledger?check=1", "Transactions balance (invariant 1)"),
)


@pytest.mark.parametrize(("path", "words"), FINANCE_EMPTY)
def test_finance_without_anything_says_what_comes_next(console: Console, path: str, words: str) -> None:
    page = console.get(path, console.member(PLATFORM_TENANT, Role.FINANCE_ANALYST, "analyst"))
    assert page.status == 200, page.text
    assert words in page.text


CLOSED = (
    ("brand", "/creator"),
    ("brand", "/finance"),
    ("brand", "/operator"),
    ("brand", "/finance/reconciliation"),
    ("host", "/brand"),
    ("host", "/brand/imports"),
    ("host", "/finance/settlements"),
    ("agency", "/finance/ledger"),
    ("approver", "/brand"),
    ("approver", "/creator"),
    ("approver", "/operator"),
    ("viewer", "/creator/payouts"),
)


@pytest.mark.parametrize(("who", "path"), CLOSED)
def test_a_page_is_closed_to_other_roles(market: Market, who: str, path: str) -> None:
    page = market.console.get(path, getattr(market, who))
    assert page.status == 403
    assert "does not include this" in page.text
    assert "Sign out" in page.text


def test_a_brief_shows_its_ranked_hosts_with_reasons_and_is_nobody_elses(market: Market) -> None:
    path = market.payable()
    page = market.console.get(path, market.viewer)
    assert page.status == 200
    assert "Nadia Hart" in page.text
    assert "Expected sales" in page.text
    assert market.console.get(path, market.rival).status == 404
    assert "January" in rows_of(market.console.get("/brand", market.brand).text, "Briefs")


def test_a_counter_offer_says_what_changed_and_is_accepted_by_the_other_side(market: Market) -> None:
    console, offer_id = market.console, market.offer()
    path = f"/offers/{offer_id}"
    assert "Answer Kettles" in console.get("/creator", market.host).text
    assert "Accept: £300.00 to Nadia Hart" in console.get(path, market.host).text
    console.services.contracts.offers.counter(market.host, offer_id, 1, market.terms(350_00))
    page = console.get(path, market.brand).text
    assert "Changed, was: 300.00 GBP per show" in page
    assert "Winter &lt;table&gt;" in page
    assert "counter-offer" in console.get("/brand", market.brand).text
    assert "Accept" not in console.get(path, market.viewer).text.split("Terms</h2>")[1]
    assert "Withdraw this version" in console.get(path, market.host).text
    answer = console.post(f"{path}/accept", market.brand, version=hidden(page, "version"))
    contract = went_to(answer)
    waiting = console.get(contract, market.brand)
    assert (waiting.status, "being drawn up" in waiting.text, f'hx-get="{contract}"' in waiting.text) == (200, True, True)
    assert console.get(contract, market.rival).status == 404
    console.work()
    assert console.get(contract, market.brand).status == 200
    assert console.get(contract, market.rival).status == console.get(path, market.rival).status == 404


@pytest.mark.parametrize(("move", "who", "state"), [("decline", "host", "declined"), ("withdraw", "brand", "withdrawn")])
def test_an_offer_ends_by_either_side(market: Market, move: str, who: str, state: str) -> None:
    offer_id = market.offer()
    answer = market.console.post(f"/offers/{offer_id}/{move}", getattr(market, who), version=1)
    assert went_to(answer) == f"/offers/{offer_id}"
    assert market.console.services.contracts.offers.offer(offer_id).state == state
    assert state.capitalize() in market.console.get(f"/offers/{offer_id}", market.agency).text


def test_an_answer_to_a_version_that_is_gone_is_a_page_that_says_so(market: Market) -> None:
    offer_id = market.offer()
    page = market.console.post(f"/offers/{offer_id}/accept", market.host, version=7)
    assert page.status == 409
    assert "is not the last one any more" in page.text
    assert market.console.post(f"/offers/{offer_id}/accept", market.host, version=1, more="x").status == 422


def test_both_sides_sign_the_exact_document_by_the_form(market: Market) -> None:
    console, contract = market.console, market.drafted()
    path = f"/contracts/{contract.contract_id}"
    for who in (market.brand, market.host):
        page = console.get(path, who).text
        fields = {name: hidden(page, name) for name in ("document_sha256", "consent_version")}
        assert fields["document_sha256"] == contract.document_sha256
        refused = console.post(f"{path}/sign", who, **fields, typed_name="Somebody Real")
        assert refused.status == 422
        assert went_to(console.post(f"{path}/sign", who, **fields, typed_name="Somebody Real", consent="true")) == path
    console.work()
    page = console.get(path, market.brand).text
    assert 'name="typed_name"' not in page
    assert "Intact" in page
    assert "by Somebody Real" in page
    assert "Pay £150.00" in page


def test_only_signatories_get_the_form_and_a_forged_hash_signs_nothing(market: Market) -> None:
    console, contract = market.console, market.drafted()
    path = f"/contracts/{contract.contract_id}"
    assert 'name="typed_name"' not in console.get(path, market.agency).text
    assert 'name="typed_name"' not in console.get(path, market.viewer).text
    forged = {"document_sha256": "0" * 64, "consent_version": "consent-2026-1", "typed_name": "X", "consent": "true"}
    assert console.post(f"{path}/sign", market.brand, **forged).status == 409
    assert console.post(f"{path}/sign", market.rival, **forged).status == 404
    assert contract.document_sha256 not in console.get(f"{path}/document", market.rival).text
    assert "Contract between" in console.get(f"{path}/document", market.host).text


def test_the_deposit_is_asked_for_and_its_page_at_stripe_is_a_link(market: Market) -> None:
    console, contract = market.console, market.signed()
    path = f"/contracts/{contract.contract_id}/payment"
    assert "Pay the deposit of £150.00" in console.get("/brand", market.brand).text
    assert "Pay £150.00 for Nadia Hart" in console.get(path, market.brand).text
    assert went_to(console.post(f"{path}/deposit", market.brand)) == path
    waiting = console.get(path, market.brand).text
    assert "Stripe&#39;s page is being made" in waiting
    (funding,) = console.services.payouts.fundings.of_contract(market.brand, contract.contract_id)
    assert (funding.amount_minor, funding.state) == (150_00, FundingState.REQUESTED)
    assert console.get(path, market.rival).status == 404
    assert console.get(path, market.host).status == 403
    console.work()
    assert f'href="https://pay.example/cs_{funding.funding_id}' in console.get(path, market.brand).text
    console.stripe.pay(f"cs_{funding.funding_id}")
    console.services.payouts.fundings.observe(console.stripe.checkout(f"cs_{funding.funding_id}"))
    assert "Deposit of" not in console.get(path, market.brand).text
    assert "Pay the deposit" not in console.get("/brand", market.brand).text


def test_a_host_connects_payouts_at_stripe_by_a_link(market: Market) -> None:
    console = market.console
    console.stripe.active = False
    assert "Connect payouts so that we can pay you" in console.get("/creator", market.host).text
    assert went_to(console.post("/creator/payouts", market.host)) == "/creator/payouts"
    assert "The link to Stripe is being made" in console.get("/creator/payouts", market.host).text
    console.work()
    assert 'href="https://connect.example/acct_1' in console.get("/creator/payouts", market.host).text
    assert "Finish connecting payouts" in console.get("/creator", market.host).text
    console.stripe.active = True
    console.services.payouts.accounts.observe("acct_1")
    assert "Payouts are connected." in console.get("/creator/payouts", market.host).text
    assert "payouts" not in rows_of(console.get("/creator", market.host).text, "To do")


def test_a_show_is_set_up_published_run_and_ended_by_forms(market: Market) -> None:
    console, show_id = market.console, market.signed().bookings[0].show_id
    path = f"/console/shows/{show_id}"
    page = console.get(path, market.brand).text
    assert "Pick the line-up below" in page
    fields = {"version": hidden(page, "version"), "title": "The winter table", "line_up": ["22423", "47566"], "codes": "NADIA5, N5"}
    assert went_to(console.post(path, market.brand, **fields)) == path
    show = console.services.shows.show(show_id)
    assert [item.sku for item in show.line_up] == ["22423", "47566"]
    assert show.attribution.codes == ("NADIA5", "N5")
    assert console.post(path, market.brand, **fields).status == 409
    assert went_to(console.post(f"{path}/publish", market.brand)) == path
    early = console.get(path, market.brand).text
    assert ("Go on air now" in early, "You can go on air from Mon 10 Jan 2011, 18:00 Europe/London on" in early) == (False, True)
    assert "It can go on air from Mon 10 Jan 2011, 18:00 UTC on" in console.post(f"{path}/start", market.brand).text
    console.services.clock.set(STARTS - STARTS_AHEAD_AT_MOST)
    assert "Go on air now" in console.get(path, market.brand).text
    console.services.clock.set(after(0))
    for step, form in (("start", {}), ("pins", {"sku": "22423"})):
        assert went_to(console.post(f"{path}/{step}", market.brand, **form)) == path
    live = console.get(path, market.brand).text
    assert "On stage" in live
    assert "Pin Party bunting" in live
    assert "Pin Party bunting" not in console.get(path, market.host).text
    assert went_to(console.post(f"{path}/end", market.brand)) == path
    report = console.get(path, market.brand).text
    assert "Ended" in report
    assert "Regency cakestand" in rows_of(report, "What was shown when")
    assert console.get(path, market.rival).status == 404
    assert console.post(f"{path}/publish", market.host).status == 403


def test_an_import_shows_its_progress_and_rejected_rows_to_its_brand_and_finance_only(market: Market) -> None:
    console = market.console
    import_id = market.imported(
        "o-1,1,22423,2011-01-10T19:30:00Z,2,12.75,GBP",
        "o-2,1,22423,2011-01-10T19:30:00Z,many,12.75,GBP",
    )
    page = console.get(f"/brand/imports/{import_id}", market.viewer)
    assert page.status == 200
    assert "many" in rows_of(page.text, "Rejected rows")
    assert "january.csv" in rows_of(console.get("/brand/imports", market.brand).text, "Imports")
    assert console.get(f"/brand/imports/{import_id}", market.rival).status == 404
    found = went_to(console.get(f"/finance/imports/{import_id}", market.analyst))
    assert found == f"/finance/imports/{import_id}?brand_id={market.brand.tenant_id}"


def test_finance_follows_an_import_of_any_brand(market: Market) -> None:
    import_id = market.imported("o-1,1,22423,2011-01-10T19:30:00Z,many,12.75,GBP")
    console = market.console
    assert "january.csv" in console.get("/finance/imports", market.analyst).text
    assert "1 row of january.csv was rejected" in console.get("/finance", market.analyst).text
    assert console.get("/finance/imports/imp_unknown", market.analyst).status == 404
    assert console.get(f"/finance/imports/{import_id}", market.host).status == 403


def test_a_statement_opens_for_its_parties_and_is_nobody_elses(market: Market) -> None:
    contract = market.sold()
    path = f"/contracts/{contract.contract_id}/statement"
    pages = {who: market.console.get(path, getattr(market, who)) for who in ("brand", "host", "agency", "analyst")}
    assert {who: page.status for who, page in pages.items()} == dict.fromkeys(pages, 200)
    assert "Appearance fee" in pages["host"].text
    assert "Net sales 25.50" in pages["brand"].text
    assert market.console.get(path, market.rival).status == 404
    home = market.console.get("/creator", market.host).text
    assert f'href="{path}"' in home
    assert "Waits for the brand" in home


def test_a_settlement_is_prepared_by_one_person_and_approved_by_another(market: Market) -> None:
    market.funded()
    console = market.console
    page = console.get("/finance/settlements", market.preparer).text
    assert "for 2 payees" in page
    assert "for 2 payees" not in console.get("/finance/settlements", market.approver).text
    assert console.post("/finance/settlements", market.approver, currency="GBP").status == 403
    assert went_to(console.post("/finance/settlements", market.preparer, currency=hidden(page, "currency"))) == "/finance/settlements"
    settlements = console.services.payouts.settlements.listed(market.approver)
    mine = next(each for each in settlements if each.payee_id == market.host.tenant_id)
    path = f"/finance/settlements/{mine.settlement_id}"
    review = console.get(path, market.approver).text
    assert "Approve £" in review
    assert "to Nadia Hart</button>" in review
    assert "The first settlement of this payee." in review
    assert "Approve £" not in console.get(path, market.preparer).text
    assert console.post(f"{path}/approve", market.preparer).status == 403
    assert went_to(console.post(f"{path}/approve", market.approver)) == path
    assert console.services.payouts.settlements.get(market.approver, mine.settlement_id).state == "approved"
    other = next(each for each in settlements if each.payee_id == market.agency.tenant_id)
    console.post(f"/finance/settlements/{other.settlement_id}/void", market.approver, reason="the wrong month")
    assert console.services.payouts.settlements.get(market.approver, other.settlement_id).state == "void"
    assert "On its way" in console.get("/creator", market.host).text


def test_who_prepared_a_settlement_reads_why_somebody_else_has_to_approve_it(market: Market) -> None:
    market.funded()
    console = market.console
    both = Principal(user_id=market.approver.user_id, email=market.approver.email, tenant_id=PLATFORM_TENANT, role=Role.FINANCE_PREPARER)
    run = console.services.payouts.settlements.prepare(both, "GBP")
    page = console.get(f"/finance/settlements/{run.settlements[0].settlement_id}", market.approver).text
    assert "another person has to approve it" in page
    assert "Approve £" not in page


def test_finance_home_shows_money_sales_and_what_waits(market: Market) -> None:
    market.funded()
    page = market.console.get("/finance", market.preparer).text
    assert "Net sales of shows per day" in page
    assert "2011-01-10" in page
    assert "Money is payable and in no settlement yet" in page


def test_reconciliation_is_run_shows_its_exceptions_and_keeps_the_period_open(market: Market) -> None:
    market.funded()
    console = market.console
    assert went_to(console.post("/finance/reconciliation/run", market.analyst)) == "/finance/reconciliation"
    console.work()
    page = console.get("/finance/reconciliation", market.approver).text
    assert "Ledger to Stripe" in page
    assert "txn_cs_" in rows_of(page, "Exceptions")
    assert "for ever" not in page
    assert console.post("/finance/reconciliation/close", market.approver, period="2011-01").status == 409
    assert console.post("/finance/reconciliation/close", market.analyst, period="2011-01").status == 403
    assert "Sales without a show" in page


def test_a_period_with_nothing_unexplained_is_closed_by_an_approver(market: Market) -> None:
    market.sold()
    console = market.console
    console.post("/finance/reconciliation/run", market.analyst)
    console.work()
    page = console.get("/finance/reconciliation?period=2011-01", market.approver).text
    assert "Close 2011-01 for ever" in page
    assert "for ever" not in console.get("/finance/reconciliation", market.analyst).text
    assert went_to(console.post("/finance/reconciliation/close", market.approver, period=hidden(page, "period"))).endswith("2011-01")
    assert "This period is closed" in console.get("/finance/reconciliation?period=2011-01", market.analyst).text
    assert "2011-02" in console.get("/finance/reconciliation", market.analyst).text
    assert console.get("/finance/reconciliation?period=soon", market.analyst).status == 422


def test_the_ledger_shows_balances_and_checks_invariants_when_asked(market: Market) -> None:
    market.funded()
    page = market.console.get("/finance/ledger?check=1", market.analyst).text
    assert f"payee:{market.host.tenant_id}:payable" in page
    assert "Holds" in page
    assert "Broken" not in page


def test_a_form_of_another_site_changes_nothing(market: Market) -> None:
    console, offer_id = market.console, market.offer()
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"}
    cookie = console.cookie(market.host)
    answer = console.gateway.handle_request(
        method="POST", path=f"/offers/{offer_id}/accept", headers={**headers, "cookie": f"{SESSION_COOKIE}={cookie}"}, body=b"version=1"
    )
    assert answer["statusCode"] == 403
    assert console.services.contracts.offers.offer(offer_id).state == "offered"


OUTSIDE = ("/assets/", "/shows/", "/sign-", "http")


def crawled(console: Console, who: Principal, start: str) -> dict[str, Answer]:
    """Every page that can be reached from a start by links, without what the bucket serves and what leaves the site."""
    seen: dict[str, Answer] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        answer = console.get(path, who)
        if answer.status == 303 and answer.headers["Location"].startswith("https://test-records."):
            answer = replace(answer, status=200)
        if answer.status == 303:
            answer = console.get(went_to(answer), who)
        seen[path] = answer
        links = {html.unescape(link).partition("#")[0] for link in re.findall(r'<a [^>]*href="([^"]+)"', answer.text)}
        for link in sorted(link for link in links if link and not link.startswith(OUTSIDE) and link not in {*seen, *waiting}):
            alike = sum(known.partition("?")[0] == link.partition("?")[0] for known in (*seen, *waiting))
            waiting += [link] if alike < LOOKS_OF_A_PAGE else []
    return seen


LOOKS_OF_A_PAGE = 8
"""A calendar has a page for every month; its links lead on for ever."""


WALKS = (
    ("brand", "/contracts/{contract}/statement"),
    ("viewer", "/brand/imports/{import}"),
    ("host", "/contracts/{contract}/document"),
    ("agency", "/console/shows/{show}"),
    ("analyst", "/finance/reconciliation"),
    ("approver", "/finance/settlements/{settlement}"),
)


@pytest.mark.parametrize(("who", "reached"), WALKS)
def test_every_link_that_a_persona_can_follow_opens(market: Market, who: str, reached: str) -> None:
    contract = market.funded()
    found = market.console.services
    found.payouts.settlements.prepare(market.preparer, "GBP")
    found.reconciliation.request(market.analyst)
    market.console.work()
    known = {
        "contract": contract.contract_id,
        "show": contract.bookings[0].show_id,
        "import": found.sales.list(market.brand)[0].import_id,
        "settlement": found.payouts.settlements.listed(market.approver)[0].settlement_id,
    }
    pages = crawled(market.console, getattr(market, who), "/")
    assert {path: page.status for path, page in pages.items() if page.status != 200} == {}
    assert reached.format(**known) in pages
    for path, page in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids)), path

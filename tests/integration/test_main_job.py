"""The whole main job on the deployed package: equal to the oracle to the penny, traced to zero, and the same when run again.

The demo is the test's hands: it plays the scenario through the API on the stack's own data.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from beancount import loader

from chalicelib.core.ids import new_id
from chalicelib.ledger.rules import Posting
from chalicelib.ledger.store import TransactionItem
from chalicelib.sales.store.lines import LineItem
from chalicelib.wiring import Services
from demo import __main__ as demo
from demo.client import fetch
from demo.people import Cast
from demo.results import Results
from demo.scenario import SCENARIO, Entry, Scenario
from demo.steps import Play
from infra.operator import acting_on
from tests import oracle
from tests.stack import Stack, fresh_stack

pytestmark = pytest.mark.engine
SAMPLE = SCENARIO.parent / "data" / "online_retail_sample.csv"
END = datetime(2011, 4, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Played:
    """The demo after it was played."""

    play: Play
    cast: Cast
    results: Results
    document: Entry
    output: list[str]


def _play(stack: Stack) -> Played:
    output: list[str] = []
    results = demo.play(stack.place, output.append, stack.place.state / "demo.json")
    return Played(results.play, results.cast, results, results.document(), output)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The marketplace to itself: everything in it is the demo's."""
    with fresh_stack() as own:
        yield own


@pytest.fixture(scope="module")
def played(stack: Stack) -> Played:
    """The demo, played once for all tests here."""
    return _play(stack)


@pytest.fixture(scope="module")
def expected() -> Entry:
    """What the oracle makes of the same two files."""
    return oracle.expected(SAMPLE, SCENARIO, END)


def test_all_of_it_is_right(played: Played) -> None:
    assert played.results.problems() == []
    assert played.document["unexplained_minor"] == {"GBP": 0}
    assert all(not check["findings"] for check in played.results.audit)


def test_every_row_of_the_file_is_where_the_oracle_has_it(played: Played, expected: Entry) -> None:
    names = ("accepted", "rejected", "not_a_sale", "attributed", "unattributed", "orphans")
    assert played.document["rows"] == {name: expected["rows"][name] for name in names}
    (feed,) = played.cast.booker("harbour-home").get("/api/v1/feeds")
    assert feed["tally"]["unattributed_minor"] == expected["rows"]["unattributed_minor"]
    assert abs(feed["summary"]["orphans_minor"]) == abs(expected["rows"]["orphan_minor"])


def test_every_component_and_share_of_every_show_equals_the_oracle_to_the_penny(played: Played, expected: Entry) -> None:
    slugs = {tenant: slug for slug, tenant in played.cast.tenants.items()}
    assert len(played.document["shows"]) == len(expected["shows"]) == 4
    for show in played.document["shows"]:
        wanted = expected["shows"][show["slug"]]
        found = {name.replace("platform_fee_on_top", "platform_fee"): minor for name, minor in show["components"].items()}
        assert found == wanted["components"], show["slug"]
        assert {name: show[name] for name in ("lines", "gross_minor", "refunds_minor", "net_minor")} == {
            name: wanted[name] for name in ("lines", "gross_minor", "refunds_minor", "net_minor")
        }, show["slug"]
        shares = {slugs[line["name"]]: line for line in _lines(played, show) if line["part"] == "payee"}
        assert {slug: (line["earned_minor"], line["matured_minor"]) for slug, line in shares.items()} == {
            slug: (share["earned"], share["matured"]) for slug, share in wanted["shares"].items()
        }, show["slug"]
        assert show["reconciled"]


def test_every_link_of_a_cancellation_and_every_attribution_equals_the_oracle(stack: Stack, played: Played, expected: Entry) -> None:
    slug_of = {show_id: slug for slug, show_id in played.play.shows.items()}
    with acting_on(stack.place) as services:
        (summary,) = services.reconciliation.sales.feeds()
        manifest = services.reconciliation.sales.manifest(summary)
        by_id = {entry.line.line_id: entry.line for entry in manifest.entries}
        links = sorted(
            f"{by_id[link.refund_id].order_ref},{by_id[link.refund_id].sku},{by_id[link.refund_id].occurrence},"
            f"{by_id[link.sale_id].order_ref},{by_id[link.sale_id].occurrence},{link.quantity}"
            for link in manifest.links
        )
        attributed = sorted(
            (each.line.order_ref, each.line.sku, each.line.quantity, each.line.occurrence, slug_of[each.show_id])
            for each in services.reconciliation.sales.lines()
            if each.show_id is not None and each.line.quantity > 0
        )
    assert links == expected["links"]
    wanted = [text.split(",") for text in expected["attributions"]]
    assert attributed == sorted((parts[0], parts[1], int(parts[2]), int(parts[5]), parts[6]) for parts in wanted)


def test_at_least_twenty_cancellations_reach_shows_some_tiered_some_after_a_payout(expected: Entry) -> None:
    shows = expected["shows"]
    assert sum(show["cancellations"] for show in shows.values()) >= 20
    tiered = [show for show in shows.values() if show["contract"] == "advent-tiers"]
    assert sum(show["cancellations"] for show in tiered) > 0
    assert sum(show["cancellations_after_maturity"] for show in tiered) > 0
    assert shows["new-year-refresh"]["components"]["guarantee_give_back"] < 0
    assert shows["gift-night"]["components"]["floor_top_up"] > 0


def test_statements_open_as_html_and_csv_and_bean_check_accepts_each_months_journal(played: Played, tmp_path: Path) -> None:
    analyst = played.cast.staff("finance_analyst")
    contract = played.play.contracts["advent-tiers"]
    html = analyst.get(f"/api/v1/contracts/{contract}/statement?format=html")
    rows = analyst.get(f"/api/v1/contracts/{contract}/statement?format=csv").splitlines()
    assert "<table" in html
    assert len(rows) > 10
    there = analyst.ask("GET", f"/api/v1/contracts/{contract}/statement?format=pdf")
    assert there.status == 303
    with urllib.request.urlopen(there.headers["location"]) as answer:  # the local engine's bucket
        assert (answer.headers.get_content_type(), answer.read(5)) == ("application/pdf", b"%PDF-")
    for period in played.results.periods:
        text = analyst.get(f"/api/v1/periods/{period['period']}/journal?format=beancount")
        file = tmp_path / f"{period['period']}.beancount"
        file.write_text(text)
        assert loader.load_file(str(file))[1] == [], period["period"]


def test_a_second_run_keeps_its_data_and_adds_nothing_twice(stack: Stack, played: Played) -> None:
    with acting_on(stack.place) as services:
        before = _everything(services)
    again = _play(stack)
    with acting_on(stack.place) as services:
        assert _everything(services) == before
    unlike = {"seconds"}
    assert {key: value for key, value in again.document.items() if key not in unlike} == {
        key: value for key, value in played.document.items() if key not in unlike
    }
    assert again.results.problems() == []


def _everything(services: Services) -> dict[str, object]:
    """What must not grow when everything is done again."""
    return {
        "lines": sorted(each.line.line_id for each in services.reconciliation.sales.lines()),
        "transactions": [booked.key for booked in services.ledger.every_transaction()],
        "settlements": [settlement.settlement_id for settlement in services.payouts.every_settlement()],
        "hosts": sorted(host.creator_id for host in services.directory.hosts()),
    }


def _lines(played: Played, show: Entry) -> list[Entry]:
    statement = played.results.statements[show["contract"]]
    show_id = played.play.shows[show["slug"]]
    lines: list[Entry] = next(each["lines"] for each in statement["shows"] if each["show_id"] == show_id)
    return lines


# One minor unit more somewhere: it must appear with its amount, and keep the period open.


@contextmanager
def _a_line_altered(stack: Stack, played: Played) -> Iterator[None]:  # noqa: ARG001
    with acting_on(stack.place):
        item = next(iter(LineItem.scan(LineItem.sk == "line", limit=1)))
        before = item.stored
        item.update([LineItem.stored.set(replace(before, line=replace(before.line, amount_minor=before.line.amount_minor + 1)))])
        yield
        item.update([LineItem.stored.set(before)])


@contextmanager
def _a_posting_altered(stack: Stack, played: Played) -> Iterator[None]:  # noqa: ARG001
    with acting_on(stack.place) as services:
        accrual = next(booked for booked in services.ledger.every_transaction() if booked.kind == "accrual")
        first = accrual.postings[0]
        wrong = (Posting(first.account, first.amount_minor + 1, first.currency), *accrual.postings[1:])
        item = TransactionItem.get(f"transaction#{accrual.key}", "transaction")
        item.update([TransactionItem.booked.set(replace(accrual, postings=wrong))])
        yield
        item.update([TransactionItem.booked.set(accrual)])


@contextmanager
def _a_transfer_altered(stack: Stack, played: Played) -> Iterator[None]:
    transfer = next(settlement["transfer_id"] for settlement in played.results.settlements)
    _alter_at_stripe(stack, transfer, 1)
    yield
    _alter_at_stripe(stack, transfer, -1)


def _alter_at_stripe(stack: Stack, transfer: str, by: int) -> None:
    body = json.dumps({"id": transfer, "field": "amount", "by": by}).encode()
    assert fetch("POST", f"{stack.place.stripe_url}/_control/alter", body, {"Content-Type": "application/json"}).status == 200


@pytest.mark.parametrize("alter", [_a_line_altered, _a_posting_altered, _a_transfer_altered])
def test_one_minor_unit_altered_appears_with_its_amount_and_keeps_the_period_open(
    stack: Stack, played: Played, alter: Callable[[Stack, Played], Any]
) -> None:
    analyst, approver = played.cast.staff("finance_analyst"), played.cast.staff("finance_approver")
    with alter(stack, played):
        report = _reconciled(analyst)
        assert {abs(drift["drift_minor"]) for drift in report["exceptions"]} == {1}
        assert report["unexplained_minor"]["GBP"] == len(report["exceptions"]) >= 1
        played.cast.staff("operator").put("/api/v1/clock", {"now": "2011-05-02T09:00:00+00:00"})
        refused = approver.ask("POST", "/api/v1/periods/2011-04/close")
        assert refused.status == 409
        assert "minor units GBP" in refused.json()["detail"]
    assert _reconciled(analyst)["unexplained_minor"] == {"GBP": 0}


def _reconciled(analyst: Any) -> Entry:
    started = analyst.post("/api/v1/reconciliations", time_of=new_id("run"))
    path = f"/api/v1/reconciliations/{started['report_id']}"
    run: Entry = analyst.wait(path, lambda seen: seen["run"]["state"] == "done", "The reconciliation")
    report: Entry = run["report"]
    return report


def test_the_results_file_says_what_the_demo_says(played: Played, tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    written = played.results.write(file)
    assert json.loads(written.read_text()) == played.document
    assert set(played.document) == {"rows", "unexplained_minor", "seconds", "shows"}


def test_the_scenario_names_three_contracts_of_different_kinds() -> None:
    terms = [contract["terms"] for contract in Scenario().all("contracts")]
    assert any("cap" in each and "splits" in each for each in terms)
    assert any("pay_floor" in each for each in terms)
    assert any("sales_guarantee" in each for each in terms)

"""The demo's scenario is consistent in itself, fits the product's terms, and shows what it promises to show."""

import csv
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.contracts.terms import Terms
from chalicelib.contracts.terms_check import check
from tests.oracle import expected

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "demo" / "data" / "online_retail_sample.csv"
SCENARIO = ROOT / "demo" / "scenario.toml"

AFTER_FILE_1 = datetime(2010, 12, 20, 9, 30, tzinfo=UTC)
AT_SETTLEMENT_1 = datetime(2011, 1, 4, 10, tzinfo=UTC)
AT_SETTLEMENT_2 = datetime(2011, 3, 2, 10, tzinfo=UTC)


@pytest.fixture(name="content", scope="module")
def _content() -> dict[str, Any]:
    return tomllib.loads(SCENARIO.read_text(encoding="utf-8"))


@pytest.fixture(name="at", scope="module")
def _at() -> dict[datetime, dict[str, Any]]:
    return {instant: expected(SAMPLE, SCENARIO, instant) for instant in (AFTER_FILE_1, AT_SETTLEMENT_1, AT_SETTLEMENT_2)}


def stated_is_kept(stated: object, kept: object) -> bool:
    """Whether every key that was written came through: a misspelt one would fall back to a default in silence."""
    if isinstance(stated, dict) and isinstance(kept, dict):
        return all(key in kept and stated_is_kept(value, kept[key]) for key, value in stated.items())
    if isinstance(stated, list) and isinstance(kept, (list, tuple)):
        return len(stated) == len(kept) and all(map(stated_is_kept, stated, kept))
    return bool(stated == kept)


def test_every_contract_is_in_the_words_of_the_terms(content: dict[str, Any]) -> None:
    for contract in content["contracts"]:
        terms = msgspec.convert(contract["terms"], Terms)
        assert stated_is_kept(contract["terms"], msgspec.to_builtins(terms)), contract["slug"]
        assert check(terms) == {}


def test_products_carry_a_title_and_a_price_of_the_real_file(content: dict[str, Any]) -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as text:
        real = {(row["StockCode"].upper(), row["Description"].strip(), row["UnitPrice"]) for row in csv.DictReader(text)}
    known = {(code, title, round_pence(price)) for code, title, price in real}
    assert {(product["sku"], product["title"], product["price_minor"]) for product in content["products"]} <= known


def round_pence(price: str) -> int:
    pounds, _, pence = price.partition(".")
    return int(pounds) * 100 + int(f"{pence:0<2}"[:2])


def test_names_that_refer_to_something_do(content: dict[str, Any]) -> None:
    slugs = {kind: {item["slug"] for item in content[kind]} for kind in ("brands", "agencies", "hosts", "briefs", "contracts", "shows")}
    skus = {product["sku"] for product in content["products"]}
    for show in content["shows"]:
        assert {show["brief"]} <= slugs["briefs"]
        assert {show["contract"]} <= slugs["contracts"]
        assert set(show["lineup"]) <= skus
        assert [pin["sku"] for pin in show["pins"]] == show["lineup"]
        assert show["pins"][-1]["offset_seconds"] < (show["actual_end"] - show["actual_start"]).total_seconds()
    for step in content["steps"]:
        for key, kind in (("brief", "briefs"), ("contract", "contracts"), ("show", "shows"), ("host", "hosts")):
            assert step.get(key) is None or step[key] in slugs[kind], step


def test_steps_are_in_order_and_shows_are_on_air_when_they_say(content: dict[str, Any]) -> None:
    times = [step["at"] for step in content["steps"]]
    assert times == sorted(times)
    on_air = {(step["show"], step["do"]): step["at"] for step in content["steps"] if step["do"] in {"go_live", "complete"}}
    stated = {(show["slug"], "go_live"): show["actual_start"] for show in content["shows"]}
    assert on_air == stated | {(show["slug"], "complete"): show["actual_end"] for show in content["shows"]}


def test_cancellations_reach_shows_in_the_tiered_contract_and_after_a_payout(at: dict[datetime, dict[str, Any]]) -> None:
    first, last = at[AT_SETTLEMENT_1]["shows"], at[AT_SETTLEMENT_2]["shows"]
    assert {slug: show["cancellations"] for slug, show in last.items()} == {
        "advent-at-home-1": 15,
        "gift-night": 11,
        "advent-at-home-2": 27,
        "new-year-refresh": 14,
    }
    assert {slug: show["cancellations"] - first[slug]["cancellations"] for slug, show in last.items() if slug.startswith("advent")} == {
        "advent-at-home-1": 8,
        "advent-at-home-2": 4,
    }


def test_the_cap_binds_at_first_and_late_returns_take_it_and_the_bonus_away(at: dict[datetime, dict[str, Any]]) -> None:
    first, last = (at[instant]["shows"]["advent-at-home-2"]["components"] for instant in (AT_SETTLEMENT_1, AT_SETTLEMENT_2))
    assert (first["cap"], first["bonus:advent-milestone"]) == (-1_433, 5_000)
    assert (last["cap"], last["bonus:advent-milestone"]) == (0, 0)


def test_the_floor_tops_up_and_the_guarantee_is_missed(at: dict[datetime, dict[str, Any]]) -> None:
    last = at[AT_SETTLEMENT_2]["shows"]
    assert last["gift-night"]["components"]["floor_top_up"] == 8_386
    assert last["new-year-refresh"]["components"]["guarantee_give_back"] == -17_221


def test_every_payee_can_be_paid_twice_or_is_even(at: dict[datetime, dict[str, Any]]) -> None:
    """The second settlement nets what the first paid too much against new earnings, and stays above zero."""
    matured = [payees(at[instant]["shows"]) for instant in (AT_SETTLEMENT_1, AT_SETTLEMENT_2)]
    assert matured[0] == {"isla-farrow": 86_130, "northlight": 14_670, "tomasz-wren": 25_000}
    assert {payee: minor - matured[0][payee] for payee, minor in matured[1].items()} == {
        "isla-farrow": 10_605,
        "northlight": 831,
        "tomasz-wren": 0,
    }


def payees(shows: dict[str, Any]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for show in shows.values():
        for payee, share in show["shares"].items():
            totals[payee] = totals.get(payee, 0) + share["matured"]
    return totals


def test_something_is_pending_after_the_first_file(at: dict[datetime, dict[str, Any]]) -> None:
    assert {slug: show["pending_minor"] for slug, show in at[AFTER_FILE_1]["shows"].items()} == {
        "advent-at-home-1": 2_306,
        "gift-night": 8_115,
        "advent-at-home-2": 19_967,
        "new-year-refresh": 0,
    }


def test_deposits_cover_what_can_become_payable(content: dict[str, Any], at: dict[datetime, dict[str, Any]]) -> None:
    deposits = {contract["slug"]: contract["deposit_minor"] for contract in content["contracts"]}
    for answer in at.values():
        needed = dict.fromkeys(deposits, 0)
        for show in answer["shows"].values():
            needed[show["contract"]] += show["earned_minor"] + abs(show["components"]["platform_fee"])
        assert all(needed[slug] <= deposit for slug, deposit in deposits.items()), needed

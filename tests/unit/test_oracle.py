"""The oracle itself is held to the cases of the specification and to what is published about the sample."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import Unsupported, expected
from tests.oracle.recompute import expected_of
from tests.oracle.scenario import Scenario

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "demo" / "data" / "online_retail_sample.csv"
SCENARIO = ROOT / "demo" / "scenario.toml"
HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
LINKS_SHA256 = "4ac92f12a9664eaa78d397a5faec57d5e0d622ab7e8fe0db90155d195b0da534"

AT_SETTLEMENT_1 = datetime(2011, 1, 4, 10, tzinfo=UTC)
AT_THE_END = datetime(2011, 4, 1, 9, tzinfo=UTC)
LONG_AFTER = datetime(2012, 1, 1, tzinfo=UTC)

Sold = tuple[str, int, int, str]
"""(invoice, units, price in minor units, time): an invoice with C takes units of the same price back."""


def sales_file(folder: Path, sold: Sequence[Sold]) -> Path:
    path = folder / "sales.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        for invoice, units, price, at in sold:
            writer.writerow([invoice, "10000", "A THING", units, at, f"{price // 100}.{price % 100:02}", "12345", "United Kingdom"])
    return path


def scenario(terms: dict[str, Any], shows: int = 1) -> Scenario:
    """Shows k = 1, 2, ... on air at noon of day k of March 2011, each claiming the sales of its own day from 11:00 to 14:00."""
    whole = {"currency": "GBP", "timezone": "Europe/London", "return_window_days": 14, "rules": []}
    fee = {"platform_fee": {"rate_basis_points": 0, "mode": "taken"}}
    airing = [
        {
            "slug": f"show-{day}",
            "contract": "deal",
            "scheduled_start": datetime(2011, 3, day, 12, tzinfo=UTC),
            "actual_start": datetime(2011, 3, day, 12, tzinfo=UTC),
            "actual_end": datetime(2011, 3, day, 13, tzinfo=UTC),
            "attribution_before_minutes": 60,
            "attribution_after_minutes": 60,
            "lineup": ["10000"],
        }
        for day in range(1, shows + 1)
    ]
    steps: list[dict[str, Any]] = [{"at": datetime(2011, 2, 1, tzinfo=UTC), "do": "sign", "contract": "deal"}]
    steps += [{"at": show["actual_end"], "do": "complete", "show": show["slug"]} for show in airing]
    steps.append({"at": datetime(2011, 3, 1, tzinfo=UTC), "do": "upload", "file": "sales.csv"})
    return Scenario(
        {
            "feed": {"timezone": "Europe/London", "currency": "GBP"},
            "products": [{"sku": "10000", "category": "things"}],
            "contracts": [{"slug": "deal", "host": "host", "terms": whole | fee | terms}],
            "shows": airing,
            "steps": steps,
        }
    )


def tiers(*bounds_and_rates: tuple[int, int]) -> list[dict[str, int]]:
    return [{"from_value": bound, "rate_basis_points": rate} for bound, rate in bounds_and_rates]


def rule(*bounds_and_rates: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {"rule_id": "any", "tiers": tiers(*bounds_and_rates)} | more


FOUR_SIX_EIGHT = ((0, 400), (20_000, 600), (40_000, 800))
SOLD_500: list[Sold] = [("500001", 35, 1_000, "2011-03-01 12:00:00"), ("500002", 15, 1_000, "2011-03-01 12:30:00")]
BACK_150: Sold = ("C500003", -15, 1_000, "2011-03-02 09:00:00")


@pytest.mark.parametrize(
    ("mode", "policy", "sold", "commission"),
    [
        ("marginal", "rerate", SOLD_500, 2_800),
        ("whole", "rerate", SOLD_500, 4_000),
        ("marginal", "rerate", [*SOLD_500, BACK_150], 1_700),
        ("marginal", "proportional", [*SOLD_500, BACK_150], 1_960),
    ],
)
def test_tiers_come_to_the_amounts_of_the_specification(tmp_path: Path, mode: str, policy: str, sold: list[Sold], commission: int) -> None:
    terms = {"rules": [rule(*FOUR_SIX_EIGHT, mode=mode)], "refund_policy": policy}
    answer = expected_of(sales_file(tmp_path, sold), scenario(terms), LONG_AFTER)
    assert answer["shows"]["show-1"]["components"] == {"commission:any": commission, "platform_fee": 0}


@pytest.mark.parametrize(("back", "amounts"), [(False, (2_000, 800)), (True, (2_000, 0))])
def test_tiers_over_a_contract_give_each_show_the_difference(tmp_path: Path, back: bool, amounts: tuple[int, int]) -> None:  # noqa: FBT001
    sold: list[Sold] = [("500001", 40, 1_000, "2011-03-01 12:00:00"), ("500002", 5, 2_000, "2011-03-02 12:00:00")]
    if back:
        sold.append(("C500003", -5, 2_000, "2011-03-03 09:00:00"))
    terms = {"rules": [rule(*FOUR_SIX_EIGHT, accumulates_over="contract")], "refund_policy": "proportional"}
    shows = expected_of(sales_file(tmp_path, sold), scenario(terms, shows=2), LONG_AFTER)["shows"]
    assert tuple(show["components"]["commission:any"] for show in shows.values()) == amounts


def test_half_a_minor_unit_rounds_away_from_zero(tmp_path: Path) -> None:
    path = sales_file(tmp_path, [("500001", 1, 5, "2011-03-01 12:00:00")])
    assert expected_of(path, scenario({"rules": [rule((0, 1_000))]}), LONG_AFTER)["shows"]["show-1"]["components"]["commission:any"] == 1


def test_matured_is_never_more_than_what_all_sales_earn(tmp_path: Path) -> None:
    """Whole 4 %, then 2 % from 500: 400 of 600 matured give 12.00, not 16.00."""
    sold: list[Sold] = [("500001", 40, 1_000, "2011-03-01 12:00:00"), ("500002", 20, 1_000, "2011-03-02 12:00:00")]
    terms = {"rules": [rule((0, 400), (50_000, 200), mode="whole")]}
    one_long_show = scenario(terms)
    one_long_show.content["shows"][0]["attribution_after_minutes"] = 2_880
    shows = expected_of(sales_file(tmp_path, sold), one_long_show, datetime(2011, 3, 16, tzinfo=UTC))["shows"]
    assert (shows["show-1"]["earned_minor"], shows["show-1"]["matured_minor"]) == (1_200, 1_200)


def test_a_sale_matures_when_its_last_day_has_ended(tmp_path: Path) -> None:
    path = sales_file(tmp_path, [("500001", 1, 10_000, "2011-03-01 12:00:00")])
    deal = scenario({"rules": [rule((0, 1_000))]})
    instants = (datetime(2011, 3, 15, 23, 59, tzinfo=UTC), datetime(2011, 3, 16, tzinfo=UTC))
    assert [expected_of(path, deal, instant)["shows"]["show-1"]["matured_minor"] for instant in instants] == [0, 1_000]


def test_a_floor_tops_up_before_fee_and_split(tmp_path: Path) -> None:
    """Flat 300, commission 100, floor 500, fee 10 % taken, agency 20 %: top-up 100.00, fee 50.00, agency 90.00, host 360.00."""
    terms = {
        "rules": [rule((0, 1_000))],
        "flat_fee": {"amount_minor": 30_000, "parts": [{"due": "show_completed", "share_basis_points": 10_000}]},
        "pay_floor": {"amount_minor": 50_000, "scope": "show"},
        "platform_fee": {"rate_basis_points": 1_000, "mode": "taken"},
        "splits": [{"payee_id": "agency", "share_basis_points": 2_000}],
    }
    path = sales_file(tmp_path, [("500001", 100, 1_000, "2011-03-01 12:00:00")])
    show = expected_of(path, scenario(terms), LONG_AFTER)["shows"]["show-1"]
    assert show["components"] == {"commission:any": 10_000, "flat_fee": 30_000, "floor_top_up": 10_000, "platform_fee": -5_000}
    assert show["shares"] == {"agency": {"earned": 9_000, "matured": 9_000}, "host": {"earned": 36_000, "matured": 36_000}}


@pytest.mark.parametrize(
    ("guarantee", "fee", "net", "give_back"),
    [
        (6_000_000, 2_000_000, 135_790, -1_954_737),
        (400_000_000, 80_000_000, 29_000_000, -74_200_000),
        (3_000_000, 1_000_000, 2_000_000, -333_333),
    ],
)
def test_a_missed_guarantee_gives_back_pro_rata(tmp_path: Path, guarantee: int, fee: int, net: int, give_back: int) -> None:
    terms = {
        "flat_fee": {"amount_minor": fee, "parts": [{"due": "show_completed", "share_basis_points": 10_000}]},
        "sales_guarantee": {"net_sales_minor": guarantee, "scope": "show"},
    }
    path = sales_file(tmp_path, [("500001", 1, net, "2011-03-01 12:00:00")])
    deal = scenario(terms)
    before, after = (expected_of(path, deal, datetime(2011, 3, day, tzinfo=UTC))["shows"]["show-1"]["components"] for day in (15, 16))
    assert (before["guarantee_give_back"], after["guarantee_give_back"]) == (0, give_back)


def test_parts_of_the_fee_fall_due_with_their_facts(tmp_path: Path) -> None:
    parts = [("signing", 3_000), ("show_completed", 5_000), ("returns_closed", 2_000)]
    terms = {"flat_fee": {"amount_minor": 100_000, "parts": [{"due": due, "share_basis_points": share} for due, share in parts]}}
    path = sales_file(tmp_path, [])
    instants = [datetime(2011, 1, 31, tzinfo=UTC), datetime(2011, 2, 1, tzinfo=UTC), datetime(2011, 3, 2, tzinfo=UTC), LONG_AFTER]
    due = [expected_of(path, scenario(terms), instant)["shows"]["show-1"]["components"]["flat_fee"] for instant in instants]
    assert due == [0, 30_000, 80_000, 100_000]


@pytest.mark.parametrize(("policy", "kept"), [("clawback", 0), ("final", 50_000)])
def test_a_refund_after_maturity_counts_only_under_clawback(tmp_path: Path, policy: str, kept: int) -> None:
    sold: list[Sold] = [("500001", 50, 1_000, "2011-03-01 12:00:00"), ("C500002", -50, 1_000, "2011-03-16 00:00:00")]
    terms = {"rules": [rule((0, 1_000))], "refunds_after_maturity": policy}
    show = expected_of(sales_file(tmp_path, sold), scenario(terms), LONG_AFTER)["shows"]["show-1"]
    assert (show["net_minor"], show["kept_minor"], show["components"]["commission:any"]) == (0, kept, kept // 10)


def test_a_cap_is_a_row_of_its_own_over_the_contract(tmp_path: Path) -> None:
    sold: list[Sold] = [("500001", 40, 1_000, "2011-03-01 12:00:00"), ("500002", 40, 1_000, "2011-03-02 12:00:00")]
    terms = {"rules": [rule((0, 1_000))], "cap": {"amount_minor": 5_000, "scope": "contract"}}
    shows = expected_of(sales_file(tmp_path, sold), scenario(terms, shows=2), LONG_AFTER)["shows"]
    assert [show["components"]["cap"] for show in shows.values()] == [0, -3_000]


def test_terms_that_are_not_covered_are_refused() -> None:
    with pytest.raises(Unsupported, match="tax"):
        scenario({"tax": {"host_invoice_basis_points": 2_000}})


def test_the_sample_has_the_published_links() -> None:
    answer = expected(SAMPLE, SCENARIO, AT_THE_END)
    assert (len(answer["links"]), answer["links_units"], answer["links_sha256"]) == (170, 1_068, LINKS_SHA256)


def test_every_row_of_the_sample_is_exactly_one_thing() -> None:
    rows = expected(SAMPLE, SCENARIO, AT_THE_END)["rows"]
    assert rows["accepted"] == 11_018 == rows["not_a_sale"] + rows["cancellations"] + rows["attributed"] + rows["unattributed"]
    assert (rows["rejected"], rows["ties"], rows["orphans"]) == (0, 0, 75)


def test_one_penny_on_one_line_is_seen(tmp_path: Path) -> None:
    altered = tmp_path / "altered.csv"
    altered.write_text(
        SAMPLE.read_text(encoding="utf-8").replace(",120,2010-12-01 16:11:00,4.65,", ",120,2010-12-01 16:11:00,4.66,", 1), encoding="utf-8"
    )
    truth, other = (expected(path, SCENARIO, AT_SETTLEMENT_1)["shows"]["advent-at-home-1"] for path in (SAMPLE, altered))
    assert other["gross_minor"] - truth["gross_minor"] == 120
    assert other["components"]["commission:everything-else"] > truth["components"]["commission:everything-else"]

"""The library of terms, a brand's own templates, and what terms would have paid."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.bridges.examples import EarningsOfExamples
from chalicelib.contracts import templates
from chalicelib.contracts.explanations import PARTS, parts_of
from chalicelib.contracts.template_service import Example, Templates
from chalicelib.contracts.template_store import TemplateNotFound
from chalicelib.contracts.templates import BadTemplate, Setting, library
from chalicelib.contracts.terms import Cap, CommissionRule, FlatFee, PayFloor, PlatformFee, Scope, Split, Terms, Tier
from chalicelib.contracts.terms_check import BadTerms, check
from chalicelib.contracts.terms_input import read_terms
from chalicelib.directory.service import HostNotFound
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.test_matching_approaches import leave_agency

__all__ = ["console", "market"]

SETTING = Setting(currency="GBP", timezone="Europe/London", first_day=date(2011, 1, 10), category="home")
PLAIN = Terms(currency="GBP", timezone="Europe/London", return_window_days=14)


def use(market: Market) -> Templates:
    return market.console.services.deals.templates


@given(st.sampled_from(["GBP", "EUR", "JPY", "KWD"]), st.dates(date(2000, 1, 31), date(2100, 1, 1)))
def test_every_template_of_the_library_could_be_offered_in_any_currency_and_on_any_day(currency: str, first_day: date) -> None:
    for template in library(replace(SETTING, currency=currency, first_day=first_day)):
        assert check(template.terms) == {}, template.name
        assert read_terms(msgspec.to_builtins(template.terms)) == template.terms


def test_the_library_has_the_usual_deals_each_with_when_to_use_it_and_what_its_parts_mean() -> None:
    found = library(SETTING)
    assert [template.template_id for template in found] == [
        "flat-only",
        "commission-only",
        "flat-and-commission",
        "tiered-commission",
        "capped-commission",
        "guarantee-with-make-ups",
        "pay-floor",
        "bonus-ladder",
        "full-exclusivity",
    ]
    assert all(template.when_to_use.startswith(("When", "For", "The")) for template in found)
    explained = {part.field for template in found for part in template.parts}
    assert explained == {part.field for part in PARTS} - {"splits", "signing_order"}
    assert [part.field for part in parts_of(replace(PLAIN, splits=(Split(payee_id="agy_1", share_basis_points=1),)))] == [
        "return_window_days",
        "splits",
        "platform_fee",
    ]


def test_a_brand_keeps_renames_and_removes_own_templates(market: Market) -> None:
    saved = use(market).save(market.brand, " Our  usual ", "For kettles.", market.terms(), "")
    assert (saved.name, saved.terms.splits) == ("Our usual", ())
    setting = replace(SETTING, timezone="Europe/Paris")
    (*_, listed) = use(market).listed(market.viewer, setting)
    assert (listed.name, listed.is_own, listed.terms.timezone) == ("Our usual", True, "Europe/Paris")
    with pytest.raises(BadTemplate, match="of this name already"):
        use(market).save(market.brand, "our USUAL", "", PLAIN, "")
    other = use(market).save(market.brand, "Other", "", PLAIN, "")
    with pytest.raises(BadTemplate, match="of this name already"):
        use(market).rename(market.brand, other.template_id, "Our usual")
    assert use(market).rename(market.brand, saved.template_id, "OUR USUAL").name == "OUR USUAL"
    assert use(market).rename(market.brand, saved.template_id, "Winter").name == "Winter"
    use(market).rename(market.brand, other.template_id, "Our usual")
    use(market).remove(market.brand, saved.template_id)
    with pytest.raises(TemplateNotFound):
        use(market).rename(market.brand, saved.template_id, "Summer")
    assert [each.name for each in use(market).own(market.brand)] == ["Our usual"]
    assert use(market).save(market.brand, "Winter", "", PLAIN, "").name == "Winter"


def test_own_templates_are_nobody_elses_and_shown_in_their_currency_only(market: Market) -> None:
    saved = use(market).save(market.brand, "Ours", "", PLAIN, "")
    for who, setting in ((market.rival, SETTING), (market.host, SETTING), (market.brand, replace(SETTING, currency="EUR"))):
        assert not any(each.is_own for each in use(market).listed(who, setting))
        with pytest.raises(TemplateNotFound):
            use(market).filled(who, saved.template_id, setting)
    with pytest.raises(TemplateNotFound):
        use(market).remove(market.rival, saved.template_id)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"flat_fee": FlatFee(amount_minor=-1)}, "Amounts must be 0 or more"),
        ({"rules": (CommissionRule(rule_id="all", tiers=(Tier(from_value=5, rate_basis_points=1),)),)}, "The first tier must begin at 0"),
        ({"flat_fee": FlatFee(amount_minor=1, parts=())}, "must add up to 100 %"),
    ],
)
def test_a_template_with_an_impossible_rule_is_refused_with_the_reason(market: Market, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadTerms, match=reason):
        use(market).save(market.brand, "Ours", "", replace(PLAIN, **changes), "")
    assert use(market).own(market.brand) == ()


def test_a_template_has_a_name_of_some_length_and_a_brand_so_many_of_them(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (" ", "x" * 61):
        with pytest.raises(BadTemplate):
            use(market).save(market.brand, name, "", PLAIN, "")
    with pytest.raises(BadTemplate, match="in 300 characters"):
        use(market).save(market.brand, "Ours", "x" * 301, PLAIN, "")
    monkeypatch.setattr("chalicelib.contracts.template_service.MAX_OWN_TEMPLATES", 1)
    use(market).save(market.brand, "Ours", "", PLAIN, "")
    with pytest.raises(BadTemplate, match="1 templates at most"):
        use(market).save(market.brand, "More", "", PLAIN, "")


def amounts(example: Example) -> dict[str, int]:
    return {row.component: row.amount_minor for row in example.rows}


def test_without_a_show_of_theirs_a_brand_sees_what_terms_pay_on_round_figures(market: Market) -> None:
    terms = replace(market.terms(), platform_fee=PlatformFee(rate_basis_points=0, mode=PLAIN.platform_fee.mode))
    small, large = use(market).examples(market.brand, terms, market.host.tenant_id, 1)
    assert (small.net_sales_minor, large.net_sales_minor) == (10_000_00, 100_000_00)
    assert "An example, no forecast: one show with net sales of 10,000.00 GBP, 100 units, nothing returned." in small.basis
    assert amounts(small) == {"commission:all": 1_000_00, "flat_fee": 300_00}
    assert (small.host_minor, small.agency_minor, small.brand_minor) == (1_040_00, 260_00, 1_300_00)
    assert small.rows[0].formula == "round(10% x 10000.00)"


def test_figures_are_spread_over_the_goods_that_rules_name(market: Market) -> None:
    rules = (
        CommissionRule(rule_id="mugs", tiers=(Tier(from_value=0, rate_basis_points=2_000),), skus=("MUG",)),
        CommissionRule(rule_id="home", tiers=(Tier(from_value=0, rate_basis_points=1_000),), category="home"),
        CommissionRule(rule_id="rest", tiers=(Tier(from_value=0, rate_basis_points=500),)),
    )
    small, _ = use(market).examples(market.host, replace(PLAIN, rules=rules[:2]), market.host.tenant_id, 1)
    assert amounts(small) == {"commission:mugs": 1_000_00, "commission:home": 500_00}
    small, _ = use(market).examples(market.host, replace(PLAIN, rules=rules), market.host.tenant_id, 1)
    assert amounts(small) == {"commission:mugs": 666_67, "commission:home": 333_33, "commission:rest": 166_67}


def test_terms_are_tried_on_the_hosts_last_show_with_its_real_sales(market: Market) -> None:
    market.sold()
    terms = replace(
        PLAIN,
        flat_fee=FlatFee(amount_minor=50_00),
        rules=(CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=2_000),)),),
        cap=Cap(amount_minor=4_00, scope=Scope.SHOW),
        pay_floor=PayFloor(amount_minor=60_00, scope=Scope.CONTRACT),
    )
    for who in (market.brand, market.host, market.agency):
        (example,) = use(market).examples(who, terms, market.host.tenant_id, 3)
        assert example.is_real
        assert example.basis == (
            "The host's last show on these terms, with the sales and returns known by now: \u201cWinter <table>\u201d of 10 Jan 2011."
        )
        assert example.net_sales_minor == 25_50
        assert amounts(example) == {"commission:all": 5_10, "cap": -1_10, "flat_fee": 50_00, "floor_top_up": 6_00}
        assert example.brand_minor == example.host_minor == 60_00


def test_beside_a_show_that_sold_nothing_round_figures_are_told_too(market: Market) -> None:
    contract, found = market.signed(), market.console.services
    market.on_air(contract.bookings[0].show_id)
    found.clock.set(STARTS + timedelta(hours=1))
    found.shows.end(market.brand, contract.bookings[0].show_id)
    told = use(market).examples(market.brand, market.terms(), market.host.tenant_id, 1)
    assert [(example.is_real, example.net_sales_minor) for example in told] == [(True, 0), (False, 10_000_00), (False, 100_000_00)]


def test_what_a_host_sold_for_one_brand_is_told_to_no_other_brand_and_to_no_agency_that_the_host_has_left(market: Market) -> None:
    market.sold()
    told = use(market).examples(market.rival, PLAIN, market.host.tenant_id, 1)
    assert [example.is_real for example in told] == [False, False]
    leave_agency(market)
    with pytest.raises(HostNotFound):
        use(market).examples(market.agency, PLAIN, market.host.tenant_id, 1)


def test_an_example_of_terms_that_cannot_be_is_refused_with_the_reason(market: Market) -> None:
    with pytest.raises(BadTerms, match="must add up to 100 %"):
        use(market).examples(market.brand, replace(PLAIN, flat_fee=FlatFee(amount_minor=1, parts=())), market.host.tenant_id, 1)


def test_a_guarantee_that_is_missed_in_the_example_gives_back_what_the_clause_says(market: Market) -> None:
    guarantee = next(each for each in library(SETTING) if each.template_id == "guarantee-with-make-ups")
    small, large = use(market).examples(market.brand, guarantee.terms, market.host.tenant_id, 1)
    assert amounts(small)["guarantee_give_back"] == -1_000_00
    assert amounts(large)["guarantee_give_back"] == 0
    assert large.host_minor == 1_000_00


@given(st.integers(0, 10**9), st.sampled_from(["GBP", "JPY"]))
def test_examples_of_the_library_add_up(sold: int, currency: str) -> None:
    tried = EarningsOfExamples(of_host=lambda _: (), shows=None, sales=None)  # type: ignore[arg-type]  # figures ask for no facts
    for template in library(replace(SETTING, currency=currency)):
        (example,) = tried.on_figures(template.terms, [sold])
        assert example.net_sales_minor == sold
        assert sum(row.amount_minor for row in example.rows) == example.host_minor == example.brand_minor


def test_one_unit_of_a_currency_has_as_many_minor_units_as_it_has() -> None:
    assert [templates.one_unit(each) for each in ("JPY", "GBP", "KWD")] == [1, 100, 1_000]

"""Folding sales and refunds: what counts, for how much, on which day, and what is clipped."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.contracts.terms import AfterMaturity, CommissionBase, Measure, TierMode
from chalicelib.payouts.earnings import Bucket, OverRefund, SaleAmounts, fold, kept_lines, over_refunds
from chalicelib.payouts.earnings.buckets import commission_base_minor, rule_for
from tests.unit.earnings_kit import LONG_AFTER, earned, refund, rule, sale, show, statement_of, terms

AMOUNTS = SaleAmounts(price_minor=100_00, seller_discount_minor=10_00, platform_discount_minor=5_00, tax_minor=16_00, shipping_minor=3_00)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (CommissionBase(), 90_00),
        (CommissionBase(less_seller_discounts=False), 100_00),
        (CommissionBase(less_platform_discounts=True), 85_00),
        (CommissionBase(tax_included=False), 74_00),
        (CommissionBase(shipping_included=True), 93_00),
    ],
)
def test_the_contract_picks_what_a_sale_counts_for(base: CommissionBase, expected: int) -> None:
    assert commission_base_minor(AMOUNTS, base) == expected


def test_the_first_rule_that_matches_takes_the_sale() -> None:
    rules = (rule(rule_id="sku", skus=("mug",)), rule(rule_id="category", category="home"), rule(rule_id="rest"))
    mug, lamp, book = sale(1, category="home"), sale(1, sku="lamp", category="home"), sale(1, sku="book")
    assert [found and found.rule_id for found in (rule_for(each, rules) for each in (mug, lamp, book))] == ["sku", "category", "rest"]
    assert rule_for(book, rules[:2]) is None


def test_a_bucket_is_a_rule_and_a_day_in_the_zone_of_the_contract() -> None:
    agreed = terms(timezone="Europe/Paris", rules=(rule(skus=("mug",)),))
    before_midnight = replace(sale(10_00, line_id="a"), ordered_at=datetime(2011, 1, 3, 22, 59, tzinfo=UTC))
    after_midnight = replace(sale(20_00, line_id="b", units=2), ordered_at=datetime(2011, 1, 3, 23, 0, tzinfo=UTC))
    other = replace(sale(5_00, line_id="c", sku="lamp"), ordered_at=datetime(2011, 1, 3, 23, 0, tzinfo=UTC))
    assert fold("contract", {"show_1": agreed}, [other, after_midnight, before_midnight], (), LONG_AFTER) == (
        bucket("any", date(2011, 1, 3), 10_00, 1),
        bucket(None, date(2011, 1, 4), 5_00, 1),
        bucket("any", date(2011, 1, 4), 20_00, 2),
    )


def bucket(rule_id: str | None, day: date, base: int, units: int) -> Bucket:
    return Bucket(
        contract_id="contract",
        show_id="show_1",
        rule_id=rule_id,
        order_day=day,
        base_sold_minor=base,
        base_kept_minor=base,
        units_sold=units,
        units_kept_in_tiers=units,
        line_amounts_sold_e4=base * 1000 if rule_id else 0,
        line_amounts_kept_e4=base * 1000 if rule_id else 0,
    )


def test_only_what_had_happened_and_was_recorded_by_then_counts() -> None:
    agreed = terms(rules=(rule(),))
    sold = replace(sale(10_00), recorded_at=sale(10_00).ordered_at + timedelta(days=2))
    back = refund(sold, 4_00, after_days=3, recorded_after_days=5)
    kept = [
        sum(each.base_kept_minor for each in fold("c", {"show_1": agreed}, [sold], [back], sold.ordered_at + timedelta(days=days)))
        for days in (1, 2, 4, 5)
    ]
    assert kept == [0, 10_00, 10_00, 6_00]


def test_sales_of_other_contracts_shows_are_left_out() -> None:
    assert fold("contract", {"show_2": terms()}, [sale(10_00, number=1)], (), LONG_AFTER) == ()


def test_refunds_beyond_their_line_are_clipped_and_an_exception() -> None:
    sold, fine = sale(10_00, line_id="a", units=2), sale(5_00, line_id="b")
    refunds = [refund(sold, 8_00, units=1, nth=1), refund(sold, 8_00, units=3, nth=2), refund(fine, 5_00, units=1)]
    (line, _) = kept_lines({"show_1": terms()}, [sold, fine], refunds, LONG_AFTER)
    assert (line.base_kept_minor, line.units_returned, line.units_kept_in_tiers) == (0, 2, 0)
    assert over_refunds([sold, fine], refunds, LONG_AFTER) == (OverRefund(line_id="a", units_over=2, amount_over_minor=6_00),)


def test_a_link_that_is_undone_gives_back_what_it_took() -> None:
    sold = sale(10_00, units=2)
    undone = [refund(sold, 5_00, units=1, nth=1), refund(sold, -5_00, units=-1, nth=2)]
    (line,) = kept_lines({"show_1": terms()}, [sold], undone, LONG_AFTER)
    assert (line.base_kept_minor, line.units_returned) == (10_00, 0)


def test_a_refund_of_price_only_returns_no_units_but_a_line_refunded_in_full_keeps_none_in_tiers() -> None:
    sold = sale(10_00, units=2)
    (part,) = kept_lines({"show_1": terms()}, [sold], [refund(sold, 9_99)], LONG_AFTER)
    (full,) = kept_lines({"show_1": terms()}, [sold], [refund(sold, 10_00)], LONG_AFTER)
    assert (part.units_kept_in_tiers, part.units_returned) == (2, 0)
    assert (full.units_kept_in_tiers, full.units_returned) == (0, 0)


def test_a_full_refund_of_what_the_shopper_paid_leaves_nothing_of_a_larger_base() -> None:
    agreed = terms(commission_base=CommissionBase(less_platform_discounts=False))
    sold = replace(sale(0), amounts=SaleAmounts(price_minor=100, platform_discount_minor=25))
    (half,) = kept_lines({"show_1": agreed}, [sold], [refund(sold, 25)], LONG_AFTER)
    (none,) = kept_lines({"show_1": agreed}, [sold], [refund(sold, 75)], LONG_AFTER)
    assert (half.base_sold_minor, half.base_kept_minor, none.base_kept_minor) == (100, 67, 0)


def test_where_the_shopper_paid_nothing_units_say_what_came_back() -> None:
    sold = replace(sale(0, units=4), amounts=SaleAmounts(price_minor=100, platform_discount_minor=100))
    (line,) = kept_lines({"show_1": terms()}, [sold], [refund(sold, 0, units=1)], LONG_AFTER)
    assert (line.base_kept_minor, line.units_kept_in_tiers) == (75, 3)


@pytest.mark.parametrize(("after_days", "expected"), [(14, 5_00), (15, 10_00)])
def test_under_final_what_comes_back_after_maturity_is_ignored_even_when_reported_in_time(after_days: int, expected: int) -> None:
    agreed = terms(refunds_after_maturity=AfterMaturity.FINAL)
    sold = sale(10_00)
    (line,) = kept_lines({"show_1": agreed}, [sold], [refund(sold, 5_00, units=1, after_days=after_days)], LONG_AFTER)
    assert (line.base_kept_minor, line.units_returned) == (expected, int(expected == 5_00))


def test_under_final_an_earlier_refund_counts_however_late_it_is_reported() -> None:
    agreed = terms(refunds_after_maturity=AfterMaturity.FINAL)
    sold = sale(10_00)
    late = refund(sold, 5_00, after_days=3, recorded_after_days=90)
    assert kept_lines({"show_1": agreed}, [sold], [late], LONG_AFTER)[0].base_kept_minor == 5_00


def test_one_id_cannot_stand_for_two_sales() -> None:
    with pytest.raises(ValueError, match="two different facts carry the id x"):
        fold("contract", {}, [sale(1, line_id="x"), sale(2, line_id="x")], (), LONG_AFTER)


def test_the_least_per_line_falls_away_with_the_last_penny_kept() -> None:
    agreed = terms(rules=(rule(((0, 500),), least=1_00),))
    small, large = sale(10_00, line_id="a"), sale(100_00, line_id="b")
    shows = [show(1, agreed)]
    assert earned(statement_of(shows, [small, large]), "commission:any") == 6_00
    assert earned(statement_of(shows, [small, large], [refund(small, 9_99)]), "commission:any") == 6_00
    assert earned(statement_of(shows, [small, large], [refund(small, 10_00)]), "commission:any") == 5_00


def test_units_kept_are_none_but_money_is_kept_earns_the_first_rate() -> None:
    for mode in TierMode:
        agreed = terms(rules=(rule(((0, 500), (1, 800)), measure=Measure.UNITS, mode=mode),))
        sold = sale(10_00, units=2)
        statement = statement_of([show(1, agreed)], [sold], [refund(sold, 8_00, units=2)])
        assert earned(statement, "commission:any") == 10


def test_a_negative_base_earns_nothing() -> None:
    agreed = terms(rules=(rule(),))
    odd = replace(sale(0), amounts=SaleAmounts(price_minor=5_00, seller_discount_minor=6_00))
    assert earned(statement_of([show(1, agreed)], [odd]), "commission:any") == 0


def test_an_undoing_that_is_known_before_what_it_undoes_keeps_no_more_than_was_sold() -> None:
    sold = sale(10_00, units=2)
    undone = refund(sold, -4_00, units=-1)
    (line,) = kept_lines({"show_1": terms()}, [sold], [undone], LONG_AFTER)
    assert (line.base_kept_minor, line.units_kept_in_tiers, line.units_returned) == (10_00, 2, 0)

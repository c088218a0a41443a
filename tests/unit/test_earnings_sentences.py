"""Sentences of the design about earnings that no exact case of its table shows: order, rounding, signs, and what counts when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.terms import (
    AfterMaturity,
    Bonus,
    Cap,
    CommissionBase,
    Due,
    FeeMode,
    FeePart,
    FlatFee,
    MakeUp,
    PayFloor,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    Split,
    TierMode,
)
from chalicelib.payouts.earnings import Amount, Fact, Party, SaleAmounts, fold, line_shares
from tests.unit.earnings_kit import (
    HOST,
    LONG_AFTER,
    cancelled,
    earned,
    matured,
    refund,
    rule,
    sale,
    show,
    start_of,
    statement_of,
    terms,
)

COMMISSION = "commission:any"
BACK = "guarantee_give_back"
FALLING = terms(rules=(rule(((0, 400), (500_00, 200)), mode=TierMode.WHOLE, over=Scope.CONTRACT),))


def test_a_refund_belongs_to_the_bucket_of_its_sale_whatever_day_it_happens() -> None:
    sold = sale(10_00, units=2)
    (bucket,) = fold("contract", {"show_1": terms()}, [sold], [refund(sold, 4_00, units=1, after_days=40)], LONG_AFTER)
    assert (bucket.order_day.isoformat(), bucket.base_sold_minor, bucket.base_kept_minor) == ("2011-01-03", 10_00, 6_00)
    assert (bucket.units_sold, bucket.units_kept_in_tiers, bucket.units_returned) == (2, 1, 1)


def test_a_completion_counts_once_it_is_recorded() -> None:
    ended = start_of(1) + timedelta(hours=3)
    late = Fact(occurred_at=ended, recorded_at=ended + timedelta(days=2))
    shows = [replace(show(1, terms(flat_fee=FlatFee(amount_minor=10_00))), completed=late)]
    moments = (late.recorded_at - timedelta(seconds=1), late.recorded_at)
    assert [earned(statement_of(shows, as_of=moment), "flat_fee") for moment in moments] == [0, 10_00]


def test_a_cancellation_counts_once_it_is_recorded() -> None:
    off = cancelled(1, Party.BRAND, 24)
    off = replace(off, recorded_at=off.occurred_at + timedelta(days=3))
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00, parts=(FeePart(due=Due.SIGNING, share_basis_points=10_000),)))
    shows = [show(1, agreed, completed=False, cancelled=off)]
    moments = (off.recorded_at - timedelta(seconds=1), off.recorded_at)
    assert [earned(statement_of(shows, as_of=moment), "flat_fee") for moment in moments] == [10_00, 0]


def test_shows_that_start_together_come_in_the_order_of_their_ids() -> None:
    agreed = terms(rules=(rule(((0, 1000), (100_00, 2000)), over=Scope.CONTRACT),))
    shows = [show(2, agreed, scheduled_start=start_of(1)), show(1, agreed)]
    statement = statement_of(shows, [sale(100_00, number=1), sale(100_00, number=2)])
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [10_00, 20_00]


def test_a_show_belongs_by_its_scheduled_start_and_not_by_when_its_sales_came() -> None:
    agreed = terms(rules=(rule(((0, 1000), (100_00, 2000)), over=Scope.CONTRACT),))
    sales = [sale(100_00, number=1, day=30), sale(100_00, number=2)]
    statement = statement_of([show(1, agreed), show(2, agreed)], sales)
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [10_00, 20_00]


def test_over_a_contract_a_show_can_earn_less_than_nothing() -> None:
    statement = statement_of([show(1, FALLING), show(2, FALLING)], [sale(400_00, number=1), sale(200_00, number=2)])
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [16_00, -4_00]


def test_pending_of_a_show_may_be_negative() -> None:
    sales = [sale(400_00, number=1, day=10), sale(200_00, number=2)]
    statement = statement_of([show(1, FALLING), show(2, FALLING)], sales, as_of=start_of(1) + timedelta(days=22))
    amounts = [(earned(statement, COMMISSION, number), matured(statement, COMMISSION, number)) for number in (1, 2)]
    assert amounts == [(16_00, 0), (-4_00, 8_00)]
    assert [each.payees.pending_minor for each in statement.shows] == [16_00, -12_00]


def test_a_floor_tops_up_what_has_matured_to_no_more_than_the_floor() -> None:
    agreed = replace(FALLING, pay_floor=PayFloor(amount_minor=10_00, scope=Scope.SHOW))
    sales = [sale(400_00, number=1, day=10), sale(200_00, number=2)]
    statement = statement_of([show(1, agreed), show(2, agreed)], sales, as_of=start_of(1) + timedelta(days=22))
    assert (earned(statement, COMMISSION, 2), matured(statement, COMMISSION, 2)) == (-4_00, 8_00)
    assert (earned(statement, "floor_top_up", 2), matured(statement, "floor_top_up", 2)) == (14_00, 2_00)


def test_rules_carry_on_by_their_id() -> None:
    old = terms(rules=(rule(((0, 1000), (100_00, 2000)), over=Scope.CONTRACT),))
    renamed = terms(rules=(rule(((0, 1000), (100_00, 2000)), over=Scope.CONTRACT, rule_id="other"),))
    sales = [sale(100_00, number=1), sale(100_00, number=2)]
    assert earned(statement_of([show(1, old), show(2, old, version=2)], sales), COMMISSION, 2) == 20_00
    assert earned(statement_of([show(1, old), show(2, renamed, version=2)], sales), "commission:other", 2) == 10_00


def test_over_a_contract_bounds_per_line_of_a_new_version_carry_on_from_what_the_lines_before_them_made() -> None:
    before = terms(rules=(rule(((0, 1000),), over=Scope.CONTRACT),))
    after = terms(rules=(rule(((0, 1000),), over=Scope.CONTRACT, most=50_00),))
    sales = [sale(4, number=1), sale(1, number=2)]
    statement = statement_of([show(1, before), show(2, after, version=2)], sales)
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [0, 1]


def test_contract_wide_caps_and_bonuses_carry_on_unless_the_amendment_says_reset() -> None:
    old = terms(
        rules=(rule(),),
        cap=Cap(amount_minor=50_00, scope=Scope.CONTRACT),
        bonuses=(Bonus(bonus_id="big", net_sales_minor=600_00, amount_minor=7_00, scope=Scope.CONTRACT),),
    )
    sales = [sale(400_00, number=1), sale(300_00, number=2)]
    carried = statement_of([show(1, old), show(2, old, version=2)], sales)
    reset = statement_of([show(1, old), show(2, replace(old, totals_from_version=2), version=2)], sales)
    assert [(earned(each, "cap", 2), earned(each, "bonus:big", 2)) for each in (carried, reset)] == [(-20_00, 7_00), (0, 0)]


def test_in_proportion_the_kept_part_is_the_shows_own_and_rounded_once() -> None:
    agreed = terms(rules=(rule(((0, 1250),), over=Scope.CONTRACT),), refund_policy=RefundPolicy.PROPORTIONAL)
    sales = [sale(33_33, number=1), sale(33_33, number=2), sale(33_34, number=3)]
    statement = statement_of([show(number, agreed) for number in (1, 2, 3)], sales, [refund(sales[1], 11_11)])
    assert [earned(statement, COMMISSION, number) for number in (1, 2, 3)] == [4_17, 2_77, 4_17]


@pytest.mark.parametrize("policy", list(RefundPolicy))
def test_over_a_contract_a_show_that_sold_less_than_nothing_takes_its_part_under_both_policies(policy: RefundPolicy) -> None:
    base = CommissionBase(tax_included=False)
    agreed = terms(rules=(rule(((0, 1000),), over=Scope.CONTRACT),), refund_policy=policy, commission_base=base)
    given_away = replace(sale(10_00, number=2), amounts=SaleAmounts(price_minor=10_00, seller_discount_minor=9_00, tax_minor=2_00))
    statement = statement_of([show(1, agreed), show(2, agreed)], [sale(10_00, number=1), given_away])
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [1_00, -10]


def test_net_sales_below_nothing_give_back_no_more_than_the_fee() -> None:
    base = CommissionBase(tax_included=False)
    guarantee = SalesGuarantee(net_sales_minor=100_00, scope=Scope.SHOW)
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00), sales_guarantee=guarantee, commission_base=base)
    given_away = replace(sale(10_00), amounts=SaleAmounts(price_minor=10_00, seller_discount_minor=9_00, tax_minor=2_00))
    assert earned(statement_of([show(1, agreed)], [given_away]), BACK) == -10_00


def test_a_line_that_counts_for_less_than_nothing_has_no_part_of_a_row() -> None:
    assert line_shares(10, {"a": -5, "b": 2, "c": 2}) == {"a": 0, "b": 5, "c": 5}


def test_bonuses_do_not_count_towards_the_floor() -> None:
    agreed = terms(
        rules=(rule(),),
        pay_floor=PayFloor(amount_minor=500_00, scope=Scope.SHOW),
        bonuses=(Bonus(bonus_id="big", net_sales_minor=1_000_00, amount_minor=300_00, scope=Scope.SHOW),),
    )
    statement = statement_of([show(1, agreed)], [sale(1_000_00)])
    assert (earned(statement, "floor_top_up"), statement.payees.earned_minor) == (400_00, 800_00)


def test_a_floor_is_measured_before_the_give_back_and_after_the_cap() -> None:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=100_00),
        rules=(rule(),),
        cap=Cap(amount_minor=30_00, scope=Scope.SHOW),
        pay_floor=PayFloor(amount_minor=150_00, scope=Scope.SHOW),
        sales_guarantee=SalesGuarantee(net_sales_minor=1_000_00, scope=Scope.CONTRACT),
    )
    statement = statement_of([show(1, agreed)], [sale(500_00)])
    assert [earned(statement, name) for name in (COMMISSION, "cap", "flat_fee", BACK, "floor_top_up")] == [
        50_00,
        -20_00,
        100_00,
        -50_00,
        20_00,
    ]


def test_the_platform_fee_is_on_the_sum_of_all_rows_and_rounded_per_show() -> None:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=5),
        rules=(rule(),),
        platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.TAKEN),
    )
    one, both = statement_of([show(1, agreed)], [sale(1_00)]), statement_of([show(1, agreed), show(2, agreed)])
    assert earned(one, "platform_fee") == -2
    assert [each.platform_fee.earned_minor for each in both.shows] == [1, 1]
    assert both.payees.earned_minor == 8


def test_splits_are_of_earned_and_of_matured_and_pending_is_their_difference() -> None:
    agreed = terms(rules=(rule(),), splits=(Split(payee_id="agy", share_basis_points=5000),))
    statement = statement_of([show(1, agreed)], [sale(10), sale(20, day=3)], as_of=start_of(1) + timedelta(days=15))
    assert statement.payee("agy") == Amount(earned_minor=2, matured_minor=1)
    assert statement.payee(HOST) == Amount(earned_minor=1, matured_minor=0)
    assert [statement.payee(payee).pending_minor for payee in ("agy", HOST)] == [1, 1]


def test_later_sales_do_not_reopen_the_returns_of_a_show() -> None:
    guarantee = SalesGuarantee(net_sales_minor=100_00, scope=Scope.SHOW)
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00), sales_guarantee=guarantee)
    closes = start_of(1).replace(hour=0) + timedelta(days=15)
    statement = statement_of([show(1, agreed)], [sale(25_00), sale(25_00, day=14)], as_of=closes)
    assert statement.shows[0].returns_closed
    assert earned(statement, BACK) == -5_00


def test_make_ups_not_performed_take_back_parts_that_only_come_due_later() -> None:
    parts = (FeePart(due=Due.SIGNING, share_basis_points=8_000), FeePart(due=Due.RETURNS_CLOSED, share_basis_points=2_000))
    guarantee = SalesGuarantee(net_sales_minor=100_00, scope=Scope.SHOW, make_up=MakeUp(shows=1, within_days=3))
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00, parts=parts), sales_guarantee=guarantee)
    for days, expected in ((3, (8_00, 0)), (4, (8_00, -8_00)), (15, (10_00, -10_00))):
        statement = statement_of([show(1, agreed)], as_of=start_of(1).replace(hour=0) + timedelta(days=days))
        assert (earned(statement, "flat_fee"), earned(statement, BACK)) == expected


def test_the_deadline_of_make_ups_runs_from_the_last_of_the_shows_they_make_up_for() -> None:
    guarantee = SalesGuarantee(net_sales_minor=100_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=7))
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00), sales_guarantee=guarantee)
    shows = [show(1, agreed), show(2, agreed), show(3, agreed, is_make_up=True)]
    statement = statement_of(shows, [sale(60_00, number=1), sale(40_00, number=3)])
    assert [earned(statement, BACK, number) for number in (1, 2)] == [0, 0]


def test_a_refund_after_maturity_is_a_debt_unless_refunds_are_final() -> None:
    sold = sale(100_00)
    back = refund(sold, 100_00, units=1, after_days=20)
    for policy, expected in ((AfterMaturity.CLAWBACK, 0), (AfterMaturity.FINAL, 10_00)):
        agreed = terms(rules=(rule(),), refunds_after_maturity=policy)
        before = statement_of([show(1, agreed)], [sold], [back], as_of=back.occurred_at - timedelta(seconds=1))
        after = statement_of([show(1, agreed)], [sold], [back], as_of=back.occurred_at)
        assert (matured(before, COMMISSION), matured(after, COMMISSION)) == (10_00, expected)


def test_a_sale_matures_when_its_day_and_the_window_have_ended_in_the_contracts_zone() -> None:
    agreed = terms(rules=(rule(),), timezone="America/New_York", return_window_days=0)
    midnight_in_new_york = start_of(1).replace(hour=5, minute=0) + timedelta(days=1)
    moments = (midnight_in_new_york - timedelta(seconds=1), midnight_in_new_york)
    assert [matured(statement_of([show(1, agreed)], [sale(10_00)], as_of=moment), COMMISSION) for moment in moments] == [0, 1_00]

"""Every case with an exact result that the design of money states, by its figure."""

from datetime import timedelta

import pytest

from chalicelib.contracts.terms import (
    CancellationRow,
    Due,
    FeeMode,
    FeePart,
    FlatFee,
    MakeUp,
    Measure,
    OverCeiling,
    PayFloor,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    Split,
    TierMode,
)
from chalicelib.payouts.earnings import Party, fold, kept_lines, line_shares
from tests.unit.earnings_kit import (
    HOST,
    LADDER,
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


def test_a_flat_fee_of_300_000_and_a_quarter_of_3_000_000_make_1_050_000() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=300_000_00), rules=(rule(((0, 2500),)),))
    assert statement_of([show(1, agreed)], [sale(3_000_000_00)]).payees.earned_minor == 1_050_000_00


@pytest.mark.parametrize(("mode", "expected"), [(TierMode.MARGINAL, 28_00), (TierMode.WHOLE, 40_00)])
def test_4_6_8_percent_on_500_are_28_marginal_and_40_whole(mode: TierMode, expected: int) -> None:
    agreed = terms(rules=(rule(LADDER, mode=mode),))
    assert earned(statement_of([show(1, agreed)], [sale(500_00)]), COMMISSION) == expected


@pytest.mark.parametrize(("policy", "expected"), [(RefundPolicy.RERATE, 17_00), (RefundPolicy.PROPORTIONAL, 19_60)])
def test_with_150_of_the_500_refunded_they_are_17_rerated_and_19_60_in_proportion(policy: RefundPolicy, expected: int) -> None:
    agreed = terms(rules=(rule(LADDER),), refund_policy=policy)
    big = sale(500_00)
    assert earned(statement_of([show(1, agreed)], [big], [refund(big, 150_00)]), COMMISSION) == expected


def test_over_a_contract_a_second_show_refunded_in_full_in_proportion_leaves_the_first_alone() -> None:
    agreed = terms(rules=(rule(LADDER, over=Scope.CONTRACT),), refund_policy=RefundPolicy.PROPORTIONAL)
    shows = [show(1, agreed), show(2, agreed)]
    first, second = sale(400_00, number=1), sale(100_00, number=2)
    before = statement_of(shows, [first, second])
    after = statement_of(shows, [first, second], [refund(second, 100_00, units=1)])
    assert [earned(before, COMMISSION, number) for number in (1, 2)] == [20_00, 8_00]
    assert [earned(after, COMMISSION, number) for number in (1, 2)] == [20_00, 0]


def test_over_a_contract_a_new_version_rates_its_own_show_only() -> None:
    old = terms(rules=(rule(((0, 500),), over=Scope.CONTRACT),))
    new = terms(rules=(rule(((0, 400), (500_00, 600)), over=Scope.CONTRACT, mode=TierMode.WHOLE),))
    statement = statement_of([show(1, old), show(2, new, version=2)], [sale(400_00, number=1), sale(100_00, number=2)])
    assert [earned(statement, COMMISSION, number) for number in (1, 2)] == [20_00, 14_00]


def test_10_percent_of_5_pence_is_a_penny() -> None:
    assert earned(statement_of([show(1, terms(rules=(rule(),)))], [sale(5)]), COMMISSION) == 1


def test_a_fee_in_three_parts_comes_as_300_then_800_then_1_000() -> None:
    parts = (
        FeePart(due=Due.SIGNING, share_basis_points=3000),
        FeePart(due=Due.SHOW_COMPLETED, share_basis_points=5000),
        FeePart(due=Due.RETURNS_CLOSED, share_basis_points=2000),
    )
    shows = [show(1, terms(flat_fee=FlatFee(amount_minor=1_000_00, parts=parts)))]
    moments = (start_of(1), start_of(1) + timedelta(hours=3), start_of(1) + timedelta(days=15))
    assert [earned(statement_of(shows, as_of=moment), "flat_fee") for moment in moments] == [300_00, 800_00, 1_000_00]


def test_a_host_who_cancels_where_the_table_says_half_owes_10_000() -> None:
    table = (CancellationRow(hours_before=0, share_basis_points=10_000), CancellationRow(hours_before=48, share_basis_points=5_000))
    agreed = terms(flat_fee=FlatFee(amount_minor=20_000_00), cancellation=table)
    statement = statement_of([show(1, agreed, completed=False, cancelled=cancelled(1, Party.HOST, 72))])
    assert statement.payee(HOST).earned_minor == -10_000_00


def test_a_whole_tier_that_falls_never_matures_more_than_is_earned() -> None:
    agreed = terms(rules=(rule(((0, 400), (500_00, 200)), mode=TierMode.WHOLE),))
    sales = [sale(400_00), sale(200_00, day=3)]
    statement = statement_of([show(1, agreed)], sales, as_of=start_of(1) + timedelta(days=15))
    assert (earned(statement, COMMISSION), matured(statement, COMMISSION)) == (12_00, 12_00)


def test_three_thirds_in_one_show_make_12_50_and_trace_to_their_lines() -> None:
    agreed = terms(rules=(rule(((0, 1250),)),))
    sales = [sale(33_33, line_id="a"), sale(33_33, line_id="b"), sale(33_34, line_id="c")]
    amount = earned(statement_of([show(1, agreed)], sales), COMMISSION)
    lines = kept_lines({"show_1": agreed}, sales, (), LONG_AFTER)
    assert amount == 12_50
    assert line_shares(amount, {line.line_id: line.base_kept_minor for line in lines}) == {"a": 4_17, "b": 4_16, "c": 4_17}


@pytest.mark.parametrize("policy", list(RefundPolicy))
def test_three_thirds_over_three_shows_lose_no_penny(policy: RefundPolicy) -> None:
    agreed = terms(rules=(rule(((0, 1250),), over=Scope.CONTRACT),), refund_policy=policy)
    sales = [sale(33_33, number=1), sale(33_33, number=2), sale(33_34, number=3)]
    statement = statement_of([show(number, agreed) for number in (1, 2, 3)], sales)
    assert [earned(statement, COMMISSION, number) for number in (1, 2, 3)] == [4_17, 4_16, 4_17]


def test_tiers_by_units_use_the_average_price() -> None:
    agreed = terms(rules=(rule(((0, 500), (1_000, 800)), measure=Measure.UNITS),))
    sales = [sale(1_000 * 10_00, units=1_000), sale(500 * 50_00, units=500)]
    assert earned(statement_of([show(1, agreed)], sales), COMMISSION) == 2_100_00


def test_bounds_per_line_hold_from_below_and_from_above() -> None:
    least = terms(rules=(rule(((0, 500),), least=1_00),))
    most = terms(rules=(rule(((0, 1000),), most=50_00),))
    assert earned(statement_of([show(1, least)], [sale(10_00)]), COMMISSION) == 1_00
    assert earned(statement_of([show(1, most)], [sale(600_00)]), COMMISSION) == 50_00


def test_a_floor_is_topped_up_before_the_fee_and_the_agencys_share() -> None:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=300_00),
        rules=(rule(),),
        pay_floor=PayFloor(amount_minor=500_00, scope=Scope.SHOW),
        platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.TAKEN),
        splits=(Split(payee_id="agy_1", share_basis_points=2000),),
    )
    statement = statement_of([show(1, agreed)], [sale(1_000_00)])
    assert earned(statement, "floor_top_up") == 100_00
    assert statement.platform_fee.earned_minor == 50_00
    assert statement.payee("agy_1").earned_minor == 90_00
    assert statement.payee(HOST).earned_minor == 360_00


@pytest.mark.parametrize(("make_up", "back"), [(None, 19_547_37), (MakeUp(shows=1, within_days=30), 20_000_00)])
def test_a_missed_guarantee_gives_back_pro_rata_or_all_when_make_ups_are_not_performed(make_up: MakeUp | None, back: int) -> None:
    guarantee = SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.SHOW, make_up=make_up)
    agreed = terms(flat_fee=FlatFee(amount_minor=20_000_00), sales_guarantee=guarantee)
    statement = statement_of([show(1, agreed)], [sale(1_357_90)])
    assert earned(statement, "guarantee_give_back") == -back
    assert statement.payees.earned_minor == 20_000_00 - back


def test_a_guarantee_of_4_000_000_that_sold_290_000_gives_back_742_000() -> None:
    guarantee = SalesGuarantee(net_sales_minor=4_000_000_00, scope=Scope.CONTRACT)
    agreed = terms(flat_fee=FlatFee(amount_minor=800_000_00), sales_guarantee=guarantee)
    assert earned(statement_of([show(1, agreed)], [sale(290_000_00)]), "guarantee_give_back") == -742_000_00


def test_shows_of_50_000_and_20_000_keep_a_guarantee_over_the_contract_but_not_each() -> None:
    sales = [sale(50_000_00, number=1), sale(20_000_00, number=2)]
    together = terms(
        flat_fee=FlatFee(amount_minor=20_000_00, scope=Scope.CONTRACT),
        sales_guarantee=SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.CONTRACT),
    )
    each = terms(flat_fee=FlatFee(amount_minor=10_000_00), sales_guarantee=SalesGuarantee(net_sales_minor=30_000_00, scope=Scope.SHOW))
    assert statement_of([show(1, together), show(2, together)], sales).component("guarantee_give_back").earned_minor == 0
    assert statement_of([show(1, each), show(2, each)], sales).component("guarantee_give_back").earned_minor == -3_333_33


def test_1_331_of_1_393_units_returned_are_95_55_percent_and_over_the_ceiling() -> None:
    guarantee = SalesGuarantee(net_sales_minor=1, scope=Scope.SHOW, return_rate_ceiling_basis_points=1500, over_ceiling=OverCeiling.RECORD)
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00), sales_guarantee=guarantee)
    big = sale(1_393_00, units=1_393)
    statement = statement_of([show(1, agreed)], [big], [refund(big, 1_331_00, units=1_331)])
    (row,) = (row for row in statement.rows if row.component == "guarantee_give_back")
    assert (row.inputs["return_rate_basis_points"], row.inputs["over_ceiling"], row.amount_minor) == (9555, 1, 0)
    assert statement.shows[0].return_rate_basis_points == 9555


def test_a_sale_refunded_in_seven_parts_ends_at_exactly_0_and_is_never_more_than_half_a_penny_off() -> None:
    agreed = terms(rules=(rule(((0, 1250),)),))
    sold = sale(1_00, units=7)
    parts = [refund(sold, minor, units=1, nth=nth) for nth, minor in enumerate((14, 14, 14, 14, 14, 14, 16))]
    found = [earned(statement_of([show(1, agreed)], [sold], parts[:taken]), COMMISSION) for taken in range(len(parts) + 1)]
    kept = [100 - sum(part.amount_minor for part in parts[:taken]) for taken in range(len(parts) + 1)]
    assert all(abs(2 * (amount * 10_000 - left * 1250)) <= 10_000 for amount, left in zip(found, kept, strict=True))
    assert (found[0], found[-1]) == (13, 0)
    assert fold("contract", {"show_1": agreed}, [sold], parts, LONG_AFTER)[0].base_kept_minor == 0

"""Sales guarantees with make-ups and ceilings, pay floors, bonuses, caps, resets, fees on top, and tax."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.contracts.terms import (
    Bonus,
    Cap,
    FeeMode,
    FlatFee,
    MakeUp,
    OverCeiling,
    PayFloor,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    Split,
    Tax,
    Terms,
)
from chalicelib.payouts.earnings import Amount, Bucket, Party, ShowFacts, TaxLine, earnings, fold, split
from tests.unit.earnings_kit import (
    HOST,
    LONG_AFTER,
    at,
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

BACK = "guarantee_give_back"
MAKE_UP = MakeUp(shows=1, within_days=20)


def promise(scope: Scope = Scope.CONTRACT, fee: int = 100_00, fee_scope: Scope = Scope.SHOW, **given: object) -> Terms:
    """A guarantee of 1,000.00 and a flat fee of 100.00."""
    guarantee = SalesGuarantee(**{"net_sales_minor": 1_000_00, "scope": scope, **given})  # type: ignore[arg-type]
    return terms(flat_fee=FlatFee(amount_minor=fee, scope=fee_scope), sales_guarantee=guarantee)


def test_nothing_is_given_back_before_the_returns_of_the_last_show_close() -> None:
    shows = [show(1, promise()), show(2, promise())]
    closes = start_of(2).replace(hour=0) + timedelta(days=15)
    assert statement_of(shows, as_of=closes - timedelta(seconds=1)).component(BACK).earned_minor == 0
    assert statement_of(shows, as_of=closes).component(BACK) == Amount(earned_minor=-200_00, matured_minor=-200_00)


def test_nothing_is_given_back_while_a_show_in_scope_is_still_to_come() -> None:
    assert statement_of([show(1, promise()), show(2, promise(), completed=False)]).component(BACK).earned_minor == 0


def test_a_contract_wide_give_back_is_divided_by_flat_due() -> None:
    shows = [show(number, promise(fee=100_00, fee_scope=Scope.CONTRACT)) for number in (1, 2, 3)]
    statement = statement_of(shows, [sale(500_00, number=2)])
    assert [earned(statement, BACK, number) for number in (1, 2, 3)] == [-16_67, -16_67, -16_66]
    assert statement.component("flat_fee").earned_minor + statement.component(BACK).earned_minor == 50_00


def test_a_contract_wide_give_back_is_larger_where_more_is_due() -> None:
    shows = [show(1, promise(fee=100_00)), show(2, promise(fee=300_00), version=2)]
    statement = statement_of(shows, [sale(500_00, number=1)])
    assert [earned(statement, BACK, number) for number in (1, 2)] == [-50_00, -150_00]


def test_a_cancelled_show_leaves_the_fee_of_the_guarantee() -> None:
    shows = [show(1, promise()), show(2, promise(), completed=False, cancelled=cancelled(2, Party.BRAND, 100))]
    statement = statement_of(shows, [sale(500_00)])
    assert [row.show_id for row in statement.rows if row.component == BACK] == ["show_1"]
    assert earned(statement, BACK) == -50_00


def test_a_contract_whose_shows_are_all_cancelled_gives_nothing_back() -> None:
    shows = [show(1, promise(), completed=False, cancelled=cancelled(1, Party.BRAND, 100))]
    assert [row for row in statement_of(shows).rows if row.component == BACK] == []


def make_up_case(number: int = 2) -> tuple[ShowFacts, ShowFacts]:
    agreed = promise(make_up=MAKE_UP)
    return show(1, agreed), show(number, agreed, is_make_up=True)


def test_make_up_shows_performed_in_time_count_and_the_test_waits_for_their_returns() -> None:
    first, again = make_up_case()
    sales = [sale(300_00, number=1), sale(300_00, number=2)]
    closes = start_of(2).replace(hour=0) + timedelta(days=15)
    assert statement_of([first, again], sales, as_of=closes - timedelta(seconds=1)).component(BACK).earned_minor == 0
    assert statement_of([first, again], sales, as_of=closes).component(BACK).earned_minor == -40_00


def test_make_up_shows_not_performed_cost_the_whole_fee_at_the_deadline() -> None:
    first, _ = make_up_case()
    sales = [sale(999_99)]
    deadline = start_of(1).replace(hour=0) + timedelta(days=21)
    assert statement_of([first], sales, as_of=deadline - timedelta(seconds=1)).component(BACK).earned_minor == 0
    assert statement_of([first], sales, as_of=deadline).component(BACK).earned_minor == -100_00
    assert statement_of([first], [sale(1_000_00)], as_of=deadline).component(BACK).earned_minor == 0


def test_a_make_up_show_after_the_deadline_is_too_late() -> None:
    first, again = make_up_case(number=4)
    assert statement_of([first, again], [sale(999_99)]).component(BACK).earned_minor == -100_00


def test_per_show_a_make_up_counts_for_the_show_it_names_or_else_for_the_one_before() -> None:
    agreed = promise(Scope.SHOW, make_up=MAKE_UP)
    sales = [sale(400_00, number=1), sale(1_000_00, number=2), sale(300_00, number=3)]
    unnamed = [show(1, agreed), show(2, agreed), show(3, agreed, is_make_up=True)]
    named = [*unnamed[:2], replace(unnamed[2], makes_up_for="show_1")]
    assert [earned(statement_of(unnamed, sales), BACK, number) for number in (1, 2)] == [-100_00, 0]
    assert [earned(statement_of(named, sales), BACK, number) for number in (1, 2)] == [-30_00, 0]


@pytest.mark.parametrize(
    ("over", "make_up", "expected"),
    [
        (OverCeiling.RECORD, None, 0),
        (OverCeiling.VOID_FEE, None, -100_00),
        (OverCeiling.MAKE_UP, MAKE_UP, -100_00),
        (OverCeiling.RECORD, MAKE_UP, 0),
    ],
)
def test_a_return_rate_over_the_ceiling_does_as_agreed(over: OverCeiling, make_up: MakeUp | None, expected: int) -> None:
    agreed = promise(make_up=make_up, over_ceiling=over, return_rate_ceiling_basis_points=1500)
    big, many = sale(1_000_00, line_id="a"), sale(100_00, line_id="b", units=19)
    sales = [big, many]
    at_ceiling = statement_of([show(1, agreed)], sales, [refund(many, 1, units=3)])
    above = statement_of([show(1, agreed)], sales, [refund(many, 1, units=4)])
    assert (earned(at_ceiling, BACK), earned(above, BACK)) == (0, expected)


def test_two_guarantees_of_different_scope_do_not_mix() -> None:
    old, new = promise(Scope.CONTRACT), promise(Scope.SHOW)
    statement = statement_of([show(1, old), show(2, new, version=2)], [sale(500_00, number=2)])
    assert [(row.show_id, row.amount_minor) for row in statement.rows if row.component == BACK] == [("show_2", -50_00)]


def test_a_contract_wide_floor_belongs_to_the_last_show_and_waits_for_all() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00), rules=(rule(),), pay_floor=PayFloor(amount_minor=500_00, scope=Scope.CONTRACT))
    sales = [sale(500_00, number=1)]
    all_held = [show(1, agreed), show(2, agreed)]
    waiting = [show(1, agreed), show(2, agreed, completed=False)]
    one_off = [show(1, agreed), show(2, agreed, completed=False, cancelled=cancelled(2, Party.BRAND, 100))]
    assert [(row.show_id, row.amount_minor) for row in statement_of(all_held, sales).rows if row.component == "floor_top_up"] == [
        ("show_2", 250_00)
    ]
    assert earned(statement_of(waiting, sales), "floor_top_up", 2) == 0
    assert earned(statement_of(one_off, sales), "floor_top_up", 1) == 350_00


def test_a_floor_is_paid_on_completion_and_rises_when_commission_falls() -> None:
    agreed = terms(rules=(rule(),), pay_floor=PayFloor(amount_minor=500_00, scope=Scope.SHOW))
    big = sale(1_000_00)
    early = statement_of([show(1, agreed)], [big], as_of=start_of(1) + timedelta(days=1))
    assert (earned(early, "floor_top_up"), matured(early, "floor_top_up")) == (400_00, 400_00)
    assert (earned(early, "commission:any"), matured(early, "commission:any")) == (100_00, 0)
    later = statement_of([show(1, agreed)], [big], [refund(big, 600_00)])
    assert (earned(later, "floor_top_up"), later.payees.earned_minor) == (460_00, 500_00)


def test_a_contract_whose_shows_are_all_cancelled_has_no_floor() -> None:
    agreed = terms(pay_floor=PayFloor(amount_minor=500_00, scope=Scope.CONTRACT))
    shows = [show(1, agreed, completed=False, cancelled=cancelled(1, Party.HOST, 1))]
    assert statement_of(shows).payees.earned_minor == 0


def bonus_terms(scope: Scope) -> Terms:
    return terms(bonuses=(Bonus(bonus_id="big", net_sales_minor=1_000_00, amount_minor=50_00, scope=scope),))


def test_a_bonus_over_a_contract_goes_to_the_show_that_reaches_it_and_returns_take_it_back() -> None:
    shows = [show(number, bonus_terms(Scope.CONTRACT)) for number in (1, 2, 3)]
    sales = [sale(600_00, number=1), sale(400_00, number=2), sale(100_00, number=3)]
    before = statement_of(shows, sales)
    after = statement_of(shows, sales, [refund(sales[0], 1)])
    gone = statement_of(shows, sales, [refund(sales[0], 100_01)])
    assert [earned(before, "bonus:big", number) for number in (1, 2, 3)] == [0, 50_00, 0]
    assert [earned(after, "bonus:big", number) for number in (1, 2, 3)] == [0, 0, 50_00]
    assert gone.component("bonus:big").earned_minor == 0


def test_a_bonus_per_show_matures_with_the_sales_that_reach_it() -> None:
    shows = [show(1, bonus_terms(Scope.SHOW)), show(2, bonus_terms(Scope.SHOW))]
    sales = [sale(600_00), sale(400_00, day=3)]
    statement = statement_of(shows, sales, as_of=start_of(1) + timedelta(days=15))
    assert (earned(statement, "bonus:big"), matured(statement, "bonus:big")) == (50_00, 0)
    assert matured(statement_of(shows, sales), "bonus:big") == 50_00


def capped(scope: Scope, amount: int = 30_00, over: Scope = Scope.SHOW) -> Terms:
    return terms(
        rules=(rule(rule_id="a", skus=("mug",), over=over), rule(rule_id="b", over=over)), cap=Cap(amount_minor=amount, scope=scope)
    )


def test_a_cap_holds_the_sum_of_the_rules_per_show_or_over_the_contract() -> None:
    sales = [sale(200_00, number=1), sale(200_00, number=1, sku="lamp"), sale(200_00, number=2)]
    per_show = statement_of([show(number, capped(Scope.SHOW)) for number in (1, 2)], sales)
    contract = statement_of([show(number, capped(Scope.CONTRACT, 50_00)) for number in (1, 2)], sales)
    assert [earned(per_show, "cap", number) for number in (1, 2)] == [-10_00, 0]
    assert [earned(contract, "cap", number) for number in (1, 2)] == [0, -10_00]
    assert contract.payees.earned_minor == 50_00


def test_a_cap_of_zero_pays_no_commission_and_no_cap_pays_all() -> None:
    none = capped(Scope.SHOW, 0)
    assert statement_of([show(1, none)], [sale(200_00)]).payees.earned_minor == 0
    assert statement_of([show(1, replace(none, cap=None))], [sale(200_00)]).payees.earned_minor == 20_00


def test_a_cap_caps_matured_commission_by_the_sum_that_has_matured() -> None:
    sales = [sale(400_00), sale(200_00, day=3)]
    statement = statement_of([show(1, capped(Scope.SHOW, 50_00))], sales, as_of=start_of(1) + timedelta(days=15))
    assert (earned(statement, "cap"), matured(statement, "cap")) == (-10_00, 0)
    assert statement.payees == Amount(earned_minor=50_00, matured_minor=40_00)
    assert statement.payees.pending_minor == statement.payee(HOST).pending_minor == 10_00


def test_an_amendment_that_says_reset_begins_from_zero_and_one_that_does_not_carries_on() -> None:
    old = terms(rules=(rule(((0, 400), (200_00, 800)), over=Scope.CONTRACT),))
    sales = [sale(300_00, number=1), sale(300_00, number=2)]
    carried = statement_of([show(1, old), show(2, old, version=2)], sales)
    reset = statement_of([show(1, old), show(2, replace(old, totals_from_version=2), version=2)], sales)
    assert [earned(carried, "commission:any", number) for number in (1, 2)] == [16_00, 24_00]
    assert [earned(reset, "commission:any", number) for number in (1, 2)] == [16_00, 16_00]


def test_over_a_contract_a_refund_in_an_early_show_re_rates_a_later_one() -> None:
    agreed = terms(rules=(rule(((0, 400), (500_00, 200)), over=Scope.CONTRACT),), refund_policy=RefundPolicy.RERATE)
    shows = [show(1, agreed), show(2, agreed)]
    sales = [sale(400_00, number=1), sale(200_00, number=2)]
    assert earned(statement_of(shows, sales), "commission:any", 2) == 6_00
    assert earned(statement_of(shows, sales, [refund(sales[0], 400_00)]), "commission:any", 2) == 8_00


def test_a_fee_on_top_is_the_brands_and_takes_nothing_from_the_host() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_05), platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.ON_TOP))
    statement = statement_of([show(1, agreed)])
    assert earned(statement, "platform_fee_on_top") == 10_01
    assert (statement.platform_fee.earned_minor, statement.payee(HOST).earned_minor) == (10_01, 100_05)


def test_splits_tie_by_payee_id_with_the_host_last_whatever_sign_the_amount_has() -> None:
    agreed = terms(splits=(Split(payee_id="agy_b", share_basis_points=2500), Split(payee_id="agy_a", share_basis_points=2500)))
    assert split(2, agreed, "aaa") == {"agy_a": 1, "agy_b": 0, "aaa": 1}
    assert split(-3, agreed, "aaa") == {"agy_a": -1, "agy_b": -1, "aaa": -1}


def test_tax_is_rounded_once_per_document_and_rate_over_all_shows() -> None:
    first = terms(
        flat_fee=FlatFee(amount_minor=1_02),
        platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.TAKEN),
        splits=(Split(payee_id="agy", share_basis_points=5000),),
        tax=Tax(platform_fee_basis_points=2000, host_invoice_basis_points=2000),
    )
    later = replace(first, tax=Tax(platform_fee_basis_points=2000))
    shows = [show(1, first), show(2, first), show(3, later, version=2)]
    assert statement_of(shows).tax == (
        TaxLine(document="host_invoice", rate_basis_points=2000, base=whole(92), tax=whole(18)),
        TaxLine(document="platform_fee", rate_basis_points=2000, base=whole(30), tax=whole(6)),
    )


def whole(minor: int) -> Amount:
    return Amount(earned_minor=minor, matured_minor=minor)


@pytest.mark.parametrize("contract_id", ["another", "contract"])
def test_buckets_of_another_contract_or_two_of_one_key_are_refused(contract_id: str) -> None:
    agreed = terms()
    (bucket,) = fold("contract", {"show_1": agreed}, [sale(10_00)], (), LONG_AFTER)
    changed: Bucket = replace(bucket, contract_id=contract_id, base_kept_minor=1)
    with pytest.raises(ValueError, match="another contract, or there are two"):
        earnings("contract", agreed, [show(1, agreed)], [bucket, changed], LONG_AFTER, host_id=HOST)


def test_a_statement_of_the_past_is_as_it_was_then() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00), rules=(rule(),))
    sold = sale(100_00)
    then: datetime = start_of(1) + timedelta(days=2)
    before = statement_of([show(1, agreed)], [sold], as_of=then)
    with_news = statement_of([show(1, agreed, disputed=at(LONG_AFTER))], [sold], [refund(sold, 50_00, after_days=9)], as_of=then)
    assert before == with_news


def test_sales_that_no_rule_matches_earn_nothing_but_count_for_guarantee_bonus_and_return_rate() -> None:
    agreed = replace(promise(), rules=(rule(skus=("mug",)),), bonuses=bonus_terms(Scope.SHOW).bonuses)
    lamp = sale(1_000_00, sku="lamp", units=4)
    statement = statement_of([show(1, agreed)], [lamp], [refund(lamp, 0, units=1)])
    assert (earned(statement, "commission:any"), earned(statement, BACK), earned(statement, "bonus:big")) == (0, 0, 50_00)
    assert statement.shows[0].return_rate_basis_points == 2500


def test_amounts_of_currencies_without_decimals_or_with_three_are_whole_minor_units() -> None:
    for currency, formula in (("JPY", "round(12.5% x 33)"), ("KWD", "round(12.5% x 0.033)")):
        statement = statement_of([show(1, terms(currency=currency, rules=(rule(((0, 1250),)),)))], [sale(33)])
        (row,) = (row for row in statement.rows if row.component == "commission:any")
        assert (row.amount_minor, row.formula) == (4, formula)


def test_a_make_up_show_on_the_day_of_the_deadline_is_in_time() -> None:
    agreed = promise(make_up=MakeUp(shows=1, within_days=7, fee_minor=40_00))
    statement = statement_of([show(1, agreed), show(2, agreed, is_make_up=True)], [sale(500_00, number=1), sale(250_00, number=2)])
    assert [(row.show_id, row.amount_minor) for row in statement.rows if row.component == BACK] == [("show_1", -25_00)]
    assert earned(statement, "flat_fee", 2) == 40_00


def test_a_give_back_says_which_part_of_it_is_the_shows() -> None:
    statement = statement_of([show(1, promise()), show(2, promise())], [sale(500_00)])
    formulas = [row.formula for row in statement.rows if row.component == BACK]
    assert formulas == ["-round(200.00 x (1 - 500.00 / 1000.00)), the part of 100.00 in 200.00"] * 2


def test_a_show_that_was_called_off_does_not_count_as_completed() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00), pay_floor=PayFloor(amount_minor=200_00, scope=Scope.SHOW))
    statement = statement_of([show(1, agreed, cancelled=cancelled(1, Party.BRAND, 1))])
    assert (statement.payees.earned_minor, statement.shows[0].returns_closed) == (0, False)


def test_in_proportion_a_refund_in_the_first_show_leaves_the_second_at_its_gross() -> None:
    agreed = terms(rules=(rule(((0, 400), (200_00, 800)), over=Scope.CONTRACT),), refund_policy=RefundPolicy.PROPORTIONAL)
    sales = [sale(200_00, number=1), sale(100_00, number=2)]
    statement = statement_of([show(1, agreed), show(2, agreed)], sales, [refund(sales[0], 150_00)])
    assert [earned(statement, "commission:any", number) for number in (1, 2)] == [2_00, 8_00]


def test_formulas_show_the_steps_of_the_tiers_unrounded() -> None:
    agreed = terms(rules=(rule(((0, 400), (200_00, 650)), over=Scope.CONTRACT),))
    statement = statement_of([show(1, agreed), show(2, agreed)], [sale(200_00, number=1), sale(10_01, number=2)])
    assert [row.formula for row in statement.rows if row.component == "commission:any"] == [
        "round(4% x 200.00)",
        "round(4% x 200.00 + 6.5% x 10.01) - round(4% x 200.00)",
    ]

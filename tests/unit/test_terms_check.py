"""Every way in which terms can be wrong, and the sentence that says so."""

from dataclasses import replace

import pytest

from chalicelib.contracts.terms import (
    Bonus,
    CancellationRow,
    Cap,
    Deliverable,
    Due,
    Exclusivity,
    FeeMode,
    FeePart,
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
from chalicelib.contracts.terms_check import BadTerms, check, check_amendment, require_sound
from tests.unit.earnings_kit import rule, terms

FULL = terms(
    flat_fee=FlatFee(
        amount_minor=1_000_00,
        parts=(FeePart(due=Due.SIGNING, share_basis_points=3000), FeePart(due=Due.RETURNS_CLOSED, share_basis_points=7000)),
    ),
    rules=(rule(((0, 500),), rule_id="a", skus=("mug",), least=10, most=20), rule(((0, 500), (10, 0)), rule_id="b", category="home")),
    cap=Cap(amount_minor=0, scope=Scope.SHOW),
    pay_floor=PayFloor(amount_minor=10, scope=Scope.SHOW),
    sales_guarantee=SalesGuarantee(
        net_sales_minor=10,
        scope=Scope.CONTRACT,
        make_up=MakeUp(shows=1, within_days=10),
        return_rate_ceiling_basis_points=1500,
        over_ceiling=OverCeiling.MAKE_UP,
    ),
    bonuses=(Bonus(bonus_id="b", net_sales_minor=1, amount_minor=1, scope=Scope.SHOW),),
    splits=(Split(payee_id="agy_1", share_basis_points=10_000),),
    platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.ON_TOP),
    tax=Tax(platform_fee_basis_points=2000),
    cancellation=(CancellationRow(hours_before=0, share_basis_points=10_000),),
    exclusivity=Exclusivity(categories=("home",), from_day="2011-01-01", until_day="2011-01-01"),
    deliverables=(Deliverable(kind="host_appears", fee_off_basis_points=10_000),),
)


def guarantee(**given: object) -> SalesGuarantee:
    return SalesGuarantee(**{"net_sales_minor": 100, "scope": Scope.SHOW, **given})  # type: ignore[arg-type]


def bonus(**given: object) -> Bonus:
    return Bonus(**{"bonus_id": "b", "net_sales_minor": 100, "amount_minor": 5, "scope": Scope.SHOW, **given})  # type: ignore[arg-type]


BAD: list[tuple[Terms, str, str]] = [
    (terms(currency="QQQ"), "currency", "not a currency"),
    (terms(currency="XAU"), "currency", "not a currency"),
    (terms(timezone="Mars/Base"), "timezone", "no time zone"),
    (terms(timezone="/etc/passwd"), "timezone", "no time zone"),
    (terms(timezone=""), "timezone", "no time zone"),
    (terms(return_window_days=-1), "return_window_days", "0 to 365"),
    (terms(return_window_days=366), "return_window_days", "0 to 365"),
    (terms(totals_from_version=0), "totals_from_version", "version 1"),
    (terms(tax=Tax(needs_withholding=True)), "tax.needs_withholding", "withheld"),
    (terms(tax=Tax(host_invoice_basis_points=10_001)), "tax.host_invoice_basis_points", "100 %"),
    (terms(flat_fee=FlatFee(amount_minor=-1)), "flat_fee.amount_minor", "0 or more"),
    (terms(flat_fee=FlatFee(amount_minor=2**53 + 1)), "flat_fee.amount_minor", "2^53"),
    (terms(flat_fee=FlatFee(amount_minor=1, parts=())), "flat_fee.parts", "add up to 100 %"),
    (
        terms(flat_fee=FlatFee(amount_minor=1, parts=(FeePart(due=Due.SIGNING, share_basis_points=9_999),))),
        "flat_fee.parts",
        "add up to 100 %",
    ),
    (
        terms(flat_fee=FlatFee(amount_minor=1, parts=(FeePart(due=Due.SIGNING, share_basis_points=5_000),) * 2)),
        "flat_fee.parts",
        "due on signing",
    ),
    (terms(rules=(rule(()),)), "rules.0.tiers", "begin at 0"),
    (terms(rules=(rule(((1, 500),)),)), "rules.0.tiers", "begin at 0"),
    (terms(rules=(rule(((0, 500), (20, 600), (10, 700))),)), "rules.0.tiers", "above the one before"),
    (terms(rules=(rule(((0, 500), (20, 600), (20, 700))),)), "rules.0.tiers", "above the one before"),
    (terms(rules=(rule([(bound, 500) for bound in range(21)]),)), "rules.0.tiers", "20 tiers"),
    (terms(rules=(rule(((0, 10_001),)),)), "rules.0.tiers.0.rate_basis_points", "100 %"),
    (terms(rules=(rule(((0, -1),)),)), "rules.0.tiers.0.rate_basis_points", "100 %"),
    (terms(rules=(rule(((0, 1), (2**53 + 1, 2))),)), "rules.0.tiers.1.from_value", "2^53"),
    (terms(rules=(rule(), rule())), "rules", "Two rules have the id any"),
    (terms(rules=(rule(rule_id=""),)), "rules.0.rule_id", "needs an id"),
    (terms(rules=tuple(rule(rule_id=str(number)) for number in range(101))), "rules", "100 rules"),
    (terms(rules=(rule(skus=("mug",), category="home"),)), "rules.0.category", "not both"),
    (terms(rules=(rule(((0, 500), (10, 600)), least=1),)), "rules.0.min_per_line_minor", "single rate"),
    (terms(rules=(rule(((0, 500), (10, 600)), most=1),)), "rules.0.max_per_line_minor", "single rate"),
    (terms(rules=(rule(most=1),), refund_policy=RefundPolicy.PROPORTIONAL), "rules.0.max_per_line_minor", "re-rate"),
    (terms(rules=(rule(least=2, most=1),)), "rules.0.min_per_line_minor", "not be above"),
    (terms(rules=(rule(least=-1),)), "rules.0.min_per_line_minor", "0 or more"),
    (terms(cap=Cap(amount_minor=-1, scope=Scope.SHOW)), "cap.amount_minor", "0 or more"),
    (terms(pay_floor=PayFloor(amount_minor=-1, scope=Scope.SHOW)), "pay_floor.amount_minor", "0 or more"),
    (terms(pay_floor=PayFloor(amount_minor=1, scope=Scope.SHOW), sales_guarantee=guarantee()), "pay_floor", "opposite"),
    (terms(pay_floor=PayFloor(amount_minor=1, scope=Scope.SHOW), sales_guarantee=guarantee()), "sales_guarantee", "opposite"),
    (terms(sales_guarantee=guarantee(net_sales_minor=0)), "sales_guarantee.net_sales_minor", "more than 0"),
    (
        terms(sales_guarantee=guarantee(over_ceiling=OverCeiling.VOID_FEE)),
        "sales_guarantee.return_rate_ceiling_basis_points",
        "State the return rate",
    ),
    (
        terms(sales_guarantee=guarantee(over_ceiling=OverCeiling.MAKE_UP, return_rate_ceiling_basis_points=1)),
        "sales_guarantee.make_up",
        "how many make-up shows",
    ),
    (terms(sales_guarantee=guarantee(make_up=MakeUp(shows=0, within_days=1))), "sales_guarantee.make_up.shows", "1 to 100"),
    (terms(sales_guarantee=guarantee(make_up=MakeUp(shows=1, within_days=0))), "sales_guarantee.make_up.within_days", "one day"),
    (
        terms(sales_guarantee=guarantee(make_up=MakeUp(shows=1, within_days=1, fee_minor=-1))),
        "sales_guarantee.make_up.fee_minor",
        "0 or more",
    ),
    (terms(rules=(rule(rule_id="a: on all goods the host earns commission of 50 %. Rule b"),)), "rules.0.rule_id", "cannot stand"),
    (terms(rules=(rule(skus=("mug, lamp",)),)), "rules.0.skus", "cannot stand"),
    (terms(rules=(rule(category="home\nand all"),)), "rules.0.category", "cannot stand"),
    (terms(bonuses=(bonus(bonus_id="b c"),)), "bonuses.0.bonus_id", "cannot stand"),
    (terms(splits=(Split(payee_id="a (b)", share_basis_points=1),)), "splits.0.payee_id", "cannot stand"),
    (
        terms(exclusivity=Exclusivity(categories=("a, b",), from_day="2011-01-01", until_day="2011-01-01")),
        "exclusivity.categories",
        "cannot stand",
    ),
    (terms(bonuses=(bonus(), bonus())), "bonuses", "id b"),
    (terms(bonuses=(bonus(net_sales_minor=0),)), "bonuses.0.net_sales_minor", "above 0"),
    (terms(bonuses=tuple(bonus(bonus_id=str(number)) for number in range(101))), "bonuses", "100 entries"),
    (terms(splits=(Split(payee_id="a", share_basis_points=1),) * 2), "splits", "a has two splits"),
    (
        terms(splits=(Split(payee_id="a", share_basis_points=5_001), Split(payee_id="b", share_basis_points=5_000))),
        "splits",
        "more than 100 %",
    ),
    (terms(platform_fee=PlatformFee(rate_basis_points=10_001, mode=FeeMode.TAKEN)), "platform_fee.rate_basis_points", "100 %"),
    (terms(cancellation=(CancellationRow(hours_before=1, share_basis_points=1),) * 2), "cancellation", "1 hours"),
    (terms(cancellation=(CancellationRow(hours_before=8_761, share_basis_points=1),)), "cancellation.0.hours_before", "8,760 at most"),
    (terms(sales_guarantee=guarantee(make_up=MakeUp(shows=1, within_days=1_096))), "sales_guarantee.make_up.within_days", "1095 at most"),
    (terms(deliverables=(Deliverable(kind="sessions", target=100_001),)), "deliverables.0.target", "100,000 at most"),
    (
        terms(exclusivity=Exclusivity(categories=("home",), from_day="2011-01-01", until_day="9999-12-31")),
        "exclusivity.until_day",
        "1970 to 2199",
    ),
    (terms(cancellation=(CancellationRow(hours_before=-1, share_basis_points=1),)), "cancellation.0.hours_before", "0 or more"),
    (terms(exclusivity=Exclusivity(categories=("a",), from_day="soon", until_day="2011-01-01")), "exclusivity.from_day", "YYYY-MM-DD"),
    (
        terms(exclusivity=Exclusivity(categories=("a",), from_day="2011-01-02", until_day="2011-01-01")),
        "exclusivity.until_day",
        "before it begins",
    ),
    (terms(exclusivity=Exclusivity(categories=(), from_day="2011-01-01", until_day="2011-01-01")), "exclusivity.categories", "Name the"),
    (terms(deliverables=(Deliverable(kind="dance"),)), "deliverables.0.kind", "host_appears"),
    (terms(deliverables=(Deliverable(kind="sessions", target=0),)), "deliverables.0.target", "1 or more"),
    (terms(deliverables=(Deliverable(kind="sessions"),) * 2), "deliverables", "listed twice"),
]


def test_what_is_just_allowed_is_allowed() -> None:
    line = rule(((0, 500),), least=10, most=10)
    agreed = guarantee(make_up=MakeUp(shows=100, within_days=1))
    assert check(terms(return_window_days=0, rules=(line,), sales_guarantee=agreed)) == {}
    assert check(terms(return_window_days=365)) == {}


@pytest.mark.parametrize(("bad", "field", "words"), BAD)
def test_a_mistake_in_the_terms_has_a_sentence_beside_its_field(bad: Terms, field: str, words: str) -> None:
    assert words in check(bad)[field]


def test_full_and_empty_terms_have_no_problems() -> None:
    assert check(FULL) == {}
    assert check(terms()) == {}
    require_sound(FULL)


def test_unsound_terms_are_refused_with_all_their_fields() -> None:
    with pytest.raises(BadTerms) as refused:
        require_sound(replace(FULL, currency="QQQ", timezone="Nowhere"))
    assert set(refused.value.fields) == {"currency", "timezone"}
    assert refused.value.message.endswith("1 more to correct.")
    with pytest.raises(BadTerms, match=r"such as GBP\.$"):
        require_sound(replace(FULL, currency="QQQ"))


def test_an_amendment_keeps_currency_and_zone() -> None:
    assert check_amendment(FULL, replace(FULL, return_window_days=1)) == {}
    assert set(check_amendment(FULL, replace(FULL, currency="EUR", timezone="Europe/Paris"))) == {"currency", "timezone"}

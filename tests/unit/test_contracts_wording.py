"""Clauses state every figure; differences show every change."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.contracts.clauses import AgreedShow, Parties, sections
from chalicelib.contracts.differences import differences, lines
from chalicelib.contracts.terms import (
    AfterMaturity,
    Bonus,
    CancellationRow,
    Cap,
    CommissionBase,
    CommissionRule,
    Deliverable,
    Due,
    Exclusivity,
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
    SigningOrder,
    Split,
    Tax,
    Terms,
    Tier,
    TierMode,
)

RULE = CommissionRule(
    rule_id="r1",
    tiers=(Tier(from_value=0, rate_basis_points=1000), Tier(from_value=20_000_00, rate_basis_points=1200)),
)
FULL = Terms(
    currency="GBP",
    timezone="Europe/London",
    return_window_days=14,
    flat_fee=FlatFee(
        amount_minor=1_234_56,
        parts=(FeePart(due=Due.SIGNING, share_basis_points=3000), FeePart(due=Due.RETURNS_CLOSED, share_basis_points=7000)),
    ),
    rules=(
        RULE,
        CommissionRule(
            rule_id="r2",
            tiers=(Tier(from_value=0, rate_basis_points=505), Tier(from_value=1_000, rate_basis_points=801)),
            skus=("85123A", "22423"),
            measure=Measure.UNITS,
            min_per_line_minor=1_01,
            max_per_line_minor=50_02,
        ),
    ),
    cap=Cap(amount_minor=9_000_01, scope=Scope.CONTRACT),
    pay_floor=PayFloor(amount_minor=777_77, scope=Scope.SHOW),
    sales_guarantee=SalesGuarantee(
        net_sales_minor=60_000_03,
        scope=Scope.CONTRACT,
        make_up=MakeUp(shows=2, within_days=45, fee_minor=66_66),
        return_rate_ceiling_basis_points=1500,
        over_ceiling=OverCeiling.VOID_FEE,
    ),
    bonuses=(Bonus(bonus_id="b1", net_sales_minor=70_000_04, amount_minor=888_88, scope=Scope.SHOW),),
    splits=(Split(payee_id="agy_1", share_basis_points=2020),),
    platform_fee=PlatformFee(rate_basis_points=555, mode=FeeMode.ON_TOP),
    tax=Tax(platform_fee_basis_points=2001, host_invoice_basis_points=1999),
    cancellation=(CancellationRow(hours_before=0, share_basis_points=10_000), CancellationRow(hours_before=72, share_basis_points=4999)),
    exclusivity=Exclusivity(categories=("mugs",), from_day="2011-01-01", until_day="2011-02-03"),
    deliverables=(Deliverable(kind="minutes_on_air", target=55, fee_off_basis_points=1111),),
)
PARTIES = Parties(brand_id="brd_1", brand_name="Mugs Ltd", creator_id="crt_1", creator_name="Nadia", agency_id="agy_1", agency_name="Stars")
SHOWS = (AgreedShow(show_id="shw_1", starts_at=datetime(2011, 1, 10, 19, tzinfo=UTC), minutes=90, title="Mugs"),)


def test_the_contract_states_every_figure_of_its_terms() -> None:
    text = "\n".join(clause.text for section in sections(FULL, PARTIES, SHOWS) for clause in section.clauses)
    figures = [
        "1,234.56 GBP",
        "30 %",
        "70 %",
        "10 %",
        "12 % from 20,000.00 GBP",
        "5.05 %",
        "8.01 % from 1,000 units",
        "85123A, 22423",
        "1.01 GBP",
        "50.02 GBP",
        "9,000.01 GBP",
        "777.77 GBP",
        "60,000.03 GBP",
        "2 make-up shows within 45 days for 66.66 GBP",
        "15 %",
        "70,000.04 GBP",
        "888.88 GBP",
        "20.2 %",
        "agy_1",
        "5.55 %",
        "20.01 %",
        "19.99 %",
        "72 hours",
        "49.99 %",
        "0 hours",
        "100 %",
        "mugs from 2011-01-01 until 2011-02-03",
        "at least 55 minutes",
        "11.11 %",
        "14 days",
        "90 minutes",
        "Mugs Ltd",
        "Nadia",
        "Stars",
        "19:00-20:30 (Europe/London)",
    ]
    assert [figure for figure in figures if figure not in text] == []


def test_clauses_are_numbered_without_gaps() -> None:
    found = sections(Terms(currency="GBP", timezone="Europe/London", return_window_days=14), PARTIES, SHOWS)
    assert [section.number for section in found] == list(range(1, len(found) + 1))
    for section in found:
        assert [clause.number for clause in section.clauses] == [
            f"{section.number}.{place}" for place in range(1, len(section.clauses) + 1)
        ]


def test_a_changed_rate_is_read_as_old_and_new() -> None:
    better = replace(RULE, tiers=(RULE.tiers[0], replace(RULE.tiers[1], rate_basis_points=1500)))
    assert differences(replace(FULL, rules=(RULE,)), replace(FULL, rules=(better,))) == ("commission 12 % -> 15 % above 20,000.00 GBP",)


def test_what_is_added_and_removed_is_said() -> None:
    plain = Terms(currency="GBP", timezone="Europe/London", return_window_days=14)
    capped = replace(plain, cap=Cap(amount_minor=5_00, scope=Scope.SHOW))
    assert differences(plain, capped) == ("cap on commission 5.00 GBP per show (new)",)
    assert differences(capped, plain) == ("cap on commission 5.00 GBP per show (removed)",)


def test_equal_terms_have_no_difference_and_every_line_its_own_key() -> None:
    assert differences(FULL, FULL) == ()
    keys = [line.key for line in lines(FULL)]
    assert len(keys) == len(set(keys))


def _with(path: str, value: Any) -> Terms:
    """The full terms with one field, however deep, changed."""

    def changed(part: Any, names: list[str]) -> Any:
        if not names:
            return value
        if isinstance(part, tuple):
            place = int(names[0])
            return (*part[:place], changed(part[place], names[1:]), *part[place + 1 :])
        return replace(part, **{names[0]: changed(getattr(part, names[0]), names[1:])})

    terms = changed(FULL, path.split("."))
    assert isinstance(terms, Terms)
    return terms


CHANGES: dict[str, Any] = {
    "currency": "EUR",
    "timezone": "Europe/Paris",
    "return_window_days": 15,
    "flat_fee.amount_minor": 1,
    "flat_fee.scope": Scope.CONTRACT,
    "flat_fee.parts.0.due": Due.SHOW_COMPLETED,
    "flat_fee.parts.0.share_basis_points": 1,
    "commission_base.less_seller_discounts": False,
    "commission_base.less_platform_discounts": True,
    "commission_base.tax_included": False,
    "commission_base.shipping_included": True,
    "rules.0.rule_id": "r9",
    "rules.0.tiers.1.from_value": 1,
    "rules.0.tiers.1.rate_basis_points": 1,
    "rules.0.skus": ("X",),
    "rules.0.category": "toys",
    "rules.0.mode": TierMode.WHOLE,
    "rules.0.measure": Measure.UNITS,
    "rules.0.accumulates_over": Scope.CONTRACT,
    "rules.0.min_per_line_minor": 1,
    "rules.0.max_per_line_minor": 1,
    "cap.amount_minor": 1,
    "cap.scope": Scope.SHOW,
    "pay_floor.amount_minor": 1,
    "pay_floor.scope": Scope.CONTRACT,
    "sales_guarantee.net_sales_minor": 1,
    "sales_guarantee.scope": Scope.SHOW,
    "sales_guarantee.make_up.shows": 1,
    "sales_guarantee.make_up.within_days": 1,
    "sales_guarantee.make_up.fee_minor": 1,
    "sales_guarantee.return_rate_ceiling_basis_points": 1,
    "sales_guarantee.over_ceiling": OverCeiling.RECORD,
    "bonuses.0.bonus_id": "b2",
    "bonuses.0.net_sales_minor": 1,
    "bonuses.0.amount_minor": 1,
    "bonuses.0.scope": Scope.CONTRACT,
    "refund_policy": RefundPolicy.PROPORTIONAL,
    "refunds_after_maturity": AfterMaturity.FINAL,
    "splits.0.payee_id": "agy_2",
    "splits.0.share_basis_points": 1,
    "platform_fee.rate_basis_points": 1,
    "platform_fee.mode": FeeMode.TAKEN,
    "tax.platform_fee_basis_points": 1,
    "tax.host_invoice_basis_points": 1,
    "tax.needs_withholding": True,
    "cancellation.1.hours_before": 1,
    "cancellation.1.share_basis_points": 1,
    "exclusivity.categories": ("toys",),
    "exclusivity.from_day": "2011-01-02",
    "exclusivity.until_day": "2011-02-04",
    "deliverables.0.kind": "sessions",
    "deliverables.0.target": 1,
    "deliverables.0.fee_off_basis_points": 1,
    "signing_order": SigningOrder.HOST_FIRST,
    "totals_from_version": 2,
}


def test_every_field_of_terms_shows_up_as_a_difference_that_reads_well() -> None:
    told = [f"{path}: {sentence}" for path in sorted(CHANGES) for sentence in differences(FULL, _with(path, CHANGES[path]))]
    assert told == Path(__file__).with_name("differences_of_terms.txt").read_text(encoding="utf-8").splitlines()
    assert {line.partition(":")[0] for line in told} == set(CHANGES)


@pytest.mark.parametrize(
    ("tiers", "sentences"),
    [
        (((0, 1000), (20_000_00, 1500)), ("commission 12 % -> 15 % above 20,000.00 GBP",)),
        (((0, 1000), (25_000_00, 1200)), ("commission 12 % above 20,000.00 GBP -> 12 % above 25,000.00 GBP",)),
        (((0, 1000), (20_000_00, 1200), (50_000_00, 1500)), ("commission 15 % above 50,000.00 GBP (new)",)),
        (((0, 1000),), ("commission 12 % above 20,000.00 GBP (removed)",)),
        (
            ((0, 1000), (30_000_00, 1200), (50_000_00, 1500)),
            (
                "commission 12 % above 20,000.00 GBP (removed)",
                "commission 12 % above 30,000.00 GBP (new)",
                "commission 15 % above 50,000.00 GBP (new)",
            ),
        ),
    ],
)
def test_tiers_that_change_move_come_or_go_are_told_apart(tiers: tuple[tuple[int, int], ...], sentences: tuple[str, ...]) -> None:
    changed = replace(RULE, tiers=tuple(Tier(from_value=bound, rate_basis_points=rate) for bound, rate in tiers))
    assert differences(replace(FULL, rules=(RULE,)), replace(FULL, rules=(changed,))) == sentences


def test_the_list_of_changes_above_covers_every_field_there_is() -> None:
    kinds = (
        Terms,
        FlatFee,
        FeePart,
        CommissionBase,
        CommissionRule,
        Tier,
        Cap,
        PayFloor,
        SalesGuarantee,
        MakeUp,
        Bonus,
        Split,
        PlatformFee,
    )
    leaves = {path.rpartition(".")[2] for path in CHANGES} | {path.partition(".")[0] for path in CHANGES} | {"parts", "tiers", "make_up"}
    others = (Tax, CancellationRow, Exclusivity, Deliverable)
    assert {field.name for kind in (*kinds, *others) for field in fields(kind)} <= leaves

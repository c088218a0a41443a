"""Whole contracts, word for word: a sentence that is lost, or says something else, shows in `contracts_word_for_word.txt`."""

from pathlib import Path

from chalicelib.contracts.clauses import sections
from chalicelib.contracts.terms import (
    AfterMaturity,
    CancellationRow,
    CommissionBase,
    CommissionRule,
    Deliverable,
    FeeMode,
    FlatFee,
    MakeUp,
    OverCeiling,
    PlatformFee,
    RefundPolicy,
    SalesGuarantee,
    Scope,
    SigningOrder,
    Split,
    Terms,
    Tier,
    TierMode,
)
from chalicelib.contracts.terms_check import DELIVERABLE_KINDS
from tests.unit.test_contracts_wording import FULL, PARTIES, SHOWS

OTHER = Terms(
    currency="JPY",
    timezone="Asia/Tokyo",
    return_window_days=1,
    flat_fee=FlatFee(amount_minor=800_000, scope=Scope.CONTRACT),
    commission_base=CommissionBase(less_seller_discounts=False, less_platform_discounts=True, tax_included=False, shipping_included=True),
    rules=(
        CommissionRule(
            rule_id="tea",
            tiers=(Tier(from_value=0, rate_basis_points=1), Tier(from_value=50_000, rate_basis_points=1250)),
            category="tea",
            mode=TierMode.WHOLE,
            accumulates_over=Scope.CONTRACT,
        ),
    ),
    sales_guarantee=SalesGuarantee(
        net_sales_minor=4_000_000,
        scope=Scope.SHOW,
        make_up=MakeUp(shows=1, within_days=1),
        return_rate_ceiling_basis_points=1,
        over_ceiling=OverCeiling.MAKE_UP,
    ),
    refund_policy=RefundPolicy.PROPORTIONAL,
    refunds_after_maturity=AfterMaturity.FINAL,
    splits=(Split(payee_id="agy_2", share_basis_points=1),),
    platform_fee=PlatformFee(rate_basis_points=1, mode=FeeMode.TAKEN),
    cancellation=(CancellationRow(hours_before=1, share_basis_points=1),),
    deliverables=tuple(Deliverable(kind=kind) for kind in DELIVERABLE_KINDS),
    signing_order=SigningOrder.HOST_FIRST,
    totals_from_version=3,
)
PLAIN = Terms(currency="KWD", timezone="Asia/Kuwait", return_window_days=0)


def test_a_contract_reads_like_this_word_for_word() -> None:
    told = [
        line
        for terms in (FULL, OTHER, PLAIN)
        for section in sections(terms, PARTIES, SHOWS)
        for line in (f"{section.number}. {section.heading}", *(f"{clause.number} {clause.text}" for clause in section.clauses))
    ]
    assert told == Path(__file__).with_name("contracts_word_for_word.txt").read_text(encoding="utf-8").splitlines()

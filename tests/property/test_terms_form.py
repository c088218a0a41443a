"""Whatever terms two sides may agree on, the form of terms says all of them, and says them back."""

from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.contracts.terms import (
    Bonus,
    CancellationRow,
    Cap,
    CommissionBase,
    CommissionRule,
    Deliverable,
    Due,
    FeeMode,
    FeePart,
    FlatFee,
    MakeUp,
    Measure,
    PayFloor,
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
from chalicelib.contracts.terms_check import check
from chalicelib.web.pages.terms_fields import compact, read, typed_of

money, rates, scopes = st.integers(0, 2**53), st.integers(0, 10_000), st.sampled_from(Scope)
words = st.text("ABC123-", min_size=1, max_size=5)


def tiers(steps: list[tuple[int, int]]) -> tuple[Tier, ...]:
    bounds = [0, *sorted({bound for bound, _ in steps[1:] if bound})]
    return tuple(Tier(from_value=bound, rate_basis_points=rate) for bound, (_, rate) in zip(bounds, steps, strict=False))


def numbered(entries: list[Bonus]) -> tuple[Bonus, ...]:
    return tuple(
        Bonus(bonus_id=f"b{place}", net_sales_minor=each.net_sales_minor, amount_minor=each.amount_minor, scope=each.scope)
        for place, each in enumerate(entries)
    )


steps = st.lists(st.tuples(money, rates), min_size=1, max_size=4).map(tiers)
rule = st.builds(
    CommissionRule,
    rule_id=words,
    tiers=steps,
    skus=st.lists(words, max_size=3, unique=True).map(tuple),
    mode=st.sampled_from(TierMode),
    measure=st.sampled_from(Measure),
    accumulates_over=scopes,
    max_per_line_minor=st.none() | money,
)
fee = st.builds(
    FlatFee,
    amount_minor=money,
    scope=scopes,
    parts=st.integers(1, 9_999).map(
        lambda share: (
            FeePart(due=Due.SIGNING, share_basis_points=share),
            FeePart(due=Due.RETURNS_CLOSED, share_basis_points=10_000 - share),
        )
    ),
)
guarantee = st.builds(
    SalesGuarantee,
    net_sales_minor=st.integers(1, 2**53),
    scope=scopes,
    make_up=st.none() | st.builds(MakeUp, shows=st.integers(1, 100), within_days=st.integers(1, 400), fee_minor=money),
    return_rate_ceiling_basis_points=st.none() | rates,
)
bonus = st.builds(Bonus, bonus_id=words, net_sales_minor=st.integers(1, 2**53), amount_minor=money, scope=scopes)
some_terms = st.builds(
    Terms,
    currency=st.sampled_from(["GBP", "JPY", "KWD"]),
    timezone=st.just("Europe/London"),
    return_window_days=st.integers(0, 365),
    flat_fee=st.none() | fee,
    commission_base=st.builds(CommissionBase),
    rules=st.lists(rule, max_size=3).map(tuple),
    cap=st.none() | st.builds(Cap, amount_minor=money, scope=scopes),
    pay_floor=st.none() | st.builds(PayFloor, amount_minor=money, scope=scopes),
    sales_guarantee=st.none() | guarantee,
    bonuses=st.lists(
        st.builds(Bonus, bonus_id=words, net_sales_minor=st.integers(1, 2**53), amount_minor=money, scope=scopes), max_size=3
    ).map(numbered),
    refund_policy=st.sampled_from(RefundPolicy),
    signing_order=st.sampled_from(SigningOrder),
    splits=st.lists(st.builds(Split, payee_id=st.just("agy_1"), share_basis_points=rates), max_size=1).map(tuple),
    platform_fee=st.builds(PlatformFee, rate_basis_points=rates, mode=st.sampled_from(FeeMode)),
    cancellation=st.lists(
        st.builds(CancellationRow, hours_before=st.integers(0, 999), share_basis_points=rates),
        max_size=3,
        unique_by=lambda row: row.hours_before,
    ).map(tuple),
    deliverables=st.lists(
        st.builds(Deliverable, kind=st.sampled_from(["sessions", "links_live"]), target=st.integers(1, 99), fee_off_basis_points=rates),
        max_size=2,
        unique_by=lambda owed: owed.kind,
    ).map(tuple),
)


@given(some_terms)
def test_sound_terms_come_back_from_their_fields_as_they_were(terms: Terms) -> None:
    assume(check(terms) == {})
    typed = typed_of(terms)
    assert compact(typed) == typed
    found = read(typed, terms)
    assert (found.terms, found.errors, found.typed) == (terms, {}, typed)


NAMES = """rules.0.tiers.0.from_value rules.7.skus cap.amount_minor cap.scope bonuses.2.amount_minor flat_fee.parts.signing
    flat_fee.amount_minor exclusivity.from_day deliverables.0.kind deliverables.0.target splits.0.payee_id rules rules.x.skus cap
    flat_fee.parts.signing.x sales_guarantee.make_up.shows return_window_days refund_policy tax.platform_fee_basis_points"""


@given(st.dictionaries(st.sampled_from(NAMES.split()), st.text(max_size=8) | st.sampled_from(["1", "10", "host_appears"])))
def test_whatever_is_typed_is_answered_with_terms_or_with_what_is_wrong(typed: dict[str, str]) -> None:
    found = read(typed, Terms(currency="GBP", timezone="UTC", return_window_days=1))
    assert (found.terms is None) == bool(found.errors)

"""The flat fee, deliverables, cancellations, and facts that count only once they are known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.terms import (
    CancellationRow,
    Deliverable,
    Due,
    FeeMode,
    FeePart,
    FlatFee,
    MakeUp,
    PlatformFee,
    SalesGuarantee,
    Scope,
    Split,
)
from chalicelib.payouts.earnings import DeliverableResult, Fact, Outcome, Party
from chalicelib.payouts.earnings.facts import end_of, in_order, returns_close_day
from tests.unit.earnings_kit import HOST, LONG_AFTER, SIGNED, at, cancelled, earned, sale, show, start_of, statement_of, terms

HALF_OFF_48 = (CancellationRow(hours_before=0, share_basis_points=10_000), CancellationRow(hours_before=48, share_basis_points=5_000))


def test_a_contract_wide_fee_is_spread_over_signed_bookings_with_the_odd_penny_on_the_first() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00, scope=Scope.CONTRACT))
    shows = [show(1, agreed), show(2, agreed), show(3, agreed), show(4, agreed, is_make_up=True)]
    assert [earned(statement_of(shows), "flat_fee", number) for number in (1, 2, 3, 4)] == [33_34, 33_33, 33_33, 0]


def test_a_booking_that_is_not_signed_is_not_in_the_contract_yet() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00, scope=Scope.CONTRACT))
    late = Fact(occurred_at=SIGNED, recorded_at=start_of(2) + timedelta(days=30))
    shows = [show(1, agreed), show(2, agreed, signed=late)]
    assert len(statement_of(shows, as_of=start_of(2) + timedelta(days=29)).shows) == 1
    assert earned(statement_of(shows), "flat_fee") == 50_00


def test_a_make_up_show_has_the_fee_agreed_for_make_ups() -> None:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=100_00),
        sales_guarantee=SalesGuarantee(net_sales_minor=1, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=30, fee_minor=7_00)),
    )
    assert earned(statement_of([show(1, agreed), show(2, agreed, is_make_up=True)]), "flat_fee", 2) == 7_00
    without_fee = replace(agreed, flat_fee=None)
    statement = statement_of([show(1, without_fee), show(2, without_fee, is_make_up=True)])
    assert [(row.show_id, row.amount_minor) for row in statement.rows if row.component == "flat_fee"] == [("show_2", 7_00)]


@pytest.mark.parametrize(("guarantee"), [None, SalesGuarantee(net_sales_minor=1, scope=Scope.CONTRACT)])
def test_a_make_up_show_without_an_agreed_fee_costs_nothing(guarantee: SalesGuarantee | None) -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=100_00), sales_guarantee=guarantee)
    assert earned(statement_of([show(1, agreed), show(2, agreed, is_make_up=True)]), "flat_fee", 2) == 0


@pytest.mark.parametrize(
    ("hours", "by", "expected"),
    [
        (48, Party.HOST, -500_00),
        (47, Party.HOST, -1_000_00),
        (72, Party.BRAND, 500_00),
        (0, Party.BRAND, 1_000_00),
        (-1, Party.HOST, 0),
    ],
)
def test_the_row_with_the_greatest_hours_not_above_the_hours_left_applies(hours: int, by: Party, expected: int) -> None:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=1_000_00),
        cancellation=HALF_OFF_48,
        platform_fee=PlatformFee(rate_basis_points=1000, mode=FeeMode.TAKEN),
        splits=(Split(payee_id="agy", share_basis_points=2000),),
    )
    statement = statement_of([show(1, agreed, completed=False, cancelled=cancelled(1, by, hours))])
    assert earned(statement, "cancellation") == expected
    assert (statement.payee(HOST).earned_minor, statement.payee("agy").earned_minor) == (expected, 0)
    assert statement.shows[0].invoiced.earned_minor == 0


def test_a_cancelled_show_takes_back_the_part_paid_on_signing() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=1_000_00, parts=(FeePart(due=Due.SIGNING, share_basis_points=10_000),)))
    off = cancelled(1, Party.BRAND, 24)
    shows = [show(1, agreed, completed=False, cancelled=off)]
    assert statement_of(shows, as_of=off.occurred_at - timedelta(seconds=1)).payees.earned_minor == 1_000_00
    assert statement_of(shows, as_of=off.occurred_at).payees.earned_minor == 0


def result(kind: str, outcome: Outcome, hours: int = 4) -> DeliverableResult:
    moment = start_of(1) + timedelta(hours=hours)
    return DeliverableResult(kind=kind, outcome=outcome, occurred_at=moment, recorded_at=moment)


def fee_with(*results: DeliverableResult) -> int:
    agreed = terms(
        flat_fee=FlatFee(amount_minor=1_000_01),
        deliverables=(Deliverable(kind="host_appears", fee_off_basis_points=8000), Deliverable(kind="sessions", fee_off_basis_points=5000)),
    )
    return earned(statement_of([show(1, agreed, deliverables=results)]), "flat_fee")


def test_what_is_not_met_comes_off_the_fee_and_several_add_up_to_the_whole_at_most() -> None:
    assert fee_with(result("sessions", Outcome.NOT_MET)) == 500_00
    assert fee_with(result("sessions", Outcome.NOT_MET), result("host_appears", Outcome.NOT_MET)) == 0
    assert fee_with(result("sessions", Outcome.DISPUTED), result("host_appears", Outcome.MET)) == 1_000_01


def test_the_latest_result_about_a_deliverable_counts_in_whatever_order_they_come() -> None:
    first, then = result("sessions", Outcome.NOT_MET, hours=4), result("sessions", Outcome.MET, hours=5)
    assert fee_with(first, then) == fee_with(then, first) == 1_000_01


def test_what_was_recorded_last_counts_though_it_is_about_an_earlier_moment() -> None:
    found = DeliverableResult(kind="sessions", outcome=Outcome.NOT_MET, occurred_at=start_of(2), recorded_at=start_of(3))
    corrected = replace(found, outcome=Outcome.MET, occurred_at=start_of(1), recorded_at=start_of(4))
    assert fee_with(found, corrected) == fee_with(corrected, found) == 1_000_01


def test_returns_close_when_the_window_after_the_last_order_that_can_count_has_ended() -> None:
    parts = (FeePart(due=Due.RETURNS_CLOSED, share_basis_points=10_000),)
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00, parts=parts))
    facts = show(1, agreed, attribution_after=timedelta(hours=3))
    day_after = start_of(1).replace(hour=0) + timedelta(days=16)
    assert returns_close_day(facts).isoformat() == "2011-01-18"
    assert earned(statement_of([facts], as_of=day_after - timedelta(seconds=1)), "flat_fee") == 0
    assert earned(statement_of([facts], as_of=day_after), "flat_fee") == 10_00
    assert statement_of([facts], as_of=day_after).shows[0].returns_closed


def test_a_show_without_a_measured_end_ended_as_its_completion_occurred() -> None:
    facts = show(1, terms(), actual_end=None)
    assert facts.completed is not None
    assert end_of(facts) == facts.completed.occurred_at
    with pytest.raises(ValueError, match="has not ended"):
        end_of(show(1, terms(), completed=False))


def test_a_dispute_freezes_a_show_until_it_is_settled_and_re_rates_nothing() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00))
    disputed = show(1, agreed, disputed=at(start_of(2)), dispute_settled=at(start_of(4)))
    plain = show(1, agreed)
    flags = [statement_of([disputed], as_of=start_of(number)).shows[0].disputed for number in (1, 3, 4)]
    assert flags == [False, True, False]
    assert statement_of([disputed], as_of=start_of(3)).rows == statement_of([plain], as_of=start_of(3)).rows


def test_a_disputed_deliverable_freezes_its_show_until_a_later_record_says_how_it_ended() -> None:
    agreed = terms(flat_fee=FlatFee(amount_minor=10_00), deliverables=(Deliverable(kind="links_live", fee_off_basis_points=2_500),))
    records = [
        DeliverableResult(kind="links_live", outcome=outcome, occurred_at=start_of(1), recorded_at=start_of(recorded))
        for outcome, recorded in ((Outcome.DISPUTED, 2), (Outcome.NOT_MET, 4))
    ]
    shows = [show(1, agreed, deliverables=tuple(records))]
    stated = [statement_of(shows, as_of=start_of(number)) for number in (1, 3, 4)]
    assert [(each.shows[0].disputed, earned(each, "flat_fee")) for each in stated][1:] == [(True, 10_00), (False, 7_50)]
    assert not stated[0].shows[0].disputed


def test_one_id_cannot_stand_for_two_shows() -> None:
    with pytest.raises(ValueError, match="two different shows carry the id show_1"):
        in_order([show(1, terms()), show(1, terms(currency="EUR"))])


def test_sales_count_for_a_show_of_which_nothing_is_completed() -> None:
    statement = statement_of([show(1, terms(), completed=False)], [sale(10_00)], as_of=LONG_AFTER)
    assert (statement.shows[0].net_sales_minor, statement.shows[0].returns_closed) == (10_00, False)

"""What time alone changes: contracts are looked at again for as long as something can mature, close or fall due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.contracts.terms import FeeMode, MakeUp, PlatformFee, SalesGuarantee, Scope
from tests.conftest import StandingClock
from tests.fakes.deals import HOST, SHOW_STARTS, TERMS, House, build_house, refund, sale, show

AFTER_RETURNS = datetime(2011, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    house = build_house(clock)
    house.market.sales = [sale("l1", 600_00), sale("l2", 400_00)]
    clock.instant = SHOW_STARTS + timedelta(hours=3)
    return house


def test_release_accrues_what_matured_when_the_clock_moved(house: House, clock: StandingClock) -> None:
    house.payouts.accruals.accrue("ctr_1")
    assert house.payouts.accruals.release() == 0
    clock.instant = AFTER_RETURNS
    assert house.payouts.accruals.release() == 1
    house.work()
    assert house.stages(HOST) == {"unfunded": 160_00}
    assert house.payouts.accruals.release() == 0, "nothing can change by time alone any more"


def test_the_terms_of_earlier_shows_say_how_long_time_can_change_something(house: House, clock: StandingClock) -> None:
    guarantee = SalesGuarantee(net_sales_minor=5_000_00, scope=Scope.SHOW, make_up=MakeUp(shows=1, within_days=60))
    house.market.shows["ctr_1"] = (show(terms=replace(TERMS, sales_guarantee=guarantee)),)
    clock.instant = AFTER_RETURNS
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"unfunded": 160_00}
    clock.instant = SHOW_STARTS + timedelta(days=61)
    assert house.payouts.accruals.release() == 1, "the version in force promises nothing, that of the show does"
    house.work()
    assert house.stages(HOST) == {"unfunded": 80_00}


def test_time_is_waited_for_while_only_the_platforms_fee_can_mature(house: House, clock: StandingClock) -> None:
    half = replace(TERMS, flat_fee=None, splits=(), platform_fee=PlatformFee(rate_basis_points=5_000, mode=FeeMode.TAKEN))
    house.market.add("ctr_1", show(terms=half), terms=half)
    late = SHOW_STARTS + timedelta(days=20)
    house.market.sales = [sale("l1", 20), sale("l2", 10, at=late)]
    clock.instant = AFTER_RETURNS - timedelta(days=3)
    house.payouts.accruals.accrue("ctr_1")
    assert house.stages(HOST) == {"unfunded": 1}
    clock.instant = late + timedelta(days=16)
    assert house.payouts.accruals.release() == 1


def test_a_refund_that_is_known_ahead_of_its_time_is_waited_for_when_all_else_is_over(house: House, clock: StandingClock) -> None:
    clock.instant = AFTER_RETURNS
    house.market.refunds = [refund("l1", 600_00, AFTER_RETURNS + timedelta(days=3))]
    house.payouts.accruals.accrue("ctr_1")
    assert house.payouts.accruals.release() == 0
    clock.instant = AFTER_RETURNS + timedelta(days=3)
    assert house.payouts.accruals.release() == 1
    house.work()
    assert house.stages(HOST) == {"unfunded": 112_00}

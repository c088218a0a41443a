"""When prepaid money can go back after a dispute: what was found to have happened counts, not what had been recorded before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.terms import CancellationRow, Due, FeePart, FlatFee
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.prepaid_refunds import NotClosedYet
from chalicelib.shows.rules import Happened
from tests.fakes.console import OPERATOR, Market, console, market
from tests.unit.endings_kit import ENDS, FEE, House
from tests.unit.test_endings_disputed import ruled

__all__ = ["console", "market"]

DAY = timedelta(days=1)


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def deposited(house: House, booking_id: str) -> str:
    """Half of the fee is paid before the show; the contract."""
    fundings, contract_id = house.console.services.payouts.fundings, house.contract_id(booking_id)
    asked = fundings.request(house.brand, contract_id, FundingKind.DEPOSIT)
    house.console.work()
    house.console.stripe.pay(f"cs_{asked.funding_id}")
    fundings.observe(house.console.stripe.checkout(f"cs_{asked.funding_id}"))
    house.console.work()
    return contract_id


def test_a_show_that_was_found_not_held_has_nothing_to_close_so_the_deposit_can_go_back(house: House) -> None:
    booking_id = house.signed()
    contract_id = deposited(house, booking_id)
    house.held(booking_id)
    house.endings.disputes.dispute(house.brand, booking_id, about=None, statement="Nobody came.")
    house.at(ENDS + 8 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.HOST_ABSENT))
    house.at(ENDS + 60 * DAY)
    prepared = house.console.services.payouts.refunds.prepare(house.market.preparer, contract_id, "It goes back.")
    assert (prepared.amount_minor, house.problems()) == (FEE // 2, [])


def test_a_show_that_was_found_to_have_taken_place_has_returns_to_wait_for(house: House) -> None:
    late = FlatFee(amount_minor=FEE, parts=(FeePart(due=Due.RETURNS_CLOSED, share_basis_points=10_000),))
    free = (CancellationRow(hours_before=0, share_basis_points=0),)
    booking_id = house.signed(terms=replace(house.terms(), flat_fee=late, cancellation=free, deliverables=()))
    contract_id = deposited(house, booking_id)
    house.at(ENDS)
    house.missed(house.brand, booking_id)
    house.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there.")
    house.at(ENDS + 8 * DAY)
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.TOOK_PLACE))
    house.console.work()
    with pytest.raises(NotClosedYet, match="return window"):
        house.console.services.payouts.refunds.prepare(house.market.preparer, contract_id, "It goes back.")

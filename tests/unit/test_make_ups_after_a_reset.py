"""Make-up shows in a version whose totals begin anew: they make up for the shows before it, whatever version they fall into."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import MakeUp, SalesGuarantee, Scope, Tier
from chalicelib.shows.errors import NoMakeUp
from chalicelib.shows.rearranging import NewMakeUp
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.endings_kit import FEE, House
from tests.unit.rearranging_kit import DAY, answers, at, new_id, now_of, ran

__all__ = ["console", "market"]


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def agreed(house: House, shows: int, guarantee: SalesGuarantee) -> Contract:
    """A signed contract of so many evenings about a fee of 20,000.00 each."""
    booking_id = house.signed(shows=shows, terms=replace(house.terms(), sales_guarantee=guarantee))
    return house.console.services.contracts.contract(house.contract_id(booking_id))


def amended(house: House, contract: Contract, in_force_from: datetime, *, reset: bool) -> None:
    """Another commission rate from then on."""
    amendments = house.console.services.contracts.amendments
    better = replace(contract.terms, rules=(replace(contract.terms.rules[0], tiers=(Tier(from_value=0, rate_basis_points=1_100),)),))
    asked = amendments.propose(
        house.brand, contract.contract_id, better, in_force_from=in_force_from, reset_totals=reset, context=house.context()
    )
    assert asked.amendment is not None
    for who in (house.brand, house.host):
        house.console.services.contracts.document(who, contract.contract_id, house.context(), 2)
        digest = asked.amendment.document_sha256
        amendments.sign(who, contract.contract_id, 2, document_sha256=digest, typed_name="Some Body", consent=True, context=house.context())
    house.console.work()


def made_up(house: House, contract: Contract, show_id: str, starts_at: datetime) -> str:
    """A make-up show that both agree on; its show."""
    market = house.market
    proposal = at(market).propose_make_up(house.host, show_id, NewMakeUp(starts_at=starts_at), new_id())
    answers(market, proposal, house.brand)
    return now_of(market, contract).bookings[-1].show_id


def given_back(house: House, contract: Contract) -> list[int]:
    """Of each ordinary show, what of its fee goes back in the end."""
    house.at(STARTS + 60 * DAY)
    found = house.console.services.payouts.accruals.computed(contract.contract_id, house.console.services.clock.now()).statement
    rows = {row.show_id: row.amount_minor for row in found.rows if row.component == "guarantee_give_back"}
    return [rows.get(booked.show_id, 0) for booked in contract.bookings]


@pytest.mark.parametrize("reset", [False, True])
def test_a_show_is_made_up_for_by_a_show_of_a_later_version(house: House, *, reset: bool) -> None:
    contract = agreed(house, 2, SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.SHOW, make_up=MakeUp(shows=1, within_days=20)))
    amended(house, contract, STARTS + DAY, reset=reset)
    first, second = (booked.show_id for booked in contract.bookings)
    ran(house.market, first, STARTS)
    another = made_up(house, contract, first, STARTS + 5 * DAY)
    ran(house.market, second, STARTS + DAY)
    ran(house.market, another, STARTS + 5 * DAY)
    house.market.imported("o-1,1,22423,2011-01-15T19:30:00Z,1,60000.00,GBP")
    assert given_back(house, contract) == [0, -FEE]
    left = {each.for_shows: (each.left, each.performed) for each in at(house.market).make_ups(house.host, contract.contract_id)}
    assert left == {(first,): (0, 1), (second,): (1, 0)}


def test_shows_before_a_reset_are_made_up_for_when_they_are_over_and_before_those_after_it(house: House) -> None:
    promised = SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=20))
    contract = agreed(house, 4, promised)
    amended(house, contract, STARTS + 2 * DAY, reset=True)
    shows = [booked.show_id for booked in contract.bookings]
    ran(house.market, shows[0], STARTS)
    with pytest.raises(NoMakeUp, match="after the shows that it makes up for are over"):
        at(house.market).propose_make_up(house.host, shows[0], NewMakeUp(starts_at=STARTS + 9 * DAY), new_id())
    ran(house.market, shows[1], STARTS + DAY)
    another = made_up(house, contract, shows[0], STARTS + 6 * DAY)
    with pytest.raises(NoMakeUp, match="as many are booked"):
        at(house.market).propose_make_up(house.host, shows[1], NewMakeUp(starts_at=STARTS + 9 * DAY), new_id())
    for day in (2, 3):
        ran(house.market, shows[day], STARTS + day * DAY)
    ran(house.market, another, STARTS + 6 * DAY)
    sold = [(10, "59000.00"), (12, "30000.00"), (16, "1000.00")]
    house.market.imported(*(f"o-{day},1,22423,2011-01-{day}T19:30:00Z,1,{price},GBP" for day, price in sold))
    assert given_back(house, contract) == [0, 0, -FEE, -FEE], "60,000.00 with the make-up show; 30,000.00 and none performed"
    told = [(each.for_shows, each.left, each.performed) for each in at(house.market).make_ups(house.host, contract.contract_id)]
    assert told == [(tuple(shows[:2]), 0, 1), (tuple(shows[2:]), 1, 0)]


def test_a_make_up_show_counts_for_the_shows_it_was_agreed_for_wherever_it_moves(house: House) -> None:
    promised = SalesGuarantee(net_sales_minor=60_000_00, scope=Scope.CONTRACT, make_up=MakeUp(shows=1, within_days=20))
    contract = agreed(house, 2, promised)
    amended(house, contract, STARTS + DAY, reset=True)
    shows = [booked.show_id for booked in contract.bookings]
    ran(house.market, shows[0], STARTS)
    ran(house.market, shows[1], STARTS + DAY)
    late, early = made_up(house, contract, shows[0], STARTS + 8 * DAY), made_up(house, contract, shows[1], STARTS + 7 * DAY)
    ran(house.market, early, STARTS + 7 * DAY)
    ran(house.market, late, STARTS + 8 * DAY)
    house.market.imported("o-1,1,22423,2011-01-17T19:30:00Z,1,60000.00,GBP")
    assert given_back(house, contract) == [-FEE, 0]

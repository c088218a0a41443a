"""What ends cost in currencies without and with three decimals, in zones far from ours."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.bookings.states import State
from chalicelib.contracts.terms import FlatFee
from chalicelib.core.money import with_currency
from chalicelib.matching.rules import BriefWindow
from chalicelib.matching.service import NewBrief
from chalicelib.shows.rules import Happened
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, House
from tests.unit.test_endings_disputed import ruled

__all__ = ["console", "market"]

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Money:
    """A fee whose half is no whole minor unit, and that half, rounded away from zero (money.md: R)."""

    currency: str
    zone: str
    fee_minor: int
    half_minor: int
    half: str


YEN = Money("JPY", "Asia/Tokyo", 200_001, 100_001, "100,001 JPY")
DINAR = Money("KWD", "Asia/Kuwait", 200_000_001, 100_000_001, "100,000.001 KWD")
DOLLAR = Money("USD", "America/New_York", 20_000_01, 10_000_01, "10,000.01 USD")


def house_in(market: Market, money: Money) -> tuple[House, str]:
    """A market with a signed deal in another currency and zone, and its booking."""
    new = NewBrief(
        title="Abroad",
        category="home",
        market="GB",
        language="en",
        platform="youtube",
        minimum_audience=1_000,
        skus=(),
        windows=(BriefWindow(starts_at=STARTS, minutes=60),),
        budget_minor=money.fee_minor * 2,
        currency=money.currency,
        flat_fee_minor=money.fee_minor,
        commission_basis_points=1_200,
    )
    found = market.console.services
    house = House(replace(market, brief_id=found.matching.post_brief(market.brand, new).brief_id))
    terms = replace(house.terms(), currency=money.currency, timezone=money.zone, flat_fee=FlatFee(amount_minor=money.fee_minor))
    return house, house.signed(terms=terms)


@pytest.mark.parametrize("money", [YEN, DINAR, DOLLAR], ids=lambda each: each.currency)
def test_half_of_an_odd_fee_is_rounded_away_from_zero_whoever_calls_off(market: Market, money: Money) -> None:
    house, booking_id = house_in(market, money)
    house.at(STARTS - 30 * HOUR)
    assert with_currency(money.half_minor, money.currency) == money.half
    for who, cost, owes in ((house.host, -money.half_minor, "The host owes the brand"), (house.brand, money.half_minor, "The brand owes")):
        quote = house.endings.cancellation(who, booking_id)
        assert quote.confirmed_minor == cost
        assert owes in quote.sentence
        assert money.half in quote.sentence
    assert house.cancel(house.brand, booking_id) == money.half_minor
    assert (house.stages(), house.problems()) == ({"unfunded": money.half_minor}, [])
    assert money.half in market.console.get(f"/console/bookings/{booking_id}", house.host).text


@pytest.mark.parametrize("money", [YEN, DINAR, DOLLAR], ids=lambda each: each.currency)
def test_a_no_show_that_is_disputed_and_did_take_place_leaves_the_whole_fee(market: Market, money: Money) -> None:
    house, booking_id = house_in(market, money)
    house.at(ENDS + HOUR)
    assert house.missed(house.brand, booking_id) == -money.fee_minor
    assert house.stages() == {"payable": -money.fee_minor}
    house.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there all evening.")
    market.console.work()
    assert set(house.stages()) <= {"disputed"}
    house.at(ENDS + timedelta(days=8))
    house.endings.disputes.decide(OPERATOR, booking_id, ruled(Happened.TOOK_PLACE))
    market.console.work()
    assert (house.state_of(booking_id).state, house.problems()) == (State.COMPLETED, [])
    assert sum(house.stages().values()) == money.fee_minor

"""What waits in signed deals stands on the home pages of both sides, with the way to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contracts.signing import SigningContext
from chalicelib.contracts.terms import CommissionRule, Tier
from tests.fakes.console import STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, House
from tests.unit.test_pages_approaches import text_of

__all__ = ["console", "market"]


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def test_an_amendment_waits_for_both_sides_until_they_have_signed_it(market: Market) -> None:
    contract = market.signed()
    console, found = market.console, market.console.services
    page = f"/contracts/{contract.contract_id}"
    rule = CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=1_500),))
    context = SigningContext(authenticated_at=found.clock.real_now(), address="", user_agent="", locale="")
    found.contracts.amendments.propose(
        market.host, contract.contract_id, replace(contract.terms, rules=(rule,)), in_force_from=STARTS, reset_totals=False, context=context
    )
    for home, who in (("/brand", market.brand), ("/creator", market.host)):
        assert "Sign version 2 of the contract for" in text_of(console.get(home, who))
        assert f"{page}#amendment" in text_of(console.get(home, who))
        assert "Version 2 waits for your signature." in text_of(console.get(page, who))
    for home, who in (("/brand", market.viewer), ("/creator", market.agency)):
        assert "Sign version 2" not in text_of(console.get(home, who))
    found.contracts.amendments.decline(market.brand, contract.contract_id, 2, "Too much.", context)
    assert "Sign version 2" not in text_of(console.get("/brand", market.brand))


def test_a_dispute_waits_for_the_side_that_has_not_said_its_part(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    disputes = house.market.console.services.endings.disputes
    disputes.dispute(house.host, booking_id, about=None, statement="I was there.", evidence=())
    page, get = f"/console/bookings/{booking_id}", house.market.console.get
    assert "is disputed" in text_of(get("/brand", house.brand))
    assert page in text_of(get("/brand", house.brand)).partition("To do")[2].partition("</section>")[0]
    assert "is disputed" not in text_of(get("/creator", house.host))
    disputes.state(house.brand, booking_id, statement="You were late.", evidence=())
    assert "is disputed" not in text_of(get("/brand", house.brand))


def test_who_has_been_silent_too_long_is_not_asked_any_more(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    house.market.console.services.endings.disputes.dispute(house.host, booking_id, about=None, statement="I was there.", evidence=())
    house.at(ENDS + timedelta(days=8))
    assert "is disputed" not in text_of(house.market.console.get("/brand", house.brand))

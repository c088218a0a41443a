"""An offer's page says until when the host's time is held, as the clocks of both sides show it, and when it is not."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.contracts.offers import WantedShow
from tests.fakes.console import BEGIN, STARTS, Market, console, market

__all__ = ["console", "market"]
HELD_HOURS = 24


def offered(market: Market, *, hold_hours: int, timezone: str = "America/New_York") -> str:
    made = market.console.services.contracts.offers.make(
        market.brand,
        brief_id=market.brief_id,
        creator_id=market.host.tenant_id,
        shows=[WantedShow(starts_at=STARTS, minutes=60, title="Winter")],
        terms=replace(market.terms(), timezone=timezone),
        expires_in_hours=48,
        hold_hours=hold_hours,
    )
    return f"/offers/{made.offer_id}"


def test_both_sides_read_until_when_the_time_is_held_in_both_zones(market: Market) -> None:
    path = offered(market, hold_hours=HELD_HOURS)
    both = "held for this offer until Tue 4 Jan 2011, 12:00 Europe/London, which is Tue 4 Jan 2011, 07:00 America/New York."
    for who in (market.brand, market.host, market.agency):
        page = market.console.get(path, who).text
        assert f"Nadia Hart&#39;s time is {both} Until then nobody else can book it." in page


def test_one_zone_is_named_once(market: Market) -> None:
    page = market.console.get(offered(market, hold_hours=HELD_HOURS, timezone="Europe/London"), market.host).text
    assert "until Tue 4 Jan 2011, 12:00 Europe/London. Until then" in page


def test_a_hold_that_has_ended_and_none_at_all_are_said_so(market: Market) -> None:
    held, unheld = offered(market, hold_hours=HELD_HOURS), market.offer
    market.console.services.clock.set(BEGIN + timedelta(hours=HELD_HOURS))
    assert "time was held for this offer until Tue 4 Jan 2011, 12:00 Europe/London" in market.console.get(held, market.brand).text
    page = market.console.get(f"/offers/{unheld()}", market.host).text
    assert "time is not held for this offer: until it is accepted, somebody else may book it." in page


def test_an_offer_that_is_closed_says_nothing_of_it(market: Market) -> None:
    path = offered(market, hold_hours=HELD_HOURS)
    market.console.post(f"{path}/decline", market.host, version=1)
    assert "held for this offer" not in market.console.get(path, market.brand).text

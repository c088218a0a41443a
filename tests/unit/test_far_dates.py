"""Dates at the ends of the calendar, in zones that lead out of it, are refused with the field, and poison nothing that was stored."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.bookings.rules import BadSlot, check_show_time
from tests.fakes.api import Api
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, House

__all__ = ["console", "market"]

FAR = ("9999-12-31T23:45:00-14:00", "9999-12-31T23:45:00Z", "0001-01-01T00:00:00+14:00", "2200-01-01T00:00:00Z", "1969-12-31T23:45:00Z")


@pytest.mark.parametrize("far", FAR)
def test_no_move_takes_a_date_out_of_reach(market: Market, far: str) -> None:
    house = House(market)
    booking_id = house.signed()
    brand, operator = Api(market.console, market.brand), Api(market.console, OPERATOR)
    terms = msgspec.to_builtins(house.terms())
    show, booking, contract = (house.show_id(booking_id), f"/api/v1/bookings/{booking_id}", house.contract_id(booking_id))
    offer = {"brief_id": market.brief_id, "creator_id": market.host.tenant_id, "terms": terms}
    decision = {"verdict": "upheld", "finding": "host_cancelled", "reasons": "He wrote."}
    said = {"kind": "host_appears", "result": "met", "statement": "Seen."}
    asked = {
        ("/api/v1/offers", "shows.0.starts_at"): offer | {"shows": [{"starts_at": far, "minutes": 60, "title": "Evening"}]},
        (f"{booking}/reschedules", "starts_at"): {"starts_at": far},
        (f"/api/v1/shows/{show}/make-ups", "starts_at"): {"starts_at": far},
        (f"/api/v1/shows/{show}/delivery", "checked_at"): said | {"checked_at": far},
        (f"/api/v1/contracts/{contract}/amendments", "in_force_from"): {"terms": terms, "in_force_from": far},
        (f"{booking}/disputes/decision", "called_off_at"): decision | {"called_off_at": far},
    }
    for (path, field), body in asked.items():
        told = (operator if path.endswith("decision") else brand).ask("POST", path, body)
        assert (path, told.status, told.body["errors"]) == (path, 422, {field: "out of reach"})


def test_a_show_starts_within_reach_whatever_the_request_was_written_in() -> None:
    for starts_at in (STARTS.replace(year=9999, month=12, day=31), STARTS.replace(year=2200)):
        with pytest.raises(BadSlot, match="2199"):
            check_show_time(starts_at, 60, ENDS)
    check_show_time(STARTS.replace(year=2199), 60, ENDS + timedelta(days=1))

"""The end of a show through the pages and the API: what is shown names amount and payee, and what is sent is what was shown."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.bookings.states import State
from chalicelib.core.access import Principal
from tests.fakes.console import OPERATOR, STARTS, Market, console, market
from tests.unit.endings_kit import ENDS, House

__all__ = ["console", "market"]


@pytest.fixture
def house(market: Market) -> House:
    return House(market)


def page(house: House, who: Principal, booking_id: str) -> str:
    answer = house.console.get(f"/console/bookings/{booking_id}", who)
    assert answer.status == 200
    return unescape(answer.text)


def api(house: House, who: Principal, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
    headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"} if body is not None else {}
    answer = house.console._ask(method, f"/api/v1/bookings/{path}", who, json.dumps(body).encode() if body is not None else b"", headers)
    return answer.status, json.loads(answer.text)


def confirmed(text: str) -> str:
    """The amount in the page's first form."""
    found = re.search(r'name="confirmed_minor" value="(-?\d+)"', text)
    assert found is not None
    return found[1]


def test_who_calls_a_show_off_sees_who_owes_whom_and_sends_what_was_seen(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - timedelta(hours=30))
    text = page(house, house.host, booking_id)
    assert "Call the show off: Nadia owes Kettles £10,000.00" in text.replace("Nadia Hart", "Nadia")
    assert "50 % of 20,000.00 GBP: the row from 24 hours before the start; 30 hours are left." in text
    path = f"/console/bookings/{booking_id}/cancellation"
    other = house.console.post(path, house.host, confirmed_minor="0", reason="ill")
    assert (other.status, 'name="reason" value="ill"' in other.text, confirmed(other.text)) == (409, True, confirmed(text))
    assert house.console.post(path, house.host, confirmed_minor=confirmed(text), reason="ill").status == 303
    house.console.work()
    assert house.state_of(booking_id).state is State.CANCELLED
    assert "Called off Evening 1" in page(house, house.brand, booking_id)


def test_a_viewer_and_the_operator_see_no_form_for_what_they_may_not(house: House) -> None:
    booking_id = house.signed()
    for who in (house.market.viewer, OPERATOR):
        assert "/cancellation" not in page(house, who, booking_id)


def test_a_no_show_is_said_on_the_page_disputed_by_the_host_and_decided_by_the_operator(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS + timedelta(minutes=5))
    assert "The host may still appear" in page(house, house.brand, booking_id)
    house.at(ENDS)
    text = page(house, house.brand, booking_id)
    base = f"/console/bookings/{booking_id}"
    assert house.console.post(f"{base}/no-show", house.brand, confirmed_minor=confirmed(text), reason="nobody came").status == 303
    house.console.work()
    assert "Dispute it" in page(house, house.host, booking_id)
    sent = house.console.post(f"{base}/disputes", house.host, about="show", statement="I was there", evidence="https://a.example b")
    assert sent.status == 303
    again = house.console.post(f"{base}/disputes", house.host, about="nonsense", statement="I was there")
    assert (again.status, "Choose the show, or one of its deliverables." in again.text) == (422, True)
    assert house.console.post(f"{base}/disputes/statements", house.brand, statement="You were not").status == 303
    listed = house.console.get("/operator/disputes", OPERATOR)
    assert "Evening 1" in listed.text
    text = page(house, OPERATOR, booking_id)
    assert "The show took place: nobody owes anything" in text
    assert "https://a.example; b" in text
    decision = {"verdict": "upheld", "finding": "took_place", "reasons": "The recording shows it.", "links_live": "not_met"}
    assert house.console.post(f"{base}/disputes/decision", OPERATOR, **decision).status == 303
    house.console.work()
    assert (house.state_of(booking_id).state, house.stages(), house.problems()) == (State.COMPLETED, {"unfunded": 12_000_00}, [])
    assert "Evening 1" not in house.console.get("/operator/disputes", OPERATOR).text
    assert "The recording shows it." in page(house, house.host, booking_id)


def test_the_operator_says_on_the_form_when_notice_was_given_and_the_row_of_that_hour_applies(house: House) -> None:
    booking_id = house.signed(terms=replace(house.terms(), timezone="America/New_York"))
    house.at(ENDS)
    house.missed(house.brand, booking_id)
    base = f"/console/bookings/{booking_id}/disputes"
    assert house.console.post(base, house.host, about="show", statement="I had called it off the day before").status == 303
    assert house.console.post(f"{base}/statements", house.brand, statement="Not to us").status == 303
    text = page(house, OPERATOR, booking_id)
    assert re.search(r'name="called_off_at" value="" maxlength="500" type="datetime-local" aria-describedby', text)
    assert "In America/New_York, where a side called it off" in text
    decision = {"verdict": "partly", "finding": "host_cancelled", "reasons": "The letter is of the day before."}
    for wrong in ("yesterday", "2011-02-01T10:00"):
        assert house.console.post(f"{base}/decision", OPERATOR, **decision, called_off_at=wrong).status == 422
    thirty_hours_before = (STARTS - timedelta(hours=30)).astimezone(ZoneInfo("America/New_York"))
    sent = house.console.post(f"{base}/decision", OPERATOR, **decision, called_off_at=f"{thirty_hours_before:%Y-%m-%dT%H:%M}")
    assert sent.status == 303
    house.console.work()
    show = house.console.services.shows.show(house.show_id(booking_id))
    assert show.cancelled is not None
    assert (show.cancelled.moment.occurred_at, house.stages()) == (STARTS - timedelta(hours=30), {"payable": -10_000_00})
    assert house.problems() == []


def test_a_deliverables_dispute_asks_the_operator_about_that_alone(house: House) -> None:
    booking_id = house.signed()
    house.held(booking_id)
    base = f"/console/bookings/{booking_id}/disputes"
    assert house.console.post(base, house.brand, about="links_live", statement="All dead").status == 303
    text = page(house, OPERATOR, booking_id)
    assert 'name="links_live"' in text
    assert 'name="host_appears"' not in text
    assert 'name="called_off_at"' not in text
    assert "The host did not appear:" not in text


def test_the_api_shows_the_cost_takes_what_was_confirmed_and_says_why_not(house: House) -> None:
    booking_id = house.signed()
    house.at(STARTS - timedelta(hours=30))
    status, quote = api(house, house.host, "GET", f"{booking_id}/cancellation")
    assert (status, quote["confirmed_minor"], quote["cost"]["owed_by"], quote["refused"]) == (200, -10_000_00, "host", None)
    assert api(house, house.host, "POST", f"{booking_id}/cancellation", {"confirmed_minor": 5, "reason": "ill"})[0] == 409
    status, booking = api(house, house.host, "POST", f"{booking_id}/cancellation", {"confirmed_minor": -10_000_00, "reason": "ill"})
    assert (status, booking["state"]) == (200, "cancelled")
    status, again = api(house, house.brand, "GET", f"{booking_id}/cancellation")
    assert (status, again["cost"]) == (200, None)
    assert "cannot cancel any more" in again["refused"]


def test_a_dispute_goes_from_its_beginning_to_its_decision_through_the_api(house: House) -> None:
    booking_id = house.signed()
    house.at(ENDS)
    quote = api(house, house.brand, "GET", f"{booking_id}/no-show")[1]
    body = {"confirmed_minor": quote["confirmed_minor"], "statement": "nobody came"}
    assert api(house, house.brand, "POST", f"{booking_id}/no-show", body)[1]["state"] == "no_show"
    status, dispute = api(
        house, house.host, "POST", f"{booking_id}/disputes", {"statement": "I was there", "evidence": ["https://a.example"]}
    )
    assert (status, dispute["before"]) == (201, "no_show")
    assert api(house, house.brand, "POST", f"{booking_id}/disputes/statements", {"statement": "Nobody saw you"})[0] == 201
    status, outcomes = api(house, OPERATOR, "GET", f"{booking_id}/disputes/outcomes")
    assert (status, outcomes["host_absent"]["owed_minor"], outcomes["brand_cancelled"]["owed_by"]) == (200, 20_000_00, "brand")
    decision = {"verdict": "partly", "finding": "brand_cancelled", "reasons": "No room was open.", "called_off_at": "2011-01-09T13:00:00Z"}
    assert api(house, house.brand, "POST", f"{booking_id}/disputes/decision", decision)[0] == 403
    assert api(house, OPERATOR, "POST", f"{booking_id}/disputes/decision", decision)[0] == 200
    house.console.work()
    assert (house.stages(), house.problems()) == ({"unfunded": 10_000_00}, [])
    (seen,) = api(house, house.host, "GET", f"{booking_id}/disputes")[1]
    assert seen["decision"]["reasons"] == "No room was open."
    assert json.loads(house.console._ask("GET", "/api/v1/disputes", OPERATOR, b"", {}).text) == []

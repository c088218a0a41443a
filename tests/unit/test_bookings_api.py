"""Series and calendars as members ask for them: through the JSON API, on the whole console."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

import app
from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.rules import SlotTaken
from chalicelib.bookings.service import Deal, NewBooking
from chalicelib.core.access import Principal
from chalicelib.web.routes import answer_with
from tests.architecture.routes import DECLARED, Caller
from tests.fakes.console import Market, console, market

__all__ = ["console", "market"]

WEEKLY = {"first": "2011-01-17T19:00:00", "rule": "FREQ=WEEKLY;COUNT=12", "timezone": "Europe/London"}
DENTIST = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:Dentist with Dr Private
DTSTART;TZID=Europe/London:20110124T183000
DURATION:PT1H
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
SECOND_MONDAY = datetime(2011, 1, 24, 19, tzinfo=UTC)


@pytest.fixture
def ask(market: Market) -> Any:
    """Method, path with its ids, who, and a body: status and JSON."""
    caller = Caller(market.console)
    answer_with(app.answer)

    def asked(method: str, path: str, who: Principal, body: Any = None, **ids: str) -> tuple[int, Any]:
        (declared,) = (each for each in DECLARED if (each.method, each.path) == (method, path))
        answer = caller.ask(declared, who, ids, body)
        return answer.status_code, json.loads(answer.body) if answer.body else None

    return asked


def preview(ask: Any, market: Market, **changes: Any) -> tuple[int, Any]:
    body = {"creator_id": market.host.tenant_id, "minutes": 60, "recurrence": WEEKLY | changes}
    status, answer = ask("POST", "/api/v1/series/preview", market.brand, body)
    return status, answer


def free(market: Market) -> tuple[bool, bool, bool]:
    """Whether the second Monday is listed, is free for matching, and could be booked."""
    bookings, host = market.console.services.bookings, market.host.tenant_id
    listed = bookings.slots(market.brand, host, SECOND_MONDAY, SECOND_MONDAY + timedelta(hours=1), 60)
    show = NewBooking(booking_id="bkg_tried", starts_at=SECOND_MONDAY, minutes=60, title="Tried")
    deal = Deal(offer_id="ofr_1", contract_id="ctr_1", brand_id=market.brand.tenant_id, creator_id=host, agency_id=None)
    try:
        bookable = bool(bookings.claim(Transaction(), deal, [show]))
    except SlotTaken:
        bookable = False
    return bool(listed), bookings.is_free(host, SECOND_MONDAY, 60), bookable


def test_a_brand_looks_at_a_series_books_it_and_is_told_the_dates_when_it_asks_again(ask: Any, market: Market) -> None:
    status, found = preview(ask, market)
    assert (status, len(found["dates"])) == (200, 12)
    assert {date["why_not"] for date in found["dates"]} == {None}

    body = {
        "brief_id": market.brief_id,
        "creator_id": market.host.tenant_id,
        "terms": msgspec.to_builtins(market.terms()),
        "series": {"recurrence": WEEKLY, "minutes": 60, "title": "Every Monday"},
    }
    status, offer = ask("POST", "/api/v1/offers", market.brand, body)
    assert (status, len(offer["shows"]), bool(offer["held_until"])) == (201, 12, True)
    status, refusal = ask("POST", "/api/v1/offers", market.brand, {**body, "hold_hours": 3})
    assert status == 409
    assert refusal["detail"].startswith("12 of 12 shows cannot be booked, so none is: ")
    assert "Mon 28 March 2011, 19:00-20:00 (Europe/London)" in refusal["detail"]
    assert all(date["why_not"] for date in preview(ask, market)[1]["dates"])

    ids = {"offer_id": offer["offer_id"]}
    status, accepted = ask("POST", "/api/v1/offers/{offer_id}/accept", market.host, {"version": 1}, **ids)
    assert (status, accepted["state"]) == (200, "accepted")
    assert len(market.console.services.bookings.list(market.brand)) == 12


def test_a_series_without_end_or_at_an_hour_that_is_missing_is_refused_with_a_sentence(ask: Any, market: Market) -> None:
    status, refusal = preview(ask, market, rule="FREQ=WEEKLY")
    assert (status, refusal["detail"]) == (422, "This rule has no end. Add COUNT or UNTIL, such as FREQ=WEEKLY;COUNT=12.")
    status, refusal = preview(ask, market, first="2011-03-20T01:30:00", rule="FREQ=WEEKLY;COUNT=3")
    assert (status, refusal["detail"]) == (
        422,
        "2011-03-27 01:30 does not exist in Europe/London: the clocks go forward then. Leave that day out.",
    )


def test_a_calendar_keeps_its_times_from_being_listed_booked_and_matched_until_it_is_removed(ask: Any, market: Market) -> None:
    path, ids = "/api/v1/creators/{creator_id}/calendars/{calendar_id}", {"creator_id": market.host.tenant_id, "calendar_id": "private"}
    status, kept = ask("PUT", path, market.host, {"ics": DENTIST}, **ids)
    assert (status, kept["events"], kept["busy_minutes"]) == (200, 1, 60)
    busy = [date for date in preview(ask, market)[1]["dates"] if date["why_not"]]
    assert [date["starts_at"] for date in busy] == ["2011-01-24T19:00:00Z"]
    assert "is busy Mon 24 January 2011, 18:30-19:30 (Europe/London)" in busy[0]["why_not"]
    assert "Private" not in json.dumps(busy)
    assert free(market) == (False, False, False)

    status, refusal = ask("PUT", path, market.host, {"ics": DENTIST[:-40]}, **ids)
    assert (status, "breaks off" in refusal["detail"]) == (422, True)
    listed = ask("GET", "/api/v1/creators/{creator_id}/calendars", market.agency, **ids)
    assert listed == (200, [kept])

    assert ask("DELETE", path, market.agency, **ids) == (200, [])
    assert ask("DELETE", path, market.agency, **ids)[0] == 404
    assert not any(date["why_not"] for date in preview(ask, market)[1]["dates"])
    assert free(market) == (True, True, True)


def test_a_calendar_has_a_name_and_there_are_only_so_many(ask: Any, market: Market) -> None:
    path, host = "/api/v1/creators/{creator_id}/calendars/{calendar_id}", market.host.tenant_id
    assert ask("PUT", path, market.host, {"ics": DENTIST}, creator_id=host, calendar_id="No Name")[0] == 422
    names = [f"c{number}" for number in range(9)]
    statuses = [ask("PUT", path, market.host, {"ics": DENTIST}, creator_id=host, calendar_id=name)[0] for name in names]
    assert statuses == [200] * 8 + [409]
    assert ask("PUT", path, market.host, {"ics": DENTIST}, creator_id=host, calendar_id="c3")[0] == 200


def test_exceptions_may_recur_and_what_is_stated_by_itself_comes_first(ask: Any, market: Market) -> None:
    weekly = [{"weekday": 0, "from_minute": 1080, "until_minute": 1320}]
    body = {
        "timezone": "Europe/London",
        "weekly": weekly,
        "exceptions": [{"day": "2011-02-07", "windows": [{"from_minute": 600, "until_minute": 720}]}],
        "recurring_exceptions": [{"first": "2011-01-03", "rule": "FREQ=MONTHLY;BYDAY=1MO;COUNT=3"}],
    }
    status, kept = ask("PUT", "/api/v1/availability", market.host, body)
    assert status == 200
    assert {each["day"]: len(each["windows"]) for each in kept["exceptions"]} == {"2011-01-03": 0, "2011-02-07": 1, "2011-03-07": 0}
    endless = {**body, "recurring_exceptions": [{"first": "2011-01-03", "rule": "FREQ=WEEKLY"}]}
    assert ask("PUT", "/api/v1/availability", market.host, endless)[0] == 422


def test_a_brief_wants_the_shows_of_a_rule_in_its_zone(ask: Any, market: Market) -> None:
    brief = {
        "title": "Every Monday in spring",
        "category": "home",
        "market": "GB",
        "language": "en",
        "platform": "youtube",
        "series": {"recurrence": {**WEEKLY, "first": "2011-03-21T19:00:00", "rule": "FREQ=WEEKLY;COUNT=2"}, "minutes": 60},
        "budget_minor": 100_000,
        "currency": "GBP",
    }
    status, posted = ask("POST", "/api/v1/briefs", market.brand, brief)
    assert (status, [window["starts_at"] for window in posted["windows"]]) == (201, ["2011-03-21T19:00:00Z", "2011-03-28T18:00:00Z"])
    status, refusal = ask("POST", "/api/v1/briefs", market.brand, {name: value for name, value in brief.items() if name != "series"})
    assert (status, refusal["detail"]) == (422, "A brief wants between 1 and 60 shows.")
    endless = {**brief, "series": {"recurrence": {**WEEKLY, "rule": "FREQ=WEEKLY"}, "minutes": 60}}
    assert ask("POST", "/api/v1/briefs", market.brand, endless)[0] == 422


def test_a_host_reads_hours_and_agenda_and_makes_the_feeds_address(ask: Any, market: Market) -> None:
    creator_id, base = market.host.tenant_id, "/api/v1/creators/{creator_id}"
    status, hours = ask("GET", f"{base}/availability", market.agency, creator_id=creator_id)
    assert (status, hours["timezone"], len(hours["weekly"])) == (200, "Europe/London", 7)
    market.offer()
    contract = market.drafted()
    status, agenda = ask("GET", f"{base}/agenda", market.host, creator_id=creator_id)
    assert (status, [each["kind"] for each in agenda["entries"]]) == (200, ["booked"])
    assert agenda["entries"][0]["booking"]["contract_id"] == contract.contract_id
    status, made = ask("POST", f"{base}/feed", market.host, {}, creator_id=creator_id)
    address = made["address"].removeprefix(market.console.services.settings.site_url)
    assert (status, market.console.get(address).status) == (201, 200)
    assert ask("DELETE", f"{base}/feed", market.host, creator_id=creator_id) == (204, None)
    assert market.console.get(address).status == 404


@pytest.mark.parametrize("query", ["from=soon", "from=2011-01-01T00:00:00Z&to=2011-06-01T00:00:00Z", "to=2010-01-01T00:00:00Z"])
def test_an_agenda_of_no_time_or_too_much_is_refused(market: Market, query: str) -> None:
    answer = market.console.get(f"/api/v1/creators/{market.host.tenant_id}/agenda?{query}", market.host)
    assert answer.status == 422

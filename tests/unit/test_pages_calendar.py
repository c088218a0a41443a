"""A host's calendar: what takes time, hours with exceptions, calendars in and the feed out, for the host and its agency alone."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.bookings.rules import Availability, DatedException, WeeklyWindow, Window
from chalicelib.contracts.offers import WantedShow
from chalicelib.core.access import Principal, Role
from chalicelib.directory.rules import TenantKind
from tests.fakes.console import SITE, STARTS, Answer, Market, console, market, tenant

__all__ = ["console", "market"]
EVENINGS = {f"day-{day}": "18:00-22:00" for day in range(7)}
HOURS = {"timezone": "Europe/London", "before": "0", "after": "0", **EVENINGS}
DENTIST = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:Dentist with Dr Private
DTSTART;TZID=Europe/London:20110124T183000
DURATION:PT1H
END:VEVENT
END:VCALENDAR
"""


def path_of(market: Market) -> str:
    return f"/calendar/{market.host.tenant_id}"


def went_to(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(SITE)


def kept(market: Market) -> Availability:
    return market.console.services.bookings.availability(market.host, market.host.tenant_id)


def save(market: Market, who: Principal | None = None, /, **fields: str) -> Answer:
    return market.console.post(f"{path_of(market)}/hours", who or market.host, **{**HOURS, **fields})


def beside(text: str, name: str) -> str:
    """The sentence beside a field."""
    found = re.search(rf'id="{name}-error">.*?</svg>(.*?)</p>', text, re.DOTALL)
    assert found is not None, f"nothing stands beside {name}"
    assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', text), f"{name} is not marked"
    return found[1]


def test_a_host_and_its_agency_see_it_and_nobody_else(market: Market) -> None:
    console = market.console
    assert "Your calendar" in console.get("/calendar", market.host).text
    assert f'href="{path_of(market)}"' in console.get("/calendar", market.agency).text
    assert "Calendar of Nadia Hart" in console.get(path_of(market), market.agency).text
    other = tenant(console, TenantKind.CREATOR, Role.CREATOR, "other")
    stars = tenant(console, TenantKind.AGENCY, Role.AGENCY_MANAGER, "others")
    assert "No host has named your agency yet" in console.get("/calendar", stars).text
    for who in (other, stars):
        assert console.get(path_of(market), who).status == save(market, who).status == 404
    assert console.get("/calendar", market.brand).status == 403


def test_booked_held_and_busy_times_stand_on_their_days_with_what_they_are(market: Market) -> None:
    console, host = market.console, market.host
    save(market, before="30", after="30")
    contract = market.signed()
    held = console.services.contracts.offers.make(
        market.brand,
        brief_id=market.brief_id,
        creator_id=host.tenant_id,
        shows=[WantedShow(starts_at=STARTS + timedelta(days=1), minutes=60, title="Spring")],
        terms=market.terms(),
        expires_in_hours=48,
        hold_hours=24,
    )
    console.post(f"{path_of(market)}/calendars", host, name="work", ics=DENTIST)
    page = console.get("/calendar?day=2011-01-15", host).text
    assert "January 2011" in page
    assert re.search(r"Booked <span class=\"times\">19:00-20:00</span>.*?Winter &lt;table&gt;, Kettles", page, re.DOTALL)
    assert f'href="/console/bookings/{contract.bookings[0].booking_id}"' in page
    assert "With rest 18:30-20:30. Contracted." in page
    assert re.search(r"Held <span class=\"times\">19:00-20:00</span>.*?Spring, Kettles", page, re.DOTALL)
    assert "Held until Tue 4 Jan 2011, 12:00 Europe/London." in page
    assert f'href="/offers/{held.offer_id}"' in page
    assert re.search(r"Busy <span class=\"times\">18:30-19:30</span>.*?by work", page, re.DOTALL)
    assert "Private" not in page
    week = console.get("/calendar?view=week&day=2011-01-11", host).text
    assert "Week from Monday 10 January 2011" in week
    assert ("Winter" in week, "Spring" in week, "by work" in week) == (True, True, False)
    assert 'href="/calendar?view=week&amp;day=2011-01-17"' in week
    assert "Nothing is booked, held or busy" in console.get("/calendar?day=2012-01-01", host).text


def test_a_hold_that_has_ended_is_gone_from_it(market: Market) -> None:
    market.console.services.contracts.offers.make(
        market.brand,
        brief_id=market.brief_id,
        creator_id=market.host.tenant_id,
        shows=[WantedShow(starts_at=STARTS, minutes=60, title="Spring")],
        terms=market.terms(),
        expires_in_hours=48,
        hold_hours=1,
    )
    assert "Spring" in market.console.get("/calendar", market.host).text
    market.console.services.clock.set(market.console.services.clock.now() + timedelta(hours=1))
    assert "Spring" not in market.console.get("/calendar", market.host).text


def test_a_busy_day_and_a_stretch_over_midnight_are_told_by_each_day(market: Market) -> None:
    long = DENTIST.replace("20110124T183000", "20110124T220000").replace("PT1H", "PT28H")
    market.console.post(f"{path_of(market)}/calendars", market.host, name="trip", ics=long)
    page = market.console.get("/calendar?view=week&day=2011-01-24", market.host).text
    assert re.findall(r'class="times">([^<]+)<', page) == ["from 22:00", "all day", "until 02:00"]


def test_series_are_listed_with_their_ends(market: Market) -> None:
    shows = [WantedShow(starts_at=STARTS + timedelta(weeks=week), minutes=60, title="Mondays") for week in range(12)]
    market.console.services.contracts.offers.make(
        market.brand,
        brief_id=market.brief_id,
        creator_id=market.host.tenant_id,
        shows=shows,
        terms=market.terms(),
        expires_in_hours=48,
    )
    page = market.console.get("/calendar", market.host).text
    series = page.split(">Series</h2>")[1].split("<h2", maxsplit=1)[0]
    for words in ("Mondays", "12", "Mon 10 Jan 2011, 19:00 Europe/London", "Mon 28 Mar 2011, 20:00 Europe/London", "held until"):
        assert words in series


def test_hours_rest_zone_and_exceptions_are_kept_and_come_back_as_they_were_written(market: Market) -> None:
    written = {
        "timezone": "America/New_York",
        "before": "30",
        "after": "15",
        **EVENINGS,
        "day-6": "",
        "day-0": "9-12, 18:30-24:00",
        "exception-0-first": "2011-02-01",
        "exception-0-last": "2011-02-03",
        "exception-1-first": "2011-03-01",
        "exception-1-last": "2011-03-15",
        "exception-1-repeat": "weekly",
        "exception-1-hours": "10:00-11:00",
        "exception-2-first": "",
    }
    assert went_to(market.console.post(f"{path_of(market)}/hours", market.host, **written)) == "/calendar?done=hours"
    offered = kept(market)
    assert (offered.timezone, offered.buffer_before_minutes, offered.buffer_after_minutes) == ("America/New_York", 30, 15)
    assert [(each.from_minute, each.until_minute) for each in offered.weekly if each.weekday == 0] == [(540, 720), (1110, 1440)]
    assert {each.weekday for each in offered.weekly} == {0, 1, 2, 3, 4, 5}
    morning = (Window(from_minute=600, until_minute=660),)
    off = tuple(DatedException(day=date(2011, 2, day)) for day in (1, 2, 3))
    assert offered.exceptions == off + tuple(DatedException(day=date(2011, 3, day), windows=morning) for day in (1, 8, 15))
    page = market.console.get("/calendar?done=hours", market.host).text
    assert "The hours are kept." in page
    for value in ("America/New_York", "09:00-12:00, 18:30-24:00", "2011-02-01", "2011-02-03", "10:00-11:00"):
        assert f'value="{value}"' in page
    assert 'value="2011-02-02"' not in page


def test_the_agency_keeps_the_hours_of_its_host(market: Market) -> None:
    assert went_to(save(market, market.agency, **{"day-0": ""})) == f"{path_of(market)}?done=hours"
    assert 0 not in {each.weekday for each in kept(market).weekly}


WRONG = (
    ("timezone", "Europe/Londn", "is no time zone"),
    ("before", "20", "in quarter hours"),
    ("after", "soon", "in quarter hours"),
    ("day-0", "22:00-18:00", "ends before it begins"),
    ("day-1", "in the evening", "cannot be understood. Write hours as 18:00-22:00"),
    ("day-2", "18:00-20:00, 19:00-21:00", "must not be empty, overlap"),
    ("day-3", "18:10-20:00", "quarter hours"),
    ("day-4", "18:00-25:00", "goes past midnight"),
    ("day-5", "18:75-20:00", "cannot be understood"),
    ("exception-0-first", "24.1.2011", "Write a day as 2011-01-24"),
    ("exception-0-last", "2010-12-31", "comes before the first"),
    ("exception-0-last", "2021-12-31", "At most 366 days"),
    ("exception-0-hours", "early", "cannot be understood"),
)


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_field_that_cannot_stand_says_why_beside_it_and_nothing_that_was_typed_is_lost(
    market: Market, name: str, value: str, sentence: str
) -> None:
    before = kept(market)
    page = save(market, **{"exception-0-first": "2011-02-01", "day-6": "11:00-12:00", name: value})
    assert page.status == 422
    assert sentence in beside(page.text, name)
    assert f'value="{value}"' in page.text
    assert 'value="11:00-12:00"' in page.text
    assert kept(market) == before


def test_every_mistake_is_told_at_once(market: Market) -> None:
    page = save(market, timezone="", **{"day-0": "x", "exception-0-hours": "9-10"}).text
    assert all(beside(page, name) for name in ("timezone", "day-0", "exception-0-first"))


def test_a_day_in_two_rows_and_a_week_without_an_end_are_refused(market: Market) -> None:
    twice = {"exception-0-first": "2011-02-01", "exception-0-last": "2011-02-03", "exception-1-first": "2011-02-02"}
    assert "Wed 2 Feb 2011 is stated in another row, too." in beside(save(market, **twice).text, "exception-1-first")
    weekly = {"exception-0-first": "2011-02-01", "exception-0-repeat": "weekly"}
    assert "until which day" in beside(save(market, **weekly).text, "exception-0-last")
    many = {f"exception-{row}-{end}": f"20{12 + row}-{day}" for row in range(2) for end, day in (("first", "01-01"), ("last", "12-31"))}
    page = save(market, **many)
    assert (page.status, "These are 731 days, of which 366 can be kept." in page.text) == (422, True)


def test_more_rows_keep_what_was_typed_and_save_nothing(market: Market) -> None:
    page = save(market, more="1", timezone="Mars", **{"exception-0-first": "2011-02-01"})
    assert page.status == 200
    assert 'value="Mars"' in page.text
    assert re.findall(r'name="exception-(\d+)-first"', page.text) == ["0", "1", "2"]
    assert kept(market).timezone == "Europe/London"


def test_days_that_have_passed_are_left_out_of_the_form(market: Market) -> None:
    past = replace(kept(market), exceptions=(DatedException(day=date(2010, 12, 24)), DatedException(day=date(2011, 1, 24))))
    market.console.services.bookings.save_availability(market.host, market.host.tenant_id, past)
    page = market.console.get("/calendar", market.host).text
    assert ('value="2010-12-24"' in page, 'value="2011-01-24"' in page) == (False, True)


def test_a_host_without_hours_is_told_what_to_do(market: Market) -> None:
    market.console.services.bookings.save_availability(market.host, market.host.tenant_id, Availability(timezone="UTC"))
    assert "No hours are open, so nobody can book." in market.console.get("/calendar", market.host).text


def test_a_week_in_which_the_clocks_change_has_its_days(market: Market) -> None:
    market.console.services.bookings.save_availability(
        market.host,
        market.host.tenant_id,
        Availability(timezone="Europe/London", weekly=(WeeklyWindow(weekday=6, from_minute=0, until_minute=1440),)),
    )
    changes = DENTIST.replace("20110124T183000", "20110327T000000").replace("PT1H", "P1D")
    market.console.post(f"{path_of(market)}/calendars", market.host, name="away", ics=changes)
    page = market.console.get("/calendar?view=week&day=2011-03-27", market.host).text
    assert re.findall(r'class="times">([^<]+)<', page) == ["all day"]
    assert "00:00-24:00" in page

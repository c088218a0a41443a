"""Calendars that a host brings and removes on its page, and the feed of its gigs at a secret address."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from chalicelib.bookings.feed_store import FeedOfHostItem
from chalicelib.bookings.states import Move, Party
from chalicelib.core.access import Role
from chalicelib.directory.rules import TenantKind
from chalicelib.directory.service import HostNotFound
from tests.fakes.console import SITE, STARTS, Market, console, market, tenant
from tests.unit.test_pages_calendar import DENTIST, path_of, went_to

__all__ = ["console", "market"]


def test_a_calendar_is_brought_listed_and_removed(market: Market) -> None:
    console, host = market.console, market.host
    assert went_to(console.post(f"{path_of(market)}/calendars", host, name=" My Work ", ics=DENTIST)) == "/calendar?done=calendar"
    page = console.get("/calendar", host).text
    assert "1 busy time, 1 h 0 min in all" in page
    assert went_to(console.post(f"{path_of(market)}/calendars/my-work/remove", host)) == "/calendar?done=removed"
    assert "None yet." in console.get("/calendar", host).text
    assert console.post(f"{path_of(market)}/calendars/my-work/remove", host).status == 404


@pytest.mark.parametrize(
    ("name", "ics", "field", "sentence"),
    [
        ("work", "Dear diary", "ics", "does not begin with BEGIN:VCALENDAR"),
        ("work", DENTIST.replace("END:VCALENDAR\n", ""), "ics", "breaks off in the middle"),
        ("work", DENTIST.replace("Europe/London", "Nowhere/Land"), "ics", "which it does not define"),
        ("wörk!", DENTIST, "name", "small letters, digits and hyphens"),
        ("", DENTIST, "name", "small letters, digits and hyphens"),
    ],
)
def test_a_calendar_that_cannot_be_taken_says_why_and_is_not_lost(market: Market, name: str, ics: str, field: str, sentence: str) -> None:
    page = market.console.post(f"{path_of(market)}/calendars", market.host, name=name, ics=ics)
    assert page.status == 422
    found = re.search(rf'id="{field}-error">.*?</svg>(.*?)</p>', page.text, re.DOTALL)
    assert found is not None
    assert sentence in found[1]
    assert f'name="name" required maxlength="40" autocomplete="off" value="{name}"' in page.text
    assert ics.splitlines()[0] in page.text.split("<textarea")[1]
    assert market.console.services.bookings.calendars.list(market.host, market.host.tenant_id) == ()


def test_one_calendar_too_many_is_refused_in_the_form(market: Market) -> None:
    for number in range(8):
        market.console.post(f"{path_of(market)}/calendars", market.host, name=f"c{number}", ics=DENTIST)
    page = market.console.post(f"{path_of(market)}/calendars", market.host, name="c9", ics=DENTIST)
    assert (page.status, "A host has at most 8 calendars. Remove one first" in page.text) == (409, True)
    assert "Dentist with Dr Private" in page.text.split("<textarea")[1]


def test_the_feed_has_the_gigs_at_an_address_that_is_shown_once(market: Market) -> None:
    console, contract = market.console, market.signed()
    made = console.post(f"{path_of(market)}/feed", market.host)
    address = re.search(rf'value="{SITE}(/calendars/[^"]+\.ics)"', made.text)
    assert (made.status, address is not None) == (200, True)
    assert address is not None
    feed = console.get(address[1])
    assert (feed.status, feed.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    (event,) = Calendar.from_ical(feed.text).events
    booking = console.services.bookings.booking(contract.bookings[0].booking_id)
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (
        f"{booking.booking_id}@primetime.example",
        booking.version,
        "CONFIRMED",
    )
    assert (str(event["SUMMARY"]), event.start, event.end) == (
        "Winter <table> (Kettles)",
        STARTS,
        datetime(2011, 1, 10, 20, tzinfo=UTC),
    )
    assert address[1] not in console.get("/calendar", market.host).text


def test_a_gig_that_is_called_off_leaves_the_feed(market: Market) -> None:
    bookings, contract = market.console.services.bookings, market.signed()
    path = f"/calendars/{bookings.feeds.renew(market.host, market.host.tenant_id)}.ics"
    assert len(Calendar.from_ical(market.console.get(path).text).events) == 1
    bookings.move(contract.bookings[0].booking_id, Move.CANCEL, Party.BRAND)
    assert Calendar.from_ical(market.console.get(path).text).events == []


def test_two_who_make_an_address_at_once_hear_of_it(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds, host = market.console.services.bookings.feeds, market.host
    first = feeds.renew(host, host.tenant_id)
    monkeypatch.setattr(FeedOfHostItem, "find", lambda *_: None)
    answer = market.console.post(f"{path_of(market)}/feed", market.agency)
    monkeypatch.undo()
    assert (answer.status, "Somebody else changed this address" in answer.text) == (409, True)
    assert market.console.get(f"/calendars/{first}.ics").status == 200


def test_who_does_not_speak_for_a_host_reads_and_changes_nothing_of_its_time(market: Market) -> None:
    bookings, creator_id = market.console.services.bookings, market.host.tenant_id
    other = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, "other")
    for who in (other, market.brand):
        with pytest.raises(HostNotFound):
            bookings.agenda.of(who, creator_id, STARTS, STARTS + timedelta(days=1))
        with pytest.raises(HostNotFound):
            bookings.time_acted_for(who, creator_id)
        for use in (bookings.feeds.renew, bookings.feeds.remove, bookings.feeds.made_at):
            with pytest.raises(HostNotFound):
                use(who, creator_id)


def test_a_new_address_ends_the_old_one_and_a_removed_one_opens_nothing(market: Market) -> None:
    feeds, host = market.console.services.bookings.feeds, market.host
    old, new = feeds.renew(host, host.tenant_id), feeds.renew(market.agency, host.tenant_id)
    assert [market.console.get(f"/calendars/{secret}.ics").status for secret in (old, new, "guess")] == [404, 200, 404]
    assert went_to(market.console.post(f"{path_of(market)}/feed/remove", host)) == "/calendar?done=feed-removed"
    assert market.console.get(f"/calendars/{new}.ics").status == 404
    assert went_to(market.console.post(f"{path_of(market)}/feed/remove", host)) == "/calendar?done=feed-removed"

"""Which notices are due, when a subject is looked at again, and what a reader gets to read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from chalicelib.notices.calendar_files import calendar_file
from chalicelib.notices.letters import both_times, letter
from chalicelib.notices.rules import (
    AGAIN_AFTER,
    MAX_NOTICES_PER_LOOK,
    STALE_AFTER,
    About,
    CalendarEntry,
    Happening,
    Kind,
    Seen,
    Wait,
    brand_people,
    due_notices,
    due_reminder,
    next_look_at,
)

NOW = datetime(2011, 1, 3, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KIND = Kind(name="kind", subject="{title} until {ends_at}", lines=("{brand} waits for {title} until {ends_at}.",), link_label="Answer")
ABOUT = About(path="/offers/ofr_1", zone="Europe/London", facts={"title": "Winter"}, times={"ends_at": NOW}, names={"brand": "brd_1"})
WAIT = Wait(
    state="offer",
    key="1",
    began_at=NOW,
    ends_at=NOW + 3 * DAY,
    asked=(brand_people("brd_1"),),
    reminder=KIND,
    before=(DAY, 2 * HOUR),
    about=ABOUT,
)
HAPPENING = Happening(kind=KIND, key="1", at=NOW, told=(brand_people("brd_1"),), about=ABOUT)
HOURS = st.integers(min_value=0, max_value=24 * 30).map(lambda hours: timedelta(hours=hours))


@given(length=HOURS, before=st.lists(HOURS, max_size=4).map(tuple), passed=HOURS)
def test_a_reminder_is_due_from_its_time_to_the_end_and_is_the_latest_that_lies_within_the_wait(
    length: timedelta, before: tuple[timedelta, ...], passed: timedelta
) -> None:
    wait, now = replace(WAIT, ends_at=NOW + length, before=before), NOW + passed
    due = due_reminder(wait, now)
    if due is None:
        assert now >= wait.ends_at or all(not NOW < wait.ends_at - each <= now for each in before)
    else:
        assert NOW < wait.ends_at - due <= now < wait.ends_at
        assert not any(due > each and wait.ends_at - each <= now for each in before)


@given(length=HOURS, before=st.lists(HOURS, max_size=4).map(tuple), passed=HOURS)
def test_looking_only_when_it_is_said_to_misses_no_reminder_and_no_end(
    length: timedelta, before: tuple[timedelta, ...], passed: timedelta
) -> None:
    seen, now = Seen(waits=(replace(WAIT, ends_at=NOW + length, before=before),)), NOW + passed
    again = next_look_at(seen, now)
    (wait,) = seen.waits
    if again is None:
        return
    assert again > now
    instant = now
    while instant < again - HOUR and now < wait.ends_at:
        instant += HOUR
        assert due_reminder(wait, instant) == due_reminder(wait, now)
        assert instant < wait.ends_at


def test_a_wait_that_has_ended_and_still_stands_is_looked_at_again_after_a_while() -> None:
    assert next_look_at(Seen(waits=(WAIT,)), WAIT.ends_at) == WAIT.ends_at + AGAIN_AFTER
    assert next_look_at(Seen(happenings=(HAPPENING,)), NOW) is None


def test_the_same_thing_is_the_same_notice_whenever_it_is_looked_at_and_another_end_is_another_one() -> None:
    first = due_notices("deal#ctr_1", Seen(waits=(WAIT,)), WAIT.ends_at - DAY)
    later = due_notices("deal#ctr_1", Seen(waits=(WAIT,)), WAIT.ends_at - DAY + HOUR)
    moved = due_notices("deal#ctr_1", Seen(waits=(replace(WAIT, ends_at=WAIT.ends_at + DAY),)), WAIT.ends_at)
    assert [each.notice_id for each in first] == [each.notice_id for each in later]
    assert first[0].notice_id != moved[0].notice_id
    assert first[0].notice_id != due_notices("deal#ctr_2", Seen(waits=(WAIT,)), WAIT.ends_at - DAY)[0].notice_id


def test_what_happened_long_ago_is_not_told_and_what_has_no_time_always_is() -> None:
    seen = Seen(happenings=(HAPPENING, replace(HAPPENING, key="2", at=None)))
    assert len(due_notices("deal#ctr_1", seen, NOW + STALE_AFTER)) == 2
    assert len(due_notices("deal#ctr_1", seen, NOW + STALE_AFTER + HOUR)) == 1


def test_a_letter_says_times_in_the_readers_zone_and_in_utc_and_leads_to_one_page() -> None:
    (notice,) = due_notices("deal#ctr_1", Seen(happenings=(HAPPENING,)), NOW)
    written = letter(notice, names={"brand": "Mugs"}, tenant="Mugs", zone="Asia/Tokyo", site_url="https://primetime.example")
    assert written.subject == "Winter until Mon 3 Jan 2011, 21:00 Asia/Tokyo"
    assert written.lines == ("Mugs waits for Winter until Mon 3 Jan 2011, 21:00 Asia/Tokyo (Mon 3 Jan 2011, 12:00 UTC).",)
    assert "Answer: https://primetime.example/offers/ofr_1" in written.text
    assert both_times(NOW, "UTC") == "Mon 3 Jan 2011, 12:00 UTC"


def test_what_people_wrote_is_never_read_as_words_of_ours_nor_as_a_header() -> None:
    hostile = replace(HAPPENING, about=replace(ABOUT, facts={"title": "{brand}\r\nBcc: everybody@example.com"}))
    (notice,) = due_notices("deal#ctr_1", Seen(happenings=(hostile,)), NOW)
    written = letter(notice, names={"brand": "Mugs"}, tenant="Mugs", zone="UTC", site_url="https://primetime.example")
    assert written.subject.startswith("{brand} Bcc: everybody@example.com until")
    assert "\n" not in written.subject


def test_a_calendar_file_is_replaced_by_its_next_version_and_says_when_a_show_is_off() -> None:
    entry = CalendarEntry(booking_id="bkg_1", sequence=2, title="Winter", starts_at=NOW, minutes=90)
    off = replace(entry, sequence=3, is_cancelled=True)
    files = [calendar_file([each], site_url="https://primetime.example", path="/x", made_at=NOW) for each in (entry, off)]
    events = [each for file in files for each in Calendar.from_ical(file).walk("VEVENT") if isinstance(each, Event)]
    assert [(str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) for event in events] == [
        ("bkg_1@primetime.example", 2, "CONFIRMED"),
        ("bkg_1@primetime.example", 3, "CANCELLED"),
    ]
    assert (events[0].start, events[0].end) == (NOW, NOW + timedelta(minutes=90))


def test_a_look_makes_a_bounded_number_of_notices() -> None:
    assert 3 + 2 * MAX_NOTICES_PER_LOOK <= 100, "watch, both due items, each notice with its message"

"""What a calendar file says about its owner's time: exceptions, days, zones and clock changes; and what is refused as a whole."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.bookings import ics
from chalicelib.bookings.busy import BusyCalendar, busy_between, stretches_of
from chalicelib.bookings.ics import BadCalendar, BusyTimes, read_calendar

START, END = datetime(2011, 1, 1, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
NEW_YORK_BY_HAND = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:19701101T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700308T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""
TOKYO_BY_HAND = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "one@example.com") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20110101T000000Z", "SUMMARY:Private", *lines, "END:VEVENT", ""])


def file(*parts: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//EN", "".join(parts) + "END:VCALENDAR", ""]).replace(
        "\n", "\r\n"
    )


def read(*parts: str, zone: ZoneInfo = LONDON) -> BusyTimes:
    return read_calendar(file(*parts), zone, START, END)


def busy(*parts: str, zone: ZoneInfo = LONDON) -> list[str]:
    """Busy stretches in UTC: ``01-10 19:00-20:00``."""
    calendar = BusyCalendar(calendar_id="c", imported_at=START, until=END, events=0, stretches=read(*parts, zone=zone).stretches)
    return [f"{each.starts_at:%m-%d %H:%M}-{each.ends_at:%H:%M}" for each in busy_between([calendar], START, END)]


def test_an_event_takes_every_quarter_hour_that_it_touches() -> None:
    assert busy(event("DTSTART:20110110T191000Z", "DTEND:20110110T195000Z")) == ["01-10 19:00-20:00"]
    assert busy(event("DTSTART:20110110T190000Z", "DURATION:PT45M")) == ["01-10 19:00-19:45"]


def test_events_that_overlap_or_meet_are_one_stretch() -> None:
    meeting = [
        event(f"DTSTART:20110110T{begin}00Z", f"DTEND:20110110T{end}00Z", uid=begin) for begin, end in (("1900", "2000"), ("2000", "2030"))
    ]
    assert busy(*meeting) == ["01-10 19:00-20:30"]


def test_cancelled_transparent_and_timeless_events_take_no_time() -> None:
    times = ("DTSTART:20110110T190000Z", "DTEND:20110110T200000Z")
    assert busy(event(*times, "STATUS:CANCELLED")) == []
    assert busy(event(*times, "TRANSP:TRANSPARENT")) == []
    assert busy(event("DTSTART:20110110T190000Z")) == []
    assert busy(event(*times, "STATUS:TENTATIVE", "TRANSP:OPAQUE")) == ["01-10 19:00-20:00"]


def test_an_all_day_event_is_the_hosts_day_and_a_day_of_25_hours_has_25() -> None:
    assert busy(event("DTSTART;VALUE=DATE:20110110")) == ["01-10 00:00-00:00"]
    assert busy(event("DTSTART;VALUE=DATE:20110110", "DTEND;VALUE=DATE:20110112"), zone=ZoneInfo("Asia/Tokyo")) == ["01-09 15:00-15:00"]
    for day, quarters in (("20110326", 96), ("20110327", 92), ("20111030", 100)):
        ((_, length),) = read(event(f"DTSTART;VALUE=DATE:{day}")).stretches
        assert length == quarters


def test_a_time_without_a_zone_is_the_hosts() -> None:
    assert busy(event("DTSTART:20110710T190000", "DTEND:20110710T200000"), zone=ZoneInfo("America/New_York")) == ["07-10 23:00-00:00"]


def test_a_weekly_event_follows_the_clocks_of_its_own_zone_and_leaves_its_exceptions_out() -> None:
    weekly = event(
        "DTSTART;TZID=Europe/London:20110314T190000",
        "DTEND;TZID=Europe/London:20110314T200000",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/London:20110321T190000",
    )
    assert busy(weekly) == ["03-14 19:00-20:00", "03-28 18:00-19:00", "04-04 18:00-19:00"]


def test_a_moved_occurrence_is_where_it_was_moved_to_and_a_cancelled_one_nowhere() -> None:
    master = event("DTSTART:20110110T190000Z", "DTEND:20110110T200000Z", "RRULE:FREQ=DAILY;COUNT=4")
    moved = event("RECURRENCE-ID:20110111T190000Z", "DTSTART:20110111T210000Z", "DTEND:20110111T213000Z")
    cancelled = event("RECURRENCE-ID:20110112T190000Z", "DTSTART:20110112T190000Z", "DTEND:20110112T200000Z", "STATUS:CANCELLED")
    expected = ["01-10 19:00-20:00", "01-11 21:00-21:30", "01-13 19:00-20:00"]
    assert busy(master, moved, cancelled) == expected
    assert busy(cancelled, moved, master) == expected


def test_further_dates_and_periods_are_added() -> None:
    listed = event(
        "DTSTART:20110110T190000Z",
        "DTEND:20110110T200000Z",
        "RDATE:20110112T190000Z",
        "RDATE;VALUE=PERIOD:20110113T190000Z/PT30M,20110114T190000Z/20110114T220000Z",
    )
    assert busy(listed) == ["01-10 19:00-20:00", "01-12 19:00-20:00", "01-13 19:00-19:30", "01-14 19:00-22:00"]


def test_all_day_events_repeat_by_day_with_exceptions_by_day() -> None:
    holidays = event("DTSTART;VALUE=DATE:20110101", "RRULE:FREQ=MONTHLY;UNTIL=20110401", "EXDATE;VALUE=DATE:20110201")
    assert busy(holidays) == ["01-01 00:00-00:00", "03-01 00:00-00:00", "03-31 23:00-23:00"]


def test_a_rule_without_end_is_followed_to_the_end_of_what_is_looked_at() -> None:
    forever = event("DTSTART:19990101T120000Z", "DTEND:19990101T130000Z", "RRULE:FREQ=DAILY")
    assert len(busy(forever)) == 365


def test_an_event_that_began_before_and_one_that_ends_after_count_for_their_part() -> None:
    assert busy(event("DTSTART:20101231T220000Z", "DTEND:20110101T010000Z")) == ["01-01 00:00-01:00"]
    assert busy(event("DTSTART:20111231T230000Z", "DTEND:20120105T000000Z")) == ["12-31 23:00-00:00"]
    assert busy(event("DTSTART:20090101T000000Z", "DTEND:20090101T010000Z")) == []


def test_a_zone_that_the_file_defines_is_its_own_and_not_that_of_a_file_read_before() -> None:
    summer = event("DTSTART;TZID=Customized Time Zone:20110710T190000", "DURATION:PT1H")
    winter = event("DTSTART;TZID=Customized Time Zone:20110110T190000", "DURATION:PT1H", uid="two")
    assert busy(NEW_YORK_BY_HAND, summer, winter) == ["01-11 00:00-01:00", "07-10 23:00-00:00"]
    assert busy(TOKYO_BY_HAND, summer, winter) == ["01-10 10:00-11:00", "07-10 10:00-11:00"]
    with pytest.raises(BadCalendar, match="Customized Time Zone, which it does not define"):
        busy(summer)


def test_windows_names_of_zones_are_known() -> None:
    assert busy(event("DTSTART;TZID=W. Europe Standard Time:20110710T190000", "DURATION:PT1H")) == ["07-10 17:00-18:00"]


def test_of_a_doubled_hour_the_first_reading_counts_and_a_missing_one_is_read_as_before_the_gap() -> None:
    assert busy(event("DTSTART;TZID=Europe/London:20111030T013000", "DURATION:PT30M")) == ["10-30 00:30-01:00"]
    assert busy(event("DTSTART;TZID=Europe/London:20110327T013000", "DURATION:PT30M")) == ["03-27 01:30-02:00"]


def test_several_calendars_in_one_file_count_together() -> None:
    first, second = (file(event(f"DTSTART:201101{day}T190000Z", "DURATION:PT1H")) for day in (10, 11))
    assert read_calendar(first + second, LONDON, START, END).events == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "does not begin with BEGIN:VCALENDAR"),
        ("<html></html>", "does not begin with BEGIN:VCALENDAR"),
        (file(event("DTSTART:20110110T190000Z"))[:-20], "breaks off in the middle"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20110110T190000Z\nEND:VCALENDAR\n", "breaks off in the middle"),
        ("BEGIN:VCALENDAR\nwhat is this\nEND:VCALENDAR", "cannot be read"),
        (file(event()), "DTSTART 0 times"),
        (file(event("DTSTART:20110110T190000Z", "DTSTART:20110111T190000Z")), "DTSTART 2 times"),
        (file(event("DTSTART:next Monday")), "DTSTART of an event cannot be read"),
        (file(event("DTSTART:20110110T190000Z", "DTEND:20110110T180000Z")), "begins 2011-01-10 cannot be read: it ends before it begins"),
        (file(event("DTSTART:20110110T190000Z", "DURATION:-PT1H")), "ends before it begins"),
        (file(event("DTSTART:20110110T190000Z", "DURATION:1 hour")), "DURATION of an event cannot be read"),
        (file(event("DTSTART;VALUE=DATE:20110110", "DTEND:20110110T180000Z")), "begins with a day and ends with a time"),
        (file(event("DTSTART:20110110T190000Z", "RRULE:FREQ=SOMETIMES")), "cannot be read"),
        (file(event("DTSTART:20110110T190000Z", "RRULE:FREQ=SECONDLY")), "DAILY, WEEKLY, MONTHLY or YEARLY"),
        (file(event("DTSTART:20110110T190000Z", "EXDATE:tomorrow")), "EXDATE of an event cannot be read"),
        (file(event("DTSTART;TZID=Mars/Base:20110110T190000")), "Mars/Base, which it does not define"),
        (
            file(event("RECURRENCE-ID;RANGE=THISANDFUTURE:20110111T190000Z", "DTSTART:20110111T210000Z", "DURATION:PT1H")),
            "changes all later events at once",
        ),
        (file(NEW_YORK_BY_HAND.replace("FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "FREQ=SECONDLY")), "clocks change all the time"),
        ("BEGIN:VCALENDAR\n" + "X" * 700_000, "at most 700,000 characters"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadCalendar, match=sentence):
        read_calendar(text, LONDON, START, END)


def test_no_sentence_tells_a_title() -> None:
    with pytest.raises(BadCalendar) as refusal:
        read(event("DTSTART:20110110T190000Z", "DTEND:20110110T180000Z"))
    assert "Private" not in refusal.value.message


def test_what_a_file_may_cause_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics, "MAX_EVENTS", 1)
    daily = event("DTSTART:20110110T190000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    with pytest.raises(BadCalendar, match="at most 1 events"):
        read(daily, event("DTSTART:20110110T190000Z", uid="two"))
    with pytest.raises(BadCalendar, match="go too far back"):
        read(event("DTSTART:00010110T190000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=1,2"))
    monkeypatch.setattr(ics, "MAX_STRETCHES", 300)
    with pytest.raises(BadCalendar, match="more than 300 separate busy times"):
        read(daily)


def test_rules_that_never_happen_are_followed_only_so_often() -> None:
    never = [event("DTSTART:20110110T190000Z", "DURATION:PT1H", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", uid=str(n)) for n in range(22)]
    assert busy(*never[:20]) == ["01-10 19:00-20:00"]
    with pytest.raises(BadCalendar, match="a rule that never happens"):
        read(*never)


def test_more_occurrences_than_any_year_has_are_refused() -> None:
    often = [event("DTSTART:20110101T190000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid=str(number)) for number in range(60)]
    with pytest.raises(BadCalendar, match="more than 20,000 times"):
        read(*often)


LINES = st.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "UID:a",
        "DTSTART:20110110T190000Z",
        "DTSTART;TZID=Customized Time Zone:20110710T190000",
        "DTSTART;VALUE=DATE:20110110",
        "DTEND:20110110T200000Z",
        "DTEND;VALUE=DATE:99991231",
        "DURATION:PT1H",
        "DURATION:P99999D",
        "RRULE:FREQ=DAILY;COUNT=3",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20110301T000000Z",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "EXDATE:20110111T190000Z",
        "RDATE;VALUE=PERIOD:20110113T190000Z/PT30M",
        "RECURRENCE-ID:20110111T190000Z",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "nonsense",
        ";;;",
        "BEGIN:VTIMEZONE",
        "TZID:Customized Time Zone",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
    ]
)


@settings(deadline=None)
@given(lines=st.lists(LINES, max_size=14) | st.lists(LINES, max_size=6).map(lambda lines: ["BEGIN:VEVENT", *lines, "END:VEVENT"]))
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_sentence(lines: list[str]) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"])
    with suppress(BadCalendar):
        found = read_calendar(text, LONDON, START, END).stretches
        assert all(first + length < after for (first, length), (after, _) in pairwise(found))


@given(
    spans=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 90)), max_size=10),
    asked=st.tuples(st.integers(0, 600), st.integers(1, 200)),
)
def test_a_quarter_hour_is_busy_exactly_when_some_event_touches_it(spans: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    minutes = [(START + timedelta(minutes=begin), START + timedelta(minutes=begin + length)) for begin, length in spans]
    calendar = BusyCalendar(calendar_id="c", imported_at=START, until=END, events=0, stretches=stretches_of(minutes))
    start = START + timedelta(minutes=asked[0])
    end = start + timedelta(minutes=asked[1])
    found = list(busy_between([calendar], start, end))
    for quarter in range(48):
        slot = START + timedelta(minutes=15 * quarter)
        touched = any(begin < slot + timedelta(minutes=15) and slot < until for begin, until in minutes)
        if start <= slot and slot + timedelta(minutes=15) <= end:
            assert touched == any(each.starts_at <= slot < each.ends_at for each in found)

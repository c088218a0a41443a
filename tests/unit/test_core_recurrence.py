"""Dates of a rule in a zone's own time, whatever the clocks do; and rules that are refused with a sentence."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.recurrence import MAX_OCCURRENCES, BadRecurrence, Recurrence, days, starts


def weekly(first: str, rule: str, timezone: str = "Europe/London", *left_out: str) -> list[str]:
    recurrence = Recurrence(
        first=datetime.fromisoformat(first), rule=rule, timezone=timezone, except_days=tuple(map(date.fromisoformat, left_out))
    )
    return [f"{instant:%Y-%m-%dT%H:%M}" for instant in starts(recurrence)]


def test_an_evening_stays_the_same_evening_when_the_clocks_change() -> None:
    assert weekly("2011-03-21T19:00", "FREQ=WEEKLY;COUNT=3") == ["2011-03-21T19:00", "2011-03-28T18:00", "2011-04-04T18:00"]
    assert weekly("2011-10-24T19:00", "FREQ=WEEKLY;COUNT=2") == ["2011-10-24T18:00", "2011-10-31T19:00"]


def test_the_day_of_25_hours_has_its_doubled_hour_once_in_the_first_reading() -> None:
    assert weekly("2011-10-29T01:30", "FREQ=DAILY;COUNT=3") == ["2011-10-29T00:30", "2011-10-30T00:30", "2011-10-31T01:30"]


def test_the_day_of_23_hours_refuses_its_missing_hour_by_name_until_it_is_left_out() -> None:
    with pytest.raises(BadRecurrence, match=r"2011-03-27 01:30 does not exist in Europe/London"):
        weekly("2011-03-26T01:30", "FREQ=DAILY;COUNT=3")
    assert weekly("2011-03-26T01:30", "FREQ=DAILY;COUNT=3", "Europe/London", "2011-03-27") == ["2011-03-26T01:30", "2011-03-28T00:30"]


def test_a_rule_may_end_with_a_day_a_local_time_or_an_instant() -> None:
    expected = ["2011-07-04T18:00", "2011-07-11T18:00"]
    assert weekly("2011-07-04T19:00", "FREQ=WEEKLY;UNTIL=20110711") == expected
    assert weekly("2011-07-04T19:00", "FREQ=WEEKLY;UNTIL=20110711T190000") == expected
    assert weekly("2011-07-04T19:00", "FREQ=WEEKLY;UNTIL=20110711T180000Z") == expected
    assert weekly("2011-07-04T19:00", "FREQ=WEEKLY;UNTIL=20110711T175959Z") == expected[:1]


def test_rules_of_months_and_several_days_are_those_of_the_standard() -> None:
    assert weekly("2011-01-04T19:00", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3") == ["2011-01-04T19:00", "2011-01-06T19:00", "2011-01-11T19:00"]
    assert weekly("2011-01-31T19:00", "RRULE:freq=monthly;byday=MO;bysetpos=-1;count=2") == ["2011-01-31T19:00", "2011-02-28T19:00"]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("FREQ=WEEKLY", "has no end"),
        ("FREQ=WEEKLY;COUNT=61", "more than 60 dates"),
        ("FREQ=DAILY;UNTIL=20111231", "more than 60 dates"),
        ("FREQ=YEARLY;COUNT=10", "more than 3 years"),
        ("FREQ=YEARLY;UNTIL=20200101", "more than 3 years"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20111231", "not both"),
        ("FREQ=WEEKLY;COUNT=0", "at least 1"),
        ("FREQ=WEEKLY;COUNT=-1", "whole number"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "between 1 and 1000"),
        ("FREQ=HOURLY;COUNT=2", "DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=WEEKLY;BYHOUR=1,2;COUNT=2", "cannot have BYHOUR"),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "each name once"),
        ("FREQ=WEEKLY;COUNT=2\nEXDATE:20110110", "whole number"),
        ("every Monday", "NAME=VALUE"),
        ("", "NAME=VALUE"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "no rule of RFC 5545"),
        ("FREQ=WEEKLY;BYMONTH=13;COUNT=2", "never happens"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL is a date"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "happens first on Tue 2011-01-11"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "never happens"),
        ("FREQ=WEEKLY;UNTIL=20101231", "never happens"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=" + "MO," * 200 + "MO", "at most 500 characters"),
    ],
)
def test_what_is_no_rule_with_an_end_is_refused_with_a_sentence(rule: str, sentence: str) -> None:
    with pytest.raises(BadRecurrence, match=sentence):
        weekly("2011-01-10T19:00", rule)


def test_days_repeat_by_the_same_rules() -> None:
    assert days(date(2011, 1, 3), "FREQ=MONTHLY;BYDAY=1MO;COUNT=3", 12) == (date(2011, 1, 3), date(2011, 2, 7), date(2011, 3, 7))
    with pytest.raises(BadRecurrence, match="more than 12 dates"):
        days(date(2011, 1, 3), "FREQ=MONTHLY;BYDAY=1MO;COUNT=13", 12)
    with pytest.raises(BadRecurrence, match="has no end"):
        days(date(2011, 1, 3), "FREQ=MONTHLY;BYDAY=1MO", 12)


def test_an_offset_an_unknown_zone_and_nothing_left_are_refused() -> None:
    with pytest.raises(BadRecurrence, match="without an offset"):
        weekly("2011-01-10T19:00Z", "FREQ=WEEKLY;COUNT=2")
    with pytest.raises(BadRecurrence, match="after the year 9000"):
        weekly("9998-01-10T19:00", "FREQ=WEEKLY;COUNT=2")
    with pytest.raises(BadRecurrence, match="no time zone"):
        weekly("2011-01-10T19:00", "FREQ=WEEKLY;COUNT=2", "Europe/Nowhere")
    with pytest.raises(BadRecurrence, match="Leave out fewer"):
        weekly("2011-01-10T19:00", "FREQ=WEEKLY;COUNT=1", "Europe/London", "2011-01-10")


@given(
    first=st.integers(0, 365 * 24 * 4).map(lambda quarter: datetime.fromisoformat("2011-01-01") + timedelta(minutes=15 * quarter)),
    zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
    count=st.integers(1, MAX_OCCURRENCES),
)
def test_every_day_is_there_at_the_same_local_time_or_the_missing_ones_are_named(first: datetime, zone: str, count: int) -> None:
    wanted = [first + timedelta(days=day) for day in range(count)]
    exists = [_readings(local, zone) for local in wanted]
    recurrence = Recurrence(first=first, rule=f"FREQ=DAILY;COUNT={count}", timezone=zone)
    if all(exists):
        assert starts(recurrence) == tuple(min(readings) for readings in exists)
    else:
        missing = [f"{local:%Y-%m-%d %H:%M}" for local, readings in zip(wanted, exists, strict=True) if not readings]
        with pytest.raises(BadRecurrence, match=", ".join(missing)):
            starts(recurrence)


def _readings(local: datetime, zone: str) -> set[datetime]:
    """Every instant that a clock in the zone shows this time at, looked for minute by minute in what offsets there may be."""
    offsets = (timedelta(minutes=15 * quarter) for quarter in range(-12 * 4, 15 * 4))
    instants = {(local - offset).replace(tzinfo=UTC) for offset in offsets}
    return {instant for instant in instants if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local}

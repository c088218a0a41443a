"""Calendar files that go with mail (RFC 5545, METHOD:PUBLISH): the same UID with a higher SEQUENCE replaces what was sent before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.notices.rules import CalendarEntry

PRODUCT = "-//Primetime//Shows//EN"


def calendar_file(entries: Sequence[CalendarEntry], *, site_url: str, path: str, made_at: datetime) -> bytes:
    """An .ics file of shows. Times are in UTC, which every calendar shows in its owner's zone.

    A UID is the booking's id at the site, as in the feed of a host's bookings: both are the same event to a calendar.
    """
    from icalendar import Calendar, Event  # noqa: PLC0415  # brings a parser that only a mail with a date needs

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.booking_id}@{site_url.partition('://')[2]}")
        event.add("sequence", entry.sequence)
        event.add("dtstamp", made_at.astimezone(UTC))
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", (entry.starts_at + timedelta(minutes=entry.minutes)).astimezone(UTC))
        event.add("summary", entry.title)
        event.add("url", site_url + path)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())

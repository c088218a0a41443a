"""Routes of host time: availability, free slots and bookings."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from chalicelib.bookings.agenda import HostAgenda
from chalicelib.bookings.calendars import ImportedCalendar
from chalicelib.bookings.feed import address_of, as_calendar
from chalicelib.bookings.rules import MAX_EXCEPTIONS, MAX_LISTED_DAYS, Availability, DatedException, FreeStart, WeeklyWindow, Window
from chalicelib.bookings.series_service import Occurrence
from chalicelib.bookings.states import Booking
from chalicelib.core.access import Action
from chalicelib.core.clock import is_in_reach
from chalicelib.core.errors import Invalid
from chalicelib.core.recurrence import MAX_RULE_CHARACTERS, days, starts
from chalicelib.directory.rules import host_named
from chalicelib.history.rules import Entry
from chalicelib.web.bodies import RecurrenceBody
from chalicelib.web.routes import Call, NoBody, Routes, TextFile
from chalicelib.wiring import services

routes = Routes(__name__)

Minute = Annotated[int, msgspec.Meta(ge=0, le=1440)]


class NewWindow(msgspec.Struct, forbid_unknown_fields=True):
    """Minutes after local midnight."""

    from_minute: Minute
    until_minute: Minute


class NewWeekly(msgspec.Struct, forbid_unknown_fields=True):
    """A window of every week; Monday is 0."""

    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)]
    from_minute: Minute
    until_minute: Minute


class NewException(msgspec.Struct, forbid_unknown_fields=True):
    """A day with windows of its own, or with none."""

    day: date
    windows: Annotated[tuple[NewWindow, ...], msgspec.Meta(max_length=12)] = ()


class NewRecurringException(msgspec.Struct, forbid_unknown_fields=True):
    """Days that repeat by an RFC 5545 rule with an end, with windows of their own, or with none."""

    first: date
    rule: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_RULE_CHARACTERS)]
    windows: Annotated[tuple[NewWindow, ...], msgspec.Meta(max_length=12)] = ()


class NewAvailability(msgspec.Struct, forbid_unknown_fields=True):
    """When a host may be booked; an agency's manager names the host in `creator_id`.

    Exceptions that recur become one for each of their days; a day that is stated by itself, or by an earlier rule, stays as it is.
    """

    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    weekly: Annotated[tuple[NewWeekly, ...], msgspec.Meta(max_length=84)]
    exceptions: Annotated[tuple[NewException, ...], msgspec.Meta(max_length=366)] = ()
    recurring_exceptions: Annotated[tuple[NewRecurringException, ...], msgspec.Meta(max_length=24)] = ()
    buffer_before_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 0
    buffer_after_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 0
    creator_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class CalendarFile(msgspec.Struct, forbid_unknown_fields=True):
    """The text of an iCalendar file."""

    ics: Annotated[str, msgspec.Meta(min_length=1)]


class FeedAddress(msgspec.Struct):
    """Where a host's feed is."""

    address: str


class SeriesToPreview(msgspec.Struct, forbid_unknown_fields=True):
    """A series of shows with a host that somebody thinks about."""

    creator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1200)]
    recurrence: RecurrenceBody


class SeriesPreview(msgspec.Struct):
    """The dates of a series in order; `why_not` of a date is null where it can be booked."""

    creator_id: str
    timezone: str
    dates: tuple[Occurrence, ...]


@routes.api("PUT", "/api/v1/availability", action=Action.EDIT_AVAILABILITY, body=NewAvailability)
def save_availability(call: Call[NewAvailability]) -> Availability:
    """Say when a host may be booked."""
    body = call.body
    creator_id = host_named(call.principal, body.creator_id)
    return services().bookings.save_availability(call.principal, creator_id, _availability(body))


@routes.api("PUT", "/api/v1/creators/{creator_id}/calendars/{calendar_id}", action=Action.EDIT_AVAILABILITY, body=CalendarFile)
def import_calendar(call: Call[CalendarFile], creator_id: str, calendar_id: str) -> ImportedCalendar:
    """Keep the busy times of an .ics file under a name, instead of those kept under it; a file that cannot be read changes nothing."""
    return services().bookings.calendars.save(call.principal, creator_id, calendar_id, call.body.ics)


@routes.api("GET", "/api/v1/creators/{creator_id}/calendars", action=Action.EDIT_AVAILABILITY)
def list_calendars(call: Call[None], creator_id: str) -> tuple[ImportedCalendar, ...]:
    """A host's imported calendars."""
    return services().bookings.calendars.list(call.principal, creator_id)


@routes.api("DELETE", "/api/v1/creators/{creator_id}/calendars/{calendar_id}", action=Action.EDIT_AVAILABILITY)
def remove_calendar(call: Call[None], creator_id: str, calendar_id: str) -> tuple[ImportedCalendar, ...]:
    """Forget an imported calendar; answers those that are left."""
    return services().bookings.calendars.remove(call.principal, creator_id, calendar_id)


@routes.api("GET", "/api/v1/creators/{creator_id}/slots", action=Action.SEE_SLOTS)
def list_slots(call: Call[None], creator_id: str) -> tuple[FreeStart, ...]:
    """Free starts: `from` and `to` are instants with an offset, `minutes` the length of the show."""
    start, end = instant(call.query, "from"), instant(call.query, "to")
    return services().bookings.slots(call.principal, creator_id, start, end, _minutes(call.query))


@routes.api("POST", "/api/v1/series/preview", action=Action.SEE_SLOTS, body=SeriesToPreview)
def preview_series(call: Call[SeriesToPreview]) -> SeriesPreview:
    """Every date of a series with what stands against it; nothing is held. An offer of the same series holds and books it."""
    body = call.body
    time = services().bookings.time_of(call.principal, body.creator_id)
    dates = services().bookings.series.preview(time, starts(body.recurrence.recurrence()), body.minutes)
    return SeriesPreview(creator_id=body.creator_id, timezone=body.recurrence.timezone, dates=dates)


@routes.api("GET", "/api/v1/bookings", action=Action.SEE_DEAL)
def list_bookings(call: Call[None]) -> tuple[Booking, ...]:
    """The caller's bookings."""
    return services().bookings.list(call.principal)


@routes.api("GET", "/api/v1/creators/{creator_id}/availability", action=Action.EDIT_AVAILABILITY)
def see_availability(call: Call[None], creator_id: str) -> Availability:
    """When a host may be booked."""
    return services().bookings.availability(call.principal, creator_id)


@routes.api("GET", "/api/v1/creators/{creator_id}/agenda", action=Action.EDIT_AVAILABILITY)
def see_agenda(call: Call[None], creator_id: str) -> HostAgenda:
    """What is booked, held and busy; `from` and `to` are instants with an offset, without them it is the next `MAX_LISTED_DAYS` days."""
    found = services()
    found.bookings.availability(call.principal, creator_id)
    start = instant(call.query, "from") if "from" in call.query else found.clock.now()
    end = instant(call.query, "to") if "to" in call.query else start + timedelta(days=MAX_LISTED_DAYS)
    if not start < end <= start + timedelta(days=MAX_LISTED_DAYS):
        raise Invalid(f"Ask for up to {MAX_LISTED_DAYS} days.", fields={"to": "must be after from, within the limit"})
    return found.bookings.agenda.of(call.principal, creator_id, start, end)


@routes.api("POST", "/api/v1/creators/{creator_id}/feed", action=Action.EDIT_AVAILABILITY, body=NoBody, status=201)
def make_feed(call: Call[NoBody], creator_id: str) -> FeedAddress:
    """Make a new address of the host's calendar feed; it is told this once, and the one before opens nothing any more."""
    secret = services().bookings.feeds.renew(call.principal, creator_id)
    return FeedAddress(address=address_of(services().settings.site_url, secret))


@routes.api("DELETE", "/api/v1/creators/{creator_id}/feed", action=Action.EDIT_AVAILABILITY)
def remove_feed(call: Call[None], creator_id: str) -> None:
    """Let no address open the feed."""
    services().bookings.feeds.remove(call.principal, creator_id)


@routes.public("GET", "/calendars/{address}")
def subscribe(call: Call[None], address: str) -> TextFile:  # noqa: ARG001  # the address is all that is asked for
    """A host's gigs as iCalendar, at the secret address of the feed."""
    found = services()
    feed = found.bookings.feeds.read(address.removesuffix(".ics"))
    names = {brand_id: found.directory.tenant(brand_id).name for brand_id in {booking.brand_id for booking in feed.bookings}}
    return TextFile(content_type="text/calendar; charset=utf-8", body=as_calendar(feed, names, found.settings.site_url))


@routes.api("GET", "/api/v1/bookings/{booking_id}", action=Action.SEE_DEAL)
def see_booking(call: Call[None], booking_id: str) -> Booking:
    """One booking."""
    return services().bookings.get(call.principal, booking_id)


@routes.api("GET", "/api/v1/bookings/{booking_id}/timeline", action=Action.SEE_DEAL)
def see_timeline(call: Call[None], booking_id: str) -> tuple[Entry, ...]:
    """Who did what about a booking and its deal, oldest first; what was refused says why."""
    booking = services().bookings.get(call.principal, booking_id)
    return services().history.of_booking(booking.contract_id, booking_id)


def instant(query: Mapping[str, str], name: str) -> datetime:
    """A query parameter that is an instant with an offset. Raises `Invalid`."""
    try:
        value = datetime.fromisoformat(query.get(name, ""))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None or not is_in_reach(value):
        raise Invalid(f"Give {name} as an instant such as 2011-01-10T19:00:00Z.", fields={name: "not an instant"})
    return value


def _minutes(query: Mapping[str, str]) -> int:
    text = query.get("minutes", "60")
    if not (text.isascii() and text.isdigit() and len(text) <= len("1200")):
        raise Invalid("Give minutes as a whole number such as 60.", fields={"minutes": "not a whole number"})
    return int(text)


def _availability(body: NewAvailability) -> Availability:
    weekly = tuple(WeeklyWindow(weekday=new.weekday, from_minute=new.from_minute, until_minute=new.until_minute) for new in body.weekly)
    stated = [DatedException(day=new.day, windows=_windows(new.windows)) for new in body.exceptions]
    known = {exception.day for exception in stated}
    for recurring in body.recurring_exceptions:
        fresh = [day for day in days(recurring.first, recurring.rule, MAX_EXCEPTIONS) if day not in known]
        stated += [DatedException(day=day, windows=_windows(recurring.windows)) for day in fresh]
        known.update(fresh)
    return Availability(
        timezone=body.timezone,
        weekly=weekly,
        exceptions=tuple(stated),
        buffer_before_minutes=body.buffer_before_minutes,
        buffer_after_minutes=body.buffer_after_minutes,
    )


def _windows(windows: Iterable[NewWindow]) -> tuple[Window, ...]:
    return tuple(Window(from_minute=window.from_minute, until_minute=window.until_minute) for window in windows)

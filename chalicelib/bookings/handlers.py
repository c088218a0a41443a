"""Routes of host time: availability, free slots and bookings."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import msgspec

from chalicelib.bookings.rules import Availability, DatedException, FreeStart, WeeklyWindow, Window
from chalicelib.bookings.states import Booking
from chalicelib.core.access import Action
from chalicelib.core.errors import Invalid
from chalicelib.directory.rules import host_named
from chalicelib.web.routes import Call, Routes
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


class NewAvailability(msgspec.Struct, forbid_unknown_fields=True):
    """When a host may be booked; an agency's manager names the host in `creator_id`."""

    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    weekly: Annotated[tuple[NewWeekly, ...], msgspec.Meta(max_length=84)]
    exceptions: Annotated[tuple[NewException, ...], msgspec.Meta(max_length=366)] = ()
    buffer_before_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 0
    buffer_after_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 0
    creator_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


@routes.api("PUT", "/api/v1/availability", action=Action.EDIT_AVAILABILITY, body=NewAvailability)
def save_availability(call: Call[NewAvailability]) -> Availability:
    """Say when a host may be booked."""
    body = call.body
    creator_id = host_named(call.principal, body.creator_id)
    return services().bookings.save_availability(call.principal, creator_id, _availability(body))


@routes.api("GET", "/api/v1/creators/{creator_id}/slots", action=Action.SEE_SLOTS)
def list_slots(call: Call[None], creator_id: str) -> tuple[FreeStart, ...]:
    """Free starts: `from` and `to` are instants with an offset, `minutes` the length of the show."""
    start, end = instant(call.query, "from"), instant(call.query, "to")
    return services().bookings.slots(call.principal, creator_id, start, end, _minutes(call.query))


@routes.api("GET", "/api/v1/bookings", action=Action.SEE_DEAL)
def list_bookings(call: Call[None]) -> tuple[Booking, ...]:
    """The caller's bookings."""
    return services().bookings.list(call.principal)


def instant(query: Mapping[str, str], name: str) -> datetime:
    """A query parameter that is an instant with an offset. Raises `Invalid`."""
    try:
        value = datetime.fromisoformat(query.get(name, ""))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise Invalid(f"Give {name} as an instant such as 2011-01-10T19:00:00Z.", fields={name: "not an instant"})
    return value


def _minutes(query: Mapping[str, str]) -> int:
    text = query.get("minutes", "60")
    if not (text.isascii() and text.isdigit() and len(text) <= len("1200")):
        raise Invalid("Give minutes as a whole number such as 60.", fields={"minutes": "not a whole number"})
    return int(text)


def _availability(body: NewAvailability) -> Availability:
    weekly = tuple(WeeklyWindow(weekday=new.weekday, from_minute=new.from_minute, until_minute=new.until_minute) for new in body.weekly)
    exceptions = tuple(
        DatedException(
            day=new.day,
            windows=tuple(Window(from_minute=window.from_minute, until_minute=window.until_minute) for window in new.windows),
        )
        for new in body.exceptions
    )
    return Availability(
        timezone=body.timezone,
        weekly=weekly,
        exceptions=exceptions,
        buffer_before_minutes=body.buffer_before_minutes,
        buffer_after_minutes=body.buffer_after_minutes,
    )

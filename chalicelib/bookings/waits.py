"""What waits between signature and show, and what has happened to booked shows, in words for mail. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.bookings.states import Booking, State
from chalicelib.notices.rules import DAY, HOUR, About, Audience, CalendarEntry, Happening, Kind, Seen, Wait, brand_people, host_people

SHOW_SOON = Kind(
    name="show_soon",
    subject="Show at {starts_at}: {title}",
    lines=("{title} ({brand} with {host}) starts at {starts_at} and takes {minutes} minutes.",),
    link_label="See the booking",
)
SHOW_CANCELLED = Kind(
    name="show_cancelled",
    subject="Cancelled: {title}",
    lines=(
        "{title} ({brand} with {host}) of {starts_at} is cancelled; the host's time is free.",
        "The calendar file of this mail takes it out of your calendar. What is due for it is on the page.",
    ),
    link_label="See what is due",
    required=True,
)
SHOW_MISSED = Kind(
    name="show_missed",
    subject="Not held: {title}",
    lines=("{title} ({brand} with {host}) of {starts_at} is recorded as not held. Either side can dispute that on the page.",),
    link_label="See what is due",
    required=True,
)
SHOW_REMINDERS = (DAY, HOUR)
TO_COME = frozenset({State.CONTRACTED, State.FUNDED})
CALLED_OFF = {State.CANCELLED: SHOW_CANCELLED, State.NO_SHOW: SHOW_MISSED}
OUT_OF_CALENDARS = frozenset({*CALLED_OFF, State.RESCHEDULED, State.EXPIRED})


def of_bookings(bookings: Sequence[Booking], now: datetime) -> Seen:
    """Shows that are to come, and those that are not any more."""
    return Seen(
        waits=tuple(_to_come(booking) for booking in bookings if booking.state in TO_COME and now < booking.starts_at),
        happenings=tuple(_called_off(bookings)),
    )


def calendar_entry(booking: Booking) -> CalendarEntry:
    """A booking in people's calendars; each move of it replaces what was sent before."""
    return CalendarEntry(
        booking_id=booking.booking_id,
        sequence=booking.version,
        title=booking.title,
        starts_at=booking.starts_at,
        minutes=booking.minutes,
        is_cancelled=booking.state in OUT_OF_CALENDARS,
    )


def _to_come(booking: Booking) -> Wait:
    return Wait(
        state="show",
        key=booking.booking_id,
        ends_at=booking.starts_at,
        began_at=booking.changed_at,
        asked=_both(booking),
        reminder=SHOW_SOON,
        before=SHOW_REMINDERS,
        about=_about(booking),
    )


def _called_off(bookings: Sequence[Booking]) -> Iterator[Happening]:
    for booking in bookings:
        kind = CALLED_OFF.get(booking.state)
        if kind is not None:
            key = f"{booking.booking_id} {booking.version}"
            yield Happening(kind=kind, key=key, at=booking.changed_at, told=_both(booking), about=_about(booking))


def _both(booking: Booking) -> tuple[Audience, ...]:
    return (brand_people(booking.brand_id), *host_people(booking.creator_id, booking.agency_id))


def _about(booking: Booking) -> About:
    return About(
        path=f"/console/bookings/{booking.booking_id}",
        zone=booking.timezone,
        facts={"title": booking.title, "minutes": str(booking.minutes)},
        times={"starts_at": booking.starts_at},
        names={"brand": booking.brand_id, "host": booking.creator_id},
        calendar=(calendar_entry(booking),),
    )

"""What waits of shows that nobody started or that are disputed, in words for mail. Pure; the clock of endings ends both."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.bookings.states import Booking
from chalicelib.bookings.waits import TO_COME
from chalicelib.endings.rules.disputes import Dispute
from chalicelib.endings.rules.times import missed_by_clock_at
from chalicelib.notices.rules import DAY, OPERATORS_TOLD, About, Audience, Happening, Kind, Seen, Wait, brand_people, host_people

NOT_STARTED = Kind(
    name="show_not_started",
    subject="Not started: {title}",
    lines=(
        "Nobody has started {title} ({brand} with {host}), which was to start at {starts_at}.",
        "At {ends_at} it counts as not held, and what is due for that is booked. If it did take place, dispute it on its page before.",
    ),
    link_label="See the booking",
    required=True,
)
DISPUTED = Kind(
    name="show_disputed",
    subject="Disputed: {title}",
    lines=(
        "{title} ({brand} with {host}) of {starts_at} is disputed. What it is about is not paid out until it is decided.",
        "Both sides can say their part until {state_by}. It is decided by {ends_at}; if not, what had been recorded stands.",
    ),
    link_label="Say your part",
    required=True,
)
STATEMENT_AWAITED = Kind(
    name="statement_awaited",
    subject="Say your part until {state_by}: {title}",
    lines=("The dispute about {title} ({brand} with {host}) takes statements and evidence until {state_by}.",),
    link_label="Say your part",
    required=True,
)
DECISION_AWAITED = Kind(
    name="decision_awaited",
    subject="To be decided until {ends_at}: {title}",
    lines=("The dispute about {title} ({brand} with {host}) is not decided. At {ends_at} what had been recorded stands.",),
    link_label="Decide",
)
DECIDED = Kind(
    name="dispute_decided",
    subject="Decided: {title}",
    lines=("The dispute about {title} ({brand} with {host}) has ended: {verdict}. The reasons, and what is due, are on the page.",),
    link_label="Read the decision",
    required=True,
)
NOT_STARTED_REMINDERS = (timedelta(hours=12),)
STATEMENT_REMINDERS = (2 * DAY,)
DECISION_REMINDERS = (7 * DAY, DAY)


def of_booking(booking: Booking, disputes: Sequence[Dispute], now: datetime) -> Seen:
    """What waits of a booking that did not go as planned; `disputes` are all of it, oldest first."""
    waits = (*_not_started(booking, now), *(wait for dispute in disputes for wait in _open(booking, dispute, now)))
    return Seen(waits=waits, happenings=tuple(each for dispute in disputes for each in _happenings(booking, dispute)))


def _not_started(booking: Booking, now: datetime) -> Iterator[Wait]:
    if booking.state in TO_COME and now >= booking.starts_at:
        ends_at = missed_by_clock_at(booking.starts_at, booking.minutes)
        yield Wait(
            state="not_started",
            key=booking.booking_id,
            ends_at=ends_at,
            began_at=booking.starts_at,
            asked=_both(booking),
            reminder=NOT_STARTED,
            before=NOT_STARTED_REMINDERS,
            about=_about(booking, ends_at=ends_at),
        )


def _open(booking: Booking, dispute: Dispute, now: datetime) -> Iterator[Wait]:
    if not dispute.is_open:
        return
    about = _about(booking, ends_at=dispute.decide_by, state_by=dispute.state_by)
    key = f"{booking.booking_id} {dispute.number}"
    if now < dispute.state_by:
        yield Wait(
            state="statements",
            key=key,
            ends_at=dispute.state_by,
            began_at=dispute.raised_at,
            asked=_both(booking),
            reminder=STATEMENT_AWAITED,
            before=STATEMENT_REMINDERS,
            about=about,
        )
    yield Wait(
        state="decision",
        key=key,
        ends_at=dispute.decide_by,
        began_at=dispute.raised_at,
        asked=(OPERATORS_TOLD,),
        reminder=DECISION_AWAITED,
        before=DECISION_REMINDERS,
        about=about,
    )


def _happenings(booking: Booking, dispute: Dispute) -> Iterator[Happening]:
    key = f"{booking.booking_id} {dispute.number}"
    about = _about(booking, ends_at=dispute.decide_by, state_by=dispute.state_by)
    if dispute.decision is None:
        yield Happening(kind=DISPUTED, key=key, at=dispute.raised_at, told=(*_both(booking), OPERATORS_TOLD), about=about)
    else:
        decided = _about(booking, verdict=dispute.decision.verdict.value)
        yield Happening(kind=DECIDED, key=key, at=dispute.decision.at, told=_both(booking), about=decided)


def _both(booking: Booking) -> tuple[Audience, ...]:
    return (brand_people(booking.brand_id), *host_people(booking.creator_id, booking.agency_id))


def _about(booking: Booking, *, verdict: str = "", **times: datetime) -> About:
    return About(
        path=f"/console/bookings/{booking.booking_id}",
        zone=booking.timezone,
        facts={"title": booking.title, "verdict": verdict},
        times={"starts_at": booking.starts_at, **times},
        names={"brand": booking.brand_id, "host": booking.creator_id},
    )

"""When which move is open: each function raises `TooEarly` or `TooLate` with what can be done instead. Pure."""

from datetime import datetime, timedelta

from chalicelib.bookings.states import State
from chalicelib.contracts import periods
from chalicelib.core.clock import in_words
from chalicelib.endings.errors import TooEarly, TooLate
from chalicelib.shows.rules import Show

MISSED_AFTER = periods.MISSED_AFTER
MISSED_BY_CLOCK_AFTER = periods.MISSED_BY_CLOCK_AFTER
DISPUTED_WITHIN = periods.DISPUTED_WITHIN
STATED_WITHIN = periods.STATED_WITHIN
DECIDED_WITHIN = periods.DECIDED_WITHIN


def planned_end(starts_at: datetime, minutes: int) -> datetime:
    """When the show is to end."""
    return starts_at + timedelta(minutes=minutes)


def demand_before_start(starts_at: datetime, now: datetime) -> None:
    """A show is called off before its start."""
    if now >= starts_at:
        raise TooLate(
            f"This show was to start at {in_words(starts_at)}, so it cannot be called off any more. "
            "If the host did not appear, the brand can say so; if you disagree about what happened, dispute it."
        )


def missed_from(starts_at: datetime, minutes: int) -> datetime:
    """From when on it may be said that the host did not appear."""
    return min(starts_at + MISSED_AFTER, planned_end(starts_at, minutes))


def missed_by_clock_at(starts_at: datetime, minutes: int) -> datetime:
    """When a show that nobody has started counts as missed by itself."""
    return planned_end(starts_at, minutes) + MISSED_BY_CLOCK_AFTER


def demand_missable(starts_at: datetime, minutes: int, now: datetime) -> None:
    """The host may still come for a while after the scheduled start."""
    if now < missed_from(starts_at, minutes):
        raise TooEarly(
            f"The host may still appear: until {in_words(missed_from(starts_at, minutes))} nobody can say that there was no show."
        )


def demand_disputable(state: State, show: Show, now: datetime) -> None:
    """From when a show is on air, or from its planned end where nobody started it, until `DISPUTED_WITHIN` after its end."""
    ends_at = planned_end(show.starts_at, show.minutes)
    if state in {State.CONTRACTED, State.FUNDED} and now < ends_at:
        raise TooEarly(
            f"This show can still take place. Until its planned end at {in_words(ends_at)} it can be called off or moved, not disputed."
        )
    if state is not State.LIVE and now >= disputable_until(show):
        raise TooLate(f"This show could be disputed until {in_words(disputable_until(show))}.")


def disputable_until(show: Show) -> datetime:
    """When the time to dispute a show is over: counted from its end, its planned end, or when it was said that nobody appeared."""
    ended = planned_end(show.starts_at, show.minutes)
    if show.ended is not None:
        ended = show.ended.occurred_at
    elif show.cancelled is not None:
        ended = max(ended, show.cancelled.moment.recorded_at)
    return ended + DISPUTED_WITHIN

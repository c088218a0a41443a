"""Shows that nobody ends: they end by themselves, so that they are paid for and their sales are counted. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.shows.rules.moves import moved, on_air
from chalicelib.shows.rules.records import Moment, Show, ShowState

OVERRUN = timedelta(hours=2)
"""How long a show may go on beyond its planned length, or its last product. A show that is still wanted puts a product on stage within
that time; a longer wait would keep its host's statement back and tell viewers that it is on air."""


def ends_by_itself_at(show: Show) -> datetime:
    """When a live show ends if nobody ends it. Raises `NotOnAir`."""
    return last_known_on_air(show) + OVERRUN


def last_known_on_air(show: Show) -> datetime:
    """The planned end, or the last product on stage where that was later. Sales have counted until the planned end all the time."""
    start = on_air(show)
    planned = start + timedelta(minutes=show.minutes)
    pinned = (start + timedelta(seconds=entry.offset_seconds) for entry in show.log)
    return max([planned, *pinned])


def ended_by_itself(show: Show, now: datetime) -> Show:
    """The show after an end that nobody made: it counts as over when it was last known to be on air. Raises `ShowMoved`."""
    over = moved(show, ShowState.ENDED)
    return replace(over, ended=Moment(occurred_at=min(last_known_on_air(show), now), recorded_at=now))


def was_ended_by_itself(show: Show) -> bool:
    """Whether nobody ended it: who does ends it at the moment of saying so."""
    return show.ended is not None and show.ended.occurred_at < show.ended.recorded_at

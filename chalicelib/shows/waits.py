"""What waits of a show: its page before it starts, and its end while it is on air. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.bookings.states import State
from chalicelib.bookings.waits import TO_COME
from chalicelib.notices.rules import DAY, HOUR, About, Happening, Kind, Seen, Wait, brand_people, host_people
from chalicelib.shows.rules import Show, ShowState, ends_by_itself_at, was_ended_by_itself

ON_AIR = "on_air"
STILL_ON_AIR = Kind(
    name="still_on_air",
    subject="Still on air? {title}",
    lines=(
        "{title} ({brand} with {host}) is on air for longer than planned. End it on its page when it is over.",
        "At {ends_at} it ends by itself, and counts as having ended when it was planned to, or with its last product if that was later.",
    ),
    link_label="End the show",
)
ENDED_BY_ITSELF = Kind(
    name="show_ended_by_itself",
    subject="Ended by itself: {title}",
    lines=(
        "Nobody ended {title} ({brand} with {host}), so it has ended by itself. It counts as having ended at {ended_at}.",
        "If that is wrong, say so on the show's page.",
    ),
    link_label="See the show",
    required=True,
)
NO_PAGE_YET = Kind(
    name="page_missing",
    subject="No page yet: {title} starts at {starts_at}",
    lines=("The page of {title} ({brand} with {host}) is not published. Without it the show cannot go on air at {starts_at}.",),
    link_label="Publish the page",
)


def of_shows(shows: Sequence[Show], now: datetime, *, states: Mapping[str, State]) -> Seen:
    """What waits of these shows; `states` are where their bookings stand. One that is disputed on air is not ended here."""
    return Seen(waits=tuple(_waits(shows, now, states)), happenings=tuple(_ended(show) for show in shows if was_ended_by_itself(show)))


def _waits(shows: Sequence[Show], now: datetime, states: Mapping[str, State]) -> Iterator[Wait]:
    for show in shows:
        if show.state is ShowState.LIVE and show.started is not None and states[show.booking_id] is State.LIVE:
            yield Wait(
                state=ON_AIR,
                key=show.show_id,
                ends_at=ends_by_itself_at(show),
                began_at=show.started.occurred_at,
                asked=(brand_people(show.brand_id),),
                reminder=STILL_ON_AIR,
                before=(HOUR,),
                about=_about(show, ends_at=ends_by_itself_at(show)),
            )
        if show.state is ShowState.DRAFT and states[show.booking_id] in TO_COME and now < show.starts_at:
            yield Wait(
                state="page",
                key=show.show_id,
                ends_at=show.starts_at,
                began_at=show.starts_at - 365 * DAY,
                asked=(brand_people(show.brand_id),),
                reminder=NO_PAGE_YET,
                before=(DAY,),
                about=_about(show),
            )


def _ended(show: Show) -> Happening:
    assert show.ended is not None  # noqa: S101  # it was ended by itself
    told = (brand_people(show.brand_id), *host_people(show.creator_id, show.agency_id))
    about = _about(show, ended_at=show.ended.occurred_at)
    return Happening(kind=ENDED_BY_ITSELF, key=show.show_id, at=show.ended.recorded_at, told=told, about=about)


def _about(show: Show, **times: datetime) -> About:
    return About(
        path=f"/console/shows/{show.show_id}",
        zone=show.timezone,
        facts={"title": show.title},
        times={"starts_at": show.starts_at, **times},
        names={"brand": show.brand_id, "host": show.creator_id},
    )

"""What waits of other times for shows and of make-up shows, in words for mail. Pure; `rearranging` ends proposals that nobody answers."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.bookings.states import Booking
from chalicelib.bookings.waits import TO_COME, calendar_entry
from chalicelib.contracts.rules import Contract
from chalicelib.core.words import first_of
from chalicelib.notices.rules import (
    DAY,
    HOUR,
    About,
    Audience,
    CalendarEntry,
    Happening,
    Kind,
    Seen,
    Wait,
    brand_people,
    host_people,
)
from chalicelib.shows.rules.make_ups import MakeUps
from chalicelib.shows.rules.proposals import Proposal, ProposalKind, ProposalState
from chalicelib.shows.rules.records import Side

TIME_PROPOSED = Kind(
    name="time_proposed",
    subject="Another time proposed: {title}",
    lines=(
        "The other side proposes to move {title} ({brand} with {host}) from {starts_at} to {proposed_at}.",
        "That can be accepted or declined until {ends_at}. Without an answer the show stays where it is.",
    ),
    link_label="Read and answer the proposal",
    required=True,
)
MAKE_UP_PROPOSED = Kind(
    name="make_up_proposed",
    subject="Make-up show proposed: {title}",
    lines=(
        "The other side proposes a make-up show at {proposed_at}: {title} ({brand} with {host}).",
        "That can be accepted or declined until {ends_at}. Without an answer it is not booked.",
    ),
    link_label="Read and answer the proposal",
    required=True,
)
PROPOSAL_AWAITED = Kind(
    name="proposal_awaited",
    subject="Your answer is awaited until {ends_at}: {title}",
    lines=(
        "{proposed_at} is proposed for {title} ({brand} with {host}) and waits for your answer.",
        "Without one the proposal expires at {ends_at}, and what was agreed stays.",
    ),
    link_label="Read and answer the proposal",
    required=True,
)
SHOW_CHANGED = Kind(
    name="show_changed",
    subject="Moved to {proposed_at}: {title}",
    lines=(
        "{title} ({brand} with {host}) does not take place at {starts_at}: both have agreed to move it to {proposed_at}.",
        "The calendar file of this mail takes the old date out of your calendar and puts the new one in.",
    ),
    link_label="See the new date",
    required=True,
)
MAKE_UP_AGREED = Kind(
    name="make_up_agreed",
    subject="Make-up show at {proposed_at}: {title}",
    lines=("Both have agreed on a make-up show at {proposed_at}: {title} ({brand} with {host}). It is booked.",),
    link_label="See the booking",
    required=True,
)
PROPOSAL_DECLINED = Kind(
    name="proposal_declined",
    subject="Declined: {proposed_at} for {title}",
    lines=("{proposed_at} for {title} ({brand} with {host}) was declined. What was agreed stays.",),
    link_label="See the booking",
)
PROPOSAL_WITHDRAWN = Kind(
    name="proposal_withdrawn",
    subject="Taken back: {proposed_at} for {title}",
    lines=("The proposal of {proposed_at} for {title} ({brand} with {host}) was taken back. What was agreed stays.",),
    link_label="See the booking",
)
PROPOSAL_EXPIRED = Kind(
    name="proposal_expired",
    subject="Not answered: {proposed_at} for {title}",
    lines=("Nobody answered the proposal of {proposed_at} for {title} ({brand} with {host}) until {ends_at}. What was agreed stays.",),
    link_label="See the booking",
    required=True,
)
MAKE_UPS_LEFT = Kind(
    name="make_ups_left",
    subject="Make-up shows until {ends_at}: {title}",
    lines=(
        "The contract between {brand} and {host} for {title} agrees on make-up shows if the guaranteed sales are not reached.",
        "{left} can still be booked. They have to end before {ends_at}; from then on those that were not performed count as missed.",
    ),
    link_label="See the contract",
    required=True,
)
PROPOSED = {ProposalKind.RESCHEDULE: TIME_PROPOSED, ProposalKind.MAKE_UP: MAKE_UP_PROPOSED}
AGREED = {ProposalKind.RESCHEDULE: SHOW_CHANGED, ProposalKind.MAKE_UP: MAKE_UP_AGREED}
ANSWER_REMINDERS = (DAY, 2 * HOUR)
MAKE_UP_REMINDERS = (7 * DAY, 2 * DAY)


def of_proposals(proposals: Iterable[Proposal], bookings: Mapping[str, Booking], now: datetime) -> Seen:
    """What was proposed and what became of it; `bookings` are those that proposals name, old and new, by id."""
    live = [each for each in proposals if not _is_moot(each, bookings[each.booking_id])]
    waits = tuple(_awaited(each, bookings[each.booking_id]) for each in live if each.state is ProposalState.OPEN and now < each.expires_at)
    return Seen(waits=waits, happenings=tuple(_happening(each, bookings) for each in live))


def of_make_ups(contract: Contract, agreed: Iterable[MakeUps], now: datetime) -> Seen:
    """Make-up shows that can still be booked, until the end of the last day on which one may end."""
    return Seen(waits=tuple(_left(contract, agreed, now)))


def _is_moot(proposal: Proposal, booking: Booking) -> bool:
    """Whether it is about a time that has gone otherwise, such as a show called off: its end changes nothing for anybody."""
    is_over = proposal.kind is ProposalKind.RESCHEDULE and booking.state not in TO_COME
    return is_over and proposal.state in {ProposalState.OPEN, ProposalState.EXPIRED}


def _awaited(proposal: Proposal, booking: Booking) -> Wait:
    return Wait(
        state="proposal",
        key=proposal.proposal_id,
        ends_at=proposal.expires_at,
        began_at=proposal.proposed_at,
        asked=_other(proposal, booking),
        reminder=PROPOSAL_AWAITED,
        before=ANSWER_REMINDERS,
        about=_about(proposal, booking),
    )


def _happening(proposal: Proposal, bookings: Mapping[str, Booking]) -> Happening:
    booking, key = bookings[proposal.booking_id], proposal.proposal_id
    about, both = _about(proposal, booking), (*_side(booking, Side.BRAND), *_side(booking, Side.HOST))
    match proposal.state:
        case ProposalState.OPEN:
            kind = PROPOSED[proposal.kind]
            return Happening(kind=kind, key=key, at=proposal.proposed_at, told=_other(proposal, booking), about=about)
        case ProposalState.ACCEPTED:
            kind, agreed = AGREED[proposal.kind], _agreed(proposal, bookings)
            return Happening(kind=kind, key=key, at=proposal.answered_at, told=both, about=agreed)
        case ProposalState.DECLINED:
            told = _side(booking, proposal.proposed_by)
            return Happening(kind=PROPOSAL_DECLINED, key=key, at=proposal.answered_at, told=told, about=about)
        case ProposalState.WITHDRAWN:
            told = _other(proposal, booking)
            return Happening(kind=PROPOSAL_WITHDRAWN, key=key, at=proposal.answered_at, told=told, about=about)
        case ProposalState.EXPIRED:
            return Happening(kind=PROPOSAL_EXPIRED, key=key, at=proposal.answered_at, told=both, about=about)


def _agreed(proposal: Proposal, bookings: Mapping[str, Booking]) -> About:
    """The new date, and for a show that moved the old one, which goes out of calendars."""
    assert proposal.new_booking_id is not None  # noqa: S101  # accepted proposals have booked something
    old, new = bookings[proposal.booking_id], bookings[proposal.new_booking_id]
    dates = (calendar_entry(new),) if proposal.kind is ProposalKind.MAKE_UP else (calendar_entry(old), calendar_entry(new))
    return _about(proposal, old, booking_id=new.booking_id, calendar=dates)


def _left(contract: Contract, agreed: Iterable[MakeUps], now: datetime) -> Iterator[Wait]:
    for each in agreed:
        if each.due_until is None or each.left == 0:
            continue
        after = each.due_until + timedelta(days=1)
        ends_at = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(each.timezone))
        if now < ends_at:
            yield Wait(
                state="make_ups",
                key=f"{contract.contract_id} {each.for_shows[-1]}",
                ends_at=ends_at,
                began_at=contract.signed_at or contract.recorded_at,
                asked=(brand_people(contract.brand_id), *host_people(contract.creator_id, contract.agency_id)),
                reminder=MAKE_UPS_LEFT,
                before=MAKE_UP_REMINDERS,
                about=_about_left(contract, each, ends_at),
            )


def _about_left(contract: Contract, left: MakeUps, ends_at: datetime) -> About:
    titles = [booked.title for booked in contract.bookings if booked.show_id in left.for_shows]
    return About(
        path=f"/contracts/{contract.contract_id}",
        zone=left.timezone,
        facts={"title": first_of(titles), "left": f"{left.left} of {left.agreed}"},
        times={"ends_at": ends_at},
        names={"brand": contract.brand_id, "host": contract.creator_id},
    )


def _side(booking: Booking, side: Side) -> tuple[Audience, ...]:
    return (brand_people(booking.brand_id),) if side is Side.BRAND else host_people(booking.creator_id, booking.agency_id)


def _other(proposal: Proposal, booking: Booking) -> tuple[Audience, ...]:
    return _side(booking, Side.HOST if proposal.proposed_by is Side.BRAND else Side.BRAND)


def _about(proposal: Proposal, booking: Booking, *, booking_id: str | None = None, calendar: tuple[CalendarEntry, ...] = ()) -> About:
    return About(
        path=f"/console/bookings/{booking_id or booking.booking_id}",
        zone=booking.timezone,
        facts={"title": proposal.title},
        times={"starts_at": booking.starts_at, "proposed_at": proposal.starts_at, "ends_at": proposal.expires_at},
        names={"brand": booking.brand_id, "host": booking.creator_id},
        calendar=calendar,
    )

"""Another time for a show, or a make-up show: one side proposes, the other accepts, declines or lets it expire. Pure.

Until it is accepted nothing changes, so silence keeps what was agreed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.shows.errors import NotYourAnswer, ProposalClosed, ProposalNotFound
from chalicelib.shows.rules.records import Side

ANSWER_WITHIN = timedelta(hours=48)
"""As long as an offer waits unless it says otherwise; sooner where the old or the new time comes before."""


class ProposalKind(StrEnum):
    """What is proposed."""

    RESCHEDULE = "reschedule"
    MAKE_UP = "make_up"


class ProposalState(StrEnum):
    """Where a proposal stands; all but the first are ends."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Answer(StrEnum):
    """What can be said to it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


ENDS: Mapping[Answer, ProposalState] = {
    Answer.ACCEPT: ProposalState.ACCEPTED,
    Answer.DECLINE: ProposalState.DECLINED,
    Answer.WITHDRAW: ProposalState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A time that one side proposes. `show_id` is the show that is to move, or the one that is made up for."""

    proposal_id: str
    kind: ProposalKind
    contract_id: str
    booking_id: str
    show_id: str
    starts_at: datetime
    minutes: int
    title: str
    reason: str
    proposed_by: Side
    user_id: str
    proposed_at: datetime
    expires_at: datetime
    terms_version: int
    """The version of the terms that is in force at the proposed start, as far as is known when it is proposed."""
    state: ProposalState = ProposalState.OPEN
    answered_at: datetime | None = None
    new_booking_id: str | None = None
    version: int = 1


def answer_named(name: str) -> Answer:
    """The answer of this name. Raises `ProposalNotFound`: an address with another one leads nowhere."""
    try:
        return Answer(name)
    except ValueError:
        raise ProposalNotFound(f"A proposal can be answered by {', '.join(Answer)}.") from None


def answer_by(now: datetime, *times: datetime) -> datetime:
    """Until when a proposal waits: `times` are the starts before which it has to be answered."""
    return min(now + ANSWER_WITHIN, *times)


def answered(proposal: Proposal, by: Side, answer: Answer, now: datetime, new_booking_id: str | None = None) -> Proposal:
    """The proposal after an answer. Raises `ProposalClosed` when it has ended, `NotYourAnswer` when it is the other side's to give."""
    if proposal.state is not ProposalState.OPEN:
        raise ProposalClosed(f"This proposal is {proposal.state.value} already.")
    if now >= proposal.expires_at:
        raise ProposalClosed(f"This proposal was to be answered by {proposal.expires_at:%Y-%m-%d %H:%M} UTC. The time stays as it was.")
    if (by is proposal.proposed_by) != (answer is Answer.WITHDRAW):
        words = "Your side proposed this: wait for the answer, or take it back." if by is proposal.proposed_by else "Decline it instead."
        raise NotYourAnswer(words)
    return _ended(proposal, ENDS[answer], now, new_booking_id)


def expired(proposal: Proposal, now: datetime) -> Proposal:
    """The proposal after silence has ended it; itself while there is time, or when it has ended otherwise."""
    if proposal.state is not ProposalState.OPEN or now < proposal.expires_at:
        return proposal
    return _ended(proposal, ProposalState.EXPIRED, proposal.expires_at, None)


def _ended(proposal: Proposal, state: ProposalState, at: datetime, new_booking_id: str | None) -> Proposal:
    return replace(proposal, state=state, answered_at=at, new_booking_id=new_booking_id, version=proposal.version + 1)

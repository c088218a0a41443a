"""How brand and host come together over a brief before there is an offer: invitations, applications, questions.

Pure. Each host has at most one invitation and one application to a brief, which go through their states and may begin anew a few times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.matching.for_hosts import Hurdle, OpenBrief
from chalicelib.matching.rules import Brief, Filter, Visibility

MAX_MESSAGE_CHARACTERS = 2_000
MAX_REASON_CHARACTERS = 500
MAX_QUESTION_CHARACTERS = 500
MAX_INVITATIONS_PER_BRIEF = 200
MAX_APPLICATIONS_PER_BRIEF = 500
MAX_QUESTIONS_PER_BRIEF = 100
MAX_QUESTIONS_PER_HOST = 5
MAX_TIMES = 3
"""So often can one host be invited to a brief, and apply to it."""
NEGOTIABLE = frozenset({Filter.BUDGET, Filter.MINIMUM_TERMS})
"""What keeps a host out of a ranking and not from applying: the terms are what an application is about."""


class BadApproach(Invalid):
    """A text is missing or too long."""


class NotNow(Conflict):
    """An invitation or application is not in a state that allows this."""


class DoesNotFit(Conflict):
    """The host does not pass the brief's conditions; the message says what would help."""


class TooMany(Conflict):
    """A limit is reached."""


class InvitationState(StrEnum):
    """What became of an invitation. The first two are open; after a no or a withdrawal the brand may invite again (`lapsing`)."""

    PENDING = "pending"
    INTERESTED = "interested"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ApplicationState(StrEnum):
    """What became of an application."""

    SENT = "sent"
    OFFERED = "offered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A brand asks a host to look at a brief. `version` counts changes, `times` how often the host has been invited."""

    brief_id: str
    brand_id: str
    creator_id: str
    message: str
    state: InvitationState
    invited_at: datetime
    invited_by: str
    times: int = 1
    answered_at: datetime | None = None
    answered_by: str = ""
    """The tenant that answered: the host, or the agency that spoke for the host then."""
    reason: str = ""
    withdrawn_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A host asks for a brief's shows, with own terms (fields of Terms, checked when they came) or on those that the brand will offer."""

    brief_id: str
    brand_id: str
    creator_id: str
    message: str
    terms: Mapping[str, Any] | None
    state: ApplicationState
    applied_at: datetime
    applied_by: str
    """The tenant that applied: the host, or the agency that spoke for the host then."""
    times: int = 1
    ended_at: datetime | None = None
    reason: str = ""
    offer_id: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a host wants to know of a brief. The brand sees who asks; other hosts see question and answer only."""

    question_id: str
    brief_id: str
    creator_id: str
    text: str
    asked_at: datetime
    answer: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionForHosts:
    """A question as hosts see it: `is_own` tells whether this host asked it, of others nothing is told."""

    question_id: str
    text: str
    asked_at: datetime
    is_own: bool
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """The headline of what a brand offers, told to hosts whom it has invited."""

    brand_id: str
    title: str
    flat_fee_minor: int
    commission_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefForOneHost:
    """A brief with all that this host may know of it."""

    creator_id: str
    brief: OpenBrief
    currency: str
    takes_more: bool
    """Whether it is still open for answers, applications and questions."""
    pay: Pay | None
    invitation: Invitation | None
    application: Application | None
    questions: tuple[QuestionForHosts, ...]


def pay_told(brief: Brief, invitation: Invitation | None) -> Pay | None:
    """Who the brand is and what it offers: for hosts whom it has invited."""
    if invitation is None or invitation.state is InvitationState.WITHDRAWN:
        return None
    return Pay(
        brand_id=brief.brand_id,
        title=brief.title,
        flat_fee_minor=brief.flat_fee_minor,
        commission_basis_points=brief.commission_basis_points,
    )


def is_visible(brief: Brief, creator_id: str, invitation: Invitation | None, application: Application | None = None) -> bool:
    """Whether a host may see a brief: an open one unless excluded from it, a private one if invited to it or applied while it was open."""
    if application is not None or (invitation is not None and invitation.state is not InvitationState.WITHDRAWN):
        return True
    return brief.visibility is Visibility.OPEN and creator_id not in brief.excluded_creator_ids


def invite(before: Invitation | None, brief: Brief, creator_id: str, message: str, user_id: str, now: datetime) -> Invitation:
    """Invite a host, for the first time or anew after a no. Raises `NotNow`, `TooMany`, `BadApproach`."""
    if creator_id in brief.excluded_creator_ids:
        raise NotNow("The brief excludes this host. Post one that does not, then invite.")
    if before is not None and before.state in {InvitationState.PENDING, InvitationState.INTERESTED}:
        raise NotNow("This host is invited already.")
    if before is not None and before.times >= MAX_TIMES:
        raise TooMany(f"A host is invited to one brief {MAX_TIMES} times at most.")
    return Invitation(
        brief_id=brief.brief_id,
        brand_id=brief.brand_id,
        creator_id=creator_id,
        message=text_of("message", message, MAX_MESSAGE_CHARACTERS),
        state=InvitationState.PENDING,
        invited_at=now,
        invited_by=user_id,
        times=before.times + 1 if before else 1,
        version=before.version + 1 if before else 1,
    )


def answer(before: Invitation, state: InvitationState, tenant_id: str, reason: str, now: datetime) -> Invitation:
    """The host's side is interested or declines; who was interested may still decline. Raises `NotNow`."""
    fitting = {InvitationState.INTERESTED: {InvitationState.PENDING}}
    if before.state not in fitting.get(state, {InvitationState.PENDING, InvitationState.INTERESTED}):
        raise NotNow(f"This invitation is {before.state.value}; it cannot be answered like that any more.")
    reason = text_of("reason", reason, MAX_REASON_CHARACTERS, needed=state is InvitationState.DECLINED)
    return replace(before, state=state, answered_at=now, answered_by=tenant_id, reason=reason, version=before.version + 1)


def withdraw_invitation(before: Invitation, now: datetime) -> Invitation:
    """The brand takes it back, whether or not the host was interested. Raises `NotNow`."""
    if before.state not in {InvitationState.PENDING, InvitationState.INTERESTED}:
        raise NotNow(f"This invitation is {before.state.value}; there is nothing to withdraw.")
    return replace(before, state=InvitationState.WITHDRAWN, withdrawn_at=now, version=before.version + 1)


def apply(  # noqa: PLR0913, PLR0917  # what an application consists of
    before: Application | None,
    brief: Brief,
    seen: OpenBrief,
    tenant_id: str,
    message: str,
    terms: Mapping[str, Any] | None,
    now: datetime,
    *,
    creator_id: str,
) -> Application:
    """Apply to a brief that the host fits, but for terms. Raises `DoesNotFit`, `NotNow`, `TooMany`, `BadApproach`."""
    hurdles = in_the_way(seen.hurdles)
    if hurdles:
        raise DoesNotFit(" ".join(hurdle.sentence for hurdle in hurdles))
    if before is not None and before.state in {ApplicationState.SENT, ApplicationState.OFFERED}:
        raise NotNow("You have applied already. Withdraw your application to change it.")
    if before is not None and before.times >= MAX_TIMES:
        raise TooMany(f"A host applies to one brief {MAX_TIMES} times at most.")
    return Application(
        brief_id=brief.brief_id,
        brand_id=brief.brand_id,
        creator_id=creator_id,
        message=text_of("message", message, MAX_MESSAGE_CHARACTERS),
        terms=terms,
        state=ApplicationState.SENT,
        applied_at=now,
        applied_by=tenant_id,
        times=before.times + 1 if before else 1,
        version=before.version + 1 if before else 1,
    )


def in_the_way(hurdles: Sequence[Hurdle]) -> tuple[Hurdle, ...]:
    """What keeps a host from applying."""
    return tuple(hurdle for hurdle in hurdles if hurdle.filter not in NEGOTIABLE)


def end_application(before: Application, state: ApplicationState, reason: str, now: datetime) -> Application:
    """The host withdraws it or the brand declines it. Raises `NotNow`."""
    if before.state is not ApplicationState.SENT:
        raise NotNow(f"This application is {before.state.value} already.")
    reason = text_of("reason", reason, MAX_REASON_CHARACTERS, needed=state is ApplicationState.DECLINED)
    return replace(before, state=state, reason=reason, ended_at=now, version=before.version + 1)


def taken_up(before: Application, offer_id: str, now: datetime) -> Application:
    """An offer has come of it. Raises `NotNow`."""
    if before.state is not ApplicationState.SENT:
        raise NotNow(f"This application is {before.state.value} already.")
    return replace(before, state=ApplicationState.OFFERED, offer_id=offer_id, ended_at=now, version=before.version + 1)


def answer_question(before: Question, text: str, now: datetime) -> Question:
    """The brand answers in the open, once: what hosts have read stays as it is. Raises `NotNow`."""
    if before.answered_at is not None:
        raise NotNow("This question has its answer, and hosts may have read it.")
    return replace(before, answer=text_of("text", text, MAX_MESSAGE_CHARACTERS), answered_at=now)


def for_hosts(questions: Sequence[Question], creator_id: str) -> tuple[QuestionForHosts, ...]:
    """Questions in the order in which they were asked, without who asked them."""
    return tuple(
        QuestionForHosts(
            question_id=each.question_id,
            text=each.text,
            asked_at=each.asked_at,
            is_own=each.creator_id == creator_id,
            answer=each.answer,
            answered_at=each.answered_at,
        )
        for each in questions
    )


def text_of(field: str, text: str, most: int, *, needed: bool = True) -> str:
    """What somebody wrote, without space around it. Raises `BadApproach` when it is missing or too long."""
    text = text.strip()
    if needed and not text:
        raise BadApproach(f"Write a {field}.", fields={field: "Write something here."})
    if len(text) > most:
        message = f"At most {most:,} characters fit here; these are {len(text):,}."
        raise BadApproach(message, fields={field: message})
    return text

"""What waits around a brief, and what has happened, in words for mail. Pure; `lapsing` says how it ends.

Who has applied without being invited learns neither the brand's name nor the brief's title from mail, as from the pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.words import plural
from chalicelib.matching.approaches import Application, ApplicationState, Invitation, InvitationState, Question
from chalicelib.matching.lapsing import application_at, invitation_at, takes_until
from chalicelib.matching.rules import Brief
from chalicelib.notices.rules import DAY, STALE_AFTER, About, Happening, Kind, Seen, Wait, brand_people, host_people

INVITED = Kind(
    name="invited",
    subject="{brand} invites you: {title}",
    lines=(
        "{brand} invites {host} to look at the brief {title}. Its first show is at {starts_at}.",
        "The invitation can be answered until {ends_at}. After that it lapses.",
    ),
    link_label="Read the brief and answer",
)
INVITATION_AWAITED = Kind(
    name="invitation_awaited",
    subject="Your answer is awaited until {ends_at}: {title}",
    lines=("{brand} has invited {host} to the brief {title}, and waits for an answer.", "Without one the invitation lapses at {ends_at}."),
    link_label="Read the brief and answer",
)
INVITATION_WITHDRAWN = Kind(
    name="invitation_withdrawn",
    subject="Taken back: the invitation to {title}",
    lines=("{brand} has taken back the invitation of {host} to the brief {title}. There is nothing to answer any more.",),
    link_label="See your briefs",
)
INVITATION_LAPSED = Kind(
    name="invitation_lapsed",
    subject="Lapsed: the invitation to {title}",
    lines=("The brief {title} of {brand} takes no answers since {ends_at}, so the invitation of {host} has lapsed.",),
    link_label="See your briefs",
)
INTERESTED = Kind(
    name="invitation_interested",
    subject="{host} is interested: {title}",
    lines=("{host} is interested in the brief {title}. The next step is an offer, or an application of the host.",),
    link_label="See the answers",
)
INVITATION_DECLINED = Kind(
    name="invitation_declined",
    subject="{host} declines: {title}",
    lines=("{host} has declined the invitation to the brief {title}. The reason is on the page.",),
    link_label="See the answers",
)
APPLIED = Kind(
    name="application_sent",
    subject="{host} applies: {title}",
    lines=(
        "{host} has applied to the brief {title}.",
        "The application can be taken up or declined until {ends_at}. After that it lapses.",
    ),
    link_label="Read and answer the application",
)
APPLICATION_WITHDRAWN = Kind(
    name="application_withdrawn",
    subject="Taken back: the application of {host} to {title}",
    lines=("{host} has taken back the application to the brief {title}.",),
    link_label="See the answers",
)
APPLICATION_DECLINED = Kind(
    name="application_declined",
    subject="Declined: your application for {category} in {market}",
    lines=(
        "The application of {host} to the brief for {category} in {market}, first on {starts_at}, was declined. The reason is on the page.",
    ),
    link_label="Read the reason",
)
APPLICATION_LAPSED = Kind(
    name="application_lapsed",
    subject="Lapsed: your application for {category} in {market}",
    lines=(
        "The brief for {category} in {market}, first on {starts_at}, takes nothing more since {ends_at}.",
        "Nobody has answered the application of {host}, so it has lapsed.",
    ),
    link_label="See your briefs",
)
ASKED = Kind(
    name="question_asked",
    subject="A question about {title}",
    lines=("{host} asks something about the brief {title}. All who see the brief read the answer, without who asked.",),
    link_label="Answer the question",
)
ANSWERED = Kind(
    name="question_answered",
    subject="Answered: your question about {category} in {market}",
    lines=("The question of {host} about the brief for {category} in {market}, first on {starts_at}, has its answer.",),
    link_label="Read the answer",
)
BRIEF_AWAITS = Kind(
    name="brief_awaits",
    subject="Waits for you until {ends_at}: {title}",
    lines=(
        "Hosts wait for your answer about the brief {title}: {waiting}.",
        "It takes answers until {ends_at}. What is not answered by then lapses.",
    ),
    link_label="See who waits",
)
BRIEF_PASSED = Kind(
    name="brief_passed",
    subject="Lapsed: what waited about {title}",
    lines=("The brief {title} takes nothing more since {ends_at}. Nobody had answered: {waiting}.",),
    link_label="See the brief",
)
INVITATION_REMINDERS = (3 * DAY, DAY)
ANSWER_REMINDERS = (3 * DAY, DAY)
AgencyOf = Callable[[str], str | None]
"""The agency that speaks for a host now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A brief with everything around it, as it is kept."""

    brief: Brief
    invitations: Sequence[Invitation]
    applications: Sequence[Application]
    questions: Sequence[Question]


def of_brief(around: Around, agency_of: AgencyOf, now: datetime) -> Seen:
    """What waits around a brief. Only hosts that are told something are asked for their agency."""
    brief = around.brief
    invitations = [invitation_at(each, brief, now) for each in around.invitations]
    applications = [application_at(each, brief, now) for each in around.applications]
    waits = (*_invited(brief, invitations, agency_of), *_of_brand(around, now))
    happenings = (
        *(found for each in invitations for found in _of_invitation(brief, each, agency_of, now)),
        *(found for each in applications for found in _of_application(brief, each, agency_of, now)),
        *(found for each in around.questions for found in _of_question(brief, each, agency_of, now)),
        *_passed(around, now),
    )
    return Seen(waits=waits, happenings=happenings)


def _invited(brief: Brief, invitations: Sequence[Invitation], agency_of: AgencyOf) -> Iterator[Wait]:
    for each in invitations:
        if each.state is InvitationState.PENDING:
            yield Wait(
                state="invitation",
                key=_invitation_key(each),
                ends_at=takes_until(brief),
                began_at=each.invited_at,
                asked=host_people(each.creator_id, agency_of(each.creator_id)),
                reminder=INVITATION_AWAITED,
                before=INVITATION_REMINDERS,
                about=_for_host(brief, each.creator_id),
            )


def _of_brand(around: Around, now: datetime) -> Iterator[Wait]:
    """One wait for all that hosts wait for: a mail for each of five hundred would be read by nobody."""
    brief, ends_at = around.brief, takes_until(around.brief)
    if now < ends_at and (waiting := _waiting(around)):
        yield Wait(
            state="brief",
            key=brief.brief_id,
            ends_at=ends_at,
            began_at=brief.created_at,
            asked=(brand_people(brief.brand_id),),
            reminder=BRIEF_AWAITS,
            before=ANSWER_REMINDERS,
            about=_for_brand(brief, waiting=waiting),
        )


def _passed(around: Around, now: datetime) -> Iterator[Happening]:
    """What lapsed of a brief that passed; a brand that closes one knows."""
    brief, ends_at = around.brief, takes_until(around.brief)
    if brief.closed_at is None and _is_news(ends_at, now) and (waiting := _waiting(around)):
        about = _for_brand(brief, waiting=waiting)
        yield Happening(kind=BRIEF_PASSED, key=brief.brief_id, at=ends_at, told=(brand_people(brief.brand_id),), about=about)


def _waiting(around: Around) -> str:
    """What the brand has not answered: ``2 applications and 1 question``; empty where there is nothing."""
    applications = sum(each.state is ApplicationState.SENT for each in around.applications)
    questions = sum(each.answered_at is None for each in around.questions)
    counted = ((applications, "application"), (questions, "question"))
    return " and ".join(plural(count, word) for count, word in counted if count)


def _of_invitation(brief: Brief, invitation: Invitation, agency_of: AgencyOf, now: datetime) -> Iterator[Happening]:
    kind, at, is_for_host = {
        InvitationState.PENDING: (INVITED, invitation.invited_at, True),
        InvitationState.INTERESTED: (INTERESTED, invitation.answered_at, False),
        InvitationState.DECLINED: (INVITATION_DECLINED, invitation.answered_at, False),
        InvitationState.WITHDRAWN: (INVITATION_WITHDRAWN, invitation.withdrawn_at, True),
        InvitationState.LAPSED: (INVITATION_LAPSED, takes_until(brief), True),
    }[invitation.state]
    creator_id = invitation.creator_id
    if at is not None and _is_news(at, now):
        told = host_people(creator_id, agency_of(creator_id)) if is_for_host else (brand_people(brief.brand_id),)
        about = _for_host(brief, creator_id) if is_for_host else _for_brand(brief, creator_id)
        yield Happening(kind=kind, key=_invitation_key(invitation), at=at, told=told, about=about)


def _of_application(brief: Brief, application: Application, agency_of: AgencyOf, now: datetime) -> Iterator[Happening]:
    """One that became an offer is told as an offer."""
    known: dict[ApplicationState, tuple[Kind, datetime | None]] = {
        ApplicationState.SENT: (APPLIED, application.applied_at),
        ApplicationState.WITHDRAWN: (APPLICATION_WITHDRAWN, application.ended_at),
        ApplicationState.DECLINED: (APPLICATION_DECLINED, application.ended_at),
        ApplicationState.LAPSED: (APPLICATION_LAPSED, application.ended_at),
    }
    kind, at = known.get(application.state, (APPLIED, None))
    creator_id = application.creator_id
    if at is not None and _is_news(at, now):
        is_for_host = application.state in {ApplicationState.DECLINED, ApplicationState.LAPSED}
        told = host_people(creator_id, agency_of(creator_id)) if is_for_host else (brand_people(brief.brand_id),)
        about = _for_applicant(brief, creator_id) if is_for_host else _for_brand(brief, creator_id)
        yield Happening(kind=kind, key=f"{brief.brief_id} {creator_id} {application.times}", at=at, told=told, about=about)


def _of_question(brief: Brief, question: Question, agency_of: AgencyOf, now: datetime) -> Iterator[Happening]:
    creator_id, key = question.creator_id, question.question_id
    if question.answered_at is not None and _is_news(question.answered_at, now):
        told, about = host_people(creator_id, agency_of(creator_id)), _for_applicant(brief, creator_id)
        yield Happening(kind=ANSWERED, key=key, at=question.answered_at, told=told, about=about)
    if question.answered_at is None and now < takes_until(brief):
        about = _for_brand(brief, creator_id)
        yield Happening(kind=ASKED, key=key, at=question.asked_at, told=(brand_people(brief.brand_id),), about=about)


def _is_news(at: datetime, now: datetime) -> bool:
    return at <= now <= at + STALE_AFTER


def _invitation_key(invitation: Invitation) -> str:
    return f"{invitation.brief_id} {invitation.creator_id} {invitation.times}"


def _for_brand(brief: Brief, creator_id: str | None = None, *, waiting: str = "") -> About:
    return About(
        path=f"/brand/briefs/{brief.brief_id}/answers",
        facts={"title": brief.title, "waiting": waiting},
        times=_times(brief),
        names={} if creator_id is None else {"host": creator_id},
    )


def _for_host(brief: Brief, creator_id: str) -> About:
    """For a host that was invited, who is told the brand."""
    return About(
        path=_path(brief, creator_id),
        facts={"title": brief.title},
        times=_times(brief),
        names={"host": creator_id, "brand": brief.brand_id},
    )


def _for_applicant(brief: Brief, creator_id: str) -> About:
    facts = {"category": brief.category, "market": brief.market}
    return About(path=_path(brief, creator_id), facts=facts, times=_times(brief), names={"host": creator_id})


def _path(brief: Brief, creator_id: str) -> str:
    return f"/creator/hosts/{creator_id}/briefs/{brief.brief_id}"


def _times(brief: Brief) -> dict[str, datetime]:
    return {"starts_at": min(window.starts_at for window in brief.windows), "ends_at": takes_until(brief)}

"""Routes of invitations, applications and questions: the brand's under its briefs, a host's under the host."""

from typing import Annotated, Any

import msgspec

from chalicelib.core.access import Action
from chalicelib.matching.approaches import (
    MAX_MESSAGE_CHARACTERS,
    MAX_QUESTION_CHARACTERS,
    MAX_REASON_CHARACTERS,
    Application,
    BriefForOneHost,
    Invitation,
    InvitationState,
    Question,
)
from chalicelib.matching.inbox import InboxEntry
from chalicelib.matching.rules import Brief, Visibility
from chalicelib.web.routes import Call, NoBody, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Message = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE_CHARACTERS)]
Reason = Annotated[str, msgspec.Meta(max_length=MAX_REASON_CHARACTERS)]


class InvitationBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, and what the host reads."""

    creator_id: Id
    message: Message


class VisibilityBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who may see a brief from now on."""

    visibility: Visibility


class ReasonBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why not; the other side reads it."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON_CHARACTERS)]


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """Interested, or declined with a reason."""

    interested: bool
    reason: Reason = ""


class ApplicationBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the brand reads, and own terms if the host has some: the fields of Terms."""

    message: Message
    terms: Annotated[dict[str, Any], msgspec.Meta(max_length=40)] | None = None


class QuestionBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question about a brief."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]


class QuestionAnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to it."""

    text: Message


@routes.api("POST", "/api/v1/briefs/{brief_id}/close", action=Action.POST_BRIEF, body=NoBody)
def close_brief(call: Call[NoBody], brief_id: str) -> Brief:
    """Close a brief for good: it takes no invitation, application, question, answer or offer any more."""
    return services().deals.approaches.close(call.principal, brief_id)


@routes.api("POST", "/api/v1/briefs/{brief_id}/visibility", action=Action.POST_BRIEF, body=VisibilityBody)
def show_brief(call: Call[VisibilityBody], brief_id: str) -> Brief:
    """Make a brief private, or open again. Who is invited or has applied sees it either way."""
    return services().deals.approaches.show_to(call.principal, brief_id, call.body.visibility)


@routes.api("POST", "/api/v1/briefs/{brief_id}/invitations", action=Action.INVITE, body=InvitationBody, status=201)
def invite(call: Call[InvitationBody], brief_id: str) -> Invitation:
    """Invite a host to a brief."""
    return services().deals.approaches.invite(call.principal, brief_id, call.body.creator_id, call.body.message)


@routes.api("GET", "/api/v1/briefs/{brief_id}/invitations", action=Action.SEE_MATCHES)
def list_invited(call: Call[None], brief_id: str) -> tuple[Invitation, ...]:
    """Whom the brand has invited, and what they answered."""
    return services().deals.approaches.invitations(call.principal, brief_id)


@routes.api("POST", "/api/v1/briefs/{brief_id}/invitations/{creator_id}/withdraw", action=Action.INVITE, body=NoBody)
def withdraw_invitation(call: Call[NoBody], brief_id: str, creator_id: str) -> Invitation:
    """Take an invitation back."""
    return services().deals.approaches.withdraw_invitation(call.principal, brief_id, creator_id)


@routes.api("GET", "/api/v1/briefs/{brief_id}/applications", action=Action.SEE_MATCHES)
def list_applications(call: Call[None], brief_id: str) -> tuple[Application, ...]:
    """Who has applied, with what message and terms."""
    return services().deals.approaches.applications(call.principal, brief_id)


@routes.api("POST", "/api/v1/briefs/{brief_id}/applications/{creator_id}/decline", action=Action.INVITE, body=ReasonBody)
def decline_application(call: Call[ReasonBody], brief_id: str, creator_id: str) -> Application:
    """Say no to a host who has applied."""
    return services().deals.approaches.decline_application(call.principal, brief_id, creator_id, call.body.reason)


@routes.api("GET", "/api/v1/briefs/{brief_id}/questions", action=Action.SEE_MATCHES)
def list_questions(call: Call[None], brief_id: str) -> tuple[Question, ...]:
    """What hosts have asked about a brief, and who did."""
    return services().deals.approaches.questions(call.principal, brief_id)


@routes.api("POST", "/api/v1/briefs/{brief_id}/questions/{question_id}/answer", action=Action.INVITE, body=QuestionAnswerBody)
def answer_question(call: Call[QuestionAnswerBody], brief_id: str, question_id: str) -> Question:
    """Answer in the open: every host who may see the brief reads question and answer, and not who asked."""
    return services().deals.approaches.answer_question(call.principal, brief_id, question_id, call.body.text)


@routes.api("GET", "/api/v1/invitations", action=Action.SEE_OPEN_BRIEFS)
def inbox(call: Call[None]) -> tuple[InboxEntry, ...]:
    """Briefs to which the calling host was invited or has applied; an agency sees its first hosts', or one's by `?creator_id=`."""
    return services().deals.approaches.inbox(call.principal, call.query.get("creator_id"))


@routes.api("GET", "/api/v1/creators/{creator_id}/briefs/{brief_id}", action=Action.SEE_OPEN_BRIEFS)
def see_brief_as_host(call: Call[None], creator_id: str, brief_id: str) -> BriefForOneHost:
    """A brief as this host sees it: what it asks for, what keeps the host out, invitation, application, questions and answers."""
    return services().deals.approaches.seen(call.principal, creator_id, brief_id)


@routes.api("POST", "/api/v1/creators/{creator_id}/briefs/{brief_id}/answer", action=Action.APPLY, body=AnswerBody)
def answer_invitation(call: Call[AnswerBody], creator_id: str, brief_id: str) -> Invitation:
    """Answer an invitation."""
    state = InvitationState.INTERESTED if call.body.interested else InvitationState.DECLINED
    return services().deals.approaches.answer(call.principal, creator_id, brief_id, state, call.body.reason)


@routes.api("POST", "/api/v1/creators/{creator_id}/briefs/{brief_id}/application", action=Action.APPLY, body=ApplicationBody, status=201)
def apply(call: Call[ApplicationBody], creator_id: str, brief_id: str) -> Application:
    """Apply to a brief."""
    return services().deals.approaches.apply(call.principal, creator_id, brief_id, call.body.message, call.body.terms)


@routes.api("POST", "/api/v1/creators/{creator_id}/briefs/{brief_id}/application/withdraw", action=Action.APPLY, body=NoBody)
def withdraw_application(call: Call[NoBody], creator_id: str, brief_id: str) -> Application:
    """Take an application back."""
    return services().deals.approaches.withdraw_application(call.principal, creator_id, brief_id)


@routes.api("POST", "/api/v1/creators/{creator_id}/briefs/{brief_id}/questions", action=Action.APPLY, body=QuestionBody, status=201)
def ask(call: Call[QuestionBody], creator_id: str, brief_id: str) -> Question:
    """Ask something about a brief."""
    return services().deals.approaches.ask(call.principal, creator_id, brief_id, call.body.text)

"""What a brand sees of a brief's invitations, applications and questions, and does about them."""

from collections.abc import Iterator
from functools import partial

from chalicelib.contracts.differences import lines
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Action, Principal
from chalicelib.matching import approaches as rules
from chalicelib.matching.approaches import Application, ApplicationState, Invitation, InvitationState, Question
from chalicelib.matching.for_hosts import is_open
from chalicelib.matching.rules import Brief, Visibility
from chalicelib.web.pages.brand import ANSWER_HOURS
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, TEMPLATE, Tried, Typed, act, make
from chalicelib.web.pages.words import UTC_ZONE, allowed, name_of, status
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.cards import Card, CardForm, CardSection, CardsPage
from chalicelib.web.views.common import Button, Link, Status, when
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

BASE = "/brand/briefs/{brief_id}"
SEEN_BY = {
    Visibility.OPEN: "Every host whom it does not exclude sees it",
    Visibility.PRIVATE: "Invited hosts and their agencies see it, and so do those who have applied",
}
WITHDRAWABLE = frozenset({InvitationState.PENDING, InvitationState.INTERESTED})


@routes.page("GET", f"{BASE}/answers", action=Action.SEE_MATCHES)
def answers_page(call: Call[None], brief_id: str) -> Page:
    """Invitations, applications and questions; `?invite=` shows the form for a host."""
    return Page(template=TEMPLATE, view=_page(call.principal, brief_id, call.query.get("invite", ""), NOTHING_TRIED))


@routes.form("POST", f"{BASE}/invitations", action=Action.INVITE, body=Typed)
def invite_by_form(call: Call[Typed], brief_id: str) -> Page | Redirect:
    """Invite a host."""
    principal, body = call.principal, call.body
    host = body.get("creator_id", "")
    what = partial(services().deals.approaches.invite, principal, brief_id, host, body.get("message", ""))
    return act("invite", body, _href(brief_id), what, partial(_page, principal, brief_id, host))


@routes.form("POST", f"{BASE}/invitations/{{creator_id}}/withdraw", action=Action.INVITE, body=NoBody)
def withdraw_invitation_by_form(call: Call[NoBody], brief_id: str, creator_id: str) -> Page | Redirect:
    """Take an invitation back."""
    what = partial(services().deals.approaches.withdraw_invitation, call.principal, brief_id, creator_id)
    return act("", {}, _href(brief_id), what, partial(_page, call.principal, brief_id, ""))


@routes.form("POST", f"{BASE}/applications/{{creator_id}}/decline", action=Action.INVITE, body=Typed)
def decline_application_by_form(call: Call[Typed], brief_id: str, creator_id: str) -> Page | Redirect:
    """Say no to a host, with the reason."""
    reason = call.body.get("reason", "")
    what = partial(services().deals.approaches.decline_application, call.principal, brief_id, creator_id, reason)
    return act(f"decline-{creator_id}", call.body, _href(brief_id), what, partial(_page, call.principal, brief_id, ""))


@routes.form("POST", f"{BASE}/applications/{{creator_id}}/offer", action=Action.MAKE_OFFER, body=NoBody)
def take_up_by_form(call: Call[NoBody], brief_id: str, creator_id: str) -> Page | Redirect:
    """Make an offer of the host's own terms."""
    brief = services().matching.brief(call.principal, brief_id)
    what = partial(services().deals.applied.take_up, call.principal, brief, creator_id, ANSWER_HOURS)
    return make("", {}, what, lambda offer: f"/offers/{offer.offer_id}", partial(_page, call.principal, brief_id, ""))


@routes.form("POST", f"{BASE}/questions/{{question_id}}", action=Action.INVITE, body=Typed)
def answer_question_by_form(call: Call[Typed], brief_id: str, question_id: str) -> Page | Redirect:
    """Answer in the open."""
    text = call.body.get("text", "")
    what = partial(services().deals.approaches.answer_question, call.principal, brief_id, question_id, text)
    return act(f"answer-{question_id}", call.body, _href(brief_id), what, partial(_page, call.principal, brief_id, ""))


@routes.form("POST", f"{BASE}/visibility", action=Action.POST_BRIEF, body=Typed)
def show_by_form(call: Call[Typed], brief_id: str) -> Page | Redirect:
    """Make the brief private, or open again."""
    wanted = Visibility.PRIVATE if call.body.get("visibility") == Visibility.PRIVATE else Visibility.OPEN
    what = partial(services().deals.approaches.show_to, call.principal, brief_id, wanted)
    return act("", {}, _href(brief_id), what, partial(_page, call.principal, brief_id, ""))


@routes.form("POST", f"{BASE}/close", action=Action.POST_BRIEF, body=NoBody)
def close_by_form(call: Call[NoBody], brief_id: str) -> Page | Redirect:
    """Close the brief."""
    what = partial(services().deals.approaches.close, call.principal, brief_id)
    return act("", {}, _href(brief_id), what, partial(_page, call.principal, brief_id, ""))


def _href(brief_id: str) -> str:
    return f"{BASE.format(brief_id=brief_id)}/answers"


def _page(principal: Principal, brief_id: str, invited: str, tried: Tried) -> CardsPage:
    found, approaches = services(), services().deals.approaches
    brief = found.matching.brief(principal, brief_id)
    takes = is_open(brief, found.clock.now())
    may = takes and allowed(principal, Action.INVITE)
    sections = (
        CardSection(
            section_id="applications",
            heading="Applications",
            nothing="No host has applied yet.",
            cards=tuple(_application(each, brief, tried, may=may) for each in approaches.applications(principal, brief_id)),
        ),
        CardSection(
            section_id="invitations",
            heading="Invitations",
            nothing="Nobody is invited yet. Choose hosts from the ranking.",
            cards=tuple(_invitation(each, may=may) for each in approaches.invitations(principal, brief_id)),
            form=_invite(brief_id, invited, tried) if may and invited else None,
        ),
        CardSection(
            section_id="questions",
            heading="Questions",
            nothing="Nobody has asked anything yet.",
            cards=tuple(_question(each, tried, may=may) for each in approaches.questions(principal, brief_id)),
        ),
    )
    return CardsPage(
        title=f"Answers to {brief.title}",
        lead=f"{SEEN_BY[brief.visibility]}. Answers to questions are read by all who see it, without who asked.",
        back=Link(label="Ranked hosts", href=BASE.format(brief_id=brief_id)),
        status=Status(word="Open", tone="good") if takes else Status(word="Closed" if brief.closed_at else "Passed", tone="neutral"),
        sections=sections,
        ends=_ends(brief) if may else (),
    )


def _ends(brief: Brief) -> tuple[Button, ...]:
    """What can be done with the brief as a whole."""
    base, is_open_now = BASE.format(brief_id=brief.brief_id), brief.visibility is Visibility.OPEN
    label = "Make it private: only invited hosts see it" if is_open_now else "Open it to every host"
    other = Visibility.PRIVATE if is_open_now else Visibility.OPEN
    return (
        Button(label=label, action=f"{base}/visibility", tone="secondary", hidden=(("visibility", other.value),)),
        Button(label="Close this brief for good", action=f"{base}/close", tone="danger"),
    )


def _invite(brief_id: str, creator_id: str, tried: Tried) -> CardForm:
    message = TermField(name="message", label="What the host reads", kind="long", most=rules.MAX_MESSAGE_CHARACTERS, needed=True)
    action, name = f"{BASE.format(brief_id=brief_id)}/invitations", name_of(creator_id)
    hidden = (("creator_id", creator_id),)
    return tried.form("invite", action, f"Invite {name}", (message,), title=f"Invite {name}", hidden=hidden)


def _invitation(invitation: Invitation, *, may: bool) -> Card:
    base = f"{BASE.format(brief_id=invitation.brief_id)}/invitations/{invitation.creator_id}"
    lines = [f"Invited {when(invitation.invited_at, UTC_ZONE)}."]
    if invitation.answered_at is not None:
        because = f": {invitation.reason}" if invitation.reason else "."
        lines.append(f"{name_of(invitation.answered_by)} answered {when(invitation.answered_at, UTC_ZONE)}{because}")
    withdraw = Button(label=f"Withdraw the invitation of {name_of(invitation.creator_id)}", action=f"{base}/withdraw", tone="secondary")
    return Card(
        title=name_of(invitation.creator_id),
        status=status(invitation.state),
        lines=tuple(lines),
        quote=invitation.message,
        links=(_offer_link(invitation.brief_id, invitation.creator_id),) if may and invitation.state == "interested" else (),
        buttons=(withdraw,) if may and invitation.state in WITHDRAWABLE else (),
    )


def _application(application: Application, brief: Brief, tried: Tried, *, may: bool) -> Card:
    name, creator_id = name_of(application.creator_id), application.creator_id
    base = f"{BASE.format(brief_id=brief.brief_id)}/applications/{creator_id}"
    waits = may and application.state is ApplicationState.SENT
    offer = (Link(label="The offer", href=f"/offers/{application.offer_id}"),) if application.offer_id else ()
    reason = TermField(name="reason", label=f"Why not {name}", kind="long", most=rules.MAX_REASON_CHARACTERS, needed=True)
    by = "" if application.applied_by == creator_id else f" by {name_of(application.applied_by)}"
    lines = [f"Sent {when(application.applied_at, UTC_ZONE)}{by}.", *([application.reason] if application.reason else [])]
    return Card(
        title=name,
        status=status(application.state),
        lines=tuple(lines),
        quote=application.message,
        points=tuple(_terms(application)),
        links=(_offer_link(brief.brief_id, creator_id), *offer) if waits else offer,
        buttons=(Button(label=f"Take up {name}'s terms as an offer", action=f"{base}/offer"),) if waits and application.terms else (),
        forms=(tried.form(f"decline-{creator_id}", f"{base}/decline", "Decline", (reason,), tone="secondary"),) if waits else (),
    )


def _terms(application: Application) -> Iterator[str]:
    if application.terms is not None:
        yield from (f"{line.subject} {line.value}{line.extent}" for line in lines(read_terms(application.terms)))


def _offer_link(brief_id: str, creator_id: str) -> Link:
    return Link(label=f"Make {name_of(creator_id)} an offer", href=f"{BASE.format(brief_id=brief_id)}/hosts/{creator_id}/offer")


def _question(question: Question, tried: Tried, *, may: bool) -> Card:
    base = f"{BASE.format(brief_id=question.brief_id)}/questions/{question.question_id}"
    text = TermField(name="text", label="Answer, for all who see the brief", kind="long", most=rules.MAX_MESSAGE_CHARACTERS, needed=True)
    form = tried.form(f"answer-{question.question_id}", base, "Answer in the open", (text,))
    answered = question.answered_at is not None
    return Card(
        title=question.text,
        status=Status(word="Answered", tone="good") if answered else Status(word="Waits for an answer", tone="waiting"),
        lines=(f"Asked by {name_of(question.creator_id)}, which other hosts do not see.",),
        quote=question.answer,
        forms=(form,) if may and not answered else (),
    )

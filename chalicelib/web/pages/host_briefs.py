"""A brief as a host or its agency sees it: what it asks for, invitation, application, questions; and the inbox of all of them."""

from collections.abc import Iterator, Mapping
from functools import partial

import msgspec

from chalicelib.contracts.clauses import AgreedShow
from chalicelib.contracts.terms import Terms
from chalicelib.contracts.wording import percent
from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.matching import approaches as rules
from chalicelib.matching.approaches import ApplicationState, BriefForOneHost, InvitationState, Pay
from chalicelib.matching.inbox import InboxEntry
from chalicelib.matching.rules import Filter
from chalicelib.web.pages import terms_page
from chalicelib.web.pages.brand import RETURN_WINDOW_DAYS
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, TEMPLATE, Tried, Typed, act
from chalicelib.web.pages.terms_page import TermsSubject
from chalicelib.web.pages.words import UTC_ZONE, name_of, status
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.cards import Card, CardForm, CardSection, CardsPage
from chalicelib.web.views.common import Button, Figure, Link, Status, Todo, money, when
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

BRIEF = "/creator/hosts/{creator_id}/briefs/{brief_id}"
MESSAGE = TermField(name="message", label="What the brand reads", kind="long", most=rules.MAX_MESSAGE_CHARACTERS, needed=True)
ANSWERABLE = frozenset({InvitationState.PENDING, InvitationState.INTERESTED})
PAYOUTS = Link(label="Connect payouts", href="/creator/payouts")
OWN_TERMS = "Apply with own terms instead"


@routes.page("GET", "/creator/inbox", action=Action.SEE_OPEN_BRIEFS)
def inbox_page(call: Call[None]) -> Page:
    """Invitations and applications, of the host or of each host of the agency."""
    entries = services().deals.approaches.inbox(call.principal)
    invited = [entry for entry in entries if entry.pay is not None]
    applied = [entry for entry in entries if entry.application is not None]
    view = CardsPage(
        title="Inbox",
        lead="Briefs to which brands have invited you, and those to which you have applied.",
        back=Link(label="Open briefs", href="/creator/briefs"),
        sections=(
            CardSection(
                section_id="invitations", heading="Invitations", nothing="No invitation yet.", cards=tuple(map(_invited_card, invited))
            ),
            CardSection(
                section_id="applications", heading="Applications", nothing="No application yet.", cards=tuple(map(_applied_card, applied))
            ),
        ),
    )
    return Page(template=TEMPLATE, view=view)


@routes.page("GET", BRIEF, action=Action.SEE_OPEN_BRIEFS)
def brief_page(call: Call[None], creator_id: str, brief_id: str) -> Page:
    """One brief for one host."""
    return Page(template=TEMPLATE, view=_page(call.principal, creator_id, brief_id, NOTHING_TRIED))


@routes.form("POST", f"{BRIEF}/answer", action=Action.APPLY, body=Typed)
def answer_by_form(call: Call[Typed], creator_id: str, brief_id: str) -> Page | Redirect:
    """Interested or not."""
    state = InvitationState.INTERESTED if call.body.get("interested") == "yes" else InvitationState.DECLINED
    what = partial(services().deals.approaches.answer, call.principal, creator_id, brief_id, state, call.body.get("reason", ""))
    return act("decline", call.body, _href(creator_id, brief_id), what, partial(_page, call.principal, creator_id, brief_id))


@routes.form("POST", f"{BRIEF}/application", action=Action.APPLY, body=Typed)
def apply_by_form(call: Call[Typed], creator_id: str, brief_id: str) -> Page | Redirect:
    """Apply without own terms."""
    what = partial(services().deals.approaches.apply, call.principal, creator_id, brief_id, call.body.get("message", ""))
    return act("apply", call.body, _href(creator_id, brief_id), what, partial(_page, call.principal, creator_id, brief_id))


@routes.form("POST", f"{BRIEF}/application/withdraw", action=Action.APPLY, body=NoBody)
def withdraw_application_by_form(call: Call[NoBody], creator_id: str, brief_id: str) -> Page | Redirect:
    """Take the application back."""
    what = partial(services().deals.approaches.withdraw_application, call.principal, creator_id, brief_id)
    return act("", {}, _href(creator_id, brief_id), what, partial(_page, call.principal, creator_id, brief_id))


@routes.form("POST", f"{BRIEF}/questions", action=Action.APPLY, body=Typed)
def ask_by_form(call: Call[Typed], creator_id: str, brief_id: str) -> Page | Redirect:
    """Ask the brand."""
    what = partial(services().deals.approaches.ask, call.principal, creator_id, brief_id, call.body.get("text", ""))
    return act("ask", call.body, _href(creator_id, brief_id), what, partial(_page, call.principal, creator_id, brief_id))


@routes.page("GET", f"{BRIEF}/terms", action=Action.APPLY)
def own_terms(call: Call[None], creator_id: str, brief_id: str) -> Page:
    """The form of an application with terms; `?template=` fills it."""
    return terms_page.begun(call.principal, _subject(call.principal, creator_id, brief_id), call.query.get("template"))


@routes.form("POST", f"{BRIEF}/terms", action=Action.APPLY, body=Typed)
def apply_with_terms(call: Call[Typed], creator_id: str, brief_id: str) -> Page | Redirect:
    """Apply with own terms."""
    principal = call.principal

    def apply(terms: Terms) -> str:
        given: Mapping[str, object] = msgspec.to_builtins(terms)
        services().deals.approaches.apply(principal, creator_id, brief_id, call.body.get("message", ""), given)
        return _href(creator_id, brief_id)

    return terms_page.sent(principal, _subject(principal, creator_id, brief_id), call.body, apply)


@routes.form("POST", f"{BRIEF}/terms/look", action=Action.APPLY, body=Typed)
def look_at_own_terms(call: Call[Typed], creator_id: str, brief_id: str) -> Page:
    """What the terms say and would pay; nothing is sent."""
    return terms_page.looked_at(call.principal, _subject(call.principal, creator_id, brief_id), call.body)


def invitation_todos(principal: Principal) -> Iterator[Todo]:
    """Invitations that wait for an answer."""
    for entry in services().deals.approaches.inbox(principal):
        if entry.takes_more and entry.pay is not None and entry.invitation is not None and entry.invitation.state == "pending":
            text = f"{name_of(entry.pay.brand_id)} invites {entry.host_name} to {entry.pay.title}"
            yield Todo(text=text, link=Link(label="Answer", href=_href(entry.creator_id, entry.brief_id)))


def _href(creator_id: str, brief_id: str) -> str:
    return BRIEF.format(creator_id=creator_id, brief_id=brief_id)


def _invited_card(entry: InboxEntry) -> Card:
    title = f"{name_of(entry.pay.brand_id)}: {entry.pay.title}" if entry.pay else entry.category
    state = entry.invitation.state if entry.invitation else ""
    return Card(title=title, status=_shown(state, entry), lines=(_about(entry),), links=(_read(entry),))


def _applied_card(entry: InboxEntry) -> Card:
    state = entry.application.state if entry.application else ""
    return Card(
        title=f"{entry.category.capitalize()} in {entry.market}", status=_shown(state, entry), lines=(_about(entry),), links=(_read(entry),)
    )


def _shown(state: str, entry: InboxEntry) -> Status:
    is_waiting = state in {InvitationState.PENDING, ApplicationState.SENT}
    return Status(word="The brief is closed", tone="neutral") if is_waiting and not entry.takes_more else status(state)


def _about(entry: InboxEntry) -> str:
    return f"For {entry.host_name}; the first show is on {when(entry.first_show_at, UTC_ZONE)}."


def _read(entry: InboxEntry) -> Link:
    return Link(label="Read it", href=_href(entry.creator_id, entry.brief_id))


def _page(principal: Principal, creator_id: str, brief_id: str, tried: Tried) -> CardsPage:
    seen = services().deals.approaches.seen(principal, creator_id, brief_id)
    brief, host = seen.brief, name_of(creator_id)
    title = f"{name_of(seen.pay.brand_id)}: {seen.pay.title}" if seen.pay else f"{brief.category.capitalize()} in {brief.market}"
    shows = ", ".join(f"{when(window.starts_at, UTC_ZONE)}, {window.minutes} minutes" for window in brief.windows)
    return CardsPage(
        title=title,
        lead=f"For {host}. {shows}.",
        back=Link(label="Back to the inbox", href="/creator/inbox"),
        status=Status(word="Open", tone="good") if seen.takes_more else Status(word="Closed", tone="neutral"),
        figures=tuple(_figures(seen)),
        sections=tuple(_sections(seen, tried)),
    )


def _figures(seen: BriefForOneHost) -> Iterator[Figure]:
    brief = seen.brief
    yield Figure(label="Looking for", value=brief.category, hint=f"{brief.market}, {brief.language}, {brief.platform}")
    yield Figure(label="Shows", value=str(len(brief.windows)))
    if seen.pay is not None:
        yield Figure(label="Offered", value=_offered(seen.pay, seen.currency), hint="to negotiate")


def _offered(pay: Pay, currency: str) -> str:
    """``£300.00 a show and 12 % commission``; parts of which nothing is stated are left out."""
    fee = [f"{money(pay.flat_fee_minor, currency)} a show"] if pay.flat_fee_minor else []
    rate = [f"{percent(pay.commission_basis_points)} commission"] if pay.commission_basis_points else []
    return " and ".join([*fee, *rate]) or "Not stated yet"


def _sections(seen: BriefForOneHost, tried: Tried) -> Iterator[CardSection]:
    if seen.invitation is not None and seen.pay is not None:
        yield CardSection(section_id="invitation", heading="Invitation", nothing="", cards=(_invitation(seen, tried),))
    yield CardSection(
        section_id="application",
        heading="Application",
        nothing="You have not applied.",
        cards=tuple(_application(seen)),
        form=_apply(seen, tried),
    )
    text = TermField(
        name="text", label="Ask the brand; all who see the brief read it, not who asks", most=rules.MAX_QUESTION_CHARACTERS, needed=True
    )
    href = _href(seen.creator_id, seen.brief.brief_id)
    yield CardSection(
        section_id="questions",
        heading="Questions and answers",
        nothing="Nobody has asked anything yet.",
        cards=tuple(
            Card(
                title=each.text,
                status=Status(word="Answered", tone="good") if each.answer else Status(word="Waits for an answer", tone="waiting"),
                lines=("Your question.",) if each.is_own else (),
                quote=each.answer,
            )
            for each in seen.questions
        ),
        form=tried.form("ask", f"{href}/questions", "Ask", (text,)) if seen.takes_more else None,
    )


def _invitation(seen: BriefForOneHost, tried: Tried) -> Card:
    assert seen.invitation is not None  # noqa: S101  # the caller has seen it
    invitation, action = seen.invitation, f"{_href(seen.creator_id, seen.brief.brief_id)}/answer"
    reason = TermField(name="reason", label="Why not; the brand reads it", kind="long", most=rules.MAX_REASON_CHARACTERS, needed=True)
    may = seen.takes_more and invitation.state in ANSWERABLE
    is_new = may and invitation.state is InvitationState.PENDING
    decline = tried.form("decline", action, "Decline", (reason,), tone="secondary", hidden=(("interested", "no"),))
    return Card(
        title=f"You are invited for {plural(len(seen.brief.windows), 'show')}",
        status=status(invitation.state),
        lines=(f"Sent {when(invitation.invited_at, UTC_ZONE)}.", *([invitation.reason] if invitation.reason else [])),
        quote=invitation.message,
        buttons=(Button(label="We are interested", action=action, hidden=(("interested", "yes"),)),) if is_new else (),
        forms=(decline,) if may else (),
    )


def _application(seen: BriefForOneHost) -> Iterator[Card]:
    application, href = seen.application, _href(seen.creator_id, seen.brief.brief_id)
    if application is not None:
        withdraw = Button(label="Withdraw this application", action=f"{href}/application/withdraw", tone="secondary")
        sent = "with own terms" if application.terms else "without own terms"
        yield Card(
            title=f"Applied {sent}",
            status=status(application.state),
            lines=(f"Sent {when(application.applied_at, UTC_ZONE)}.", *([application.reason] if application.reason else [])),
            quote=application.message,
            buttons=(withdraw,) if seen.takes_more and application.state is ApplicationState.SENT else (),
            links=(Link(label="The offer", href=f"/offers/{application.offer_id}"),) if application.offer_id else (),
        )
    if hurdles := rules.in_the_way(seen.brief.hurdles):
        payouts = (PAYOUTS,) if any(hurdle.filter is Filter.PAYABLE for hurdle in hurdles) else ()
        yield Card(title="Something keeps you from applying", points=tuple(hurdle.sentence for hurdle in hurdles), links=payouts)
    elif _may_apply(seen):
        yield Card(title="You fit this brief", links=(Link(label=OWN_TERMS, href=f"{href}/terms"),))


def _may_apply(seen: BriefForOneHost) -> bool:
    waits = seen.application is not None and seen.application.state in {ApplicationState.SENT, ApplicationState.OFFERED}
    return seen.takes_more and not waits and not rules.in_the_way(seen.brief.hurdles)


def _apply(seen: BriefForOneHost, tried: Tried) -> CardForm | None:
    if not _may_apply(seen):
        return None
    return tried.form("apply", f"{_href(seen.creator_id, seen.brief.brief_id)}/application", "Apply", (MESSAGE,))


def _subject(principal: Principal, creator_id: str, brief_id: str) -> TermsSubject:
    seen = services().deals.approaches.seen(principal, creator_id, brief_id)
    host = services().directory.profile(creator_id)
    return TermsSubject(
        title="Apply with own terms",
        lead=f"For {host.name}, {plural(len(seen.brief.windows), 'show')}. Amounts are in {seen.currency}.",
        back=Link(label="Back to the brief", href=_href(creator_id, brief_id)),
        path=f"{_href(creator_id, brief_id)}/terms",
        button="Send this application",
        base=Terms(currency=seen.currency, timezone=host.timezone, return_window_days=RETURN_WINDOW_DAYS),
        host=host,
        brand_id=seen.pay.brand_id if seen.pay else "",
        shows=tuple(
            AgreedShow(show_id=f"show {place}", starts_at=each.starts_at, minutes=each.minutes, title=seen.brief.category)
            for place, each in enumerate(seen.brief.windows, 1)
        ),
        about=(MESSAGE,),
        category=seen.brief.category,
    )

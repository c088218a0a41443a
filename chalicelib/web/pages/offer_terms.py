"""Offers and counter-offers with any terms: begin with a template, edit, see what it says and pays, send."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.contracts.clauses import AgreedShow
from chalicelib.contracts.negotiation import LONGEST_ANSWER_HOURS, BadOffer, Offer
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import show_id_of
from chalicelib.contracts.terms import Terms
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.matching.approach_service import ApplicationNotFound
from chalicelib.matching.rules import Brief
from chalicelib.web.pages import terms_page
from chalicelib.web.pages.brand import ANSWER_HOURS, plain_terms
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.terms_page import TermsSubject
from chalicelib.web.pages.words import name_of
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Link
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

Typed = dict[str, str]
OFFER = "/brand/briefs/{brief_id}/hosts/{creator_id}/offer"
COUNTER = "/offers/{offer_id}/terms"


@routes.page("GET", OFFER, action=Action.MAKE_OFFER)
def new_offer(call: Call[None], brief_id: str, creator_id: str) -> Page:
    """The form of an offer: with the brief's headline, what the host applied with, or `?template=`."""
    return terms_page.begun(call.principal, _offer(call.principal, brief_id, creator_id), call.query.get("template"))


@routes.form("POST", OFFER, action=Action.MAKE_OFFER, body=Typed)
def send_offer(call: Call[Typed], brief_id: str, creator_id: str) -> Page | Redirect:
    """Make the offer; what stands against it comes back beside the fields."""
    found, principal = services(), call.principal
    brief = found.matching.brief(principal, brief_id)

    def make(terms: Terms) -> str:
        offer = found.contracts.offers.make(
            principal,
            brief_id=brief_id,
            creator_id=creator_id,
            shows=[WantedShow(starts_at=each.starts_at, minutes=each.minutes, title=brief.title) for each in brief.windows],
            terms=terms,
            expires_in_hours=_hours(call.body),
            joins=found.deals.applied.answering(principal, brief_id, creator_id),
        )
        return f"/offers/{offer.offer_id}"

    return terms_page.sent(principal, _offer(principal, brief_id, creator_id), call.body, make)


@routes.form("POST", f"{OFFER}/look", action=Action.MAKE_OFFER, body=Typed)
def look_at_offer(call: Call[Typed], brief_id: str, creator_id: str) -> Page:
    """What the offer says and would pay as it stands; nothing is sent."""
    return terms_page.looked_at(call.principal, _offer(call.principal, brief_id, creator_id), call.body)


@routes.form("POST", f"{OFFER}/keep", action=Action.EDIT_TEMPLATES, body=Typed)
def keep_terms(call: Call[Typed], brief_id: str, creator_id: str) -> Page:
    """Keep the terms as an own template."""
    return terms_page.kept(call.principal, _offer(call.principal, brief_id, creator_id), call.body)


@routes.page("GET", COUNTER, action=Action.NEGOTIATE)
def new_counter(call: Call[None], offer_id: str) -> Page:
    """The form of a counter-offer: with the terms on the table, or `?template=`."""
    return terms_page.begun(call.principal, _counter(call.principal, offer_id), call.query.get("template"))


@routes.form("POST", COUNTER, action=Action.NEGOTIATE, body=Typed)
def send_counter(call: Call[Typed], offer_id: str) -> Page | Redirect:
    """Put other terms on the table; what stands against them comes back beside the fields."""
    principal = call.principal

    def counter(terms: Terms) -> str:
        services().contracts.offers.counter(principal, offer_id, _version(call.body), terms)
        return f"/offers/{offer_id}"

    return terms_page.sent(principal, _counter(principal, offer_id), call.body, counter)


@routes.form("POST", f"{COUNTER}/look", action=Action.NEGOTIATE, body=Typed)
def look_at_counter(call: Call[Typed], offer_id: str) -> Page:
    """What the counter-offer says, changes and would pay as it stands; nothing is sent."""
    return terms_page.looked_at(call.principal, _counter(call.principal, offer_id), call.body)


@routes.form("POST", f"{COUNTER}/keep", action=Action.EDIT_TEMPLATES, body=Typed)
def keep_counter(call: Call[Typed], offer_id: str) -> Page:
    """Keep the terms as an own template."""
    return terms_page.kept(call.principal, _counter(call.principal, offer_id), call.body)


def shows_of_brief(brief: Brief) -> tuple[AgreedShow, ...]:
    """The shows that an offer for a brief is about."""
    return tuple(
        AgreedShow(show_id=f"show {place}", starts_at=each.starts_at, minutes=each.minutes, title=brief.title)
        for place, each in enumerate(brief.windows, 1)
    )


def _offer(principal: Principal, brief_id: str, creator_id: str) -> TermsSubject:
    found = services()
    brief = found.matching.brief(principal, brief_id)
    host = found.directory.host(principal, creator_id)
    return TermsSubject(
        title=f"Offer to {host.name}",
        lead=f"For \u201c{brief.title}\u201d, {plural(len(brief.windows), 'show')}. Amounts are in {brief.currency}.",
        back=Link(label="Back to the brief", href=f"/brand/briefs/{brief_id}"),
        path=OFFER.format(brief_id=brief_id, creator_id=creator_id),
        button=f"Send the offer to {host.name}",
        base=_asked_for(principal, brief, creator_id) or plain_terms(brief, host.timezone),
        host=host,
        brand_id=brief.brand_id,
        shows=shows_of_brief(brief),
        about=(
            TermField(
                name="expires_in_hours",
                label="Hours to answer",
                value=str(ANSWER_HOURS),
                kind="whole",
                hint=f"1 to {LONGEST_ANSWER_HOURS}. Silence ends the offer then.",
                needed=True,
            ),
        ),
        category=brief.category,
    )


def _asked_for(principal: Principal, brief: Brief, creator_id: str) -> Terms | None:
    """The terms with which the host has applied; a share of an agency that the host has left stays behind."""
    try:
        stated = services().deals.approaches.application(principal, brief.brief_id, creator_id).terms
    except ApplicationNotFound:
        return None
    if stated is None:
        return None
    agency_id, terms = services().directory.profile(creator_id).agency_id, read_terms(stated)
    return replace(terms, splits=tuple(split for split in terms.splits if split.payee_id == agency_id))


def _counter(principal: Principal, offer_id: str) -> TermsSubject:
    found = services()
    offer = found.contracts.offers.get(principal, offer_id)
    host = found.directory.profile(offer.creator_id)
    return TermsSubject(
        title=f"Counter-offer for {offer.shows[0].title}",
        lead=f"In answer to version {offer.version}, {plural(len(offer.shows), 'show')}. Amounts are in {offer.terms.currency}.",
        back=Link(label="Back to the offer", href=f"/offers/{offer_id}"),
        path=COUNTER.format(offer_id=offer_id),
        button=f"Send version {offer.version + 1} to {name_of(_other_side(principal, offer))}",
        base=offer.terms,
        host=host,
        brand_id=offer.brand_id,
        shows=tuple(
            AgreedShow(show_id=show_id_of(show.booking_id), starts_at=show.starts_at, minutes=show.minutes, title=show.title)
            for show in offer.shows
        ),
        hidden=(("version", str(offer.version)),),
        on_the_table=offer.terms,
    )


def _other_side(principal: Principal, offer: Offer) -> str:
    return offer.creator_id if principal.tenant_id == offer.brand_id else offer.brand_id


def _hours(form: Mapping[str, str]) -> int:
    text = form.get("expires_in_hours", str(ANSWER_HOURS)).strip()
    if not text.isdecimal() or len(text) > 4:  # noqa: PLR2004  # 720 has three digits
        message = f"Give between 1 and {LONGEST_ANSWER_HOURS} hours to answer."
        raise BadOffer(message, fields={"expires_in_hours": message})
    return int(text)


def _version(form: Mapping[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004  # version 0 is none, so it has been superseded

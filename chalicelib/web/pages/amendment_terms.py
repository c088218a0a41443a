"""Proposing an amendment: the terms in force, edited, and from when they are to hold; what that changes is seen before it is sent."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.bookings.states import Party
from chalicelib.contracts.amendment_rules import BadAmendment
from chalicelib.contracts.clauses import AgreedShow
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import Action, Principal
from chalicelib.web.pages import terms_page
from chalicelib.web.pages.contract_file import context_of
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.terms_page import TermsSubject
from chalicelib.web.pages.words import is_on_side, name_of
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Link, when
from chalicelib.web.views.forms import Choice
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

Typed = dict[str, str]
PATH = "/contracts/{contract_id}/amendment"
TOTALS = (Choice(value="carry", label="carry on from what was reached"), Choice(value="reset", label="start again at 0"))


@routes.page("GET", PATH, action=Action.NEGOTIATE)
def new_amendment(call: Call[None], contract_id: str) -> Page:
    """The form, with the terms in force, or `?template=`."""
    return terms_page.begun(call.principal, _subject(call.principal, contract_id), call.query.get("template"))


@routes.form("POST", PATH, action=Action.NEGOTIATE, body=Typed)
def propose_amendment(call: Call[Typed], contract_id: str) -> Page | Redirect:
    """Propose it; what stands against it comes back beside the fields."""
    subject = _subject(call.principal, contract_id)

    def propose(terms: Terms) -> str:
        services().contracts.amendments.propose(
            call.principal,
            contract_id,
            terms,
            in_force_from=_instant(call.body, subject.base.timezone),
            reset_totals=call.body.get("reset_totals") == "reset",
            context=context_of(call),
        )
        return f"/contracts/{contract_id}"

    return terms_page.sent(call.principal, subject, call.body, propose)


@routes.form("POST", f"{PATH}/look", action=Action.NEGOTIATE, body=Typed)
def look_at_amendment(call: Call[Typed], contract_id: str) -> Page:
    """What the amendment says, changes and would pay as it stands; nothing is sent."""
    return terms_page.looked_at(call.principal, _subject(call.principal, contract_id), call.body)


@routes.form("POST", f"{PATH}/keep", action=Action.EDIT_TEMPLATES, body=Typed)
def keep_amendment(call: Call[Typed], contract_id: str) -> Page:
    """Keep the terms as an own template."""
    return terms_page.kept(call.principal, _subject(call.principal, contract_id), call.body)


def _subject(principal: Principal, contract_id: str) -> TermsSubject:
    contract = services().contracts.get(principal, contract_id)
    last, zone = contract.versions[-1], contract.terms.timezone
    since = f" (in force from {when(last.in_force_from, zone)})" if last.in_force_from is not None else ""
    return TermsSubject(
        title=f"Amendment of the contract with {_other_side(principal, contract)}",
        lead=f"In place of version {last.version}{since}; it binds once both sides have signed it. Amounts are in {last.terms.currency}.",
        back=Link(label="Back to the contract", href=f"/contracts/{contract_id}"),
        path=PATH.format(contract_id=contract_id),
        button=f"Propose version {last.version + 1} to {_other_side(principal, contract)}",
        base=last.terms,
        host=services().directory.profile(contract.creator_id),
        brand_id=contract.brand_id,
        shows=tuple(
            AgreedShow(show_id=each.show_id, starts_at=each.starts_at, minutes=each.minutes, title=each.title) for each in contract.bookings
        ),
        about=_about(contract),
        on_the_table=last.terms,
    )


def _about(contract: Contract) -> tuple[TermField, ...]:
    """From when it is to hold: as a start, from the contract's next show on."""
    zone, now = contract.terms.timezone, services().clock.now()
    ahead = min((each.starts_at for each in contract.bookings if each.starts_at > now), default=None)
    value = "" if ahead is None else f"{ahead.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    hint = f"In {zone}. Shows that start earlier keep their terms."
    return (
        TermField(name="in_force_from", label="For shows that start from", kind="moment", value=value, hint=hint, needed=True),
        TermField(name="reset_totals", label="Totals over the whole contract", kind="choice", choices=TOTALS, value="carry"),
    )


def _instant(form: Mapping[str, str], zone: str) -> datetime:
    """The moment as a clock in the contract's zone shows it. Raises `BadAmendment`."""
    try:
        found = datetime.fromisoformat(form.get("in_force_from", "").strip())
    except ValueError:
        message = "Write from when it is to hold, such as 2031-01-12 20:00."
        raise BadAmendment(message, fields={"in_force_from": message}) from None
    return found.replace(tzinfo=ZoneInfo(zone)) if found.tzinfo is None else found


def _other_side(principal: Principal, contract: Contract) -> str:
    return name_of(contract.creator_id if is_on_side(principal, contract, Party.BRAND) else contract.brand_id)

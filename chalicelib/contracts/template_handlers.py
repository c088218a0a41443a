"""Routes of templates of terms, of examples, and of applications that become offers."""

from datetime import date
from typing import Annotated, Any

import msgspec

from chalicelib.contracts.negotiation import LONGEST_ANSWER_HOURS, Offer
from chalicelib.contracts.template_service import MAX_EXAMPLE_SHOWS, Example
from chalicelib.contracts.templates import MAX_NAME_CHARACTERS, MAX_PURPOSE_CHARACTERS, OwnTemplate, Setting, Template
from chalicelib.contracts.terms_check import BadTerms
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.access import Action
from chalicelib.core.clock import day_in
from chalicelib.directory.rules import check_zone
from chalicelib.web.routes import Call, NoBody, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARACTERS)]
TermsBody = Annotated[dict[str, Any], msgspec.Meta(max_length=40)]


class TemplateBody(msgspec.Struct, forbid_unknown_fields=True):
    """Terms to keep under a name; shares of agencies stay behind."""

    name: Name
    terms: TermsBody
    when_to_use: Annotated[str, msgspec.Meta(max_length=MAX_PURPOSE_CHARACTERS)] = ""


class RenameBody(msgspec.Struct, forbid_unknown_fields=True):
    """Another name."""

    name: Name


class ExampleBody(msgspec.Struct, forbid_unknown_fields=True):
    """Terms, the host, and on how many of the host's last shows they are to be tried."""

    creator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    terms: TermsBody
    shows: Annotated[int, msgspec.Meta(ge=1, le=MAX_EXAMPLE_SHOWS)] = 1


class TakeUpBody(msgspec.Struct, forbid_unknown_fields=True):
    """How long the offer that comes of an application can be answered."""

    expires_in_hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_ANSWER_HOURS)] = 48


@routes.api("GET", "/api/v1/terms-templates", action=Action.SEE_TEMPLATES)
def list_templates(call: Call[None]) -> tuple[Template, ...]:
    """The library and the brand's own templates, filled in: `?currency=GBP&timezone=Europe/London&first_day=2031-01-31&category=home`."""
    asked = call.query
    zone = asked.get("timezone", "UTC")
    check_zone(zone)
    setting = Setting(
        currency=asked.get("currency", "GBP"),
        timezone=zone,
        first_day=_day(asked["first_day"]) if "first_day" in asked else day_in(zone, services().clock.now()),
        category=asked.get("category", "all goods")[:60],
    )
    return services().deals.templates.listed(call.principal, setting)


@routes.api("POST", "/api/v1/terms-templates", action=Action.EDIT_TEMPLATES, body=TemplateBody, status=201)
def save_template(call: Call[TemplateBody]) -> OwnTemplate:
    """Keep terms as an own template; terms that could never be offered are refused with the reason."""
    body = call.body
    return services().deals.templates.save(call.principal, body.name, body.when_to_use, read_terms(body.terms), call.new_id("tpl"))


@routes.api("POST", "/api/v1/terms-templates/{template_id}/rename", action=Action.EDIT_TEMPLATES, body=RenameBody)
def rename_template(call: Call[RenameBody], template_id: str) -> OwnTemplate:
    """Give an own template another name."""
    return services().deals.templates.rename(call.principal, template_id, call.body.name)


@routes.api("DELETE", "/api/v1/terms-templates/{template_id}", action=Action.EDIT_TEMPLATES, body=NoBody)
def remove_template(call: Call[NoBody], template_id: str) -> None:
    """Forget an own template."""
    services().deals.templates.remove(call.principal, template_id)


@routes.api("POST", "/api/v1/terms-examples", action=Action.SEE_TEMPLATES, body=ExampleBody)
def try_terms(call: Call[ExampleBody]) -> tuple[Example, ...]:
    """What terms would have paid on the host's last shows, or on stated round figures where the caller may be told of none."""
    return services().deals.templates.examples(call.principal, read_terms(call.body.terms), call.body.creator_id, call.body.shows)


@routes.api("POST", "/api/v1/briefs/{brief_id}/applications/{creator_id}/offer", action=Action.MAKE_OFFER, body=TakeUpBody, status=201)
def take_up_application(call: Call[TakeUpBody], brief_id: str, creator_id: str) -> Offer:
    """Make an offer of an application with terms: version 1 is the host's, to be accepted or countered."""
    brief = services().matching.brief(call.principal, brief_id)
    return services().deals.applied.take_up(call.principal, brief, creator_id, call.body.expires_in_hours)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no day. Write it as YYYY-MM-DD."
        raise BadTerms(message, fields={"first_day": message}) from error

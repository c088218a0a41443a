"""The brand's own templates of terms: what each says, another name for it, and away with it."""

from functools import partial

from chalicelib.contracts.differences import lines
from chalicelib.contracts.templates import MAX_NAME_CHARACTERS, MAX_OWN_TEMPLATES, OwnTemplate
from chalicelib.core.access import Action, Principal
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.refused_forms import NOTHING_TRIED, TEMPLATE, Tried, Typed, act
from chalicelib.web.pages.words import UTC_ZONE, allowed
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.cards import Card, CardSection, CardsPage
from chalicelib.web.views.common import Button, Link, when
from chalicelib.web.views.terms import TermField
from chalicelib.wiring import services

PATH = "/brand/templates"


@routes.page("GET", PATH, action=Action.SEE_MATCHES)
def own_templates_page(call: Call[None]) -> Page:
    """All own templates, in whatever currency."""
    return Page(template=TEMPLATE, view=_page(call.principal, NOTHING_TRIED))


@routes.form("POST", f"{PATH}/{{template_id}}/rename", action=Action.EDIT_TEMPLATES, body=Typed)
def rename_by_form(call: Call[Typed], template_id: str) -> Page | Redirect:
    """Give it another name."""
    what = partial(services().deals.templates.rename, call.principal, template_id, call.body.get("name", ""))
    return act(f"rename-{template_id}", call.body, PATH, what, partial(_page, call.principal))


@routes.form("POST", f"{PATH}/{{template_id}}/remove", action=Action.EDIT_TEMPLATES, body=NoBody)
def remove_by_form(call: Call[NoBody], template_id: str) -> Page | Redirect:
    """Forget it."""
    return act("", {}, PATH, partial(services().deals.templates.remove, call.principal, template_id), partial(_page, call.principal))


def _page(principal: Principal, tried: Tried) -> CardsPage:
    may = allowed(principal, Action.EDIT_TEMPLATES)
    own = services().deals.templates.own(principal)
    section = CardSection(
        section_id="own",
        heading="Own templates",
        nothing="None yet. Where you make an offer on other terms, you can keep those terms as a template.",
        cards=tuple(_card(each, tried, may=may) for each in own),
    )
    lead = f"Offers that were made from a template stay as they are, whatever becomes of it. A brand keeps {MAX_OWN_TEMPLATES} at most."
    return CardsPage(title="Templates of terms", lead=lead, sections=(section,), back=Link(label="Back to your home", href="/brand"))


def _card(template: OwnTemplate, tried: Tried, *, may: bool) -> Card:
    base = f"{PATH}/{template.template_id}"
    name = TermField(name="name", label="Another name", value=template.name, most=MAX_NAME_CHARACTERS, needed=True)
    said = [
        f"Kept {when(template.saved_at, UTC_ZONE)}, in {template.terms.currency}.",
        *([template.when_to_use] if template.when_to_use else []),
    ]
    return Card(
        title=template.name,
        lines=tuple(said),
        points=tuple(f"{line.subject} {line.value}{line.extent}" for line in lines(template.terms)),
        buttons=(Button(label=f"Remove {template.name}", action=f"{base}/remove", tone="danger"),) if may else (),
        forms=(tried.form(f"rename-{template.template_id}", f"{base}/rename", "Rename", (name,), tone="secondary"),) if may else (),
    )

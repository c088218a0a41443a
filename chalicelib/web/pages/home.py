"""The way in: people who are signed in go to their home, others are asked to sign in, new ones open a tenant."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action, Role
from chalicelib.core.errors import Unauthenticated
from chalicelib.directory.rules import TenantKind
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import HOMES
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.sessions import SESSION_COOKIE, cookies_of
from chalicelib.web.views.common import Button, SignIn
from chalicelib.wiring import services

KINDS = {"brand": TenantKind.BRAND, "creator": TenantKind.CREATOR, "agency": TenantKind.AGENCY}
CHOICES = (
    ("brand", "I sell: open a brand", "Post briefs, book hosts, see what their shows sold."),
    ("creator", "I host: open a host's account", "Get offers, run your gigs, be paid for what they sold."),
    ("agency", "I manage hosts: open an agency", "Act for the hosts who name you as their agency."),
)


class NewName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name that others see."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


@routes.public("GET", "/")
def enter(call: Call[None]) -> Page | Redirect:
    """Home, by the first membership's role; the way to sign in for everybody else."""
    secret = cookies_of(call.headers.get("cookie", "")).get(SESSION_COOKIE)
    message = ""
    if secret is not None:
        try:
            session = services().web.sessions.find(secret)
        except Unauthenticated as ended:
            message = ended.message
        else:
            memberships = services().directory.memberships(session.email)
            return Redirect(path=HOMES[Role(memberships[0][1])] if memberships else "/welcome")
    return Page(template="sign_in.html", view=SignIn(sign_in_url="/sign-in", message=message))


@routes.page("GET", "/welcome", action=Action.SEE_OWN_ACCOUNT)
def welcome(call: Call[None]) -> Page | Redirect:
    """What somebody sees who belongs nowhere yet."""
    if call.principal.tenant_id:
        return Redirect(path=HOMES[call.principal.role])
    decisions = tuple(
        steps.Decision(title=title, detail=detail, name_label="Name", button=Button(label="Open it", action=f"/welcome/{kind}"))
        for kind, title, detail in CHOICES
    )
    view = steps.Steps(
        title="Welcome",
        lead="You belong to no brand, host or agency here yet. Open one, or ask a colleague to add your e-mail address to theirs.",
        heading="What do you do?",
        nothing="",
        decisions=decisions,
    )
    return Page(template=steps.TEMPLATE, view=view)


def _open(call: Call[NewName], kind: str) -> Redirect:
    services().directory.open_tenant(call.principal, KINDS[kind], call.body.name)
    return Redirect(path="/")


@routes.form("POST", "/welcome/brand", action=Action.CREATE_TENANT, body=NewName)
def open_brand(call: Call[NewName]) -> Redirect:
    """Open a brand."""
    return _open(call, "brand")


@routes.form("POST", "/welcome/creator", action=Action.CREATE_TENANT, body=NewName)
def open_creator(call: Call[NewName]) -> Redirect:
    """Open a host's account."""
    return _open(call, "creator")


@routes.form("POST", "/welcome/agency", action=Action.CREATE_TENANT, body=NewName)
def open_agency(call: Call[NewName]) -> Redirect:
    """Open an agency."""
    return _open(call, "agency")

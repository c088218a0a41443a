"""A person's own account: where they belong, and what mail they get."""

from typing import Annotated

import msgspec

from chalicelib.core.access import PLATFORM_TENANT, Action
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import ROLE_NAMES
from chalicelib.web.views.forms import Choice, Field, Form
from chalicelib.wiring import services

PATH = "/account"
EVERYTHING, REQUIRED = "everything", "required"
MAIL = (Choice(value=EVERYTHING, label="All mail"), Choice(value=REQUIRED, label="Only what is required"))
ABOUT_MAIL = "Mail about deadlines, contracts and money is required and always comes. Reminders of shows and news of offers do not have to."


class MailForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form sends."""

    mail: Annotated[str, msgspec.Meta(pattern="^(everything|required)$")]
    timezone: Annotated[str, msgspec.Meta(max_length=60)] = ""


@routes.page("GET", PATH, action=Action.SEE_OWN_ACCOUNT)
def account(call: Call[None]) -> Page:
    """The caller's memberships and mail."""
    found = services()
    wishes = found.notices.preferences(call.principal)
    rows = tuple(
        (
            cell("The marketplace" if each.tenant_id == PLATFORM_TENANT else found.directory.tenant(each.tenant_id).name),
            cell(ROLE_NAMES[each.role]),
        )
        for each in found.directory.account(call.principal).memberships
    )
    fields = (
        Field(name="mail", label="Mail to me", value=EVERYTHING if wishes.optional_mail else REQUIRED, choices=MAIL, hint=ABOUT_MAIL),
        Field(
            name="timezone",
            label="Time zone",
            value=wishes.timezone,
            needed=False,
            hint="An IANA name such as Europe/London. Left empty, times are told in the host's zone or the contract's, and in UTC.",
        ),
    )
    view = steps.Steps(
        title="Your account",
        lead=call.principal.email,
        forms=(Form(title="Mail", action=PATH, button="Save", fields=fields),),
        tables=(table("Memberships", "Where,As", rows, "You belong nowhere yet."),),
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", PATH, action=Action.SEE_OWN_ACCOUNT, body=MailForm)
def save_account(call: Call[MailForm]) -> Redirect:
    """Keep what the caller wants of mail."""
    services().notices.prefer(call.principal, timezone=call.body.timezone.strip(), optional_mail=call.body.mail == EVERYTHING)
    return Redirect(path=PATH)

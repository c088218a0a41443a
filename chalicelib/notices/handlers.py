"""Routes of notices: what a person wants of mail."""

from typing import Annotated

import msgspec

from chalicelib.core.access import Action
from chalicelib.notices.rules import Preferences
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)


class NewPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The zone in which times are told (empty: the one that fits), and whether mail that is not required may come."""

    timezone: Annotated[str, msgspec.Meta(max_length=60)] = ""
    optional_mail: bool = True


@routes.api("GET", "/api/v1/me/notices", action=Action.SEE_OWN_ACCOUNT)
def see_preferences(call: Call[None]) -> Preferences:
    """What the caller wants of mail."""
    return services().notices.preferences(call.principal)


@routes.api("PUT", "/api/v1/me/notices", action=Action.SEE_OWN_ACCOUNT, body=NewPreferences)
def save_preferences(call: Call[NewPreferences]) -> Preferences:
    """Say what the caller wants of mail. What is about a deadline, a contract or money comes in any case."""
    return services().notices.prefer(call.principal, timezone=call.body.timezone, optional_mail=call.body.optional_mail)

"""Signing in and out, the API's own description, the business clock of a local stage, and health."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec

from chalicelib.adapters.dynamo import outbox_depth
from chalicelib.adapters.queues import Depths
from chalicelib.core.access import Action
from chalicelib.core.clock import iso
from chalicelib.core.errors import Unauthenticated
from chalicelib.web import openapi
from chalicelib.web.assets import asset
from chalicelib.web.endpoint import local_path
from chalicelib.web.routes import Call, Redirect, Routes, TextFile
from chalicelib.web.sessions import (
    ABSOLUTE,
    SESSION_COOKIE,
    SIGN_IN_COOKIE,
    SIGN_IN_WITHIN,
    Session,
    cookie,
    cookies_of,
)
from chalicelib.wiring import services

routes = Routes(__name__)


class NewTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What business time shall be."""

    now: Annotated[datetime, msgspec.Meta(tz=True)]


@routes.public("GET", "/sign-in")
def sign_in(call: Call[None]) -> Redirect:
    """Send the browser to the hosted sign-in, remembering where it wanted to go."""
    web = services().web
    secret, started = web.sessions.start_sign_in(local_path(call.query.get("next", "/")))
    url = web.identity.sign_in_url(state=started.state, nonce=started.nonce, verifier=started.verifier)
    return Redirect(path=url, external=True, cookies=(cookie(SIGN_IN_COOKIE, secret, max_age_seconds=int(SIGN_IN_WITHIN.total_seconds())),))


@routes.public("GET", "/auth/callback")
def callback(call: Call[None]) -> Redirect:
    """Trade the code for a session."""
    web = services().web
    secret = cookies_of(call.headers.get("cookie", "")).get(SIGN_IN_COOKIE, "")
    started = web.sessions.finish_sign_in(secret, call.query.get("state", ""))
    if "code" not in call.query:
        raise Unauthenticated("The sign-in was not completed. Please sign in again.")
    person = web.identity.identify(code=call.query["code"], verifier=started.verifier, nonce=started.nonce)
    session = Session(user_id=person.user_id, email=person.email, name=person.name, started_at=web.clock.real_now())
    opened = web.sessions.open(session)
    cookies = (cookie(SESSION_COOKIE, opened, max_age_seconds=int(ABSOLUTE.total_seconds())), cookie(SIGN_IN_COOKIE, "", max_age_seconds=0))
    return Redirect(path=started.next_path, cookies=cookies)


@routes.public("GET", "/sign-out")
def sign_out(call: Call[None]) -> Redirect:
    """End the session here and at the hosted sign-in."""
    web = services().web
    web.sessions.close(cookies_of(call.headers.get("cookie", "")).get(SESSION_COOKIE, ""))
    url = web.identity.sign_out_url(web.site_url + "/")
    return Redirect(path=url, external=True, cookies=(cookie(SESSION_COOKIE, "", max_age_seconds=0),), clear_site=True)


@routes.public("GET", "/api/v1/openapi.json")
def describe_api(call: Call[None]) -> dict[str, Any]:  # noqa: ARG001  # nothing of the caller matters
    """The OpenAPI document."""
    web = services().web
    return openapi.document(web.declared(), web.site_url)


@routes.public("GET", "/favicon.ico")
def favicon(call: Call[None]) -> Redirect:  # noqa: ARG001
    """Where browsers look on documents that name no icon of their own."""
    return Redirect(path=asset("mark.svg"))


@routes.public("GET", "/health")
def health(call: Call[None]) -> TextFile:  # noqa: ARG001
    """Says that the function runs."""
    return TextFile(content_type="text/plain; charset=utf-8", body="ok\n")


@routes.api("GET", "/api/v1/queues", action=Action.SEE_HEALTH)
def see_queues(call: Call[None]) -> Depths:  # noqa: ARG001
    """How much work waits, and what was given up; the outbox counts as a queue of its own."""
    depths = services().queues.depths()
    return replace(depths, waiting={**depths.waiting, "outbox": outbox_depth()})


@routes.api("GET", "/api/v1/clock", action=Action.SEE_OWN_ACCOUNT)
def read_clock(call: Call[None]) -> dict[str, str]:  # noqa: ARG001
    """Business time."""
    return {"now": iso(services().web.clock.now())}


@routes.api("PUT", "/api/v1/clock", action=Action.SET_CLOCK, body=NewTime)
def set_clock(call: Call[NewTime]) -> dict[str, str]:
    """Move business time forward; local stages only."""
    return {"now": iso(services().web.clock.set(call.body.now))}

"""All routes of the app, and somebody who asks them as anybody."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalice.app import Response

import app
from chalicelib.core.access import Principal, Role
from chalicelib.web.routes import Declared
from chalicelib.web.sessions import SESSION_COOKIE, Session
from tests.fakes.console import Console

DECLARED = [declared for routes in app.ROUTES for declared in routes.declared]
GUARDED = [declared for declared in DECLARED if declared.kind != "public"]
PLATFORM = frozenset({Role.FINANCE_ANALYST, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.OPERATOR})
Name = tuple[str, str]


def name_of(declared: Declared) -> Name:
    """Method and path: how a route is called in tests' answers."""
    return declared.method, declared.path


@dataclass
class Caller:
    """Asks the app as anybody, API and forms alike."""

    console: Console

    def ask(self, declared: Declared, who: Principal | None, ids: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Response:
        """The answer to a route with these ids in its path."""
        path = re.sub(r"{(\w+)}", lambda place: ids.get(place[1], "x1"), declared.path)
        headers = {} if who is None else {"cookie": f"{SESSION_COOKIE}={self.cookie(who)}"}
        raw = b""
        if declared.method != "GET":
            headers["sec-fetch-site"] = "same-origin"
            headers["content-type"] = "application/x-www-form-urlencoded" if declared.kind == "form" else "application/json"
            raw = urlencode(body or {}).encode() if declared.kind == "form" else json.dumps(body or {}).encode()
        answer = self.console.gateway.handle_request(method=declared.method, path=path, headers=headers, body=raw)
        return Response(answer["body"], answer["headers"], answer["statusCode"])

    def cookie(self, who: Principal) -> str:
        """Their session, opened once."""
        if who.email not in self.console.cookies:
            session = Session(user_id=who.user_id, email=who.email, name=who.user_id, started_at=self.console.services.clock.real_now())
            self.console.cookies[who.email] = self.console.services.web.sessions.open(session)
        return self.console.cookies[who.email]

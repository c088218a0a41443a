"""From a request to an answer, the same way for every route: parse, authorise, act, show.

Views see a `Call` and return values; here alone they become HTTP, and business failures become problem documents or pages.
"""

import logging
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
from chalice.app import Request, Response

from chalicelib.core.access import Principal, Role, may
from chalicelib.core.errors import Forbidden, Invalid, PrimetimeError, Unauthenticated
from chalicelib.core.ids import new_id
from chalicelib.web import errors
from chalicelib.web.headers import NO_STORE, security_headers
from chalicelib.web.idempotency import Idempotency
from chalicelib.web.instants import demand_in_reach
from chalicelib.web.render import Renderer
from chalicelib.web.routes import JSON_TYPE, Call, Declared, NoBody, Page, Redirect, TextFile
from chalicelib.web.sessions import SESSION_COOKIE, Session, SessionStore, cookies_of

MAX_BODY_BYTES = 1_000_000
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
EPOCH = datetime.fromtimestamp(0, UTC)
access_log = logging.getLogger("primetime.access")
log = logging.getLogger("primetime.web")


class NotAllowed(Forbidden):
    """The role does not include this."""


class CrossSite(Forbidden):
    """A write that another site's page sent in the person's name."""


class BodyTooLarge(Invalid):
    """More than an API call may carry; files go to the bucket by an upload URL."""


class Memberships(Protocol):
    """Who belongs where, as the directory knows it."""

    def memberships(self, user_email: str) -> tuple[tuple[str, str], ...]:
        """(tenant id, role) of each membership."""
        ...


class Endpoint:
    """Answers every declared route."""

    def __init__(  # what the web layer stands on, each once
        self,
        *,
        sessions: SessionStore,
        memberships: Memberships,
        idempotency: Idempotency,
        renderer: Renderer,
        site_url: str,
        upload_origin: str,
    ) -> None:
        """`upload_origin` is where pages send sales files."""
        self._sessions = sessions
        self._memberships = memberships
        self._idempotency = idempotency
        self._renderer = renderer
        self._site_url = site_url
        self._upload_origin = upload_origin
        self._headers = {**security_headers(upload_origin), **NO_STORE}

    def __call__(self, declared: Declared, request: Request, parameters: Mapping[str, str]) -> Response:
        """The answer to a request, whatever happens; one access-log line for each."""
        request_id = new_id("req")
        started = time.perf_counter_ns()
        response = self._answer(declared, request, parameters, request_id)
        response.headers = {**self._headers, **response.headers, "X-Request-Id": request_id}
        milliseconds = (time.perf_counter_ns() - started) // 1_000_000
        entry = {
            "request": request_id,
            "method": declared.method,
            "route": declared.path,
            "status": response.status_code,
            "ms": milliseconds,
        }
        access_log.info(entry)
        return response

    def _answer(self, declared: Declared, request: Request, parameters: Mapping[str, str], request_id: str) -> Response:
        session: Session | None = None
        try:
            session = self._session(declared, request)
            call = self._call(declared, request, session)
            decoded = {name: urllib.parse.unquote(value) for name, value in parameters.items()}
            return self._act(declared, call, decoded, session)
        except PrimetimeError as error:
            return self._failure(declared, request, error, session)
        except Exception:  # the one place where a failure of ours becomes an answer instead of Chalice's bare one
            log.exception("unexpected failure in %s %s, request %s", declared.method, declared.path, request_id)
            return self._unexpected(declared, request, errors.unexpected(request_id))

    def _session(self, declared: Declared, request: Request) -> Session | None:
        if declared.action is None:
            return None
        if declared.method in WRITES:
            self._refuse_cross_site(request)
        secret = cookies_of(request.headers.get("cookie", "")).get(SESSION_COOKIE)
        if secret is None:
            raise Unauthenticated("Please sign in first.")
        return self._sessions.find(secret)

    def _refuse_cross_site(self, request: Request) -> None:
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        same = site == "same-origin" if site is not None else origin == self._site_url
        if not same:
            raise CrossSite(
                "Writes are taken from this site's own pages only. Programs send the header Sec-Fetch-Site: same-origin with their session."
            )

    def _call(self, declared: Declared, request: Request, session: Session | None) -> Call[Any]:
        raw = request.raw_body or b""
        raw_body = raw.encode() if isinstance(raw, str) else raw
        if len(raw_body) > MAX_BODY_BYTES:
            raise BodyTooLarge(f"A request carries at most {MAX_BODY_BYTES:,} bytes. Upload files through POST /api/v1/imports.")
        principal = self._principal(declared, request, session)
        return Call(
            principal=principal,
            body=_body(declared, raw_body),
            query=dict(request.query_params or {}),
            headers=request.headers,
            raw_body=raw_body,
            address=_address(request),
            user_agent=request.headers.get("user-agent", "")[:300],
            authenticated_at=session.started_at if session else EPOCH,
        )

    def _principal(self, declared: Declared, request: Request, session: Session | None) -> Principal:
        if session is None or declared.action is None:
            return Principal(user_id="", email="", tenant_id="", role=Role.BRAND_VIEWER)
        principal = self._acting(session, request.headers.get("primetime-tenant"))
        if principal is None:
            if declared.action.value not in {"create_tenant", "see_own_account"}:
                raise NotAllowed("You do not belong to a brand, creator or agency here yet. Create one, or ask to be added to one.")
            return Principal(user_id=session.user_id, email=session.email, tenant_id="", role=Role.BRAND_VIEWER)
        if not may(principal.role, declared.action):
            raise NotAllowed(
                f"Your role ({principal.role.replace('_', ' ')}) does not include this. Ask somebody of your team whose role does."
            )
        return principal

    def _acting(self, session: Session, tenant_id: str | None) -> Principal | None:
        """As whom the person acts: the tenant they named, else the first they belong to."""
        for member_tenant, role in self._memberships.memberships(session.email):
            if tenant_id in {None, member_tenant}:
                return Principal(user_id=session.user_id, email=session.email, tenant_id=member_tenant, role=Role(role))
        return None

    def _act(self, declared: Declared, call: Call[Any], parameters: Mapping[str, str], session: Session | None) -> Response:
        key = call.headers.get("idempotency-key") if declared.kind == "api" and declared.method in WRITES else None
        if key is None or session is None:
            return self._show(declared, declared.view(call, **parameters), call)
        caller = f"{session.user_id}#{call.headers.get('primetime-tenant', '')}"
        request = msgspec.json.encode([declared.method, declared.path, dict(parameters)]) + call.raw_body
        kept = self._idempotency.begin(caller, key, request)
        if kept.status is not None:
            return Response(kept.body, {"Content-Type": JSON_TYPE, "Idempotent-Replay": "true"}, kept.status)
        try:
            response = self._show(declared, declared.view(replace(call, seed=kept.seed), **parameters), call)
        except PrimetimeError:
            self._idempotency.forget(caller, key)
            raise
        except BaseException:
            self._idempotency.lose_track(caller, key, kept)
            raise
        self._idempotency.finish(caller, key, kept, response.status_code, str(response.body))
        return response

    def _show(self, declared: Declared, result: object, call: Call[Any]) -> Response:
        match result:
            case None:
                return Response("", {}, HTTPStatus.NO_CONTENT)
            case TextFile():
                headers: dict[str, str | list[str]] = {"Content-Type": result.content_type}
                if result.filename is not None:
                    headers["Content-Disposition"] = f'attachment; filename="{result.filename}"'
                if result.style:
                    headers.update(security_headers(self._upload_origin, result.style))
                return Response(result.body, headers, HTTPStatus.OK)
            case Page():
                return self._page(result.template, result.status, view=result.view, principal=call.principal)
            case Redirect():
                headers = {"Location": result.path if result.external else self._site_url + local_path(result.path)}
                cookies = {"Set-Cookie": list(result.cookies)} if result.cookies else {}
                clear = {"Clear-Site-Data": '"cache", "storage"'} if result.clear_site else {}
                return Response("", {**headers, **cookies, **clear}, HTTPStatus.SEE_OTHER)
            case _:
                return Response(msgspec.json.encode(result).decode(), {"Content-Type": JSON_TYPE}, declared.status)

    def _page(self, template: str, status: int, **values: Any) -> Response:
        text = self._renderer.render(template, **values)
        return Response(text, {"Content-Type": "text/html; charset=utf-8"}, status)

    def _failure(self, declared: Declared, request: Request, error: PrimetimeError, session: Session | None) -> Response:
        if not _is_for_people(declared, request):
            return _problem(errors.problem(error), errors.status_of(error))
        if isinstance(error, Unauthenticated) and declared.action is not None:
            path = asked_path(request.context, request.query_params or {}) if declared.method == "GET" else "/"
            return Response("", {"Location": f"{self._site_url}/sign-in?next={urllib.parse.quote(path)}"}, HTTPStatus.SEE_OTHER)
        principal = self._acting(session, None) if session else None
        view = errors.problem(error) | self._way_back(declared, request)
        return self._page("error.html", errors.status_of(error), view=view, principal=principal)

    def _unexpected(self, declared: Declared, request: Request, document: Mapping[str, Any]) -> Response:
        """Without looking up who asks: that may be what failed."""
        if not _is_for_people(declared, request):
            return _problem(document, HTTPStatus.INTERNAL_SERVER_ERROR)
        view = {**document, **self._way_back(declared, request)}
        return self._page("error.html", HTTPStatus.INTERNAL_SERVER_ERROR, view=view, principal=None)

    def _way_back(self, declared: Declared, request: Request) -> dict[str, str]:
        """The page of ours whose form was sent, if the browser says so: ``{"back": path}``."""
        came_from = request.headers.get("referer", "")
        if declared.kind != "form" or not came_from.startswith(f"{self._site_url}/"):
            return {}
        return {"back": local_path(came_from.removeprefix(self._site_url))}


def local_path(path: str) -> str:
    """A path of this site, or ``/``: never a way to another host."""
    parts = urllib.parse.urlsplit(path)
    is_local = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if is_local else "/"


def asked_path(context: Mapping[str, Any], query: Mapping[str, str]) -> str:
    """The path that the browser asked for, query included: API Gateway puts its own stage before it, the edge shows none."""
    path = str(context.get("path", "/"))
    stage = f"/{context.get('stage')}/"
    asked = f"/{path.removeprefix(stage)}" if path.startswith(stage) else path
    return f"{asked}?{urllib.parse.urlencode(query)}" if query else asked


def _is_for_people(declared: Declared, request: Request) -> bool:
    """Whether a person reads the answer: pages, forms, and public addresses that a browser opens."""
    opened = declared.kind == "public" and declared.method == "GET" and "text/html" in request.headers.get("accept", "")
    return declared.kind in {"page", "form"} or opened


def _problem(document: Mapping[str, Any], status: int) -> Response:
    return Response(msgspec.json.encode(document).decode(), {"Content-Type": errors.PROBLEM_TYPE}, status)


def _body(declared: Declared, raw_body: bytes) -> Any:  # noqa: ANN401  # of the declared type
    """The declared body, checked. Raises `Invalid` with the sentence that msgspec has for it."""
    if declared.body is None:
        return None
    try:
        if declared.kind == "form":
            pairs = dict(urllib.parse.parse_qsl(raw_body.decode(), keep_blank_values=True))
            return msgspec.convert(pairs, declared.body, strict=False)
        if declared.body is NoBody and not raw_body:
            return NoBody()
        body = msgspec.json.decode(raw_body, type=declared.body)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The request cannot be read: {error}.") from error
    demand_in_reach(body)
    return body


def _address(request: Request) -> str:
    """The client's address as CloudFront states it; X-Forwarded-For can be made up by anybody."""
    viewer: str = request.headers.get("cloudfront-viewer-address", "")
    return viewer.rsplit(":", 1)[0] if viewer else str(request.context.get("identity", {}).get("sourceIp", ""))

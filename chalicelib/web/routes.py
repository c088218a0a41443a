"""How a view is declared: method, path, who may call it and what it reads, in one place.

`Routes` is a Chalice blueprint that also remembers its declarations, so that the OpenAPI document, the test of every
route against the access table and the running app are made from the same lines.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.core.access import Action, Principal
from chalicelib.core.ids import new_id

Body = TypeVar("Body")
FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Body]):
    """One request after it was parsed and authorised."""

    principal: Principal
    body: Body
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    address: str
    user_agent: str
    authenticated_at: datetime
    """When the person last proved who they are (real time); epoch for public routes."""
    seed: str = ""
    """What the ids of things made by this request end with, however often it comes under its Idempotency-Key; empty without one."""

    def new_id(self, prefix: str) -> str:
        """An id for the one thing of a kind that this request makes: a client that never saw our answer makes it no second time."""
        return f"{prefix}_{self.seed}" if self.seed else new_id(prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """An answer that is not JSON: a document to show, or with a `filename` to download."""

    content_type: str
    body: str
    filename: str | None = None
    style: str = ""
    """What stands in the document's own style element, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: a template and the view model that it shows."""

    template: str
    view: Any
    status: int = HTTPStatus.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Go to a path of ours (303), or to a page of Cognito or Stripe (`external`), with cookies if need be."""

    path: str
    cookies: tuple[str, ...] = ()
    external: bool = False
    clear_site: bool = False


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For writes that need nothing but their path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A route as declared. `action` None means that anybody may call it."""

    method: str
    path: str
    action: Action | None
    body: type[Any] | None
    status: int
    kind: str
    """`api`, `page`, `form` or `public`."""
    view: Callable[..., Any]


Answerer = Callable[[Declared, Any, Mapping[str, str]], Response]
_answerer: list[Answerer] = []


def answer_with(answerer: Answerer) -> None:
    """Say how declared routes are answered; app.py does it once, and a test may put its own in."""
    _answerer[:] = [answerer]


class Routes(Blueprint):
    """A feature's routes."""

    def __init__(self, import_name: str) -> None:
        """`import_name` is the module's `__name__`."""
        super().__init__(import_name)
        self.declared: list[Declared] = []

    def api(
        self, method: str, path: str, *, action: Action, body: type[Any] | None = None, status: int = HTTPStatus.OK
    ) -> Callable[..., Any]:
        """A view of the JSON API for signed-in members whose role allows `action`."""
        return self._declare("api", method, path, action, body, status)

    def page(self, method: str, path: str, *, action: Action) -> Callable[..., Any]:
        """A page for signed-in members; others are sent to sign in."""
        return self._declare("page", method, path, action, None, HTTPStatus.OK)

    def form(self, method: str, path: str, *, action: Action, body: type[Any]) -> Callable[..., Any]:
        """A form post by a signed-in member: the view returns a `Redirect`."""
        return self._declare("form", method, path, action, body, HTTPStatus.SEE_OTHER)

    def public(self, method: str, path: str) -> Callable[..., Any]:
        """A view for anybody: webhooks, sign-in, health."""
        return self._declare("public", method, path, None, None, HTTPStatus.OK)

    def _declare(  # one argument for each thing a route declares
        self, kind: str, method: str, path: str, action: Action | None, body: type[Any] | None, status: int
    ) -> Callable[..., Any]:
        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            declared = Declared(method=method, path=path, action=action, body=body, status=status, kind=kind, view=view)
            self.declared.append(declared)
            accepts = [FORM_TYPE] if kind == "form" else [JSON_TYPE, FORM_TYPE, "text/plain"]

            def answer(**parameters: str) -> Response:
                return _answerer[0](declared, self.current_request, parameters)

            answer.__name__ = view.__name__
            self.route(path, methods=[method], content_types=accepts)(answer)
            return view

        return register

"""The OpenAPI 3.1 document, made from the same declarations that the app runs on."""

import inspect
import re
from collections.abc import Iterable
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from chalicelib.core.access import ALLOWED
from chalicelib.web.errors import PROBLEM_TYPE
from chalicelib.web.routes import Declared, Redirect, TextFile

VERSION = "1"
REFERENCE = "#/components/schemas/{name}"


def document(declared: Iterable[Declared], site_url: str) -> dict[str, Any]:
    """The document of all JSON API routes."""
    routes = [route for route in declared if route.kind == "api"]
    answers = {id(route): _answer_type(route) for route in routes}
    types = {kind for kind in (*(route.body for route in routes), *answers.values()) if kind is not None}
    ordered = sorted(types, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, answers[id(route)], by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Primetime",
            "version": VERSION,
            "description": "A marketplace for live commerce: from brief to reconciled payout.",
        },
        "servers": [{"url": site_url}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _answer_type(route: Declared) -> Any:  # noqa: ANN401  # an annotation
    """What a view answers as JSON; files and nothing are None, and a choice between JSON and a file is the JSON."""
    answer = get_type_hints(route.view).get("return")
    choices = [each for each in get_args(answer) if each not in {TextFile, Redirect}] if get_origin(answer) is UnionType else [answer]
    return choices[0] if len(choices) == 1 and choices[0] not in {type(None), TextFile} else None


def _operation(route: Declared, answer: Any, by_type: dict[Any, Any]) -> dict[str, Any]:  # noqa: ANN401  # likewise
    roles = sorted(ALLOWED[route.action]) if route.action else []
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": (inspect.getdoc(route.view) or route.view.__name__).splitlines()[0],
        "description": f"Roles: {', '.join(roles)}.",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in re.findall(r"{(\w+)}", route.path)
        ],
        "responses": {
            str(int(route.status)): {"description": "Done.", **_content(answer, by_type)},
            "default": {"description": "A problem, in words.", "content": {PROBLEM_TYPE: {"schema": {"type": "object"}}}},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": by_type[route.body]}}}
    return operation


def _content(answer: Any, by_type: dict[Any, Any]) -> dict[str, Any]:  # noqa: ANN401  # likewise
    if answer is None:
        return {}
    return {"content": {"application/json": {"schema": by_type[answer]}}}

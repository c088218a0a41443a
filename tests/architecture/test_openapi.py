"""The API's own description is a whole OpenAPI 3.1 document, names every route of the JSON API and nothing else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

import app
from chalicelib.web import openapi
from chalicelib.web.routes import Declared

DECLARED = [declared for routes in app.ROUTES for declared in routes.declared]
API = [declared for declared in DECLARED if declared.kind == "api"]
DOCUMENT = openapi.document(DECLARED, "https://primetime.example")
METHODS = {"get", "put", "post", "delete", "patch"}


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_document_says_what_it_is() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert all(DOCUMENT["info"][name] for name in ("title", "version"))
    assert DOCUMENT["servers"] == [{"url": "https://primetime.example"}]
    assert set(DOCUMENT) <= {"openapi", "info", "servers", "paths", "components", "security", "tags"}


def test_every_route_of_the_json_api_is_named_and_no_other() -> None:
    assert {(path, method.upper()) for path, method, _ in _operations()} == {(declared.path, declared.method) for declared in API}
    assert {method for _, method, _ in _operations()} <= METHODS


def test_every_operation_has_an_id_of_its_own_and_a_sentence() -> None:
    operations = [operation for _, _, operation in _operations()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert [operation["operationId"] for operation in operations if len(operation["summary"]) < 5] == []


def test_every_place_in_a_path_is_a_required_parameter() -> None:
    for path, method, operation in _operations():
        named = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path" and parameter["required"]]
        assert named == re.findall(r"{(\w+)}", path), (method, path)


def test_every_operation_answers_with_a_status_and_says_what_a_refusal_looks_like() -> None:
    for path, method, operation in _operations():
        statuses = set(operation["responses"])
        assert all(re.fullmatch(r"2\d\d|default", status) for status in statuses), (method, path)
        assert "default" in statuses, (method, path)
        assert len(statuses) > 1, (method, path)
        assert all(answer["description"] for answer in operation["responses"].values())


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert {reference for reference in _references(DOCUMENT) if reference.removeprefix("#/components/schemas/") not in schemas} == set()


@pytest.mark.parametrize("declared", [declared for declared in API if declared.body is not None], ids=lambda declared: declared.path)
def test_a_body_is_described_and_takes_no_unknown_field(declared: Declared) -> None:
    schema = DOCUMENT["paths"][declared.path][declared.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    described = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert (described["type"], described["additionalProperties"]) == ("object", False)

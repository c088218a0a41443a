"""Stripe's contract as the installed SDK states it: its classes are generated from the official specification, so their source is read.

Annotations are read as syntax, because most of them name types that are imported for type checkers only.
"""

import ast
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

SDK = Path(str(files("stripe")))
SCALARS: dict[str, tuple[type, ...]] = {"int": (int,), "str": (str,), "bool": (bool,), "float": (int, float)}
LIST_MEMBERS = frozenset({"object", "data", "has_more", "url"})
COMMON_OBJECTS_ELSEWHERE = {"checkout.session": "checkout/_session.py"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A class of the SDK: its members' annotations, and the classes that can be named inside."""

    name: str
    members: dict[str, ast.expr]
    inner: dict[str, "Shape"]


def shape_of(object_name: str) -> Shape:
    """The class of an API object, by the value of its member `object`."""
    path = COMMON_OBJECTS_ELSEWHERE.get(object_name, f"_{object_name}.py")
    return next(shape for shape in _classes(path).values() if _object_name(shape) == object_name)


def params_of(name: str) -> tuple[Shape, dict[str, Shape]]:
    """The TypedDict of an endpoint's parameters (``transfer_create``) and all those of its module."""
    folder, _, last = name.rpartition("._")
    classes = _classes(f"params/{folder + '/' if folder else ''}_{last}_params.py")
    return classes["".join(part.title() for part in last.split("_")) + "Params"], classes


@functools.cache
def _classes(path: str) -> dict[str, Shape]:
    return _inner(ast.parse((SDK / path).read_text()).body, {})


def _inner(body: Sequence[ast.stmt], around: dict[str, Shape]) -> dict[str, Shape]:
    found = dict(around)
    for node in body:
        if isinstance(node, ast.ClassDef):
            members = {
                item.target.id: item.annotation
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            }
            found[node.name] = Shape(node.name, members, _inner(node.body, found))
    return found


def _object_name(shape: Shape) -> str | None:
    values = _literals(shape.members["object"]) if "object" in shape.members else ()
    return str(values[0]) if values else None


def is_optional(annotation: ast.expr) -> bool:
    """Whether a member may be null or absent."""
    return isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in {"Optional", "NotRequired", "ClassVar"}


def problems(value: dict[str, Any], shape: Shape, path: str = "") -> Iterator[str]:
    """What is wrong with an answer: members missing, unknown, of another type, or with a value that Stripe does not list."""
    where = path or shape.name
    required = {name for name, annotation in shape.members.items() if not is_optional(annotation)}
    for name in sorted(required - set(value)):
        yield f"{where}: {name} is missing"
    for name, member in value.items():
        if name not in shape.members:
            yield f"{where}: {name} is unknown"
        else:
            yield from _member_problems(member, shape.members[name], shape, f"{where}.{name}")


def _member_problems(value: object, annotation: ast.expr, shape: Shape, path: str) -> Iterator[str]:
    if value is None:
        if not is_optional(annotation):
            yield f"{path} is null"
    elif isinstance(value, dict):
        yield from _object_problems(value, annotation, shape, path)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _member_problems(item, annotation, shape, f"{path}[{place}]")
    else:
        yield from _scalar_problems(value, annotation, path)


def _object_problems(value: dict[str, Any], annotation: ast.expr, shape: Shape, path: str) -> Iterator[str]:
    names = tuple(_names(annotation))
    if "ListObject" in names:
        if set(value) != LIST_MEMBERS:
            yield f"{path} is no list object"
        for item in value.get("data", []):
            yield from problems(item, shape_of(item["object"]), f"{path}[]")
        return
    if "UntypedStripeObject" in names:
        return
    inner = next((shape.inner[name] for name in names if name in shape.inner), None)
    if inner is None and "object" not in value:
        yield f"{path} is an object, declared as {ast.unparse(annotation)[:60]}"
        return
    yield from problems(value, inner or shape_of(value["object"]), path)


def _scalar_problems(value: object, annotation: ast.expr, path: str) -> Iterator[str]:
    names, literals = set(_names(annotation)), _literals(annotation)
    if literals and value not in literals:
        yield f"{path} is {value!r}, which Stripe does not list"
    allowed = tuple(kind for name, kinds in SCALARS.items() if name in names for kind in kinds)
    if "ExpandableField" in names:
        allowed = (*allowed, str)
    if not literals and type(value) not in allowed:
        yield f"{path} is {value!r}, declared as {ast.unparse(annotation)[:60]}"


def _names(annotation: ast.expr) -> Iterator[str]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_inside_literal(node, annotation):
            yield from _names(ast.parse(node.value, mode="eval").body)


def _literals(annotation: ast.expr) -> tuple[object, ...]:
    """All values that `Literal` lists anywhere in an annotation, those in quoted annotations too."""
    found: list[object] = []
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            found += [leaf.value for leaf in ast.walk(node.slice) if isinstance(leaf, ast.Constant)]
    return tuple(found)


def _is_inside_literal(leaf: ast.Constant, annotation: ast.expr) -> bool:
    return any(
        leaf in set(ast.walk(node.slice))
        for node in ast.walk(annotation)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"
    )


def undeclared(path: Sequence[str], name: str) -> str | None:
    """Why a parameter (``("line_items", "*", "quantity")``) is not one that the SDK declares, or None when it is."""
    shape, classes = params_of(name)
    for place, step in enumerate(path):
        if step == "*":
            continue
        if step not in shape.members:
            return f"{name}: {'.'.join(path)} ({shape.name} has no {step})"
        inner = next((classes[found] for found in _names(shape.members[step]) if found in classes), None)
        if inner is not None:
            shape = inner
        elif any(rest != "*" for rest in path[place + 1 :]):
            return f"{name}: {'.'.join(path)} ({step} has no members)"
    return None

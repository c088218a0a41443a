"""The oracle and the model of the earnings stand on their own: what they shared with the product could not find the product wrong."""

import ast
import sys

import pytest

from tests.architecture.sources import sources


@pytest.mark.parametrize(("place", "others"), [("tests/model", set()), ("tests/oracle", {"duckdb"})])
def test_a_second_opinion_imports_the_standard_library_and_itself_only(place: str, others: set[str]) -> None:
    own = place.replace("/", ".")
    imported = {
        (path, name)
        for path, tree in sources(place)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    }
    assert any(name.startswith(own) for _, name in imported)
    foreign = {(path, name) for path, name in imported if name.split(".")[0] not in sys.stdlib_module_names | others}
    assert {(path, name) for path, name in foreign if name != own and not name.startswith(f"{own}.")} == set()

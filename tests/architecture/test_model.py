"""The model of the earnings stands on its own: what it shared with the product could not find the product wrong."""

import ast
import sys

from tests.architecture.sources import sources


def test_the_model_imports_the_standard_library_and_itself_only() -> None:
    imported = {
        (path, name)
        for path, tree in sources("tests/model")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    }
    assert imported
    foreign = {(path, name) for path, name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert {(path, name) for path, name in foreign if not name.startswith("tests.model")} == set()

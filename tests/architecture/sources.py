"""Our own sources as the architecture tests read them: never imported, only parsed."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """Each module below these places (files or directories of the root): its path from the root, and its tree."""
    for place in places:
        start = ROOT / place
        for path in [start] if start.is_file() else sorted(start.rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def dotted(node: ast.AST) -> str:
    """``datetime.now`` of an attribute chain or a name; empty for anything else."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""

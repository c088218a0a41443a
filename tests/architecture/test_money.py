"""No float comes near money: no literal, no `float`, no `/`, in anything that is deployed."""

import ast

from tests.architecture.sources import sources

DEPLOYED = ("app.py", "chalicelib")
ESTIMATES = tuple(f"chalicelib/matching/{name}.py" for name in ("score", "expectation", "priors"))
"""Chances and expectations, which are ratios by nature: exact Fractions, of which nothing is ever paid. Floats stay out of it, too."""
SELECTING = {f"chalicelib/matching/snapshot/{name}.py" for name in ("build", "formula", "query")}
"""Estimates for a million hosts at once, by numpy. They pick and order hosts, in whole millinats that a proven bound makes those of
`score` (ADR 33, and tests/property/test_matching_snapshot.py); no amount is ever taken from them."""
SEARCHES = "chalicelib/planning/solvers/"
"""What searches for plans works on copies of the values; what it finds is valued anew in whole numbers by `planning.arrays`."""
ALLOWED = {
    # Seconds to wait before a write is tried again.
    ("chalicelib/ledger/service.py", "0.02"),
    ("chalicelib/adapters/dynamo.py", "0.05"),
    # A path.
    ("chalicelib/web/render.py", "Path(__file__).resolve().parent.parent.parent / 'templates'"),
    # A rate as people read it, in Decimal: 1,250 basis points are 12.5 %.
    ("chalicelib/payouts/earnings/amounts.py", "Decimal(basis_points) / 100"),
    # A commission's share of a sale, in exact Fractions; it is rounded once, later.
    ("chalicelib/payouts/earnings/commission.py", "exact * base_minor / units"),
}
FLOATING = {"float", "math.sqrt", "math.floor", "math.ceil", "round"}


def _inexact(node: ast.AST) -> bool:
    """Whether evaluating this may make a float of whole numbers, or rounds in a way of its own."""
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case ast.Call(func=function):
            return ast.unparse(function) in FLOATING
        case ast.Name(id="float"):
            return True
        case _:
            return False


def _found() -> set[tuple[str, str]]:
    return {
        (path, ast.unparse(node))
        for path, tree in sources(*DEPLOYED)
        for node in ast.walk(tree)
        if _inexact(node)
        and path not in SELECTING
        and not path.startswith(SEARCHES)
        and not (path in ESTIMATES and isinstance(node, ast.BinOp))
    }


def test_no_float_and_no_division_comes_near_money() -> None:
    assert _found() - ALLOWED == set()


def test_what_is_allowed_is_still_there() -> None:
    assert ALLOWED - _found() == set()


def test_the_rule_knows_a_float_when_it_sees_one() -> None:
    wrong = ("amount_minor / 2", "amount_minor * 0.1", "float(amount_minor)", "round(amount_minor, 2)", "list(map(float, amounts))")
    assert [any(_inexact(node) for node in ast.walk(ast.parse(text))) for text in wrong] == [True] * len(wrong)
    right = ("amount_minor // 2", "Fraction(amount_minor, 2)", "amount_minor * 10", "path.joinpath('x')")
    assert [any(_inexact(node) for node in ast.walk(ast.parse(text))) for text in right] == [False] * len(right)

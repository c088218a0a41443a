"""Event handlers live in app.py and only delegate; the environment, the time and chance have one home each."""

import ast
import os
import subprocess
import sys

from tests.architecture.sources import ROOT, dotted, sources

EVENT_DECORATORS = {"lambda_function", "schedule", "on_s3_event", "on_sns_message", "on_sqs_message", "on_cw_event", "on_dynamodb_record"}
MAX_STATEMENTS = 2
MAX_APP_LINES = 120
HOMES = {
    "os.environ": "chalicelib/settings.py",
    "os.getenv": "chalicelib/settings.py",
    "datetime.now": "chalicelib/core/clock.py",
    "datetime.utcnow": "chalicelib/core/clock.py",
    "date.today": "chalicelib/core/clock.py",
    "time.time": "chalicelib/core/clock.py",
    "time.time_ns": "chalicelib/core/ids.py",
    "uuid.uuid4": "chalicelib/core/ids.py",
    "uuid4": "chalicelib/core/ids.py",
}
CHANCE = {"random", "secrets", "uuid"}


def _events(tree: ast.Module) -> list[ast.FunctionDef]:
    return [
        function
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and dotted(decorator.func).rpartition(".")[2] in EVENT_DECORATORS
    ]


def test_event_handlers_live_in_app_only() -> None:
    found = {path for path, tree in sources("app.py", "chalicelib") if _events(tree)}
    assert found == {"app.py"}


def test_event_handlers_say_what_they_are_for_and_delegate_in_two_statements() -> None:
    ((_, tree),) = sources("app.py")
    handlers = _events(tree)
    assert len(handlers) == 9
    bodies = {handler.name: len(handler.body) - 1 for handler in handlers if ast.get_docstring(handler)}
    assert {name: 1 <= count <= MAX_STATEMENTS for name, count in bodies.items()} == {handler.name: True for handler in handlers}


def test_app_stays_short() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) < MAX_APP_LINES


def test_the_environment_and_the_time_are_read_in_their_homes_only() -> None:
    found = {
        (path, dotted(node))
        for path, tree in sources("app.py", "chalicelib")
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) in HOMES and path != HOMES[dotted(node)]
    }
    assert found == set()


def test_chance_is_asked_for_ids_and_secrets_only() -> None:
    found = {
        path
        for path, tree in sources("app.py", "chalicelib")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.split(".", 1)[0] in CHANCE
    }
    assert found == {"chalicelib/core/ids.py"}


def test_the_app_can_be_imported_without_any_setting() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PRIMETIME_", "AWS_"))}
    done = subprocess.run([sys.executable, "-c", "import app"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

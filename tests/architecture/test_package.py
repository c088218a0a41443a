"""The package: what is in the zip, how large it is, and that its template is clean."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.package import BUILD, MAX_UNZIPPED_BYTES, ROOT, SERVICES, package
from infra.template.functions import FUNCTIONS

MAX_TEMPLATE_BYTES = 1_000_000
"""CloudFormation takes no larger template by URL."""
DEPLOYED_PACKAGES = (
    "aws_lambda_powertools",
    "boto3",
    "chalice",
    "icalendar",
    "iso4217",
    "jinja2",
    "jwt",
    "msgspec",
    "nh3",
    "pynamodb",
    "stripe",
    "tzdata",
)
NEVER_DEPLOYED = ("aiohttp", "duckdb", "beancount", "moto", "ortools", "playwright", "scipy", "pytest", "tests", "infra", "demo")

pytestmark = pytest.mark.enable_socket
"""Chalice fetches what the lock file names when it changed."""


@pytest.fixture(scope="module")
def made() -> Path:
    return package()


@pytest.fixture(scope="module")
def names(made: Path) -> list[str]:
    with zipfile.ZipFile(made / "deployment.zip") as zipped:
        return zipped.namelist()


@pytest.fixture(scope="module")
def resources(made: Path) -> dict[str, Any]:
    template: dict[str, dict[str, Any]] = json.loads((made / "template.json").read_text())
    return template["Resources"]


def test_the_zip_has_the_app_its_templates_and_every_package_that_it_needs(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {"app.py", "chalicelib", "templates", *DEPLOYED_PACKAGES} <= tops
    own = {f"templates/{file.relative_to(ROOT / 'templates').as_posix()}" for file in (ROOT / "templates").rglob("*") if file.is_file()}
    assert own <= set(names)


def test_the_zip_has_nothing_that_only_building_and_testing_need(names: list[str]) -> None:
    assert not {name.split("/")[0] for name in names} & set(NEVER_DEPLOYED)


def test_every_source_in_the_tree_is_in_the_zip_and_no_other(names: list[str]) -> None:
    sources = {file.relative_to(ROOT).as_posix() for file in (ROOT / "chalicelib").rglob("*.py")}
    assert {name for name in names if name.startswith("chalicelib/") and name.endswith(".py")} == sources


ALONE = """
import importlib, pkgutil, sys
sys.path[:] = [sys.argv[1], *(place for place in sys.path if "site-packages" not in place)]
import chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    importlib.import_module(module.name)
from chalicelib.core.pdf import document, table, text
document([text("\u0141ukasz"), table([[text("a"), text("b")]], (40, 40))], title="Alone", foot="Alone")
print({name.split(".")[0] for name in sys.modules} & {"PIL", "numpy", "highspy", "icalendar"})
"""


def test_every_module_loads_from_the_zip_alone_and_documents_are_made(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made / "deployment.zip") as zipped:
        zipped.extractall(tmp_path)
    run = subprocess.run([sys.executable, "-S", "-I", "-c", ALONE, tmp_path], capture_output=True, text=True, check=False)  # noqa: S603
    assert (run.returncode, run.stderr) == (0, "")
    assert "PIL" in run.stdout


def test_byte_code_is_of_this_python_only(names: list[str]) -> None:
    compiled = [name for name in names if name.endswith(".pyc")]
    assert any(name.startswith("chalicelib/") for name in compiled)
    assert {name.rsplit(".", 2)[1] for name in compiled} == {sys.implementation.cache_tag}


def test_botocore_keeps_only_the_services_that_are_called(names: list[str]) -> None:
    kept = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 3}
    assert kept == SERVICES


def test_the_package_is_small_enough(made: Path) -> None:
    with zipfile.ZipFile(made / "deployment.zip") as zipped:
        assert sum(entry.file_size for entry in zipped.infolist()) <= MAX_UNZIPPED_BYTES


def test_the_same_sources_give_the_same_bytes(made: Path) -> None:
    first = (made / "deployment.zip").read_bytes()
    assert (package() / "deployment.zip").read_bytes() == first


def test_the_template_is_clean_by_cfn_lint(made: Path) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    said = subprocess.run([linter, "--regions", "eu-west-2", "--", made / "template.json"], capture_output=True, text=True, check=False)  # noqa: S603
    assert (said.returncode, said.stdout) == (0, "")


def test_the_template_is_small_enough_for_cloudformation(made: Path) -> None:
    assert (made / "template.json").stat().st_size <= MAX_TEMPLATE_BYTES


def test_every_function_of_the_template_is_packaged_and_wakes_by_one_event_only(resources: dict[str, Any]) -> None:
    packaged = {name: resource for name, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"}
    assert set(packaged) == {function.resource for function in FUNCTIONS}
    for function in FUNCTIONS:
        assert len(packaged[function.resource]["Properties"].get("Events", {})) == len(function.events)


def test_every_function_has_a_role_of_its_own(resources: dict[str, Any]) -> None:
    roles = [
        resource["Properties"]["Role"]["Fn::GetAtt"][0]
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS)


def test_functions_run_the_python_that_packaged_them(resources: dict[str, Any]) -> None:
    runtimes = {resource["Properties"]["Runtime"] for resource in resources.values() if resource["Type"] == "AWS::Serverless::Function"}
    assert runtimes == {f"python3.{sys.version_info.minor}"}


def test_nothing_is_built_outside_the_build_directory() -> None:
    assert BUILD == ROOT / "build"
    assert not (ROOT / ".chalice" / "deployments").exists()

"""`make package`: the zip that runs and the template that deploys it, both in build/package/, made from a clean copy every time.

Third-party packages are fetched by Chalice for the function's runtime and kept by the hash of requirements.txt; the app is packaged anew.
Byte code is added, since it makes a cold start three times as fast, and of botocore's descriptions of 400 services those stay that we call.
"""

import compileall
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

from infra import template
from infra.policies import CHALICE_STAGE

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / "build"
PACKAGE: Final = BUILD / "package"
SOURCES: Final = ("app.py", "chalicelib", ".chalice")
SERVICES: Final = frozenset({"dynamodb", "s3", "sqs", "secretsmanager", "ses", "sts"})
"""AWS services that the functions call; botocore keeps its descriptions of these."""
NEVER_CALLED: Final = (
    "bin/",
    "stripe/py.typed",
    "numpy/f2py/",
    "numpy/distutils/",
    "numpy/testing/",
    "numpy/_core/include/",
    "numpy/_core/lib/",
    "icalendar/tests/",
    "reportlab/graphics/",
    *(f"PIL/{module}." for module in ("_avif", "_imagingcms", "_imagingft", "_imagingtk", "_webp")),
    *(f"pillow.libs/lib{name}" for name in ("avif", "brotli", "freetype", "harfbuzz", "lcms2", "png16", "sharpyuv", "webp")),
)
"""Of Pillow, which ReportLab wants, no more stays than it loads by itself: pictures are not put into documents."""
NEVER_READ: Final = frozenset({".pyi", ".pxd", ".a", ".h"})
REGION: Final = "eu-west-2"
SUPPORTED: Final = ((3, 11), (3, 13))
MAX_UNZIPPED_BYTES: Final = 150_000_000
"""AWS takes 250 MB."""
MAX_ZIPPED_BYTES: Final = 50_000_000
"""AWS takes so many in a direct upload; it is deployed by way of a bucket, but cold starts are better for less."""
PACKAGER_WARNINGS: Final = ("Could not install dependencies", "WARNING", "Traceback")
BARE_APP: Final = """from chalice import Chalice
app = Chalice(app_name="dependencies")
app.route("/")(dict)
"""
READABLE_BY_ALL: Final = 0o100644 << 16
FIXED_TIME: Final = (2011, 1, 1, 0, 0, 0)
"""Written into the zip for every file, so that the same content gives the same bytes."""


class PackagingFailed(Exception):  # says what happened
    """The package could not be made; the message says why."""


def _chalice(project: Path, out: Path, *options: str) -> None:
    command = [
        str(Path(sys.executable).with_name("chalice")),
        "--project-dir",
        str(project),
        "package",
        "--stage",
        CHALICE_STAGE,
        *options,
        str(out),
    ]
    environment = os.environ | {"AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # our own command
    said = done.stdout + done.stderr
    if done.returncode or any(warning in _without_pip_hints(said) for warning in PACKAGER_WARNINGS):
        message = f"Chalice could not package {project.name}:\n{said}"
        raise PackagingFailed(message)


def _without_pip_hints(said: str) -> str:
    """What a packager said, less the lines in which pip speaks of places that it did not need."""
    return "\n".join(line for line in said.splitlines() if not line.startswith("WARNING: Location"))


def _clean(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def dependencies() -> Path:
    """The compiled zip of what requirements.txt names, for this Python; fetched only when the file or this module changed."""
    requirements = (ROOT / "requirements.txt").read_bytes()
    digest = hashlib.sha256(requirements + Path(__file__).read_bytes() + sys.version.encode()).hexdigest()[:16]
    kept = BUILD / f"dependencies-{digest}.zip"
    if not kept.exists():
        project = _clean(BUILD / "dependencies")
        (project / "requirements.txt").write_bytes(requirements)
        (project / "app.py").write_text(BARE_APP)
        (project / ".chalice").mkdir()
        (project / ".chalice" / "config.json").write_text(json.dumps({"version": "2.0", "app_name": "dependencies"}))
        _chalice(project, project / "out")
        _compiled(project / "out" / "deployment.zip", project / "compiled.zip", without=("app.py",))
        (project / "compiled.zip").replace(kept)
        shutil.rmtree(project)
    return kept


def _app(merged: Path) -> Path:
    """Chalice's output for the app alone: its code, and the template with everything merged in."""
    project = _clean(BUILD / "app")
    for source in SOURCES:
        origin = ROOT / source
        if origin.is_dir():
            shutil.copytree(origin, project / source, ignore=shutil.ignore_patterns("__pycache__", "deployments"))
        else:
            shutil.copy(origin, project)
    shutil.copytree(ROOT / "vendor", project / "vendor", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "requirements.txt").write_text("")
    _chalice(project, project / "out", "--merge-template", str(merged))
    return project / "out"


def _unwanted(name: str) -> bool:
    parts = Path(name).parts
    if "__pycache__" in parts or name.startswith(NEVER_CALLED) or Path(name).suffix in NEVER_READ:
        return True
    if parts[0] == "numpy" and "tests" in parts:
        return True
    is_service = parts[:2] in {("botocore", "data"), ("boto3", "data")} and len(parts) > 3  # noqa: PLR2004  # data/service/version/file
    return is_service and parts[2] not in SERVICES


def _compiled(archive: Path, target: Path, *, without: Container[str] = ()) -> None:
    """Write `target`: what is wanted of `archive`, with byte code. The same content gives the same bytes."""
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        directory = Path(name)
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(directory, [file for file in zipped.namelist() if not _unwanted(file) and file not in without])
        compileall.compile_dir(directory, quiet=2, stripdir=name, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in sorted(path for path in directory.rglob("*") if path.is_file()):
                _add(zipped, path.relative_to(directory).as_posix(), path.read_bytes())


def _add(zipped: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, FIXED_TIME)
    entry.external_attr = READABLE_BY_ALL
    entry.compress_type = zipfile.ZIP_DEFLATED
    zipped.writestr(entry, content)


def _join(parts: Iterable[Path], target: Path) -> None:
    """One zip of several; a file that two of them have is taken from the first."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as joined:
        for part in parts:
            with zipfile.ZipFile(part) as zipped:
                present = set(joined.namelist())
                for name in zipped.namelist():
                    if name not in present:
                        _add(joined, name, zipped.read(name))


def _check_size(archive: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        unzipped = sum(entry.file_size for entry in zipped.infolist())
    if unzipped > MAX_UNZIPPED_BYTES or archive.stat().st_size > MAX_ZIPPED_BYTES:
        message = (
            f"The package has {unzipped:,} bytes unzipped and {archive.stat().st_size:,} zipped; "
            f"the limits are {MAX_UNZIPPED_BYTES:,} and {MAX_ZIPPED_BYTES:,}."
        )
        raise PackagingFailed(message)


def package() -> Path:
    """Make build/package/ with `deployment.zip` and `template.json`, and return it."""
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        message = f"Lambda runs Python 3.11 to 3.13; this is {sys.version.split()[0]}."
        raise PackagingFailed(message)
    BUILD.mkdir(exist_ok=True)
    merged = BUILD / "resources.json"
    merged.write_text(json.dumps(template.build(), indent=1))
    out = _app(merged)
    _compiled(out / "deployment.zip", BUILD / "code.zip")
    _clean(PACKAGE)
    archive = PACKAGE / "deployment.zip"
    _join((BUILD / "code.zip", dependencies()), archive)
    _check_size(archive)
    (PACKAGE / "template.json").write_text((out / "sam.json").read_text())
    return PACKAGE


if __name__ == "__main__":
    try:
        made = package()
    except PackagingFailed as failure:
        sys.exit(str(failure))
    print(f"{made}: {(made / 'deployment.zip').stat().st_size:,} bytes")  # noqa: T201  # a command's answer

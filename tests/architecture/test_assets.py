"""What browsers load: vendored, named by content, and within the budgets of the show page."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from chalicelib.web.asset_names import PUBLISHED
from chalicelib.web.assets import UnknownAsset, asset, to_publish
from chalicelib.web.render import Renderer
from tests.unit.template_samples import SAMPLES

ASSETS = Path(__file__).resolve().parents[2] / "assets"
MANIFEST = {entry["file"]: entry for entry in json.loads((ASSETS / "manifest.json").read_text())}
MAX_SHOW_CSS_BYTES = 12 * 1024
MAX_SHOW_JS_BYTES = 8 * 1024
MAX_SHOW_HTML_BYTES = 15 * 1024
NOT_PUBLISHED = {"manifest.json", "manifest.py"}


def test_every_file_is_in_the_manifest_with_package_version_and_licence() -> None:
    assert {path.name for path in ASSETS.iterdir() if path.is_file()} - NOT_PUBLISHED == set(MANIFEST)
    assert all(entry[key] for entry in MANIFEST.values() for key in ("name", "version", "licence"))


@pytest.mark.parametrize("file", MANIFEST)
def test_hash_size_and_published_name_are_those_of_the_file(file: str) -> None:
    body = (ASSETS / file).read_bytes()
    digest = hashlib.sha384(body)
    stem, _, suffix = file.rpartition(".")
    entry = MANIFEST[file]
    assert entry["sha384"] == "sha384-" + base64.b64encode(digest.digest()).decode(), "run python assets/manifest.py"
    assert entry["bytes"] == len(body)
    assert entry["published"] == PUBLISHED[file] == f"{stem}.{digest.hexdigest()[:12]}.{suffix}"


def test_the_functions_know_the_names_of_the_manifest_and_no_others() -> None:
    assert {file: entry["published"] for file, entry in MANIFEST.items()} == PUBLISHED
    with pytest.raises(UnknownAsset):
        asset("flatpickr.js")


def test_each_asset_is_published_under_the_path_that_pages_name() -> None:
    assert {"/" + key for _, key, _ in to_publish()} == {asset(file) for file in MANIFEST}
    assert {content_type for file, _, content_type in to_publish() if file.endswith(".js")} == {"text/javascript; charset=utf-8"}


def test_the_show_pages_own_style_and_script_are_small() -> None:
    assert (ASSETS / "show.css").stat().st_size <= MAX_SHOW_CSS_BYTES
    assert (ASSETS / "show.js").stat().st_size <= MAX_SHOW_JS_BYTES


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("public_")])
def test_the_show_page_is_small_and_loads_nothing_but_its_own(name: str) -> None:
    template, principal, view = SAMPLES[name]
    text = Renderer({"asset": asset, "chrome": None}).render(template, stage="prod", principal=principal, view=view)
    assert len(text.encode()) <= MAX_SHOW_HTML_BYTES
    assert not any(asset(file) in text for file in ("bootstrap.min.css", "htmx.min.js", "theme.css", "app.js"))


@pytest.mark.parametrize("file", ["app.js", "show.js"])
def test_our_scripts_never_make_markup_or_code_out_of_text(file: str) -> None:
    text = (ASSETS / file).read_text()
    assert not [word for word in ("innerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write", ".style.") if word in text]

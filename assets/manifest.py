# ruff: noqa: INP001  # a command beside what it describes, not a package
"""Writes `assets/manifest.json` anew from the files beside it: size, SHA-384 and the content-hashed name of each.

Run it after an asset changed: `python assets/manifest.py`. It also writes the names that the functions know
(`chalicelib/web/asset_names.py`), so that no function reads files to build a URL.
"""

import base64
import hashlib
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = HERE.parent / "chalicelib" / "web" / "asset_names.py"
HASH_CHARACTERS = 12
OWN = ("primetime", "own", "Primetime")
ASSETS: dict[str, tuple[str, str, str]] = {
    "app.js": OWN,
    "bootstrap.min.css": ("bootstrap", "5.3.9", "MIT"),
    "htmx.min.js": ("htmx.org", "4.0.1", "0BSD"),
    "icons.svg": ("lucide-static", "1.62.0", "ISC"),
    "mark.svg": OWN,
    "show.css": OWN,
    "show.js": OWN,
    "theme.css": OWN,
}
"""File -> package, version, licence. What is not listed is not published."""


def described(file: str) -> dict[str, str | int]:
    """The manifest's entry of a file."""
    package, version, licence = ASSETS[file]
    body = (HERE / file).read_bytes()
    digest = hashlib.sha384(body)
    stem, _, suffix = file.rpartition(".")
    return {
        "file": file,
        "name": package,
        "version": version,
        "licence": licence,
        "bytes": len(body),
        "sha384": "sha384-" + base64.b64encode(digest.digest()).decode(),
        "published": f"{stem}.{digest.hexdigest()[:HASH_CHARACTERS]}.{suffix}",
    }


def main() -> None:
    """Write both files."""
    entries = [described(file) for file in sorted(ASSETS)]
    (HERE / "manifest.json").write_text(json.dumps(entries, indent=2) + "\n")
    names = "".join(f'    "{entry["file"]}": "{entry["published"]}",\n' for entry in entries)
    NAMES.write_text(
        '"""Published names of assets. Written by `assets/manifest.py`; do not edit."""\n\n'
        f"from collections.abc import Mapping\n\nPUBLISHED: Mapping[str, str] = {{\n{names}}}\n"
    )


if __name__ == "__main__":
    main()

"""Where assets are: a logical name such as ``theme.css`` becomes a path with the hash of its content, which may be cached for ever.

Pure: the names come from a module that `assets/manifest.py` writes together with `assets/manifest.json`.
"""

from chalicelib.web.asset_names import PUBLISHED

ASSETS_PATH = "/assets/"
ASSET_CACHE = "public, max-age=31536000, immutable"
CONTENT_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class UnknownAsset(LookupError):
    """A template names an asset that the manifest does not have."""


def asset(name: str) -> str:
    """The path of an asset by its logical name. Raises `UnknownAsset`."""
    if name not in PUBLISHED:
        raise UnknownAsset(name)
    return ASSETS_PATH + PUBLISHED[name]


def to_publish() -> tuple[tuple[str, str, str], ...]:
    """What goes to the pages bucket: (file in assets/, object key, content type) of each."""
    keys = {file: (ASSETS_PATH + published)[1:] for file, published in PUBLISHED.items()}
    return tuple((file, key, CONTENT_TYPES[file.rpartition(".")[2]]) for file, key in sorted(keys.items()))

"""Published names of assets. Written by `assets/manifest.py`; do not edit."""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "app.js": "app.987e61ccbdd6.js",
    "bootstrap.min.css": "bootstrap.min.c843d9ee33fd.css",
    "htmx.min.js": "htmx.min.429f6b742f07.js",
    "icons.svg": "icons.08f45a9ef20a.svg",
    "mark.svg": "mark.defd31e78ef8.svg",
    "show.css": "show.78cdbac0b13e.css",
    "show.js": "show.7ac4dddfa4d1.js",
    "theme.css": "theme.63ecb5c88b55.css",
}

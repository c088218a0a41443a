"""Pages out of Jinja2 templates: everything escaped, a missing value is an error, money and time formatted in view models."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
"""At the root, beside app.py: in the working tree and in the packaged function alike."""


class Renderer:
    """Renders templates; `shared` is what every template may use."""

    def __init__(self, shared: dict[str, Any]) -> None:
        """`shared` holds, for instance, `asset` (logical name to hashed URL) and `site_url`."""
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals.update(shared)

    def render(self, template: str, **values: Any) -> str:
        """The text of a template with these values."""
        return self._environment.get_template(template).render(**values)

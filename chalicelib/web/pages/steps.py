"""A plain page for next steps: what there is to decide, each with its form, then links and tables."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Figure, Link, Notice, Status, Table
from chalicelib.web.views.forms import Form

TEMPLATE = "console/steps.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something to decide or to do. With `name_label` its form asks for a name, or for what else the label says.

    `results` are (value, label) of further buttons of that form; each button then sends its value as the result.
    """

    title: str
    detail: str = ""
    status: Status | None = None
    button: Button | None = None
    link: Link | None = None
    name_label: str = ""
    results: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The page; `nothing` stands where there is nothing to decide, and without a heading there is no such part."""

    title: str
    lead: str
    heading: str = ""
    nothing: str = ""
    decisions: tuple[Decision, ...] = ()
    status: Status | None = None
    figures: tuple[Figure, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    tables: tuple[Table, ...] = ()
    notice: Notice | None = None
    waits_at: str = ""
    """The address of a page that a worker will change within seconds: it is asked for again until then."""

"""The form in which terms are put together: fields in groups that explain themselves, and beside them what the terms say and pay."""

from dataclasses import dataclass
from typing import Literal

from chalicelib.web.views.common import Link, Notice, Table
from chalicelib.web.views.deals import Clause
from chalicelib.web.views.forms import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class TermField:
    """A labelled field; `error` is the sentence beside it."""

    name: str
    label: str
    value: str = ""
    kind: Literal["text", "decimal", "whole", "date", "moment", "choice", "long"] = "text"
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    error: str = ""
    most: int = 200
    needed: bool = False

    @property
    def field_id(self) -> str:
        """Its id on the page, after a letter or the name of its form."""
        return "-" + self.name.replace(".", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """Fields that belong together: a rule, a tier, a milestone. A spare one is empty and waits to be filled."""

    title: str
    fields: tuple[TermField, ...]
    error: str = ""
    is_spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGroup:
    """A part of terms with what it means; an open one is in use, or has something to correct."""

    group_id: str
    title: str
    explanation: str
    rows: tuple[FieldRow, ...]
    is_open: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTable:
    """What terms would have paid: components with their formulas, and who gets what."""

    basis: str
    rows: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the terms say and pay as they stand; with `problems` they say nothing yet."""

    look_at: str
    problems: tuple[str, ...] = ()
    differences: tuple[str, ...] | None = None
    """Against the version on the table; None where there is none."""
    clauses: tuple[Clause, ...] = ()
    examples: tuple[ExampleTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """A template to begin with."""

    template_id: str
    name: str
    when_to_use: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsForm:
    """The whole page."""

    title: str
    lead: str
    back: Link
    action: str
    button: str
    templates: tuple[TemplateChoice, ...]
    about: tuple[TermField, ...]
    """What is asked for beside the terms: a message, time to answer."""
    hidden: tuple[tuple[str, str], ...]
    groups: tuple[FieldGroup, ...]
    preview: Preview
    corrections: tuple[tuple[str, str], ...] = ()
    """(id of the field, its label and sentence) of everything that is to be corrected, at the top of the page."""
    notice: Notice | None = None
    own_templates: Link | None = None
    """Where own templates are renamed and removed."""
    keep: TermField | None = None
    """The name under which a brand may keep the terms as an own template."""

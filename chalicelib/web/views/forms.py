"""Forms with a few fields: what a person is asked for before something happens to money."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A labelled field; with `choices` it is a list to pick from. `hint` says what to write, `error` what is wrong.

    A `datetime` is what a clock in a zone shows, which the hint names: it says nothing of the zone itself.
    """

    name: str
    label: str
    hint: str = ""
    value: str = ""
    kind: Literal["text", "month", "datetime", "long"] = "text"
    needed: bool = True
    choices: tuple[Choice, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A POST to `action`. The button of one that moves money names amount and payee; `note` says what it does, `hidden` goes with it."""

    title: str
    action: str
    button: str
    fields: tuple[Field, ...]
    tone: Literal["primary", "danger", "secondary"] = "primary"
    note: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    error: str = ""
    """Why it was refused, where that is about none of its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchField:
    """A field that asks by name, at `action`; `error` is what is wrong with what was written."""

    action: str
    name: str = ""
    error: str = ""

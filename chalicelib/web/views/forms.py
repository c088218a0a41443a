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
    """A labelled field; with `choices` it is a list to pick from. `hint` says what to write."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    kind: Literal["text", "month"] = "text"
    needed: bool = True
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A POST to `action`. The button of one that moves money names amount and payee."""

    title: str
    action: str
    button: str
    fields: tuple[Field, ...]
    tone: Literal["primary", "danger", "secondary"] = "primary"

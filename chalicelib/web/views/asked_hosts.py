"""A host about whom a brand asks by name."""

from dataclasses import dataclass

from chalicelib.web.views.common import Button, Link, Status
from chalicelib.web.views.deals import Factor, Hurdle
from chalicelib.web.views.forms import SearchField


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCalled:
    """A host whose name is like what was written."""

    link: Link
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAnswer:
    """What became of a host for the brief. Without hurdles it is ranked; `after` is its place with everything changed that can be."""

    name: str
    status: Status
    sentence: str
    factors: tuple[Factor, ...] = ()
    hurdles: tuple[Hurdle, ...] = ()
    after: str = ""
    other_fee: str = ""
    over: str = ""
    """That the brief's time has passed."""
    invite: Button | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHosts:
    """The page of the answer, or of those to choose from."""

    brief_title: str
    ask: SearchField
    back: Link
    nobody: str = ""
    hosts: tuple[HostCalled, ...] = ()
    more: str = ""
    answer: HostAnswer | None = None

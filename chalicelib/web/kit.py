"""What the web layer's own views use, and which routes there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.adapters.business_clock import BusinessClock
from chalicelib.adapters.identity import CognitoIdentity
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.routes import Declared
from chalicelib.web.sessions import SessionStore

_declared: list[Declared] = []


def declare(routes: Sequence[Declared]) -> None:
    """Tell which routes there are; app.py does."""
    _declared[:] = routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What the web layer's own views use."""

    endpoint: Endpoint
    sessions: SessionStore
    identity: CognitoIdentity
    clock: BusinessClock
    site_url: str

    def declared(self) -> Sequence[Declared]:
        """All routes of the app."""
        return tuple(_declared)

"""What finance sees of the books."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.access import Action
from chalicelib.core.errors import Invalid
from chalicelib.ledger.rules import Balance
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)


class BadInstant(Invalid):
    """Not a moment in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """All balances, now or at a past instant; a debit is positive."""

    at: datetime | None
    balances: tuple[Balance, ...]


@routes.api("GET", "/api/v1/ledger/balances", action=Action.SEE_LEDGER)
def get_balances(call: Call[None]) -> Balances:
    """Balances now; with ``?at=2011-02-01T00:00:00Z`` the fold of what was booked by then."""
    ledger = services().ledger
    at = call.query.get("at")
    if at is None:
        return Balances(at=None, balances=tuple(ledger.balances()))
    instant = _instant(at)
    folded = ledger.balances_at(instant)
    return Balances(
        at=instant,
        balances=tuple(Balance(account=account, currency=currency, minor=minor) for (account, currency), minor in folded.items()),
    )


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInstant("`at` is not a moment. Write it as 2011-02-01T00:00:00Z.") from error
    if instant.tzinfo is None:
        raise BadInstant("`at` needs a time zone. Write it as 2011-02-01T00:00:00Z.")
    return instant

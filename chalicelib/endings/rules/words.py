"""What an end costs, in sentences for both sides. Pure."""

from chalicelib.core.money import with_currency
from chalicelib.core.words import plural
from chalicelib.endings.rules.costs import Cost
from chalicelib.shows.rules import Happened, Side

MINUTES_OF_AN_HOUR = 60
FINDINGS = {
    Happened.TOOK_PLACE: "The show took place",
    Happened.HOST_ABSENT: "The host did not appear",
    Happened.HOST_CANCELLED: "The host called the show off",
    Happened.BRAND_CANCELLED: "The brand called the show off",
}


def owed(cost: Cost) -> str:
    """``The host owes the brand 10,000.00 GBP.``, or that nobody does."""
    if cost.owed_by is None:
        return "Nobody owes anything for it."
    debtor, creditor = ("host", "brand") if cost.owed_by is Side.HOST else ("brand", "host")
    return f"The {debtor} owes the {creditor} {with_currency(cost.owed_minor, cost.currency)}."


def row(cost: Cost) -> str:
    """``50 % of 20,000.00 GBP: the row from 24 hours before the start; 30 hours are left.``, or why no row applies."""
    if cost.minutes_left is None:
        return "The contract's cancellation table does not apply."
    left = hours(cost.minutes_left)
    if cost.row_hours is None:
        return f"No row of the contract's cancellation table applies; {left} are left."
    fee = with_currency(cost.fee_minor, cost.currency)
    begins = hours(cost.row_hours * MINUTES_OF_AN_HOUR)
    return f"{_percent(cost.share_basis_points)} of {fee}: the row from {begins} before the start; {left} are left."


def sentence(text: str) -> str:
    """What somebody wrote, as a sentence that others can follow."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def hours(minutes: int) -> str:
    """``30 hours``, ``1 hour 15 minutes``."""
    whole, rest = divmod(minutes, MINUTES_OF_AN_HOUR)
    return plural(whole, "hour") + (f" {rest} minutes" if rest else "")


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"

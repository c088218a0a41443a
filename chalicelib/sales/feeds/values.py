"""Values of a feed: text in, exact values out, or a sentence that says what is wrong. Nothing is guessed or rounded here."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.core.errors import Invalid
from chalicelib.core.money import LARGEST_MINOR, from_major
from chalicelib.sales.feeds.profile import BadRow, DateOrder, Problem
from chalicelib.sales.lines import amount_of

MAX_TEXT_CHARACTERS = 500
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?", re.ASCII)
_LOCAL = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_ORDERS = {DateOrder.YEAR_MONTH_DAY: (0, 1, 2), DateOrder.DAY_MONTH_YEAR: (2, 1, 0), DateOrder.MONTH_DAY_YEAR: (2, 0, 1)}
_FIRST_YEAR = 1990


def whole_number(text: str, column: str) -> int:
    """A count of units. Raises `BadRow` for anything but ASCII digits with an optional minus."""
    if not _WHOLE.fullmatch(text.strip()):
        raise BadRow(Problem.VALUE, f"{column} {text!r} is not a whole number.")
    return int(text)


def exact_price(text: str, column: str) -> str:
    """A price as exact decimal text without trailing zeros, so that equal prices are equal texts."""
    if not _DECIMAL.fullmatch(text.strip()):
        raise BadRow(Problem.VALUE, f"{column} {text!r} is not a price. Write it as a decimal number such as 12.50.")
    price = Decimal(text.strip())
    return f"{price.normalize():f}" if price else "0"


def line_amount(quantity: int, unit_price: str, currency: str) -> int:
    """Quantity x exact price in minor units, rounded once; refused where it is beyond what can be booked."""
    amount = amount_of(quantity, unit_price, currency)
    if abs(amount) > LARGEST_MINOR:
        raise BadRow(Problem.VALUE, f"{quantity} x {unit_price} is too large for an amount.")
    return amount


def stated_amount(text: str, column: str, currency: str) -> int:
    """An amount of zero or more that the feed states itself, in minor units; empty text is 0. Digits are never lost."""
    if not text.strip():
        return 0
    if not _DECIMAL.fullmatch(text.strip()):
        raise BadRow(Problem.VALUE, f"{column} {text!r} is not an amount. Write it as a decimal number such as 12.50.")
    try:
        amount = from_major(text, currency)
    except Invalid as error:
        raise BadRow(Problem.VALUE, f"{column}: {error.message}") from error
    if amount < 0:
        raise BadRow(Problem.VALUE, f"{column} {text!r} is negative; amounts are given without a sign.")
    return amount


def required_text(text: str, column: str) -> str:
    """Text without space around it, neither empty nor longer than `MAX_TEXT_CHARACTERS`."""
    stripped = optional_text(text, column)
    if stripped is None:
        raise BadRow(Problem.VALUE, f"{column} is empty.")
    return stripped


def optional_text(text: str, column: str) -> str | None:
    """Text without space around it, or None where there is none."""
    stripped = text.strip()
    if len(stripped) > MAX_TEXT_CHARACTERS:
        raise BadRow(Problem.VALUE, f"{column} has more than {MAX_TEXT_CHARACTERS} characters.")
    return stripped or None


def local_time(text: str, zone: str, order: DateOrder, column: str) -> datetime:
    """UTC of a local time. One that occurs twice takes the first reading, one that does not exist is a `BadRow`."""
    match = _LOCAL.fullmatch(text.strip())
    if match is None:
        raise BadRow(Problem.TIME, f"{column} {text!r} is not a date and time.")
    year, month, day = (int(match.group(place + 1)) for place in _ORDERS[order])
    try:
        naive = datetime(year, month, day, int(match[4]), int(match[5]), int(match[6] or "0"))  # noqa: DTZ001 - the zone comes next
    except ValueError as error:
        raise BadRow(Problem.TIME, f"{column} {text!r} is not a date and time.") from error
    if year < _FIRST_YEAR:
        raise BadRow(Problem.TIME, f"{column} {text!r} lies before the year {_FIRST_YEAR}.")
    instant = naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != naive:
        raise BadRow(Problem.TIME, f"{column} {text!r} does not exist in {zone}: the clocks went forward over it.")
    return instant


def offset_time(text: str, column: str) -> datetime:
    """UTC of an ISO 8601 time that carries its own offset, such as ``2011-01-10T19:00:00+00:00``."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadRow(Problem.TIME, f"{column} {text!r} is not a time. Write it as 2011-01-10T19:00:00+00:00.") from error
    if instant.tzinfo is None:
        raise BadRow(Problem.TIME, f"{column} {text!r} has no offset from UTC. Write it as 2011-01-10T19:00:00+00:00.")
    if instant.year < _FIRST_YEAR:
        raise BadRow(Problem.TIME, f"{column} {text!r} lies before the year {_FIRST_YEAR}.")
    return instant.astimezone(UTC)

"""Periods of the books: months in UTC, written as ``2011-01``."""

from datetime import UTC, date, datetime, time

from chalicelib.core.errors import Invalid


class NoSuchPeriod(Invalid):
    """A period is a month written as 2011-01."""


def period_of(day: date) -> str:
    """The month that a day belongs to: ``2011-01``."""
    return f"{day:%Y-%m}"


def period_end(period: str) -> date:
    """The first day after a period. Raises `NoSuchPeriod`."""
    first = _first_day(period)
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def bounds(period: str) -> tuple[datetime, datetime]:
    """First instant of a period and of the next, in UTC. Raises `NoSuchPeriod`."""
    first, last = (datetime.combine(day, time(), UTC) for day in (_first_day(period), period_end(period)))
    return first, last


def _first_day(period: str) -> date:
    try:
        return date.fromisoformat(f"{period}-01")
    except ValueError as error:
        raise NoSuchPeriod(f"{period!r} is not a period. Write a month such as 2011-01.") from error

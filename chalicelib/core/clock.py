"""Two times: business time, which a local stage may move, and real time for tokens, signatures and expiry."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

FIRST_YEAR = 1970
LAST_YEAR = 2199
"""What business is about. Centuries before the calendar ends, so that no zone, length or window can lead out of it."""


class Clock(Protocol):
    """Tells the time, always as an aware datetime in UTC."""

    def now(self) -> datetime:
        """Business time: what contracts, return windows and periods go by."""
        ...

    def real_now(self) -> datetime:
        """Real time: what tokens, signatures, sessions and TTL go by."""
        ...


class SystemClock:
    """Business time is real time: every stage but the local one."""

    def now(self) -> datetime:
        """Business time, which is real time here."""
        return self.real_now()

    def real_now(self) -> datetime:
        """The machine's time in UTC."""
        return datetime.now(UTC)


def is_in_reach(day: date) -> bool:
    """Whether a date or instant is one that business can be about; everything else is a slip of the pen."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def day_in(zone: str, instant: datetime) -> date:
    """The calendar day that an instant falls on in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def iso(instant: datetime) -> str:
    """UTC text to the millisecond that sorts as time does: ``2011-01-10T19:00:00.000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_words(instant: datetime) -> str:
    """UTC for people to read in a sentence, to the minute: ``Mon 10 Jan 2011, 19:00 UTC``."""
    return f"{instant.astimezone(UTC):%a %-d %b %Y, %H:%M} UTC"

"""Two times: business time, which a local stage may move, and real time for tokens, signatures and expiry."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


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


def day_in(zone: str, instant: datetime) -> date:
    """The calendar day that an instant falls on in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def iso(instant: datetime) -> str:
    """UTC text to the millisecond that sorts as time does: ``2011-01-10T19:00:00.000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

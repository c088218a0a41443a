"""A host as a snapshot takes it in: what filters and score look at for any brief, with the hours in which it can be booked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.matching.rules import SLOT_MINUTES, Host

SLOTS_PER_DAY = 24 * 60 // SLOT_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a host can be booked. Windows are (from, until) in minutes after local midnight, on quarter hours."""

    timezone: str
    weekly: tuple[tuple[int, int, int], ...] = ()
    """(weekday with Monday as 0, from, until)."""
    dated: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """On these days these windows hold instead of the week's."""
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    taken: tuple[datetime, ...] = ()
    """Slots that bookings have, their buffers included, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """A promise to a brand not to work for others in a category, from an instant until another, exclusive."""

    brand_id: str
    category: str
    from_: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRecord(Host):
    """A host with its promises and its hours."""

    bonds: tuple[Bond, ...]
    hours: Hours

"""Business time that a local stage may move: one item holds the instant it was set to and the real instant when it was.

Between settings business time stands still, so that a run on data of the past is the same every time. Any other stage
has no clock table and runs on real time; it refuses to be set.
"""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import SystemClock, iso
from chalicelib.core.errors import Conflict, Forbidden

CLOCK_KEY = ("clock", "clock")


class ClockIsReal(Forbidden):
    """Only a local stage may move business time."""


class ClockRunsForward(Conflict):
    """Business time cannot go back: what was booked would lie in the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """What business time was set to, and when."""

    business: datetime
    set_at: datetime


class ClockItem(Item):
    """The one clock item."""

    TABLE = "clock"
    reading = Record(ClockReading)
    version = WholeNumber()


class BusinessClock(SystemClock):
    """A `Clock` whose business time is the clock item's, or real time while nobody has set it."""

    @override
    def now(self) -> datetime:
        """Business time."""
        item = ClockItem.find(*CLOCK_KEY)
        return item.reading.business if item else self.real_now()

    def set(self, business: datetime) -> datetime:
        """Move business time forward (the first setting may be any time) and tell the workers that it moved.

        Setting it to what it is already does nothing. Raises `ClockRunsForward`.
        """
        item = ClockItem.find(*CLOCK_KEY)
        if item is not None and business < item.reading.business:
            raise ClockRunsForward(f"Business time is {iso(item.reading.business)} already and only moves forward.")
        if item is not None and business == item.reading.business:
            return business
        version = item.version if item else 0
        changed = ClockItem(*CLOCK_KEY, reading=ClockReading(business=business, set_at=self.real_now()), version=version + 1)
        condition = ClockItem.version == version if item else ClockItem.pk.does_not_exist()
        moved = ClockRunsForward("Somebody else moved business time at the same moment.")
        Transaction().put(changed, condition, moved).announce("clock.advanced", iso(business), iso(self.real_now())).commit()
        return business


class RealClock(BusinessClock):
    """Every other stage: business time is real time and cannot be set."""

    @override
    def now(self) -> datetime:
        """Real time."""
        return self.real_now()

    @override
    def set(self, business: datetime) -> datetime:
        """Refused. Raises `ClockIsReal`."""
        raise ClockIsReal("Business time is real time here; only a local stage may move it.")

"""How far a zone is from UTC, as the few slots at which that changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.matching.rules import SLOT_MINUTES
from chalicelib.matching.snapshot.columns import SLOT_SECONDS
from chalicelib.matching.snapshot.records import SLOTS_PER_DAY

HORIZON_DAYS = 800


def offsets(zone: str, start: int) -> list[tuple[int, int]]:
    """(slot, offset in slots from then on), from `start` to the horizon."""
    local = ZoneInfo(zone)

    def offset(slot: int) -> int:
        seconds = datetime.fromtimestamp(slot * SLOT_SECONDS, local).utcoffset()
        whole, rest = divmod(int(seconds.total_seconds()) if seconds else 0, SLOT_SECONDS)
        if rest:
            raise ValueError(f"{zone} is not a multiple of {SLOT_MINUTES} minutes from UTC, so its slots cannot be told.")
        return whole

    found = [(start, offset(start))]
    for day in range(HORIZON_DAYS):
        low, high = start + day * SLOTS_PER_DAY, start + (day + 1) * SLOTS_PER_DAY
        if offset(high) == found[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
        found.append((high, offset(high)))
    return found

"""A season in columns: one row a match that may be chosen, ordered by host and start, so that solvers work on whole numbers in arrays.

Announcements become part of the value: keeping one is worth its cost, and `constant` takes all costs off again. A pin leaves its slot one
match, which must be taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from chalicelib.planning.model import Exclusivity, Plan, Season

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEEK_MINUTES = 7 * 24 * 60
MONDAY_MINUTES = 4 * 24 * 60
"""1 January 1970 was a Thursday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`slot`, `host`, `brand`, `value`, `fee`, `start`, `end` (minutes, rest included) and `week` have one entry a match.

    `first[h]:first[h + 1]` are a host's matches by start. `rivalry` lists for each match the exclusivities that it falls under.
    """

    season: Season
    slot: Whole
    host: Whole
    brand: Whole
    value: Whole
    fee: Whole
    start: Whole
    end: Whole
    week: Whole
    first: Whole
    cap: Whole
    budget: Whole
    repeats: Whole
    """How often a brand may take a host again."""
    must: Flags
    """By slot: it is pinned."""
    rivalry: tuple[tuple[int, ...], ...]
    constant: int

    def worth(self, chosen: Sequence[int] | Whole) -> int:
        """The exact value of choosing these matches."""
        return int(self.value[np.asarray(chosen, dtype=np.int64)].sum()) + self.constant

    def plan(self, chosen: Sequence[int] | Whole, bound: int) -> Plan:
        """The chosen matches as a plan."""
        slots, hosts = self.season.slots, self.season.hosts
        pairs = {slots[self.slot[match]].slot_id: hosts[self.host[match]].host_id for match in chosen}
        return Plan(currency=self.season.currency, hosts=pairs, value_minor=self.worth(chosen), bound_minor=bound)


def columns(season: Season) -> Columns:
    """The season's columns, less what can be in no plan: forbidden, ruled out by a pin, above the budget, of a host who does no shows.

    Every id must be known (`rules.problems`).
    """
    slot_at = {slot.slot_id: place for place, slot in enumerate(season.slots)}
    host_at = {host.host_id: place for place, host in enumerate(season.hosts)}
    brand_at = {brand.brand_id: place for place, brand in enumerate(season.brands)}
    pins = dict(season.pinned)
    budget_of = {brand.brand_id: brand.budget_minor for brand in season.brands}
    works = {host.host_id: host.shows_per_week > 0 for host in season.hosts}
    payable = {slot.slot_id: budget_of[slot.brand_id] for slot in season.slots}
    kept = {(each.slot_id, each.host_id): each.cost_minor for each in season.announced}
    rows = [
        (slot_at[slot], host_at[host], value + kept.get((slot, host), 0), fee)
        for slot, host, value, fee in season.matches
        if pins.get(slot, host) == host and fee <= payable[slot] and works[host] and (slot, host) not in season.forbidden
    ]
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 4)
    starts = _whole((each.starts_at - EPOCH) // MINUTE for each in season.slots)
    ends = starts + _whole(each.minutes for each in season.slots)
    table = table[np.lexsort((table[:, 0], starts[table[:, 0]], table[:, 1]))]
    slot, host, value, fee = (np.ascontiguousarray(column) for column in table.T)
    brand_of = _whole(brand_at[each.brand_id] for each in season.slots)
    wanted = np.bincount(brand_of, minlength=len(season.brands))
    must = np.asarray([each.slot_id in pins for each in season.slots], dtype=np.bool_)
    rivalry = _rivalries(season)
    return Columns(
        season=season,
        slot=slot,
        host=host,
        brand=brand_of[slot],
        value=value,
        fee=fee,
        start=starts[slot] - _whole(each.rest_before_minutes for each in season.hosts)[host],
        end=ends[slot] + _whole(each.rest_after_minutes for each in season.hosts)[host],
        week=(starts[slot] - MONDAY_MINUTES) // WEEK_MINUTES,
        first=np.searchsorted(host, np.arange(len(season.hosts) + 1)),
        cap=_whole(each.shows_per_week for each in season.hosts),
        budget=_whole(each.budget_minor for each in season.brands),
        repeats=wanted - np.minimum(_whole(each.minimum_hosts for each in season.brands), wanted),
        must=must,
        rivalry=tuple(rivalry[place] for place in slot),
        constant=-sum(each.cost_minor for each in season.announced),
    )


def _whole(numbers: Iterable[int]) -> Whole:
    return np.fromiter(numbers, dtype=np.int64)


def _rivalries(season: Season) -> list[tuple[int, ...]]:
    """For each slot the exclusivities that it falls under."""
    of_brand: dict[tuple[str, str], list[tuple[int, Exclusivity]]] = {}
    for place, each in enumerate(season.exclusivities):
        for brand_id in each.brand_ids:
            of_brand.setdefault((each.category, brand_id), []).append((place, each))
    return [
        tuple(place for place, each in of_brand.get((slot.category, slot.brand_id), ()) if each.starts_at <= slot.starts_at < each.ends_at)
        for slot in season.slots
    ]

"""What prices tell of a pair in a part that is too large to be planned again while somebody waits.

At prices for slots and budgets a plan falls apart into one schedule for each host. A pair changes the schedule of its host only, so the
bound falls by what that schedule loses when it must have the pair: no plan with the pair is worth more. That it can be done at a certain
loss is shown by doing it: what stands against the pair gives way, and what is open then is filled again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from chalicelib.planning.arrays import Columns, Whole, columns
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import Pair, Season
from chalicelib.planning.solvers.highs import Limits
from chalicelib.planning.solvers.prices import Prices
from chalicelib.planning.solvers.relaxation import Relaxation
from chalicelib.planning.solvers.schedules import best_schedules, calendar
from chalicelib.planning.whynot import WhyNot, standing_only

MATCHES_PLANNED_AGAIN = 20_000
"""Parts up to this size are planned again instead: a programme of that size is solved in seconds."""
MATCHES_OF_A_RELAXATION = 500_000
"""A larger season is not asked about, and its programme takes minutes to be written down."""
MOST_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Prices of a part: no plan of it is worth more than `bound_minor`; `gains` are what its columns' matches bring beyond them."""

    bound_minor: int
    gains: tuple[int, ...]


def priced(part: Season, value_minor: int, go_on: Callable[[], bool]) -> Priced:
    """Prices of a part whose plan is worth `value_minor`, bettered for as long as that is wanted.

    They begin at those of the divisible programme where that comes to its end: tighter than steps get by themselves. Only its prices of
    slots and money are taken, for a host's best schedule must answer for the rest.
    """
    found = columns(part)
    prices = Prices(found, value_minor)
    first, highest = prices.bound, np.zeros(len(part.slots), np.int64)
    np.maximum.at(highest, found.slot, found.value)
    if 0 < len(found.slot) <= MATCHES_OF_A_RELAXATION:
        relaxation = Relaxation(found)
        if relaxation.solve(Limits(MOST_SECONDS, lambda: not go_on())):
            prices.begin_at(*relaxation.of_slots_and_money())
    while go_on():
        prices.improve()
    gains = prices.gain if prices.bound < first else found.value - highest[found.slot]
    return Priced(bound_minor=prices.bound, gains=tuple(gains.tolist()))


def why_not_by_prices(part: Season, hosts: Mapping[str, str], pair: Pair, prices: Priced) -> WhyNot:
    """What stands against the pair, what making room for it costs as things are, and what any plan with it costs at least."""
    known = standing_only(part, hosts, pair)
    found, gains = columns(part), np.asarray(prices.gains, dtype=np.int64)
    places = _places(found)
    if pair not in places:
        return replace(known, impossible="Its fee is above the budget, it is forbidden, or another pair is pinned.")
    draft = Draft(found, [places[Pair(*each)] for each in hosts.items()])
    now = found.worth(draft.chosen)
    at_most = prices.bound_minor - _lost_by_schedule(found, gains, places[pair]) - now
    if not _made_room(found, draft, places[pair]):
        return replace(known, impossible="Pins stand in the way.")
    draft.fill(np.argsort(-gains, kind="stable").tolist())
    after = found.plan(draft.chosen, 0).hosts
    moved = tuple(slot for slot in dict.fromkeys((*hosts, *after)) if hosts.get(slot) != after.get(slot))
    change = found.worth(draft.chosen) - now
    return replace(known, change_minor=change, at_most_minor=at_most, moved=moved)


def _places(found: Columns) -> dict[Pair, int]:
    slots, hosts = found.season.slots, found.season.hosts
    pairs = zip(found.slot.tolist(), found.host.tolist(), strict=True)
    return {Pair(slots[slot].slot_id, hosts[host].host_id): place for place, (slot, host) in enumerate(pairs)}


def _lost_by_schedule(found: Columns, gains: Whole, match: int) -> int:
    """What the host's best schedule loses when it must have the match. Gains are rounded down: each of its matches may bring one more."""
    host, orders = int(found.host[match]), calendar(found)
    own = np.zeros_like(gains)
    rows = slice(int(found.first[host]), int(found.first[host + 1]))
    own[rows] = gains[rows]
    free = int(best_schedules(found, orders, own).bound[host])
    bonus = int(np.abs(own).sum()) + 1
    own[match] += bonus
    return free - (int(best_schedules(found, orders, own).bound[host]) - bonus + rows.stop - rows.start)


def _made_room(found: Columns, draft: Draft, match: int) -> bool:
    """Take away what stands against a match, the least valuable first, and choose it; False where a pin would have to go."""
    slot, host, brand = (int(column[match]) for column in (found.slot, found.host, found.brand))
    same_slot = [draft.of_slot[slot]] if slot in draft.of_slot else []
    of_host = sorted(draft.of_host.get(host, ()), key=lambda each: (not _overlap(found, each, match), int(found.value[each])))
    of_brand = sorted((each for each in draft.chosen if found.brand[each] == brand), key=lambda each: int(found.value[each]))
    for other in dict.fromkeys((*same_slot, *of_host, *of_brand)):
        if draft.fits(match):
            break
        if not found.must[found.slot[other]]:
            draft.remove(other)
    if not draft.fits(match):
        return False
    draft.add(match)
    return True


def _overlap(found: Columns, one: int, other: int) -> bool:
    return bool(found.start[one] < found.end[other] and found.start[other] < found.end[one])

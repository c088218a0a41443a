"""Which seasons can be planned: pins that contradict each other and wishes that nobody can meet are refused, each with what to do."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from chalicelib.core.errors import Invalid
from chalicelib.planning.model import Host, Match, Season, Slot

MAX_SLOTS = 20_000
MAX_MATCHES = 2_000_000
"""What is planned as one; a larger season is cut into parts that are planned one after the other."""
PART_SLOTS = 1_500
PART_MATCHES = 150_000
"""The most of a part: so much is planned well within a minute, three times as much is not (ADR 42)."""
MOST_SLOTS = 50_000
MOST_MATCHES = 5_000_000
"""What is planned at all: a worker has all matches in its memory when it cuts a season and when it checks the whole plan."""
LARGEST_VALUE_MINOR = 10**12


class BadSeason(Invalid):
    """Nothing, or not what was asked for, can be planned from this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a season: its shows that are to be planned, and its matches."""

    slots: int
    matches: int

    def holds(self, slots: int, matches: int) -> bool:
        """Whether so much is no larger than this."""
        return slots <= self.slots and matches <= self.matches


def of_one_run() -> Size:
    """The most that is planned in one run."""
    return Size(slots=MAX_SLOTS, matches=MAX_MATCHES)


def of_a_part() -> Size:
    """The most of a part, where a season is too large for one run."""
    return Size(slots=PART_SLOTS, matches=PART_MATCHES)


def of_all() -> Size:
    """The most that is planned, however many runs it takes."""
    return Size(slots=MOST_SLOTS, matches=MOST_MATCHES)


def is_of(season: Season, size: Size) -> bool:
    """Whether the season is no larger. What is pinned is decided already and does not count."""
    pinned = len(season.pinned)
    return size.holds(len(season.slots) - pinned, len(season.matches) - pinned)


def check(season: Season, size: Size | None = None) -> None:
    """Raise `BadSeason` with the first thing that is wrong, and how many others there are; without a `size`, that of one run."""
    first, *others = [*problems(season, size or of_one_run()), None]
    if first is not None:
        more = f" There are {len(others) - 1} more problems like this." if len(others) > 1 else ""
        raise BadSeason(first + more)


def check_pins(season: Season, say: Callable[[str], str]) -> None:
    """Raise `BadSeason`, put into words by `say`, for pins that cannot hold together, whatever else the season lacks."""
    first = next(_pins(season), None)
    if first is not None:
        raise BadSeason(say(first), fields={"pinned": say(first)})


def problems(season: Season, size: Size) -> Iterator[str]:
    """Sentences on everything that is wrong; what later ones need is checked by earlier ones."""
    for find in (lambda each: _sizes(each, size), _names, _amounts, _hopeless, _pins):
        found = list(find(season))
        yield from found
        if found:
            return


def _sizes(season: Season, size: Size) -> Iterator[str]:
    if not season.slots:
        yield "There is no slot to plan. Add at least one brief with a window."
    if not is_of(season, size):
        yield f"A plan takes at most {size.slots:,} slots and {size.matches:,} matches. Plan each market and category for itself."


def _names(season: Season) -> Iterator[str]:
    slots, hosts = {each.slot_id for each in season.slots}, {each.host_id for each in season.hosts}
    brands = {each.brand_id for each in season.brands}
    if (len(slots), len(hosts), len(brands)) != (len(season.slots), len(season.hosts), len(season.brands)):
        yield "A slot, host or brand is stated twice. State each once."
    for slot in season.slots:
        if slot.brand_id not in brands:
            yield f"The brand {slot.brand_id} of slot {slot.slot_id} is not known. Add it with its budget."
    for named in (season.matches, season.pinned, season.forbidden, season.announced):
        for each in named:
            slot_id, host_id = (each[0], each[1]) if isinstance(each, tuple) else (each.slot_id, each.host_id)
            if slot_id not in slots or host_id not in hosts:
                yield f"Slot {slot_id} or host {host_id} is not known. Add it, or take the pair out."
    if len({(match.slot_id, match.host_id) for match in season.matches}) != len(season.matches):
        yield "A match of a slot and a host is stated twice. State each pair once."


def _amounts(season: Season) -> Iterator[str]:
    for match in season.matches:
        if not 0 <= match.value_minor <= LARGEST_VALUE_MINOR or not 0 <= match.fee_minor <= LARGEST_VALUE_MINOR:
            yield f"Value and fee of {match.host_id} for {match.slot_id} must lie between 0 and {LARGEST_VALUE_MINOR:,} minor units."
    for brand in season.brands:
        if not 0 <= brand.budget_minor <= LARGEST_VALUE_MINOR or brand.minimum_hosts < 1:
            yield f"Budget and least number of hosts of {brand.brand_id} must not be negative, and at least one host is needed."
    for announced in season.announced:
        if not 0 <= announced.cost_minor <= LARGEST_VALUE_MINOR:
            yield f"What it costs to change {announced.slot_id} must not be negative."
    if any(slot.minutes <= 0 for slot in season.slots) or any(host.shows_per_week < 0 for host in season.hosts):
        yield "A show takes at least a minute, and a host's shows in a week cannot be fewer than none."


def _hopeless(season: Season) -> Iterator[str]:
    """Slots for which nothing can be done whatever the plan."""
    able, payable = set(), set()
    budgets = {brand.brand_id: brand.budget_minor for brand in season.brands}
    brand_of = {slot.slot_id: slot.brand_id for slot in season.slots}
    for match in season.matches:
        if (match.slot_id, match.host_id) not in season.forbidden:
            able.add(match.slot_id)
            if match.fee_minor <= budgets[brand_of[match.slot_id]]:
                payable.add(match.slot_id)
    for slot in season.slots:
        if slot.slot_id not in able:
            yield f"No host is possible for slot {slot.slot_id}. Widen its brief, move its time, or take the slot out."
        elif slot.slot_id not in payable:
            yield f"The budget of {slot.brand_id} pays for no host of slot {slot.slot_id}. Raise the budget or take the slot out."


def _pins(season: Season) -> Iterator[str]:
    matches = {(match.slot_id, match.host_id): match for match in season.matches}
    pinned = Counter(slot_id for slot_id, _ in season.pinned)
    for slot_id, count in pinned.items():
        if count > 1:
            yield f"Slot {slot_id} is pinned {count} times. Keep one pin."
    for pair in season.pinned:
        if pair in season.forbidden:
            yield f"{pair.host_id} is both pinned to and forbidden for {pair.slot_id}. Take one of the two out."
        elif pair not in matches:
            yield f"{pair.host_id} cannot take {pair.slot_id}, to which it is pinned. Unpin it or pick one of the slot's matches."
    if all(pair in matches for pair in season.pinned) and max(pinned.values(), default=0) <= 1:
        yield from _together(season, [matches[pair] for pair in season.pinned])


def _together(season: Season, pinned: Sequence[Match]) -> Iterator[str]:
    """What the pins break when all of them hold."""
    slots, hosts = {each.slot_id: each for each in season.slots}, {each.host_id: each for each in season.hosts}
    of_host: dict[str, list[Slot]] = defaultdict(list)
    of_brand: dict[str, list[Match]] = defaultdict(list)
    for match in pinned:
        of_host[match.host_id].append(slots[match.slot_id])
        of_brand[slots[match.slot_id].brand_id].append(match)
    for host_id, shows in of_host.items():
        yield from _pins_of_host(season, hosts[host_id], sorted(shows, key=lambda slot: slot.starts_at))
    slots_of = Counter(slot.brand_id for slot in season.slots)
    for brand in season.brands:
        own = of_brand[brand.brand_id]
        fees = sum(match.fee_minor for match in own)
        if fees > brand.budget_minor:
            yield f"The pins of {brand.brand_id} cost {fees}, its budget is {brand.budget_minor}. Raise the budget or unpin one."
        wanted = slots_of[brand.brand_id]
        if len(own) - len({match.host_id for match in own}) > wanted - min(wanted, brand.minimum_hosts):
            yield f"The pins of {brand.brand_id} leave no room for {brand.minimum_hosts} different hosts. Unpin one or ask for fewer."


def _pins_of_host(season: Season, host: Host, shows: Sequence[Slot]) -> Iterator[str]:
    rest = timedelta(minutes=host.rest_before_minutes + host.rest_after_minutes)
    for one, other in pairwise(shows):
        if one.starts_at + timedelta(minutes=one.minutes) + rest > other.starts_at:
            yield f"{host.host_id} is pinned to {one.slot_id} and {other.slot_id}, which leave no time between them. Unpin one of the two."
    for week, count in Counter(_week(slot.starts_at) for slot in shows).items():
        if count > host.shows_per_week:
            yield f"{host.host_id} is pinned to {count} shows in week {week[1]}, {host.shows_per_week} at most. Unpin one."
    for each in season.exclusivities:
        brands = {slot.brand_id for slot in shows if slot.category == each.category and each.starts_at <= slot.starts_at < each.ends_at}
        if len(brands & each.brand_ids) > 1:
            rivals = ", ".join(sorted(brands & each.brand_ids))
            yield f"{host.host_id} is pinned to competing brands in {each.category}: {rivals}. Unpin one."


def _week(instant: datetime) -> tuple[int, int]:
    year, week, _ = instant.astimezone(UTC).isocalendar()
    return year, week

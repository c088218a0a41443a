"""Why a slot does not go to a host: what stands against it in the plan, and what insisting would cost.

Insisting means pinning the pair and planning its part again. A part that is planned to a proven end says exactly what is lost; one that is
not says what the new plan found loses, and what any plan with that pair loses at least.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chalicelib.planning import checker
from chalicelib.planning.model import Pair, Plan, Season
from chalicelib.planning.parts import parts
from chalicelib.planning.rules import BadSeason
from chalicelib.planning.standing import Hindrance, Standing

Again = Callable[[Season], Plan]
"""Plans a season within a short time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """What is known of a pair that the plan does not have.

    `change_minor` is what planning again with the pair pinned changes the plan's value by (a loss is negative; a plan that was not
    proven best may gain), `at_most_minor` what no plan with that pair exceeds. Both are None where the pair cannot be, and why it
    cannot is `impossible`; they are equal where that is proven.
    """

    pair: Pair
    hindrances: tuple[Hindrance, ...]
    elsewhere: Mapping[str, int]
    """The host's shows that stand against it -> what they are worth more with this host than this slot would be."""
    change_minor: int | None = None
    at_most_minor: int | None = None
    impossible: str = ""
    moved: tuple[str, ...] = ()
    """Slots that planning again gives to somebody else, or leaves open."""

    @property
    def is_exact(self) -> bool:
        """Whether the change is proven."""
        return self.change_minor is not None and self.change_minor == self.at_most_minor


def part_of(season: Season, slot_id: str) -> Season:
    """The part of the season that the slot is planned with. Raises `StopIteration` for a slot that is not there."""
    return next(part for part in parts(season) if any(slot.slot_id == slot_id for slot in part.slots))


def standing_only(season: Season, hosts: Mapping[str, str], pair: Pair) -> WhyNot:
    """What stands against the pair, without planning anything again."""
    standing = Standing(season, hosts)
    hindrances = standing.hindrances(*pair)
    return WhyNot(pair=pair, hindrances=hindrances, elsewhere=_elsewhere(standing, pair, hindrances))


def why_not(season: Season, hosts: Mapping[str, str], pair: Pair, again: Again) -> WhyNot:
    """What stands against the pair, and what insisting on it costs. `season` is the pair's part, `hosts` the part's places."""
    found = standing_only(season, hosts, pair)
    if pair not in {Pair(each.slot_id, each.host_id) for each in season.matches}:
        return replace(found, impossible="The host is no match for this slot.")
    others = tuple(each for each in season.pinned if each.slot_id != pair.slot_id)
    pinned = replace(season, pinned=(*others, pair), forbidden=season.forbidden - {pair})
    try:
        plan = again(pinned)
    except BadSeason as error:
        return replace(found, impossible=error.message)
    now = checker.value_minor(season, hosts)
    moved = tuple(slot for slot in dict.fromkeys((*hosts, *plan.hosts)) if hosts.get(slot) != plan.hosts.get(slot))
    return replace(found, change_minor=plan.value_minor - now, at_most_minor=plan.bound_minor - now, moved=moved)


def _elsewhere(standing: Standing, pair: Pair, hindrances: tuple[Hindrance, ...]) -> dict[str, int]:
    if pair not in standing.matches:
        return {}
    here = standing.matches[pair].value_minor
    shows = dict.fromkeys(show for each in hindrances for show in each.shows)
    return {show: standing.value_at(show) - here for show in shows if standing.hosts.get(show) == pair.host_id}

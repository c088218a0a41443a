"""A season falls apart into parts that share no host and no brand, as markets and categories do; each is planned for itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from chalicelib.planning.model import MarginalPrices, Plan, Season


class _Together:
    """Which names belong together (union of disjoint sets)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def top(self, name: str) -> str:
        """The name that stands for all that belong together with this one."""
        path = [name]
        while (above := self._above.get(path[-1], path[-1])) != path[-1]:
            path.append(above)
        for each in path:
            self._above[each] = path[-1]
        return path[-1]

    def join(self, one: str, other: str) -> None:
        self._above[self.top(one)] = self.top(other)


def parts(season: Season) -> tuple[Season, ...]:
    """Largest first. Slots that nobody matches stay open and are in no part; every announcement stays with its slot."""
    together = _Together()
    brand_of = {slot.slot_id: f"brand {slot.brand_id}" for slot in season.slots}
    for match in season.matches:
        together.join(f"host {match.host_id}", brand_of[match.slot_id])
    slots, matches, hosts, brands = defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list)
    for slot in season.slots:
        slots[together.top(brand_of[slot.slot_id])].append(slot)
    for match in season.matches:
        matches[together.top(brand_of[match.slot_id])].append(match)
    for host in season.hosts:
        hosts[together.top(f"host {host.host_id}")].append(host)
    for brand in season.brands:
        brands[together.top(f"brand {brand.brand_id}")].append(brand)
    made = []
    for top, own in slots.items():
        names = {slot.slot_id for slot in own}
        made.append(
            replace(
                season,
                slots=tuple(own),
                hosts=tuple(hosts[top]),
                brands=tuple(brands[top]),
                matches=tuple(matches[top]),
                pinned=tuple(pair for pair in season.pinned if pair.slot_id in names),
                forbidden=frozenset(pair for pair in season.forbidden if pair.slot_id in names),
                announced=tuple(each for each in season.announced if each.slot_id in names),
            )
        )
    return tuple(sorted(made, key=lambda part: -len(part.matches)))


def united(season: Season, plans: Sequence[Plan]) -> Plan:
    """The parts' plans as one."""
    return Plan(
        currency=season.currency,
        hosts={slot: host for plan in plans for slot, host in plan.hosts.items()},
        value_minor=sum(plan.value_minor for plan in plans),
        bound_minor=sum(plan.bound_minor for plan in plans),
        prices=_together([plan.prices for plan in plans if plan.prices is not None]),
    )


def _together(prices: Sequence[MarginalPrices]) -> MarginalPrices | None:
    if not prices:
        return None
    return MarginalPrices(
        hosts={slot: hosts for each in prices for slot, hosts in each.hosts.items()},
        money={brand: price for each in prices for brand, price in each.money.items()},
    )

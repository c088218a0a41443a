"""How a plan stands: what each host and each brand has, and what stands against giving a slot to a host, rule by rule.

The same rules as `chalicelib.planning.checker` has, asked about one pair instead of a whole plan; a property test holds both together.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.planning.model import Exclusivity, Host, Match, Pair, Season, Slot

LEAST_RIVALS = 3


class Against(StrEnum):
    """What can stand against a pair."""

    NO_MATCH = "no_match"
    FORBIDDEN = "forbidden"
    PINNED = "pinned"
    TIME = "time"
    WEEK = "week"
    BUDGET = "budget"
    DIFFERENT_HOSTS = "different_hosts"
    EXCLUSIVITY = "exclusivity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """A rule that a pair would break in this plan, and the host's shows that make it so."""

    against: Against
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A slot that would like this host at that time: what it has instead, and what it lacks by that."""

    slot_id: str
    lacks_minor: int


class Standing:
    """A plan's places, ready to be asked about."""

    def __init__(self, season: Season, hosts: Mapping[str, str]) -> None:
        """`hosts` is slot -> host and breaks no rule."""
        self._season, self.hosts = season, dict(hosts)
        self._slots = {slot.slot_id: slot for slot in season.slots}
        self._hosts = {host.host_id: host for host in season.hosts}
        self._brands = {brand.brand_id: brand for brand in season.brands}
        self.matches = {Pair(each.slot_id, each.host_id): each for each in season.matches}
        self._pins = dict(season.pinned)
        self._shows: dict[str, list[Slot]] = defaultdict(list)
        self._spent: dict[str, int] = defaultdict(int)
        self._of_brand: dict[str, list[str]] = defaultdict(list)
        self._matches_of_host: dict[str, list[Match]] = defaultdict(list)
        self._matches_of_slot: dict[str, list[Match]] = defaultdict(list)
        self._rivalries: dict[tuple[str, str], list[Exclusivity]] = defaultdict(list)
        for exclusivity in season.exclusivities:
            for brand_id in exclusivity.brand_ids:
                self._rivalries[exclusivity.category, brand_id].append(exclusivity)
        for slot in season.slots:
            self._of_brand[slot.brand_id].append(slot.slot_id)
        for slot_id, host_id in self.hosts.items():
            self._shows[host_id].append(self._slots[slot_id])
            self._spent[self._slots[slot_id].brand_id] += self.matches[Pair(slot_id, host_id)].fee_minor
        for each in season.matches:
            self._matches_of_host[each.host_id].append(each)
            self._matches_of_slot[each.slot_id].append(each)

    def slot(self, slot_id: str) -> Slot:
        """The slot with this id."""
        return self._slots[slot_id]

    def value_at(self, slot_id: str) -> int:
        """What the slot's place is worth; 0 where it is open."""
        host = self.hosts.get(slot_id)
        return 0 if host is None else self.matches[Pair(slot_id, host)].value_minor

    def matches_of(self, slot_id: str) -> list[Match]:
        """Who could take the slot, most valuable first."""
        return sorted(self._matches_of_slot[slot_id], key=lambda each: (-each.value_minor, each.host_id))

    def hindrances(self, slot_id: str, host_id: str) -> tuple[Hindrance, ...]:
        """Every rule that giving the slot to this host instead of whoever has it would break; empty when it could just be done."""
        pair = Pair(slot_id, host_id)
        if pair not in self.matches:
            return (Hindrance(against=Against.NO_MATCH),)
        return tuple(self._hindrances(self._slots[slot_id], self._hosts[host_id], self.matches[pair]))

    def rivals(self, slot_id: str) -> list[Rival]:
        """Slots that would be worth more with the host who has this one, and cannot have it because of this show; the hungriest first."""
        host_id = self.hosts[slot_id]
        found = []
        for match in self._matches_of_host[host_id]:
            lacks = match.value_minor - self.value_at(match.slot_id)
            if lacks > 0 and match.slot_id not in self._pins and self.hosts.get(match.slot_id) != host_id:
                blocking = {show for each in self.hindrances(match.slot_id, host_id) for show in each.shows}
                if slot_id in blocking:
                    found.append(Rival(slot_id=match.slot_id, lacks_minor=lacks))
        return sorted(found, key=lambda each: (-each.lacks_minor, each.slot_id))[:LEAST_RIVALS]

    def next_best(self, slot_id: str) -> Match | None:
        """The most valuable other host who could take the slot as everything else stands."""
        able = (each for each in self.matches_of(slot_id) if each.host_id != self.hosts.get(slot_id))
        return next((each for each in able if not self.hindrances(slot_id, each.host_id)), None)

    def _hindrances(self, slot: Slot, host: Host, match: Match) -> Iterator[Hindrance]:
        pair = Pair(slot.slot_id, host.host_id)
        if pair in self._season.forbidden:
            yield Hindrance(against=Against.FORBIDDEN)
        if self._pins.get(slot.slot_id, host.host_id) != host.host_id:
            yield Hindrance(against=Against.PINNED)
        shows = [each for each in self._shows[host.host_id] if each.slot_id != slot.slot_id]
        yield from _times(slot, host, shows)
        yield from self._exclusive(slot, shows)
        yield from self._money_and_wishes(slot, host, match)

    def _exclusive(self, slot: Slot, shows: list[Slot]) -> Iterator[Hindrance]:
        under = [each for each in self._rivalries.get((slot.category, slot.brand_id), ()) if _is_within(slot, each)]
        rivals = (show for show in shows if show.brand_id != slot.brand_id and show.category == slot.category)
        broken = tuple(show.slot_id for show in rivals if any(show.brand_id in each.brand_ids and _is_within(show, each) for each in under))
        if broken:
            yield Hindrance(against=Against.EXCLUSIVITY, shows=broken)

    def _money_and_wishes(self, slot: Slot, host: Host, match: Match) -> Iterator[Hindrance]:
        brand, now = self._brands[slot.brand_id], self.hosts.get(slot.slot_id)
        paid = 0 if now is None else self.matches[Pair(slot.slot_id, now)].fee_minor
        if self._spent[brand.brand_id] - paid + match.fee_minor > brand.budget_minor:
            yield Hindrance(against=Against.BUDGET)
        own = self._of_brand[brand.brand_id]
        filled = {each: self.hosts[each] for each in own if each in self.hosts} | {slot.slot_id: host.host_id}
        wanted = min(brand.minimum_hosts, len(own)) - (len(own) - len(filled))
        if len(set(filled.values())) < wanted:
            yield Hindrance(against=Against.DIFFERENT_HOSTS, shows=tuple(each for each, by in filled.items() if by == host.host_id))


def _times(slot: Slot, host: Host, shows: list[Slot]) -> Iterator[Hindrance]:
    rest = timedelta(minutes=host.rest_before_minutes + host.rest_after_minutes)
    busy = tuple(each.slot_id for each in shows if _ends(each) + rest > slot.starts_at and _ends(slot) + rest > each.starts_at)
    if busy:
        yield Hindrance(against=Against.TIME, shows=busy)
    same_week = tuple(each.slot_id for each in shows if _week(each) == _week(slot))
    if len(same_week) >= host.shows_per_week:
        yield Hindrance(against=Against.WEEK, shows=same_week)


def _is_within(slot: Slot, exclusivity: Exclusivity) -> bool:
    return exclusivity.starts_at <= slot.starts_at < exclusivity.ends_at


def _ends(slot: Slot) -> datetime:
    return slot.starts_at + timedelta(minutes=slot.minutes)


def _week(slot: Slot) -> tuple[int, int]:
    year, week, _ = slot.starts_at.astimezone(UTC).isocalendar()
    return year, week

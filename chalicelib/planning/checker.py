"""A second opinion on plans, which shares nothing with the planner but the words of `model`: every rule that is broken, and the value.

It is written to be obviously right, not to be fast: a season of 3,000 slots takes well under a second.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from chalicelib.planning.model import Host, Plan, Season, Slot


class Rule(StrEnum):
    """What a plan can break."""

    NO_MATCH = "no_match"
    FORBIDDEN = "forbidden"
    PIN = "pin"
    SAME_TIME = "same_time"
    WEEKLY_CAP = "weekly_cap"
    BUDGET = "budget"
    DIFFERENT_HOSTS = "different_hosts"
    EXCLUSIVITY = "exclusivity"
    VALUE = "value"
    BOUND = "bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that does not hold, and for what."""

    rule: Rule
    sentence: str


def violations(season: Season, plan: Plan) -> tuple[Violation, ...]:
    """Everything that is wrong with the plan; empty when it holds and is worth what it says."""
    slots = {slot.slot_id: slot for slot in season.slots}
    known = {(match.slot_id, match.host_id) for match in season.matches}
    strange = [pair for pair in plan.hosts.items() if pair not in known]
    if strange:
        return tuple(_broken(Rule.NO_MATCH, f"{host} is no match for {slot}.") for slot, host in strange)
    shows: dict[str, list[Slot]] = defaultdict(list)
    for slot_id, host_id in plan.hosts.items():
        shows[host_id].append(slots[slot_id])
    found = (
        _pairs(season, plan),
        _times(season, shows),
        _weeks(season, shows),
        _budgets(season, plan),
        _different(season, plan),
        _exclusive(season, shows),
        _worth(season, plan),
    )
    return tuple(violation for each in found for violation in each)


def value_minor(season: Season, hosts: Mapping[str, str]) -> int:
    """What giving the slots to these hosts is worth, less what changed announcements cost."""
    values = {(match.slot_id, match.host_id): match.value_minor for match in season.matches}
    lost = sum(each.cost_minor for each in season.announced if hosts.get(each.slot_id) != each.host_id)
    return sum(values[pair] for pair in hosts.items()) - lost


def _broken(rule: Rule, sentence: str) -> Violation:
    return Violation(rule=rule, sentence=sentence)


def _pairs(season: Season, plan: Plan) -> Iterator[Violation]:
    for slot_id, host_id in season.forbidden:
        if plan.hosts.get(slot_id) == host_id:
            yield _broken(Rule.FORBIDDEN, f"{host_id} must not have {slot_id}.")
    for slot_id, host_id in season.pinned:
        if plan.hosts.get(slot_id) != host_id:
            yield _broken(Rule.PIN, f"{slot_id} is pinned to {host_id}.")


def _times(season: Season, shows: Mapping[str, list[Slot]]) -> Iterator[Violation]:
    for host in season.hosts:
        for one, other in combinations(shows.get(host.host_id, ()), 2):
            (begins, ends), (other_begins, other_ends) = _taken(host, one), _taken(host, other)
            if begins < other_ends and other_begins < ends:
                yield _broken(Rule.SAME_TIME, f"{host.host_id} cannot do both {one.slot_id} and {other.slot_id}.")


def _taken(host: Host, slot: Slot) -> tuple[datetime, datetime]:
    """From when until when the show takes the host's time, rest included."""
    begins = slot.starts_at - timedelta(minutes=host.rest_before_minutes)
    return begins, slot.starts_at + timedelta(minutes=slot.minutes + host.rest_after_minutes)


def _weeks(season: Season, shows: Mapping[str, list[Slot]]) -> Iterator[Violation]:
    for host in season.hosts:
        weeks = Counter(slot.starts_at.astimezone(UTC).isocalendar()[:2] for slot in shows.get(host.host_id, ()))
        for week, count in weeks.items():
            if count > host.shows_per_week:
                yield _broken(Rule.WEEKLY_CAP, f"{host.host_id} has {count} shows in week {week}, {host.shows_per_week} at most.")


def _budgets(season: Season, plan: Plan) -> Iterator[Violation]:
    fees = {(match.slot_id, match.host_id): match.fee_minor for match in season.matches}
    spent: Counter[str] = Counter()
    for slot in season.slots:
        if slot.slot_id in plan.hosts:
            spent[slot.brand_id] += fees[slot.slot_id, plan.hosts[slot.slot_id]]
    for brand in season.brands:
        if spent[brand.brand_id] > brand.budget_minor:
            yield _broken(Rule.BUDGET, f"{brand.brand_id} would spend {spent[brand.brand_id]} of {brand.budget_minor}.")


def _different(season: Season, plan: Plan) -> Iterator[Violation]:
    slots: dict[str, list[str]] = defaultdict(list)
    for slot in season.slots:
        slots[slot.brand_id].append(slot.slot_id)
    for brand in season.brands:
        own = slots[brand.brand_id]
        filled = [plan.hosts[slot_id] for slot_id in own if slot_id in plan.hosts]
        wanted = min(brand.minimum_hosts, len(own)) - (len(own) - len(filled))
        if len(set(filled)) < wanted:
            yield _broken(Rule.DIFFERENT_HOSTS, f"{brand.brand_id} has {len(set(filled))} different hosts, {wanted} are asked for.")


def _exclusive(season: Season, shows: Mapping[str, list[Slot]]) -> Iterator[Violation]:
    on_air: dict[tuple[str, str], list[tuple[str, Slot]]] = defaultdict(list)
    for host_id, slot in ((host_id, slot) for host_id, slots in shows.items() for slot in slots):
        on_air[slot.category, slot.brand_id].append((host_id, slot))
    for each in season.exclusivities:
        brands: dict[str, set[str]] = defaultdict(set)
        own = [show for brand_id in each.brand_ids for show in on_air.get((each.category, brand_id), ())]
        for host_id, slot in own:
            if each.starts_at <= slot.starts_at < each.ends_at:
                brands[host_id].add(slot.brand_id)
        for host_id, works_for in brands.items():
            if len(works_for) > 1:
                yield _broken(Rule.EXCLUSIVITY, f"{host_id} works for {', '.join(sorted(works_for))} in {each.category}.")


def _worth(season: Season, plan: Plan) -> Iterator[Violation]:
    worth = value_minor(season, plan.hosts)
    if worth != plan.value_minor:
        yield _broken(Rule.VALUE, f"The plan says {plan.value_minor}, it is worth {worth}.")
    if worth > plan.bound_minor:
        yield _broken(Rule.BOUND, f"The plan is worth {worth}, above its bound of {plan.bound_minor}.")

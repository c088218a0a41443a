"""Small seasons for tests, and the best plan of one by trying everything."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product

from hypothesis import strategies as st

from chalicelib.planning import checker
from chalicelib.planning.checker import Rule
from chalicelib.planning.model import Announced, Brand, Exclusivity, Host, Match, Pair, Plan, Season, Slot

SUNDAY = datetime(2026, 11, 8, 18, tzinfo=UTC)
ALWAYS = {"starts_at": SUNDAY - timedelta(days=30), "ends_at": SUNDAY + timedelta(days=30)}
MOST = 10**12


def slot(number: int, *, brand: str = "ada", hours: int = 0, minutes: int = 60, category: str = "tea") -> Slot:
    return Slot(slot_id=f"s{number}", brand_id=brand, category=category, starts_at=SUNDAY + timedelta(hours=hours), minutes=minutes)


def host(number: int, *, rest: int = 0, shows: int = 9) -> Host:
    return Host(host_id=f"h{number}", rest_before_minutes=rest, shows_per_week=shows)


def brand(name: str = "ada", *, budget: int = 1_000, hosts: int = 1) -> Brand:
    return Brand(brand_id=name, budget_minor=budget, minimum_hosts=hosts)


def season(slots: list[Slot], hosts: list[Host], brands: list[Brand], values: Mapping[tuple[int, int], tuple[int, int]]) -> Season:
    """`values` by slot's and host's number: value and fee."""
    matches = tuple(Match(f"s{s}", f"h{h}", value, fee) for (s, h), (value, fee) in values.items())
    return Season(currency="GBP", slots=tuple(slots), hosts=tuple(hosts), brands=tuple(brands), matches=matches)


def planned(season: Season, hosts: Mapping[str, str]) -> Plan:
    """A plan with the value that it has."""
    return Plan(currency=season.currency, hosts=hosts, value_minor=checker.value_minor(season, hosts), bound_minor=MOST)


def broken(season: Season, hosts: Mapping[str, str]) -> set[Rule]:
    return {each.rule for each in checker.violations(season, planned(season, hosts))}


def best_value(season: Season) -> int | None:
    """By trying everything; None when even the pins cannot hold."""
    able = [[None, *(match.host_id for match in season.matches if match.slot_id == each.slot_id)] for each in season.slots]
    worth = [planned(season, hosts) for hosts in _choices(season, able)]
    return max((plan.value_minor for plan in worth if not checker.violations(season, plan)), default=None)


def _choices(season: Season, able: list[list[str | None]]) -> Iterator[dict[str, str]]:
    for chosen in product(*able):
        yield {each.slot_id: host_id for each, host_id in zip(season.slots, chosen, strict=True) if host_id is not None}


def ticking(step: int = 0) -> Callable[[], float]:
    """Seconds that rise by `step` with every look."""
    seconds = count(0, step)
    return lambda: next(seconds)


@st.composite
def small_seasons(draw: st.DrawFn) -> Season:
    """Up to five slots and three hosts, with everything that can stand in the way."""
    brands = [brand(name, budget=draw(st.integers(5, 40)), hosts=draw(st.integers(1, 3))) for name in ("ada", "bea", "cyd")]
    slots = [
        slot(
            number,
            brand=draw(st.sampled_from(["ada", "bea", "cyd"])),
            hours=draw(st.integers(0, 9)),
            minutes=draw(st.sampled_from([60, 150])),
            category=draw(st.sampled_from(["tea", "tea", "hats"])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    hosts = [host(number, rest=draw(st.sampled_from([0, 30])), shows=draw(st.integers(0, 3))) for number in range(3)]
    pairs = draw(st.lists(st.tuples(st.integers(0, len(slots) - 1), st.integers(0, 2)), unique=True, min_size=1, max_size=12))
    values = {pair: (draw(st.integers(0, 50)), draw(st.integers(0, 20))) for pair in pairs}
    made = season(slots, hosts, brands, values)
    rivals = [frozenset(draw(st.sets(st.sampled_from(["ada", "bea", "cyd"]), min_size=2))) for _ in range(draw(st.integers(0, 2)))]
    matches = [Pair(match.slot_id, match.host_id) for match in made.matches]
    kept = draw(st.sampled_from(matches))
    return replace(
        made,
        exclusivities=tuple(Exclusivity(category="tea", brand_ids=each, **ALWAYS) for each in rivals),
        announced=(Announced(slot_id=kept.slot_id, host_id=kept.host_id, cost_minor=draw(st.integers(0, 20))),)
        if draw(st.booleans())
        else (),
        forbidden=frozenset(draw(st.sets(st.sampled_from(matches), max_size=1))),
    )

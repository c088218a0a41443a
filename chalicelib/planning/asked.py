"""What somebody asks to have planned, and what is wrong with it as far as that can be said before any host is looked at."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.core.errors import Invalid
from chalicelib.core.money import for_people
from chalicelib.matching.rules import Brief, BriefWindow
from chalicelib.planning.model import Pair
from chalicelib.planning.rules import LARGEST_VALUE_MINOR, MOST_SLOTS

MAX_BRIEFS = 5_000
MAX_PAIRS = 2_000
MAX_PINS = 100
"""Pins are tried while the caller waits, each host with all that is known of it."""
MAX_RIVALS = 500
FEWEST_SECONDS = 5
MAX_SECONDS_ASKED = 600
"""A function has 900; the rest is for reading hosts before and for checking and keeping the plan after."""
DEFAULT_SECONDS = 60
DEFAULT_SHOWS_PER_WEEK = 5
MAX_SHOWS_PER_WEEK = 50
LARGEST_GROUPS_NAMED = 3


class BadPlanRequest(Invalid):
    """Nothing, or not what was asked for, can be planned from this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """Brands that a host must not be on air for in one category, more than one of them, from a time until another (exclusive)."""

    category: str
    brand_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A plan as it is asked for. Amounts are minor units of the briefs' one currency."""

    brief_ids: tuple[str, ...]
    seconds: int = DEFAULT_SECONDS
    budgets: Mapping[str, int] = field(default_factory=dict)
    """Brand -> for the fees of all its shows; the sum of its briefs' budgets where it is not stated."""
    minimum_hosts: int = 1
    """Different hosts for each brand, when all its shows have one."""
    shows_per_week: int = DEFAULT_SHOWS_PER_WEEK
    """For hosts who have not said how many they do; shows that are booked already included."""
    pinned: tuple[Pair, ...] = ()
    forbidden: tuple[Pair, ...] = ()
    rivals: tuple[Rivals, ...] = ()
    without_hosts: tuple[str, ...] = ()
    without_slots: tuple[str, ...] = ()
    replans: str | None = None
    """The plan whose places are announced."""
    move_cost_minor: int | None = None
    """What it costs to change an announced place; without it, so much that as few as possible change."""

    def without_wishes_for(self, slot_ids: Collection[str]) -> "Asked":
        """The same without pins to these shows and bans from them: they are not planned any more."""
        return replace(
            self,
            pinned=tuple(each for each in self.pinned if each.slot_id not in slot_ids),
            forbidden=tuple(each for each in self.forbidden if each.slot_id not in slot_ids),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A show that a brief wants, as a slot of the plan."""

    slot_id: str
    brief: Brief
    window: BriefWindow

    @property
    def words(self) -> str:
        """What people call it."""
        return f"{self.brief.title}, {self.window.starts_at:%a %-d %b %Y %H:%M} UTC"


def slot_id_of(brief_id: str, number: int) -> str:
    """The slot of a brief's show, numbered from 1 in the brief's own order."""
    return f"{brief_id}.{number}"


def wanted_by(briefs: Sequence[Brief], without_slots: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """A slot for each show of the briefs, less those that are taken out."""
    out = set(without_slots)
    found = (
        Wanted(slot_id=slot_id_of(brief.brief_id, number), brief=brief, window=window)
        for brief in briefs
        for number, window in enumerate(brief.windows, 1)
    )
    return tuple(each for each in found if each.slot_id not in out)


def budgets_of(asked: Asked, briefs: Sequence[Brief]) -> dict[str, int]:
    """Each brand's budget: as stated, or what its briefs have together."""
    together: Counter[str] = Counter()
    for brief in briefs:
        together[brief.brand_id] += brief.budget_minor
    return {brand_id: asked.budgets.get(brand_id, minor) for brand_id, minor in together.items()}


def check_asked(asked: Asked, briefs: Sequence[Brief], now: datetime, say: Callable[[str], str] = str) -> None:
    """Raise `BadPlanRequest` with the first thing that is wrong, put into words by `say`, and how many others there are.

    `briefs` are those asked for.
    """
    for part, find in _CHECKS.items():
        found = list(find(asked, briefs, now))
        if found:
            more = f" There are {len(found) - 1} more problems like this." if len(found) > 1 else ""
            raise BadPlanRequest(say(found[0]) + more, fields={part: say(found[0])})


def _of_briefs(asked: Asked, briefs: Sequence[Brief], _: datetime) -> Iterator[str]:
    if not briefs:
        yield "Choose at least one brief to plan."
    if len(set(asked.brief_ids)) != len(asked.brief_ids):
        yield "A brief is chosen twice. Choose each once."
    currencies = sorted({brief.currency for brief in briefs})
    if len(currencies) > 1:
        yield f"These briefs pay in {' and '.join(currencies)}, a plan is in one currency. Make a plan for each."


def _of_slots(asked: Asked, briefs: Sequence[Brief], now: datetime) -> Iterator[str]:
    wanted = wanted_by(briefs, asked.without_slots)
    if not wanted:
        yield "All shows of these briefs are taken out, offered or booked already. Leave at least one to be planned."
    if len(wanted) > MOST_SLOTS:
        groups = Counter(f"{each.brief.market}, {each.brief.category}" for each in wanted)
        largest = "; ".join(f"{name} ({count:,} shows)" for name, count in groups.most_common(LARGEST_GROUPS_NAMED))
        most = f"A plan takes at most {MOST_SLOTS:,} shows, these briefs want {len(wanted):,}."
        yield f"{most} Plan each market and category for itself: {largest}."
    for each in wanted:
        if each.window.starts_at <= now:
            yield f"The time of {each.words} has passed. Take that show out of the plan ({each.slot_id}), or post a new brief."


def _of_money(asked: Asked, briefs: Sequence[Brief], _: datetime) -> Iterator[str]:
    for brand_id, minor in budgets_of(asked, briefs).items():
        if minor <= 0:
            budget = for_people(minor, briefs[0].currency)
            yield f"The budget of {brand_id} is {budget}, which pays for no show. Raise it, or leave its briefs out."
        if minor > LARGEST_VALUE_MINOR:
            yield f"The budget of {brand_id} is above {for_people(LARGEST_VALUE_MINOR, briefs[0].currency)}. Plan fewer briefs at once."
    strangers = set(asked.budgets) - {brief.brand_id for brief in briefs}
    for brand_id in sorted(strangers):
        yield f"There is a budget for {brand_id}, of which no brief is chosen. Take it out."


def _of_pairs(asked: Asked, briefs: Sequence[Brief], _: datetime) -> Iterator[str]:
    slots = {each.slot_id: each.words for each in wanted_by(briefs, asked.without_slots)}
    for slot_id, _host in (*asked.pinned, *asked.forbidden):
        if slot_id not in slots:
            yield f"There is no show {slot_id} left to plan. A show is its brief's id, a dot and its number in the brief, from 1."
    for slot_id, count in Counter(slot_id for slot_id, _ in asked.pinned).items():
        if count > 1:
            yield f"{slots.get(slot_id, slot_id)} is pinned {count} times. Keep one pin."
    for pair in set(asked.pinned) & set(asked.forbidden):
        yield f"{pair.host_id} is both pinned to and forbidden for {slots.get(pair.slot_id, pair.slot_id)}. Take one of the two out."
    for pair in asked.pinned:
        if pair.host_id in asked.without_hosts:
            slot = slots.get(pair.slot_id, pair.slot_id)
            yield f"{pair.host_id} is pinned to {slot} and taken out of the plan. Take one of the two back."


def _of_rivals(asked: Asked, briefs: Sequence[Brief], _: datetime) -> Iterator[str]:
    brands = {brief.brand_id for brief in briefs}
    for each in asked.rivals:
        if len(set(each.brand_ids)) < 2:  # noqa: PLR2004  # competing takes two
            yield f"Name at least two brands that compete in {each.category}."
        if each.starts_at >= each.ends_at:
            yield f"The time in which brands compete in {each.category} ends before it begins. Give a later end."
        for brand_id in sorted(set(each.brand_ids) - brands):
            yield f"{brand_id} competes in {each.category}, but none of its briefs is chosen. Take it out."


_CHECKS: Mapping[str, Callable[[Asked, Sequence[Brief], datetime], Iterator[str]]] = {
    "brief_ids": _of_briefs,
    "without_slots": _of_slots,
    "budgets": _of_money,
    "pinned": _of_pairs,
    "rivals": _of_rivals,
}
"""Parts of what is asked, in the order in which they are looked at."""

"""The plan of a season in parts: at first a greedy one of all shows, then each part anew beside the places of the others.

The part that could gain most comes first: a plan that is called off, or has no more time, has had the most by then. `planning.beside` says
what is carried from part to part, and why the parts' bounds add up to one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chalicelib.planning import checker, greedy, planner
from chalicelib.planning.arrays import columns
from chalicelib.planning.beside import alone, beside
from chalicelib.planning.draft import Draft
from chalicelib.planning.model import Match, Plan, Season
from chalicelib.planning.parts import parts
from chalicelib.planning.planner import Progress, Tell
from chalicelib.planning.solvers.part import HOPED_ABOVE, Clock
from chalicelib.planning.solvers.prices import Prices

SHARE_FOR_BOUND = 6
"""A part with something in common with others has a sixth of its time for what it could be worth alone; prices of all say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All places so far; what each part's places are worth, and could be worth at most; in which order parts are planned."""

    places: tuple[Match, ...]
    values: tuple[int, ...]
    bounds: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def progress(self) -> Progress:
        """How far all parts are together."""
        return Progress(value_minor=sum(self.values), bound_minor=sum(self.bounds))

    def hosts(self) -> dict[str, str]:
        """Slot -> host."""
        return {match.slot_id: match.host_id for match in self.places}


def first(season: Season, own: Sequence[Sequence[str]], booked: Sequence[str]) -> tuple[Stage, list[Season]]:
    """The better of two greedy plans of the whole season, and its parts alone; `own` are each part's slots."""
    found = columns(season)
    chosen = max((greedy.by_value(found).chosen, greedy.by_value_for_money(found).chosen), key=found.worth)
    hosts = dict(found.plan(chosen, 0).hosts)
    made = [alone(season, slots, booked) for slots in own]
    values = [checker.value_minor(part, _within(part, hosts)) for part in made]
    bounds = [_at_most(part) for part in made]
    order = sorted(range(len(made)), key=lambda number: values[number] - bounds[number])
    places = tuple(match for match in season.matches if hosts.get(match.slot_id) == match.host_id)
    return Stage(places=places, values=tuple(values), bounds=tuple(bounds), order=tuple(order)), made


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part by its number and by itself, and the season that it is a part of, of which no match is looked at."""

    number: int
    part: Season
    season: Season


def improved(stage: Stage, piece: Piece, *, seconds: int, clock: Clock, tell: Tell) -> Stage:
    """The plan after a part was planned anew: no place of another part has changed, and it is worth no less."""
    number, part, season = piece.number, piece.part, piece.season
    by_slot = {match.slot_id: match for match in stage.places}
    rest, bound = beside(part, season, by_slot), stage.bounds[number]
    if rest is not part:
        share = max(seconds // SHARE_FOR_BOUND, 1)
        relaxed = planner.best(part, seconds=share, clock=clock, tell=lambda each: tell(_with(stage, number, None, each.bound_minor)))
        bound, seconds = min(bound, relaxed.bound_minor), max(seconds - share, 1)
    known = bound
    found = planner.best(
        rest,
        seconds=seconds,
        clock=clock,
        tell=lambda each: tell(_with(stage, number, each.value_minor, each.bound_minor if rest is part else known)),
    )
    if rest is part:
        bound = min(bound, found.bound_minor)
    hosts = _within(part, found.hosts)
    value = checker.value_minor(part, hosts)
    bounds = _replaced(stage.bounds, number, bound)
    if value <= stage.values[number]:
        return replace(stage, bounds=bounds)
    own = {slot.slot_id for slot in part.slots}
    others = (match for match in stage.places if match.slot_id not in own)
    mine = (match for match in part.matches if hosts.get(match.slot_id) == match.host_id)
    return replace(stage, places=(*others, *mine), values=_replaced(stage.values, number, value), bounds=bounds)


def tightened(season: Season, stage: Stage, own: Sequence[Collection[str]], *, seconds: int, clock: Clock, tell: Callable[[], bool]) -> int:
    """What no plan exceeds: the parts' bounds together, or where parts have hosts or brands in common what prices say of all of them.

    Those prices are of slots and money; each host's time is one for all parts there, as it is not where each part is alone. `own` are each
    part's slots, booked ones left out. It takes about `seconds` where there are such parts; `tell` says whether to go on.
    """
    booked = {slot.slot_id for slot in season.slots} - {slot_id for slots in own for slot_id in slots}
    unproven = {number for number, value in enumerate(stage.values) if value < stage.bounds[number]}
    coupled = [numbers for numbers in _together(season, own) if len(numbers) > 1 and numbers & unproven]
    began, total = clock(), sum(stage.bounds)
    for turn, numbers in enumerate(coupled, 1):
        until = began + seconds * turn // len(coupled)
        named = {slot_id for number in numbers for slot_id in own[number]}
        value = sum(stage.values[number] for number in numbers)
        prices = Prices(columns(alone(season, named, booked)), value + value // HOPED_ABOVE)
        while tell() and clock() < until:
            prices.improve()
        total -= max(sum(stage.bounds[number] for number in numbers) - prices.bound, 0)
    return total


def _together(season: Season, own: Sequence[Collection[str]]) -> list[set[int]]:
    """The numbers of the parts that have hosts or brands in common, directly or by others."""
    part_of = {slot_id: number for number, slots in enumerate(own) for slot_id in slots}
    found: list[set[int]] = []
    for piece in parts(season):
        joined = {part_of[slot.slot_id] for slot in piece.slots if slot.slot_id in part_of}
        apart = [each for each in found if not each & joined]
        found = [*apart, joined.union(*(each for each in found if each & joined))]
    return found


def filled(season: Season, stage: Stage, bound: int | None = None) -> Plan:
    """The whole plan; shows that are still open have whoever is left for them by now, the most valuable first."""
    hosts = stage.hosts()
    useful = tuple(match for match in season.matches if hosts.get(match.slot_id, match.host_id) == match.host_id)
    found = columns(replace(season, matches=useful))
    slots = [slot.slot_id for slot in season.slots]
    draft = Draft(found, [row for row, slot in enumerate(found.slot.tolist()) if slots[slot] in hosts])
    draft.fill(np.argsort(-found.value, kind="stable").tolist())
    return found.plan(draft.chosen, sum(stage.bounds) if bound is None else bound)


def _with(stage: Stage, number: int, value: int | None, bound: int) -> Progress:
    """How far it is while a part is planned that has come so far."""
    now = max(value, stage.values[number]) if value is not None else stage.values[number]
    least = min(bound, stage.bounds[number])
    values, bounds = _replaced(stage.values, number, now), _replaced(stage.bounds, number, least)
    return Progress(value_minor=sum(values), bound_minor=sum(bounds))


def _replaced(numbers: tuple[int, ...], at: int, by: int) -> tuple[int, ...]:
    return (*numbers[:at], by, *numbers[at + 1 :])


def _within(part: Season, hosts: Mapping[str, str]) -> dict[str, str]:
    return {slot.slot_id: hosts[slot.slot_id] for slot in part.slots if slot.slot_id in hosts}


def _at_most(part: Season) -> int:
    """What the part is worth if every slot gets its most valuable match, or stays as it was announced."""
    kept = {(each.slot_id, each.host_id): each.cost_minor for each in part.announced}
    highest: dict[str, int] = {}
    for match in part.matches:
        worth = match.value_minor + kept.get((match.slot_id, match.host_id), 0)
        highest[match.slot_id] = max(highest.get(match.slot_id, 0), worth)
    return sum(highest.values()) - sum(kept.values())

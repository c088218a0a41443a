"""A plan as people read it: places with their prices, shows that stay open and why, what moved, how close to the best it is proven to be.

Sentences name slots, hosts and brands as people do; amounts are minor units of the plan's currency.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.money import BASIS_POINTS_OF_ONE
from chalicelib.core.words import plural
from chalicelib.planning.asked import Asked
from chalicelib.planning.model import Match, Pair, Plan, Season
from chalicelib.planning.moves import Cause, Move, moves
from chalicelib.planning.promised import Promised
from chalicelib.planning.seasons import BOOKED, Built
from chalicelib.planning.standing import Against, Standing
from chalicelib.planning.wording import COUNTED, against, why_moved

Tell = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A show that would like this place's host, and cannot have it because of this show."""

    slot_id: str
    words: str
    lacks_minor: int
    """What it is worth less with whoever it has instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A show with its host.

    `price_minor` is what the host's time is worth to the show that lacks it most (0 where nobody else wants it); `advantage_minor` what
    this show would lose with the best host who could take it as everything else stands.
    """

    slot_id: str
    words: str
    brand_id: str
    starts_at: datetime
    minutes: int
    host_id: str
    host: str
    value_minor: int
    fee_minor: int
    is_pinned: bool
    price_minor: int
    contenders: tuple[Contender, ...]
    advantage_minor: int
    next_best: str
    """The name of that host; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSlot:
    """A show without a host, and why."""

    slot_id: str
    words: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedShow:
    """A show that was offered or booked when the plan was made, and is left as it is."""

    slot_id: str
    words: str
    host: str
    fee_minor: int
    offer_id: str
    is_booked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A show whose host is another than in the plan before; nobody is an empty name."""

    slot_id: str
    words: str
    before: str
    after: str
    cause: Cause
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A checked plan. `value_minor` is what its places are expected to be worth, `gap_minor` what the best plan could be worth more."""

    currency: str
    value_minor: int
    fees_minor: int
    bound_minor: int
    gap_minor: int
    gap_basis_points: int
    """Of the value, rounded up."""
    places: tuple[Place, ...]
    open: tuple[OpenSlot, ...]
    moved: tuple[Moved, ...]
    kept_places: int
    """Of the plan before, how many stayed."""
    names: Mapping[str, str]
    """Of every slot, host and brand of the plan."""
    promised: tuple[PromisedShow, ...] = ()
    split: str = ""
    """How the season was cut, where it was too large for one run."""


def outcome(asked: Asked, built: Built, plan: Plan, before: Mapping[str, str], tell: Tell = lambda: None) -> Outcome:
    """The plan in words. It must have been checked. `tell` is called show by show: a season takes minutes."""
    season, hosts = built.season, {slot: host for slot, host in plan.hosts.items() if not slot.startswith(BOOKED)}
    standing = Standing(season, plan.hosts)
    places = tuple(_place(standing, slot_id, built) for slot_id in _telling(_in_order(season, hosts), tell))
    value = sum(each.value_minor for each in places)
    nobody = [slot.slot_id for slot in season.slots if slot.slot_id not in plan.hosts]
    open_ = {slot_id: _why_open(standing, slot_id, built) for slot_id in _telling(nobody, tell)}
    changed = moves(asked, season, before, hosts) if before else ()
    return Outcome(
        currency=season.currency,
        value_minor=value,
        fees_minor=sum(each.fee_minor for each in places),
        bound_minor=value + plan.gap_minor,
        gap_minor=plan.gap_minor,
        gap_basis_points=-(-plan.gap_minor * BASIS_POINTS_OF_ONE // max(value, 1)),
        places=places,
        open=tuple(OpenSlot(slot_id=slot, words=built.names[slot], sentence=why) for slot, why in {**open_, **built.open}.items()),
        moved=tuple(_moved(each, built) for each in changed),
        kept_places=sum(hosts.get(slot) == host for slot, host in before.items()),
        names=built.names,
        promised=tuple(_promised(each, built) for each in built.promised),
    )


def first_of(whole: Outcome, count: int) -> Outcome:
    """The first so many of each list, with the names of the brands and hosts in them."""
    places = whole.places[:count]
    ids = {each for place in places for each in (place.brand_id, place.host_id)}
    return replace(
        whole,
        places=places,
        open=whole.open[:count],
        moved=whole.moved[:count],
        promised=whole.promised[:count],
        names={each: name for each, name in whole.names.items() if each in ids},
    )


def _promised(promised: Promised, built: Built) -> PromisedShow:
    return PromisedShow(
        slot_id=promised.slot_id,
        words=built.names[promised.slot_id],
        host=built.names.get(promised.host_id, promised.host_id),
        fee_minor=promised.fee_minor,
        offer_id=promised.offer_id,
        is_booked=promised.is_booked,
    )


def _in_order(season: Season, hosts: Mapping[str, str]) -> Iterable[str]:
    return (slot.slot_id for slot in sorted(season.slots, key=lambda each: (each.starts_at, each.slot_id)) if slot.slot_id in hosts)


def _telling(slot_ids: Iterable[str], tell: Tell) -> Iterator[str]:
    for slot_id in slot_ids:
        tell()
        yield slot_id


def _place(standing: Standing, slot_id: str, built: Built) -> Place:
    slot = standing.slot(slot_id)
    host_id = standing.hosts[slot_id]
    match = standing.matches[Pair(slot_id, host_id)]
    rivals, other = standing.rivals(slot_id), standing.next_best(slot_id)
    return Place(
        slot_id=slot_id,
        words=built.names[slot_id],
        brand_id=slot.brand_id,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        host_id=host_id,
        host=built.names[host_id],
        value_minor=match.value_minor,
        fee_minor=match.fee_minor,
        is_pinned=Pair(slot_id, host_id) in built.season.pinned,
        price_minor=rivals[0].lacks_minor if rivals else 0,
        contenders=tuple(Contender(slot_id=each.slot_id, words=built.names[each.slot_id], lacks_minor=each.lacks_minor) for each in rivals),
        advantage_minor=match.value_minor - (other.value_minor if other else 0),
        next_best=built.names[other.host_id] if other else "",
    )


def _why_open(standing: Standing, slot_id: str, built: Built) -> str:
    """What stands against each of its hosts, counted, and who would be best."""
    able = standing.matches_of(slot_id)
    counts: Counter[Against] = Counter()
    for match in able:
        counts.update({each.against for each in standing.hindrances(slot_id, match.host_id)})
    if not counts:
        return f"{plural(len(able), 'host')} could take it; the search did not get to it. Plan again with more time."
    told = ", ".join(f"{COUNTED[rule]} {count:,}" for rule, count in counts.most_common())
    best: Match = able[0]
    told_against = "; ".join(against(each, Pair(slot_id, best.host_id), built.names) for each in standing.hindrances(slot_id, best.host_id))
    hosts = plural(len(able), "host")
    return f"Of {hosts} who could take it, {told}. The best would be {built.names[best.host_id]}: {told_against or 'free'}."


def _moved(move: Move, built: Built) -> Moved:
    names, pair = built.names, Pair(move.slot_id, move.before or "")
    return Moved(
        slot_id=move.slot_id,
        words=names.get(move.slot_id, move.slot_id),
        before=names.get(move.before, move.before) if move.before else "",
        after=names[move.after] if move.after else "",
        cause=move.cause,
        sentence=why_moved(move, built.lost.get(pair, ""), names),
    )

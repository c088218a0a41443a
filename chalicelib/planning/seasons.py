"""From what was asked, briefs and hosts to a season: its slots and matches, and what must hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.bookings.rules import Claim
from chalicelib.matching.priors import Priors
from chalicelib.matching.rules import Brief, counted
from chalicelib.planning.asked import Asked, BadPlanRequest, Wanted, budgets_of, wanted_by
from chalicelib.planning.candidates import Candidates, Known
from chalicelib.planning.model import Announced, Brand, Exclusivity, Host, Match, Pair, Season, Slot
from chalicelib.planning.promised import Promised, spent_on, time_of
from chalicelib.planning.rules import LARGEST_VALUE_MINOR

MAX_EXPLAINED = 500
"""So many shows without any possible host are explained; each looks at every host again."""
BOOKED = "booked-"
"""Slots of shows that are booked already begin so: they are pinned, so that weekly caps count them, and are in no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The season, and what is known beside it."""

    season: Season
    open: Mapping[str, str]
    """Slot -> why nobody can take it."""
    lost: Mapping[Pair, str]
    """Announced places that their hosts cannot keep -> why."""
    names: Mapping[str, str]
    """What people call slots, hosts and brands, by id."""
    promised: tuple[Promised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a season is made from, besides what was asked."""

    briefs: Sequence[Brief]
    hosts: Iterable[Known]
    priors: Priors
    brand_names: Mapping[str, str]
    promised: Sequence[Promised] = ()
    """Shows that are not planned."""


def build(asked: Asked, material: Material, announced: Mapping[str, str] | None = None) -> Built:
    """The season; `announced` is slot -> host as people know it. Raises `BadPlanRequest` for a pin that cannot hold."""
    briefs, promised = material.briefs, material.promised
    taken = {each.slot_id for each in promised}
    asked, wanted = asked.without_wishes_for(taken), wanted_by(briefs, (*asked.without_slots, *taken))
    everybody = _waiting_for(material.hosts, promised)
    able = [host for host in everybody if host.candidate.creator_id not in asked.without_hosts]
    found = Candidates(wanted, able, material.priors)
    spent = spent_on(promised)
    budgets = {brand_id: max(0, minor - spent[brand_id]) for brand_id, minor in budgets_of(asked, briefs).items()}
    names = _names(wanted_by(briefs), everybody, material.brand_names)
    _check_pins(asked, found, names)
    _check_prices_of_pins(asked, found, wanted, budgets, names)
    forbidden = set(asked.forbidden)
    brand_of = {each.slot_id: each.brief.brand_id for each in wanted}
    matches = [each for each in found.matches if each.fee_minor <= budgets[brand_of[each.slot_id]]]
    possible = {each.slot_id for each in matches if Pair(each.slot_id, each.host_id) not in forbidden}
    working = {host.candidate.creator_id for host in able}
    booked = list(_booked(able, wanted, asked.shows_per_week))
    slots = {each.slot_id: _slot(each) for each in wanted if each.slot_id in possible}
    kept, lost = _announced(announced or {}, matches, forbidden, slots, found)
    season = Season(
        currency=briefs[0].currency,
        slots=(*slots.values(), *(each for each, _ in booked)),
        hosts=tuple(_host(each, asked.shows_per_week) for each in able),
        brands=(
            *(Brand(brand_id=each, budget_minor=minor, minimum_hosts=asked.minimum_hosts) for each, minor in budgets.items()),
            *(Brand(brand_id=f"{BOOKED}{host_id}", budget_minor=0) for host_id in dict.fromkeys(match.host_id for _, match in booked)),
        ),
        matches=(*(each for each in matches if each.slot_id in possible), *(match for _, match in booked)),
        exclusivities=tuple(_exclusivity(each.category, each.brand_ids, each.starts_at, each.ends_at) for each in asked.rivals),
        pinned=(*asked.pinned, *(Pair(match.slot_id, match.host_id) for _, match in booked)),
        forbidden=frozenset(pair for pair in forbidden if pair.slot_id in slots and pair.host_id in working),
    )
    cost = _move_cost(season) if asked.move_cost_minor is None else asked.move_cost_minor
    places = tuple(Announced(slot_id=slot, host_id=host, cost_minor=cost) for slot, host in kept.items())
    nobody = [each.slot_id for each in wanted if each.slot_id not in possible]
    open_ = {slot_id: _why_open(slot_id, found, matches, names) for slot_id in nobody[:MAX_EXPLAINED]}
    open_ |= dict.fromkeys(nobody[MAX_EXPLAINED:], "No host can take it.")
    return Built(season=replace(season, announced=places), open=open_, lost=lost, names=names, promised=tuple(promised))


def _check_pins(asked: Asked, found: Candidates, names: Mapping[str, str]) -> None:
    matches = {Pair(each.slot_id, each.host_id) for each in found.matches}
    for pair in asked.pinned:
        if pair not in matches:
            failed = found.refusal(*pair)
            why = " ".join(each.sentence for each in failed) if failed else "There is no such approved host."
            host, slot = names.get(pair.host_id, pair.host_id), names[pair.slot_id]
            refused = f"{host} cannot take {slot}, to which it is pinned: {why} Unpin it, or pin somebody who can."
            raise BadPlanRequest(refused, fields={"pinned": refused})


def _check_prices_of_pins(
    asked: Asked, found: Candidates, wanted: Sequence[Wanted], budgets: Mapping[str, int], names: Mapping[str, str]
) -> None:
    brand_of = {each.slot_id: each.brief.brand_id for each in wanted}
    for each in found.matches:
        if Pair(each.slot_id, each.host_id) in asked.pinned and each.fee_minor > budgets[brand_of[each.slot_id]]:
            host, slot = names[each.host_id], names[each.slot_id]
            dear = f"{host} is pinned to {slot} and costs more than the brand's whole budget. Raise it, or unpin the host."
            raise BadPlanRequest(dear, fields={"pinned": dear})


def _waiting_for(hosts: Iterable[Known], promised: Sequence[Promised]) -> tuple[Known, ...]:
    """The hosts, with the time of open offers taken: they may be accepted at any moment."""
    of_host: dict[str, list[Promised]] = defaultdict(list)
    for each in promised:
        of_host[each.host_id].append(each)
    own = ((host, of_host[host.candidate.creator_id]) for host in hosts)
    return tuple(replace(host, claims=(*host.claims, *time_of(host.availability, offers))) for host, offers in own)


def _names(wanted: Iterable[Wanted], hosts: Iterable[Known], brands: Mapping[str, str]) -> dict[str, str]:
    slots = {each.slot_id: each.words for each in wanted}
    return {**brands, **slots, **{each.candidate.creator_id: each.candidate.name for each in hosts}}


def _slot(wanted: Wanted) -> Slot:
    brief, window = wanted.brief, wanted.window
    return Slot(
        slot_id=wanted.slot_id,
        brand_id=brief.brand_id,
        category=brief.category.casefold(),
        starts_at=window.starts_at,
        minutes=window.minutes,
    )


def _host(known: Known, shows_per_week: int) -> Host:
    availability = known.availability
    return Host(
        host_id=known.candidate.creator_id,
        rest_before_minutes=availability.buffer_before_minutes,
        rest_after_minutes=availability.buffer_after_minutes,
        shows_per_week=shows_per_week if known.shows_per_week is None else known.shows_per_week,
    )


def _exclusivity(category: str, brand_ids: Iterable[str], starts_at: datetime, ends_at: datetime) -> Exclusivity:
    return Exclusivity(category=category.casefold(), brand_ids=frozenset(brand_ids), starts_at=starts_at, ends_at=ends_at)


def _booked(hosts: Iterable[Known], wanted: Sequence[Wanted], usual_cap: int) -> Iterator[tuple[Slot, Match]]:
    """Shows that hosts have in the plan's weeks, as slots of their own: at most as many as the cap, which leaves no room then anyway.

    One that would not fit beside another under the rest that the host asks for now is left out: it is booked all the same.
    """
    weeks = {_week(each.window.starts_at) for each in wanted}
    for known in hosts:
        cap = usual_cap if known.shows_per_week is None else known.shows_per_week
        host_id, count, ends = known.candidate.creator_id, Counter[tuple[int, int]](), datetime.min.replace(tzinfo=UTC)
        rest = timedelta(minutes=known.availability.buffer_before_minutes + known.availability.buffer_after_minutes)
        shows = {(each.starts_at, each.ends_at, each.booking_id) for each in known.claims if isinstance(each, Claim)}
        for starts_at, ends_at, booking_id in sorted(shows):
            week = _week(starts_at)
            if week in weeks and count[week] < cap and starts_at >= ends:
                count[week] += 1
                ends = ends_at + rest
                minutes = (ends_at - starts_at) // timedelta(minutes=1)
                slot_id, brand_id = f"{BOOKED}{booking_id}", f"{BOOKED}{host_id}"
                slot = Slot(slot_id=slot_id, brand_id=brand_id, category="", starts_at=starts_at, minutes=minutes)
                yield slot, Match(slot_id, host_id, 0, 0)


def _announced(
    announced: Mapping[str, str], matches: Sequence[Match], forbidden: set[Pair], slots: Mapping[str, Slot], found: Candidates
) -> tuple[dict[str, str], dict[Pair, str]]:
    """Which places can be kept, and why the others cannot."""
    possible = {Pair(each.slot_id, each.host_id) for each in matches} - forbidden
    kept = {slot: host for slot, host in announced.items() if slot in slots and Pair(slot, host) in possible}
    lost = {}
    for pair in (Pair(*each) for each in announced.items() if each not in kept.items()):
        failed = found.refusal(*pair)
        if failed:
            lost[pair] = " ".join(each.sentence for each in failed)
    return kept, lost


def _move_cost(season: Season) -> int:
    """So much that one change fewer is worth more than anything that a change could bring."""
    highest: Counter[str] = Counter()
    for match in season.matches:
        highest[match.slot_id] = max(highest[match.slot_id], match.value_minor)
    return min(sum(highest.values()) + 1, LARGEST_VALUE_MINOR)


def _why_open(slot_id: str, found: Candidates, matches: Sequence[Match], names: Mapping[str, str]) -> str:
    """Which filters keep everybody out, and who is nearest; or that money or wishes do."""
    passed = [each for each in found.matches if each.slot_id == slot_id]
    if any(each.slot_id == slot_id for each in matches):
        return f"All {len(passed)} hosts who could take it are forbidden for it."
    if passed:
        cheapest = min(passed, key=lambda each: (each.fee_minor, each.host_id))
        return f"The brand's budget pays for none of the {len(passed)} hosts who could take it; {names[cheapest.host_id]} costs least."
    refused = found.refusals(slot_id)
    if not refused:
        return "There is no approved host."
    keeps = ", ".join(f"{name.replace('_', ' ')} keeps out {count:,}" for name, count in counted(refused).items())
    nearest = min(refused, key=lambda each: (len(each.failed), each.creator_id))
    return f"No host passes: {keeps} of {len(refused):,}. Nearest is {nearest.name}: {' '.join(each.sentence for each in nearest.failed)}"


def _week(instant: datetime) -> tuple[int, int]:
    year, week, _ = instant.astimezone(UTC).isocalendar()
    return year, week

"""A part of a season by itself, and beside the places that the other parts have: what couples them is carried from part to part.

There is a plan of the whole season at every moment, at first a greedy one. A part is planned anew while all places of the others stay as
they are, and its new places are taken where they are worth no less. So the whole never gets worse, whichever part comes next, and holds
when it is called off.

**What is carried.** The places of others that matter to a part are slots of its season that are pinned and cost nothing: they take their
host's time, count for its week and for exclusivity, and are shows for which their brand has the host already. What they cost has gone
from the brand's budget. Of a brand's n shows at most n less its least number of different hosts may be repeats; a part with the others'
places beside it may have as many, since those that the others have are counted there.

**What no plan exceeds.** Let P be any plan of the season that breaks no rule, and let P_k be its places in part k. Alone a part has
whole budgets, all of its hosts' time but for what is booked, and as many repeats as the whole season has. P_k is a plan of part k alone:
every rule but a pin is one that leaving slots open never breaks, P has the part's pins, the booked shows are pinned in P as well, and a
brand's repeats in P_k are no more than its repeats in P. So P_k is worth at most b_k, the bound of part k alone. Every match and every
announced place belongs to exactly one part, so P is worth the sum of what all P_k are worth, and no plan is worth more than the sum of
all b_k.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from chalicelib.planning.model import Brand, Host, Match, Pair, Season, Slot


def alone(season: Season, own: Collection[str], booked: Collection[str]) -> Season:
    """The part with these slots as if there were no other: with the shows that its hosts have booked, which are in no part."""
    slots, fixed = set(own), set(booked)
    matches = [match for match in season.matches if match.slot_id in slots]
    named = {match.host_id for match in matches}
    theirs = [match for match in season.matches if match.slot_id in fixed and match.host_id in named]
    within = slots | {match.slot_id for match in theirs}
    shows = tuple(slot for slot in season.slots if slot.slot_id in within)
    return replace(
        season,
        slots=shows,
        hosts=tuple(host for host in season.hosts if host.host_id in named),
        brands=_brands(season, shows, {brand.brand_id: brand.budget_minor for brand in season.brands}),
        matches=(*matches, *theirs),
        pinned=tuple(pair for pair in season.pinned if pair.slot_id in within),
        forbidden=frozenset(pair for pair in season.forbidden if pair.slot_id in slots and pair.host_id in named),
        announced=tuple(each for each in season.announced if each.slot_id in slots),
    )


def beside(part: Season, season: Season, places: Mapping[str, Match]) -> Season:
    """The part beside the places that others have; the part itself where none of them matters. Of `season` no match is looked at."""
    own, hosts, brands = _ids(part.slots), {host.host_id for host in part.hosts}, {slot.brand_id for slot in part.slots}
    others = [slot for slot in season.slots if slot.slot_id in places and slot.slot_id not in own]
    fixed = [slot for slot in others if places[slot.slot_id].host_id in hosts or slot.brand_id in brands]
    if not fixed:
        return part
    spent: Counter[str] = Counter()
    for slot in others:
        spent[slot.brand_id] += places[slot.slot_id].fee_minor
    left = {brand.brand_id: brand.budget_minor - spent[brand.brand_id] for brand in season.brands}
    brand_of = {slot.slot_id: slot.brand_id for slot in part.slots}
    matches = [each for each in part.matches if each.fee_minor <= left[brand_of[each.slot_id]]]
    able = {each.slot_id for each in matches if Pair(each.slot_id, each.host_id) not in part.forbidden}
    taken = [Match(slot.slot_id, places[slot.slot_id].host_id, 0, 0) for slot in fixed]
    shows = (*(slot for slot in part.slots if slot.slot_id in able), *fixed)
    return replace(
        part,
        slots=shows,
        hosts=(*part.hosts, *_strangers(season, {match.host_id for match in taken} - hosts)),
        brands=_brands(season, shows, left),
        matches=(*(each for each in matches if each.slot_id in able), *taken),
        pinned=(*part.pinned, *(Pair(match.slot_id, match.host_id) for match in taken)),
        forbidden=frozenset(pair for pair in part.forbidden if pair.slot_id in able),
    )


def _ids(slots: Collection[Slot]) -> set[str]:
    return {slot.slot_id for slot in slots}


def _strangers(season: Season, host_ids: Collection[str]) -> tuple[Host, ...]:
    return tuple(host for host in season.hosts if host.host_id in host_ids)


def _brands(season: Season, shows: Collection[Slot], budgets: Mapping[str, int]) -> tuple[Brand, ...]:
    """The brands of these shows, with these budgets and as many repeats as each has in the whole season."""
    everywhere, here = Counter(slot.brand_id for slot in season.slots), Counter(slot.brand_id for slot in shows)
    made = []
    for brand in season.brands:
        if here[brand.brand_id]:
            wanted = everywhere[brand.brand_id]
            repeats = wanted - min(brand.minimum_hosts, wanted)
            fewest = max(1, here[brand.brand_id] - repeats)
            made.append(replace(brand, budget_minor=budgets[brand.brand_id], minimum_hosts=fewest))
    return tuple(made)

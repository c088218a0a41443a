"""What is said of plans: sentences that name slots, hosts and brands as people do."""

from collections.abc import Callable, Mapping

from chalicelib.core.money import for_people, with_currency
from chalicelib.core.words import plural
from chalicelib.planning.alternatives import Alternative
from chalicelib.planning.model import Pair
from chalicelib.planning.moves import Cause, Move
from chalicelib.planning.standing import Against, Hindrance, Standing
from chalicelib.planning.whynot import WhyNot

Names = Mapping[str, str]
BOOKED_SHOW = "a show that is booked already"
COUNTED: Mapping[Against, str] = {
    Against.NO_MATCH: "not fitting:",
    Against.FORBIDDEN: "forbidden:",
    Against.PINNED: "kept out by a pin:",
    Against.TIME: "with another show then:",
    Against.WEEK: "with a full week:",
    Against.BUDGET: "above what is left of the budget:",
    Against.DIFFERENT_HOSTS: "had by the brand already, which wants different hosts:",
    Against.EXCLUSIVITY: "with a competing brand:",
}
_AGAINST: Mapping[Against, Callable[[str], str]] = {
    Against.NO_MATCH: lambda _: "the host does not pass all of the brief's conditions then",
    Against.FORBIDDEN: lambda _: "the host is forbidden for it",
    Against.PINNED: lambda _: "somebody else is pinned to it",
    Against.TIME: lambda shows: f"the host has {shows} at that time, rest included",
    Against.WEEK: lambda shows: f"the host's week is full with {shows}",
    Against.BUDGET: lambda _: "the fee is above what is left of the budget",
    Against.DIFFERENT_HOSTS: lambda shows: f"the brand wants different hosts and has this one for {shows}",
    Against.EXCLUSIVITY: lambda shows: f"the host works for a competing brand in {shows}",
}
_MOVED: Mapping[Cause, Callable[[str, str], str]] = {
    Cause.HOST_OUT: lambda *_: "The host was taken out of the plan.",
    Cause.SLOT_OUT: lambda *_: "The show was taken out of the plan.",
    Cause.CANNOT: lambda _, lost: f"The host cannot take it any more. {lost}".strip(),
    Cause.FORBIDDEN: lambda *_: "The host is forbidden for it now.",
    Cause.PINNED: lambda *_: "It is pinned now.",
    Cause.NEEDED_ELSEWHERE: lambda shows, _: f"The host has {shows} now.",
    Cause.WORTH_MORE: lambda *_: "The change is worth more than it costs.",
    Cause.FILLED: lambda *_: "It had nobody before.",
}


def named(sentence: str, names: Names) -> str:
    """The sentence with names for ids."""
    return " ".join(_name(word, names) for word in sentence.split(" "))


def against(hindrance: Hindrance, pair: Pair, names: Names) -> str:
    """What stands against a pair, as part of a sentence."""
    return _AGAINST[hindrance.against](_shows([show for show in hindrance.shows if show != pair.slot_id], names))


def why_moved(move: Move, lost: str, names: Names) -> str:
    """Why a place changed; `lost` says why its host cannot keep it, where that is so."""
    return _MOVED[move.cause](_shows(move.shows, names), lost)


def as_it_stands(standing: Standing, pair: Pair, names: Names) -> str:
    """What stands against a pair, in a sentence."""
    if standing.hosts.get(pair.slot_id) == pair.host_id:
        return "Has it in this plan."
    told = "; ".join(against(each, pair, names) for each in standing.hindrances(*pair))
    return f"{told[0].upper()}{told[1:]}." if told else "Could take it as everything else stands."


def insisted(found: WhyNot, names: Names, currency: str, hosts: Mapping[str, str]) -> str:
    """What is known of a pair, in a few sentences; `hosts` are the plan's places."""
    slot_id, host_id = found.pair
    host, slot = names.get(host_id, host_id), names.get(slot_id, slot_id)
    if hosts.get(slot_id) == host_id:
        return f"{host} has {slot} in this plan."
    stands = "; ".join(against(each, found.pair, names) for each in found.hindrances)
    told = [f"{host} does not have {slot}: {stands}." if stands else f"{host} could take {slot} as everything else stands."]
    told += [_elsewhere(names.get(show, BOOKED_SHOW), more, currency) for show, more in found.elsewhere.items()]
    if found.impossible:
        told.append(f"It cannot be insisted on: {named(found.impossible, names)}")
    elif found.change_minor is not None and found.at_most_minor is not None:
        told += [_change(found.change_minor, found.at_most_minor, currency), _moving(len(found.moved))]
    return " ".join(told)


def at_prices(found: Alternative, names: Names, currency: str) -> str:
    """What the host that was asked about and the one of the plan bring, less what either takes from others at the plan's prices."""
    offers = (found.asked, *(() if found.planned in {None, found.asked} else (found.planned,)))
    return " ".join(
        f"{names.get(each.host_id, each.host_id)} brings {with_currency(each.value_minor, currency)} there, of which "
        f"{for_people(each.others_minor, currency)} is what its time is worth to other shows and {for_people(each.money_minor, currency)} "
        f"what its fee would bring the brand elsewhere."
        for each in offers
        if each is not None
    )


def _name(word: str, names: Names) -> str:
    bare = word.rstrip(".,:;")
    return names[bare] + word[len(bare) :] if bare in names else word


def _shows(shows: list[str] | tuple[str, ...], names: Names) -> str:
    return " and ".join(names.get(each, BOOKED_SHOW) for each in shows) or "nothing"


def _elsewhere(show: str, more: int, currency: str) -> str:
    if more >= 0:
        return f"The host has {show} instead, worth {with_currency(more, currency)} more."
    return f"The host has {show} instead, worth {with_currency(-more, currency)} less by itself; all shows together fit better so."


def _change(change: int, at_most: int, currency: str) -> str:
    amount, least = for_people(abs(change), currency), for_people(abs(at_most), currency)
    way = "lose" if change < 0 else "gain"
    if change == at_most:
        return f"Insisting on it would {way} exactly {amount} {currency} in all." if change else "Insisting on it would cost nothing."
    rest = f"lose at least {least}" if at_most < 0 else f"gain no more than {least}"
    return f"Insisting on it would {way} {amount} {currency} in the best plan found; any plan with it would {rest} {currency}."


def _moving(slots: int) -> str:
    return f"It would change the host of {plural(slots, 'show')}."

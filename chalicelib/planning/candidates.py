"""Who could take which show: the filters of matching, the time that booking would find, the promises that contracts hold, and the value.

A show's value is the score of matching (expected sales x acceptance x kept x reliability x fit) as an amount, at the fee that the host is
likely to accept for it, which is what it costs the brand. Nothing is decided here that matching, bookings and contracts do not decide.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from fractions import Fraction

from chalicelib.bookings.rules import Availability, BadSlot, Busy, Claim, by_slot, calendar, obstacles
from chalicelib.contracts.rules import Contract, forbids
from chalicelib.core.money import round_half_away
from chalicelib.matching.expectation import amount
from chalicelib.matching.priors import Priors
from chalicelib.matching.rules import Brief, BriefWindow, Candidate, Failed, Rejection, failed_filters
from chalicelib.matching.score import MICRONATS_OF_A_MILLINAT, Factor, acceptance_chance, commission, millinats, scored
from chalicelib.planning.asked import BadPlanRequest, Wanted
from chalicelib.planning.model import Match
from chalicelib.planning.rules import LARGEST_VALUE_MINOR, MOST_MATCHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A host with its time and promises: `candidate` is as if it were free and bound to nobody."""

    candidate: Candidate
    availability: Availability
    claims: tuple[Claim | Busy, ...] = ()
    contracts: tuple[Contract, ...] = ()
    """Signed by both sides."""
    shows_per_week: int | None = None
    """What the host does at most, where the host has said so."""


Key = tuple[str, str, str, int]


class Candidates:
    """Who can take which show: `matches`. Why somebody cannot is found out when it is asked: millions of reasons would fill the memory."""

    def __init__(self, wanted: Sequence[Wanted], hosts: Sequence[Known], priors: Priors) -> None:
        """Looks at every host for every show that is about one of the host's categories. Raises `BadPlanRequest` for too many."""
        self._wanted = {each.slot_id: each for each in wanted}
        self._hosts = {host.candidate.creator_id: host for host in hosts}
        by_category: dict[str, dict[str, list[Wanted]]] = defaultdict(lambda: defaultdict(list))
        for each in wanted:
            by_category[each.brief.category.casefold()][each.brief.brief_id].append(each)
        self.matches: list[Match] = []
        for host in hosts:
            is_free, worth = _free(host), Worth(host.candidate, priors)
            if len(self.matches) > MOST_MATCHES:
                raise BadPlanRequest(
                    f"More than {MOST_MATCHES:,} pairs of a show and a host are possible, which no plan takes. "
                    f"Plan each market and category for itself."
                )
            for category in dict.fromkeys(each.casefold() for each in host.candidate.categories):
                for own in by_category[category].values() if category in by_category else ():
                    self._match(own, host, is_free, worth)

    def refusal(self, slot_id: str, host_id: str) -> tuple[Failed, ...] | None:
        """Every filter that keeps a host from a show; None for a host or show that is not there."""
        host, wanted = self._hosts.get(host_id), self._wanted.get(slot_id)
        return None if host is None or wanted is None else _failed(wanted, host, is_free=_free(host)(wanted))

    def refusals(self, slot_id: str) -> list[Rejection]:
        """Whoever cannot take a show, with every filter that failed."""
        made = ((host.candidate, self.refusal(slot_id, host_id)) for host_id, host in self._hosts.items())
        return [Rejection(creator_id=each.creator_id, name=each.name, failed=failed) for each, failed in made if failed]

    def _match(self, own: Sequence[Wanted], host: Known, is_free: Callable[[Wanted], bool], worth: "Worth") -> None:
        """One host for all shows of one brief: what does not depend on the time is looked at once."""
        single = replace(own[0].brief, windows=own[0].brief.windows[:1])
        if failed_filters(single, host.candidate):
            return
        for each in own:
            if is_free(each) and not _is_bound(each, host):
                self.matches.append(Match(each.slot_id, host.candidate.creator_id, *worth.of(each.brief, each.window)))


class Worth:
    """What shows are expected to be worth with one host, and the fee that the host is likely to accept for each."""

    def __init__(self, host: Candidate, priors: Priors) -> None:
        """What is alike for many briefs is looked at once."""
        self._host, self._priors = host, priors
        self._known: dict[Key, tuple[Fraction, int]] = {}

    def of(self, brief: Brief, window: BriefWindow) -> tuple[int, int]:
        """Value and fee of one show, in minor units of the brief's currency."""
        single, host = replace(brief, windows=(window,)), self._host
        sales, score = self._without_acceptance(single)
        fee = max(brief.flat_fee_minor, host.rate_card_minor - round_half_away(commission(brief, sales)))
        score += millinats(acceptance_chance(replace(single, flat_fee_minor=fee), host, sales))
        return min(round_half_away(amount(score * MICRONATS_OF_A_MILLINAT)), LARGEST_VALUE_MINOR), fee

    def _without_acceptance(self, single: Brief) -> tuple[Fraction, int]:
        """Expected sales, and the score without the one factor that depends on terms."""
        key = (single.category.casefold(), single.platform.casefold(), single.currency, single.windows[0].minutes)
        if key not in self._known:
            found = scored(single, self._host, self._priors)
            self._known[key] = found.sales.expected, found.score_millinats - found.millinats[Factor.ACCEPTANCE]
        return self._known[key]


def _failed(wanted: Wanted, host: Known, *, is_free: bool) -> tuple[Failed, ...]:
    """Every filter that the host does not pass for this show."""
    busy = () if is_free else (wanted.window,)
    then = replace(host.candidate, busy_windows=busy, bound_to_competitor=_is_bound(wanted, host))
    return failed_filters(replace(wanted.brief, windows=(wanted.window,)), then)


def _is_bound(wanted: Wanted, host: Known) -> bool:
    brief, at = wanted.brief, wanted.window.starts_at
    return any(each.brand_id != brief.brand_id and forbids(each, brief.category, at) for each in host.contracts)


def _free(host: Known) -> Callable[[Wanted], bool]:
    """Whether the host could be booked for a show: what booking it would find."""
    offered, taken = calendar(host.availability), by_slot(host.claims)

    def is_free(wanted: Wanted) -> bool:
        window = wanted.window
        try:
            return next(obstacles(host.availability, offered, taken, window.starts_at.astimezone(UTC), window.minutes), None) is None
        except BadSlot:
            return False

    return is_free

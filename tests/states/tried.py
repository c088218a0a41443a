"""Every state x every move x every role, each tried through the API and compared with the law.

What is refused must be refused with a sentence, must change nothing, and must stand in the deal's history where a party of it tried. What
is allowed must lead where the law says. So must time alone: from each state silence leads to an end.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from chalicelib.core.access import PLATFORM_TENANT
from tests.states.deals import Deal, drift_minor, leaked_slots, people_of, silent_until_the_end, town
from tests.states.law import ENDS, MOVES, ROLES, STATES, row
from tests.states.moves import HOW, WAYS, set_scene

FORBIDDEN, NOT_FOUND = 403, 404
REFUSED = range(400, 500)
DONE = range(200, 300)
STRANGERS = frozenset({"other_brand", "other_creator", "other_agency"})
LATE = ("start", "complete", "miss", "dispute", "uphold", "overturn", "find_no_show")
"""Moves that need the clock to have moved: they are tried after the others."""
GOES_ON = frozenset({("rescheduled", "start"), ("rescheduled", "complete")})
"""The show of a booking that moved belongs to the booking that took its place, and is started and ended as that."""
BEFORE_THE_CONTRACT = frozenset({"offered", "countered", "accepted"})
"""What time alone would end before such a move could be open."""


@dataclass
class Count:
    """What came of it. `unexpected` has a line for each surprise."""

    tried: int = 0
    unexpected: list[str] = field(default_factory=list)
    states_without_exit: list[str] = field(default_factory=list)
    slots_leaked: int = 0
    unexplained_due_minor: int = 0

    def add(self, other: "Count") -> None:
        """Both together."""
        self.tried += other.tried
        self.unexpected += other.unexpected
        self.states_without_exit += other.states_without_exit
        self.slots_leaked += other.slots_leaked
        self.unexplained_due_minor += other.unexplained_due_minor

    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unexpected or self.states_without_exit or self.slots_leaked or self.unexplained_due_minor)

    def look(self, deal: Deal) -> None:
        """What a deal has left behind."""
        self.slots_leaked += leaked_slots(deal.market)
        self.unexplained_due_minor += drift_minor(deal.market)


def in_state(state: str, then: Callable[[Deal], Count]) -> Count:
    """What comes of a deal that has been brought to a state, in a market of its own."""
    with town() as market:
        deal = Deal(market, people_of(market))
        WAYS[state](deal)
        found = Count() if deal.state() == state else Count(unexpected=[f"the way to {state} leads to {deal.state()}"])
        found.add(then(deal))
        found.look(deal)
        return found


def refused_in(state: str) -> Count:
    """Everything that the law does not allow in a state, by everybody, one after the other on the same deal."""

    def all_of_it(deal: Deal) -> Count:
        found = Count()
        for move in sorted(MOVES, key=LATE.__contains__):
            if (state, move) in GOES_ON:
                continue
            roles = [role for role in ROLES if not _allows(state, move, role)]
            if move in LATE and roles and state not in BEFORE_THE_CONTRACT:
                set_scene(deal, move)
            for role in roles:
                found.add(_refused(deal, state, move, role))
        return found

    return in_state(state, all_of_it)


def _refused(deal: Deal, state: str, move: str, role: str) -> Count:
    attempts, slots = deal.attempts(), _slots(deal)
    told = HOW[move](deal, role)
    found, name = Count(tried=1), f"{state} x {move} x {role}"
    if told.status not in REFUSED or not told.detail:
        found.unexpected.append(f"{name}: answered with {told.status} {told.body}")
    if deal.state() != state or _slots(deal) != slots:
        found.unexpected.append(f"{name}: now it is {deal.state()}")
    elif role in STRANGERS and told.status not in {FORBIDDEN, NOT_FOUND}:
        found.unexpected.append(f"{name}: a stranger was told {told.status} {told.detail}")
    elif _must_be_told(deal, role, told.status) and deal.attempts() == attempts:
        found.unexpected.append(f"{name}: the history does not tell of the attempt ({told.status} {told.detail})")
    return found


def _must_be_told(deal: Deal, role: str, status: int) -> bool:
    """An attempt of a party that was turned down for its reason; who may not even ask is turned away at the door."""
    principal = deal.people[role]
    return role not in STRANGERS and principal.tenant_id != PLATFORM_TENANT and status not in {FORBIDDEN, NOT_FOUND}


def _slots(deal: Deal) -> tuple[object, ...]:
    booking = deal.booking()
    return () if booking is None else booking.slots


def allowed_by_law() -> Iterator[tuple[str, str, str]]:
    """Every state, move and role that the law allows."""
    for state in STATES:
        for move in MOVES:
            for role in ROLES:
                if _allows(state, move, role):
                    yield state, move, role


def allowed(state: str, move: str, role: str) -> Count:
    """One move that the law allows."""

    def made(deal: Deal) -> Count:
        set_scene(deal, move)
        told = HOW[move](deal, role)
        deal.work()
        found, to = Count(tried=1), row(state, move)
        if told.status not in DONE or to is None or deal.state() != to.to:
            found.unexpected.append(f"{state} x {move} x {role}: {told.status} {told.body}; it is {deal.state()}")
        return found

    return in_state(state, made)


def left_alone(state: str) -> Count:
    """Nobody does anything any more."""

    def silence(deal: Deal) -> Count:
        ended = silent_until_the_end(deal, lambda: deal.state() in ENDS)
        return Count(tried=1, states_without_exit=[] if ended else [f"{state}: after all that time it is {deal.state()}"])

    return in_state(state, silence)


def _allows(state: str, move: str, role: str) -> bool:
    found = row(state, move)
    return found is not None and role in found.by


def whole_table(states: Iterable[str] = STATES) -> Iterator[tuple[str, Callable[[], Count]]]:
    """Every part of it with its name, to be worked off one after the other."""
    known = [state for state in states if state in WAYS]
    for state in known:
        yield f"{state}: everything that is refused", partial(refused_in, state)
        if state not in ENDS:
            yield f"{state}: silence", partial(left_alone, state)
    for state, move, role in allowed_by_law():
        if state in known and move in HOW:
            yield f"{state} x {move} x {role}", partial(allowed, state, move, role)

"""The life of a deal's booking: one table of allowed moves, each with who may make it, what it costs and what it frees.

An offer uses the first half of the table (until it is accepted, declined, withdrawn or expires); from acceptance on each of its shows is
a booking. Silence ends every waiting state, and both sides always have an exit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where a deal's booking stands."""

    OFFERED = "offered"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    CONTRACTED = "contracted"
    FUNDED = "funded"
    LIVE = "live"
    COMPLETED = "completed"
    SETTLED = "settled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    DISPUTED = "disputed"


class Move(StrEnum):
    """What can happen to it."""

    COUNTER = "counter"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SIGN = "sign"
    FUND = "fund"
    START = "start"
    COMPLETE = "complete"
    SETTLE = "settle"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    MISS = "miss"
    DISPUTE = "dispute"
    UPHOLD = "uphold"
    OVERTURN = "overturn"


class Party(StrEnum):
    """Who makes a move. The host's agency moves as the host; the platform moves by clock, money or signatures."""

    BRAND = "brand"
    HOST = "host"
    PLATFORM = "platform"
    OPERATOR = "operator"


class Cost(StrEnum):
    """What a move costs whoever makes it."""

    NOTHING = "nothing"
    CANCELLATION_TABLE = "cancellation_table"


class NotAllowedNow(Conflict):
    """The booking is in a state that has no such move."""


class NotYourMove(Forbidden):
    """The move exists, but not for this side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One row of the table."""

    to: State
    by: frozenset[Party]
    frees_slots: bool = False
    costs: Cost = Cost.NOTHING


_SIDES = frozenset({Party.BRAND, Party.HOST})
_ANY_SIDE = _SIDES | {Party.PLATFORM}
_PLATFORM = frozenset({Party.PLATFORM})
_DECIDES = frozenset({Party.OPERATOR, Party.PLATFORM})

_NEGOTIATION: Mapping[Move, Allowed] = {
    Move.COUNTER: Allowed(to=State.COUNTERED, by=_SIDES),
    Move.ACCEPT: Allowed(to=State.ACCEPTED, by=_SIDES),
    Move.DECLINE: Allowed(to=State.DECLINED, by=_SIDES),
    Move.WITHDRAW: Allowed(to=State.WITHDRAWN, by=_SIDES),
    Move.EXPIRE: Allowed(to=State.EXPIRED, by=_PLATFORM),
}
_BEFORE_SHOW: Mapping[Move, Allowed] = {
    Move.START: Allowed(to=State.LIVE, by=_ANY_SIDE),
    Move.CANCEL: Allowed(to=State.CANCELLED, by=_SIDES, frees_slots=True, costs=Cost.CANCELLATION_TABLE),
    Move.RESCHEDULE: Allowed(to=State.RESCHEDULED, by=_SIDES, frees_slots=True),
    Move.MISS: Allowed(
        to=State.NO_SHOW, by=frozenset({Party.BRAND, Party.OPERATOR, Party.PLATFORM}), frees_slots=True, costs=Cost.CANCELLATION_TABLE
    ),
    Move.DISPUTE: Allowed(to=State.DISPUTED, by=_SIDES),
}

MOVES: Mapping[State, Mapping[Move, Allowed]] = {
    State.OFFERED: _NEGOTIATION,
    State.COUNTERED: _NEGOTIATION,
    State.ACCEPTED: {
        Move.SIGN: Allowed(to=State.CONTRACTED, by=_PLATFORM),
        Move.EXPIRE: Allowed(to=State.EXPIRED, by=_PLATFORM, frees_slots=True),
        Move.CANCEL: Allowed(to=State.CANCELLED, by=_SIDES, frees_slots=True),
        Move.DECLINE: Allowed(to=State.DECLINED, by=_SIDES, frees_slots=True),
    },
    State.CONTRACTED: {**_BEFORE_SHOW, Move.FUND: Allowed(to=State.FUNDED, by=_PLATFORM)},
    State.FUNDED: _BEFORE_SHOW,
    State.LIVE: {
        Move.COMPLETE: Allowed(to=State.COMPLETED, by=_ANY_SIDE),
        Move.DISPUTE: Allowed(to=State.DISPUTED, by=_SIDES),
    },
    State.COMPLETED: {
        Move.SETTLE: Allowed(to=State.SETTLED, by=_PLATFORM),
        Move.DISPUTE: Allowed(to=State.DISPUTED, by=_SIDES),
    },
    State.NO_SHOW: {Move.DISPUTE: Allowed(to=State.DISPUTED, by=_SIDES)},
    State.DISPUTED: {
        Move.COMPLETE: Allowed(to=State.DISPUTED, by=_ANY_SIDE),
        Move.UPHOLD: Allowed(to=State.COMPLETED, by=_DECIDES),
        Move.OVERTURN: Allowed(to=State.CANCELLED, by=_DECIDES, frees_slots=True, costs=Cost.CANCELLATION_TABLE),
        Move.MISS: Allowed(to=State.NO_SHOW, by=_DECIDES, frees_slots=True, costs=Cost.CANCELLATION_TABLE),
    },
    State.SETTLED: {},
    State.DECLINED: {},
    State.WITHDRAWN: {},
    State.EXPIRED: {},
    State.RESCHEDULED: {},
    State.CANCELLED: {},
}
"""State -> move -> what it leads to. `CONTRACTED` may start without `FUND`: a contract without a deposit has nothing to fund.

A dispute ends with what really happened, found by the operator, or by the clock where the operator is silent: the show took place
(`UPHOLD`), a side called it off (`OVERTURN`), or the host did not appear (`MISS`). A disputed show that is on air is ended all the same.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One show of a deal with one host. `slots` are the quarter hours it has claimed, none when freed."""

    booking_id: str
    contract_id: str
    offer_id: str
    brand_id: str
    creator_id: str
    agency_id: str | None
    starts_at: datetime
    minutes: int
    title: str
    timezone: str
    state: State
    version: int
    changed_at: datetime
    slots: tuple[datetime, ...]
    series_id: str | None = None
    """Where it was confirmed with a series: it is seen by nobody before all of them are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A show that is to be booked."""

    booking_id: str
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Whose booking it is."""

    offer_id: str
    contract_id: str
    brand_id: str
    creator_id: str
    agency_id: str | None


def not_allowed(state: State, move: Move) -> NotAllowedNow:
    """What is said to a move that a state does not have."""
    return NotAllowedNow(f"This is {state.value}; it cannot {move.value} any more. Load it again to see what can be done.")


def allowed(state: State, move: Move, by: Party) -> Allowed:
    """The row of the table. Raises `NotAllowedNow` when the state has no such move, `NotYourMove` when it is another side's."""
    row = MOVES[state].get(move)
    if row is None:
        raise not_allowed(state, move)
    if by not in row.by:
        raise NotYourMove(f"The {by.value} cannot make a {state.value} booking {move.value}.")
    return row

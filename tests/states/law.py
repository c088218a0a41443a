"""What may be done to a deal, written down from the text that both sides know it by, not from the code.

A row is a state and a move: where it leads, and who may make it. Whatever is in no row is refused, whoever tries it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BOOKERS: Final = frozenset({"owner", "booker"})
HOSTS: Final = frozenset({"creator", "agency"})
SIDES: Final = BOOKERS | HOSTS
OPERATOR: Final = frozenset({"operator"})
ROLES: Final = (
    "owner",
    "booker",
    "viewer",
    "creator",
    "agency",
    "operator",
    "analyst",
    "preparer",
    "approver",
    "other_brand",
    "other_creator",
    "other_agency",
)
"""Whoever there is: the members of both sides, the marketplace's people, and strangers."""
ENDS: Final = frozenset({"settled", "declined", "withdrawn", "expired", "rescheduled", "cancelled", "no_show"})
"""Where nobody is waited for. What has no show any more frees the host's time."""
FREED: Final = frozenset({"declined", "withdrawn", "expired", "rescheduled", "cancelled", "no_show"})
STATES: Final = (
    "offered",
    "countered",
    "accepted",
    "contracted",
    "funded",
    "live",
    "completed",
    "settled",
    "declined",
    "withdrawn",
    "expired",
    "rescheduled",
    "cancelled",
    "no_show",
    "disputed",
)


@dataclass(frozen=True, slots=True)
class Row:
    """Where a move leads, and who may make it."""

    to: str
    by: frozenset[str]


def _answer(answers: frozenset[str], asks: frozenset[str]) -> dict[str, Row]:
    """Of an open version: the side that is asked answers it, the side that asked takes it back."""
    return {
        "counter": Row("countered", answers),
        "accept": Row("accepted", answers),
        "decline": Row("declined", answers),
        "withdraw": Row("withdrawn", asks),
    }


_BEFORE_THE_SHOW: Final = {
    "cancel": Row("cancelled", SIDES),
    "reschedule": Row("rescheduled", SIDES),
    "start": Row("live", BOOKERS),
    "miss": Row("no_show", BOOKERS | OPERATOR),
    "dispute": Row("disputed", SIDES),
}
LAW: Final[Mapping[str, Mapping[str, Row]]] = {
    "offered": _answer(answers=HOSTS, asks=BOOKERS),
    "countered": _answer(answers=BOOKERS, asks=HOSTS),
    "accepted": {
        "sign": Row("contracted", BOOKERS | {"creator"}),
        "refuse_to_sign": Row("declined", BOOKERS | {"creator"}),
        "cancel": Row("cancelled", SIDES),
    },
    "contracted": _BEFORE_THE_SHOW,
    "funded": _BEFORE_THE_SHOW,
    "live": {"complete": Row("completed", BOOKERS), "dispute": Row("disputed", SIDES)},
    "completed": {"dispute": Row("disputed", SIDES)},
    "no_show": {"dispute": Row("disputed", SIDES)},
    "disputed": {"uphold": Row("completed", OPERATOR), "overturn": Row("cancelled", OPERATOR), "find_no_show": Row("no_show", OPERATOR)},
}
MOVES: Final = (
    "counter",
    "accept",
    "decline",
    "withdraw",
    "sign_unseen",
    "sign",
    "refuse_to_sign",
    "cancel",
    "reschedule",
    "start_early",
    "start",
    "complete",
    "miss",
    "dispute",
    "uphold",
    "overturn",
    "find_no_show",
)
BY_ITSELF: Final = ("expire", "fund", "settle")
"""What nobody can make happen: time, money and returns do."""


def row(state: str, move: str) -> Row | None:
    """What the law says of it."""
    return LAW.get(state, {}).get(move)

"""What a plan changes in the places that people know, and why each change."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.planning.asked import Asked
from chalicelib.planning.model import Pair, Season
from chalicelib.planning.standing import Standing


class Cause(StrEnum):
    """Why a place changed."""

    HOST_OUT = "host_out"
    SLOT_OUT = "slot_out"
    CANNOT = "cannot"
    FORBIDDEN = "forbidden"
    PINNED = "pinned"
    NEEDED_ELSEWHERE = "needed_elsewhere"
    WORTH_MORE = "worth_more"
    FILLED = "filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A slot whose host changed: from `before` to `after`, either of which may be nobody. `shows` is where the host went instead."""

    slot_id: str
    before: str | None
    after: str | None
    cause: Cause
    shows: tuple[str, ...] = ()


def moves(asked: Asked, season: Season, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Move, ...]:
    """Every slot that has another host than before, in the order of slots; those that are taken out last."""
    standing = Standing(season, after)
    own = [slot.slot_id for slot in season.slots]
    slots = dict.fromkeys((*(slot for slot in own if slot in before or slot in after), *before))
    return tuple(_move(asked, standing, slot, before.get(slot), after.get(slot)) for slot in slots if before.get(slot) != after.get(slot))


def _move(asked: Asked, standing: Standing, slot_id: str, before: str | None, after: str | None) -> Move:
    cause, shows = _cause(asked, standing, slot_id, before)
    return Move(slot_id=slot_id, before=before, after=after, cause=cause, shows=shows)


def _cause(asked: Asked, standing: Standing, slot_id: str, before: str | None) -> tuple[Cause, tuple[str, ...]]:
    pair = Pair(slot_id, before or "")
    reasons = {
        Cause.SLOT_OUT: slot_id in asked.without_slots,
        Cause.FILLED: before is None,
        Cause.HOST_OUT: before in asked.without_hosts,
        Cause.FORBIDDEN: pair in asked.forbidden,
        Cause.PINNED: any(each.slot_id == slot_id for each in asked.pinned),
        Cause.CANNOT: pair not in standing.matches,
    }
    first = next((cause for cause, holds in reasons.items() if holds), None)
    if first is not None:
        return first, ()
    shows = tuple(dict.fromkeys(show for each in standing.hindrances(*pair) for show in each.shows if show != slot_id))
    return (Cause.NEEDED_ELSEWHERE, shows) if shows else (Cause.WORTH_MORE, ())

"""A deal's history: one entry for each thing that somebody did or tried, from the first offer to the last cent.

Pure. A deal is named by its contract's id, which its offer has from the beginning; an entry about one show names its booking as well.
Entries are added and never changed. They are read by both sides and the operator, so a sentence says nothing that one of them may not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.core.access import PLATFORM_TENANT, Principal

MAX_SENTENCE_CHARACTERS = 1_000
MAX_EVIDENCE = 20


class Side(StrEnum):
    """On whose behalf somebody acts. A host's agency acts for the host; the platform by clock, money or signatures."""

    BRAND = "brand"
    HOST = "host"
    OPERATOR = "operator"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person by id, for a tenant, on a side; nobody in particular where the platform acts by itself."""

    side: Side
    user_id: str = ""
    tenant_id: str = PLATFORM_TENANT


PLATFORM = Actor(side=Side.PLATFORM)
"""Time, money or signatures did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened at `at` (business time) and was written down at `recorded_at` (real time).

    `act` is a short word for what it was (``counter``), `sentence` says it for people. `refused` is why an attempt came to nothing, or
    None where it did not. `evidence` names what it rests on: a document's SHA-256, an object's id, an address.
    """

    entry_id: str
    deal_id: str
    at: datetime
    recorded_at: datetime
    actor: Actor
    act: str
    sentence: str
    booking_id: str | None = None
    refused: str | None = None
    evidence: tuple[str, ...] = ()


def actor_of(principal: Principal, side: str) -> Actor:
    """Somebody who acts on a side: any enumeration of sides will do, as long as its words are those of `Side`."""
    return Actor(side=Side(side), user_id=principal.user_id, tenant_id=principal.tenant_id)


def of_booking(entries: Iterable[Entry], booking_id: str) -> tuple[Entry, ...]:
    """The timeline of one booking: what was about it, and what was about its whole deal."""
    return tuple(entry for entry in entries if entry.booking_id in {None, booking_id})

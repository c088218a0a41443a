"""The words of a plan: what is wanted, who could do it at which value, what must hold, and what came out.

Values are whole minor units of the plan's one currency. Every rule is of the kind that leaving a slot open never breaks, so the empty
plan always holds, except for pins. `chalicelib.planning.checker` says in its own code what each rule means; both read these words only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One show that a brief wants: it gets one host or stays open."""

    slot_id: str
    brand_id: str
    category: str
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Somebody on air. A show takes the host's time from its start less the rest before to its end plus the rest after, travel included."""

    host_id: str
    rest_before_minutes: int = 0
    rest_after_minutes: int = 0
    shows_per_week: int
    """At most so many shows that start in one ISO week (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Who pays. `budget_minor` is for the fees of all its slots together."""

    brand_id: str
    budget_minor: int
    minimum_hosts: int = 1
    """Different hosts when all its slots are filled; each slot left open lowers it by one, so of n slots n - minimum may be repeats."""


class Match(NamedTuple):
    """A host who could take a slot: what that is expected to be worth, and the fee it costs the brand."""

    slot_id: str
    host_id: str
    value_minor: int
    fee_minor: int


class Pair(NamedTuple):
    """A slot and a host: pinned, or forbidden."""

    slot_id: str
    host_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The plan as people know it: giving this slot to anybody else, or leaving it open, costs `cost_minor`."""

    slot_id: str
    host_id: str
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusivity:
    """From `starts_at` until `ends_at`, exclusive, a host is on air in this category for at most one of these brands."""

    category: str
    brand_ids: frozenset[str]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """All that a plan is made from."""

    currency: str
    slots: tuple[Slot, ...]
    hosts: tuple[Host, ...]
    brands: tuple[Brand, ...]
    matches: tuple[Match, ...]
    exclusivities: tuple[Exclusivity, ...] = ()
    pinned: tuple[Pair, ...] = ()
    forbidden: frozenset[Pair] = frozenset()
    announced: tuple[Announced, ...] = ()


MONEY = 1_000
"""So many minor units of a budget have a price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalPrices:
    """What is scarce, at the margin and in minor units: the multipliers behind a plan's bound. `alternatives` explains with them."""

    hosts: Mapping[str, Mapping[str, int]]
    """Slot -> host -> what the host's time of this slot is worth to all others; left out where nobody else wants it."""
    money: Mapping[str, int]
    """Brand -> what `MONEY` more of its budget would bring; left out where it would bring nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which host each filled slot gets, and how close to the best that is proven to be.

    `value_minor` is the matches' value less what changed announcements cost; no plan whatever is worth more than `bound_minor`.
    """

    currency: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Slot -> host."""
    value_minor: int
    bound_minor: int
    prices: MarginalPrices | None = None
    """None where there was no time for them, and of plans that others made."""

    @property
    def gap_minor(self) -> int:
        """What the best plan could be worth more, at most."""
        return self.bound_minor - self.value_minor

"""No host works for two competitors on a day that one of them has paid to have alone: checked when matched, offered, accepted and signed.

A contract that both sides have signed is live. It may forbid a new deal's shows, and a new deal may promise what a live contract's shows
break already: both are conflicts, each named by its category and days, never by the other brand, whose business it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.service import Bookings
from chalicelib.bookings.states import State
from chalicelib.contracts.rules import Amendment, Contract, ContractState, forbids, version_at
from chalicelib.contracts.store import ContractStore
from chalicelib.contracts.terms import Exclusivity, Terms
from chalicelib.core.clock import day_in
from chalicelib.core.errors import Conflict

TAKES_PLACE = frozenset({State.CONTRACTED, State.FUNDED, State.LIVE, State.COMPLETED, State.SETTLED, State.DISPUTED})
MAX_NAMED = 5


class BoundToAnother(Conflict):
    """The host has promised something to another brand that does not go together with this deal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeal:
    """What is about to be agreed: for whom, in which category (the brief's), on which terms, at which moments (`moments_of` its shows)."""

    contract_id: str
    brand_id: str
    creator_id: str
    category: str
    terms: Terms
    moments: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveContract:
    """A signed contract with another brand, in a category, with the moments of those of its shows that take place."""

    contract: Contract
    category: str
    moments: tuple[datetime, ...]


def moments_of(starts_at: datetime, minutes: int) -> tuple[datetime, datetime]:
    """The first and the last minute of a show: the host works on the days of both."""
    return starts_at, starts_at + timedelta(minutes=minutes - 1)


def conflicts(new: NewDeal, live: Sequence[LiveContract]) -> tuple[str, ...]:
    """A sentence for each promise that the new deal would break, or would make though it is broken already. Pure."""
    return tuple(sentence for other in live if other.contract.brand_id != new.brand_id for sentence in _between(new, other))


def _between(new: NewDeal, other: LiveContract) -> Iterator[str]:
    broken = [moment for moment in new.moments if forbids(other.contract, new.category, moment)]
    if broken:
        promised = version_at(other.contract, broken[0]).terms.exclusivity
        until = f" until {promised.until_day}" if promised is not None else ""
        days = _days(broken, other.contract.terms.timezone)
        yield f"The host has promised another brand to work for it alone in {new.category}{until}; that keeps {days} from this deal."
    if new.terms.exclusivity is not None and _covers(new.terms.exclusivity, other.category):
        taken = [moment for moment in other.moments if _falls_into(new.terms.exclusivity, day_in(new.terms.timezone, moment))]
        if taken:
            days = _days(taken, new.terms.timezone)
            yield f"The terms promise that the host works for no other brand in {other.category}, but the host does so already on {days}."


def _covers(promise: Exclusivity, category: str) -> bool:
    return category.casefold() in {each.casefold() for each in promise.categories}


def _falls_into(promise: Exclusivity, day: date) -> bool:
    return date.fromisoformat(promise.from_day) <= day <= date.fromisoformat(promise.until_day)


def _days(moments: Sequence[datetime], zone: str) -> str:
    days = sorted({day_in(zone, moment) for moment in moments})
    more = f" and {len(days) - MAX_NAMED} more days" if len(days) > MAX_NAMED else ""
    return ", ".join(day.isoformat() for day in days[:MAX_NAMED]) + more


class Exclusivities:
    """Looks at everything that a host has promised."""

    def __init__(self, *, store: ContractStore, bookings: Bookings, category_of: Callable[[str], str]) -> None:
        """`category_of` tells a brief's category."""
        self._store = store
        self._bookings = bookings
        self._category_of = category_of

    def demand_free(  # noqa: PLR0913  # what is about to be agreed
        self,
        *,
        contract_id: str,
        brand_id: str,
        creator_id: str,
        brief_id: str,
        terms: Terms,
        moments: Sequence[datetime],
        since: datetime | None = None,
    ) -> None:
        """Raise `BoundToAnother` with every conflict, and what can be done. Terms in force `since` an instant promise nothing before it."""
        live = list(self._live(creator_id, brand_id, since))
        if not live:
            return
        new = NewDeal(
            contract_id=contract_id,
            brand_id=brand_id,
            creator_id=creator_id,
            category=self._category_of(brief_id),
            terms=terms,
            moments=tuple(moments),
        )
        found = conflicts(new, live)
        if found:
            raise BoundToAnother(f"{' '.join(found)} Take other days, another host, or other terms.")

    def signing(self, transaction: Transaction, contract: Contract) -> None:
        """Check a contract that is about to bind; two that bind the same host at the same moment do so one after the other."""
        moments = [moment for booked in contract.bookings for moment in moments_of(booked.starts_at, booked.minutes)]
        self._bind(transaction, contract, contract.terms, moments)

    def moving(self, transaction: Transaction, contract: Contract, starts_at: datetime, minutes: int) -> None:
        """The same for a show of a contract that is about to be at another time, or to be added."""
        version = version_at(contract, starts_at)
        self._bind(transaction, contract, version.terms, moments_of(starts_at, minutes), since=version.in_force_from)

    def amending(self, transaction: Transaction, contract: Contract, amendment: Amendment) -> None:
        """The same for an amendment: what it newly promises must not be broken already. The shows that it binds were checked before."""
        self._bind(transaction, contract, amendment.terms, (), since=amendment.in_force_from)

    def _bind(  # what binds, in which words, and when
        self, transaction: Transaction, contract: Contract, terms: Terms, moments: Sequence[datetime], since: datetime | None = None
    ) -> None:
        self._store.promise(transaction, contract.creator_id)
        self.demand_free(
            contract_id=contract.contract_id,
            brand_id=contract.brand_id,
            creator_id=contract.creator_id,
            brief_id=contract.brief_id,
            terms=terms,
            moments=moments,
            since=since,
        )

    def _live(self, creator_id: str, brand_id: str, since: datetime | None) -> Iterator[LiveContract]:
        for contract in self._store.contracts_with(creator_id):
            if contract.state is ContractState.SIGNED and contract.brand_id != brand_id:
                states = {booked: self._bookings.booking(booked.booking_id).state for booked in contract.bookings}
                taking_place = [booked for booked, state in states.items() if state in TAKES_PLACE]
                bound = [booked for booked in taking_place if since is None or since <= booked.starts_at]
                moments = tuple(moment for booked in bound for moment in moments_of(booked.starts_at, booked.minutes))
                yield LiveContract(contract=contract, category=self._category_of(contract.brief_id), moments=moments)

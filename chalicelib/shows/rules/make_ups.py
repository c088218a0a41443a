"""Make-up shows of a sales guarantee: how many are agreed, until when, how many are booked and performed. Pure.

Source: money.md section 2. The time runs from the end of the last ordinary show in scope, wherever it was moved to, as earnings count it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.contracts.rules import Contract, version_at
from chalicelib.contracts.terms import MakeUp, SalesGuarantee, Scope
from chalicelib.core.clock import day_in
from chalicelib.shows.errors import NoMakeUp
from chalicelib.shows.rules.records import Show, ShowState


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUps:
    """The make-up shows of one guarantee. `for_shows` are those that it is of, by start: one, or all whose totals carry on.

    `due_until` is the last day, in the contract's zone, on which one may end; None while a show that it runs from is not over.
    """

    for_shows: tuple[str, ...]
    agreed: int
    fee_minor: int
    currency: str
    timezone: str
    due_until: date | None
    booked: tuple[str, ...]
    performed: int

    @property
    def left(self) -> int:
        """How many may still be booked."""
        return max(0, self.agreed - len(self.booked))


def make_ups(contract: Contract, shows: Sequence[Show]) -> tuple[MakeUps, ...]:
    """Every guarantee of a contract that agrees on make-up shows, with what has become of them."""
    return tuple(_make_ups(contract, shows))


def make_ups_for(contract: Contract, shows: Sequence[Show], show_id: str) -> MakeUps:
    """Those that make up for a show. Raises `NoMakeUp` where none are agreed, or the show is itself one, or was cancelled."""
    for found in make_ups(contract, shows):
        if show_id in found.for_shows:
            return found
    raise NoMakeUp("The contract agrees on no make-up show for this one.")


def check_make_up(found: MakeUps, starts_at: datetime, minutes: int) -> None:
    """Raise `NoMakeUp` unless one more may be booked then."""
    if found.due_until is None:
        raise NoMakeUp("A make-up show is agreed on after the shows that it makes up for are over.")
    if found.left == 0:
        raise NoMakeUp(f"The contract agrees on {found.agreed} make-up shows, and as many are booked.")
    _check_in_time(found, starts_at, minutes)


def check_time(contract: Contract, shows: Sequence[Show], show_id: str, starts_at: datetime, minutes: int) -> None:
    """Raise `NoMakeUp` where a show is a make-up show that would come too late at this time; any other show may be then."""
    for found in make_ups(contract, shows):
        if show_id in found.booked:
            _check_in_time(found, starts_at, minutes)


def _check_in_time(found: MakeUps, starts_at: datetime, minutes: int) -> None:
    if found.due_until is not None and day_in(found.timezone, starts_at + timedelta(minutes=minutes)) > found.due_until:
        raise NoMakeUp(f"Make-up shows are performed until {found.due_until}. Pick an earlier time.")


def _make_ups(contract: Contract, shows: Sequence[Show]) -> Iterator[MakeUps]:
    """A guarantee over the contract is of the shows whose totals carry on, as in the earnings; an amendment may begin with others."""
    made_up = {each.show_id: each.makes_up_for for each in contract.bookings if each.is_make_up}
    era_of = {each.show_id: version_at(contract, each.starts_at).terms.totals_from_version for each in contract.bookings}
    eras: dict[int, list[Show]] = {}
    for show in _ordinary(contract, shows):
        eras.setdefault(era_of[show.show_id], []).append(show)
    for era, ordinary in eras.items():
        last = version_at(contract, ordinary[-1].starts_at).terms.sales_guarantee
        if last is not None and last.scope is Scope.CONTRACT:
            if last.make_up is not None:
                theirs = {make_up for make_up, of in made_up.items() if of is not None and era_of.get(of) == era}
                yield _of(contract, shows, last.make_up, ordinary, theirs)
            continue
        for show in ordinary:
            guarantee: SalesGuarantee | None = version_at(contract, show.starts_at).terms.sales_guarantee
            if guarantee is not None and guarantee.scope is Scope.SHOW and guarantee.make_up is not None:
                theirs = {make_up for make_up, of in made_up.items() if of == show.show_id}
                yield _of(contract, shows, guarantee.make_up, [show], theirs)


def _of(contract: Contract, shows: Sequence[Show], agreed: MakeUp, ordinary: Sequence[Show], wanted: set[str]) -> MakeUps:
    zone = contract.terms.timezone
    booked = [show for show in shows if show.show_id in wanted and show.state is not ShowState.CANCELLED]
    unopened = wanted - {show.show_id for show in shows}
    ends = [None if show.ended is None else day_in(zone, show.ended.occurred_at) for show in ordinary]
    over = [end for end in ends if end is not None]
    until = max(over) + timedelta(days=agreed.within_days) if len(over) == len(ends) else None
    performed = [show for show in booked if until and show.ended and day_in(zone, show.ended.occurred_at) <= until]
    return MakeUps(
        for_shows=tuple(show.show_id for show in ordinary),
        agreed=agreed.shows,
        fee_minor=agreed.fee_minor,
        currency=contract.terms.currency,
        timezone=zone,
        due_until=until,
        booked=(*(show.show_id for show in booked), *sorted(unopened)),
        performed=len(performed),
    )


def _ordinary(contract: Contract, shows: Sequence[Show]) -> list[Show]:
    extra = {booked.show_id for booked in contract.bookings if booked.is_make_up}
    return [show for show in shows if show.show_id not in extra and show.state is not ShowState.CANCELLED]

"""The flat fee as its parts come due, what unmet deliverables take off it, and what a cancellation costs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.contracts.terms import CancellationRow, Due, FeePart, FlatFee, Scope
from chalicelib.core.money import BASIS_POINTS_OF_ONE, allocate, round_half_away
from chalicelib.payouts.earnings.amounts import Row, major, part_of, percent
from chalicelib.payouts.earnings.facts import (
    Cancellation,
    Party,
    ShowFacts,
    is_cancelled,
    is_completed,
    is_signed,
    not_met,
    returns_closed,
)

WHOLE_ON_COMPLETION = (FeePart(due=Due.SHOW_COMPLETED, share_basis_points=BASIS_POINTS_OF_ONE),)

DUE_WHEN: Mapping[Due, Callable[[ShowFacts, datetime], bool]] = {
    Due.SIGNING: is_signed,
    Due.SHOW_COMPLETED: is_completed,
    Due.RETURNS_CLOSED: returns_closed,
}


def fee_row(show: ShowFacts, agreed_minor: int, as_of: datetime) -> Row | None:
    """What of a show's flat fee is due; nothing of a cancelled show's. None where no fee was agreed."""
    if agreed_minor == 0 and show.terms.flat_fee is None:
        return None
    fee_minor = agreed_minor - deliverables_off_minor(show, agreed_minor, as_of)
    parts = WHOLE_ON_COMPLETION if show.terms.flat_fee is None else show.terms.flat_fee.parts
    amounts = allocate(fee_minor, [part.share_basis_points for part in parts])
    due = [amount for part, amount in zip(parts, amounts, strict=True) if _is_due(part.due, show, as_of)]
    inputs: dict[str, int | str] = {
        "agreed_minor": agreed_minor,
        "deliverables_off_minor": agreed_minor - fee_minor,
        "parts_due": len(due),
        "parts": len(parts),
    }
    return Row(
        component="flat_fee",
        show_id=show.show_id,
        formula=" + ".join(major(amount, show.terms.currency) for amount in due) or "0",
        inputs=inputs,
        amount_minor=sum(due),
        matured_minor=sum(due),
    )


def agreed_fees(shows: Sequence[ShowFacts], as_of: datetime) -> dict[str, int]:
    """The flat fee of each show before any fact, by show id.

    A fee of scope contract is spread evenly over signed bookings, make-up shows excepted, largest remainder in the order of
    shows; each show takes its place's part of the fee in its own version. A make-up show has the fee agreed for make-ups.
    """
    ordinary = [show.show_id for show in shows if not show.is_make_up and is_signed(show, as_of)]
    places = {show_id: place for place, show_id in enumerate(ordinary)}
    return {show.show_id: _agreed_fee(show, places) for show in shows}


def deliverables_off_minor(show: ShowFacts, fee_minor: int, as_of: datetime) -> int:
    """What deliverables that were not met take off a fee: several add up, to the whole fee at most."""
    missed = not_met(show, as_of)
    off = sum(deliverable.fee_off_basis_points for deliverable in show.terms.deliverables if deliverable.kind in missed)
    return round_half_away(part_of(fee_minor, off))


def cancellation_row(show: ShowFacts, agreed_minor: int, as_of: datetime) -> Row | None:
    """What a cancelled show costs: positive when the brand owes the host, negative when the host owes the brand."""
    cancelled = show.cancelled
    if cancelled is None or not cancelled.known(as_of):
        return None
    entry = applicable_row(show.terms.cancellation, show, cancelled)
    share = 0 if entry is None else entry.share_basis_points
    owed = round_half_away(part_of(agreed_minor, share))
    sign = "-" if cancelled.by is Party.HOST else ""
    amount = -owed if cancelled.by is Party.HOST else owed
    return Row(
        component="cancellation",
        show_id=show.show_id,
        formula=f"{sign}round({percent(share)} x {major(agreed_minor, show.terms.currency)})",
        inputs={"fee_minor": agreed_minor, "share_basis_points": share, "cancelled_by": cancelled.by.value},
        amount_minor=amount,
        matured_minor=amount,
    )


def applicable_row(table: Sequence[CancellationRow], show: ShowFacts, cancelled: Cancellation) -> CancellationRow | None:
    """The row with the greatest hours not above the hours left; None when even the smallest is above them."""
    left = show.scheduled_start - cancelled.occurred_at
    rows = [row for row in table if timedelta(hours=row.hours_before) <= left]
    return max(rows, key=lambda row: row.hours_before, default=None)


def _agreed_fee(show: ShowFacts, places: Mapping[str, int]) -> int:
    if show.is_make_up:
        guarantee = show.terms.sales_guarantee
        return 0 if guarantee is None or guarantee.make_up is None else guarantee.make_up.fee_minor
    fee = show.terms.flat_fee
    if fee is None:
        return 0
    return fee.amount_minor if fee.scope is Scope.SHOW else _spread(fee, show.show_id, places)


def _spread(fee: FlatFee, show_id: str, places: Mapping[str, int]) -> int:
    place = places.get(show_id)
    return 0 if place is None else allocate(fee.amount_minor, [1] * len(places))[place]


def _is_due(due: Due, show: ShowFacts, as_of: datetime) -> bool:
    return not is_cancelled(show, as_of) and DUE_WHEN[due](show, as_of)

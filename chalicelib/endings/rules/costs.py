"""What it costs that a show ends otherwise: the contract's statement with it, less the statement without it. Pure.

Both statements are made by the function that books them, so what was shown before is what is booked after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.contracts.terms import Terms
from chalicelib.payouts.earnings import Bucket, ShowFacts, Statement, as_ruled, earnings
from chalicelib.payouts.earnings.fees import applicable_row
from chalicelib.shows.rules import Side

SECONDS_OF_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a contract's statement is made of at `as_of`."""

    contract_id: str
    host_id: str
    terms: Terms
    shows: tuple[ShowFacts, ...]
    buckets: tuple[Bucket, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How much more (less where negative) somebody has earned by it."""

    payee_id: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it costs, in minor units of `currency`.

    `owed_minor` is what the cancellation table says that `owed_by` owes the other side: 0 by nobody where no row applies, or where the
    show counts as held. `row_hours` is the row that applies, by its hours before the start; `minutes_left` are those from the
    cancellation to the scheduled start. `changes` says what all payees have more or less in all, the flat fee that was due before included.
    """

    currency: str
    owed_minor: int
    owed_by: Side | None
    fee_minor: int
    share_basis_points: int
    row_hours: int | None
    minutes_left: int | None
    changes: tuple[Change, ...]

    @property
    def confirmed_minor(self) -> int:
        """The amount that somebody confirms, seen from the host: negative where the host owes."""
        return -self.owed_minor if self.owed_by is Side.HOST else self.owed_minor


def nothing(currency: str) -> Cost:
    """What it costs where nobody has promised anything yet."""
    return Cost(
        currency=currency, owed_minor=0, owed_by=None, fee_minor=0, share_basis_points=0, row_hours=None, minutes_left=None, changes=()
    )


def cost(known: Known, after: ShowFacts) -> Cost:
    """What it costs if one of the contract's shows goes `after` this."""
    before_all = _statement(known, known.shows)
    after_all = _statement(known, [after if show.show_id == after.show_id else show for show in known.shows])
    ended = as_ruled(after, known.as_of)
    payees = dict.fromkeys(share.payee_id for statement in (before_all, after_all) for show in statement.shows for share in show.shares)
    differences = {payee: after_all.payee(payee).earned_minor - before_all.payee(payee).earned_minor for payee in payees}
    found = replace(
        nothing(known.terms.currency), changes=tuple(Change(payee_id=payee, minor=minor) for payee, minor in differences.items() if minor)
    )
    if ended.cancelled is None:
        return found
    row = next(row for row in after_all.rows if row.component == "cancellation" and row.show_id == after.show_id)
    entry = applicable_row(ended.terms.cancellation, ended, ended.cancelled)
    return replace(
        found,
        owed_minor=abs(row.amount_minor),
        owed_by=Side(ended.cancelled.by.value) if row.amount_minor else None,
        fee_minor=int(row.inputs["fee_minor"]),
        share_basis_points=int(row.inputs["share_basis_points"]),
        row_hours=None if entry is None else entry.hours_before,
        minutes_left=int((ended.scheduled_start - ended.cancelled.occurred_at).total_seconds()) // SECONDS_OF_A_MINUTE,
    )


def _statement(known: Known, shows: Sequence[ShowFacts]) -> Statement:
    return earnings(known.contract_id, known.terms, shows, known.buckets, known.as_of, host_id=known.host_id)

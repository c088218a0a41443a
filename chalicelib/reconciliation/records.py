"""What reconciliation keeps of others' words: Stripe's reports as finance brought them, and payees' payouts as Stripe itemised them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.payouts.stripe_accounts import PayoutEntry


class NoSuchStripeReport(NotFound):
    """There is no such report of Stripe's."""


class ReportKnown(Conflict):
    """These bytes were taken before."""


class ReportChanged(Conflict):
    """The report is not in the state any more that was decided on."""


class ReportState(StrEnum):
    """Where a report stands. Only a `KEPT` one is compared."""

    AWAITING_UPLOAD = "awaiting_upload"
    KEPT = "kept"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeReport:
    """A report that finance brought. `net_minor` is the sum of its rows per currency; `reason` says why it was refused or withdrawn.

    With `first_day` and `last_day` (UTC, both included) it claims to hold every balance transaction that was created in between, payouts
    excepted.
    """

    report_id: str
    filename: str
    sha256: str
    size_bytes: int
    brought_by: str
    brought_at: datetime
    first_day: date | None = None
    last_day: date | None = None
    state: ReportState = ReportState.AWAITING_UPLOAD
    reason: str = ""
    rows: int = 0
    net_minor: Mapping[str, int] = field(default_factory=dict)
    withdrawn_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeePayout:
    """An automatic payout to a payee's bank and what it is made of, as Stripe said once it had reconciled it."""

    payee_id: str
    payout_id: str
    amount_minor: int
    currency: str
    status: str
    arrives_on: date
    entries: tuple[PayoutEntry, ...]
    seen_at: datetime

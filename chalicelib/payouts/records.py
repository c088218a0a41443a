"""What the payouts table and the records bucket hold, apart from settlements and fundings, which are in the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.core.errors import NotFound
from chalicelib.core.money import Money
from chalicelib.ledger.accounts import Account
from chalicelib.payouts.earnings import Bucket, Statement
from chalicelib.payouts.stripe_accounts import PayoutState


class NoStatement(NotFound):
    """Nothing has been earned under the contract yet, or it is not the caller's."""


class NoSuchSettlement(NotFound):
    """There is no such settlement for this caller."""


class NoPayoutAccount(NotFound):
    """The payee has not connected payouts yet."""


class NoSuchEvent(NotFound):
    """No such notice was taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """What a contract has booked so far: cumulative positions (minor units, debits positive) after `sequence` accruals."""

    contract_id: str
    brand_id: str
    currency: str
    sequence: int
    positions: Mapping[Account, int]
    payees: tuple[str, ...]
    as_of: datetime
    statement_key: str
    statement_sha256: str

    @property
    def money(self) -> Mapping[Account, Money]:
        """The positions as money."""
        return {account: Money(minor, self.currency) for account, minor in self.positions.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """A statement with the buckets it was computed from, as kept in the records bucket."""

    contract_id: str
    brand_id: str
    title: str
    host_id: str
    sequence: int
    statement: Statement
    buckets: tuple[Bucket, ...]
    show_titles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestLine:
    """One booking on the payee's payable account since its last settlement."""

    transaction_key: str
    kind: str
    contract_id: str | None
    amount_minor: int
    booked_at: datetime
    statement_key: str | None
    statement_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The statement up to which a contract was looked at: its place in the bucket and its hash."""

    statement_key: str
    statement_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestComponent:
    """What a component of a show has matured since the payee's last settlement, and in all."""

    show_id: str
    component: str
    since_minor: int
    to_date_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestBucket:
    """A bucket that has changed since, with what counted in it then and now. `version` is the hash of what it holds."""

    show_id: str
    rule_id: str | None
    order_day: date
    version: str
    base_kept_before_minor: int
    base_kept_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestContract:
    """What a contract adds to a settlement: the payee's share since the last one, less what of it is not payable.

    ``share_since_minor - held_since_minor == amount_minor``, the sum of the contract's accruals among the lines.
    """

    contract_id: str
    statement: Reached
    since: Reached | None
    """The statement that the last settlement had reached; None where it had reached none."""
    components: tuple[ManifestComponent, ...]
    share_since_minor: int
    """Tax on the payee's own invoice included."""
    held_since_minor: int
    """Matured, but not paid for by the brand, or disputed; below 0 where such money became payable."""
    amount_minor: int
    buckets: tuple[ManifestBucket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Why a settlement is as large as it is: opening + lines = amount + carried, to the minor unit."""

    settlement_id: str
    payee_id: str
    currency: str
    opening_minor: int
    lines: tuple[ManifestLine, ...]
    amount_minor: int
    carried_minor: int
    contracts: tuple[ManifestContract, ...] = ()
    """Those with accruals among the lines."""
    reached: Mapping[str, Reached] = field(default_factory=dict)
    """How far this settlement and all before it have looked, by contract: where the next one begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccount:
    """A payee's account at Stripe as last seen."""

    payee_id: str
    email: str
    country: str
    requested_at: datetime
    stripe_account: str | None = None
    transfers_active: bool = False
    payouts_enabled: bool = False
    details_submitted: bool = False
    requirements_due: tuple[str, ...] = ()
    disabled_reason: str | None = None
    onboarding_url: str | None = None
    onboarding_url_expires: int | None = None
    """Seconds since the epoch, real time: Stripe's links live for minutes."""
    note: str | None = None
    """Why there is no account, or no link, in a sentence for its owner."""
    links_made: int = 0
    attempt: int = 1
    """Counts the accounts that were asked for: a new one only after Stripe refused the last, or its connection was ended."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutsAtStripe:
    """The newest payouts of a payee's account to its bank, newest first, as last fetched."""

    payouts: tuple[PayoutState, ...] = ()
    seen_at: datetime | None = None


class EventState(StrEnum):
    """What became of a notice."""

    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """A notice of Stripe's, taken once."""

    event_id: str
    type: str
    object_id: str
    account: str | None
    created: int
    received_at: datetime
    state: EventState = EventState.RECEIVED

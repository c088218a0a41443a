"""Payees' accounts at Stripe in our words: what they may do, what they lack, and what they pay out. No import of Stripe here."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.errors import Conflict


class AccountGone(Conflict):
    """There is no such account for this platform any more: its owner ended the connection, or it was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """A payee's connected account. Money can be sent only while `transfers_active`."""

    id: str
    country: str
    email: str | None
    transfers_active: bool
    payouts_enabled: bool
    details_submitted: bool
    requirements_due: tuple[str, ...]
    disabled_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """The address where a payee gives Stripe their details: used once, gone in minutes."""

    url: str
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutState:
    """What Stripe pays from a payee's account to their bank. `arrives_on` is in seconds since the epoch.

    `status` is pending, in_transit, paid, failed or canceled; one that is paid may fail days later.
    """

    id: str
    amount_minor: int
    currency: str
    status: str
    automatic: bool
    arrives_on: int
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutEntry:
    """A movement on a payee's account that an automatic payout paid out. `transfer` is ours that it came with, or went back to."""

    balance_transaction: str
    type: str
    net_minor: int
    currency: str
    transfer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutContent:
    """An automatic payout with what it is made of: Stripe itemises it once its reconciliation is completed."""

    payout: PayoutState
    entries: tuple[PayoutEntry, ...]


class StripeAccounts(Protocol):
    """Payees' connected accounts."""

    def create_account(self, *, email: str, country: str, idempotency_key: str) -> AccountState:
        """A new account that asks for the capability to receive transfers; `country` is ISO 3166-1 alpha-2."""
        ...

    def account(self, account_id: str) -> AccountState:
        """The account as it is now. Raises `AccountGone`."""
        ...

    def payouts_of(self, account_id: str) -> tuple[PayoutState, ...]:
        """The account's newest payouts to its bank, newest first. Raises `AccountGone`."""
        ...

    def account_link(self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str) -> AccountLink:
        """Where the payee completes what Stripe asks for."""
        ...


class StripePayeePayouts(Protocol):
    """What automatic payouts to payees' banks are made of."""

    def payout_content(self, account_id: str, payout_id: str) -> PayoutContent:
        """An automatic payout of the account, itemised. Raises `AccountGone`; `StripeRefused` for one that is not automatic."""
        ...

"""Invoices for what has matured: the host's, which the brand's side makes out in the host's name (self-billed), and the platform's fee.

An invoice is the difference between what has matured by the end of its month and what earlier invoices said, so that invoices add up to
the statement to the minor unit whatever came late; one that takes back is a credit note. Tax is rounded once, on the sum to date. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.contracts.terms import FeeMode, Terms
from chalicelib.core.access import PLATFORM_TENANT
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.money import round_half_away, share_of
from chalicelib.payouts.earnings import ShowStatement


class NoSuchTaxInvoice(NotFound):
    """There is no such invoice for this caller."""


class MonthNotOver(Conflict):
    """Invoices are made out for months that have ended."""


class TaxInvoiceKind(StrEnum):
    """What an invoice is for."""

    SELF_BILLED = "self_billed"
    PLATFORM_FEE = "platform_fee"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Account:
    """What invoices of one row have in common: the same kind, parties, contract and rate."""

    contract_id: str
    kind: TaxInvoiceKind
    supplier_id: str
    customer_id: str
    rate_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDate:
    """What has been invoiced on an account up to the end of a period, in minor units."""

    period: str = ""
    base_minor: int = 0
    tax_minor: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInvoice:
    """A document. `number` has no gaps within its supplier and year; negative amounts make it a credit note."""

    number: str
    account: Account
    period: str
    title: str
    currency: str
    base_minor: int
    tax_minor: int
    base_to_date_minor: int
    tax_to_date_minor: int
    issued_at: datetime

    @property
    def total_minor(self) -> int:
        """What is due with this document."""
        return self.base_minor + self.tax_minor

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes back."""
        return self.total_minor < 0


def matured_bases(
    contract_id: str, brand_id: str, host_id: str, shows: Iterable[tuple[Terms, ShowStatement]]
) -> dict[Account, tuple[int, int]]:
    """What has matured for each account, as (base, tax). The host's base is the host's own share before a cancellation."""
    bases: defaultdict[Account, int] = defaultdict(int)
    for terms, statement in shows:
        hosts = Account(
            contract_id=contract_id,
            kind=TaxInvoiceKind.SELF_BILLED,
            supplier_id=host_id,
            customer_id=brand_id,
            rate_basis_points=terms.tax.host_invoice_basis_points,
        )
        fee = Account(
            contract_id=contract_id,
            kind=TaxInvoiceKind.PLATFORM_FEE,
            supplier_id=PLATFORM_TENANT,
            customer_id=brand_id if terms.platform_fee.mode is FeeMode.ON_TOP else host_id,
            rate_basis_points=terms.tax.platform_fee_basis_points,
        )
        bases[hosts] += statement.invoiced.matured_minor
        bases[fee] += statement.platform_fee.matured_minor
    return {account: (base, round_half_away(share_of(base, account.rate_basis_points))) for account, base in sorted(bases.items())}


def number_of(account: Account, year: int, count: int) -> str:
    """``SB-crt_1-2011-00001`` for a host's, ``PF-2011-00001`` for the platform's."""
    prefix = "PF" if account.kind is TaxInvoiceKind.PLATFORM_FEE else f"SB-{account.supplier_id}"
    return f"{prefix}-{year}-{count:05}"

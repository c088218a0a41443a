"""The chart of accounts: the only way to name one. Names are what the store, the journal and the exports show."""

from typing import NewType

Account = NewType("Account", str)
"""``brand:brd_x:receivable``, ``payee:crt_x:payable``, ``platform:fees``."""

PAYEE_PREFIX = "payee:"
BRAND_PREFIX = "brand:"
PAYABLE = "payable"
STAGES_OF_MATURED = ("unfunded", "disputed", "payable", "in_transit", "paid")
"""For every payee and currency, what matured stands on exactly these."""


def brand_receivable(brand_id: str) -> Account:
    """What the brand owes for what was earned and it has not yet paid (debit)."""
    return Account(f"brand:{brand_id}:receivable")


def brand_prepaid(brand_id: str) -> Account:
    """What the brand has paid in that nothing earned has used up (credit)."""
    return Account(f"brand:{brand_id}:prepaid")


def brand_recoverable(brand_id: str) -> Account:
    """What the brand gets back once a payee has given it back (credit); not to be spent before."""
    return Account(f"brand:{brand_id}:recoverable")


def payee_pending(payee_id: str) -> Account:
    """Earned, not matured (credit)."""
    return Account(f"payee:{payee_id}:pending")


def payee_unfunded(payee_id: str) -> Account:
    """Matured, the brand has not paid for it yet (credit)."""
    return Account(f"payee:{payee_id}:unfunded")


def payee_disputed(payee_id: str) -> Account:
    """Matured, frozen by a dispute about its show (credit)."""
    return Account(f"payee:{payee_id}:disputed")


def payee_payable(payee_id: str) -> Account:
    """Matured and paid for by the brand (credit); a debit balance is the payee's debt."""
    return Account(f"payee:{payee_id}:payable")


def payee_in_transit(payee_id: str) -> Account:
    """Taken by a settlement that is not sent yet (credit)."""
    return Account(f"payee:{payee_id}:in_transit")


def payee_paid(payee_id: str) -> Account:
    """All that was ever transferred to the payee (credit), its counterpart is `PLATFORM_PAID_OUT`."""
    return Account(f"payee:{payee_id}:paid")


PLATFORM_FEES = Account("platform:fees")
PLATFORM_TAX = Account("platform:tax")
PLATFORM_STRIPE_BALANCE = Account("platform:stripe_balance")
PLATFORM_STRIPE_FEES = Account("platform:stripe_fees")
PLATFORM_SUSPENSE = Account("platform:suspense")
PLATFORM_WRITE_OFF = Account("platform:write_off")
PLATFORM_PAID_OUT = Account("platform:paid_out")
"""What has left to payees, in all. `payee:{id}:paid` says to whom: without a counterpart it could not hold a balance."""


def payee_of(account: Account) -> str | None:
    """The payee whose account this is, or None."""
    return account.split(":")[1] if account.startswith(PAYEE_PREFIX) else None


def stage_of(account: Account) -> str:
    """The last word of the name: ``payable``, ``fees``."""
    return account.rsplit(":", 1)[1]

"""Double entry: transactions that balance by construction, and balances as the fold of their entries.

Signs: a debit is positive, a credit negative; the postings of a transaction add up to 0 per currency. What the platform
owes (payees, prepaid, fees earned) is therefore negative, what it has or is owed (Stripe balance, receivable) positive.
"What a payee is owed" is `-balance`. The accounts are in `accounts.py`.

The business events, in pounds (host H, agency G, brand B; earnings 100 split 80 : 20, fee on top 10):

    event                                   postings
    sale accrued, pending                   B:receivable +110 | H:pending -80, G:pending -20, platform:fees -10
    flat fee due (300, matures as earned)   B:receivable +300 | H:unfunded -300
    return window ended                     H:pending +80, G:pending +20 | H:unfunded -80, G:unfunded -20
    funding received, Stripe's fee 6        platform:stripe_balance +404, platform:stripe_fees +6 | B:prepaid -410
    payable (funding reaches it)            B:prepaid +410, H:unfunded +380, G:unfunded +20 |
                                            B:receivable -410, H:payable -380, G:payable -20
    settlement takes H's payable            H:payable +380 | H:in_transit -380
    transfer made                           H:in_transit +380, platform:paid_out +380 | H:paid -380, platform:stripe_balance -380
    settlement void or refused              H:in_transit +380 | H:payable -380
    refund of 8 (H's part) after payout     H:payable +8, B:receivable +8 | B:receivable -8, B:prepaid -8    a debt of H, so at once:
    - not the brand's to spend yet          B:prepaid +8 | B:recoverable -8
    - netted from what comes next           B:recoverable +8 | B:prepaid -8
    transfer reversed                       platform:stripe_balance +380, H:paid +380 | platform:paid_out -380, H:payable -380
    unused prepaid refunded                 B:prepaid +60 | platform:stripe_balance -60
    payment taken back by the bank, fee 20  B:prepaid +410, platform:stripe_fees +20 | platform:stripe_balance -430
    - the dispute is won                    platform:stripe_balance +410 | B:prepaid -410
    receivable written off                  platform:write_off +9 | B:receivable -9

So for every payee and currency: matured = unfunded + disputed + payable + in_transit + paid. Earlier stages go through the
same accounts: an accrual posts the difference between where the money should stand and where it stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.errors import Invalid
from chalicelib.ledger.accounts import Account

MAX_POSTINGS = 40
"""Each posting costs two of DynamoDB's 100 actions in a transaction; the rest is left to what joins it."""


class UnbalancedTransaction(Invalid):
    """The postings do not add up to 0 in each currency."""


class EmptyTransaction(Invalid):
    """A transaction must move money between at least two accounts, and give a reason."""


class TooManyPostings(Invalid):
    """A transaction must fit into one item and one write."""


@dataclass(frozen=True, slots=True, order=True)
class Posting:
    """An amount in minor units to an account; a debit is positive."""

    account: Account
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One business fact in the books. `key` is derived from the fact, so that it can be booked only once, for ever.

    `facts` names what it rests on (settlement, transfer, statement digest); `reverses` the key of the transaction it corrects.
    `contract_id` is set where the money belongs to one contract. Raises `UnbalancedTransaction`, `EmptyTransaction`.
    """

    key: str
    kind: str
    occurred_at: datetime
    reason: str
    postings: tuple[Posting, ...]
    contract_id: str | None = None
    reverses: str | None = None
    facts: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Hold the promise of the class."""
        if len(self.postings) < 2 or not self.reason:  # noqa: PLR2004  # two sides
            raise EmptyTransaction(f"Transaction {self.key} needs at least two postings and a reason.")
        if len(self.postings) > MAX_POSTINGS:
            raise TooManyPostings(
                f"Transaction {self.key} has {len(self.postings)} postings, {MAX_POSTINGS} are possible. Book it in parts."
            )
        for currency, drift in sums(self.postings).items():
            if drift:
                raise UnbalancedTransaction(
                    f"Transaction {self.key} does not balance: its {currency} postings add up to {drift} minor units."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a posting stands in its account: the account's sequence number and the balance after it."""

    account: Account
    currency: str
    sequence: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A transaction as the store holds it. Not checked when read: `audit` must be able to see what is wrong with it."""

    key: str
    kind: str
    occurred_at: datetime
    booked_at: datetime
    recorded_at: datetime
    reason: str
    postings: tuple[Posting, ...]
    places: tuple[Place, ...]
    contract_id: str | None = None
    reverses: str | None = None
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A materialised balance. `version` is the sequence of the last entry, 0 before the first."""

    account: Account
    currency: str
    minor: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an account."""

    account: Account
    currency: str
    sequence: int
    amount_minor: int
    balance_minor: int
    transaction_key: str
    booked_at: datetime


def postings_of(amounts: Mapping[Account, int], currency: str) -> tuple[Posting, ...]:
    """Postings for the amounts that are not 0, in the order of the accounts' names."""
    return tuple(Posting(account, minor, currency) for account, minor in sorted(amounts.items()) if minor)


def sums(postings: Iterable[Posting]) -> Mapping[str, int]:
    """The sum per currency."""
    totals: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        totals[posting.currency] += posting.amount_minor
    return dict(totals)


def net(postings: Iterable[Posting]) -> Mapping[tuple[Account, str], int]:
    """The sum per account and currency, in the order of names; accounts that net to 0 stay."""
    totals: defaultdict[tuple[Account, str], int] = defaultdict(int)
    for posting in postings:
        totals[posting.account, posting.currency] += posting.amount_minor
    return dict(sorted(totals.items()))


def fold(transactions: Iterable[Booked]) -> Mapping[tuple[Account, str], int]:
    """Balances rebuilt from the transactions, whatever their order."""
    return net(posting for transaction in transactions for posting in transaction.postings)


def reversal(original: Booked, *, key: str, reason: str, occurred_at: datetime) -> Transaction:
    """The correction that takes a transaction back in full: mirrored postings that name it and say why."""
    mirrored = tuple(Posting(posting.account, -posting.amount_minor, posting.currency) for posting in original.postings)
    return Transaction(
        key=key,
        kind="reversal",
        occurred_at=occurred_at,
        reason=reason,
        postings=mirrored,
        contract_id=original.contract_id,
        reverses=original.key,
    )

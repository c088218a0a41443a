"""The sides of all comparisons, gathered from the features that know them. What must agree is decided in `rules`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.money import Money
from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES
from chalicelib.ledger.audit import ContractPosition, booked_positions, recomputed_positions
from chalicelib.ledger.rules import Balance, Booked, fold
from chalicelib.payouts.earnings import Statement
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.stripe_port import BalanceTransaction, TransferState
from chalicelib.payouts.transfers import TRANSFER_REVERSED
from chalicelib.reconciliation.advice import ADVICE
from chalicelib.reconciliation.rules import COUNT, Comparison, Leg, Report, Side
from chalicelib.sales.evidence import SalesEvidence

Amounts = Mapping[str, Money]
Keyed = Iterable[tuple[str, Money]]
TRANSFER_TYPES = frozenset({"transfer", "transfer_refund", "transfer_cancel"})
"""Types of Stripe's balance transactions that move money to connected accounts or back."""


def feed_to_store(sales: SalesEvidence) -> Iterator[Comparison]:
    """Leg A: raw files, stored lines, and what shows count of them. Each comparison is gathered when it is asked for: they are large."""
    taken, kept = sales.hashes()
    yield _comparison(Leg.FEED_STORE, "files", ("import", _counts(taken)), ("kept file", _counts(kept)))
    found, recorded = ({key: rows.minor for key, rows in side.items()} for side in sales.counted())
    yield _comparison(Leg.FEED_STORE, "rows", ("file", _counts(found)), ("import", _counts(recorded)))
    yield _comparison(Leg.FEED_STORE, "lines", ("file", sales.filed()), ("store", sales.stored()))
    yield _comparison(Leg.FEED_STORE, "show sales", ("store", sales.attributed()), ("show", sales.shown()))
    yield _comparison(Leg.FEED_STORE, "refunds", ("links", sales.linked()), ("show", sales.refunded()))


def store_to_ledger(positions: Iterable[ContractPosition], booked: Sequence[Booked], balances: Iterable[Balance]) -> Iterator[Comparison]:
    """Leg B: contracts recomputed against what is booked, and balances against the fold of their entries."""
    earned, posted = _by_name(recomputed_positions(positions)), _by_name(booked_positions(booked))
    yield _comparison(Leg.STORE_LEDGER, "contracts", ("earnings", earned), ("ledger", posted))
    folded, materialised = _balances(fold(booked).items()), _balances(((each.account, each.currency), each.minor) for each in balances)
    yield _comparison(Leg.STORE_LEDGER, "balances", ("entries", folded), ("balance", materialised))


def components(recomputed: Mapping[str, Statement], kept: Mapping[str, Statement]) -> Comparison:
    """Leg B, finer: each component of each show as computed anew, against the statement that the last accrual booked."""
    return _comparison(Leg.STORE_LEDGER, "components", ("earnings", _summed(_rows(recomputed))), ("statement", _summed(_rows(kept))))


@dataclass(frozen=True, slots=True, kw_only=True)
class StripesWord:
    """What Stripe says at one moment: every change of the platform's balance, and every transfer."""

    transactions: tuple[BalanceTransaction, ...]
    transfers: tuple[TransferState, ...]

    @property
    def reversal_of(self) -> Mapping[str, str]:
        """By balance transaction of a reversal, the key of what was reversed of its transfer."""
        return {each.balance_transaction: came_back(transfer.id) for transfer in self.transfers for each in transfer.reversals}


def ledger_to_stripe(booked: Sequence[Booked], settlements: Iterable[Settlement], word: StripesWord) -> Iterator[Comparison]:
    """Leg C: every change of our balance at Stripe against the books, its fees, settlements against transfers, those against entries.

    What came back of a transfer is booked per transfer, by whatever number of reversals; so it is compared per transfer, apart from what
    was sent: neither can hide the other.
    """
    reversal_of = word.reversal_of
    at_stripe = _summed((reversal_of.get(each.id, each.id), Money(each.net_minor, each.currency)) for each in word.transactions)
    ours = _by_fact(booked, PLATFORM_STRIPE_BALANCE, reversal_of)
    yield _comparison(Leg.LEDGER_STRIPE, "balance", ("ledger", ours), ("Stripe", at_stripe))
    fees = _summed((each.id, Money(each.fee_minor, each.currency)) for each in word.transactions if each.fee_minor)
    ours = _by_fact(booked, PLATFORM_STRIPE_FEES, reversal_of)
    yield _comparison(Leg.LEDGER_STRIPE, "fees", ("ledger", ours), ("Stripe", fees))
    sent = _summed(_moved((each.transfer_id or "", each) for each in settlements if each.transfer_id is not None))
    transfers = _summed(_moved((each.id, each) for each in word.transfers))
    yield _comparison(Leg.LEDGER_STRIPE, "settlements", ("settlement", sent), ("transfer", transfers))
    entered = _summed(_entered(word.transactions, reversal_of))
    yield _comparison(Leg.LEDGER_STRIPE, "transfers", ("transfer", transfers), ("balance", entered))


def drifting_transfers(report: Report, word: StripesWord) -> set[str]:
    """Transfers of which settlement, books and Stripe's balance do not all say the same; those that Stripe does not list are among them."""
    drifting = {drift.key for drift in report.exceptions if drift.leg is Leg.LEDGER_STRIPE}
    names = {each.id: {each.id, each.balance_transaction, came_back(each.id)} for each in word.transfers}
    return drifting | {transfer_id for transfer_id, keys in names.items() if keys & drifting}


def came_back(transfer_id: str) -> str:
    """The key of what was reversed of a transfer."""
    return f"{transfer_id} reversed"


def _comparison(leg: Leg, kind: str, left: tuple[str, Amounts], right: tuple[str, Amounts]) -> Comparison:
    advice = ADVICE[kind]
    return Comparison(
        leg=leg,
        kind=kind,
        left=Side(name=left[0], amounts=left[1]),
        right=Side(name=right[0], amounts=right[1]),
        suggestion=advice.differs,
        left_only=advice.left_only,
        right_only=advice.right_only,
    )


def _moved(each_by_transfer: Iterable[tuple[str, Settlement | TransferState]]) -> Iterator[tuple[str, Money]]:
    """What was sent, and apart from it what came back."""
    for transfer_id, each in each_by_transfer:
        yield transfer_id, Money(each.amount_minor, each.currency)
        if each.reversed_minor:
            yield came_back(transfer_id), Money(-each.reversed_minor, each.currency)


def _entered(transactions: Iterable[BalanceTransaction], reversal_of: Mapping[str, str]) -> Iterator[tuple[str, Money]]:
    for each in transactions:
        if each.type in TRANSFER_TYPES:
            yield reversal_of.get(each.id, each.source or each.id), Money(-each.amount_minor, each.currency)


def _rows(statements: Mapping[str, Statement]) -> Iterator[tuple[str, Money]]:
    for contract_id, statement in statements.items():
        for row in statement.rows:
            name = f"{contract_id} {row.show_id} {row.component}"
            yield f"{name} earned", Money(row.amount_minor, statement.currency)
            yield f"{name} matured", Money(row.matured_minor, statement.currency)


def _counts(numbers: Mapping[str, int]) -> Amounts:
    return {key: Money(number, COUNT) for key, number in numbers.items()}


def _balances(sums: Iterable[tuple[tuple[str, str], int]]) -> Amounts:
    return {f"{account} {currency}": Money(minor, currency) for (account, currency), minor in sums}


def _by_name(totals: Mapping[tuple[str, str, str], int]) -> Amounts:
    """By contract and account; what adds up to nothing on one side need not exist on the other."""
    return _summed(
        (f"{contract_id} {account}", Money(minor, currency)) for (contract_id, account, currency), minor in totals.items() if minor
    )


def _by_fact(booked: Iterable[Booked], account: str, reversal_of: Mapping[str, str]) -> Amounts:
    """What was posted to an account, by Stripe's balance transaction where the books name one, else by their own key.

    What was posted and taken back or written off in full stands for nothing at Stripe, so it is left out.
    """
    posted = (
        (_fact_of(transaction, reversal_of), Money(posting.amount_minor, posting.currency))
        for transaction in booked
        for posting in transaction.postings
        if posting.account == account
    )
    return {key: money for key, money in _summed(posted).items() if money.minor}


def _fact_of(transaction: Booked, reversal_of: Mapping[str, str]) -> str:
    facts = transaction.facts or {}
    named = facts.get("balance_transaction")
    if named:
        return reversal_of.get(named, named)
    return came_back(facts["transfer_id"]) if transaction.kind == TRANSFER_REVERSED else transaction.key


def _summed(amounts: Keyed) -> Amounts:
    """Amounts of the same key added up, so that none hides another; where a key has several currencies each has its own key."""
    totals: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, money in amounts:
        totals[key][money.currency] += money.minor
    return {
        key if len(of_key) == 1 else f"{key} {currency}": Money(minor, currency)
        for key, of_key in totals.items()
        for currency, minor in of_key.items()
    }

"""The sides of all comparisons, gathered from the features that know them. What must agree is decided in `rules`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.money import Money
from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES
from chalicelib.ledger.audit import ContractPosition, booked_positions, recomputed_positions
from chalicelib.ledger.rules import Balance, Booked, fold
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.stripe_port import BalanceTransaction, TransferState
from chalicelib.reconciliation.rules import Comparison, Leg, Side
from chalicelib.sales.evidence import SalesEvidence

Amounts = Mapping[str, Money]


def feed_to_store(sales: SalesEvidence) -> list[Comparison]:
    """Leg A: raw files, stored lines, and what shows count of them."""
    found, recorded = sales.counted()
    return [
        _comparison(Leg.FEED_STORE, "rows", ("file", found), ("import", recorded), "Import the file again; its rows were miscounted."),
        _comparison(
            Leg.FEED_STORE,
            "lines",
            ("file", sales.filed()),
            ("store", sales.stored()),
            "Compare the line with its raw file and restore it.",
        ),
        _comparison(
            Leg.FEED_STORE,
            "show sales",
            ("store", sales.attributed()),
            ("show", sales.shown()),
            "Fold the show again from its stored lines.",
        ),
        _comparison(
            Leg.FEED_STORE, "refunds", ("links", sales.linked()), ("show", sales.refunded()), "Carry out the feed's last decision again."
        ),
    ]


def store_to_ledger(positions: Iterable[ContractPosition], booked: Sequence[Booked], balances: Iterable[Balance]) -> list[Comparison]:
    """Leg B: contracts recomputed against what is booked, and balances against the fold of their entries."""
    folded = {f"{account} {currency}": Money(minor, currency) for (account, currency), minor in fold(booked).items()}
    materialised = {f"{balance.account} {balance.currency}": Money(balance.minor, balance.currency) for balance in balances}
    earned, posted = _by_name(recomputed_positions(positions)), _by_name(booked_positions(booked))
    return [
        _comparison(
            Leg.STORE_LEDGER,
            "contracts",
            ("earnings", earned),
            ("ledger", posted),
            "Accrue the contract again; book what differs with a reason.",
        ),
        _comparison(Leg.STORE_LEDGER, "balances", ("entries", folded), ("balance", materialised), "Rebuild the balance from its entries."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripesWord:
    """What Stripe says at one moment: every change of the platform's balance, and every transfer."""

    transactions: tuple[BalanceTransaction, ...]
    transfers: tuple[TransferState, ...]


def ledger_to_stripe(booked: Sequence[Booked], settlements: Iterable[Settlement], word: StripesWord) -> list[Comparison]:
    """Leg C: every change of our balance at Stripe against the books, its fees, settlements against transfers, those against entries."""
    stripe = word.transactions
    at_stripe = {transaction.id: Money(transaction.net_minor, transaction.currency) for transaction in stripe}
    fees = {transaction.id: Money(transaction.fee_minor, transaction.currency) for transaction in stripe if transaction.fee_minor}
    transfers = {transfer.id: Money(transfer.amount_minor, transfer.currency) for transfer in word.transfers}
    entered = {
        transaction.source: Money(-transaction.amount_minor, transaction.currency)
        for transaction in stripe
        if transaction.type == "transfer" and transaction.source is not None
    }
    sent = {each.transfer_id: Money(each.amount_minor, each.currency) for each in settlements if each.transfer_id is not None}
    suggestion = "Look the object up at Stripe; book what is missing, or write it off by two people."
    return [
        _comparison(Leg.LEDGER_STRIPE, "balance", ("ledger", _by_fact(booked, PLATFORM_STRIPE_BALANCE)), ("Stripe", at_stripe), suggestion),
        _comparison(Leg.LEDGER_STRIPE, "fees", ("ledger", _by_fact(booked, PLATFORM_STRIPE_FEES)), ("Stripe", fees), suggestion),
        _comparison(Leg.LEDGER_STRIPE, "settlements", ("settlement", sent), ("transfer", transfers), suggestion),
        _comparison(Leg.LEDGER_STRIPE, "transfers", ("transfer", transfers), ("balance", entered), suggestion),
    ]


def _comparison(leg: Leg, kind: str, left: tuple[str, Amounts], right: tuple[str, Amounts], suggestion: str) -> Comparison:
    return Comparison(
        leg=leg, kind=kind, left=Side(name=left[0], amounts=left[1]), right=Side(name=right[0], amounts=right[1]), suggestion=suggestion
    )


def _by_name(totals: Mapping[tuple[str, str, str], int]) -> Amounts:
    """By contract and account; what adds up to nothing on one side need not exist on the other."""
    return {f"{contract_id} {account}": Money(minor, currency) for (contract_id, account, currency), minor in totals.items() if minor}


def _by_fact(booked: Iterable[Booked], account: str) -> Amounts:
    """What was posted to an account, by Stripe's balance transaction where the books name one, else by their own key.

    What was posted and taken back or written off in full stands for nothing at Stripe, so it is left out.
    """
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for transaction in booked:
        key = (transaction.facts or {}).get("balance_transaction") or transaction.key
        for posting in transaction.postings:
            if posting.account == account:
                totals[key, posting.currency] += posting.amount_minor
    return {key: Money(minor, currency) for (key, currency), minor in totals.items() if minor}

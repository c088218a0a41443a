"""Leg C: the books against Stripe, by its API and by the reports that finance brings. What must agree is decided in `rules`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from chalicelib.core.money import Amounts, Money, by_currency, entries, key_and_minor
from chalicelib.ledger.accounts import PLATFORM_STRIPE_BALANCE, PLATFORM_STRIPE_FEES
from chalicelib.ledger.rules import Booked
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.stripe_accounts import PayoutEntry
from chalicelib.payouts.stripe_port import BalanceTransaction, TransferState
from chalicelib.reconciliation.clearing import CLEARED, EXCEPTION
from chalicelib.reconciliation.records import PayeePayout, StripeReport
from chalicelib.reconciliation.rules import Comparison, Leg, Report
from chalicelib.reconciliation.sides import comparison, summed
from chalicelib.reconciliation.stripe_report import ReportRow
from chalicelib.reconciliation.stripe_reports import ReadReport
from chalicelib.reconciliation.word import TRANSFER_TYPES, StripesWord

PAYOUT = "payout"
"""What Stripe's types and categories of payouts to a bank begin with."""
ARRIVED = "payment"
"""Stripe's type of what a transfer is on the account that it goes to."""


def ledger_to_stripe(booked: Sequence[Booked], settlements: Iterable[Settlement], word: StripesWord) -> Iterator[Comparison]:
    """Leg C: every change of our balance at Stripe against the books, its fees, settlements against transfers, those against entries.

    What came back of a transfer is compared apart from what was sent: neither can hide the other.
    """
    at_stripe = summed((each.id, each.currency, each.net_minor) for each in word.transactions if each.net_minor)
    yield comparison(Leg.LEDGER_STRIPE, "balance", ("ledger", _in_books(booked, PLATFORM_STRIPE_BALANCE)), ("Stripe", at_stripe))
    fees = summed((each.id, each.currency, each.fee_minor) for each in word.transactions if each.fee_minor)
    yield comparison(Leg.LEDGER_STRIPE, "fees", ("ledger", _in_books(booked, PLATFORM_STRIPE_FEES)), ("Stripe", fees))
    taken = [(each.transfer_id, each) for each in settlements if each.transfer_id is not None]
    sent = summed(chain(_moved(taken), _cleared(booked, {transfer_id for transfer_id, _ in taken}, word)))
    transfers = summed(_moved((each.id, each) for each in word.transfers))
    yield comparison(Leg.LEDGER_STRIPE, "settlements", ("settlement", sent), ("transfer", transfers))
    entered = summed(_entered(word))
    yield comparison(Leg.LEDGER_STRIPE, "transfers", ("transfer", transfers), ("balance", entered))


def stripe_reports(reports: Sequence[ReadReport], booked: Sequence[Booked], word: StripesWord) -> Iterator[Comparison]:
    """Leg C, by Stripe's own reports: each row against Stripe's API, net and fee; against the books; and each payout's rows against it.

    A report that names its days must hold all that the API lists for them, payouts excepted: those go from Stripe to a bank, which our
    books do not hold, so a drift of theirs is one of the balance alone.
    """
    api = {each.id: each for each in word.transactions}
    ours = _each(summed(_by_fact(booked, PLATFORM_STRIPE_BALANCE)))
    rows: dict[str, Money] = {}
    listed: dict[str, Money] = {}
    known: dict[str, Money] = {}
    posted: dict[str, Money] = {}
    for each in reports:
        stated = {row.balance_transaction: row for row in each.rows}
        expected = stated.keys() | {transaction.id for transaction in word.transactions if _is_claimed(each.report, transaction)}
        suffix = f" in {each.report.report_id}"
        rows |= {key + suffix: money for row in stated.values() for key, money in _net_and_fee(row.balance_transaction, row.net, row.fee)}
        listed |= {key + suffix: money for name in expected & api.keys() for key, money in _api_net_and_fee(api[name])}
        names = {name for name in expected if not _is_payout(stated.get(name), api.get(name))}
        known |= {name + suffix: stated[name].net for name in names & stated.keys() if stated[name].net.minor}
        posted |= {name + suffix: ours[name] for name in names & ours.keys()}
    yield comparison(Leg.LEDGER_STRIPE, "report", ("report", _amounts(rows)), ("Stripe", _amounts(listed)))
    yield comparison(Leg.LEDGER_STRIPE, "report and ledger", ("report", _amounts(known)), ("ledger", _amounts(posted)))
    paid, parts = _payouts(reports, word)
    yield comparison(Leg.LEDGER_STRIPE, "report payouts", ("report", parts), ("payout", paid))


def payee_payouts(payouts: Sequence[PayeePayout], word: StripesWord) -> Iterator[Comparison]:
    """Leg C, on the payees' side: each automatic payout is the sum of what it is made of, and each transfer in it arrived as it was sent.

    What Stripe converted into the account's own currency cannot be compared with what was sent, and is left to the sum.
    """
    paid = summed((each.payout_id, each.currency, each.amount_minor) for each in payouts)
    parts = summed((each.payout_id, entry.currency, entry.net_minor) for each in payouts for entry in each.entries)
    yield comparison(Leg.LEDGER_STRIPE, "payee payouts", ("payout", paid), ("entries", parts))
    transfers = {each.id: Money(each.amount_minor, each.currency) for each in word.transfers}
    arrived = summed(
        (entry.transfer or entry.balance_transaction, entry.currency, entry.net_minor)
        for each in payouts
        for entry in each.entries
        if entry.type == ARRIVED and _in_same_currency(entry, transfers.get(entry.transfer or ""))
    )
    sent = {key: transfers[key] for key in _each(arrived) if key in transfers}
    yield comparison(Leg.LEDGER_STRIPE, "payee transfers", ("transfer", _amounts(sent)), ("payee", arrived))


def drifting_transfers(report: Report, word: StripesWord) -> set[str]:
    """Transfers of which settlement, books and Stripe's balance do not all say the same; those that Stripe does not list are among them."""
    drifting = {drift.key for drift in report.exceptions if drift.leg is Leg.LEDGER_STRIPE}
    names = {each.id: {each.id, each.balance_transaction, came_back(each.id)} for each in word.transfers}
    for transfer_id, reversals in word.reversals.items():
        names[transfer_id] |= {each.balance_transaction for each in reversals}
    return drifting | {transfer_id for transfer_id, keys in names.items() if keys & drifting}


def came_back(transfer_id: str) -> str:
    """The key of what was reversed of a transfer."""
    return f"{transfer_id} reversed"


def _moved(each_by_transfer: Iterable[tuple[str, Settlement | TransferState]]) -> Iterator[tuple[str, str, int]]:
    """What was sent, and apart from it what came back."""
    for transfer_id, each in each_by_transfer:
        yield transfer_id, each.currency, each.amount_minor
        if each.reversed_minor:
            yield came_back(transfer_id), each.currency, -each.reversed_minor


def _entered(word: StripesWord) -> Iterator[tuple[str, str, int]]:
    """What Stripe's balance was charged for transfers, and what came back into it."""
    for each, key in _of_transfers(word):
        yield key, each.currency, -each.amount_minor


def _of_transfers(word: StripesWord) -> Iterator[tuple[BalanceTransaction, str]]:
    """Stripe's entries for transfers, each with the key of what was sent, or of what came back."""
    back = {each.balance_transaction: came_back(transfer_id) for transfer_id, reversals in word.reversals.items() for each in reversals}
    for each in word.transactions:
        if each.type in TRANSFER_TYPES:
            yield each, back.get(each.id, each.source or each.id)


def _cleared(booked: Iterable[Booked], taken: Collection[str], word: StripesWord) -> Iterator[tuple[str, str, int]]:
    """What people have booked of transfers that no settlement knows: the books know those by such entries and by nothing else."""
    moved = {each.id: key for each, key in _of_transfers(word) if key.removesuffix(came_back("")) not in taken}
    for transaction in booked:
        facts = transaction.facts or {}
        if EXCEPTION in facts and (key := moved.get(facts.get("balance_transaction", ""))) is not None:
            for posting in transaction.postings:
                if posting.account == PLATFORM_STRIPE_BALANCE:
                    yield key, posting.currency, -posting.amount_minor


def _in_same_currency(entry: PayoutEntry, transfer: Money | None) -> bool:
    return transfer is None or transfer.currency == entry.currency


def _is_claimed(report: StripeReport, transaction: BalanceTransaction) -> bool:
    """Whether a report says that it has this one: it was created on a day that the report holds in full, and is no payout."""
    if report.first_day is None or report.last_day is None or transaction.type.startswith(PAYOUT):
        return False
    return report.first_day <= datetime.fromtimestamp(transaction.created, UTC).date() <= report.last_day


def _net_and_fee(name: str, net: Money, fee: Money) -> Iterator[tuple[str, Money]]:
    yield name, net
    if fee.minor:
        yield f"{name} fee", fee


def _api_net_and_fee(each: BalanceTransaction) -> Iterator[tuple[str, Money]]:
    return _net_and_fee(each.id, Money(each.net_minor, each.currency), Money(each.fee_minor, each.currency))


def _is_payout(row: ReportRow | None, transaction: BalanceTransaction | None) -> bool:
    """Whether either of them says that it is one."""
    return (row is not None and row.category.startswith(PAYOUT)) or (transaction is not None and transaction.type.startswith(PAYOUT))


def _payouts(reports: Iterable[ReadReport], word: StripesWord) -> tuple[Amounts, Amounts]:
    """Each automatic payout that a report itemises: what Stripe paid out, and what the report's rows of it add up to."""
    made = {each.source: Money(-each.net_minor, each.currency) for each in word.transactions if each.type == PAYOUT and each.source}
    parts = summed(
        (f"{row.payout} in {each.report.report_id}", row.net.currency, row.net.minor)
        for each in reports
        for row in each.rows
        if row.payout and not row.category.startswith(PAYOUT)
    )
    return _amounts({key: made[payout] for key in _each(parts) if (payout := key.split(" ")[0]) in made}), parts


def _in_books(booked: Iterable[Booked], account: str) -> Amounts:
    """The same as a side: an amount in the wrong currency keeps its key, so that an entry about it can meet it."""
    amounts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for key, currency, minor in _by_fact(booked, account):
        amounts[currency][key] = minor
    return {currency: entries(minor_by_key) for currency, minor_by_key in amounts.items()}


def _by_fact(booked: Iterable[Booked], account: str) -> Iterator[tuple[str, str, int]]:
    """What was posted to an account, by Stripe's balance transaction where the books name one, else by their own key, and by currency.

    What was posted and taken back or written off in full stands for nothing at Stripe, so it is left out; and so is what people said a
    drift of another account is.
    """
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for transaction in booked:
        facts = transaction.facts or {}
        for posting in transaction.postings:
            if posting.account == account and facts.get(CLEARED, account) == account:
                totals[facts.get("balance_transaction") or transaction.key, posting.currency] += posting.amount_minor
    yield from ((key, currency, minor) for (key, currency), minor in totals.items() if minor)


def _each(amounts: Amounts) -> dict[str, Money]:
    said = ((currency, key_and_minor(entry)) for currency, of_currency in amounts.items() for entry in of_currency)
    return {key: Money(minor, currency) for currency, (key, minor) in said}


def _amounts(each: Mapping[str, Money]) -> Amounts:
    return by_currency((key, money.currency, money.minor) for key, money in each.items())

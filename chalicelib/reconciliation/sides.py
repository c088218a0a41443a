"""The sides of all comparisons, gathered from the features that know them. What must agree is decided in `rules`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from chalicelib.core.money import Amounts, by_currency, entries
from chalicelib.ledger.audit import ContractPosition, booked_positions, recomputed_positions
from chalicelib.ledger.rules import Balance, Booked, fold
from chalicelib.payouts.earnings import Statement
from chalicelib.reconciliation.advice import ADVICE
from chalicelib.reconciliation.rules import COUNT, Comparison, Leg, Side
from chalicelib.sales.evidence import SalesEvidence


def feed_to_store(sales: SalesEvidence) -> Iterator[Comparison]:
    """Leg A: raw files, stored lines, and what shows count of them. Each comparison is gathered when it is asked for: they are large."""
    taken, kept = sales.hashes()
    yield comparison(Leg.FEED_STORE, "files", ("import", {COUNT: entries(taken)}), ("kept file", {COUNT: entries(kept)}))
    found, recorded = sales.counted()
    yield comparison(Leg.FEED_STORE, "rows", ("file", {COUNT: entries(found)}), ("import", {COUNT: entries(recorded)}))
    yield comparison(Leg.FEED_STORE, "lines", ("file", sales.filed()), ("store", sales.stored()))
    yield comparison(Leg.FEED_STORE, "show sales", ("store", sales.attributed()), ("show", sales.shown()))
    yield comparison(Leg.FEED_STORE, "refunds", ("links", sales.linked()), ("show", sales.refunded()))


def store_to_ledger(positions: Iterable[ContractPosition], booked: Sequence[Booked], balances: Iterable[Balance]) -> Iterator[Comparison]:
    """Leg B: contracts recomputed against what is booked, and balances against the fold of their entries."""
    earned, posted = _by_name(recomputed_positions(positions)), _by_name(booked_positions(booked))
    yield comparison(Leg.STORE_LEDGER, "contracts", ("earnings", earned), ("ledger", posted))
    folded, materialised = _balances(fold(booked).items()), _balances(((each.account, each.currency), each.minor) for each in balances)
    yield comparison(Leg.STORE_LEDGER, "balances", ("entries", folded), ("balance", materialised))


def components(recomputed: Mapping[str, Statement], kept: Mapping[str, Statement]) -> Comparison:
    """Leg B, finer: each component of each show as computed anew, against the statement that the last accrual booked."""
    return comparison(Leg.STORE_LEDGER, "components", ("earnings", summed(_rows(recomputed))), ("statement", summed(_rows(kept))))


def comparison(leg: Leg, kind: str, left: tuple[str, Amounts], right: tuple[str, Amounts]) -> Comparison:
    """Two sides with the advice for their kind."""
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


def _rows(statements: Mapping[str, Statement]) -> Iterator[tuple[str, str, int]]:
    for contract_id, statement in statements.items():
        for row in statement.rows:
            name = f"{contract_id} {row.show_id} {row.component}"
            yield f"{name} earned", statement.currency, row.amount_minor
            yield f"{name} matured", statement.currency, row.matured_minor


def _balances(sums: Iterable[tuple[tuple[str, str], int]]) -> Amounts:
    return by_currency((f"{account} {currency}", currency, minor) for (account, currency), minor in sums)


def _by_name(totals: Mapping[tuple[str, str, str], int]) -> Amounts:
    """By contract and account; what adds up to nothing on one side need not exist on the other."""
    return summed((f"{contract_id} {account}", currency, minor) for (contract_id, account, currency), minor in totals.items() if minor)


def summed(amounts_by_key: Iterable[tuple[str, str, int]]) -> Amounts:
    """What is said of the same key added up, so that none hides another; where a key has several currencies each has its own key."""
    totals: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, currency, minor in amounts_by_key:
        totals[currency][key] += minor
    shared = {key for one, other in combinations(totals.values(), 2) for key in one.keys() & other.keys()}
    for currency, amounts in totals.items():
        for key in shared & amounts.keys():
            amounts[f"{key} {currency}"] = amounts.pop(key)
    return {currency: entries(amounts) for currency, amounts in totals.items()}

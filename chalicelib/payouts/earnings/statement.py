"""Earnings as a pure function: terms, facts and buckets in, a statement out whose rows a person can recompute by hand.

The order: commission of each rule -> cap -> flat fee due -> give-back of the sales guarantee -> floor top-up -> bonuses ->
platform fee if taken, on that sum -> splits of the rest -> tax. What a cancellation costs is between the two parties: it is
added to the host's share after fee and splits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.contracts.terms import FeeMode, Terms
from chalicelib.core.money import BASIS_POINTS_OF_ONE, allocate, round_half_away, share_of
from chalicelib.payouts.earnings.amounts import NOTHING, Amount, Row, ShowSales, major, percent, sales_of
from chalicelib.payouts.earnings.buckets import Bucket
from chalicelib.payouts.earnings.commission import cap_rows, commission_rows
from chalicelib.payouts.earnings.facts import ShowFacts, as_ruled, in_order, is_frozen, is_signed, returns_closed
from chalicelib.payouts.earnings.fees import agreed_fees, cancellation_row, fee_row
from chalicelib.payouts.earnings.promises import bonus_rows, floor_rows, give_back_rows, return_rate_basis_points

ON_TOP = "platform_fee_on_top"
TAKEN = "platform_fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payee has of a show, in minor units."""

    payee_id: str
    earned_minor: int
    matured_minor: int

    @property
    def amount(self) -> Amount:
        """Earned, matured, and with them what is pending."""
        return Amount(earned_minor=self.earned_minor, matured_minor=self.matured_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """VAT on a document of the contract, rounded once on its whole base: ``platform_fee`` or ``host_invoice``."""

    document: str
    rate_basis_points: int
    base: Amount
    tax: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatement:
    """A show's rows and who gets what of them. The shares add up to the rows that are not paid on top by the brand."""

    show_id: str
    terms_version: int
    rows: tuple[Row, ...]
    shares: tuple[Share, ...]
    platform_fee: Amount
    platform_fee_mode: FeeMode
    invoiced: Amount
    """The host's own share before a cancellation: what the host's self-billed invoice is made out for."""
    net_sales_minor: int
    units_sold: int
    units_returned: int
    returns_closed: bool
    disputed: bool

    @property
    def payees(self) -> Amount:
        """What all payees together have of the show."""
        return _sum(row.amount for row in self.rows if row.component != ON_TOP)

    @property
    def return_rate_basis_points(self) -> int:
        """Units returned of units sold."""
        return return_rate_basis_points(self.units_returned, self.units_sold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a contract has earned by `as_of`, show by show in the order of scheduled start."""

    contract_id: str
    currency: str
    as_of: datetime
    shows: tuple[ShowStatement, ...]
    tax: tuple[TaxLine, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order."""
        return tuple(row for show in self.shows for row in show.rows)

    @property
    def payees(self) -> Amount:
        """What all payees together have."""
        return _sum(show.payees for show in self.shows)

    @property
    def platform_fee(self) -> Amount:
        """The marketplace's fee over all shows, whoever pays it."""
        return _sum(show.platform_fee for show in self.shows)

    def component(self, name: str) -> Amount:
        """One component over all shows."""
        return _sum(row.amount for row in self.rows if row.component == name)

    def payee(self, payee_id: str) -> Amount:
        """What one payee has over all shows."""
        return _sum(share.amount for show in self.shows for share in show.shares if share.payee_id == payee_id)


def earnings(
    contract_id: str, terms: Terms, shows: Iterable[ShowFacts], buckets: Iterable[Bucket], as_of: datetime, *, host_id: str
) -> Statement:
    """The statement of a contract at `as_of`.

    `terms` is any version (currency is one for all); each show carries the version it belongs to. `buckets` are those folded
    for `as_of`. Shows whose booking is not signed at `as_of` are not in the statement. `host_id` is the host's payee id.
    Raises `ValueError` for buckets of another contract and where one key stands for two different facts.
    """
    signed = [as_ruled(show, as_of) for show in in_order(shows) if is_signed(show, as_of)]
    by_show = _by_show(contract_id, buckets)
    sales = [sales_of(show, by_show.get(show.show_id, ()), as_of) for show in signed]
    agreed = agreed_fees(signed, as_of)
    fees = {show.facts.show_id: fee_row(show.facts, agreed[show.facts.show_id], as_of) for show in sales}
    due = {show_id: row.amount_minor for show_id, row in fees.items() if row is not None}
    give_backs = give_back_rows(sales, due, as_of)
    rows: dict[str, list[Row]] = {}
    for era in _eras(sales):
        rows.update(_rows_of_era(era, fees, give_backs, due, as_of))
    statements = tuple(_show_statement(show, rows[show.facts.show_id], agreed, as_of, host_id) for show in sales)
    return Statement(contract_id=contract_id, currency=terms.currency, as_of=as_of, shows=statements, tax=_tax_lines(signed, statements))


def line_shares(amount_minor: int, weights: Mapping[str, int]) -> dict[str, int]:
    """A rounded component divided over its sale lines, by line id: largest remainder, ties by id, nothing lost.

    `weights` is what each line counts for (its kept base, or its amount per line). Raises `ValueError` without lines.
    """
    lines = sorted(weights)
    return dict(zip(lines, allocate(amount_minor, [max(0, weights[line]) for line in lines]), strict=True))


def split(amount_minor: int, terms: Terms, host_id: str) -> dict[str, int]:
    """An amount over agencies and host: largest remainder, ties by payee id, the host last."""
    agencies = sorted(terms.splits, key=lambda entry: entry.payee_id)
    weights = [entry.share_basis_points for entry in agencies]
    payees = [*(entry.payee_id for entry in agencies), host_id]
    return dict(zip(payees, allocate(amount_minor, [*weights, BASIS_POINTS_OF_ONE - sum(weights)]), strict=True))


def _by_show(contract_id: str, buckets: Iterable[Bucket]) -> dict[str, list[Bucket]]:
    once: dict[tuple[object, ...], Bucket] = {}
    for bucket in buckets:
        key = (bucket.show_id, bucket.rule_id, bucket.order_day)
        if bucket.contract_id != contract_id or once.setdefault(key, bucket) != bucket:
            message = f"bucket {key} is of another contract, or there are two different ones"
            raise ValueError(message)
    by_show: dict[str, list[Bucket]] = {}
    for bucket in once.values():
        by_show.setdefault(bucket.show_id, []).append(bucket)
    return by_show


def _eras(sales: Iterable[ShowSales]) -> Iterator[list[ShowSales]]:
    """Shows that accumulate together: an amendment that says `reset` begins a new era."""
    eras: dict[int, list[ShowSales]] = {}
    for show in sales:
        eras.setdefault(show.facts.terms.totals_from_version, []).append(show)
    yield from eras.values()


def _rows_of_era(
    era: Sequence[ShowSales], fees: Mapping[str, Row | None], give_backs: Mapping[str, Row], due: Mapping[str, int], as_of: datetime
) -> dict[str, list[Row]]:
    """The rows of each show before platform fee and cancellation, by show id."""
    commissions = commission_rows(era)
    caps = cap_rows(era, commissions)
    rows = {
        show.facts.show_id: [*of_rules, *([] if cap is None else [cap])] for show, of_rules, cap in zip(era, commissions, caps, strict=True)
    }
    after_cap = {show_id: _sum(row.amount for row in of_show) for show_id, of_show in rows.items()}
    floors = floor_rows(era, due, after_cap, as_of)
    for show, bonuses in zip(era, bonus_rows(era), strict=True):
        show_id = show.facts.show_id
        promised = (fees[show_id], give_backs.get(show_id), floors.get(show_id), *bonuses)
        rows[show_id].extend(row for row in promised if row is not None)
    return rows


def _show_statement(show: ShowSales, rows: Sequence[Row], agreed: Mapping[str, int], as_of: datetime, host_id: str) -> ShowStatement:
    facts, total = show.facts, show.total
    gross = _sum(row.amount for row in rows)
    fee = _fee_row(facts, gross)
    taken = facts.terms.platform_fee.mode is FeeMode.TAKEN
    rest = gross + fee.amount if taken else gross
    cancelled = cancellation_row(facts, agreed[facts.show_id], as_of)
    shares = _shares(rest, NOTHING if cancelled is None else cancelled.amount, facts.terms, host_id)
    host = shares[-1].amount
    return ShowStatement(
        show_id=facts.show_id,
        terms_version=facts.terms_version,
        rows=(*rows, fee, *([] if cancelled is None else [cancelled])),
        shares=shares,
        platform_fee=-fee.amount if taken else fee.amount,
        platform_fee_mode=facts.terms.platform_fee.mode,
        invoiced=host if cancelled is None else host + -cancelled.amount,
        net_sales_minor=total.base_kept_minor,
        units_sold=total.units_sold,
        units_returned=total.units_returned,
        returns_closed=returns_closed(facts, as_of),
        disputed=is_frozen(facts, as_of),
    )


def _fee_row(show: ShowFacts, gross: Amount) -> Row:
    """The platform fee on a show's sum, rounded per show: taken from the earnings (negative) or paid on top by the brand."""
    rate, currency = show.terms.platform_fee.rate_basis_points, show.terms.currency
    fee = _share(gross, rate)
    taken = show.terms.platform_fee.mode is FeeMode.TAKEN
    amount = -fee if taken else fee
    return Row(
        component=TAKEN if taken else ON_TOP,
        show_id=show.show_id,
        formula=f"{'-' if taken else ''}round({percent(rate)} x {major(gross.earned_minor, currency)})",
        inputs={"rate_basis_points": rate, "sum_minor": gross.earned_minor},
        amount_minor=amount.earned_minor,
        matured_minor=amount.matured_minor,
    )


def _shares(rest: Amount, cancellation: Amount, terms: Terms, host_id: str) -> tuple[Share, ...]:
    earned = split(rest.earned_minor, terms, host_id)
    matured = split(rest.matured_minor, terms, host_id)
    earned[host_id] += cancellation.earned_minor
    matured[host_id] += cancellation.matured_minor
    return tuple(Share(payee_id=payee, earned_minor=earned[payee], matured_minor=matured[payee]) for payee in earned)


def _tax_lines(shows: Sequence[ShowFacts], statements: Sequence[ShowStatement]) -> tuple[TaxLine, ...]:
    """One line per document and rate; versions of the terms may differ in their rates."""
    bases: dict[tuple[str, int], Amount] = {}
    for show, statement in zip(shows, statements, strict=True):
        tax = show.terms.tax
        for key, base in (
            (("platform_fee", tax.platform_fee_basis_points), statement.platform_fee),
            (("host_invoice", tax.host_invoice_basis_points), statement.invoiced),
        ):
            bases[key] = bases.get(key, NOTHING) + base
    return tuple(
        TaxLine(document=document, rate_basis_points=rate, base=base, tax=_share(base, rate))
        for (document, rate), base in sorted(bases.items())
        if rate
    )


def _share(amount: Amount, basis_points: int) -> Amount:
    return Amount(
        earned_minor=round_half_away(share_of(amount.earned_minor, basis_points)),
        matured_minor=round_half_away(share_of(amount.matured_minor, basis_points)),
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, start=NOTHING)

"""The statement: for each show every component, earned and matured, the platform fee and the shares; the order is that of the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from tests.model.commission import Function, capped, gross, kept_part, least, on_kept
from tests.model.history import History, Kept, Show, became, known
from tests.model.promises import Scene, flat_due, give_back, owed_on_cancellation, top_up
from tests.model.rounding import ALL_BP, rounded, shared
from tests.model.terms import Bonus, Rule

HOST = "host"

Pair = tuple[int, int]
"""Earned and matured, minor units."""


@dataclass(frozen=True)
class ShowStatement:
    """One show: rows by name, the fee on them, the shares of the rest, and what a cancellation adds to the host's."""

    rows: dict[str, Pair]
    platform_fee: Pair
    shares: dict[str, Pair]
    cancellation: int
    frozen: bool
    """Whether the shares rest because of a dispute."""
    closed: bool
    """Whether returns are closed."""
    sold: tuple[int, int, int]
    """Net sales, units sold, units returned."""

    def total(self) -> Pair:
        """What all payees have."""
        return sum(share[0] for share in self.shares.values()), sum(share[1] for share in self.shares.values())

    def invoiced(self) -> Pair:
        """The host's own share, which the self-billed invoice is about."""
        return self.shares[HOST][0] - self.cancellation, self.shares[HOST][1] - self.cancellation


@dataclass(frozen=True)
class Statement:
    """All shows by id, and the tax by document and rate on what all of them say."""

    shows: dict[str, ShowStatement]
    tax: dict[tuple[str, int], Pair]


def _difference(scene: Scene, show: Show, function: Function, rule: str | None = None) -> Pair:
    """R(f(shows 1..k)) - R(f(shows 1..k-1)), earned and matured."""
    upto = scene.upto(show)
    earned, matured = least(function, scene.of(upto, rule))
    earned_before, matured_before = least(function, scene.of(upto[:-1], rule))
    return earned - earned_before, matured - matured_before


def _proportional(shows: Sequence[Show], rule: Rule, lines: Sequence[Kept]) -> int:
    """The shows one after another: the gross difference of each x its own kept / sold, on the gross of those before it."""
    total, before = 0, Fraction(0)
    seen: list[Kept] = []
    for show in shows:
        own = [line for line in lines if line.show == show.id]
        seen += own
        after = gross(rule, seen)
        total += rounded(before + (after - before) * kept_part(own)) - rounded(before)
        before = after
    return total


def _proportional_row(scene: Scene, show: Show, rule: Rule) -> Pair:
    shows = scene.upto(show) if rule.over == "contract" else [show]
    lines = scene.of(shows, rule.id)
    earned, matured = least(lambda some: _proportional(shows, rule, some), lines)
    earned_before, matured_before = least(lambda some: _proportional(shows[:-1], rule, some), lines)
    return earned - earned_before, matured - matured_before


def commission_row(scene: Scene, show: Show, rule: Rule) -> Pair:
    """What one rule earns for one show."""
    if scene.terms(show).refund_policy == "proportional":
        return _proportional_row(scene, show, rule)
    if rule.over == "contract":
        return _difference(scene, show, lambda lines: on_kept(rule, lines), rule.id)
    return least(lambda lines: on_kept(rule, lines), scene.of([show], rule.id))


def _commission(scene: Scene, show: Show) -> Pair:
    """The sum of the rules, before the cap."""
    rows = [commission_row(scene, show, rule) for rule in scene.terms(show).rules]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def _cap_row(scene: Scene, show: Show) -> Pair:
    cap = scene.terms(show).cap
    if cap is None:
        return 0, 0
    upto = scene.upto(show) if cap.over == "contract" else [show]
    sums = [_commission(scene, other) for other in upto]

    def cut(which: int) -> int:
        before = sum(amounts[which] for amounts in sums[:-1])
        through = before + sums[-1][which]
        return (capped(through, cap) - through) - (capped(before, cap) - before)

    return cut(0), cut(1)


def after_cap(scene: Scene, show: Show) -> Pair:
    """Commission after the cap."""
    commission, cap = _commission(scene, show), _cap_row(scene, show)
    return commission[0] + cap[0], commission[1] + cap[1]


def _bonus_row(scene: Scene, show: Show, bonus: Bonus) -> Pair:
    def reached(lines: Sequence[Kept]) -> int:
        return bonus.amount if sum(line.kept for line in lines) >= bonus.at else 0

    if bonus.over == "contract":
        return _difference(scene, show, reached)
    return least(reached, scene.of([show]))


def _top_up_row(scene: Scene, show: Show) -> Pair:
    if scene.terms(show).floor is None:
        return 0, 0
    commission = {other.id: after_cap(scene, other) for other in scene.shows()}
    everything, matured = (top_up(scene, show, {id_: pair[which] for id_, pair in commission.items()}) for which in (0, 1))
    return everything, min(everything, matured)


def rows_of(scene: Scene, show: Show) -> dict[str, Pair]:
    """Every component of a show in the order of the text, up to what the platform fee is taken on."""
    terms = scene.terms(show)
    due, back = flat_due(scene, show), give_back(scene, show)
    rows = {f"rule {rule.id}": commission_row(scene, show, rule) for rule in terms.rules}
    rows["cap"] = _cap_row(scene, show)
    rows["flat fee"] = due, due
    rows["give-back"] = back, back
    rows["floor"] = _top_up_row(scene, show)
    return rows | {f"bonus {bonus.id}": _bonus_row(scene, show, bonus) for bonus in terms.bonuses}


def _show_statement(scene: Scene, show: Show) -> ShowStatement:
    terms = scene.terms(show)
    rows = rows_of(scene, show)
    totals = sum(row[0] for row in rows.values()), sum(row[1] for row in rows.values())
    fee_bp = terms.platform_fee.rate_bp if terms.platform_fee else 0
    fees = rounded(Fraction(totals[0] * fee_bp, ALL_BP)), rounded(Fraction(totals[1] * fee_bp, ALL_BP))
    taken = terms.platform_fee is not None and terms.platform_fee.bearer == "taken"
    agencies = sorted(terms.splits)
    weights = [bp for _, bp in agencies]
    weights.append(ALL_BP - sum(weights))
    earned, matured = (shared(total - (fee if taken else 0), weights) for total, fee in zip(totals, fees, strict=True))
    shares = dict(zip([*(payee for payee, _ in agencies), HOST], zip(earned, matured, strict=True), strict=True))
    owed = owed_on_cancellation(scene, show)
    shares[HOST] = shares[HOST][0] + owed, shares[HOST][1] + owed
    lines = scene.of([show])
    sold = sum(line.kept for line in lines), sum(line.units_sold for line in lines), sum(line.units_returned for line in lines)
    return ShowStatement(rows, fees, shares, owed, scene.disputed(show), scene.closed(show), sold)


def earnings(history: History, as_of: datetime) -> Statement:
    """What is earned and matured at an instant, from everything that occurred and was recorded by then."""
    scene = Scene(history, as_of, tuple(known(history.facts, as_of)), tuple(became(history, as_of)))
    shows = {show.id: _show_statement(scene, show) for show in scene.shows()}
    bases: dict[tuple[str, int], list[Pair]] = {}
    for show in scene.shows():
        terms, stated = scene.terms(show), shows[show.id]
        for key, base in (
            (("platform_fee", terms.vat_on_fee_bp), stated.platform_fee),
            (("host_invoice", terms.vat_on_invoice_bp), stated.invoiced()),
        ):
            bases.setdefault(key, []).append(base)
    return Statement(shows, {key: (_tax(bases[key], key[1], 0), _tax(bases[key], key[1], 1)) for key in bases if key[1]})


def _tax(bases: Sequence[Pair], rate_bp: int, which: int) -> int:
    """Rounded once on what all shows have together."""
    return rounded(Fraction(sum(base[which] for base in bases) * rate_bp, ALL_BP))

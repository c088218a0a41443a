"""The statement: for each show every component, earned and matured, the platform fee and the shares; the order is that of the text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from tests.model.commission import ALL_BP, Function, capped, gross, in_proportion, least, on_kept, rounded, shared
from tests.model.history import History, Kept, Show, became
from tests.model.promises import Scene, flat_due, give_back, top_up
from tests.model.terms import Bonus, Rule

HOST = "host"

Pair = tuple[int, int]
"""Earned and matured, minor units."""


@dataclass(frozen=True)
class ShowStatement:
    """One show: rows by name, then the fee, the shares and what is pending."""

    rows: dict[str, Pair]
    platform_fee: Pair
    shares: dict[str, Pair]

    def total(self) -> Pair:
        """The rows together."""
        return sum(row[0] for row in self.rows.values()), sum(row[1] for row in self.rows.values())

    def pending(self) -> dict[str, int]:
        """Of each payee, earned less matured."""
        return {payee: earned - matured for payee, (earned, matured) in self.shares.items()}


@dataclass(frozen=True)
class Statement:
    """All shows by id, and the tax on the document of all of them."""

    shows: dict[str, ShowStatement] = field(default_factory=dict)
    vat_on_fee: int = 0
    vat_on_invoice: int = 0


def _difference(scene: Scene, show: Show, function: Function, rule: str | None = None) -> Pair:
    """R(f(shows 1..k)) - R(f(shows 1..k-1)), earned and matured."""
    upto = scene.upto(show)
    earned, matured = least(function, scene.of(upto, rule))
    earned_before, matured_before = least(function, scene.of(upto[:-1], rule))
    return earned - earned_before, matured - matured_before


def _proportional(scene: Scene, show: Show, rule: Rule, lines: Sequence[Kept]) -> int:
    """One show's gross commission, or difference of gross commissions, x its own kept / sold, among these lines only."""
    own = [line for line in lines if line.show == show.id and line.rule == rule.id]
    if rule.over == "show":
        return in_proportion(gross(rule, own), own)
    upto = {other.id for other in scene.upto(show)}
    through = [line for line in lines if line.show in upto and line.rule == rule.id]
    before = [line for line in through if line.show != show.id]
    return in_proportion(Fraction(rounded(gross(rule, through)) - rounded(gross(rule, before))), own)


def _proportional_row(scene: Scene, show: Show, rule: Rule) -> Pair:
    def through(shows: Sequence[Show], lines: Sequence[Kept]) -> int:
        amounts = [_proportional(scene, other, mine, lines) for other in shows for mine in scene.terms(other).rules if mine.id == rule.id]
        return sum(amounts)

    shows = scene.upto(show) if rule.over == "contract" else [show]
    earned, matured = least(lambda lines: through(shows, lines), scene.lines)
    earned_before, matured_before = least(lambda lines: through(shows[:-1], lines), scene.lines)
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


def _matured_only(scene: Scene) -> list[Kept]:
    return [line for line in scene.lines if line.matured]


def _least_of(function: Callable[[int], int]) -> Pair:
    everything = function(0)
    return everything, min(everything, function(1))


def _top_up_row(scene: Scene, show: Show) -> Pair:
    commission = {other.id: after_cap(scene, other) for other in scene.shows()}
    return _least_of(lambda which: top_up(scene, show, {id_: pair[which] for id_, pair in commission.items()}))


def rows_of(scene: Scene, show: Show) -> dict[str, Pair]:
    """Every component of a show in the order of the text, up to what the platform fee is taken on."""
    terms = scene.terms(show)
    lines = (list(scene.lines), _matured_only(scene))
    due = flat_due(scene, show)
    rows = {f"rule {rule.id}": commission_row(scene, show, rule) for rule in terms.rules}
    rows["cap"] = _cap_row(scene, show)
    rows["flat fee"] = due, due
    rows["give-back"] = _least_of(lambda which: give_back(scene, show, lines[which]))
    rows["floor"] = _top_up_row(scene, show)
    bonuses = [_bonus_row(scene, show, bonus) for bonus in terms.bonuses]
    rows["bonuses"] = sum(row[0] for row in bonuses), sum(row[1] for row in bonuses)
    return rows


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
    payees = [*(payee for payee, _ in agencies), HOST]
    return ShowStatement(rows, fees, dict(zip(payees, zip(earned, matured, strict=True), strict=True)))


def earnings(history: History, as_of: datetime) -> Statement:
    """What is earned, matured and pending at an instant, from everything that occurred and was recorded by then."""
    scene = Scene(history, as_of, tuple(became(history, as_of)))
    shows = {show.id: _show_statement(scene, show) for show in scene.shows()}
    if not shows:
        return Statement()
    terms = scene.terms(scene.shows()[-1])
    fee = sum(show.platform_fee[0] for show in shows.values())
    own = sum(show.shares[HOST][0] for show in shows.values())
    return Statement(shows, rounded(Fraction(fee * terms.vat_on_fee_bp, ALL_BP)), rounded(Fraction(own * terms.vat_on_invoice_bp, ALL_BP)))

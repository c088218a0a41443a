"""The promises about results: the host's sales guarantee, the brand's pay floor, and bonuses at milestones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import accumulate

from chalicelib.contracts.terms import Bonus, OverCeiling, SalesGuarantee, Scope
from chalicelib.core.money import BASIS_POINTS_OF_ONE, allocate, round_half_away
from chalicelib.payouts.earnings.amounts import NOTHING, Amount, Row, ShowSales, added, differences, major
from chalicelib.payouts.earnings.facts import Party, ShowFacts, day_has_ended, end_day, is_cancelled, is_completed, returns_closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The result of a sales guarantee: net sales and return rate against what was promised, and the fee given back."""

    closed: bool
    net_sales_minor: int
    units_sold: int
    units_returned: int
    over_ceiling: bool
    make_ups_missing: int
    fee_minor: int
    give_back_minor: int
    formula: str


def return_rate_basis_points(units_returned: int, units_sold: int) -> int:
    """Returned / sold by units, rounded to basis points; 0 without sales."""
    return round_half_away(Fraction(units_returned * BASIS_POINTS_OF_ONE, units_sold)) if units_sold else 0


def give_back_rows(shows: Sequence[ShowSales], flat_due: Mapping[str, int], as_of: datetime) -> dict[str, Row]:
    """The give-back of the sales guarantee (0 or less) by show id, for the ordinary shows of a contract that have one."""
    rows: dict[str, Row] = {}
    for guarantee, group in (each for together in _together(shows) for each in _guarantees(together, as_of)):
        payers = _ordinary(group, as_of)
        dues = [flat_due.get(show.facts.show_id, 0) for show in payers]
        tested = result_of(guarantee, group, sum(dues), as_of)
        for show, due, back in zip(payers, dues, allocate(tested.give_back_minor, dues), strict=True):
            rows[show.facts.show_id] = _give_back_row(show.facts, guarantee, tested, due, back)
    return rows


def result_of(guarantee: SalesGuarantee, group: Sequence[ShowSales], fee_minor: int, as_of: datetime) -> Tested:
    """Tests a guarantee over the shows in its scope, make-up shows included. Before the time of the test nothing is given back."""
    total = added(show.total for show in group)
    net = max(0, total.base_kept_minor)
    ceiling = guarantee.return_rate_ceiling_basis_points
    over = ceiling is not None and total.units_returned * BASIS_POINTS_OF_ONE > ceiling * total.units_sold
    closed, missing = _closed_and_missing(guarantee, group, as_of)
    short = net < guarantee.net_sales_minor
    void = over and guarantee.over_ceiling is OverCeiling.VOID_FEE
    owed_again = short or (over and guarantee.over_ceiling is OverCeiling.MAKE_UP)
    back, formula = 0, "0"
    currency = group[0].facts.terms.currency
    if closed and (void or (missing and owed_again)):
        back, formula = fee_minor, major(fee_minor, currency)
    elif closed and short:
        back = round_half_away(fee_minor * (1 - Fraction(net, guarantee.net_sales_minor)))
        promised = major(guarantee.net_sales_minor, currency)
        formula = f"round({major(fee_minor, currency)} x (1 - {major(net, currency)} / {promised}))"
    return Tested(
        closed=closed,
        net_sales_minor=net,
        units_sold=total.units_sold,
        units_returned=total.units_returned,
        over_ceiling=over,
        make_ups_missing=missing,
        fee_minor=fee_minor,
        give_back_minor=back,
        formula=formula,
    )


def floor_rows(era: Sequence[ShowSales], flat_due: Mapping[str, int], commission: Mapping[str, Amount], as_of: datetime) -> dict[str, Row]:
    """Top-ups of the pay floor by show id: `max(0, floor - flat due before give-back - commission after cap)`.

    Due when every show in scope that was not cancelled is completed; contract-wide it belongs to the last of them.
    """
    rows = {}
    held = [show.facts for show in era if not is_cancelled(show.facts, as_of)]
    for show in held:
        floor = show.terms.pay_floor
        if floor is None or (floor.scope is Scope.CONTRACT and show is not held[-1]):
            continue
        per_show = floor.scope is Scope.SHOW
        scope = [show.show_id] if per_show else [other.facts.show_id for other in era]
        rows[show.show_id] = _floor_row(
            show,
            floor.amount_minor,
            flat_minor=sum(flat_due.get(show_id, 0) for show_id in scope),
            commission=sum((commission.get(show_id, NOTHING) for show_id in scope), start=NOTHING),
            due=all(is_completed(other, as_of) for other in ([show] if per_show else held)),
        )
    return rows


def bonus_rows(era: Sequence[ShowSales]) -> list[list[Row]]:
    """For each show a row per bonus of its terms; one that returns bring below its milestone is taken back."""
    net = list(accumulate((show.total.base_kept_minor for show in era), initial=0))
    matured = list(accumulate((show.matured_total.base_kept_minor for show in era), initial=0))
    return [
        [_bonus_row(show.facts, bonus, net[place : place + 2], matured[place : place + 2]) for bonus in show.facts.terms.bonuses]
        for place, show in enumerate(era)
    ]


def _together(shows: Sequence[ShowSales]) -> list[list[ShowSales]]:
    """Ordinary shows whose totals carry on into each other, each with those that make up for it, whatever version these fall into."""
    made_up = _made_up_for(shows)
    totals_from = {show.facts.show_id: show.facts.terms.totals_from_version for show in shows}
    groups: dict[int, list[ShowSales]] = {}
    for show in shows:
        own_id = show.facts.show_id
        groups.setdefault(totals_from.get(made_up.get(own_id) or own_id, totals_from[own_id]), []).append(show)
    return list(groups.values())


def _guarantees(era: Sequence[ShowSales], as_of: datetime) -> list[tuple[SalesGuarantee, list[ShowSales]]]:
    """Each guarantee with the shows it adds up over: the whole era, or each ordinary show with its make-ups.

    A contract-wide one is that of the last ordinary show's version.
    """
    ordinary = _ordinary(era, as_of)
    last = ordinary[-1].facts.terms.sales_guarantee if ordinary else None
    if last is not None and last.scope is Scope.CONTRACT:
        return [(last, list(era))]
    made_up = _made_up_for(era)
    found = []
    for show in ordinary:
        guarantee = show.facts.terms.sales_guarantee
        if guarantee is not None and guarantee.scope is Scope.SHOW:
            make_ups = [other for other in era if made_up.get(other.facts.show_id) == show.facts.show_id]
            found.append((guarantee, [show, *make_ups]))
    return found


def _made_up_for(era: Sequence[ShowSales]) -> dict[str, str | None]:
    """For each make-up show the show it makes up for."""
    found: dict[str, str | None] = {}
    latest: str | None = None
    for show in era:
        if show.facts.is_make_up:
            found[show.facts.show_id] = show.facts.makes_up_for or latest
        else:
            latest = show.facts.show_id
    return found


def _ordinary(group: Sequence[ShowSales], as_of: datetime) -> list[ShowSales]:
    return [show for show in group if not show.facts.is_make_up and not is_cancelled(show.facts, as_of)]


def _closed_and_missing(guarantee: SalesGuarantee, group: Sequence[ShowSales], as_of: datetime) -> tuple[bool, int]:
    """Whether the time of the test has come, and how many make-up shows agreed were not performed in time.

    Those that the brand called off, and for which no other was booked, are not missing: nobody gains by what they prevented themselves.
    """
    ordinary = [show.facts for show in _ordinary(group, as_of)]
    if not all(is_completed(show, as_of) for show in ordinary):
        return False, 0
    if guarantee.make_up is None:
        return all(returns_closed(show.facts, as_of) for show in group if show.facts in ordinary), 0
    deadline = max(end_day(show) for show in ordinary) + timedelta(days=guarantee.make_up.within_days)
    make_ups = [show.facts for show in group if show.facts.is_make_up]
    performed = [show for show in make_ups if is_completed(show, as_of) and end_day(show) <= deadline]
    unperformed = max(0, guarantee.make_up.shows - len(performed))
    if unperformed:
        missing = max(0, unperformed - _prevented_by_the_brand(guarantee.make_up.shows, make_ups, as_of))
        return day_has_ended(ordinary[-1].terms, deadline, as_of), missing
    return all(returns_closed(show, as_of) for show in [*ordinary, *performed]), 0


def _prevented_by_the_brand(agreed: int, make_ups: Sequence[ShowFacts], as_of: datetime) -> int:
    """How many of the agreed make-up shows the brand called off without another in their place."""
    called_off = [show for show in make_ups if is_cancelled(show, as_of)]
    by_brand = sum(show.cancelled is not None and show.cancelled.by is Party.BRAND for show in called_off)
    return min(by_brand, max(0, agreed - len(make_ups) + len(called_off)))


def _give_back_row(show: ShowFacts, guarantee: SalesGuarantee, tested: Tested, due_minor: int, back_minor: int) -> Row:
    whole = tested.fee_minor in {0, due_minor}
    share = "" if whole else f", the part of {major(due_minor, show.terms.currency)} in {major(tested.fee_minor, show.terms.currency)}"
    return Row(
        component="guarantee_give_back",
        show_id=show.show_id,
        formula=f"-{tested.formula}{share}",
        inputs={
            "guaranteed_minor": guarantee.net_sales_minor,
            "net_sales_minor": tested.net_sales_minor,
            "fee_minor": tested.fee_minor,
            "give_back_in_scope_minor": tested.give_back_minor,
            "flat_due_minor": due_minor,
            "units_sold": tested.units_sold,
            "units_returned": tested.units_returned,
            "return_rate_basis_points": return_rate_basis_points(tested.units_returned, tested.units_sold),
            "over_ceiling": int(tested.over_ceiling),
            "make_ups_missing": tested.make_ups_missing,
            "tested": int(tested.closed),
        },
        amount_minor=-back_minor,
        matured_minor=-back_minor,
    )


def _floor_row(show: ShowFacts, floor_minor: int, *, flat_minor: int, commission: Amount, due: bool) -> Row:
    top_up = max(0, floor_minor - flat_minor - commission.earned_minor) if due else 0
    on_matured = max(0, floor_minor - flat_minor - commission.matured_minor) if due else 0
    amounts = [major(minor, show.terms.currency) for minor in (floor_minor, flat_minor, commission.earned_minor)]
    return Row(
        component="floor_top_up",
        show_id=show.show_id,
        formula=f"max(0, {' - '.join(amounts)})" if due else "0",
        inputs={
            "floor_minor": floor_minor,
            "flat_due_minor": flat_minor,
            "commission_minor": commission.earned_minor,
            "due": int(due),
        },
        amount_minor=top_up,
        matured_minor=min(on_matured, top_up),
    )


def _bonus_row(show: ShowFacts, bonus: Bonus, net: Sequence[int], matured: Sequence[int]) -> Row:
    """`net` and `matured` are net sales before and after the show, added up over the contract."""
    start = net[0] if bonus.scope is Scope.CONTRACT else 0
    matured_start = matured[0] if bonus.scope is Scope.CONTRACT else 0
    end, matured_end = start + net[1] - net[0], matured_start + matured[1] - matured[0]
    earned = [_reached(bonus, value) for value in (start, end)]
    on_matured = [_reached(bonus, value) for value in (matured_start, matured_end)]
    amount = differences(earned, on_matured)[0]
    paid, milestone, now, former = (major(m, show.terms.currency) for m in (bonus.amount_minor, bonus.net_sales_minor, end, start))
    return Row(
        component=f"bonus:{bonus.bonus_id}",
        show_id=show.show_id,
        formula=f"{paid} x ({now} >= {milestone})" + (f" - {paid} x ({former} >= {milestone})" if start else ""),
        inputs={"milestone_minor": bonus.net_sales_minor, "net_sales_minor": end, "net_sales_before_minor": start},
        amount_minor=amount.earned_minor,
        matured_minor=amount.matured_minor,
    )


def _reached(bonus: Bonus, net_minor: int) -> int:
    return bonus.amount_minor if net_minor >= bonus.net_sales_minor else 0

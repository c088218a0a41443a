"""What a contract says about promised results: the brand's pay floor, the host's sales guarantee, bonuses. Pure."""

from collections.abc import Iterator

from chalicelib.contracts.terms import MakeUp, OverCeiling, SalesGuarantee, Scope, Terms
from chalicelib.contracts.wording import OVER_CEILING, SCOPE, money, percent
from chalicelib.core.words import plural

MAKE_UPS_ARE_OF = {
    Scope.SHOW: "They are agreed for each show apart, and the days count from the day on which that show ended.",
    Scope.CONTRACT: "They are agreed for the whole contract, and the days count from the day on which the last of its other shows ended.",
}


def promises(terms: Terms) -> Iterator[str]:
    """Every promise of the terms, sentence by sentence."""
    if terms.pay_floor is not None:
        floor = f"{money(terms.pay_floor.amount_minor, terms)} {SCOPE[terms.pay_floor.scope]}"
        yield f"Pay floor: the brand promises the host at least {floor}; what is missing is topped up."
        yield "Towards the pay floor count commission after any cap, and the flat fee that is due before anything of it is given back."
        yield "The top-up is due when all the shows that it is for are completed, cancelled shows left out."
    if terms.sales_guarantee is not None:
        yield from _guarantee(terms.sales_guarantee, terms)
    for bonus in terms.bonuses:
        reached = f"{money(bonus.net_sales_minor, terms)} {SCOPE[bonus.scope]}"
        paid = f"{money(bonus.amount_minor, terms)} is paid when net sales reach {reached}"
        yield f"Bonus {bonus.bonus_id}: {paid}, and taken back when returns bring them below it."


def _guarantee(guarantee: SalesGuarantee, terms: Terms) -> Iterator[str]:
    promised = f"{money(guarantee.net_sales_minor, terms)} {SCOPE[guarantee.scope]}"
    yield f"Sales guarantee: the host promises net sales of at least {promised}. A shortfall gives back the flat fee in proportion."
    yield "In proportion means the flat fee that is due, times the net sales that are missing, divided by those that are promised."
    if guarantee.make_up is not None:
        yield from _make_ups(guarantee.make_up, guarantee, terms)
    if guarantee.return_rate_ceiling_basis_points is not None:
        ceiling = percent(guarantee.return_rate_ceiling_basis_points)
        yield f"If more than {ceiling} of the units sold in these shows come back, that {OVER_CEILING[guarantee.over_ceiling]}."
    tested = "The guarantee is tested when the returns of these shows have closed"
    if guarantee.make_up is not None:
        tested += " and those of all make-up shows, or when the days for make-up shows are over and not all were performed"
    yield f"{tested}. Nothing is given back before that."
    yield "The flat fee of a cancelled show, and the fee of a make-up show, are left out of this guarantee."


def _make_ups(make_up: MakeUp, guarantee: SalesGuarantee, terms: Terms) -> Iterator[str]:
    agreed = f"{plural(make_up.shows, 'make-up show')} within {plural(make_up.within_days, 'day')}"
    fee = money(make_up.fee_minor, terms)
    yield f"Before anything is given back the host may present {agreed} for {fee} each, at times on which both sides agree."
    yield MAKE_UPS_ARE_OF[guarantee.scope]
    failed = "net sales are short" if guarantee.over_ceiling is not OverCeiling.MAKE_UP else "net sales are short or too much came back"
    yield "Their net sales count towards the promise."
    yield f"If they are not all performed in these days and {failed}, the whole flat fee goes back."
    yield "A make-up show that the brand calls off, and in whose place no other is booked, counts as performed for this sentence."

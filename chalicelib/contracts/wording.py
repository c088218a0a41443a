"""How terms are put into words: amounts, rates and names that clauses and differences share. Pure."""

from chalicelib.contracts.terms import CommissionRule, Due, Measure, OverCeiling, Scope, SigningOrder, Terms
from chalicelib.core.money import with_currency
from chalicelib.matching.rules import percent

__all__ = ["ALL_GOODS", "DUE", "OVER_CEILING", "SCOPE", "SIGNING_ORDER", "bound", "goods", "money", "percent", "yes_no"]

ALL_GOODS = "all goods"
SCOPE = {Scope.SHOW: "per show", Scope.CONTRACT: "over the whole contract"}
DUE = {
    Due.SIGNING: "when both sides have signed",
    Due.SHOW_COMPLETED: "when the show is completed",
    Due.RETURNS_CLOSED: "when the show's returns have closed",
}
OVER_CEILING = {
    OverCeiling.RECORD: "is recorded",
    OverCeiling.MAKE_UP: "leads to the make-up shows",
    OverCeiling.VOID_FEE: "gives back the whole flat fee",
}
SIGNING_ORDER = {
    SigningOrder.ANY: "Either side may sign first.",
    SigningOrder.BRAND_FIRST: "The brand signs first, and then the host.",
    SigningOrder.HOST_FIRST: "The host signs first, and then the brand.",
}


def money(minor: int, terms: Terms) -> str:
    """``20,000.00 GBP``."""
    return with_currency(minor, terms.currency)


def bound(rule: CommissionRule, value: int, terms: Terms) -> str:
    """A tier's lower bound in what the rule counts: an amount, or units."""
    return f"{value:,} units" if rule.measure is Measure.UNITS else money(value, terms)


def goods(rule: CommissionRule) -> str:
    """What a rule matches."""
    if rule.skus:
        return f"SKUs {', '.join(rule.skus)}"
    return f"category {rule.category}" if rule.category is not None else ALL_GOODS


def yes_no(value: bool) -> str:  # noqa: FBT001  # the value is what is worded
    """A choice in words."""
    return "yes" if value else "no"

"""How terms are put into words: amounts, rates and names that clauses and differences share. Pure."""

from chalicelib.contracts.terms import CommissionRule, Due, Measure, OverCeiling, Scope, Terms
from chalicelib.core.money import for_people
from chalicelib.matching.rules import percent

__all__ = ["DUE", "OVER_CEILING", "SCOPE", "bound", "goods", "money", "percent", "plural", "yes_no"]

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


def money(minor: int, terms: Terms) -> str:
    """``20,000.00 GBP``."""
    return f"{for_people(minor, terms.currency)} {terms.currency}"


def bound(rule: CommissionRule, value: int, terms: Terms) -> str:
    """A tier's lower bound in what the rule counts: an amount, or units."""
    return f"{value:,} units" if rule.measure is Measure.UNITS else money(value, terms)


def goods(rule: CommissionRule) -> str:
    """What a rule matches."""
    if rule.skus:
        return f"SKUs {', '.join(rule.skus)}"
    return f"category {rule.category}" if rule.category is not None else "all goods"


def plural(number: int, word: str) -> str:
    """``1 day``, ``30 days``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def yes_no(value: bool) -> str:  # noqa: FBT001  # the value is what is worded
    """A choice in words."""
    return "yes" if value else "no"

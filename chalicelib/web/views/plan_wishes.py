"""What somebody wishes of a plan, as the form has it: pins, forbidden pairs, shows left out, budgets, brands that compete."""

from dataclasses import dataclass

from chalicelib.web.views.calendar import Errors
from chalicelib.web.views.forms import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A show and a host. `hosts` are those to choose from where a name fits several."""

    name: str
    show: str = ""
    host: str = ""
    hosts: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Rows of one kind; `name` is what a sentence about all of them is found by."""

    name: str
    legend: str
    hint: str
    rows: tuple[PairRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """What a brand may spend on fees, in major units."""

    name: str
    brand: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalsRow:
    """Brands that compete in a category, from a time until another in UTC."""

    name: str
    category: str = ""
    brands: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesForm:
    """All of it. A brand has one budget and no rivals among its own briefs; the marketplace has rows of both."""

    shows: tuple[Choice, ...]
    more_shows: str
    pairs: tuple[Pairs, ...]
    without: tuple[PairRow, ...]
    budget: str | None
    budgets: tuple[BudgetRow, ...] = ()
    rivals: tuple[RivalsRow, ...] = ()
    brands: tuple[Choice, ...] = ()
    categories: tuple[str, ...] = ()
    is_open: bool = False
    errors: Errors = ()

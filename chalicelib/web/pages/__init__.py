"""The console's pages: each fills a view model from the same services as the JSON API, each form posts to them."""

from chalicelib.web.pages import (
    brand,
    contract,
    creator,
    exceptions,
    finance,
    home,
    imports,
    offer,
    operator,
    payment,
    payouts,
    reconciliation,
    settlement,
    settlements,
    show,
    statement,
    stripe_reports,
)
from chalicelib.web.pages.declared import routes

__all__ = [
    "brand",
    "contract",
    "creator",
    "exceptions",
    "finance",
    "home",
    "imports",
    "offer",
    "operator",
    "payment",
    "payouts",
    "reconciliation",
    "routes",
    "settlement",
    "settlements",
    "show",
    "statement",
    "stripe_reports",
]

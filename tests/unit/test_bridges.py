"""What earnings hear of sales: the category that was agreed on, not the one that the brand gives the product today."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from chalicelib.bridges.features import SalesOfShows
from chalicelib.directory.rules import Product
from chalicelib.sales.attribution import By
from chalicelib.sales.facts import ShowFacts, ShowSale
from chalicelib.shows.rules import LineUpItem

NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)


@dataclass
class Known:
    """Shows, sales and the directory at once; today every product is of the category `today`."""

    line_up: tuple[LineUpItem, ...]
    today: str = "home"

    def show(self, show_id: str) -> Any:
        return SimpleNamespace(show_id=show_id, brand_id="brd_1", line_up=self.line_up)

    def products_of(self, brand_id: str) -> tuple[Product, ...]:
        return tuple(
            Product(product_id=f"{brand_id}{sku}", sku=sku, title=sku, price_minor=5, currency="GBP", category=self.today)
            for sku in ("MUG", "LAMP")
        )

    def facts_of(self, show_id: str, as_of: datetime | None = None) -> ShowFacts:
        del as_of
        return ShowFacts(sales=tuple(_sale(show_id, sku) for sku in ("MUG", "LAMP", "BOOK")), refunds=())


def _sale(show_id: str, sku: str) -> ShowSale:
    return ShowSale(
        line_id=sku,
        show_id=show_id,
        order_ref="1",
        sku=sku,
        units=1,
        currency="GBP",
        price_minor=5,
        seller_discount_minor=0,
        platform_discount_minor=0,
        tax_minor=0,
        shipping_minor=0,
        attributed_by=By.TRACKING_CODE,
        ordered_at=NOON,
        recorded_at=NOON,
    )


def categories(known: Any) -> dict[str, str | None]:
    sales, _ = SalesOfShows(known, known, known).show_sales("shw_1")
    return {sale.sku: sale.category for sale in sales}


def test_a_product_that_is_moved_to_another_category_later_changes_no_sale_of_its_show() -> None:
    known = Known(line_up=(LineUpItem(sku="MUG", title="Mug", price_minor=5, currency="GBP", category="home"),))
    assert categories(known) == {"MUG": "home", "LAMP": "home", "BOOK": None}
    known.today = "outlet"
    assert categories(known) == {"MUG": "home", "LAMP": "outlet", "BOOK": None}

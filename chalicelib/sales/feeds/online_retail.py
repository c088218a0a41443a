"""The `online_retail` profile: real sales of an online shop, with natural keys that repeat and cancellations that name no sale.

Goods have a stock code of five digits and up to two letters, or one that begins with DCGS. Everything else, and what
costs nothing, is accepted as `not_a_sale`: no units, no attribution. Source: UCI Online Retail, Daqing Chen, CC BY 4.0.
"""

import re

from chalicelib.core.ids import fingerprint
from chalicelib.sales.feeds import values as value
from chalicelib.sales.feeds.profile import BadRow, Column, DateOrder, FeedContext, FeedProfile, Layout, Part, Problem, Row
from chalicelib.sales.lines import Kind, SaleLine, sku_key

CURRENCY = "GBP"
_GOODS = re.compile(r"[0-9]{5}[A-Z]{0,2}|DCGS.*", re.ASCII)


def interpret(profile: FeedProfile, row: Row, context: FeedContext) -> SaleLine:
    """The sale line of a row, by the rules of the profile. Raises `BadRow` with the reason."""
    if context.currency != CURRENCY:
        raise BadRow(Problem.OTHER_CURRENCY, f"The row is in {CURRENCY}, but this feed is settled in {context.currency}.")
    cells = row.values
    quantity = value.whole_number(cells["Quantity"], "Quantity")
    unit_price = value.exact_price(cells["UnitPrice"], "UnitPrice")
    order_ref = value.required_text(cells["InvoiceNo"], "InvoiceNo")
    sku = sku_key(value.required_text(cells["StockCode"], "StockCode"))
    customer = value.optional_text(cells["CustomerID"], "CustomerID")
    customer_key = None if customer is None else fingerprint(context.feed_id, customer)
    return SaleLine(
        line_id=row.line_id,
        kind=_kind(order_ref, sku, quantity, unit_price),
        order_ref=order_ref,
        sku=sku,
        description=value.optional_text(cells["Description"], "Description") or "",
        quantity=quantity,
        unit_price=unit_price,
        amount_minor=value.line_amount(quantity, unit_price, CURRENCY),
        currency=CURRENCY,
        ordered_at=value.local_time(cells["InvoiceDate"], profile.zone or "UTC", profile.date_order, "InvoiceDate"),
        occurrence=row.occurrence,
        row_number=row.number,
        customer_key=customer_key,
        group=None if customer_key is None else f"{customer_key}|{sku}|{unit_price}",
        row_text=profile.text_of(cells),
    )


def _kind(order_ref: str, sku: str, quantity: int, unit_price: str) -> Kind:
    if unit_price == "0" or not _GOODS.fullmatch(sku):
        return Kind.NOT_A_SALE
    if unit_price.startswith("-"):
        raise BadRow(Problem.VALUE, f"UnitPrice {unit_price} of goods is negative.")
    cancels = order_ref.upper().startswith("C")
    if cancels and quantity >= 0:
        raise BadRow(Problem.VALUE, f"Invoice {order_ref} is a cancellation, but its quantity {quantity} is not negative.")
    if not cancels and quantity <= 0:
        raise BadRow(Problem.VALUE, f"Invoice {order_ref} is a sale, but its quantity {quantity} is not above 0.")
    return Kind.CANCELLATION if cancels else Kind.SALE


ONLINE_RETAIL = FeedProfile(
    name="online_retail",
    layout=Layout.CSV,
    columns=(
        Column(name="InvoiceNo", part=Part.IDENTITY, aliases=("Invoice", "Invoice Number")),
        Column(name="StockCode", part=Part.IDENTITY, aliases=("Stock Code", "SKU")),
        Column(name="Description", part=Part.IDENTITY),
        Column(name="Quantity", part=Part.IDENTITY, aliases=("Qty",)),
        Column(name="InvoiceDate", part=Part.IDENTITY, aliases=("Invoice Date",)),
        Column(name="UnitPrice", part=Part.IDENTITY, aliases=("Unit Price", "Price")),
        Column(name="CustomerID", part=Part.IDENTITY, aliases=("Customer ID", "Customer")),
        Column(name="Country", part=Part.IDENTITY),
    ),
    interpret=interpret,
    zone="Europe/London",
    date_order=DateOrder.YEAR_MONTH_DAY,
    equal_rows_are_separate=True,
    private_columns=("CustomerID",),
)

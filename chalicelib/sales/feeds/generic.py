"""The `generic` profiles: the format that we document for everybody, as CSV and as JSON Lines with the same names.

One row is a sale of one product in one order, or something that happened to such a row later and points to it:

- ``type``: ``sale`` (also when empty); ``refund``; ``chargeback``, when the shopper's bank took the money back; ``reinstatement``, when
  a refund failed or a chargeback was won, so that the sale stands again
- ``order_id``, ``line_id``: which sale; together they occur once. All other types repeat those of their sale and add a ``refund_id`` of
  their own; a reinstatement names the refund or chargeback that it undoes, wholly or in part, in ``reinstates``
- ``sku`` (only a sale must have one), ``description``
- ``ordered_at``: ISO 8601 with offset; for the other types when it was made
- ``quantity``: above 0 for a sale; a refund of price only has 0
- ``unit_price`` (up to 8 decimals) or ``amount`` (the currency's own digits) or both; tax included, before discounts, without a sign;
  for a refund what the shopper got back for the goods
- ``currency``: ISO 4217; the one the feed is settled in
- ``customer_id``, ``tracking_code``, ``room_id``: may be empty
- ``seller_discount``, ``platform_discount``, ``tax`` (contained in the amount), ``shipping`` (on top of it): may be empty

Files are UTF-8, and every row ends with a line end, the last one too.
"""

from dataclasses import replace

from chalicelib.core.ids import fingerprint
from chalicelib.sales.feeds import values as value
from chalicelib.sales.feeds.profile import BadRow, Column, FeedContext, FeedProfile, Layout, Part, Problem, Row
from chalicelib.sales.lines import TAKES_BACK, Kind, SaleLine, sku_key

_KINDS = {"": Kind.SALE} | {kind.value: kind for kind in (Kind.SALE, Kind.REFUND, Kind.CHARGEBACK, Kind.REINSTATEMENT)}
_NAME = "generic"
"""Both layouts give a row the same identity: it is the same fact."""


def sale_line_id(profile: FeedProfile, order_id: str, line_id: str) -> str:
    """The identity of a sale, which its refunds point to."""
    return profile.identity_of({"order_id": order_id, "line_id": line_id}, 1)


def refund_line_id(profile: FeedProfile, order_id: str, line_id: str, refund_id: str) -> str:
    """The identity of a refund or chargeback, which a reinstatement points to."""
    return profile.identity_of({"order_id": order_id, "line_id": line_id, "refund_id": refund_id.strip()}, 1)


def interpret(profile: FeedProfile, row: Row, context: FeedContext) -> SaleLine:
    """The sale line of a row. Raises `BadRow` with the reason."""
    cells = row.values
    kind = _kind(cells["type"])
    currency = value.required_text(cells["currency"], "currency").upper()
    if currency != context.currency:
        raise BadRow(Problem.OTHER_CURRENCY, f"The row is in {currency}, but this feed is settled in {context.currency}.")
    order_id, line_id = value.required_text(cells["order_id"], "order_id"), value.required_text(cells["line_id"], "line_id")
    _check_references(kind, cells["refund_id"], cells["reinstates"])
    quantity, unit_price, amount = _worth(row, currency)
    _check_worth(kind, quantity, amount)
    sign = -1 if kind in TAKES_BACK else 1
    customer = value.optional_text(cells["customer_id"], "customer_id")
    line = SaleLine(
        line_id=row.line_id,
        kind=kind,
        order_ref=order_id,
        sku=sku_key(value.required_text(cells["sku"], "sku") if kind is Kind.SALE else cells["sku"]),
        description=value.optional_text(cells["description"], "description") or "",
        quantity=sign * quantity,
        unit_price=unit_price,
        amount_minor=sign * amount,
        currency=currency,
        ordered_at=value.offset_time(cells["ordered_at"], "ordered_at"),
        occurrence=row.occurrence,
        row_number=row.number,
        customer_key=None if customer is None else fingerprint(context.feed_id, customer),
        group=sale_line_id(profile, order_id, line_id),
        reinstates=refund_line_id(profile, order_id, line_id, cells["reinstates"]) if kind is Kind.REINSTATEMENT else None,
        tracking_code=value.optional_text(cells["tracking_code"], "tracking_code"),
        room_id=value.optional_text(cells["room_id"], "room_id"),
        seller_discount_minor=value.stated_amount(cells["seller_discount"], "seller_discount", currency),
        platform_discount_minor=value.stated_amount(cells["platform_discount"], "platform_discount", currency),
        tax_minor=value.stated_amount(cells["tax"], "tax", currency),
        shipping_minor=value.stated_amount(cells["shipping"], "shipping", currency),
        row_text=profile.text_of(cells),
    )
    if kind is Kind.SALE:
        _check_parts(line)
    return replace(line, fixed_hash=_fixed(line))


def _fixed(line: SaleLine) -> str:
    """Fingerprint of what the fixed columns say, however it is spelt: 12.5 and 12.50 are one price."""
    minor = (line.amount_minor, line.seller_discount_minor, line.platform_discount_minor, line.tax_minor, line.shipping_minor)
    texts = (line.kind, line.reinstates or "", line.sku, line.ordered_at.isoformat(), line.unit_price or "", line.currency)
    return fingerprint(*texts, line.tracking_code or "", line.room_id or "", str(line.quantity), *map(str, minor))


def _kind(text: str) -> Kind:
    kind = _KINDS.get(text.strip().casefold())
    if kind is None:
        raise BadRow(Problem.VALUE, f"type {text!r} is none of sale, refund, chargeback and reinstatement.")
    return kind


def _check_references(kind: Kind, own: str, reinstates: str) -> None:
    if kind is Kind.SALE and (own.strip() or reinstates.strip()):
        raise BadRow(Problem.VALUE, "A sale has no refund_id and reinstates nothing; is its type missing?")
    if kind is not Kind.SALE and not own.strip():
        raise BadRow(Problem.VALUE, f"A {kind.value} needs a refund_id of its own.")
    if kind is Kind.REINSTATEMENT and not reinstates.strip():
        raise BadRow(Problem.VALUE, "A reinstatement names the refund_id that it undoes in reinstates.")
    if kind in TAKES_BACK and reinstates.strip():
        raise BadRow(Problem.VALUE, f"A {kind.value} reinstates nothing; is it a reinstatement?")


def _worth(row: Row, currency: str) -> tuple[int, str | None, int]:
    """Quantity, exact unit price and amount of a row; where both price and amount are stated they must agree."""
    quantity = value.whole_number(row.values["quantity"], "quantity")
    price_text, amount_text = row.values["unit_price"], row.values["amount"]
    if not price_text.strip() and not amount_text.strip():
        raise BadRow(Problem.VALUE, "The row has neither unit_price nor amount.")
    amount = value.stated_amount(amount_text, "amount", currency)
    if not price_text.strip():
        return quantity, None, amount
    price = value.exact_price(price_text, "unit_price")
    computed = value.line_amount(quantity, price, currency)
    if amount_text.strip() and computed != amount:
        raise BadRow(Problem.VALUE, f"quantity x unit_price is {quantity} x {price}, which is not the amount {amount_text.strip()}.")
    return quantity, price, computed


def _check_parts(line: SaleLine) -> None:
    """What is stated within the amount of a sale cannot be more than it: nothing below 0 could be given back or earn anything."""
    if line.paid_minor < 0:
        raise BadRow(Problem.VALUE, "The discounts are more than the amount.")
    if line.tax_minor > line.amount_minor:
        raise BadRow(Problem.VALUE, "The tax is more than the amount it is contained in.")


def _check_worth(kind: Kind, quantity: int, amount: int) -> None:
    if amount < 0 or quantity < 0:
        raise BadRow(Problem.VALUE, "Quantities and prices are given without a sign; take a row of type refund to give money back.")
    if kind is Kind.SALE and quantity == 0:
        raise BadRow(Problem.VALUE, "The quantity of a sale is above 0.")
    if kind is not Kind.SALE and quantity == 0 and amount == 0:
        raise BadRow(Problem.VALUE, f"The {kind.value} is of nothing.")


_COLUMNS = (
    Column(name="type", part=Part.FIXED, required=False),
    Column(name="order_id", part=Part.IDENTITY, aliases=("order",)),
    Column(name="line_id", part=Part.IDENTITY, aliases=("line",)),
    Column(name="refund_id", part=Part.IDENTITY, aliases=("refund",), required=False),
    Column(name="reinstates", part=Part.FIXED, required=False),
    Column(name="sku", part=Part.FIXED),
    Column(name="description", part=Part.MUTABLE, required=False, aliases=("title",)),
    Column(name="ordered_at", part=Part.FIXED, aliases=("order time",)),
    Column(name="quantity", part=Part.FIXED, aliases=("qty",)),
    Column(name="unit_price", part=Part.FIXED, required=False, aliases=("price",)),
    Column(name="amount", part=Part.FIXED, required=False),
    Column(name="currency", part=Part.FIXED),
    Column(name="customer_id", part=Part.MUTABLE, required=False),
    Column(name="tracking_code", part=Part.FIXED, required=False),
    Column(name="room_id", part=Part.FIXED, required=False, aliases=("content_id",)),
    Column(name="seller_discount", part=Part.FIXED, required=False),
    Column(name="platform_discount", part=Part.FIXED, required=False),
    Column(name="tax", part=Part.FIXED, required=False),
    Column(name="shipping", part=Part.FIXED, required=False),
)

GENERIC_CSV = FeedProfile(name=_NAME, layout=Layout.CSV, columns=_COLUMNS, interpret=interpret, private_columns=("customer_id",))
GENERIC_JSON_LINES = FeedProfile(
    name="generic_json_lines",
    identity_name=_NAME,
    layout=Layout.JSON_LINES,
    columns=_COLUMNS,
    interpret=interpret,
    private_columns=("customer_id",),
)

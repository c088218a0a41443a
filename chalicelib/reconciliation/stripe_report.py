"""The profile `stripe_payout_reconciliation`: Stripe's itemized reports as CSV, as finance downloads them. Pure.

It reads Stripe's *payout reconciliation*, *balance change from activity*, *ending balance* and *payouts* reports (itemized): a row is a
balance transaction. Columns are those of docs.stripe.com/reports/report-types (balance, payout-reconciliation), as of 2026-11. Amounts
are in MAJOR units of the row's currency (dollars, yen), with a sign, where the API has minor units; they become minor units exactly or
not at all. A row that cannot be read refuses the file: evidence is taken whole.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.currencies import require_payable
from chalicelib.core.errors import Invalid
from chalicelib.core.money import Money, from_major
from chalicelib.sales.feeds import values as value
from chalicelib.sales.feeds.profile import BadRow, Column, DateOrder, FeedContext, FeedProfile, FileRefused, Layout, Part, Problem, Row
from chalicelib.sales.feeds.read import RejectedRow, read

NAME = "stripe_payout_reconciliation"
MAX_REASONS = 5
_MAJOR = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)


class UnreadableReport(FileRefused):
    """Rows of the report cannot be read, so nothing of it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A balance transaction as the report has it, in minor units: ``net == gross - fee``. `payout` is the automatic one it is part of."""

    balance_transaction: str
    created: datetime | None
    category: str
    gross: Money
    fee: Money
    net: Money
    source: str | None
    payout: str | None


def interpret(profile: FeedProfile[ReportRow], row: Row, context: FeedContext) -> ReportRow:
    """A row in our words. Raises `BadRow` with the reason."""
    del profile, context
    cells = row.values
    currency = value.required_text(cells["currency"], "currency").upper()
    try:
        require_payable(currency)
        gross, fee, net = (Money(_minor(cells[name], name, currency), currency) for name in ("gross", "fee", "net"))
    except Invalid as error:
        raise BadRow(Problem.VALUE, error.message) from error
    if gross - fee != net:
        raise BadRow(Problem.VALUE, f"gross less fee is {gross - fee}, which is not the net {net}.")
    created = cells["created_utc"].strip()
    return ReportRow(
        balance_transaction=value.required_text(cells["balance_transaction_id"], "balance_transaction_id"),
        created=value.local_time(created, "UTC", DateOrder.YEAR_MONTH_DAY, "created_utc") if created else None,
        category=value.required_text(cells["reporting_category"], "reporting_category"),
        gross=gross,
        fee=fee,
        net=net,
        source=value.optional_text(cells["source_id"] or cells["payout_id"], "source_id"),
        payout=value.optional_text(cells["automatic_payout_id"], "automatic_payout_id"),
    )


def _minor(text: str, column: str, currency: str) -> int:
    if not _MAJOR.fullmatch(text.strip()):
        raise BadRow(Problem.VALUE, f"{column} {text!r} is not an amount. Download the report with a point as decimal separator.")
    return from_major(text, currency)


def _columns(names: str) -> tuple[Column, ...]:
    """Columns that a report may have and that say nothing about money."""
    return tuple(Column(name=name, part=Part.MUTABLE, required=False) for name in names.split())


def _address(prefix: str) -> str:
    return " ".join(f"{prefix}_address_{part}" for part in ("line1", "line2", "city", "state", "postal_code", "country"))


PROFILE = FeedProfile(
    name=NAME,
    layout=Layout.CSV,
    interpret=interpret,
    zone="UTC",
    columns=(
        Column(name="balance_transaction_id", part=Part.IDENTITY, aliases=("balance transaction",)),
        Column(name="currency", part=Part.FIXED),
        Column(name="gross", part=Part.FIXED, aliases=("amount",)),
        Column(name="fee", part=Part.FIXED, aliases=("fees",)),
        Column(name="net", part=Part.FIXED),
        Column(name="reporting_category", part=Part.FIXED),
        Column(name="source_id", part=Part.FIXED, required=False, aliases=("source",)),
        Column(name="created_utc", part=Part.FIXED, required=False, aliases=("created (utc)",)),
        Column(name="available_on_utc", part=Part.FIXED, required=False, aliases=("available on (utc)",)),
        Column(name="automatic_payout_id", part=Part.MUTABLE, required=False),
        Column(name="payout_id", part=Part.FIXED, required=False),
        *_columns(
            "created available_on automatic_payout_effective_at automatic_payout_effective_at_utc effective_at "
            "effective_at_utc description charge_id charge_created charge_created_utc payment_intent_id transfer_id "
            "destination_payment_id invoice_id invoice_number subscription_id order_id payment_method_type is_link "
            "card_brand card_funding card_country statement_descriptor dispute_reason connected_account "
            "connected_account_id connected_account_name connected_account_country connected_account_direct_charge_id "
            "customer_facing_amount customer_facing_currency customer_id customer_email customer_name customer_description "
            "regulatory_tag trace_id trace_id_status payout_expected_arrival_date payout_status payout_reversed_at "
            "payout_reversed_at_utc payout_type payout_description payout_destination_id withheld_tax "
            "fee_net_of_withheld_tax"
        ),
        *_columns(" ".join(_address(prefix) for prefix in ("customer_shipping", "customer", "shipping", "card"))),
    ),
    families=("payment_metadata", "refund_metadata", "transfer_metadata", "customer_metadata", "payout_metadata", "dispute_metadata"),
    max_columns=150,
)


def rows_of(chunks: Iterable[bytes]) -> tuple[ReportRow, ...]:
    """All rows of a report. Raises a `FileRefused` with the first reasons where any row, or the file, cannot be read."""
    rows: list[ReportRow] = []
    rejected: list[RejectedRow] = []
    for row in read(chunks, PROFILE, FeedContext(feed_id=NAME, currency="")):
        if isinstance(row, ReportRow):
            rows.append(row)
        else:
            rejected.append(row)
    if rejected:
        reasons = " ".join(f"Row {row.row_number}: {row.reason}" for row in rejected[:MAX_REASONS])
        raise UnreadableReport(f"{len(rejected)} rows cannot be read, so nothing was taken. {reasons}")
    return tuple(rows)

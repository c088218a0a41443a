"""Earnings: a pure function from terms, facts and buckets to a statement (the rules stand in the project's money design).

`fold` makes buckets of sales and refunds, `earnings` makes a statement of buckets and facts, `line_shares` traces a row of it
down to the sale lines behind it.
"""

from chalicelib.payouts.earnings.amounts import Amount, Row
from chalicelib.payouts.earnings.buckets import (
    Bucket,
    KeptLine,
    OverRefund,
    RefundFact,
    SaleAmounts,
    SaleFact,
    fold,
    kept_lines,
    over_refunds,
)
from chalicelib.payouts.earnings.facts import Cancellation, DeliverableResult, Fact, Outcome, Party, Ruling, ShowFacts, as_ruled
from chalicelib.payouts.earnings.statement import Share, ShowStatement, Statement, TaxLine, earnings, line_shares, split

__all__ = [
    "Amount",
    "Bucket",
    "Cancellation",
    "DeliverableResult",
    "Fact",
    "KeptLine",
    "Outcome",
    "OverRefund",
    "Party",
    "RefundFact",
    "Row",
    "Ruling",
    "SaleAmounts",
    "SaleFact",
    "Share",
    "ShowFacts",
    "ShowStatement",
    "Statement",
    "TaxLine",
    "as_ruled",
    "earnings",
    "fold",
    "kept_lines",
    "line_shares",
    "over_refunds",
    "split",
]

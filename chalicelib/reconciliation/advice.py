"""What to do about a drift, in the words of who must act: for each kind, and by which of the two sides does not know the key."""

from collections.abc import Mapping
from dataclasses import dataclass

_BY_TWO = "what stays is booked to what it is, or written off, by two people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """For two different amounts, and for a key that only one side knows; empty means the same as for different amounts."""

    differs: str
    left_only: str = ""
    right_only: str = ""


ADVICE: Mapping[str, Advice] = {
    "files": Advice(
        differs="The same file was taken in more than once. Have an operator take the later import back.",
        left_only="The kept file is not the one that was taken in. Have an operator restore its earlier version in the bucket.",
        right_only="This file was never taken in; it stands where another should. Have an operator restore that one.",
    ),
    "rows": Advice(
        differs="The file has another number of rows than its import accepted and rejected. Compare its rejected rows with the file."
    ),
    "lines": Advice(
        differs="The stored line has another amount than its row in the file. Have an operator restore the line from the file.",
        left_only="A row was accepted and its line is not stored. Have an operator hand the import's parts out again.",
        right_only="A line is stored that no file contains. Find out where it came from, and have an operator take it back.",
    ),
    "show sales": Advice(
        differs="The show counts the line with another amount. Have an operator restore the show's sale from the stored line.",
        left_only="The line belongs to a show that does not count it. Have an operator hand the import's parts out again.",
        right_only="The show counts a sale that was never attributed to it. Find out where it came from.",
    ),
    "refunds": Advice(
        differs="The show counts the refund with another amount than the feed's last decision. Have that decision carried out again.",
        left_only="The feed's last decision has not reached the show. Have it carried out again.",
        right_only="The show counts a refund that the feed's last decision does not know. Have that decision carried out again.",
    ),
    "contracts": Advice(
        differs="The ledger is not what the sales and terms make. Have the contract accrued again; what stays is booked with a reason.",
        left_only="The contract has earned this and nothing is booked. Have it accrued again.",
        right_only="This is booked and the contract has not earned it. Have it accrued again; what stays is reversed with a reason.",
    ),
    "components": Advice(
        differs="The booked statement says something else than the sales and terms make. Have the contract accrued again.",
    ),
    "balances": Advice(differs="The balance is not the sum of its entries. Have an operator rebuild it from them."),
    "balance": Advice(
        differs=f"Stripe moved another amount than the books say. Look the object up at Stripe; {_BY_TWO}.",
        left_only=f"The books know a movement that Stripe does not. If it is of the last minutes, reconcile again; {_BY_TWO}.",
        right_only=f"Stripe moved this and the books do not know it. Its notice may be on its way: reconcile again; {_BY_TWO}.",
    ),
    "fees": Advice(
        differs=f"Stripe took another fee than the books say. Look the payment up at Stripe; {_BY_TWO}.",
        left_only=f"The books know a fee that Stripe did not take. If it is of the last minutes, reconcile again; {_BY_TWO}.",
        right_only=f"Stripe took a fee that the books do not know. Reconcile again when its payment is booked; {_BY_TWO}.",
    ),
    "settlements": Advice(
        differs="The transfer is not of the settlement's amount. Ask Stripe's support before the payee is sent anything else.",
        left_only="The settlement counts as sent and Stripe has no such transfer. Look under its transfer group; send nothing again.",
        right_only="Stripe has a transfer that no settlement knows. Wait if one is of unknown outcome; else have the transfer reversed.",
    ),
    "transfers": Advice(
        differs="Stripe's transfer and its balance transaction differ. Ask Stripe's support.",
        left_only="Stripe's transfer has no balance transaction yet. Reconcile again; if it stays, ask Stripe's support.",
        right_only="Stripe's balance was charged for a transfer that Stripe does not list. Ask Stripe's support.",
    ),
    "report": Advice(
        differs="Stripe's report and its API differ on this movement. Download the report again; if it stays, ask Stripe's support.",
        left_only="The report has a movement that Stripe's API does not list. Make sure that the report is of this Stripe account.",
        right_only="Stripe's API lists a movement that the report leaves out. Download the report again, unfiltered, for its whole days.",
    ),
    "payee payouts": Advice(
        differs="What Stripe says the payout is made of does not add up to it. Ask Stripe's support, naming the payee's account.",
    ),
    "payee transfers": Advice(
        differs="Another amount reached the payee's account than was transferred. Ask Stripe's support, naming both.",
        right_only="The payee was paid out a payment that is no transfer of ours. Ask the payee and Stripe's support where it came from.",
    ),
    "report payouts": Advice(
        differs="The report's rows of this payout do not add up to it. Download the report again, unfiltered; if it stays, ask Stripe.",
        left_only="The report itemises a payout that Stripe's API does not list. Make sure that the report is of this Stripe account.",
    ),
    "report and ledger": Advice(
        differs=f"Stripe's report has another amount than the books. Look the object up at Stripe; {_BY_TWO} on its line 'balance'.",
        left_only="The report has a movement that the books do not know. Its notice may have been lost: see its line 'balance'.",
        right_only="The books have a movement that the report leaves out. Download the report again, unfiltered, for its whole days.",
    ),
}
"""By the kind of the comparison."""

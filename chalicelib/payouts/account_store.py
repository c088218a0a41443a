"""Payees' accounts at Stripe, in the payouts table.

    payee#<id> / account               its account at Stripe; conditions are on its version
    payee#<id> / payouts               what Stripe pays out of it to the payee's bank
    stripe-account#<acct> / payee      whose account that is

Keys are built here only.
"""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.payouts.records import NoPayoutAccount, PayoutAccount, PayoutsAtStripe
from chalicelib.payouts.store import Superseded


class PayoutAccountItem(Item):
    """A payee's account at Stripe."""

    TABLE = "payouts"
    account = Record(PayoutAccount)
    version = WholeNumber()


class PayoutsAtStripeItem(Item):
    """What Stripe pays out of a payee's account."""

    TABLE = "payouts"
    payouts = Record(PayoutsAtStripe)


class StripeAccountItem(Item):
    """Whose account at Stripe it is."""

    TABLE = "payouts"
    target = UnicodeAttribute()


class AccountStore:
    """Reads and writes of payees' accounts."""

    def account(self, payee_id: str) -> PayoutAccount:
        """The payee's account at Stripe. Raises `NoPayoutAccount`."""
        found = self.find(payee_id)
        if found is None:
            raise NoPayoutAccount("Payouts are not connected yet. Connect them to be paid.")
        return found

    def find(self, payee_id: str) -> PayoutAccount | None:
        """The same, None when there is none yet."""
        item = PayoutAccountItem.find(f"payee#{payee_id}", "account")
        return None if item is None else item.account

    def write(self, writes: Transaction, after: PayoutAccount, before: PayoutAccount | None) -> None:
        """Go on from the version that was read, or keep a new one; `Superseded` when somebody else was faster."""
        key = f"payee#{after.payee_id}"
        unread = PayoutAccountItem.pk.does_not_exist()
        condition = unread if before is None else PayoutAccountItem.version == before.version
        conflict = Superseded("The payout account has changed in the meantime. Load it again.")
        writes.put(PayoutAccountItem(key, "account", account=after, version=after.version), condition, conflict)
        if after.stripe_account is not None and (before is None or before.stripe_account != after.stripe_account):
            writes.put(StripeAccountItem(f"stripe-account#{after.stripe_account}", "payee", target=after.payee_id))

    def payee_of_stripe_account(self, stripe_account: str) -> str | None:
        """Whose account it is, or was."""
        item = StripeAccountItem.find(f"stripe-account#{stripe_account}", "payee")
        return None if item is None else item.target

    def payouts(self, payee_id: str) -> PayoutsAtStripe:
        """What Stripe was last seen to pay out to the payee's bank; nothing before the first."""
        item = PayoutsAtStripeItem.find(f"payee#{payee_id}", "payouts")
        return PayoutsAtStripe() if item is None else item.payouts

    def write_payouts(self, payee_id: str, payouts: PayoutsAtStripe) -> None:
        """What Stripe says now; it is fetched as a whole, so the last word counts."""
        PayoutsAtStripeItem(f"payee#{payee_id}", "payouts", payouts=payouts).save()

"""Payees' accounts at Stripe: asked for by the payee, made by the worker, kept as Stripe last described them."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.directory.rules import HOST_CHANGED
from chalicelib.payouts.account_store import AccountStore
from chalicelib.payouts.records import PayoutAccount, PayoutsAtStripe
from chalicelib.payouts.store import Superseded
from chalicelib.payouts.stripe_accounts import AccountGone, AccountState, StripeAccounts
from chalicelib.payouts.stripe_port import StripeRefused

PAYOUTS_PATH = "/creator/payouts"
"""Where Stripe sends people back to: the page says what is missing and, where a link has ended, makes a fresh one."""
MAX_ATTEMPTS = 6
ENDED = "The connection with Stripe was ended. Connect payouts again to be paid; what is owed to you stays owed."


class PayoutAccounts:
    """Connecting payouts."""

    def __init__(self, *, store: AccountStore, gateway: StripeAccounts, clock: Clock, base_url: str) -> None:
        """`base_url` is where payees come back to from Stripe."""
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._page = base_url.rstrip("/") + PAYOUTS_PATH

    def connect(self, principal: Principal, country: str) -> PayoutAccount:
        """Ask for an account, or for a fresh link to the one there is. The link appears on the account shortly after.

        The country (ISO 3166-1 alpha-2) cannot change while an account is there or its making is under way.
        """
        payee_id, now = principal.tenant_id, self._clock.now()
        for _ in range(MAX_ATTEMPTS):
            before = self._store.find(payee_id)
            known = before or PayoutAccount(payee_id=payee_id, email=principal.email, country=country, requested_at=now)
            is_free = known.stripe_account is None and known.note is not None
            after = replace(
                known,
                country=country if is_free else known.country,
                onboarding_url=None,
                onboarding_url_expires=None,
                note=None,
                links_made=known.links_made + 1,
                version=known.version + 1,
            )
            writes = Writes().announce("payee.connect", payee_id, iso(self._clock.real_now()))
            self._store.write(writes, after, before)
            try:
                writes.commit()
            except Superseded:
                continue
            return after
        raise Superseded("The payout account is changing just now. Try again.")

    def mine(self, principal: Principal) -> PayoutAccount:
        """The caller's account. Raises `NoPayoutAccount`."""
        return self._store.account(principal.tenant_id)

    def of_payee(self, payee_id: str) -> PayoutAccount | None:
        """A payee's account, for finance; None when they have connected nothing."""
        return self._store.find(payee_id)

    def payouts(self, principal: Principal) -> PayoutsAtStripe:
        """What Stripe pays out of the caller's account to their bank, as last seen."""
        return self._store.payouts(principal.tenant_id)

    def open_account(self, payee_id: str) -> PayoutAccount:
        """Worker: make the account once, then a link for its owner. Raises `StripeUnknown`, so that the message comes again."""
        account = self._store.account(payee_id)
        if account.stripe_account is None:
            key = f"account-{payee_id}-{account.attempt}"
            try:
                state = self._gateway.create_account(email=account.email, country=account.country, idempotency_key=key)
            except StripeRefused as refused:
                attempt, words = account.attempt, refused.message
                return self._change(payee_id, lambda seen: _refused(seen, attempt, words))
            account = self._change(payee_id, lambda seen: _as_described(seen, state) if seen.stripe_account is None else seen)
        return self._linked(account)

    def observe(self, stripe_account: str) -> PayoutAccount | None:
        """Fetch an account again and keep what Stripe says. None when it is not ours, or not its payee's any more."""
        payee_id = self._store.payee_of_stripe_account(stripe_account)
        if payee_id is None or self._store.account(payee_id).stripe_account != stripe_account:
            return None
        try:
            state = self._gateway.account(stripe_account)
        except AccountGone:
            return self._change(payee_id, lambda seen: _ended(seen, stripe_account))
        return self._change(payee_id, lambda seen: _as_described(seen, state) if seen.stripe_account == stripe_account else seen)

    def payee_of(self, stripe_account: str) -> str | None:
        """Whose account it is, or was; None when it is not ours."""
        return self._store.payee_of_stripe_account(stripe_account)

    def observe_payouts(self, stripe_account: str) -> PayoutsAtStripe | None:
        """Fetch what Stripe pays out of an account and keep it. None when it is not ours."""
        payee_id = self._store.payee_of_stripe_account(stripe_account)
        if payee_id is None or self._store.account(payee_id).stripe_account != stripe_account:
            return None
        seen = PayoutsAtStripe(payouts=self._gateway.payouts_of(stripe_account), seen_at=self._clock.real_now())
        self._store.write_payouts(payee_id, seen)
        return seen

    def _linked(self, account: PayoutAccount) -> PayoutAccount:
        """A link for the owner, kept only if nobody has asked for a later one meanwhile."""
        number, stripe_account = account.links_made, str(account.stripe_account)
        try:
            link = self._gateway.account_link(
                stripe_account,
                refresh_url=self._page,
                return_url=self._page,
                idempotency_key=f"account-link-{account.payee_id}-{number}",
            )
        except StripeRefused as refused:
            words = refused.message
            return self._change(account.payee_id, lambda seen: replace(seen, note=words))
        return self._change(
            account.payee_id,
            lambda seen: replace(seen, onboarding_url=link.url, onboarding_url_expires=link.expires) if seen.links_made == number else seen,
        )

    def _change(self, payee_id: str, change: Callable[[PayoutAccount], PayoutAccount]) -> PayoutAccount:
        """Read, change, write under the version that was read; what others wrote meanwhile is read again."""
        for _ in range(MAX_ATTEMPTS):
            before = self._store.account(payee_id)
            after = change(before)
            if after == before:
                return before
            after = replace(after, version=before.version + 1)
            self._store.write(writes := Writes(), after, before)
            if after.transfers_active != before.transfers_active:
                writes.announce(HOST_CHANGED, payee_id, iso(self._clock.real_now()))
            try:
                writes.commit()
            except Superseded:
                continue
            return after
        raise Superseded("The payout account is changing just now; the message comes again.")


def _as_described(account: PayoutAccount, state: AccountState) -> PayoutAccount:
    return replace(
        account,
        stripe_account=state.id,
        transfers_active=state.transfers_active,
        payouts_enabled=state.payouts_enabled,
        details_submitted=state.details_submitted,
        requirements_due=state.requirements_due,
        disabled_reason=state.disabled_reason,
    )


def _refused(account: PayoutAccount, attempt: int, words: str) -> PayoutAccount:
    """No account was made: the next try is another one, with another key, perhaps in another country."""
    return account if account.attempt != attempt else replace(account, attempt=attempt + 1, note=words)


def _ended(account: PayoutAccount, stripe_account: str) -> PayoutAccount:
    """The payee can connect anew; nothing of the old account stays."""
    if account.stripe_account != stripe_account:
        return account
    return PayoutAccount(
        payee_id=account.payee_id,
        email=account.email,
        country=account.country,
        requested_at=account.requested_at,
        note=ENDED,
        links_made=account.links_made,
        attempt=account.attempt + 1,
        version=account.version,
    )

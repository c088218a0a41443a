"""Payees' accounts at Stripe: asked for by the payee, made by the worker, kept as Stripe last described them."""

from dataclasses import replace

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.payouts.records import NoPayoutAccount, PayoutAccount
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_port import AccountState, StripeGateway, StripeRefused

RETURN_PATH = "/creator"


class PayoutAccounts:
    """Connecting payouts."""

    def __init__(self, *, store: PayoutsStore, gateway: StripeGateway, clock: Clock, base_url: str) -> None:
        """`base_url` is where payees come back to from Stripe."""
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._base_url = base_url.rstrip("/")

    def connect(self, principal: Principal, country: str) -> PayoutAccount:
        """Ask for an account, or for a fresh link to the one there is. The link appears on the account shortly after."""
        account = self._known(principal.tenant_id)
        if account is None:
            account = PayoutAccount(payee_id=principal.tenant_id, email=principal.email, country=country, requested_at=self._clock.now())
        account = replace(account, onboarding_url=None, onboarding_url_expires=None, note=None, links_made=account.links_made + 1)
        writes = Writes()
        self._store.add_account(writes, account)
        writes.announce("payee.connect", principal.tenant_id, iso(self._clock.real_now()))
        writes.commit()
        return account

    def mine(self, principal: Principal) -> PayoutAccount:
        """The caller's account. Raises `NoPayoutAccount`."""
        return self._store.account(principal.tenant_id)

    def open_account(self, payee_id: str) -> PayoutAccount:
        """Worker: make the account once, then a link for its owner. Raises `StripeUnknown`, so that the message comes again."""
        account = self._store.account(payee_id)
        try:
            if account.stripe_account is None:
                state = self._gateway.create_account(email=account.email, country=account.country, idempotency_key=f"account-{payee_id}")
                account = self._keep(account, state)
            link = self._gateway.account_link(
                str(account.stripe_account),
                refresh_url=self._base_url + RETURN_PATH,
                return_url=self._base_url + RETURN_PATH,
                idempotency_key=f"account-link-{payee_id}-{account.links_made}",
            )
        except StripeRefused as refused:
            account = replace(account, note=refused.message)
        else:
            account = replace(account, onboarding_url=link.url, onboarding_url_expires=link.expires)
        self._store.write_account(account)
        return account

    def observe(self, stripe_account: str) -> PayoutAccount | None:
        """Fetch an account again and keep what Stripe says. None when it is not ours."""
        payee_id = self._store.payee_of_stripe_account(stripe_account)
        if payee_id is None:
            return None
        return self._keep(self._store.account(payee_id), self._gateway.account(stripe_account))

    def _known(self, payee_id: str) -> PayoutAccount | None:
        try:
            return self._store.account(payee_id)
        except NoPayoutAccount:
            return None

    def _keep(self, account: PayoutAccount, state: AccountState) -> PayoutAccount:
        kept = replace(
            account,
            stripe_account=state.id,
            transfers_active=state.transfers_active,
            details_submitted=state.details_submitted,
            requirements_due=state.requirements_due,
            disabled_reason=state.disabled_reason,
        )
        self._store.write_account(kept)
        return kept

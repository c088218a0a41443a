"""Stripe's notices: verified, taken once, answered at once; worked off the queue with the object fetched again.

So neither their order nor their repetition matters, and nothing that a notice says is believed by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict
from chalicelib.payouts.chargebacks import Chargebacks
from chalicelib.payouts.fundings import Fundings
from chalicelib.payouts.payout_accounts import PayoutAccounts
from chalicelib.payouts.prepaid_refunds import RefundsOfPrepaid
from chalicelib.payouts.records import EventState, StripeEvent
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.stripe_notices import SecretDoesNotFit, parse_webhook
from chalicelib.payouts.stripe_port import StripeGateway, WebhookEvent
from chalicelib.payouts.transfers import Transfers

UNDONE_AFTER = timedelta(minutes=1)
"""When a notice that comes again is announced again; before, the first message is still on its way."""


class _AlreadyTaken(Conflict):
    """The notice was taken in before."""


class Webhooks:
    """Takes notices in and works them off."""

    def __init__(  # noqa: PLR0913  # who acts on notices, and what they are verified against
        self,
        *,
        store: PayoutsStore,
        gateway: StripeGateway,
        fundings: Fundings,
        refunds: RefundsOfPrepaid,
        chargebacks: Chargebacks,
        accounts: PayoutAccounts,
        transfers: Transfers,
        clock: Clock,
        secrets: Iterable[str],
        livemode: bool,
    ) -> None:
        """`secrets`: one per endpoint (platform, Connect); none disables the endpoint."""
        self._store = store
        self._gateway = gateway
        self._fundings = fundings
        self._refunds = refunds
        self._chargebacks = chargebacks
        self._accounts = accounts
        self._transfers = transfers
        self._clock = clock
        self._secrets = secrets
        self._livemode = livemode

    def receive(self, raw_body: bytes, signature: str) -> bool:
        """Take a notice in, once. False: it was taken before, which is fine. Raises `InvalidSignature`; then nothing is written.

        One that was taken in and not worked off yet is announced again: its message may have died meanwhile.
        """
        event = self._verified(raw_body, signature)
        notice = StripeEvent(
            event_id=event.id,
            type=event.type,
            object_id=event.object_id,
            account=event.account,
            created=event.created,
            received_at=self._clock.real_now(),
        )
        writes = self._announced(event.id)
        self._store.add_event(writes, notice, _AlreadyTaken("This notice was taken in before."))
        try:
            writes.commit()
        except _AlreadyTaken:
            if self._lies_undone(self._store.event(event.id)):
                self._announced(event.id).commit()
            return False
        return True

    def process(self, event_id: str) -> StripeEvent:
        """Worker: look at the notice's object as it is now. Safe to repeat; what Stripe does not answer is tried again."""
        event = self._store.event(event_id)
        if event.state is not EventState.RECEIVED:
            return event
        after = replace(event, state=EventState.DONE if self._act(event) else EventState.IGNORED)
        self._store.write_event(after)
        return after

    def _lies_undone(self, event: StripeEvent) -> bool:
        return event.state is EventState.RECEIVED and self._clock.real_now() >= event.received_at + UNDONE_AFTER

    def _announced(self, event_id: str) -> Writes:
        return Writes().announce("stripe.event", event_id, iso(self._clock.real_now()))

    def _act(self, event: StripeEvent) -> bool:
        """Whether the notice was about something of ours."""
        seen: tuple[tuple[str, Callable[[], object]], ...] = (
            ("checkout.session.", lambda: self._fundings.observe(self._gateway.checkout(event.object_id))),
            ("refund.", lambda: self._refunds.observe(self._gateway.refund(event.object_id))),
            ("charge.refund.", lambda: self._refunds.observe(self._gateway.refund(event.object_id))),
            ("charge.dispute.", lambda: self._chargebacks.observe(self._gateway.dispute(event.object_id))),
            ("transfer.", lambda: self._transfers.observe(self._gateway.transfer(event.object_id))),
            ("payout.", lambda: self._accounts.observe_payouts(event.account) if event.account else None),
            ("account.", lambda: self._accounts.observe(event.account or event.object_id)),
            ("capability.", lambda: self._accounts.observe(event.account or event.object_id)),
        )
        observe = next((look for kind, look in seen if event.type.startswith(kind)), None)
        return observe is not None and observe() is not None

    def _verified(self, raw_body: bytes, signature: str) -> WebhookEvent:
        refusal = SecretDoesNotFit("This endpoint takes no webhooks: no signing secret is configured.")
        for secret in self._secrets:  # read only now: most functions may not
            try:
                return parse_webhook(raw_body, signature, secret=secret, now=self._clock.real_now(), livemode=self._livemode)
            except SecretDoesNotFit as error:
                refusal = error
        raise refusal

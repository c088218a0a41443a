"""A small Stripe in memory: idempotent replay, balance and capability checks, answers lost on command."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chalicelib.payouts.stripe_port import (
    AccountLink,
    AccountState,
    BalanceTransaction,
    CheckoutLink,
    CheckoutState,
    StripeRefused,
    StripeUnknown,
    TransferState,
    WebhookEvent,
)

FEE_MINOR = 20


@dataclass
class FakeStripe:
    """Implements `StripeGateway`. `lose` counts down: so many coming writes are executed (or not, with `cut`) and their answer lost."""

    balance_minor: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    checkouts: dict[str, CheckoutState] = field(default_factory=dict)
    made: dict[str, TransferState] = field(default_factory=dict)
    answers: dict[str, object] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    lose: int = 0
    cut: int = 0
    refuse: str | None = None
    active: bool = True

    def create_account(self, *, email: str, country: str, idempotency_key: str) -> AccountState:
        self.keys.append(idempotency_key)
        known = self.answers.get(idempotency_key)
        if isinstance(known, AccountState):
            return known
        state = AccountState(
            id=f"acct_{len(self.accounts) + 1}",
            country=country,
            email=email,
            transfers_active=self.active,
            payouts_enabled=self.active,
            details_submitted=self.active,
            requirements_due=(),
            disabled_reason=None,
        )
        self.accounts[state.id] = state
        self.answers[idempotency_key] = state
        return state

    def account(self, account_id: str) -> AccountState:
        return replace(self.accounts[account_id], transfers_active=self.active)

    def account_link(self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str) -> AccountLink:
        self.keys.append(idempotency_key)
        return AccountLink(url=f"https://connect.example/{account_id}?{refresh_url}{return_url}", expires=1)

    def create_checkout(  # noqa: PLR0913  # the port's own
        self,
        *,
        amount_minor: int,
        currency: str,
        reference: str,
        success_url: str,
        cancel_url: str,
        customer_email: str,
        idempotency_key: str,
    ) -> CheckoutLink:
        self._may_fail(idempotency_key)
        checkout_id = f"cs_{reference}"
        self.checkouts[checkout_id] = CheckoutState(
            id=checkout_id,
            status="open",
            payment_status="unpaid",
            amount_minor=amount_minor,
            currency=currency,
            reference=reference,
            payment_intent=None,
            charge=None,
            fee_minor=None,
            balance_transaction=None,
        )
        return CheckoutLink(id=checkout_id, url=f"https://pay.example/{checkout_id}?{success_url}{cancel_url}{customer_email}")

    def pay(self, checkout_id: str) -> None:
        """The brand pays at the page."""
        state = self.checkouts[checkout_id]
        self.checkouts[checkout_id] = replace(
            state,
            status="complete",
            payment_status="paid",
            charge=f"ch_{checkout_id}",
            fee_minor=FEE_MINOR,
            balance_transaction=f"txn_{checkout_id}",
        )
        self.balance_minor[state.currency] = self.balance_minor.get(state.currency, 0) + state.amount_minor - FEE_MINOR

    def checkout(self, checkout_id: str) -> CheckoutState:
        return self.checkouts[checkout_id]

    def create_transfer(
        self, *, amount_minor: int, currency: str, destination: str, transfer_group: str, settlement_id: str, idempotency_key: str
    ) -> TransferState:
        self._may_fail(idempotency_key)
        known = self.answers.get(idempotency_key)
        if not isinstance(known, TransferState):
            if self.balance_minor.get(currency, 0) < amount_minor:
                raise StripeRefused("balance_insufficient", "not enough available balance")
            self.balance_minor[currency] -= amount_minor
            number = len(self.made) + 1
            known = TransferState(
                id=f"tr_{number}",
                amount_minor=amount_minor,
                currency=currency,
                destination=destination,
                group=transfer_group,
                settlement_id=settlement_id,
                reversed_minor=0,
                balance_transaction=f"txn_tr_{number}",
                created=0,
            )
            self.made[known.id] = known
            self.answers[idempotency_key] = known
        if self.lose:
            self.lose -= 1
            raise StripeUnknown("connection", "the answer was lost")
        return self.made[known.id]

    def transfer(self, transfer_id: str) -> TransferState:
        return self.made[transfer_id]

    def transfers_by_group(self, group: str) -> tuple[TransferState, ...]:
        return tuple(transfer for transfer in self.made.values() if transfer.group == group)

    def transfers(self) -> Iterator[TransferState]:
        yield from reversed(self.made.values())

    def reverse_transfer(self, transfer_id: str, *, amount_minor: int, currency: str, idempotency_key: str) -> TransferState:
        self.keys.append(idempotency_key)
        before = self.made[transfer_id]
        assert before.currency == currency
        self.made[transfer_id] = replace(before, reversed_minor=before.reversed_minor + amount_minor)
        self.balance_minor[before.currency] += amount_minor
        return self.made[transfer_id]

    def available_balance(self, currency: str) -> int:
        return self.balance_minor.get(currency, 0)

    def balance_transactions(
        self, *, created_from: int | None = None, created_to: int | None = None, type_: str | None = None
    ) -> Iterator[BalanceTransaction]:
        del created_from, created_to, type_
        return iter(())

    def event(self, event_id: str) -> WebhookEvent:
        raise KeyError(event_id)

    def _may_fail(self, key: str) -> None:
        self.keys.append(key)
        if self.cut:
            self.cut -= 1
            raise StripeUnknown("connection", "the connection was cut")
        if self.refuse is not None:
            raise StripeRefused(self.refuse, "refused on command")

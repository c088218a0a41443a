"""A small Stripe in memory: idempotent replay, balance and capability checks, answers lost on command."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chalicelib.payouts.stripe_accounts import AccountGone, AccountLink, AccountState, PayoutContent, PayoutState
from chalicelib.payouts.stripe_port import (
    BalanceTransaction,
    ChargeState,
    CheckoutLink,
    CheckoutState,
    DisputeMove,
    DisputeState,
    RefundState,
    ReversalState,
    StripeRefused,
    StripeUnknown,
    TransferState,
    WebhookEvent,
)

FEE_MINOR = 20
DISPUTE_FEE_MINOR = 2_000


@dataclass
class FakeStripe:
    """Implements `StripeGateway`. `lose` counts down: so many coming writes are executed (or not, with `cut`) and their answer lost."""

    balance_minor: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    checkouts: dict[str, CheckoutState] = field(default_factory=dict)
    made: dict[str, TransferState] = field(default_factory=dict)
    reversals: dict[str, list[ReversalState]] = field(default_factory=dict)
    payouts: dict[str, tuple[PayoutState, ...]] = field(default_factory=dict)
    contents: dict[tuple[str, str], PayoutContent] = field(default_factory=dict)
    refunds: dict[str, RefundState] = field(default_factory=dict)
    disputes: dict[str, DisputeState] = field(default_factory=dict)
    movements: list[BalanceTransaction] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    lose: int = 0
    cut: int = 0
    refuse: str | None = None
    refuse_account: str | None = None
    active: bool = True
    due: tuple[str, ...] = ()
    link_expires: int = 4_000_000_000

    def create_account(self, *, email: str, country: str, idempotency_key: str) -> AccountState:
        self._may_fail(idempotency_key)
        if self.refuse_account is not None:
            raise StripeRefused(self.refuse_account, "refused on command")
        known = self.answers.get(idempotency_key)
        if isinstance(known, AccountState):
            return known
        state = AccountState(
            id=f"acct_{sum(isinstance(each, AccountState) for each in self.answers.values()) + 1}",
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
        if account_id not in self.accounts:
            raise AccountGone(f"The provided key does not have access to account {account_id}.")
        return replace(self.accounts[account_id], transfers_active=self.active, requirements_due=self.due)

    def payout_content(self, account_id: str, payout_id: str) -> PayoutContent:
        return self.contents[account_id, payout_id]

    def payouts_of(self, account_id: str) -> tuple[PayoutState, ...]:
        return self.payouts.get(account_id, ())

    def account_link(self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str) -> AccountLink:
        self.keys.append(idempotency_key)
        return AccountLink(url=f"https://connect.example/{account_id}?{refresh_url}{return_url}", expires=self.link_expires)

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

    def charge(self, charge_id: str) -> ChargeState:
        state = self.checkouts[charge_id.removeprefix("ch_")]
        return ChargeState(
            id=charge_id,
            amount_minor=state.amount_minor,
            refunded_minor=sum(made.amount_minor for made in self.refunds_of(charge_id) if made.status != "failed"),
            currency=state.currency,
            disputed=any(each.charge == charge_id for each in self.disputes.values()),
            reference=state.reference,
        )

    def create_refund(self, *, charge_id: str, amount_minor: int, currency: str, reference: str, idempotency_key: str) -> RefundState:
        self._may_fail(idempotency_key)
        known = self.answers.get(idempotency_key)
        if not isinstance(known, RefundState):
            if amount_minor > self.charge(charge_id).refundable_minor:
                raise StripeRefused("charge_already_refunded", "more than is left of the charge")
            number = len(self.refunds) + 1
            known = RefundState(
                id=f"re_{number}",
                charge=charge_id,
                amount_minor=amount_minor,
                currency=currency,
                status="succeeded",
                reference=reference,
                balance_transaction=f"txn_re_{number}",
                failure_balance_transaction=None,
                failure_reason=None,
                created=0,
            )
            self.refunds[known.id] = known
            self.balance_minor[known.currency] -= amount_minor
            self.answers[idempotency_key] = known
        if self.lose:
            self.lose -= 1
            raise StripeUnknown("connection", "the answer was lost")
        return self.refunds[known.id]

    def refund(self, refund_id: str) -> RefundState:
        return self.refunds[refund_id]

    def refunds_of(self, charge_id: str) -> tuple[RefundState, ...]:
        return tuple(refund for refund in self.refunds.values() if refund.charge == charge_id)

    def fail_refund(self, refund_id: str) -> RefundState:
        """The payer's bank gives a refund back."""
        made = self.refunds[refund_id]
        self.balance_minor[made.currency] += made.amount_minor
        failed = replace(made, status="failed", failure_balance_transaction=f"txn_{refund_id}_failed", failure_reason="lost_or_stolen_card")
        self.refunds[refund_id] = failed
        return failed

    def take_back(self, charge_id: str) -> DisputeState:
        """The payer's bank takes a payment back."""
        charge = self.charge(charge_id)
        dispute_id = f"du_{charge_id}"
        taken = DisputeMove(balance_transaction=f"txn_{dispute_id}", amount_minor=-charge.refundable_minor, fee_minor=DISPUTE_FEE_MINOR)
        state = DisputeState(
            id=dispute_id,
            charge=charge_id,
            amount_minor=-taken.amount_minor,
            currency=charge.currency,
            status="needs_response",
            reason="fraudulent",
            moves=(taken,),
        )
        self.disputes[dispute_id] = state
        self.balance_minor[charge.currency] += taken.amount_minor - taken.fee_minor
        return state

    def end_dispute(self, dispute_id: str, status: str) -> DisputeState:
        """It ends, won or lost."""
        state = self.disputes[dispute_id]
        moves = state.moves
        if status == "won":
            back = DisputeMove(balance_transaction=f"txn_{dispute_id}_won", amount_minor=state.amount_minor, fee_minor=0)
            moves = (*moves, back)
            self.balance_minor[state.currency] += state.amount_minor
        self.disputes[dispute_id] = replace(state, status=status, moves=moves)
        return self.disputes[dispute_id]

    def dispute(self, dispute_id: str) -> DisputeState:
        return self.disputes[dispute_id]

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

    def transfers(self, *, created_from: int | None = None) -> Iterator[TransferState]:
        yield from (each for each in reversed(self.made.values()) if each.created >= (created_from or 0))

    def transfer_behind(self, balance_transaction_id: str) -> str | None:
        moved = {each.balance_transaction: each.id for each in self.made.values()}
        back = {each.balance_transaction: transfer_id for transfer_id, made in self.reversals.items() for each in made}
        return {**moved, **back}.get(balance_transaction_id)

    def reverse_transfer(
        self, transfer_id: str, *, amount_minor: int, currency: str, idempotency_key: str, reference: str = ""
    ) -> TransferState:
        self._may_fail(idempotency_key)
        before = self.made[transfer_id]
        assert before.currency == currency
        if idempotency_key not in self.answers:
            if before.reversed_minor == before.amount_minor:
                return before
            if amount_minor > before.amount_minor - before.reversed_minor:
                raise StripeRefused("parameter_invalid_integer", "more than is left of the transfer")
            known = self.reversals.setdefault(transfer_id, [])
            made = ReversalState(
                id=f"trr_{transfer_id}_{len(known) + 1}",
                amount_minor=amount_minor,
                currency=currency,
                balance_transaction=f"txn_trr_{transfer_id}_{len(known) + 1}",
                reference=reference,
                created=0,
            )
            known.append(made)
            self.made[transfer_id] = replace(before, reversed_minor=before.reversed_minor + amount_minor)
            self.balance_minor[before.currency] += amount_minor
            self.answers[idempotency_key] = made
        if self.lose:
            self.lose -= 1
            raise StripeUnknown("connection", "the answer was lost")
        return self.made[transfer_id]

    def reversals_of(self, transfer_id: str) -> tuple[ReversalState, ...]:
        return tuple(self.reversals.get(transfer_id, ()))

    def available_balance(self, currency: str) -> int:
        return self.balance_minor.get(currency, 0)

    def balance_transactions(
        self, *, created_from: int | None = None, created_to: int | None = None, type_: str | None = None
    ) -> Iterator[BalanceTransaction]:
        within = range(created_from or 0, created_to or 2**62)
        yield from (each for each in self.movements if each.created in within and type_ in {None, each.type})

    def event(self, event_id: str) -> WebhookEvent:
        raise KeyError(event_id)

    def _may_fail(self, key: str) -> None:
        self.keys.append(key)
        if self.cut:
            self.cut -= 1
            raise StripeUnknown("connection", "the connection was cut")
        if self.refuse is not None:
            raise StripeRefused(self.refuse, "refused on command")

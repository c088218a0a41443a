"""What brands pay: asked for, paid at Stripe's page, booked when Stripe itself says so."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.adapters.dynamo import Transaction as Writes
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import new_id
from chalicelib.ledger import accounts
from chalicelib.ledger.rules import Transaction, postings_of
from chalicelib.ledger.service import Joined, KeyReused, LedgerService
from chalicelib.payouts.accrual import Accruals
from chalicelib.payouts.ports import ContractFacts, ContractParties, NoSuchContract, ShowFactsSource
from chalicelib.payouts.rules.funding import Funding, FundingKind, FundingState, NoSuchFunding, NothingToPay, deposit_minor
from chalicelib.payouts.rules.positions import unfunded_minor, unused_minor
from chalicelib.payouts.store import PayoutsStore, Superseded
from chalicelib.payouts.stripe_port import CheckoutState, StripeGateway, StripeRefused

FUNDING = "funding"
MAX_ATTEMPTS = 6
LOOKED_UP_EVERY = timedelta(hours=1)
MAX_FOLLOWED_UP = 100
PAID = "paid"
EXPIRED = "expired"
BANK_REFUSED = "Your bank did not make the payment. Ask for it again and pay another way."
TO_BE_PAID = frozenset({FundingState.REQUESTED, FundingState.OPEN})


class PaymentNotUnderstood(Superseded):
    """Stripe says paid, but not what and with which fee; the notice is worked off again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFunds:
    """A contract's money as it is now, in minor units: paid in and not given back, matured and not paid for, used by nothing yet."""

    currency: str
    received_minor: int
    unfunded_minor: int
    unused_minor: int


class MoreThanWasPaid(Conflict):
    """More would leave a contract's funds than its brand has paid."""


class Fundings:
    """Deposits and balance invoices."""

    def __init__(  # noqa: PLR0913  # each part once
        self,
        *,
        store: PayoutsStore,
        ledger: LedgerService,
        accruals: Accruals,
        contracts: ContractFacts,
        shows: ShowFactsSource,
        gateway: StripeGateway,
        clock: Clock,
        base_url: str,
    ) -> None:
        """`base_url` is where brands come back to after paying."""
        self._store = store
        self._ledger = ledger
        self._accruals = accruals
        self._contracts = contracts
        self._shows = shows
        self._gateway = gateway
        self._clock = clock
        self._base_url = base_url.rstrip("/")

    def request(self, principal: Principal, contract_id: str, kind: FundingKind) -> Funding:
        """Ask for a deposit, or for all that has matured and is not paid for. A payment that is open already is returned as it is.

        Raises `NoSuchContract` for another brand's contract, `NothingToPay`.
        """
        parties = self._contracts.parties(contract_id)
        if principal.tenant_id != parties.brand_id:
            raise NoSuchContract("There is no such contract.")
        waiting = self._store.open_funding(contract_id)
        if waiting is not None:
            return waiting
        funding = Funding(
            funding_id=new_id("fnd"),
            contract_id=contract_id,
            brand_id=parties.brand_id,
            kind=kind,
            currency=parties.terms.currency,
            amount_minor=self._amount(parties, kind),
            state=FundingState.REQUESTED,
            requested_by=principal.user_id,
            customer_email=principal.email,
            requested_at=self._clock.now(),
        )
        writes = Writes()
        self._store.add_funding(writes, funding, self._clock.real_now())
        writes.announce("deposit.checkout", funding.funding_id, iso(self._clock.real_now()))
        writes.commit()
        return funding

    def get(self, principal: Principal, funding_id: str) -> Funding:
        """A payment, for its brand and for finance. Raises `NoSuchFunding`."""
        funding = self._store.funding(funding_id)
        if principal.tenant_id not in {PLATFORM_TENANT, funding.brand_id}:
            raise NoSuchFunding("There is no such payment. Ask for it again.")
        return funding

    def of_contract(self, principal: Principal, contract_id: str) -> list[Funding]:
        """All payments for a contract, oldest first, for its brand and for finance. Raises `NoSuchContract`."""
        self._contracts.parties(contract_id).demand_payer(principal)
        return self._store.fundings(contract_id)

    def create_checkout(self, funding_id: str) -> Funding:
        """Worker: have Stripe make the page. Raises `StripeUnknown`, so that the message comes again with the same key."""
        before = self._store.funding(funding_id)
        if before.state is not FundingState.REQUESTED:
            return before
        page = f"{self._base_url}/contracts/{before.contract_id}/payment"
        try:
            link = self._gateway.create_checkout(
                amount_minor=before.amount_minor,
                currency=before.currency,
                reference=funding_id,
                success_url=page,
                cancel_url=page,
                customer_email=before.customer_email,
                idempotency_key=f"checkout-{funding_id}",
            )
        except StripeRefused as refused:
            return self._write(replace(before, state=FundingState.FAILED, note=refused.message), before)
        return self._write(replace(before, state=FundingState.OPEN, checkout_id=link.id, url=link.url), before)

    def follow_up(self) -> int:
        """Have payments brought on that were not paid within the hour, in case a message or a notice was lost: run by the schedule.

        Returns how many there were.
        """
        now = self._clock.real_now()
        late = self._store.fundings_not_looked_up_since(now - LOOKED_UP_EVERY)[:MAX_FOLLOWED_UP]
        for funding_id in late:
            asked = self._store.funding(funding_id).state is FundingState.REQUESTED
            writes = Writes().announce("deposit.checkout" if asked else "deposit.look_up", funding_id, iso(now))
            self._store.look_up_funding(writes, funding_id, now)
            with suppress(Conflict):
                writes.commit()
        return len(late)

    def look_up(self, funding_id: str) -> Funding:
        """Worker: see at Stripe whether an open payment was paid or has expired."""
        funding = self._store.funding(funding_id)
        if funding.state is not FundingState.OPEN or funding.checkout_id is None:
            return funding
        return self.observe(self._gateway.checkout(funding.checkout_id)) or funding

    def observe(self, checkout: CheckoutState) -> Funding | None:
        """What Stripe says about a checkout now: book it once when it is paid. None when it is not ours."""
        try:
            funding = self._store.funding(checkout.reference)
        except NoSuchFunding:
            return None
        if funding.state is not FundingState.PAID and checkout.payment_status == PAID:
            return self._book(funding, checkout)
        if funding.state in TO_BE_PAID and checkout.failed:
            return self._write(replace(funding, state=FundingState.FAILED, note=BANK_REFUSED), funding)
        if funding.state in TO_BE_PAID and checkout.status == EXPIRED:
            return self._write(
                replace(funding, state=FundingState.EXPIRED, note="The page expired unpaid. Ask for the payment again."), funding
            )
        return funding

    def _amount(self, parties: ContractParties, kind: FundingKind) -> int:
        amount = self.deposit_due(parties.contract_id) if kind is FundingKind.DEPOSIT else self.unfunded(parties.contract_id)
        if amount <= 0:
            raise NothingToPay(f"There is nothing to pay as a {kind} now. What matures later is asked for then.")
        return amount

    def deposit_due(self, contract_id: str) -> int:
        """What is still to be paid before a contract's shows, in minor units, read by the system."""
        received, _ = self._store.funds(contract_id)
        return deposit_minor(self._shows.show_facts(contract_id), received_minor=received)

    def standing(self, principal: Principal, contract_id: str) -> ContractFunds:
        """What was paid in for a contract, what is still to pay and what is unused, for its brand and for finance.

        Raises `NoSuchContract`.
        """
        parties = self._contracts.parties(contract_id)
        if principal.tenant_id not in {PLATFORM_TENANT, parties.brand_id}:
            raise NoSuchContract("There is no such contract.")
        booked = self._store.accrual(contract_id)
        earned = self._accruals.computed(contract_id, self._clock.now()).earned
        funds = self._accruals.funds(earned, booked, self._accruals.balances(earned, booked))
        return ContractFunds(
            currency=parties.terms.currency,
            received_minor=funds.received_minor,
            unfunded_minor=unfunded_minor(earned, funds),
            unused_minor=unused_minor(earned, funds),
        )

    def prepaid_of(self, contract_id: str) -> tuple[accounts.Account, str]:
        """The account of a contract's prepaid money, and its currency. Raises `NoSuchContract`."""
        parties = self._contracts.parties(contract_id)
        return accounts.brand_prepaid(parties.brand_id), parties.terms.currency

    def correct(self, contract_id: str, minor: int, book: Callable[[Joined], object]) -> None:
        """Have something booked to the prepaid account; in the same write the contract's funds grow by `minor`, or shrink below 0.

        `book` is given what joins its write, and is called again when another payment came in between. Raises `MoreThanWasPaid`,
        `Superseded`.
        """
        for _ in range(MAX_ATTEMPTS):
            with suppress(Superseded):
                book(partial(self._corrected, contract_id=contract_id, minor=minor))
                return
        raise Superseded("Other payments for the contract are being booked just now. Nothing was booked; try again.")

    def unfunded(self, contract_id: str) -> int:
        """What the brand has to pay for what has matured by now, in minor units, computed anew."""
        booked = self._store.accrual(contract_id)
        earned = self._accruals.computed(contract_id, self._clock.now()).earned
        return unfunded_minor(earned, self._accruals.funds(earned, booked, self._accruals.balances(earned, booked)))

    def _book(self, funding: Funding, checkout: CheckoutState) -> Funding:
        if checkout.fee_minor is None or checkout.currency != funding.currency:
            raise PaymentNotUnderstood(f"Checkout {checkout.id} is paid, but its fee or currency is not known yet. It is tried again.")
        now = self._clock.now()
        for _ in range(MAX_ATTEMPTS):
            if funding.state is FundingState.PAID:
                return funding
            after = replace(
                funding,
                state=FundingState.PAID,
                paid_at=now,
                checkout_id=checkout.id,
                stripe_fee_minor=checkout.fee_minor,
                charge_id=checkout.charge,
                balance_transaction_id=checkout.balance_transaction,
            )
            received, version = self._store.funds(funding.contract_id)
            joined = partial(self._paid, after=after, before=funding, received_minor=received + checkout.amount_minor, version=version)
            try:
                self._ledger.post(_received(funding, checkout, now), joined=joined)
            except (Superseded, KeyReused):
                funding = self._store.funding(funding.funding_id)
                continue
            return after
        raise PaymentNotUnderstood("Other payments for the contract are being booked just now. It is tried again.")

    def _paid(self, writes: Writes, *, after: Funding, before: Funding, received_minor: int, version: int) -> None:
        self._store.write_funding(writes, after, before)
        self._store.receive(writes, before.contract_id, received_minor, version)
        writes.announce("earnings.accrue", before.contract_id, iso(self._clock.real_now()))
        if after.kind is FundingKind.DEPOSIT:
            writes.announce("contract.funded", after.contract_id, iso(self._clock.real_now()))

    def _corrected(self, writes: Writes, *, contract_id: str, minor: int) -> None:
        received, version = self._store.funds(contract_id)
        if received + minor < 0:
            raise MoreThanWasPaid("The brand has not paid so much for this contract. Name another contract, or book it elsewhere.")
        self._store.receive(writes, contract_id, received + minor, version)
        writes.announce("earnings.accrue", contract_id, iso(self._clock.real_now()))

    def _write(self, after: Funding, before: Funding) -> Funding:
        writes = Writes()
        self._store.write_funding(writes, after, before)
        try:
            writes.commit()
        except Superseded:
            return self._store.funding(before.funding_id)
        return after


def _received(funding: Funding, checkout: CheckoutState, now: datetime) -> Transaction:
    fee = checkout.fee_minor or 0
    amounts = {
        accounts.PLATFORM_STRIPE_BALANCE: checkout.amount_minor - fee,
        accounts.PLATFORM_STRIPE_FEES: fee,
        accounts.brand_prepaid(funding.brand_id): -checkout.amount_minor,
    }
    return Transaction(
        key=f"funding#{checkout.id}",
        kind=FUNDING,
        occurred_at=now,
        reason=f"{funding.kind} paid by the brand",
        postings=postings_of(amounts, funding.currency),
        contract_id=funding.contract_id,
        facts={
            "funding_id": funding.funding_id,
            "checkout_id": checkout.id,
            "charge_id": checkout.charge or "",
            "balance_transaction": checkout.balance_transaction or "",
        },
    )

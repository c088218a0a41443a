"""What is known of a deal's money when notices look at it: read by the system, nothing is changed."""

from chalicelib.contracts.rules import Contract
from chalicelib.payouts.account_store import AccountStore
from chalicelib.payouts.invoice_store import InvoiceStore
from chalicelib.payouts.ports import ShowFactsSource
from chalicelib.payouts.refund_store import RefundStore
from chalicelib.payouts.rules.funding import deposit_minor
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid
from chalicelib.payouts.rules.settlements import Settlement
from chalicelib.payouts.store import PayoutsStore
from chalicelib.payouts.waits import MoneyOfDeal

MAX_SETTLEMENTS_TOLD = 20
"""The newest settlements of a payee; what became of older ones was told long ago."""


class MoneyOfDeals:
    """Deposits, invoices, payees and settlements as waits."""

    def __init__(
        self, *, store: PayoutsStore, accounts: AccountStore, invoices: InvoiceStore, refunds: RefundStore, shows: ShowFactsSource
    ) -> None:
        """`shows` tell what a deposit is asked for."""
        self._store = store
        self._accounts = accounts
        self._invoices = invoices
        self._refunds = refunds
        self._shows = shows

    def of(self, contract: Contract) -> MoneyOfDeal:
        """A signed contract's money."""
        contract_id = contract.contract_id
        received, _ = self._store.funds(contract_id)
        payees = dict.fromkeys([contract.creator_id, *(split.payee_id for each in contract.versions for split in each.terms.splits)])
        accounts = {payee_id: self._accounts.find(payee_id) for payee_id in payees}
        return MoneyOfDeal(
            deposit_due_minor=deposit_minor(self._shows.show_facts(contract_id), received_minor=received),
            fundings=tuple(self._store.fundings(contract_id)),
            invoice=self._invoices.find(contract_id),
            cannot_be_paid=tuple(payee for payee, account in accounts.items() if account is None or not account.transfers_active),
            next_check_at=self._store.next_check_at(contract_id),
            has_statement=self._store.accrual(contract_id) is not None,
        )

    def newest_settlements(self) -> list[Settlement]:
        """The newest settlements of all payees."""
        return self._store.settlements()

    def refunds_of(self, contract_id: str) -> list[RefundOfPrepaid]:
        """What is to go back to a contract's brand, or did."""
        return self._refunds.of_contract(contract_id)

    def settlements_of(self, payee_id: str) -> list[Settlement]:
        """A payee's newest settlements."""
        return self._store.settlements(payee_id)[:MAX_SETTLEMENTS_TOLD]

"""What a payee sees of its money: where it stands, in all and contract by contract."""

from dataclasses import dataclass

from chalicelib.core.access import Principal
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.ports import ContractFacts
from chalicelib.payouts.records import Accrual
from chalicelib.payouts.store import PayoutsStore

STAGES = ("pending", *accounts.STAGES_OF_MATURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageAmounts:
    """Where a payee's money stands, in minor units; a negative `payable` is a debt."""

    currency: str
    pending_minor: int
    unfunded_minor: int
    disputed_minor: int
    payable_minor: int
    in_transit_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAmounts:
    """What one contract has brought a payee: `released_minor` became payable, whatever happened to it then."""

    contract_id: str
    title: str
    currency: str
    pending_minor: int
    unfunded_minor: int
    disputed_minor: int
    released_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsView:
    """A payee's earnings: in all, and contract by contract."""

    payee_id: str
    totals: tuple[StageAmounts, ...]
    contracts: tuple[ContractAmounts, ...]


class Payees:
    """Reads for payees."""

    def __init__(self, *, store: PayoutsStore, ledger: LedgerService, contracts: ContractFacts) -> None:
        """`contracts` names them."""
        self._store = store
        self._ledger = ledger
        self._contracts = contracts

    def earnings(self, principal: Principal) -> EarningsView:
        """Where the caller's own earnings stand."""
        payee = principal.tenant_id
        booked = [accrual for accrual in (self._store.accrual(contract) for contract in self._store.contracts_of(payee)) if accrual]
        return EarningsView(
            payee_id=payee,
            totals=self._totals(payee),
            contracts=tuple(_of_contract(accrual, payee, self._contracts.parties(accrual.contract_id).title) for accrual in booked),
        )

    def _totals(self, payee_id: str) -> tuple[StageAmounts, ...]:
        by_currency: dict[str, dict[str, int]] = {}
        for balance in self._ledger.balances(f"{accounts.PAYEE_PREFIX}{payee_id}:"):
            by_currency.setdefault(balance.currency, {})[accounts.stage_of(balance.account)] = -balance.minor
        return tuple(
            StageAmounts(currency=currency, **{f"{stage}_minor": stages.get(stage, 0) for stage in STAGES})
            for currency, stages in sorted(by_currency.items())
        )


def _of_contract(accrual: Accrual, payee_id: str, title: str) -> ContractAmounts:
    def at(account: Account) -> int:
        return -accrual.positions.get(account, 0)

    return ContractAmounts(
        contract_id=accrual.contract_id,
        title=title,
        currency=accrual.currency,
        pending_minor=at(accounts.payee_pending(payee_id)),
        unfunded_minor=at(accounts.payee_unfunded(payee_id)),
        disputed_minor=at(accounts.payee_disputed(payee_id)),
        released_minor=at(accounts.payee_payable(payee_id)),
    )

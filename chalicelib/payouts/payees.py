"""What a payee sees of its money: where it stands, in all and contract by contract."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core.access import Principal
from chalicelib.ledger import accounts
from chalicelib.ledger.accounts import Account
from chalicelib.ledger.service import LedgerService
from chalicelib.payouts.ports import ContractFacts
from chalicelib.payouts.records import Accrual
from chalicelib.payouts.rules.debts import Debt, owed_under
from chalicelib.payouts.rules.settlements import CarryOver, carry_over
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeStanding:
    """Where a payee stands in a currency: `carried` says why nothing is paid now; `debts` are worked off oldest first."""

    payee_id: str
    currency: str
    payable_minor: int
    carried: CarryOver | None
    debts: tuple[Debt, ...]


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

    def standing(self, payee_id: str) -> list[PayeeStanding]:
        """What a payee can be paid now or owes, by currency: for the payee's own page and for finance."""
        prefix = f"{accounts.PAYEE_PREFIX}{payee_id}:"
        payable = [each for each in self._ledger.balances(prefix) if accounts.stage_of(each.account) == accounts.PAYABLE]
        return [
            PayeeStanding(
                payee_id=payee_id,
                currency=each.currency,
                payable_minor=-each.minor,
                carried=carry_over(payee_id, each.currency, -each.minor),
                debts=self._store.debts(payee_id, each.currency),
            )
            for each in payable
        ]

    def owed_back(self, contract_id: str) -> Mapping[str, int]:
        """What each payee owes back under a contract, which becomes its brand's only as it is netted or repaid."""
        booked = self._store.accrual(contract_id)
        payees = booked.payees if booked else ()
        owed = {payee: owed_under(self._store.debts(payee, booked.currency), contract_id) for payee in payees if booked}
        return {payee: minor for payee, minor in owed.items() if minor}

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

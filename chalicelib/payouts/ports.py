"""What paying out needs from the features before it, in its own words; the composition root fulfils it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.contracts.terms import Terms
from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.errors import NotFound
from chalicelib.payouts.earnings import RefundFact, SaleFact, ShowFacts


class NoSuchContract(NotFound):
    """There is no such contract for this caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractParties:
    """A contract as far as money needs it. `terms` is the version in force now; each show carries its own in `ShowFacts`."""

    contract_id: str
    brand_id: str
    creator_id: str
    agency_ids: tuple[str, ...]
    title: str
    terms: Terms

    def demand_payer(self, principal: Principal) -> None:
        """Who may see what the brand pays: the brand itself and the marketplace. Raises `NoSuchContract` to others."""
        if principal.tenant_id not in {PLATFORM_TENANT, self.brand_id}:
            raise NoSuchContract("There is no such contract.")


class ContractFacts(Protocol):
    """Who owes whom, on which terms."""

    def parties(self, contract_id: str) -> ContractParties:
        """A system read for workers. Raises `NoSuchContract`."""
        ...


class ShowFactsSource(Protocol):
    """What happened around the shows of a contract."""

    def show_facts(self, contract_id: str, as_of: datetime | None = None) -> tuple[ShowFacts, ...]:
        """One per booking, with the terms in force at its scheduled start; `as_of` an instant: both as agreed by then."""
        ...

    def title_of(self, show_id: str) -> str:
        """The show's title for people."""
        ...


class SalesFacts(Protocol):
    """What was sold and what came back in a show."""

    def show_sales(self, show_id: str, as_of: datetime | None = None) -> tuple[tuple[SaleFact, ...], tuple[RefundFact, ...]]:
        """All facts known of the show; `as_of` an instant, with the sales that were attributed to it by then."""
        ...

"""What shows need from others, said in their own words; the composition root gives what fits."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from chalicelib.adapters.dynamo import Transaction
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import Principal
from chalicelib.directory.rules import Product, Profile, Tenant


class BookedShow(Protocol):
    """One booking of a contract: the show that it becomes."""

    @property
    def booking_id(self) -> str:
        """Whose state moves with the show."""
        ...

    @property
    def show_id(self) -> str:
        """Derived from the booking, so that opening twice opens one show."""
        ...

    @property
    def starts_at(self) -> datetime:
        """Scheduled start in UTC."""
        ...

    @property
    def minutes(self) -> int:
        """Planned length."""
        ...

    @property
    def title(self) -> str:
        """What the parties called it."""
        ...


class SignedContract(Protocol):
    """A contract, as far as its shows need it."""

    @property
    def contract_id(self) -> str:
        """Its id."""
        ...

    @property
    def brand_id(self) -> str:
        """The brand that books."""
        ...

    @property
    def creator_id(self) -> str:
        """The host."""
        ...

    @property
    def agency_id(self) -> str | None:
        """The host's agency."""
        ...

    @property
    def terms(self) -> Terms:
        """The terms in force."""
        ...

    @property
    def signed_at(self) -> datetime | None:
        """When the second signature came."""
        ...

    @property
    def bookings(self) -> Sequence[BookedShow]:
        """Each is one show."""
        ...


class ContractSource(Protocol):
    """Reads contracts for workers."""

    def contract(self, contract_id: str) -> SignedContract:
        """The contract. Raises a `NotFound`."""
        ...


class DirectorySource(Protocol):
    """Names and products; the directory's service is one."""

    def tenant(self, tenant_id: str) -> Tenant:
        """A brand, creator or agency."""
        ...

    def profile(self, creator_id: str) -> Profile:
        """A host's profile."""
        ...

    def products_of(self, brand_id: str) -> tuple[Product, ...]:
        """All products of a brand."""
        ...


class MovedShow(Protocol):
    """A show, as far as its deal matters."""

    @property
    def contract_id(self) -> str:
        """Whose deal it is."""
        ...

    @property
    def booking_id(self) -> str:
        """Which booking of it."""
        ...


class BookingMoves(Protocol):
    """Moves a show's booking in the show's own transaction."""

    def live(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:
        """Add the booking's move to `live`. Raises a `Conflict` when its state does not allow it."""
        ...

    def completed(self, transaction: Transaction, booking_id: str, *, by: Principal, now: datetime) -> None:
        """Add the booking's move to `completed`."""
        ...

    def ended_by_itself(self, transaction: Transaction, booking_id: str, *, since: datetime) -> None:
        """The same, where nobody has ended the show and it counts as over since then."""
        ...

    def attempts(self, show: MovedShow, act: str, *, by: Principal) -> AbstractContextManager[None]:
        """Within it, whatever is refused is written down in the history of the show's deal, with its reason."""
        ...


class PageRenderer(Protocol):
    """Makes the text of a template; the web layer's renderer is one."""

    def render(self, template: str, **values: Any) -> str:
        """The text of a template with these values."""
        ...

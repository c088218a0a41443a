"""What shows are measured and moved by, put together: probes of links, what was delivered, other times and make-up shows."""

import functools
from collections.abc import Sequence
from typing import Protocol

from chalicelib.adapters.objects import ObjectStore
from chalicelib.adapters.public_web import PublicWeb
from chalicelib.bookings.service import Bookings
from chalicelib.contracts.rules import version_at
from chalicelib.contracts.service import Contracts
from chalicelib.contracts.terms import Deliverable
from chalicelib.core.clock import Clock
from chalicelib.history.service import History
from chalicelib.shows.deliverables import Deliverables
from chalicelib.shows.probing import Probing, Web
from chalicelib.shows.proposal_store import ProposalStore
from chalicelib.shows.rearranging import Rearranging
from chalicelib.shows.rules import Show
from chalicelib.shows.store import ShowStore


class House(Protocol):
    """The features that this stands on."""

    @property
    def contracts(self) -> Contracts:
        """What was promised."""
        ...

    @property
    def bookings(self) -> Bookings:
        """Hosts' time."""
        ...

    @property
    def history(self) -> History:
        """What happened."""
        ...

    @property
    def clock(self) -> Clock:
        """Both times."""
        ...


class DeliveryOfShows:
    """Each service is built when it is first asked for: the worker that reaches other people's addresses needs one of them only."""

    def __init__(self, house: House, records: ObjectStore) -> None:
        """`records` keeps evidence for ever."""
        self._house = house
        self._records = records

    @functools.cached_property
    def web(self) -> Web:
        """Other people's addresses."""
        return PublicWeb()

    @functools.cached_property
    def probing(self) -> Probing:
        """Looks at product links."""
        return Probing(store=ShowStore(), records=self._records, web=self.web, clock=self._house.clock)

    @functools.cached_property
    def deliverables(self) -> Deliverables:
        """What was delivered."""
        return Deliverables(store=ShowStore(), probing=self.probing, owed=self._owed, history=self._house.history, clock=self._house.clock)

    @functools.cached_property
    def rearranging(self) -> Rearranging:
        """Other times and make-up shows."""
        return Rearranging(
            store=ShowStore(),
            proposals=ProposalStore(),
            contracts=self._house.contracts,
            bookings=self._house.bookings,
            history=self._house.history,
            clock=self._house.clock,
        )

    def follow_up(self) -> None:
        """What time itself changes."""
        self.rearranging.expire()
        self.probing.ask()
        self.deliverables.follow_up()

    def _owed(self, show: Show) -> Sequence[Deliverable]:
        return version_at(self._house.contracts.contract(show.contract_id), show.starts_at).terms.deliverables

"""How shows end brings features together: who stands behind each of them is the composition root's to say."""

from typing import Protocol

from chalicelib.bookings.service import Bookings
from chalicelib.bridges.features import FactsOfShows
from chalicelib.contracts.service import Contracts
from chalicelib.core.clock import Clock
from chalicelib.endings.ground import Ground
from chalicelib.endings.service import Endings
from chalicelib.endings.store import EndingStore
from chalicelib.history.service import History
from chalicelib.payouts.service import Payouts
from chalicelib.shows.service import Shows


class House(Protocol):
    """The features that the end of a show stands on."""

    @property
    def bookings(self) -> Bookings:
        """States and slots."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Terms, and unsigned contracts that lose a show."""
        ...

    @property
    def shows(self) -> Shows:
        """What earnings and viewers hear of."""
        ...

    @property
    def payouts(self) -> Payouts:
        """What has been earned."""
        ...

    @property
    def history(self) -> History:
        """Who did what."""
        ...

    @property
    def clock(self) -> Clock:
        """Business time."""
        ...


def endings(house: House) -> Endings:
    """The use cases of a show's end."""
    ground = Ground(
        store=EndingStore(),
        bookings=house.bookings,
        contracts=house.contracts,
        shows=house.shows,
        payouts=house.payouts,
        history=house.history,
        clock=house.clock,
        facts_of=FactsOfShows(house.shows, house.contracts).facts_of,
    )
    return Endings(ground)

"""What matching does not know itself, and asks of later features: free time, past shows, payouts, promises to other brands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.matching.rules import PastShow
from chalicelib.matching.snapshot.records import Bond, Hours


class FreeTime(Protocol):
    """Whether a host can be booked."""

    def is_free(self, creator_id: str, starts_at: datetime, minutes: int) -> bool:
        """Whether a show could be booked then."""
        ...


class ShowHistory(Protocol):
    """What hosts did before."""

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:
        """The host's shows whose sales are known."""
        ...


class PayoutReadiness(Protocol):
    """Whether a host's earnings could be paid out."""

    def can_be_paid(self, creator_id: str) -> bool:
        """Whether there is an account that payouts can go to."""
        ...


class Commitments(Protocol):
    """What hosts have promised to other brands."""

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:
        """Whether a contract with another brand forbids this category at one of these times."""
        ...

    def bonds(self, creator_id: str) -> Sequence[Bond]:
        """The same, for any brand, category and time."""
        ...


class HostHours(Protocol):
    """When hosts can be booked, as a whole."""

    def hours(self, creator_id: str) -> Hours:
        """The host's weeks and what is booked from now on: `FreeTime` for any start."""
        ...


class NothingKnown:
    """History, readiness, commitments and hours where no later feature answers: no shows, everybody payable, nobody bound, never free."""

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:  # noqa: ARG002  # the port's signature
        """No shows: the prior is used."""
        return ()

    def can_be_paid(self, creator_id: str) -> bool:  # noqa: ARG002  # the port's signature
        """Everybody; a payout that cannot be made keeps the money owed."""
        return True

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:  # noqa: ARG002  # the port's signature
        """Nobody is bound."""
        return False

    def bonds(self, creator_id: str) -> Sequence[Bond]:  # noqa: ARG002  # the port's signature
        """No promises."""
        return ()

    def hours(self, creator_id: str) -> Hours:  # noqa: ARG002  # the port's signature
        """None: a snapshot then offers nobody, where a scan would ask."""
        return Hours(timezone="UTC")

"""What matching does not know itself, and asks of later features: free time, past shows, payouts, promises to other brands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.matching.rules import PastShow


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


class NothingKnown:
    """History, readiness and commitments where no later feature answers: no shows, everybody payable, nobody bound."""

    def past_shows(self, creator_id: str) -> Sequence[PastShow]:  # noqa: ARG002  # the port's signature
        """No shows: the prior is used."""
        return ()

    def can_be_paid(self, creator_id: str) -> bool:  # noqa: ARG002  # the port's signature
        """Everybody; a payout that cannot be made keeps the money owed."""
        return True

    def bound_to_competitor(self, creator_id: str, brand_id: str, category: str, at: Sequence[datetime]) -> bool:  # noqa: ARG002  # the port's signature
        """Nobody is bound."""
        return False

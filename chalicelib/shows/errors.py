"""What can go wrong with a show: one class per business failure."""

from chalicelib.core.errors import Conflict, Invalid, NotFound


class ShowNotFound(NotFound):
    """No such show for this caller."""


class ShowMoved(Conflict):
    """The state or version of the show does not allow this, or somebody else changed it first."""


class ShowHasEnded(Conflict):
    """The show is over and what its money depends on is frozen."""


class NotOnAir(Conflict):
    """Something that only a live show can do."""


class NotOnTheStage(Invalid):
    """The product is not in the line-up."""


class BadLineUp(Invalid):
    """The line-up cannot be: unknown or repeated products, another currency, too long, empty."""


class BadSettings(Invalid):
    """The title or the attribution settings cannot be."""


class BadTiming(Invalid):
    """A pin, deal or end at a time that cannot be."""


class BadVideo(Invalid):
    """The address is of no platform that we can show."""


class NotSignedYet(Conflict):
    """The contract is not signed by both sides, so there is no show."""

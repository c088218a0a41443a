"""What can go wrong with a show: one class per business failure."""

from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound


class ShowNotFound(NotFound):
    """No such show for this caller."""


class ShowMoved(Conflict):
    """The state or version of the show does not allow this, or somebody else changed it first."""


class ShowHasEnded(Conflict):
    """The show is over and what its money depends on is frozen."""


class NotYet(Conflict):
    """It is too long before the show for this."""


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


class ProposalNotFound(NotFound):
    """No such proposal for this caller."""


class ProposalClosed(Conflict):
    """The proposal has been answered, taken back, or nobody answered it in time."""


class AlreadyProposed(Conflict):
    """Another proposal about the same show waits for its answer."""


class NotYourAnswer(Forbidden):
    """The other side answers a proposal; its own side may only take it back."""


class NoMakeUp(Conflict):
    """The contract has no make-up show left for this, or not at this time."""


class AlreadyStands(Conflict):
    """What was delivered is settled between the sides, or the time to say something about it is over."""


class TooManyStatements(Conflict):
    """A side has said all that it may about a deliverable."""

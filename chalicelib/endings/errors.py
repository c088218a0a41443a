"""What can go wrong with the end of a show: one class per business failure."""

from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound


class TooLate(Conflict):
    """The time in which this could be done is over."""


class TooEarly(Conflict):
    """The time in which this can be done has not come yet."""


class CostsOtherwise(Conflict):
    """What was confirmed is not what it costs now."""


class NotASide(Forbidden):
    """The caller stands on neither side of the booking."""


class NotOpen(Conflict):
    """The dispute is decided, or this was disputed before."""


class BadStatement(Invalid):
    """A statement that cannot be taken: empty, too many, about something that the contract does not know."""


class BadDecision(Invalid):
    """A decision that does not fit what is in dispute."""


class DisputeNotFound(NotFound):
    """There is no such dispute for this caller."""


class DisputeChanged(Conflict):
    """Somebody else wrote to the dispute first."""

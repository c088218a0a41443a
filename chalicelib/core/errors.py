"""Every business failure is a class below one of these five; the web layer alone knows their HTTP status.

The message is a clear sentence for the person who caused it, and says what to do.
"""

from collections.abc import Mapping


class PrimetimeError(Exception):
    """Root of all failures that a caller can cause and understand."""

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, to_others: str | None = None) -> None:
        """`fields` maps an input field to the sentence that stands beside it.

        `to_others` is what is told, and written down, where others read of the attempt than who made it; without it the message is.
        """
        super().__init__(message)
        self.message = message
        self.to_others = message if to_others is None else to_others
        self.fields = dict(fields or {})


class Invalid(PrimetimeError):
    """The input cannot be understood or is against a rule that does not depend on what is stored."""


class Unauthenticated(PrimetimeError):
    """Nobody is signed in, or the signature on a message is wrong."""


class Forbidden(PrimetimeError):
    """The caller is known and the object is theirs to see, but not theirs to do this with."""


class NotFound(PrimetimeError):
    """There is no such object for this caller; another tenant's object looks the same as none."""


class Conflict(PrimetimeError):
    """What is stored now does not allow it: taken, superseded, expired, already done."""

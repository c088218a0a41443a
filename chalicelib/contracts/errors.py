"""Why a contract cannot be signed, or not by this caller, or not any more."""

from chalicelib.core.errors import Conflict, Forbidden, Invalid


class SignatoryNeeded(Forbidden):
    """The caller may see the contract but not sign it for either side."""


class FreshSignInNeeded(Forbidden):
    """Signing needs a sign-in of the last ten minutes."""


class WrongDocument(Conflict):
    """What is signed is not the document that the contract has."""


class NotShown(Conflict):
    """Who signs has not been shown exactly that document."""


class AlreadySigned(Conflict):
    """The side has signed already."""


class ContractLapsed(Conflict):
    """The contract was not signed in time."""


class OutOfOrder(Conflict):
    """The document says that the other side signs first."""


class ContractDeclined(Conflict):
    """A side has declined to sign; nothing can be done with the contract any more."""


class ReasonMissing(Invalid):
    """Who declines to sign says why."""


class ConsentMissing(Invalid):
    """Consent or the typed name is missing."""

"""What it takes to sign something, and how an act of a person becomes a link of the chain of evidence. Pure but for the salt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.bookings.states import Party
from chalicelib.contracts.errors import ConsentMissing, FreshSignInNeeded, NotShown
from chalicelib.contracts.evidence import Act, EventKind, RecordedEvent, SignerDetails, has_viewed
from chalicelib.contracts.rules import FRESH_SIGN_IN
from chalicelib.core.access import Principal
from chalicelib.core.ids import new_secret

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningContext:
    """How the caller reached us: when they last proved who they are (real time), from where, with what."""

    authenticated_at: datetime
    address: str
    user_agent: str
    locale: str = ""


def require_will(context: SigningContext, *, typed_name: str, consent: bool, real_now: datetime) -> None:
    """Raises `FreshSignInNeeded` or `ConsentMissing` unless the caller has just signed in, consents, and typed a name."""
    if real_now - context.authenticated_at > FRESH_SIGN_IN:
        raise FreshSignInNeeded("Sign in again to sign this contract: your last sign-in is more than ten minutes ago.")
    if not consent or not typed_name.strip():
        raise ConsentMissing("Type your name and agree to sign electronically.", fields={"typed_name": "needed", "consent": "needed"})


def require_shown(events: Sequence[RecordedEvent], principal: Principal, document: tuple[int, str]) -> None:
    """Raises `NotShown` unless the chain says that this very person has been shown exactly this document, by version and SHA-256."""
    if not has_viewed(events, principal.user_id, document):
        raise NotShown(
            f"You have not been shown this document yet. Open version {document[0]} of the contract's document, read it, and sign it then."
        )


def act_of(  # who, how and what
    kind: EventKind, side: Party, principal: Principal, context: SigningContext, typed_name: str = "", *, reason: str = ""
) -> Act:
    """What a person did, with how they had proved who they are."""
    details = SignerDetails(
        salt=new_secret(),
        email=principal.email,
        typed_name=typed_name.strip(),
        address=context.address,
        user_agent=context.user_agent,
        locale=context.locale,
        reason=reason,
    )
    return Act(kind=kind, party=side, user_id=principal.user_id, authenticated_at=context.authenticated_at, details=details)


def act_of_system(kind: EventKind) -> Act:
    """What happened by itself."""
    return Act(kind=kind, party=Party.PLATFORM, user_id=SYSTEM)


def sent(sides: frozenset[Party]) -> list[Act]:
    """The document is put before these sides, for them to sign."""
    return [Act(kind=EventKind.SENT, party=side, user_id=SYSTEM) for side in (Party.BRAND, Party.HOST) if side in sides]

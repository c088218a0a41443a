"""How what waits around a brief ends by itself: with the brief, which takes nothing more from its first show or its closing on. Pure.

Nothing has to be written for that: an invitation or application that nobody answered reads as lapsed from that instant on.
"""

from dataclasses import replace
from datetime import datetime
from typing import overload

from chalicelib.matching.approaches import Application, ApplicationState, Invitation, InvitationState
from chalicelib.matching.rules import Brief


def takes_until(brief: Brief) -> datetime:
    """From when on the brief takes nothing more."""
    first = min(window.starts_at for window in brief.windows)
    return first if brief.closed_at is None else min(first, brief.closed_at)


@overload
def invitation_at(invitation: Invitation, brief: Brief, now: datetime) -> Invitation: ...
@overload
def invitation_at(invitation: None, brief: Brief, now: datetime) -> None: ...
def invitation_at(invitation: Invitation | None, brief: Brief, now: datetime) -> Invitation | None:
    """The invitation as it stands now: lapsed where nobody answered it while the brief took answers."""
    if invitation is None or invitation.state is not InvitationState.PENDING or now < takes_until(brief):
        return invitation
    return replace(invitation, state=InvitationState.LAPSED)


@overload
def application_at(application: Application, brief: Brief, now: datetime) -> Application: ...
@overload
def application_at(application: None, brief: Brief, now: datetime) -> None: ...
def application_at(application: Application | None, brief: Brief, now: datetime) -> Application | None:
    """The application as it stands now, likewise."""
    ends_at = takes_until(brief)
    if application is None or application.state is not ApplicationState.SENT or now < ends_at:
        return application
    return replace(application, state=ApplicationState.LAPSED, ended_at=ends_at)

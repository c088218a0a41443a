"""What a host's list of invitations and applications says of each brief."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.matching.approaches import Application, Invitation, Pay


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """A brief to which a host was invited or has applied, as its list shows it."""

    brief_id: str
    creator_id: str
    host_name: str
    category: str
    market: str
    first_show_at: datetime
    pay: Pay | None
    invitation: Invitation | None
    application: Application | None
    takes_more: bool

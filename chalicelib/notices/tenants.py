"""Tenants that wait for an operator's approval. Pure."""

from chalicelib.core.access import Role
from chalicelib.directory.rules import APPROVED_WITHIN, Tenant, TenantState
from chalicelib.notices.rules import DAY, OPERATORS_TOLD, About, Audience, Happening, Kind, Seen, Wait

APPROVAL = "approval"
ASKED = Kind(
    name="approval_asked",
    subject="To approve: {tenant}",
    lines=("{tenant} ({kind}) asks to work on the marketplace. Without an answer the request lapses at {ends_at}.",),
    link_label="See who waits",
)
AWAITED = Kind(
    name="approval_awaited",
    subject="Waits for approval until {ends_at}: {tenant}",
    lines=("{tenant} ({kind}) still waits for your approval. Without it the request lapses at {ends_at}.",),
    link_label="See who waits",
)
APPROVED = Kind(
    name="tenant_approved",
    subject="{tenant} is approved",
    lines=("{tenant} can work with others on the marketplace from now on.",),
    link_label="Go to your pages",
    required=True,
)
LAPSED = Kind(
    name="approval_lapsed",
    subject="{tenant} was not approved in time",
    lines=("Nobody has approved {tenant} until {ends_at}, so the request has lapsed. Write to the marketplace; an operator still can.",),
    link_label="Go to your pages",
    required=True,
)
REMINDERS = (12 * DAY, 7 * DAY, DAY)
MEMBERS = frozenset({Role.BRAND_OWNER, Role.CREATOR, Role.AGENCY_MANAGER})


def of_tenant(tenant: Tenant) -> Seen:
    """The wait for approval, and how it ended."""
    ends_at = tenant.created_at + APPROVED_WITHIN
    times, names, facts = {"ends_at": ends_at}, {"tenant": tenant.tenant_id}, {"kind": tenant.kind.value}
    for_operators = About(path="/operator", facts=facts, times=times, names=names)
    own = About(path="/", facts=facts, times=times, names=names)
    members = (Audience(tenant_id=tenant.tenant_id, roles=MEMBERS),)
    key = tenant.tenant_id
    if tenant.state is TenantState.APPROVED:
        return Seen(happenings=(Happening(kind=APPROVED, key=key, at=None, told=members, about=own),))
    if tenant.state is TenantState.LAPSED:
        return Seen(happenings=(Happening(kind=LAPSED, key=key, at=ends_at, told=members, about=own),))
    wait = Wait(
        state=APPROVAL,
        key=key,
        ends_at=ends_at,
        began_at=tenant.created_at,
        asked=(OPERATORS_TOLD,),
        reminder=AWAITED,
        before=REMINDERS,
        about=for_operators,
    )
    return Seen(
        waits=(wait,), happenings=(Happening(kind=ASKED, key=key, at=tenant.created_at, told=(OPERATORS_TOLD,), about=for_operators),)
    )

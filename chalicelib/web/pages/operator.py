"""The operator's home: who waits for approval, how much work waits."""

from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo import outbox_depth
from chalicelib.core.access import Action
from chalicelib.web.pages import steps
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import UTC_ZONE, cell, table
from chalicelib.web.routes import Call, NoBody, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Figure, Notice, Table, when
from chalicelib.wiring import services

DEAD = Notice(text="Some messages were given up. Look at the dead-letter queues below.", tone="bad")
UNREACHABLE = Notice(text="The queues cannot be asked just now; their numbers are missing.", tone="bad")


@routes.page("GET", "/operator", action=Action.APPROVE_TENANTS)
def operator_home(call: Call[None]) -> Page:  # noqa: ARG001  # every operator sees the same
    """Approvals and queues."""
    waiting = services().directory.waiting()
    queues, notice = _queues()
    decisions = tuple(
        steps.Decision(
            title=f"{tenant.name} ({tenant.kind.value})",
            detail=f"{tenant.tenant_id}, opened {when(tenant.created_at, UTC_ZONE)}, {tenant.state.value}",
            button=Button(label=f"Approve {tenant.name}", action=f"/operator/tenants/{tenant.tenant_id}/approve"),
        )
        for tenant in waiting
    )
    view = steps.Steps(
        title="Operator",
        lead="",
        heading="Waiting for approval",
        nothing="Nobody waits for approval.",
        decisions=decisions,
        figures=(Figure(label="Waiting for approval", value=f"{len(waiting):,}"),),
        tables=(queues,),
        notice=notice,
    )
    return Page(template=steps.TEMPLATE, view=view)


@routes.form("POST", "/operator/tenants/{tenant_id}/approve", action=Action.APPROVE_TENANTS, body=NoBody)
def approve_tenant(call: Call[NoBody], tenant_id: str) -> Redirect:
    """Let a tenant work with others."""
    services().directory.approve(call.principal, tenant_id)
    return Redirect(path="/operator")


def _queues() -> tuple[Table, Notice | None]:
    try:
        depths = services().queues.depths()
        depths = replace(depths, waiting={**depths.waiting, "outbox": outbox_depth()})
    except (BotoCoreError, ClientError):
        return _table(()), UNREACHABLE
    rows = tuple(
        (cell(name), cell(f"{waiting:,}"), cell(f"{depths.given_up.get(name, 0):,}")) for name, waiting in sorted(depths.waiting.items())
    )
    return _table(rows), DEAD if any(depths.given_up.values()) else None


def _table(rows: tuple[tuple[Cell, ...], ...]) -> Table:
    return table("Queues", "Queue,Waiting,Given up", rows, "No numbers of the queues.", numbers=(1, 2))

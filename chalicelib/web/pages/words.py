"""Words and small pieces that pages share: states with their colours, cells, tables, names of tenants."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.bookings.states import Party, State
from chalicelib.contracts.offers import AgencyHasLeft
from chalicelib.contracts.rules import Contract, ContractState
from chalicelib.contracts.terms import Terms
from chalicelib.core.access import PLATFORM_TENANT, Action, Principal, Role, may
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.directory.rules import Tenant, TenantState
from chalicelib.history.rules import Side, actor_of
from chalicelib.reconciliation.rules import COUNT
from chalicelib.sales.imports import Import
from chalicelib.sales.imports import State as ImportState
from chalicelib.shows.rules import Show, ShowState
from chalicelib.web.views.common import Cell, Empty, Link, Notice, Status, Table, Tone, money, when
from chalicelib.wiring import services

UTC_ZONE = "UTC"
TONES: Mapping[str, Tone] = {
    State.OFFERED: "waiting",
    State.COUNTERED: "waiting",
    State.ACCEPTED: "good",
    State.DECLINED: "bad",
    State.WITHDRAWN: "neutral",
    State.EXPIRED: "bad",
    State.CONTRACTED: "good",
    State.FUNDED: "good",
    State.COMPLETED: "good",
    State.SETTLED: "good",
    State.NO_SHOW: "bad",
    State.DISPUTED: "waiting",
    ContractState.TO_SIGN: "waiting",
    ContractState.SIGNED: "good",
    ContractState.LAPSED: "bad",
    ContractState.ENDED: "neutral",
    ShowState.PUBLISHED: "waiting",
    ShowState.LIVE: "live",
    ShowState.ENDED: "good",
    ShowState.CANCELLED: "bad",
    ImportState.AWAITING_UPLOAD: "waiting",
    ImportState.PARSING: "waiting",
    ImportState.STORING: "waiting",
    ImportState.LINKING: "waiting",
    ImportState.DONE: "good",
    ImportState.REFUSED: "bad",
    "queued": "waiting",
    "interested": "good",
    "met": "good",
    "not_met": "bad",
    "running": "live",
    "open": "waiting",
    "requested": "waiting",
    "approved": "waiting",
    "sending": "waiting",
    "sent": "good",
    "paid": "good",
    "reconciled": "good",
    "unknown": "bad",
    "in_transit": "waiting",
    "pending": "waiting",
    "prepared": "waiting",
    "canceled": "neutral",
    "failed": "bad",
    "reversed": "bad",
}
HOMES: Mapping[Role, str] = {
    Role.BRAND_OWNER: "/brand",
    Role.BRAND_BOOKER: "/brand",
    Role.BRAND_VIEWER: "/brand",
    Role.CREATOR: "/creator",
    Role.AGENCY_MANAGER: "/creator",
    Role.FINANCE_ANALYST: "/finance",
    Role.FINANCE_PREPARER: "/finance",
    Role.FINANCE_APPROVER: "/finance",
    Role.OPERATOR: "/operator",
}


def status(state: str) -> Status:
    """A state in words: ``to_sign`` becomes "To sign", with its colour."""
    return Status(word=state.replace("_", " ").capitalize(), tone=TONES.get(state, "neutral"))


def lapsed_notice(tenant: Tenant) -> Notice | None:
    """What members of a tenant read that nobody approved in time."""
    if tenant.state is not TenantState.LAPSED:
        return None
    return Notice(text="Nobody has approved you in time. Write to the marketplace: an operator still can.", tone="bad")


def cell(text: str, href: str | None = None, note: str = "") -> Cell:
    """A cell of text."""
    return Cell(text=text, href=href, note=note)


def state_cell(state: str, note: str = "") -> Cell:
    """A cell with a state."""
    return Cell(text="", status=status(state), note=note)


def table(  # what a table consists of
    caption: str, columns: str, rows: Iterable[tuple[Cell, ...]], nothing: str, *, step: Link | None = None, numbers: tuple[int, ...] = ()
) -> Table:
    """A table of `columns` separated by commas; `nothing` says what it says when it is empty, `step` what to do then."""
    empty = Empty(text=nothing, link=step)
    return Table(caption=caption, columns=tuple(columns.split(",")), rows=tuple(rows), empty=empty, number_columns=frozenset(numbers))


def name_of(tenant_id: str | None) -> str:
    """What others call a brand, host or agency; the id where there is no such tenant any more."""
    if tenant_id is None:
        return ""
    if tenant_id == PLATFORM_TENANT:
        return "Primetime"
    try:
        return services().directory.tenant(tenant_id).name
    except NotFound:
        return tenant_id


def allowed(principal: Principal, action: Action) -> bool:
    """Whether the reader may do something in their role: forms are shown to those only."""
    return may(principal.role, action)


def person(principal: Principal, user_id: str | None) -> str:
    """Who did something, as far as the reader may know."""
    if not user_id:
        return ""
    return "you" if user_id == principal.user_id else f"a colleague ({user_id[:8]})"


def statement_cell(contract: Contract) -> Cell:
    """The way to the contract's statement, which begins with its signing."""
    signed = contract.state is ContractState.SIGNED
    return cell("Statement", f"/contracts/{contract.contract_id}/statement") if signed else cell("\N{EN DASH}")


def money_or_count(minor: int, currency: str) -> str:
    """An amount of money, or a number of things where there is no currency."""
    return f"{minor:,}" if currency == COUNT else money(minor, currency)


def deliverable_words(kind: str) -> str:
    """A deliverable by name: ``line_up_shown`` becomes "Line-up shown"."""
    return kind.replace("line_up", "line-up").replace("_", " ").capitalize()


def amounts(by_currency: Mapping[str, int]) -> str:
    """``£12.00 and €3.00``; the empty sum is a dash."""
    return " and ".join(money(minor, currency) for currency, minor in sorted(by_currency.items())) or "\N{EN DASH}"


def fee_of(terms: Terms) -> str:
    """The flat fee in words."""
    fee = terms.flat_fee
    return money(fee.amount_minor, terms.currency) if fee is not None else "commission only"


def is_on_side(principal: Principal, contract: Contract, party: Party) -> bool:
    """Whether the reader signs for a side."""
    return principal.tenant_id == (contract.brand_id if party is Party.BRAND else contract.creator_id)


def not_spoken_for(principal: Principal, deal_id: str) -> Notice | None:
    """What an agency reads in place of forms once its host has left it; None for everybody else."""
    try:
        services().contracts.offers.demand_spoken_for(deal_id, actor_of(principal, Side.HOST))
    except AgencyHasLeft as left:
        return Notice(text=left.message, tone="neutral")
    return None


def show_row(show: Show, other: str) -> tuple[Cell, ...]:
    """A show in a list."""
    return (
        cell(show.title, f"/console/shows/{show.show_id}"),
        cell(when(show.starts_at, show.timezone), f"/console/bookings/{show.booking_id}"),
        cell(other),
        state_cell(show.state),
    )


def import_row(record: Import, href: str) -> tuple[Cell, ...]:
    """An import in a list."""
    return (
        cell(record.filename, href),
        cell(f"{record.rows:,}"),
        cell(f"{record.rejected:,}"),
        cell(when(record.started_at, UTC_ZONE)),
        state_cell(record.state, note=record.reason),
    )


def time_left(until: datetime, now: datetime) -> str:
    """``in 20 hours``, ``in 3 days``."""
    hours = max(0, int((until - now).total_seconds()) // 3600)
    return f"in {hours // 24} days" if hours >= 48 else f"in {hours} hours"  # noqa: PLR2004  # two days


def instant(text: str, zone: str, field: str) -> datetime:
    """A time as a clock in a zone shows it, written in a form's field. Raises `Invalid`."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("Write the time as 2011-01-12 20:00.", fields={field: "not a time"}) from None
    return read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(zone))

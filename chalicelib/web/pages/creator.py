"""The home of a host (and of an agency for its hosts): next gig, earnings, what waits; and connecting payouts."""

from collections.abc import Iterator, Sequence

from chalicelib.bookings.states import Party
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.contracts.rules import Contract
from chalicelib.core.access import Action, Principal, Role
from chalicelib.directory.rules import TenantState
from chalicelib.payouts.payees import EarningsView, StageAmounts
from chalicelib.shows.rules import Show, ShowState
from chalicelib.web.pages.contract_file import is_awaited
from chalicelib.web.pages.deal_todos import signed_todos
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.host_briefs import invitation_todos
from chalicelib.web.pages.payouts import payout_todos
from chalicelib.web.pages.words import (
    allowed,
    amounts,
    cell,
    fee_of,
    lapsed_notice,
    name_of,
    show_row,
    state_cell,
    statement_cell,
    status,
    table,
    time_left,
)
from chalicelib.web.routes import Call, Page
from chalicelib.web.views.common import Cell, Empty, Figure, Link, Notice, Todo, money
from chalicelib.web.views.common import when as when_
from chalicelib.web.views.deals import CreatorHome, NextGig
from chalicelib.wiring import services

AHEAD = frozenset({ShowState.DRAFT, ShowState.PUBLISHED, ShowState.LIVE})


@routes.page("GET", "/creator", action=Action.CONNECT_PAYOUTS)
def creator_home(call: Call[None]) -> Page:
    """Next gig, earnings, offers, contracts to sign."""
    found, principal = services(), call.principal
    tenant = found.directory.tenant(principal.tenant_id)
    offers = found.contracts.offers.list(principal)
    contracts = found.contracts.list(principal)
    shows = found.shows.shows(principal)
    earnings = found.payouts.payees.earnings(principal)
    pending = f"{tenant.name} waits for approval. You can set up your profile and availability meanwhile."
    view = CreatorHome(
        name=tenant.name,
        gig=next((_gig(show) for show in shows if show.state in AHEAD), None),
        no_gig=Empty(
            text="No gig is booked. Open more hours so that brands can book you.", link=Link(label="Open hours", href="/calendar")
        ),
        figures=_figures(earnings.totals),
        todos=(
            *payout_todos(principal),
            *invitation_todos(principal),
            *_offer_todos(offers),
            *_sign_todos(principal, contracts),
            *signed_todos(principal, contracts),
        ),
        offers=table("Offers", "About,Brand,Fee,State", [_offer_row(offer) for offer in offers], "No offer yet.", numbers=(2,)),
        gigs=table("Gigs", "Show,When,Brand,State", [show_row(show, show.brand_name) for show in shows], "No gigs yet."),
        statements=table(
            "Contracts and statements",
            "Contract,Brand,Pending,Released,State,Earnings",
            _statements(contracts, earnings),
            "Nothing yet.",
            numbers=(2, 3),
        ),
        notice=lapsed_notice(tenant) or (Notice(text=pending, tone="waiting") if tenant.state is TenantState.PENDING else None),
    )
    return Page(template="creator/home.html", view=view)


def _gig(show: Show) -> NextGig:
    public = show.state in {ShowState.PUBLISHED, ShowState.LIVE}
    return NextGig(
        title=show.title,
        brand=show.brand_name,
        starts=when_(show.starts_at, show.timezone),
        length=f"{show.minutes} minutes",
        status=status(show.state),
        page=Link(label="See the show page", href=f"/shows/{show.slug}/" if public else f"/console/shows/{show.show_id}/preview"),
    )


def _figures(totals: Sequence[StageAmounts]) -> tuple[Figure, ...]:
    def of(stage: str) -> dict[str, int]:
        return {each.currency: getattr(each, f"{stage}_minor") for each in totals}

    shown = [
        Figure(label="Pending", value=amounts(of("pending")), hint="return windows still open"),
        Figure(label="Payable", value=amounts(of("payable")), hint="in the next settlement"),
        Figure(label="Paid", value=amounts(of("paid")), hint="all that was transferred to you"),
    ]
    extra = {
        "Waits for the brand": (of("unfunded"), "matured, the brand has not paid for it yet"),
        "On its way": (of("in_transit"), "in a settlement"),
        "Disputed": (of("disputed"), "frozen by a dispute"),
    }
    shown += [Figure(label=label, value=amounts(sums), hint=hint) for label, (sums, hint) in extra.items() if any(sums.values())]
    return tuple(shown)


def _offer_todos(offers: Sequence[Offer]) -> Iterator[Todo]:
    now = services().clock.now()
    for offer in offers:
        if offer.state in OPEN and offer.versions[-1].by == "brand":
            text = f"Answer {name_of(offer.brand_id)}'s offer for {offer.shows[0].title}"
            due = f"Expires {time_left(offer.expires_at, now)}"
            yield Todo(text=text, link=Link(label="Read it", href=f"/offers/{offer.offer_id}"), due=due)


def _sign_todos(principal: Principal, contracts: Sequence[Contract]) -> Iterator[Todo]:
    now = services().clock.now()
    signs = principal.role is Role.CREATOR and allowed(principal, Action.SIGN)
    for contract in contracts:
        if is_awaited(contract, Party.HOST):
            text = f"Sign the contract with {name_of(contract.brand_id)}" if signs else f"{name_of(contract.creator_id)} has to sign"
            link = Link(label="Sign" if signs else "Read it", href=f"/contracts/{contract.contract_id}")
            yield Todo(text=text, link=link, due=f"Lapses {time_left(contract.sign_by, now)}")


def _offer_row(offer: Offer) -> tuple[Cell, ...]:
    title = cell(offer.shows[0].title, f"/offers/{offer.offer_id}")
    return title, cell(name_of(offer.brand_id)), cell(fee_of(offer.terms)), state_cell(offer.state)


def _statements(contracts: Sequence[Contract], earnings: EarningsView) -> Iterator[tuple[Cell, ...]]:
    """Each contract, what it earned so far, and the way to its statement."""
    earned = {each.contract_id: each for each in earnings.contracts}
    for contract in contracts:
        title = cell(contract.bookings[0].title, f"/contracts/{contract.contract_id}")
        found = earned.get(contract.contract_id)
        sums = (
            ("\N{EN DASH}",) * 2
            if found is None
            else (money(minor, found.currency) for minor in (found.pending_minor, found.released_minor))
        )
        pending, released = map(cell, sums)
        yield title, cell(name_of(contract.brand_id)), pending, released, state_cell(contract.state), statement_cell(contract)

"""The brand's home, and who fits a brief."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.bookings.states import Party
from chalicelib.contracts.negotiation import OPEN, Offer
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract, ContractState
from chalicelib.contracts.terms import CommissionRule, FlatFee, Terms, Tier
from chalicelib.contracts.wording import percent
from chalicelib.core.access import Action, Principal
from chalicelib.core.words import plural
from chalicelib.directory.rules import Profile, TenantState
from chalicelib.matching.explanation import PROMISING_SHARE_BASIS_POINTS, Match
from chalicelib.matching.for_hosts import is_open
from chalicelib.matching.rules import Brief, Visibility
from chalicelib.matching.service import Matches as RankedHosts
from chalicelib.sales.service import FeedTotals
from chalicelib.shows.rules import Show, ShowState
from chalicelib.web.pages import left_out
from chalicelib.web.pages.brief_todos import approach_todos
from chalicelib.web.pages.contract_file import is_awaited
from chalicelib.web.pages.deal_todos import signed_todos
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.payment import deposit_due, invoice_todos
from chalicelib.web.pages.reasons import factors_of, thousandths
from chalicelib.web.pages.words import (
    UTC_ZONE,
    allowed,
    amounts,
    cell,
    fee_of,
    lapsed_notice,
    name_of,
    show_row,
    state_cell,
    statement_cell,
    table,
    time_left,
)
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Button, Cell, Empty, Figure, Link, Notice, Status, Todo, money, when
from chalicelib.web.views.deals import BrandHome, Matches, RankedHost
from chalicelib.web.views.forms import SearchField
from chalicelib.wiring import services

ANSWER_HOURS = 48
RETURN_WINDOW_DAYS = 14
KEPT_PLACE = "New in this category: this place is kept for promising new hosts; by score alone it would be further down."
HOME = Link(label="Back to your home", href="/brand")
NEW_BRIEF = Link(label="Post a brief", href="/brand/briefs/new")
TEMPLATES = Link(label="Templates of terms", href="/brand/templates")


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The host who is made an offer."""

    creator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


@routes.page("GET", "/brand", action=Action.SEE_MATCHES)
def brand_home(call: Call[None]) -> Page:
    """What waits, what comes, what was sold."""
    found, principal = services(), call.principal
    tenant = found.directory.tenant(principal.tenant_id)
    offers = found.contracts.offers.list(principal)
    contracts = found.contracts.list(principal)
    shows = found.shows.shows(principal)
    pending = f"{tenant.name} waits for approval. You can set up products meanwhile."
    view = BrandHome(
        name=tenant.name,
        links=(NEW_BRIEF, TEMPLATES) if allowed(principal, Action.POST_BRIEF) else (TEMPLATES,),
        todos=(
            *invoice_todos(principal),
            *_deal_todos(principal, offers, contracts),
            *signed_todos(principal, contracts),
            *approach_todos(principal),
            *_show_todos(principal, shows),
        ),
        figures=_figures(found.sales.totals(principal)),
        shows=table("Shows", "Show,Starts,Host,State", [show_row(show, show.host_name) for show in shows], "No show is booked yet."),
        briefs=table(
            "Briefs",
            "Brief,Shows,Budget,State",
            [_brief_row(brief, found.clock.now()) for brief in found.matching.briefs(principal)],
            "No brief yet. Post one to see which hosts fit.",
            step=NEW_BRIEF if allowed(principal, Action.POST_BRIEF) else None,
            numbers=(1, 2),
        ),
        contracts=table(
            "Offers and contracts",
            "About,Host,Fee,State,Earnings",
            _deals(offers, contracts),
            "No offer yet. Open a brief and make a host an offer.",
            numbers=(2,),
        ),
        notice=lapsed_notice(tenant) or (Notice(text=pending, tone="waiting") if tenant.state is TenantState.PENDING else None),
    )
    return Page(template="brand/home.html", view=view)


@routes.page("GET", "/brand/briefs/{brief_id}", action=Action.SEE_MATCHES)
def matches_page(call: Call[None], brief_id: str) -> Page:
    """Ranked hosts with the reasons for their places, and what keeps the others out."""
    found, principal = services(), call.principal
    brief = found.matching.brief(principal, brief_id)
    matches = found.matching.matches(principal, brief_id)
    profiles = {match.creator_id: found.directory.profile(match.creator_id) for match in matches.ranked}
    has_passed = not is_open(brief, found.clock.now())
    can_offer = bool(matches.ranked) and not has_passed and allowed(principal, Action.NEGOTIATE)
    view = Matches(
        brief_title=brief.title,
        facts=(
            Figure(label="Looking for", value=brief.category, hint=f"{brief.market}, {brief.language}, {brief.platform}"),
            Figure(label="Shows", value=str(len(brief.windows)), hint=when(brief.windows[0].starts_at, UTC_ZONE)),
            Figure(label="Budget", value=money(brief.budget_minor, brief.currency)),
        ),
        hosts=tuple(
            replace(
                _ranked(place, match, brief, profiles[match.creator_id], invite(match, brief) if can_offer else None),
                links=tuple(_other_ways(match, brief)) if can_offer else (),
                other_fee=matches.other_fees[match.creator_id].sentence if match.creator_id in matches.other_fees else "",
            )
            for place, match in enumerate(matches.ranked, 1)
        ),
        fairness=_fairness(matches) if matches.ranked else "",
        ask=SearchField(action=f"/brand/briefs/{brief_id}/hosts"),
        left_out=left_out.counts(matches),
        hosts_left_out=left_out.nearest(matches),
        changes=() if has_passed else tuple(each.sentence for each in matches.relaxations),
        notice=Notice(text=matches.notice, tone="waiting") if matches.notice else None,
        answers=Link(label="Invitations, applications and questions", href=f"/brand/briefs/{brief_id}/answers"),
        empty=Empty(text="Nobody can be booked." if has_passed else left_out.nobody(matches), link=HOME),
        invitation=_invitation(brief) if can_offer else "",
    )
    return Page(template="matching/matches.html", view=view)


@routes.form("POST", "/brand/briefs/{brief_id}/offers", action=Action.NEGOTIATE, body=Invited)
def invite_host(call: Call[Invited], brief_id: str) -> Redirect:
    """Offer a host all shows of the brief for its fee and commission."""
    found, principal = services(), call.principal
    brief = found.matching.brief(principal, brief_id)
    offer = found.contracts.offers.make(
        principal,
        brief_id=brief_id,
        creator_id=call.body.creator_id,
        shows=[WantedShow(starts_at=each.starts_at, minutes=each.minutes, title=brief.title) for each in brief.windows],
        terms=plain_terms(brief, found.directory.profile(call.body.creator_id).timezone),
        expires_in_hours=ANSWER_HOURS,
    )
    return Redirect(path=f"/offers/{offer.offer_id}")


def _fairness(matches: RankedHosts) -> str:
    share = percent(PROMISING_SHARE_BASIS_POINTS)
    return (
        f"Up to {share} of the places are kept for hosts without shows in the category, the most promising first: "
        f"{plural(matches.promising_places, 'place')} of {len(matches.ranked)} went to them here, beyond those they have by score."
    )


def _invitation(brief: Brief) -> str:
    return (
        f"An offer from here says: {_plain(brief)}, a return window of {RETURN_WINDOW_DAYS} days, {ANSWER_HOURS} hours to answer. "
        "The host may ask for other terms. Tiers, promises and all else can be offered on other terms."
    )


def _plain(brief: Brief) -> str:
    """``£400.00 a show and 9 % commission``."""
    return f"{money(brief.flat_fee_minor, brief.currency)} a show and {percent(brief.commission_basis_points)} commission"


def plain_terms(brief: Brief, timezone: str) -> Terms:
    """What the brief states, without tiers, promises or shares; the currency's and the marketplace's defaults for all else."""
    fee = FlatFee(amount_minor=brief.flat_fee_minor) if brief.flat_fee_minor else None
    rule = CommissionRule(rule_id="all", tiers=(Tier(from_value=0, rate_basis_points=brief.commission_basis_points),))
    return Terms(
        currency=brief.currency,
        timezone=timezone,
        return_window_days=RETURN_WINDOW_DAYS,
        flat_fee=fee,
        rules=(rule,) if brief.commission_basis_points else (),
    )


def invite(match: Match, brief: Brief) -> Button:
    """Offers a host what the brief states."""
    label = f"Offer {match.name} {_plain(brief)}"
    return Button(label=label, action=f"/brand/briefs/{brief.brief_id}/offers", hidden=(("creator_id", match.creator_id),))


def _other_ways(match: Match, brief: Brief) -> Iterator[Link]:
    href = f"/brand/briefs/{brief.brief_id}"
    yield Link(label=f"Offer {match.name} other terms", href=f"{href}/hosts/{match.creator_id}/offer")
    yield Link(label=f"Invite {match.name}", href=f"{href}/answers?invite={match.creator_id}")


def _deal_todos(principal: Principal, offers: Sequence[Offer], contracts: Sequence[Contract]) -> Iterator[Todo]:
    now = services().clock.now()
    for offer in offers:
        if offer.state in OPEN and offer.versions[-1].by == "host":
            text = f"{name_of(offer.creator_id)} made a counter-offer for {offer.shows[0].title}"
            due = f"Expires {time_left(offer.expires_at, now)}"
            yield Todo(text=text, link=Link(label="Read it", href=f"/offers/{offer.offer_id}"), due=due)
    for contract in contracts:
        href, host = f"/contracts/{contract.contract_id}", name_of(contract.creator_id)
        if is_awaited(contract, Party.BRAND):
            due = f"Lapses {time_left(contract.sign_by, now)}"
            yield Todo(text=f"Sign the contract with {host}", link=Link(label="Sign", href=href), due=due)
        elif contract.state is ContractState.SIGNED and allowed(principal, Action.FUND) and (amount := deposit_due(contract)):
            yield Todo(text=f"Pay the deposit of {amount} for {host}", link=Link(label="Pay", href=f"{href}/payment"))


def _show_todos(principal: Principal, shows: Sequence[Show]) -> Iterator[Todo]:
    if not allowed(principal, Action.EDIT_SHOW):
        return
    words = {ShowState.DRAFT: ("Set up and publish", "Edit"), ShowState.LIVE: ("On air now:", "Run it")}
    for show in shows:
        if show.state in words:
            text, label = words[show.state]
            yield Todo(text=f"{text} {show.title}", link=Link(label=label, href=f"/console/shows/{show.show_id}"))


def _figures(feeds: Sequence[FeedTotals]) -> tuple[Figure, ...]:
    """Sales of all imports, and what belongs to no show or takes back no known sale: always in sight."""
    sold: dict[str, int] = {}
    apart: dict[str, int] = {}
    orphaned: dict[str, int] = {}
    for feed in feeds:
        sold[feed.currency] = sold.get(feed.currency, 0) + feed.tally.attributed_minor
        apart[feed.currency] = apart.get(feed.currency, 0) + feed.tally.unattributed_minor
        orphaned[feed.currency] = orphaned.get(feed.currency, 0) + (feed.summary.orphans_minor if feed.summary else 0)
    imports = sum(feed.imports for feed in feeds)
    lines = sum(feed.tally.unattributed for feed in feeds)
    orphans = sum(feed.summary.orphans for feed in feeds if feed.summary)
    return (
        Figure(
            label="Imports",
            value=f"{imports:,}",
            hint=f"{plural(sum(feed.rejected for feed in feeds), 'row')} rejected",
            href="/brand/imports",
        ),
        Figure(label="Sold in shows", value=amounts(sold), hint="before returns"),
        Figure(label="Without a show", value=plural(lines, "line"), hint=amounts(apart)),
        Figure(label="Returns without a sale", value=f"{orphans:,}", hint=amounts(orphaned)),
    )


def _brief_row(brief: Brief, now: datetime) -> tuple[Cell, ...]:
    return (
        cell(brief.title, f"/brand/briefs/{brief.brief_id}"),
        cell(str(len(brief.windows))),
        cell(money(brief.budget_minor, brief.currency)),
        Cell(text="", status=_brief_state(brief, now)),
    )


def _brief_state(brief: Brief, now: datetime) -> Status:
    """Who can still come forward: everybody, those who are invited, nobody."""
    if is_open(brief, now):
        return Status(word="Private" if brief.visibility is Visibility.PRIVATE else "Open", tone="good")
    return Status(word="Closed" if brief.closed_at else "Passed")


def _deals(offers: Sequence[Offer], contracts: Sequence[Contract]) -> Iterator[tuple[Cell, ...]]:
    """Contracts first, then offers that are no contract yet; offers that came to nothing stay in the list."""
    drawn_up = {contract.offer_id for contract in contracts}
    for contract in contracts:
        about = cell(contract.bookings[0].title, f"/contracts/{contract.contract_id}")
        yield about, cell(name_of(contract.creator_id)), cell(fee_of(contract.terms)), state_cell(contract.state), statement_cell(contract)
    for offer in offers:
        if offer.offer_id not in drawn_up:
            about = cell(offer.shows[0].title, f"/offers/{offer.offer_id}")
            yield about, cell(name_of(offer.creator_id)), cell(fee_of(offer.terms)), state_cell(offer.state), cell("\N{EN DASH}")


def _ranked(place: int, match: Match, brief: Brief, profile: Profile, invite: Button | None) -> RankedHost:
    audience = next((each.audience for each in profile.platforms if each.platform.casefold() == brief.platform.casefold()), 0)
    return RankedHost(
        rank=place,
        creator_id=match.creator_id,
        name=match.name,
        score=thousandths(match.score_millinats, signed=False),
        audience=f"{audience:,} on {brief.platform}",
        rate=f"{money(profile.rate_card_minor, profile.currency)} a show",
        factors=factors_of(match),
        slots=tuple(when(window.starts_at, profile.timezone) for window in brief.windows if window.starts_at > services().clock.now()),
        invite=invite,
        kept_place=KEPT_PLACE if match.is_promising else "",
    )

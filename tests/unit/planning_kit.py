"""A market with several hosts who can be paid, and briefs that compete for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.bookings.rules import Availability, WeeklyWindow
from chalicelib.core.access import Principal, Role
from chalicelib.directory.rules import PlatformAudience, Profile, TenantKind
from chalicelib.matching.rules import BriefWindow
from chalicelib.matching.service import NewBrief
from chalicelib.planning.asked import Asked
from chalicelib.planning.runs import PlanRun
from chalicelib.planning.service import Seen
from tests.fakes.console import STARTS, Market, tenant

PLAN = "pln_1"


@pytest.fixture
def evenings(market: Market) -> Market:
    """Two more hosts; Nadia has the largest audience, Zoe the smallest."""
    connect(market, market.host)
    add_host(market, "mia", 20_000)
    add_host(market, "zoe", 5_000)
    return market


def add_host(market: Market, name: str, audience: int, *, from_hour: int = 18, rate_minor: int = 300_00) -> Principal:
    """An approved host who is free in the evenings and can be paid."""
    found = market.console.services
    host = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, name)
    profile = Profile(
        creator_id=host.tenant_id,
        name=name.title(),
        timezone="Europe/London",
        categories=("home",),
        languages=("en",),
        markets=("GB",),
        platforms=(PlatformAudience(platform="youtube", audience=audience),),
        rate_card_minor=rate_minor,
    )
    found.directory.save_profile(host, profile)
    evenings = tuple(WeeklyWindow(weekday=day, from_minute=from_hour * 60, until_minute=22 * 60) for day in range(7))
    found.bookings.save_availability(host, host.tenant_id, Availability(timezone="Europe/London", weekly=evenings))
    connect(market, host)
    return host


def connect(market: Market, host: Principal) -> None:
    """The host has connected payouts."""
    accounts = market.console.services.payouts.accounts
    accounts.connect(host, "GB")
    market.console.work()
    accounts.observe(str(accounts.mine(host).stripe_account))


def post_brief(
    market: Market, who: Principal, title: str, *starts: datetime, minutes: int = 60, budget_minor: int = 1_000_00, currency: str = "GBP"
) -> str:
    """A brief for shows at these times."""
    new = NewBrief(
        title=title,
        category="home",
        market="GB",
        language="en",
        platform="youtube",
        minimum_audience=1_000,
        skus=(),
        windows=tuple(BriefWindow(starts_at=each, minutes=minutes) for each in starts),
        budget_minor=budget_minor,
        currency=currency,
        flat_fee_minor=100_00,
        commission_basis_points=1_200,
    )
    return market.console.services.matching.post_brief(who, new).brief_id


def evening(days: int = 0, hours: int = 0) -> datetime:
    """So many days and hours after the market's first show."""
    return STARTS + timedelta(days=days, hours=hours)


def ask(market: Market, who: Principal, *brief_ids: str, plan_id: str = PLAN, **wishes: Any) -> PlanRun:
    """Ask for a plan."""
    return market.console.services.planning.ask(who, Asked(brief_ids=brief_ids, **{"seconds": 5, **wishes}), plan_id)


def planned(market: Market, who: Principal, *brief_ids: str, plan_id: str = PLAN, **wishes: Any) -> Seen:
    """Ask for a plan, and have it made."""
    ask(market, who, *brief_ids, plan_id=plan_id, **wishes)
    market.console.work()
    return market.console.services.planning.get(who, plan_id)


def hosts_of(seen: Seen) -> dict[str, str]:
    """Slot -> the name of its host."""
    assert seen.outcome is not None, seen.run.reason
    return {place.slot_id: place.host for place in seen.outcome.places}


def id_of(market: Market, name: str) -> str:
    """The host with this name."""
    return next(each.creator_id for each in market.console.services.directory.hosts() if each.name == name)


def outbox() -> list[str]:
    """The topics of what waits to be sent."""
    return [item.topic for item in OutboxItem.scan(OutboxItem.pk.startswith("outbox#"))]

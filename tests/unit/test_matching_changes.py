"""Whatever changes a host for matching is noted beside the snapshot, through the product's own ways of changing it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.bookings.rules import Availability
from chalicelib.bridges import hosts
from chalicelib.contracts.rules import ContractVersion, forbids
from chalicelib.contracts.terms import Exclusivity
from chalicelib.core.access import Role
from chalicelib.directory.rules import TenantKind
from chalicelib.matching import pools
from chalicelib.matching.change_store import ChangeStore
from chalicelib.matching.index_store import IndexStore
from chalicelib.matching.service import Matches
from chalicelib.matching.snapshot.records import HostRecord
from tests.fakes.console import OPERATOR, STARTS, Market, console, market, tenant

__all__ = ["console", "market"]


@pytest.fixture(autouse=True)
def searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """However few hosts there are, they are searched, with files of this test alone."""
    monkeypatch.setattr(pools, "READ_AT_ONCE", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def indexed(market: Market) -> Market:
    """All that the market's making announced is done, and a snapshot is searched."""
    market.console.services.tick()
    market.console.work()
    assert IndexStore().pointer() is not None
    return market


def told_of() -> list[str]:
    """Hosts that matching is told of, and the messages taken."""
    messages = [item for item in OutboxItem.scan() if item.topic == "host.changed"]
    for message in messages:
        message.delete()
    return [message.key for message in messages]


def latest(market: Market) -> HostRecord:
    """The host as it was noted last."""
    changes = [each for each in ChangeStore().changes(STARTS - timedelta(days=3650)) if each.creator_id == market.host.tenant_id]
    record = changes[-1].record
    assert record is not None
    return record


def both(market: Market) -> tuple[Matches, Matches]:
    """The answer as searched, and as read."""
    matching = market.console.services.matching
    searched = matching.matches(market.brand, market.brief_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "READ_AT_ONCE", 1_000)
        return searched, matching.matches(market.brand, market.brief_id)


def test_a_host_is_found_as_soon_as_payouts_are_connected(indexed: Market) -> None:
    searched, read = both(indexed)
    assert searched == read
    assert (searched.fitting, searched.alone_counts) == (0, {"payable": 1})
    indexed.payable()
    indexed.console.work()
    assert latest(indexed).can_be_paid
    searched, read = both(indexed)
    assert searched == read
    assert [each.creator_id for each in searched.ranked] == [indexed.host.tenant_id]
    indexed.console.stripe.active = False
    indexed.console.services.payouts.accounts.observe("acct_1")
    assert told_of() == [indexed.host.tenant_id]


def test_hours_that_are_offered_or_taken_are_noted(indexed: Market) -> None:
    indexed.payable()
    indexed.console.work()
    bookings, host = indexed.console.services.bookings, indexed.host
    bookings.save_availability(host, host.tenant_id, Availability(timezone="Europe/London"))
    indexed.console.work()
    searched, read = both(indexed)
    assert (searched, searched.alone_counts) == (read, {"availability": 1})
    assert latest(indexed).hours.weekly == ()


def test_slots_claimed_by_a_deal_and_promises_that_are_signed_are_noted(indexed: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed.payable()
    brief = indexed.console.services.matching.brief(indexed.brand, indexed.brief_id)
    terms = replace(indexed.terms(), exclusivity=Exclusivity(categories=(brief.category,), from_day="2011-01-09", until_day="2011-01-10"))
    monkeypatch.setattr(Market, "terms", lambda *_: terms)
    indexed.drafted()
    assert set(told_of()) == {indexed.host.tenant_id}
    indexed.console.services.matching.indexing.note(indexed.host.tenant_id)
    assert latest(indexed).hours.taken == tuple(STARTS + timedelta(minutes=15) * quarter for quarter in range(4))
    assert latest(indexed).bonds == ()
    searched, read = both(indexed)
    assert (searched, searched.failed_counts) == (read, {"availability": 1})


def test_a_signed_promise_is_noted_from_midnight_to_midnight_in_its_zone(indexed: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    exclusive = Exclusivity(categories=("home", "toys"), from_day="2011-06-09", until_day="2011-06-10")
    terms = replace(indexed.terms(), exclusivity=exclusive)
    monkeypatch.setattr(Market, "terms", lambda *_: terms)
    indexed.signed()
    bonds = latest(indexed).bonds
    assert {bond.category for bond in bonds} == {"home", "toys"}
    assert {(f"{bond.from_:%m-%dT%H:%M}", f"{bond.until:%m-%dT%H:%M}", bond.brand_id) for bond in bonds} == {
        ("06-08T23:00", "06-10T23:00", indexed.brand.tenant_id)
    }
    commitments = indexed.console.services.matching._candidates.commitments
    for bond in bonds:
        edges = (bond.from_ - timedelta(seconds=1), bond.from_, bond.until - timedelta(seconds=1), bond.until)
        bound = [commitments.bound_to_competitor(indexed.host.tenant_id, indexed.rival.tenant_id, bond.category, [at]) for at in edges]
        assert bound == [False, True, True, False]


def test_a_show_that_is_over_is_noted_and_its_sales_within_a_minute_once_however_many_came(indexed: Market) -> None:
    contract = indexed.sold()
    assert [show.delivered for show in latest(indexed).past_shows] == [True]
    indexed.console.services.tick()
    told_of()
    noted = list(ChangeStore().changes(STARTS - timedelta(days=3650)))
    for _ in range(3):
        indexed.console.services.general_work(json.dumps({"topic": "sales.fold", "key": contract.bookings[0].show_id}))
    assert (list(ChangeStore().changes(STARTS - timedelta(days=3650))), told_of()) == (noted, [])
    indexed.console.services.tick()
    assert told_of() == [indexed.host.tenant_id]
    indexed.console.services.tick()
    assert told_of() == []
    indexed.console.services.matching.indexing.note(indexed.host.tenant_id)
    (show,) = latest(indexed).past_shows
    assert (show.units_sold, show.delivered, show.category) == (2, True, "home")


def test_a_show_that_the_host_called_off_is_noted(indexed: Market) -> None:
    contract = indexed.signed()
    indexed.console.services.endings.cancel(indexed.host, contract.bookings[0].booking_id, confirmed_minor=0, reason="ill")
    indexed.console.work()
    assert [show.delivered for show in latest(indexed).past_shows] == [False]


def test_a_host_that_is_approved_or_changes_its_profile_is_noted(console: Any, indexed: Market) -> None:
    directory = indexed.console.services.directory
    profile = directory.profile(indexed.host.tenant_id)
    directory.save_profile(indexed.host, replace(profile, rate_card_minor=2_000_00))
    assert told_of() == [indexed.host.tenant_id]
    somebody = tenant(console, TenantKind.CREATOR, Role.CREATOR, "omar")
    assert told_of() == [somebody.tenant_id]
    directory.approve(OPERATOR, indexed.rival.tenant_id)
    assert told_of() == []


def test_promises_as_they_are_noted_are_those_of_the_version_in_force_at_each_instant(market: Market) -> None:
    contract = market.signed()
    first = contract.versions[0]

    def version(number: int, hours: int | None, *days: str, zone: str = "Europe/London") -> ContractVersion:
        exclusive = Exclusivity(categories=("Home",), from_day=days[0], until_day=days[1]) if days else None
        terms = replace(first.terms, exclusivity=exclusive, timezone=zone)
        return replace(first, version=number, terms=terms, in_force_from=None if hours is None else STARTS + timedelta(hours=hours))

    versions = (
        version(1, None, "2011-01-08", "2011-01-12"),
        version(2, 20),
        version(3, 30, "2011-01-12", "2011-01-13", zone="Pacific/Auckland"),
        version(4, 50, "2011-01-01", "2011-01-02"),
    )
    changed = replace(contract, versions=versions)
    bonds = list(hosts._bonds(changed))
    instants = [STARTS + timedelta(minutes=15) * quarter for quarter in range(-4 * 96, 4 * 96)]
    noted = [any(bond.from_ <= at < bond.until for bond in bonds) for at in instants]
    assert noted == [forbids(changed, "home", at) for at in instants]
    assert 0 < sum(noted) < len(noted)

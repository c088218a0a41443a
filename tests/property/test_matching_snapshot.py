"""Whatever the hosts and the brief: a search of the snapshot says what a scan with the rules says."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.matching.rules import ANY_MARKET
from chalicelib.matching.score import category_rate
from chalicelib.matching.snapshot import query
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import columns_of
from chalicelib.matching.snapshot.load import Snapshot, from_files
from chalicelib.matching.snapshot.query import Found
from chalicelib.matching.snapshot.records import HostRecord, Hours
from chalicelib.matching.snapshot.search import Hosts
from tests.property.matching_hosts import NOW, candidate, rate_in, scan, some_brief, some_host, some_hosts

chances = st.integers(0, 2**32).map(random.Random)
FEW = 4
"""Hosts in a block, so that there are several."""


@pytest.fixture(autouse=True, scope="module")
def one_block_first() -> Iterator[None]:
    """A search begins with one block, so that it can stop early."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "FIRST_BLOCKS", 1)
        yield


def snapshot_of(hosts: Sequence[HostRecord]) -> Snapshot:
    return from_files(dict(build(columns_of(hosts), version="v1", built_at=NOW, block=FEW)))


@settings(deadline=None)
@given(chance=chances, count=st.integers(0, 120), places=st.sampled_from([1, 3, 50]))
def test_a_search_finds_the_hosts_that_a_scan_finds(chance: random.Random, count: int, places: int) -> None:
    hosts = some_hosts(chance, count)
    snapshot = snapshot_of(hosts)
    searched = Hosts(snapshot, at=NOW)
    for _ in range(6):
        brief = some_brief(chance, hosts)
        expected = scan(brief, hosts, rate_in(snapshot.rates))
        page = searched.search(brief, places=places)
        assert [(found.creator_id, found.score_millinats) for found in page.found] == expected[:places]
        assert page.more == (len(expected) > places)


@settings(deadline=None, max_examples=40)
@given(chance=chances)
def test_a_search_over_changes_finds_the_hosts_as_they_are_now(chance: random.Random) -> None:
    before = some_hosts(chance, 60)
    snapshot = snapshot_of(before)
    gone = {host.creator_id for host in before if chance.random() < 0.1}
    changed = [some_host(chance, host.creator_id) for host in before if host.creator_id not in gone and chance.random() < 0.2]
    changed += [some_host(chance, f"crt_new_{number}") for number in range(3)]
    now = {host.creator_id: host for host in before if host.creator_id not in gone} | {host.creator_id: host for host in changed}
    searched = Hosts(snapshot, changed, gone, at=NOW)
    for _ in range(6):
        brief = some_brief(chance, before)
        found = searched.search(brief, places=50).found
        assert [(each.creator_id, each.score_millinats) for each in found] == scan(brief, list(now.values()), rate_in(snapshot.rates))[:50]


@settings(deadline=None, max_examples=40)
@given(chance=chances, places=st.integers(1, 5))
def test_pages_follow_each_other_without_gap_or_repetition(chance: random.Random, places: int) -> None:
    hosts = some_hosts(chance, 80)
    searched = Hosts(snapshot_of(hosts), at=NOW)
    brief = some_brief(chance, hosts)
    whole = searched.search(brief, places=200).found
    paged: list[Found] = []
    more = True
    while more:
        page = searched.search(brief, start=len(paged), places=places)
        paged += page.found
        more = page.more
    assert tuple(paged) == whole


@settings(deadline=None, max_examples=40)
@given(chance=chances)
def test_the_rates_are_those_of_all_hosts_of_the_kind(chance: random.Random) -> None:
    hosts = some_hosts(chance, 40)
    for (category, platform, currency), rate in snapshot_of(hosts).rates.items():
        brief = replace(some_brief(chance, hosts), category=category, platform=platform, currency=currency)
        candidates = [candidate(brief, host) for host in hosts]
        of_the_kind = [
            host
            for host in candidates
            if category in {word.casefold() for word in host.categories}
            and platform in {word.casefold() for word in host.audiences}
            and host.currency == currency
        ]
        assert rate == category_rate(brief, of_the_kind)


@settings(deadline=None, max_examples=60)
@given(chance=chances, places=st.sampled_from([1, 3, 10]), market=st.sampled_from(["GB", ANY_MARKET]))
def test_the_best_of_many_that_fit_are_found_without_looking_at_all(chance: random.Random, places: int, market: str) -> None:
    hosts = [_fitting(chance, host) for host in some_hosts(chance, 150)]
    snapshot = snapshot_of(hosts)
    budget = chance.choice((300_00, 2**53))
    wanted = replace(some_brief(chance, hosts), category="home", platform="youtube", language="en", currency="GBP", market=market)
    brief = replace(wanted, windows=wanted.windows[:1], minimum_audience=0, budget_minor=budget, flat_fee_minor=chance.choice((0, 150_00)))
    found = Hosts(snapshot, at=NOW).search(brief, places=places).found
    assert [(each.creator_id, each.score_millinats) for each in found] == scan(brief, hosts, rate_in(snapshot.rates))[:places]


def _fitting(chance: random.Random, host: HostRecord) -> HostRecord:
    """The same host, but for what would keep it from being ranked; amounts differ widely."""
    return replace(
        host,
        categories=("toys", "home") if chance.random() < 0.3 else ("home",),
        refused_categories=(),
        languages=("en",),
        markets=(chance.choice(("GB", "GB", "de")),),
        audiences={"youtube": int(chance.lognormvariate(9, 2))},
        rate_card_minor=int(chance.lognormvariate(9.5, 1)),
        currency="GBP",
        minimum_commission_basis_points=0,
        can_be_paid=True,
        bonds=(),
        hours=Hours(timezone="UTC", weekly=tuple((weekday, 0, 1_440) for weekday in range(7))),
    )

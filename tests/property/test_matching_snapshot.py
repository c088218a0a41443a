"""Whatever the hosts and the brief: a search of the snapshot says what a scan with the rules says."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.matching.explanation import match
from chalicelib.matching.priors import START_PRIORS, Priors
from chalicelib.matching.rules import ANY_MARKET, Brief, Filter, failed_filters
from chalicelib.matching.shortfall import Near, moved_by, shifts, tally
from chalicelib.matching.snapshot import formula, query
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import columns_of
from chalicelib.matching.snapshot.load import Market, Snapshot, from_files
from chalicelib.matching.snapshot.query import Found
from chalicelib.matching.snapshot.records import HostRecord, Hours
from chalicelib.matching.snapshot.search import Hosts
from tests.property.matching_hosts import NOW, candidate, scan, some_brief, some_host, some_hosts, some_priors

chances = st.integers(0, 2**32).map(random.Random)
FEW = 4
"""Hosts in a block, so that there are several."""


@pytest.fixture(autouse=True, scope="module")
def one_block_first() -> Iterator[None]:
    """A search begins with one block, so that it can stop early."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "FIRST_BLOCKS", 1)
        yield


def snapshot_of(hosts: Sequence[HostRecord], priors: Priors = START_PRIORS) -> Snapshot:
    return from_files(dict(build(columns_of(hosts, priors), version="v1", built_at=NOW, block=FEW)))


@settings(deadline=None)
@given(chance=chances, count=st.integers(0, 120), places=st.sampled_from([1, 3, 50]))
def test_a_search_finds_the_hosts_that_a_scan_finds(chance: random.Random, count: int, places: int) -> None:
    hosts = some_hosts(chance, count)
    priors = some_priors(chance, hosts)
    searched = Hosts(snapshot_of(hosts, priors), at=NOW)
    for _ in range(6):
        brief = some_brief(chance, hosts)
        expected = scan(brief, hosts, priors)
        page = searched.search(brief, places=places)
        assert list(page.found) == expected[:places]
        assert page.more == (len(expected) > places)


@settings(deadline=None, max_examples=40)
@given(chance=chances)
def test_a_search_over_changes_finds_the_hosts_as_they_are_now(chance: random.Random) -> None:
    before = some_hosts(chance, 60)
    priors = some_priors(chance, before)
    gone = {host.creator_id for host in before if chance.random() < 0.1}
    changed = [some_host(chance, host.creator_id) for host in before if host.creator_id not in gone and chance.random() < 0.2]
    changed += [some_host(chance, f"crt_new_{number}") for number in range(3)]
    now = {host.creator_id: host for host in before if host.creator_id not in gone} | {host.creator_id: host for host in changed}
    searched = Hosts(snapshot_of(before, priors), changed, gone, at=NOW)
    for _ in range(6):
        brief = some_brief(chance, before)
        assert list(searched.search(brief, places=50).found) == scan(brief, list(now.values()), priors)[:50]


@settings(deadline=None, max_examples=30)
@given(chance=chances)
def test_what_floats_leave_open_is_what_the_score_says(chance: random.Random) -> None:
    hosts = some_hosts(chance, 60)
    priors = some_priors(chance, hosts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formula, "DOUBT", 1)
        searched = Hosts(snapshot_of(hosts, priors), at=NOW)
        for _ in range(6):
            brief = some_brief(chance, hosts)
            assert list(searched.search(brief, places=50).found) == scan(brief, hosts, priors)[:50]


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
def test_a_snapshot_keeps_the_priors_that_it_was_made_with(chance: random.Random) -> None:
    hosts = some_hosts(chance, 20)
    priors = some_priors(chance, hosts)
    assert snapshot_of(hosts, priors).priors == priors


@settings(deadline=None, max_examples=60)
@given(chance=chances, places=st.sampled_from([1, 3, 10]), market=st.sampled_from(["GB", ANY_MARKET]))
def test_the_best_of_many_that_fit_are_found_without_looking_at_all(chance: random.Random, places: int, market: str) -> None:
    hosts = [_fitting(chance, host) for host in some_hosts(chance, 150)]
    priors = some_priors(chance, hosts)
    brief = replace(_wanted(chance, hosts), market=market)
    found = Hosts(snapshot_of(hosts, priors), at=NOW).search(brief, places=places).found
    assert list(found) == scan(brief, hosts, priors)[:places]


@settings(deadline=None, max_examples=60)
@given(chance=chances)
def test_the_bound_of_a_block_is_never_below_the_score_of_a_host_in_it(chance: random.Random) -> None:
    hosts = {host.creator_id: _fitting(chance, host) for host in some_hosts(chance, 60)}
    priors = some_priors(chance, list(hosts.values()))
    snapshot, brief = snapshot_of(list(hosts.values()), priors), _wanted(chance, list(hosts.values()))
    asked = query.ask(snapshot, brief)
    assert asked is not None
    for market in snapshot.open_all():
        within = market.blocks.of(asked.key)
        order, bounds = query.by_bound(market.blocks, within, asked)
        bound_of = dict(zip((order + within.start).tolist(), bounds.tolist(), strict=True))
        assert within.stop > within.start
        for block in range(within.start, within.stop):
            for creator_id in _listed(market, block):
                host = candidate(brief, hosts[creator_id])
                assert block in bound_of or failed_filters(brief, host)
                assert match(brief, host, priors).score_millinats <= bound_of.get(block, inf)


def _listed(market: Market, block: int) -> list[str]:
    """The hosts of a block."""
    is_host = market.columns["listed_audience"][block] >= 0
    rows = market.columns["pair_row"][market.columns["listed_pair"][block][is_host]]
    return [creator_id.decode() for creator_id in market.ids[rows]]


def _wanted(chance: random.Random, hosts: Sequence[HostRecord]) -> Brief:
    """A brief that those of `_fitting` fit, but for its budget and hours."""
    brief = replace(some_brief(chance, hosts), category="home", platform="youtube", language="en", currency="GBP", minimum_audience=0)
    budget, fee = chance.choice((300_00, 2**53)), chance.choice((0, 150_00))
    return replace(brief, windows=brief.windows[:1], budget_minor=budget, flat_fee_minor=fee)


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


@settings(deadline=None)
@given(chance=chances, count=st.integers(0, 120))
def test_a_census_counts_the_hosts_that_a_scan_counts(chance: random.Random, count: int) -> None:
    before = some_hosts(chance, count)
    changed = [some_host(chance, host.creator_id) for host in before if chance.random() < 0.2]
    gone = {host.creator_id for host in before if chance.random() < 0.05}
    now = {host.creator_id: host for host in [*before, *changed]}
    hosts = [host for host in now.values() if host.creator_id not in gone]
    searched = Hosts(snapshot_of(before), [host for host in changed if host.creator_id not in gone], gone, at=NOW)
    for _ in range(6):
        brief = some_brief(chance, hosts)
        looked = [(candidate(brief, host), failed_filters(brief, candidate(brief, host))) for host in hosts]
        expected = tally(brief, looked, {} if any(not failed for _, failed in looked) else nearest_moves(brief, hosts))
        left_out = sorted((len(failed), host.creator_id) for host, failed in looked if failed)
        counted = searched.counted(brief, places=7, shifts=shifts(brief, NOW))
        assert counted.tally == (replace(expected, near=Near()) if expected.fitting else expected)
        assert counted.nearest == tuple(creator_id for _, creator_id in left_out[:7])
        assert list(searched.standing(brief)) == [(-found.score_millinats, found.creator_id) for found in scan(brief, hosts, START_PRIORS)]
        new = [found for found in scan(brief, hosts, START_PRIORS) if found.is_new]
        assert list(searched.search(brief, places=3, only_new=True).found) == new[:3]


def nearest_moves(brief: Brief, hosts: Sequence[HostRecord]) -> dict[timedelta, int]:
    """The nearest moves of all shows that let a host in, by trying them."""
    for pair in shifts(brief, NOW):
        later = {by: moved_by(brief, by) for by in pair}
        busy = [host for host in hosts if {each.filter for each in failed_filters(brief, candidate(brief, host))} == {Filter.AVAILABILITY}]
        counts = {by: sum(not failed_filters(moved, candidate(moved, host)) for host in busy) for by, moved in later.items()}
        if any(counts.values()):
            return {by: count for by, count in counts.items() if count}
    return {}

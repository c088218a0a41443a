"""Whatever the hosts and the brief: a search of the snapshot says what a scan with the rules says."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.matching.snapshot import query
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import columns_of
from chalicelib.matching.snapshot.load import Snapshot, from_files
from chalicelib.matching.snapshot.records import HostRecord
from chalicelib.matching.snapshot.search import Hosts
from tests.property.matching_hosts import NOW, rate_in, scan, some_brief, some_hosts

chances = st.integers(0, 2**32).map(random.Random)
FEW = 4
"""Hosts in a block, so that there are several."""


@pytest.fixture(autouse=True, scope="module")
def one_block_first() -> None:
    """A search begins with one block, so that it can stop early."""
    query.FIRST_BLOCKS = 1


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

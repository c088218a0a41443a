"""A brief's answer is the same whether all hosts are read from the tables or searched in the snapshot, whatever has changed since."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count as counting
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib.adapters import dynamo
from chalicelib.matching import pools
from chalicelib.matching.rules import Brief
from chalicelib.matching.snapshot.records import HostRecord
from chalicelib.matching.store import BriefStore, PriorsStore
from tests.conftest import REGION
from tests.property.matching_hosts import some_brief, some_host, some_hosts, some_priors
from tests.property.matching_house import BRAND, House, house

numbers = counting()
chances = st.integers(0, 2**32).map(random.Random)


@pytest.fixture(autouse=True)
def nobody_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few hosts there are, they are searched."""
    monkeypatch.setattr(pools, "READ_AT_ONCE", 0)
    monkeypatch.setattr(pools, "MOST_READ", 0)


def fresh(disk: Path) -> House:
    """The same on tables of its own."""
    prefix = f"example-{next(numbers)}-"
    dynamo.bind_tables(prefix, REGION)
    for table in ("directory", "matching", "outbox"):
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName=prefix + table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        )
    return house(disk)


def briefs(chance: random.Random, hosts: Sequence[HostRecord]) -> Iterator[Brief]:
    """Some, each kept."""
    for _ in range(4):
        brief = replace(some_brief(chance, hosts), brief_id=f"brf_{next(numbers)}", brand_id=BRAND.tenant_id)
        BriefStore().add(brief)
        yield brief


@settings(
    deadline=None, max_examples=8, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chance=chances, count=st.integers(0, 16))
def test_searched_and_read_the_answers_are_the_same_whatever_has_changed(tables: None, chance: random.Random, count: int) -> None:  # noqa: ARG001
    with TemporaryDirectory() as disk:
        at = fresh(Path(disk))
        before = some_hosts(chance, count)
        for host in before:
            at.keep(host, approved=chance.random() < 0.9)
        priors = some_priors(chance, before)
        PriorsStore().add(priors)
        at.index()
        for brief in briefs(chance, before):
            read, searched = at.both(brief)
            assert searched == read
        changed = [some_host(chance, host.creator_id) for host in before if chance.random() < 0.3] + [some_host(chance, "crt_new")]
        for host in changed:
            at.clock.advance(timedelta(milliseconds=1))
            at.keep(host, approved=chance.random() < 0.8)
            at.searching.indexing.note(host.creator_id)
        now = list(at.later.records.values())
        for brief in briefs(chance, now):
            read, searched = at.both(brief)
            assert searched == read
            for creator_id in sorted(each.creator_id for each in at.directory.hosts())[:1]:
                read_one, searched_one = at.asked(brief, creator_id)
                assert searched_one == read_one
        at.index()
        for brief in briefs(chance, now):
            read, searched = at.both(brief)
            assert searched == read

"""Six hosts in Britain and one in Germany, of whom a snapshot is made: more than are read one by one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from chalicelib.adapters.objects import StoredObject
from chalicelib.matching import indexing, pools
from chalicelib.matching.index_store import IndexStore
from chalicelib.matching.rules import ANY_MARKET, Brief, BriefWindow
from chalicelib.matching.snapshot.records import HostRecord, Hours
from chalicelib.matching.store import BriefStore
from tests.fakes.objects import FakeBucket
from tests.property.matching_hosts import NOW
from tests.property.matching_house import BRAND, House, house

AT = NOW + timedelta(days=7, hours=19)
ALL_DAY = tuple((day, 0, 1440) for day in range(7))
HOST = HostRecord(
    creator_id="crt_00",
    categories=("home",),
    refused_categories=(),
    languages=("en",),
    markets=("GB",),
    audiences={"youtube": 1_000},
    rate_card_minor=100_00,
    currency="GBP",
    minimum_commission_basis_points=0,
    can_be_paid=True,
    past_shows=(),
    bonds=(),
    hours=Hours(timezone="UTC", weekly=ALL_DAY),
)
BRIEF = Brief(
    brief_id="brf_1",
    brand_id=BRAND.tenant_id,
    title="A brief",
    category="home",
    market="GB",
    language="en",
    platform="youtube",
    minimum_audience=0,
    skus=(),
    windows=(BriefWindow(starts_at=AT, minutes=60),),
    budget_minor=200_00,
    currency="GBP",
    flat_fee_minor=100_00,
    commission_basis_points=1_000,
    excluded_creator_ids=(),
    created_at=NOW,
)
ANYWHERE = replace(BRIEF, brief_id="brf_2", market=ANY_MARKET)
GERMAN = replace(BRIEF, brief_id="brf_3", market="de")


@dataclass
class CountingBucket(FakeBucket):
    """Counts what is fetched, and fails where it is told to."""

    fetched: list[str] = field(default_factory=list)
    refuses: Callable[[str], bool] = lambda _: False

    @override
    def put(self, key: str, body: bytes, content_type: str, **conditions: Any) -> str:
        if self.refuses(key):
            raise OSError(key)
        return super().put(key, body, content_type, **conditions)

    @override
    def get(self, key: str) -> StoredObject:
        self.fetched.append(key)
        return super().get(key)


@pytest.fixture
def six(tables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:  # noqa: ARG001  # the tables must be there
    """Six hosts in Britain, the last the best, and one in Germany; more than are read one by one. Two to a part."""
    monkeypatch.setattr(pools, "READ_AT_ONCE", 3)
    monkeypatch.setattr(pools, "MOST_READ", 5)
    monkeypatch.setattr(indexing, "HOSTS_OF_A_PART", 2)
    at = house(tmp_path, CountingBucket())
    for number in range(6):
        at.keep(replace(HOST, creator_id=f"crt_{number:02}", audiences={"youtube": 1_000 * (number + 1)}))
    at.keep(replace(HOST, creator_id="crt_de", markets=("DE",)))
    for brief in (BRIEF, ANYWHERE, GERMAN):
        BriefStore().add(brief)
    return at


def ranked(at: House, brief: Brief = BRIEF) -> list[str]:
    return [each.creator_id for each in at.searching.matches(BRAND, brief.brief_id).ranked]


def bucket(at: House) -> CountingBucket:
    assert isinstance(at.files, CountingBucket)
    return at.files


def file_of(market: str) -> str:
    """Where the hosts of a market lie, or another file of the version that is searched."""
    pointer = IndexStore().pointer()
    assert pointer is not None
    name = {"gb": "market-0000.hosts", "de": "market-0001.hosts"}.get(market, market)
    return f"hosts/{pointer.version}/{name}"


ALL = ["crt_05", "crt_04", "crt_03", "crt_02", "crt_01", "crt_00"]

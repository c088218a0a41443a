"""Files of a snapshot that are missing or damaged, zones, and what a search refuses."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import available_timezones

import numpy as np
import pytest

from chalicelib.bookings import rules as bookings
from chalicelib.matching import rules
from chalicelib.matching.rules import ANY_MARKET, BriefWindow
from chalicelib.matching.snapshot import records
from chalicelib.matching.snapshot.build import COMMON, build
from chalicelib.matching.snapshot.columns import columns_of, slot_of
from chalicelib.matching.snapshot.layout import Damaged, Sheet, pack, unpack
from chalicelib.matching.snapshot.load import BOUNDS, MarketMissing, from_directory, from_files, market_of
from chalicelib.matching.snapshot.manifest import MANIFEST
from chalicelib.matching.snapshot.records import Hours
from chalicelib.matching.snapshot.search import Hosts
from chalicelib.matching.snapshot.slots import NoSlot
from chalicelib.matching.snapshot.zones import offsets
from tests.property.matching_hosts import NOW, some_brief, some_hosts

CHANCE = random.Random(1)
RECORDS = [replace(host, markets=("GB",) if number % 2 else ("DE",)) for number, host in enumerate(some_hosts(CHANCE, 40))]
FILES = dict(build(columns_of(RECORDS), version="v1", built_at=NOW))
BRIEF = replace(some_brief(CHANCE, RECORDS), category="home", platform="youtube", currency="GBP", language="en")
GB = next(name for name in FILES if name not in {COMMON, MANIFEST})


def flipped(packed: bytes) -> bytes:
    return packed[:-1] + bytes([packed[-1] ^ 1])


@pytest.mark.parametrize("damage", [flipped, lambda packed: packed[:100], lambda _: b""])
def test_a_damaged_market_is_named_and_the_others_are_searched(damage: Callable[[bytes], bytes]) -> None:
    market = from_files(FILES).manifest.parts[1].market
    hosts = Hosts(from_files(FILES | {GB: damage(FILES[GB])}), at=NOW)
    assert hosts.search(replace(BRIEF, market=ANY_MARKET)).missing == (market,)
    with pytest.raises(MarketMissing, match="cannot be read"):
        hosts.search(replace(BRIEF, market=str(market)))


def test_a_market_whose_file_is_missing_is_named() -> None:
    hosts = Hosts(from_files({name: packed for name, packed in FILES.items() if name != GB}), at=NOW)
    assert len(hosts.search(replace(BRIEF, market=ANY_MARKET)).missing) == 1


@pytest.mark.parametrize("name", [COMMON, MANIFEST])
def test_without_manifest_or_common_file_there_is_no_snapshot(name: str) -> None:
    with pytest.raises(Damaged):
        from_files(FILES | {name: FILES[name][:-1]})


def test_a_mapped_file_that_was_cut_short_is_damaged(tmp_path: Path) -> None:
    for name, packed in FILES.items():
        (tmp_path / name).write_bytes(packed)
    (tmp_path / GB).write_bytes(FILES[GB][:-64])
    assert len(Hosts(from_directory(tmp_path), at=NOW).search(replace(BRIEF, market=ANY_MARKET)).missing) == 1


@pytest.mark.parametrize(("written", "instead"), [(b"[3]", b"[9]"), (b"[3],0]", b"[2],64]"), (b'"<i8"', b'"|O8"')])
def test_a_header_that_says_what_cannot_be_is_damaged(written: bytes, instead: bytes) -> None:
    packed = pack({"a": np.arange(3)}, {})
    length = int.from_bytes(packed[12:16], "little")
    header = packed[16 : 16 + length].replace(written, instead)
    head = packed[:8] + struct.pack("<II", zlib.crc32(header), len(header)) + header
    start = -(-len(head) // 64) * 64
    assert header != packed[16 : 16 + length]
    with pytest.raises(Damaged):
        unpack(head.ljust(start, b"\0") + packed[-64:])


def test_an_array_is_read_as_it_was_written() -> None:
    sheet = unpack(pack({"a": np.arange(3), "none": np.zeros((0, 4))}, {"words": ["x"]}))
    assert sheet.arrays["a"].tolist() == [0, 1, 2]
    assert sheet.arrays["none"].shape == (0, 4)
    assert "b" not in sheet.arrays
    assert sheet.words == {"words": ["x"]}


def test_a_market_without_a_column_that_it_needs_is_named() -> None:
    snapshot = from_files(FILES)
    part, whole = snapshot.manifest.parts[1], unpack(FILES[GB]).arrays
    columns = {name: whole[name] for name in ("id", "key", "key_block", *BOUNDS) if name != "top_known"}
    with pytest.raises(Damaged, match="top_known"):
        market_of(Sheet(arrays=columns, words={}), part)


def test_priors_that_cannot_be_read_are_damaged() -> None:
    snapshot = from_files(FILES | {MANIFEST: FILES[MANIFEST].replace(b'"counts":100', b'"counts":"a"')})
    with pytest.raises(Damaged, match="priors"):
        _ = snapshot.priors


def test_a_snapshot_in_files_answers_as_the_one_in_memory(tmp_path: Path) -> None:
    for name, packed in FILES.items():
        (tmp_path / name).write_bytes(packed)
    brief = replace(BRIEF, market=ANY_MARKET)
    assert Hosts(from_directory(tmp_path), at=NOW).search(brief) == Hosts(from_files(FILES), at=NOW).search(brief)


def test_a_show_that_does_not_start_on_a_quarter_hour_is_no_slot() -> None:
    late = replace(BRIEF.windows[0], starts_at=BRIEF.windows[0].starts_at + timedelta(minutes=1))
    with pytest.raises(NoSlot):
        Hosts(from_files(FILES), at=NOW).search(replace(BRIEF, windows=(late,)))


@pytest.mark.parametrize(("start", "places"), [(-1, 1), (0, 0), (0, 1_001), (1_000, 1)])
def test_a_ranking_ends_somewhere(start: int, places: int) -> None:
    with pytest.raises(ValueError, match="places"):
        Hosts(from_files(FILES), at=NOW).search(BRIEF, start=start, places=places)


def test_every_zone_is_whole_quarters_from_utc() -> None:
    zones = [zone for zone in available_timezones() if zone != "localtime"]
    assert all(offsets(zone, slot_of(NOW)) for zone in zones)


def test_slots_are_those_of_bookings() -> None:
    assert rules.SLOT_MINUTES == bookings.SLOT_MINUTES
    assert rules.MAX_SLOTS_PER_BOOKING == bookings.MAX_SLOTS_PER_BOOKING
    assert records.SLOTS_PER_DAY * rules.SLOT_MINUTES == bookings.MINUTES_PER_DAY


def test_a_move_into_a_promise_to_another_brand_lets_nobody_in() -> None:
    at = BRIEF.windows[0].starts_at.replace(hour=12, minute=0)
    half = timedelta(minutes=30)
    day = ((0, 1440),)
    hours = Hours(timezone="UTC", dated={at.date(): day}, taken=(at,))
    able = replace(RECORDS[0], categories=("home",), languages=("en",), markets=("GB",), audiences={"youtube": 10}, currency="GBP")
    host = replace(able, refused_categories=(), rate_card_minor=0, minimum_commission_basis_points=0, can_be_paid=True, hours=hours)
    brief = replace(
        BRIEF, market="GB", minimum_audience=0, excluded_creator_ids=(), windows=(BriefWindow(starts_at=at, minutes=15),), budget_minor=1
    )

    def moves(bonds: tuple[records.Bond, ...]) -> dict[timedelta, int]:
        hosts = Hosts(from_files(dict(build(columns_of([replace(host, bonds=bonds)]), version="v1", built_at=NOW))), at=NOW)
        return dict(hosts.counted(brief, places=1, shifts=[(half, -half), (2 * half,)]).tally.near.moved)

    other = records.Bond(brand_id="brd_9", category="home", from_=at + half, until=at + 2 * half)
    assert moves(()) == {half: 1, -half: 1}
    assert moves((other,)) == {-half: 1}
    assert moves((other, replace(other, from_=at - half, until=at))) == {2 * half: 1}

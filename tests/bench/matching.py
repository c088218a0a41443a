"""A million hosts ranked for a brief by the product and by others; and how large a snapshot is.

The others are pyroaring, packed bits and sorted slices with numpy, tantivy and DuckDB. All answer the same briefs in turn and must answer
the same as a scan of every host. Times are of the processor, so that others on the machine disturb them little; each uses one thread.
"""

import mmap
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from chalicelib.matching.rules import DEFAULT_PLACES, Brief
from chalicelib.matching.snapshot.build import build
from chalicelib.matching.snapshot.columns import Columns
from chalicelib.matching.snapshot.layout import Array
from chalicelib.matching.snapshot.load import Snapshot, from_directory
from chalicelib.matching.snapshot.search import Hosts
from tests.bench.figures import Figure, Target, median
from tests.bench.hosts import NOW, briefs, hosts
from tests.bench.matching_peers import Bitmaps, Bits, Index, Scan, Slices, Sql
from tests.bench.matching_table import Ranked, Table
from tests.bench.say import Say
from tests.bench.sizes import Sizes

BESIDE = Target("<=", 2, of="ratio")
EXACT = Target("=", 1)
MEGABYTES = Target("<=", 200)
LOADED = Target("<=", 1.5, of="ratio")
MB = 1_000_000
KB_PER_MB = 1_000
PAGE_BYTES = 4_096
WARMING = 5
MEDIAN = 50
LOADS = 20
"""A load takes a millisecond or two, so there are so many for each repetition."""
SMALL = 10_000
"""Hosts of the snapshot that growth is told by."""


class Contestant(Protocol):
    """Who ranks hosts for briefs."""

    name: str

    def best(self, brief: Brief, places: int) -> Ranked:
        """Ids and scores of the best."""
        ...


class Ours:
    """The product's search."""

    name = "ours"

    def __init__(self, snapshot: Snapshot) -> None:
        """Over a snapshot, nothing changed since."""
        self.hosts = Hosts(snapshot, at=NOW)

    def best(self, brief: Brief, places: int) -> Ranked:
        """The ranking."""
        return [(found.creator_id, found.score_millinats) for found in self.hosts.search(brief, places=places).found]


def measure(sizes: Sizes, say: Say) -> Iterator[Figure]:
    """Size and load first, then the matches."""
    with tempfile.TemporaryDirectory(prefix="primetime-bench-") as root:
        directory = Path(root)
        say(f"matching: making {sizes.hosts_of_matching:,} hosts")
        columns = hosts(sizes.hosts_of_matching, sizes.seed)
        began = time.process_time()
        size = write(columns, directory)
        yield Figure(name="snapshot_build", value=time.process_time() - began, unit="s")
        yield Figure(name="snapshot_build_peak_mb", value=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB, unit="MB")
        yield Figure(name="snapshot_mb_1m", value=size / MB, unit="MB", target=MEGABYTES)
        yield _growth(size, sizes)
        yield _loading(directory, sizes)
        snapshot = from_directory(directory)
        table = Table(columns)
        say("matching: making the peers' tables and indexes")
        peers: list[Contestant] = [Bitmaps(table), Bits(table), Slices(table), Index(table), Sql(table)]
        agreed: list[bool] = []
        for name, any_market in (("selective", False), ("any", True)):
            asked = briefs(sizes.briefs_of_matching, sizes.seed, any_market=any_market)
            seconds = _in_turns([Ours(snapshot), *peers], asked, Scan(table), agreed)
            yield from _figures(name, seconds, say)
        yield Figure(name="match_exact_share", value=sum(agreed) / len(agreed), unit="of all answers", target=EXACT)


def write(columns: Columns, directory: Path) -> int:
    """A snapshot's files; answers their bytes together."""
    size = 0
    for name, packed in build(columns, version="bench", built_at=NOW):
        (directory / name).write_bytes(packed)
        size += len(packed)
    return size


def _growth(size: int, sizes: Sizes) -> Figure:
    """Bytes of a host in the large snapshot beside those in a small one: 1 is growth in proportion, less is better still."""
    small = min(SMALL, sizes.hosts_of_matching)
    with tempfile.TemporaryDirectory(prefix="primetime-bench-") as root:
        per_host = write(hosts(small, sizes.seed), Path(root)) / small
    return Figure(
        name="snapshot_growth",
        value=size / sizes.hosts_of_matching,
        unit="bytes / host",
        peer=f"with {small:,} hosts",
        peer_value=per_host,
        target=Target("<=", 1.1, of="ratio"),
    )


def _loading(directory: Path, sizes: Sizes) -> Figure:
    """Opening every file of a snapshot and touching all pages of what was mapped; beside mapping the same bytes and touching all pages."""
    ours, theirs = [], []
    for _ in range(WARMING + LOADS * sizes.repetitions):
        began = time.process_time()
        snapshot = from_directory(directory)
        used = [snapshot.common.longest, *(market.ids for market in snapshot.open_all())]
        found = _touched(map(_mapping, used))
        ours.append(time.process_time() - began)
        del snapshot
        began = time.process_time()
        same = _touched(_mapped(path) for path in directory.glob("*.hosts"))
        theirs.append(time.process_time() - began)
        if found != same:
            message = "What a snapshot maps is not what its files are."
            raise AssertionError(message)
    times = (median(each[WARMING:]) for each in (ours, theirs))
    return Figure(name="snapshot_load_vs_mmap", value=next(times), unit="s", peer="mmap", peer_value=next(times), target=LOADED)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _mapping(array: Array) -> mmap.mmap:
    """The file that an array is a view of."""
    base: object = array
    while not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else base.base if isinstance(base, np.ndarray) else None
    return base


def _touched(mappings: Iterable[mmap.mmap]) -> int:
    """Reads a byte of every page; answers how many pages there are, and the sum of what was read."""
    pages = [np.frombuffer(each, dtype=np.uint8)[::PAGE_BYTES] for each in mappings]
    return sum(int(each.sum()) + len(each) for each in pages)


def _in_turns(contestants: Sequence[Contestant], asked: Sequence[Brief], scan: Scan, agreed: list[bool]) -> Mapping[str, list[float]]:
    """Seconds of each for each brief; the first few are not counted, but must be right as well."""
    seconds: dict[str, list[float]] = {each.name: [] for each in contestants}
    for number, brief in enumerate(asked):
        right = scan.best(brief, DEFAULT_PLACES)
        for each in contestants:
            began = time.process_time()
            answer = each.best(brief, DEFAULT_PLACES)
            if number >= WARMING:
                seconds[each.name].append(time.process_time() - began)
            if each.name == Ours.name:
                agreed.append(answer == right)
            elif answer != right:
                message = f"{each.name} ranks otherwise than the scan for {brief}"
                raise AssertionError(message)
    return seconds


def _figures(name: str, seconds: Mapping[str, list[float]], say: Say) -> Iterator[Figure]:
    for contestant, times in seconds.items():
        say(f"  {name}, {contestant}: p50 {_at(times, 50):.3f} ms, p95 {_at(times, 95):.3f} ms")
    ours = seconds[Ours.name]
    peers: dict[str, type[Contestant]] = {"pyroaring": Bitmaps, "bits": Bits, "slices": Slices, "tantivy": Index, "duckdb": Sql}
    for short, peer in peers.items():
        for percent in (MEDIAN, 95):
            yield Figure(
                name=f"match_p{percent}_{name}_vs_{short}",
                value=_at(ours, percent),
                unit="ms",
                peer=peer.name,
                peer_value=_at(seconds[peer.name], percent),
                target=BESIDE if peer is Bitmaps and percent == MEDIAN else None,
            )


def _at(times: Sequence[float], percent: int) -> float:
    return float(np.percentile(times, percent)) * 1_000

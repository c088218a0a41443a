"""What is kept of the snapshot of hosts outside of its files, in the matching table.

    index / pointer           which version is searched
    index / asked             when a version was last asked for
    build#<id> / build        a version in the making
    build#<id> / part#<n>     the ids of a part of its hosts, first and last
    build#<id> / done#<n>     the part has been read

Versions in the making expire by themselves. Keys are built here only; what changes of hosts has its own store (`change_store`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.adapters.dynamo import Item, Record, Transaction, WholeNumber
from chalicelib.core.clock import iso
from chalicelib.core.errors import Conflict, NotFound

INDEX = "index"
CLOCKS_DIFFER = timedelta(seconds=10)
KEPT_FOR = timedelta(days=14)
"""Longer than the bucket keeps the files of a version, so that a version that can be read has all of its changes."""
BEGIN, GATHER, PACK = "hosts.index", "hosts.gather", "hosts.pack"
"""Topics, each with the name of a version in the making, or of its part."""


class NoSuchBuild(NotFound):
    """A message tells of a version in the making that is not there."""


class AlreadyThere(Conflict):
    """Somebody else was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The version that is searched: all hosts as they were at `started_at` (real time) or later."""

    version: str
    build_id: str
    parts: int
    manifest_sha256: str
    format: int
    started_at: datetime
    built_at: datetime
    """Business time."""
    priors_version: int
    hosts: int

    @property
    def changes_from(self) -> datetime:
        """Changes from then on may not be in this version."""
        return self.started_at - CLOCKS_DIFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A version in the making, begun at `started_at` (real time); `parts` is None until all of them are known."""

    build_id: str
    started_at: datetime
    parts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfHosts:
    """The hosts with ids from `first` to `last`, both included."""

    build_id: str
    number: int
    first: str
    last: str


class PointerItem(Item):
    """Which version is searched."""

    TABLE = "matching"
    pointer = Record(Pointer)
    started_at = UnicodeAttribute()


class AskedItem(Item):
    """When a version was last asked for."""

    TABLE = "matching"
    asked_at = UnicodeAttribute()


class BuildItem(Item):
    """A version in the making."""

    TABLE = "matching"
    build = Record(Build)
    expires_at = WholeNumber()


class PartOfHostsItem(Item):
    """A part of it."""

    TABLE = "matching"
    part = Record(PartOfHosts)
    expires_at = WholeNumber()


class DoneItem(Item):
    """A part of it has been read."""

    TABLE = "matching"
    expires_at = WholeNumber()


class IndexStore:
    """Reads and writes of these."""

    def pointer(self) -> Pointer | None:
        """The version that is searched; None before there is one."""
        item = PointerItem.find(INDEX, "pointer")
        return None if item is None else item.pointer

    def point(self, pointer: Pointer) -> bool:
        """Have this version searched from now on; False where one that was begun as late is already."""
        started_at = iso(pointer.started_at)
        item = PointerItem(INDEX, "pointer", pointer=pointer, started_at=started_at)
        older = PointerItem.pk.does_not_exist() | (PointerItem.started_at < started_at)
        return committed(Transaction().put(item, older, AlreadyThere("A later version is searched already.")))

    def ask(self, build_id: str, now: datetime, patience: timedelta) -> bool:
        """Announce a new version, unless one was asked for within `patience`."""
        item = AskedItem(INDEX, "asked", asked_at=iso(now))
        free = AskedItem.pk.does_not_exist() | (AskedItem.asked_at < iso(now - patience))
        asked = Transaction().put(item, free, AlreadyThere("A version was asked for a short time ago."))
        return committed(asked.announce(BEGIN, build_id, iso(now)))

    def begin(self, build_id: str, now: datetime) -> Build:
        """The version in the making, begun now unless it was before."""
        BuildItem.put_new(_build_item(Build(build_id=build_id, started_at=now)))
        return self.build(build_id)

    def build(self, build_id: str) -> Build:
        """Raises `NoSuchBuild`."""
        item = BuildItem.find(_build(build_id), "build")
        if item is None:
            raise NoSuchBuild("There is no such version in the making.")
        return item.build

    def all_parts_known(self, build: Build) -> None:
        """Keep how many parts there are."""
        _build_item(build).save()

    def add_part(self, part: PartOfHosts, now: datetime) -> None:
        """Keep a part and announce that it is to be read."""
        key = part_key(part.build_id, part.number)
        Transaction().put(_part_item(part, now)).announce(GATHER, key, iso(now)).commit()

    def parts(self, build_id: str) -> Iterator[PartOfHosts]:
        """The parts known so far, by number."""
        return (item.part for item in PartOfHostsItem.under(_build(build_id), "part#"))

    def part(self, build_id: str, number: int) -> PartOfHosts:
        """Raises `NoSuchBuild`."""
        item = PartOfHostsItem.find(_build(build_id), f"part#{number:06}")
        if item is None:
            raise NoSuchBuild("There is no such part of a version in the making.")
        return item.part

    def part_done(self, part: PartOfHosts, now: datetime) -> None:
        """The part has been read and kept."""
        DoneItem(_build(part.build_id), f"done#{part.number:06}", expires_at=expiry(now)).save()

    def parts_done(self, build_id: str) -> int:
        """How many have."""
        return DoneItem.count(_build(build_id), DoneItem.sk.startswith("done#"), consistent_read=True)

    def announce_pack(self, build_id: str, now: datetime) -> None:
        """All parts are there."""
        Transaction().announce(PACK, build_id, iso(now)).commit()


def part_key(build_id: str, number: int) -> str:
    """How a message names a part."""
    return f"{build_id}/{number}"


def committed(transaction: Transaction) -> bool:
    """Whether it was: not where somebody else was faster."""
    try:
        transaction.commit()
    except AlreadyThere:
        return False
    return True


def _build_item(build: Build) -> BuildItem:
    return BuildItem(_build(build.build_id), "build", build=build, expires_at=expiry(build.started_at))


def _part_item(part: PartOfHosts, now: datetime) -> PartOfHostsItem:
    return PartOfHostsItem(_build(part.build_id), f"part#{part.number:06}", part=part, expires_at=expiry(now))


def expiry(now: datetime) -> int:
    """Unix seconds until which something of now is kept."""
    return int((now + KEPT_FOR).timestamp())


def _build(build_id: str) -> str:
    return f"build#{build_id}"

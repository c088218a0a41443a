"""Workers: the snapshot of all hosts is made from the tables, part by part, and what changes after that is noted beside it.

    ask (schedule) -> begin: who there is, in parts -> gather: the hosts of a part as they are now -> pack: the files, then the pointer

Every step may be done twice, and two versions may be made at once: files lie under a version's own prefix, and the pointer, which is
written last, moves on only to a version that was begun later. Times here are real ones, except for the age of a version.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.adapters.dynamo import in_batches
from chalicelib.adapters.objects import ObjectStore
from chalicelib.core.clock import Clock, iso
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import new_id
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.change_store import Change, ChangeStore
from chalicelib.matching.index_store import BEGIN, GATHER, PACK, IndexStore, PartOfHosts, Pointer
from chalicelib.matching.snapshot.manifest import FORMAT, MANIFEST
from chalicelib.matching.snapshot.records import HostRecord
from chalicelib.matching.store import PriorsStore

__all__ = ["BEGIN", "GATHER", "PACK", "Indexing", "NoVersionYet"]

PREFIX = "hosts/"
HOSTS_OF_A_PART = 500
BUILT_ANEW_AFTER = timedelta(hours=24)
"""Of business time: shows are as old as they were when the version was made."""
MOST_CHANGES = 2_000
PATIENCE = timedelta(minutes=30)
"""How long a version may be in the making before another one is asked for."""
BINARY, JSON = "application/octet-stream", "application/json"


class NoVersionYet(NotFound):
    """No snapshot has been made."""


def file_key(version: str, name: str) -> str:
    """Where a file of a version lies."""
    return f"{PREFIX}{version}/{name}"


class Indexing:
    """Makes versions of the snapshot and notes changes."""

    def __init__(
        self, *, store: IndexStore, changes: ChangeStore, files: ObjectStore, candidates: Candidates, priors: PriorsStore, clock: Clock
    ) -> None:
        """`files` is a private bucket, of which only what lies below `PREFIX` is touched."""
        self._store = store
        self._changes = changes
        self._files = files
        self._candidates = candidates
        self._priors = priors
        self._clock = clock

    def ask(self) -> bool:
        """Have a version made; False where one was asked for within `PATIENCE`."""
        now = self._clock.real_now()
        return self._store.ask(f"{_stamp(now)}-{new_id('idx')}", now, PATIENCE)

    def follow_up(self) -> None:
        """Called by the schedule each minute: hosts who have sold are told of, and a version is asked for when one is due."""
        self._changes.tell_of_sold(self._clock.real_now())
        self.ask_if_due()

    def ask_if_due(self) -> bool:
        """A version is asked for when there is none, or the one that is searched has aged."""
        pointer = self._store.pointer()
        return (pointer is None or self._has_aged(pointer)) and self.ask()

    def _has_aged(self, pointer: Pointer) -> bool:
        """Another format, other priors, a day, or more changes than are searched quickly."""
        if pointer.format != FORMAT or pointer.priors_version != self._priors.current().version:
            return True
        if self._clock.now() - pointer.built_at >= BUILT_ANEW_AFTER:
            return True
        return self._changes.count_changes(pointer.changes_from, MOST_CHANGES) >= MOST_CHANGES

    def begin(self, build_id: str) -> None:
        """Worker: who there is, in parts; goes on behind the parts that are known already."""
        now = self._clock.real_now()
        build = self._store.begin(build_id, now)
        known = list(self._store.parts(build_id))
        last = known[-1].last if known else ""
        number = len(known)
        for ids in in_batches((each for each in self._candidates.directory.host_ids() if each > last), HOSTS_OF_A_PART):
            self._store.add_part(PartOfHosts(build_id=build_id, number=number, first=ids[0], last=ids[-1]), now)
            number += 1
        self._store.all_parts_known(replace(build, parts=number))
        self._pack_when_ready(build_id)

    def gather(self, key: str) -> None:
        """Worker: the approved hosts of a part, as they are now."""
        build_id, _, number = key.rpartition("/")
        part = self._store.part(build_id, int(number))
        records = (self._candidates.record(each) for each in self._candidates.directory.host_ids(part.first, part.last))
        body = msgspec.json.encode([record for record in records if record is not None])
        self._files.put(file_key(build_id, _part_name(part.number)), body, JSON)
        self._store.part_done(part, self._clock.real_now())
        self._pack_when_ready(build_id)

    def _pack_when_ready(self, build_id: str) -> None:
        parts = self._store.build(build_id).parts
        if parts is not None and self._store.parts_done(build_id) >= parts:
            self._store.announce_pack(build_id, self._clock.real_now())

    def pack(self, build_id: str) -> bool:
        """Worker: the files of a version, the manifest behind them, then the pointer. False where a later version is searched already."""
        from chalicelib.matching.snapshot.build import build as files_of  # noqa: PLC0415  # numpy, which other work does not need
        from chalicelib.matching.snapshot.columns import columns_in_order  # noqa: PLC0415  # likewise

        made = self._store.build(build_id)
        pointer = self._store.pointer()
        if pointer is not None and pointer.started_at >= made.started_at:
            return False
        priors, built_at = self._priors.current(), self._clock.now()
        columns = columns_in_order(self._records(build_id, made.parts or 0), priors)
        version = f"{build_id}-{new_id('ver')}"
        manifest = b""
        for name, packed in files_of(columns, version=version, built_at=built_at):
            self._files.put(file_key(version, name), packed, JSON if name == MANIFEST else BINARY)
            manifest = packed
        return self._store.point(
            Pointer(
                version=version,
                build_id=build_id,
                parts=made.parts or 0,
                manifest_sha256=hashlib.sha256(manifest).hexdigest(),
                format=FORMAT,
                started_at=made.started_at,
                built_at=built_at,
                priors_version=priors.version,
                hosts=len(columns.ids),
            )
        )

    def _records(self, build_id: str, parts: int) -> Iterator[HostRecord]:
        for number in range(parts):
            yield from msgspec.json.decode(self._files.get(file_key(build_id, _part_name(number))).body, type=list[HostRecord])

    def records(self) -> Iterator[HostRecord]:
        """The hosts of the version that is searched, those that have changed since as they were noted last. Raises `NoVersionYet`."""
        pointer = self._store.pointer()
        if pointer is None:
            raise NoVersionYet("There is no snapshot of all hosts yet; the message comes again.")
        changes = {change.creator_id: change for change in self._changes.changes(pointer.changes_from)}
        for record in self._records(pointer.build_id, pointer.parts):
            if record.creator_id not in changes:
                yield record
        yield from (change.record for change in changes.values() if change.record is not None)

    def sold(self, creator_id: str) -> None:
        """Sales of a host's came in: its record is read anew within a minute, once for however many sales there were."""
        self._changes.sold(creator_id, self._clock.real_now())

    def note(self, creator_id: str) -> None:
        """Worker: a host has changed; how it is now lies beside the snapshot from here on."""
        read_at = self._clock.real_now()
        self._changes.note(Change(creator_id=creator_id, read_at=read_at, record=self._candidates.record(creator_id)))


def _part_name(number: int) -> str:
    return f"part-{number:06}.json"


def _stamp(instant: datetime) -> str:
    """What the names of versions begin with, so that they sort by the time at which they were asked for."""
    return iso(instant).translate(str.maketrans("", "", "-:."))

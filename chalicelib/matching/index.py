"""The snapshot as the function that answers people has it: brought once a version, kept over requests, with all changes noted since."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.adapters.objects import ObjectMissing, ObjectStore
from chalicelib.core.clock import Clock
from chalicelib.matching.change_store import Change, ChangeStore
from chalicelib.matching.index_store import IndexStore, Pointer
from chalicelib.matching.indexing import file_key

if TYPE_CHECKING:
    from chalicelib.matching.snapshot.load import Snapshot
    from chalicelib.matching.snapshot.search import Hosts

POINTER_LOOKED_AT_AFTER = timedelta(seconds=60)
NOTED_LATE = timedelta(minutes=3)
"""A worker keeps a change under the time at which it read the host, and may take so long to do it."""
log = logging.getLogger("primetime.matching")


@dataclass(slots=True)
class _Open:
    """A version that is searched, and what has been read of its changes."""

    pointer: Pointer
    snapshot: "Snapshot"
    changes: dict[str, Change]
    read_until: datetime
    hosts: "Hosts | None" = None


class HostIndex:
    """Gives the hosts of the version that the pointer names, as they are now."""

    def __init__(self, *, store: IndexStore, changes: ChangeStore, files: ObjectStore, clock: Clock, directory: Path) -> None:
        """`directory` is for the files of at most two versions."""
        self._store = store
        self._changes = changes
        self._files = files
        self._clock = clock
        self._directory = directory
        self._open: _Open | None = None
        self._looked_at: datetime | None = None

    def hosts(self) -> "tuple[Hosts, Pointer] | None":
        """All hosts to be searched, and which version they are from; None where there is none that can be read."""
        now = self._clock.real_now()
        if self._looked_at is None or now - self._looked_at >= POINTER_LOOKED_AT_AFTER:
            self._look_at_pointer()
            self._looked_at = now
        if self._open is None:
            return None
        return self._with_changes(self._open, now), self._open.pointer

    def _look_at_pointer(self) -> None:
        pointer = self._store.pointer()
        now = self._open
        if now is not None and pointer is not None and now.pointer.version == pointer.version and not now.snapshot.missing:
            return
        self._open = None if pointer is None else self._opened(pointer)

    def _opened(self, pointer: Pointer) -> _Open | None:
        """Raises nothing: a version that cannot be read is logged, and the next look tries again."""
        from chalicelib.matching.snapshot.layout import Damaged  # noqa: PLC0415  # numpy, which other requests do not need
        from chalicelib.matching.snapshot.shelf import Shelf  # noqa: PLC0415  # likewise

        def fetch(name: str) -> bytes:
            try:
                return self._files.get(file_key(pointer.version, name)).body
            except ObjectMissing as error:
                raise Damaged(error.message) from error

        shelf = Shelf(self._directory)
        shelf.keep_only(pointer.version)
        try:
            snapshot = shelf.opened(pointer.version, pointer.manifest_sha256, fetch)
            snapshot.priors  # noqa: B018  # is read now, where it can still be refused
        except (Damaged, OSError, LookupError):
            log.exception("version %s of the hosts cannot be read", pointer.version)
            return None
        return _Open(pointer, snapshot, {}, pointer.changes_from)

    def _with_changes(self, opened: _Open, now: datetime) -> "Hosts":
        from chalicelib.matching.snapshot.search import Hosts  # noqa: PLC0415  # likewise

        fresh = False
        for change in self._changes.changes(max(opened.pointer.changes_from, opened.read_until - NOTED_LATE)):
            known = opened.changes.get(change.creator_id)
            if known is None or known.read_at < change.read_at:
                opened.changes[change.creator_id] = change
                fresh = True
        opened.read_until = now
        if fresh or opened.hosts is None:
            records = [change.record for change in opened.changes.values() if change.record is not None]
            gone = [change.creator_id for change in opened.changes.values() if change.record is None]
            opened.hosts = Hosts(opened.snapshot, records, gone, at=self._clock.now())
        return opened.hosts

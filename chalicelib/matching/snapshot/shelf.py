"""A version of the snapshot on this machine's own disk: each file is brought once, checked, and mapped from then on."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from chalicelib.matching.snapshot.layout import Damaged, Sheet, mapped
from chalicelib.matching.snapshot.load import Snapshot, checked, manifest_of
from chalicelib.matching.snapshot.manifest import MANIFEST, Part

Fetch = Callable[[str], bytes]
"""The bytes of a file of a version, by its name. Raises `OSError` or `Damaged` where they cannot be had."""


class Shelf:
    """A directory of versions, of which one is kept; what is still mapped of the one before it takes room until it is let go."""

    def __init__(self, directory: Path) -> None:
        """Processes of one machine may share it."""
        self._directory = directory

    def opened(self, version: str, manifest_sha256: str, fetch: Fetch) -> Snapshot:
        """A version, of which the manifest and what all markets share are brought now, and each market when it is first asked for.

        Raises `Damaged` or `OSError`.
        """
        here = self._directory.joinpath(version)
        manifest = fetch(MANIFEST)
        if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
            raise Damaged("The manifest is not the one that the pointer names.")

        def read(part: Part) -> Sheet:
            path = here.joinpath(part.name)
            if not path.exists():
                _write(path, checked(part, fetch(part.name)))
            try:
                return mapped(path)
            except Damaged:
                path.unlink(missing_ok=True)
                raise

        return Snapshot(manifest_of(manifest), read)

    def keep_only(self, version: str) -> None:
        """Remove all other versions. What is mapped of them stays readable until nobody holds it any more."""
        if self._directory.exists():
            for path in self._directory.iterdir():
                if path.name != version:
                    shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, packed: bytes) -> None:
    """In one step, so that a file that was broken off is never taken for a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(packed)
    unfinished.replace(path)

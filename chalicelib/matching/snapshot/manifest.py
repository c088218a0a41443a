"""What belongs together: the files of a snapshot with their hashes, and the priors that it was made with."""

from datetime import datetime

import msgspec

FORMAT = 3
MANIFEST = "manifest.json"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a snapshot; `market` is None for what all markets share."""

    name: str
    market: str | None
    sha256: str
    size_bytes: int
    hosts: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Which files make up a version, and the priors that it was made with."""

    format: int
    version: str
    built_at: datetime
    hosts: int
    parts: tuple[Part, ...]
    priors: msgspec.Raw
    """`Priors`, which only changes are made with: left as they are until then."""

"""What belongs together: the files of a snapshot with their hashes, and the rates that it was made with."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a snapshot; `market` is None for what all markets share."""

    name: str
    market: str | None
    sha256: str
    size_bytes: int
    hosts: int


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Net sales in minor units per follower and hour that hosts without a record are expected to make: a fraction."""

    category: str
    platform: str
    currency: str
    numerator: int
    denominator: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Which files make up a version, and the rates that it was made with."""

    format: int
    version: str
    built_at: datetime
    hosts: int
    parts: tuple[Part, ...]
    rates: tuple[Rate, ...]


Rates = Mapping[tuple[str, str, str], Fraction]
"""(category, platform, currency) -> minor units per follower and hour."""

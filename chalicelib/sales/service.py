"""What people and later features do with sales: announce a file, watch its import, see what was left out, read a show's facts.

The workers' side, from the uploaded file to the last link, is in `intake`.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.access import PLATFORM_TENANT, Principal
from chalicelib.core.clock import Clock, iso
from chalicelib.core.ids import new_id
from chalicelib.core.money import exponent_of
from chalicelib.sales.facts import ShowFacts, ShowSales, totals_of
from chalicelib.sales.feeds import profile_named
from chalicelib.sales.feeds.read import RejectedRow, check_size
from chalicelib.sales.files import UPLOAD_HEADERS, UPLOAD_SECONDS, SalesFiles
from chalicelib.sales.imports import (
    MAX_FILENAME_CHARACTERS,
    BadUpload,
    FeedSummary,
    FileAlreadyImported,
    Import,
    ImportNotFound,
    Tally,
    feed_id_of,
    total,
)
from chalicelib.sales.store import ImportStore, LineStore

MAX_REJECTED_LISTED = 200
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that is to be uploaded."""

    filename: str
    profile: str
    currency: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Where to PUT the announced bytes, with which headers, and how long that works."""

    import_id: str
    url: str
    headers: Mapping[str, str]
    expires_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStatus:
    """An import and how many of its parts are stored."""

    record: Import
    parts_done: int
    changed: tuple[RejectedRow, ...]
    """Rows that contradict a known line in a column that may not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTotals:
    """A feed over all its imports: lines attributed and not (count and value), and the orphans of its last decision."""

    feed_id: str
    currency: str
    imports: int
    rejected: int
    tally: Tally
    summary: FeedSummary | None


class Sales:
    """Use cases of sales for people, and the facts of shows for later features."""

    def __init__(self, *, imports: ImportStore, lines: LineStore, files: SalesFiles, clock: Clock) -> None:
        """`clock.now()` dates the start of imports."""
        self._imports = imports
        self._lines = lines
        self._files = files
        self._clock = clock

    def start_import(
        self, principal: Principal, announced: Announced, brand_id: str | None = None, *, import_id: str | None = None
    ) -> Upload:
        """Begin an import and say where its file goes. Finance names the brand.

        With the `import_id` of a request it begins once, however often that comes.

        Raises `UnknownProfile`, `BadUpload`, `FileTooLarge`, `EmptyFile` or `FileAlreadyImported`.
        """
        brand = _brand_of(principal, brand_id)
        profile = profile_named(announced.profile)
        _check(announced)
        feed_id = feed_id_of(brand, profile, announced.currency)
        first = self._imports.taken_by(feed_id, announced.sha256)
        if first is not None:
            raise already_imported(self._imports.find(brand, first))
        new = Import(
            import_id=import_id or new_id("imp"),
            brand_id=brand,
            feed_id=feed_id,
            profile=profile.name,
            currency=announced.currency,
            filename=announced.filename,
            sha256=announced.sha256,
            size_bytes=announced.size_bytes,
            started_at=self._clock.now(),
        )
        self._imports.add(new, self._clock.real_now())
        return Upload(import_id=new.import_id, url=self._files.upload_url(new), headers=UPLOAD_HEADERS, expires_seconds=UPLOAD_SECONDS)

    def status(self, principal: Principal, import_id: str, brand_id: str | None = None) -> ImportStatus:
        """Where an import stands. Raises `ImportNotFound`."""
        record, parts_done = self._imports.progress(_brand_of(principal, brand_id), import_id)
        changed = tuple(row for part in self._files.stored(record) for row in part.changed) if record.tally.changed else ()
        return ImportStatus(record=record, parts_done=parts_done, changed=changed)

    def list(self, principal: Principal, brand_id: str | None = None) -> tuple[Import, ...]:
        """The newest imports of the brand."""
        return self._imports.all_of(_brand_of(principal, brand_id))

    def rejected(self, principal: Principal, import_id: str, after_row: int = 0, brand_id: str | None = None) -> Sequence[RejectedRow]:
        """Rejected rows with reasons beyond a row number, at most `MAX_REJECTED_LISTED`. Raises `ImportNotFound`."""
        record = self._imports.find(_brand_of(principal, brand_id), import_id)
        return [row for row in self._files.rejected(record) if row.row_number > after_row][:MAX_REJECTED_LISTED]

    def totals(self, principal: Principal, brand_id: str | None = None) -> tuple[FeedTotals, ...]:
        """Each feed of the brand, so that what belongs to no show and what takes back no known sale stays in sight."""
        by_feed: dict[str, list[Import]] = {}
        for record in self.list(principal, brand_id):
            by_feed.setdefault(record.feed_id, []).append(record)
        return tuple(
            FeedTotals(
                feed_id=feed_id,
                currency=records[0].currency,
                imports=len(records),
                rejected=sum(record.rejected for record in records),
                tally=total([record.tally for record in records]),
                summary=self._imports.feed(feed_id),
            )
            for feed_id, records in sorted(by_feed.items())
        )

    def summary_of(self, show_id: str) -> ShowSales:
        """A show's sales in all; whoever asks has checked that the show may be seen."""
        return totals_of(show_id, self.facts_of(show_id))

    def facts_of(self, show_id: str, as_of: datetime | None = None) -> ShowFacts:
        """All sales and refunds of a show, `as_of` an instant those that were its by then; who asks has checked that it may be seen."""
        return self._lines.facts_of(show_id, as_of)


def already_imported(first: Import) -> FileAlreadyImported:
    """The sentence for bytes that a feed has taken before."""
    return FileAlreadyImported(
        f"This file was imported before: {first.filename}, on {iso(first.started_at)}, as import {first.import_id}. Nothing was added."
    )


def sha256_of(body: bytes) -> str:
    """The hash that a file is announced and known by."""
    return hashlib.sha256(body).hexdigest()


def _check(announced: Announced) -> None:
    if not _SHA256.fullmatch(announced.sha256):
        raise BadUpload("Give the file's SHA-256 as 64 lower-case hexadecimal digits.", fields={"sha256": "is no SHA-256"})
    if not 0 < len(announced.filename) <= MAX_FILENAME_CHARACTERS:
        raise BadUpload(f"Give the file a name of at most {MAX_FILENAME_CHARACTERS} characters.", fields={"filename": "too long or empty"})
    exponent_of(announced.currency)
    check_size(announced.size_bytes)


def _brand_of(principal: Principal, brand_id: str | None) -> str:
    """Whose sales the caller may touch: a brand its own, finance those of the brand it names."""
    if principal.tenant_id == PLATFORM_TENANT:
        if brand_id is None:
            raise BadUpload("Say whose sales these are: give a brand_id.", fields={"brand_id": "is missing"})
        return brand_id
    if brand_id not in {None, principal.tenant_id}:
        raise ImportNotFound("There is no such import. Look in the list of your imports.")
    return principal.tenant_id

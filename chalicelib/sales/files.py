"""The objects that imports leave in buckets: uploads, parts, rejected rows, stored parts, manifests and decisions."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chalicelib.adapters.dynamo import canonical_json
from chalicelib.adapters.objects import ONLY_IF_NEW, ObjectExists, ObjectMissing, ObjectStore
from chalicelib.sales.decisions import Decision
from chalicelib.sales.feeds.read import RejectedRow
from chalicelib.sales.imports import BadUpload, Import, Manifest, StoredPart
from chalicelib.sales.lines import SaleLine

UPLOADS_PREFIX = "uploads/"
JSON = "application/json"
UPLOAD_TYPE = "text/csv"
UPLOAD_HEADERS: Mapping[str, str] = {"Content-Type": UPLOAD_TYPE, "If-None-Match": ONLY_IF_NEW}
"""What the PUT of a file must carry."""
UPLOAD_SECONDS = 900
CHUNK_BYTES = 256 * 1024
FASTEST = 1


class SalesFiles:
    """`uploads` is the bucket that files arrive in (parts stay beside them), `records` the one that decisions are kept in."""

    def __init__(self, *, uploads: ObjectStore, records: ObjectStore) -> None:
        """The two buckets may be one."""
        self._uploads = uploads
        self._records = records

    def upload_url(self, which: Import) -> str:
        """Where the file goes: a PUT of exactly its bytes, as `UPLOAD_TYPE`, for `UPLOAD_SECONDS`."""
        return self._uploads.upload_url(upload_key(which), which.size_bytes, UPLOAD_TYPE, UPLOAD_SECONDS)

    def uploaded_size(self, which: Import) -> int:
        """Length of what arrived, in bytes."""
        return self._uploads.size(upload_key(which))

    def has_arrived(self, which: Import) -> bool:
        """Whether the file was uploaded."""
        try:
            self.uploaded_size(which)
        except ObjectMissing:
            return False
        return True

    def uploaded(self, which: Import) -> bytes:
        """What arrived; the object stays as it is."""
        return self._uploads.get(upload_key(which)).body

    def put_part(self, which: Import, number: int, lines: Sequence[SaleLine]) -> None:
        """Keep the lines of a part."""
        self._uploads.put(_key("parts", which, number), canonical_json(lines), JSON)

    def part(self, which: Import, number: int) -> tuple[SaleLine, ...]:
        """The lines of a part."""
        return msgspec.json.decode(self._uploads.get(_key("parts", which, number)).body, type=tuple[SaleLine, ...])

    def put_rejected(self, which: Import, rows: Sequence[RejectedRow]) -> None:
        """Keep the rejected rows with their reasons."""
        self._uploads.put(_key("rejected", which), canonical_json(rows), JSON)

    def rejected(self, which: Import) -> tuple[RejectedRow, ...]:
        """The rejected rows; none for a file that was not read."""
        try:
            body = self._uploads.get(_key("rejected", which)).body
        except ObjectMissing:
            return ()
        return msgspec.json.decode(body, type=tuple[RejectedRow, ...])

    def put_stored(self, which: Import, number: int, part: StoredPart) -> None:
        """Keep what became of a part."""
        self._uploads.put(_key("stored", which, number), canonical_json(part), JSON)

    def stored(self, which: Import) -> Iterator[StoredPart]:
        """What became of each part of an import."""
        yield from (self.stored_part(which, number) for number in range(1, which.parts + 1))

    def stored_part(self, which: Import, number: int) -> StoredPart:
        """What became of one part."""
        return msgspec.json.decode(self._uploads.get(_key("stored", which, number)).body, type=StoredPart)

    def put_manifest(self, feed_id: str, number: int, manifest: Manifest) -> str:
        """Keep a manifest under a key that its content is part of; answers the key."""
        raw = gzip.compress(canonical_json(manifest), compresslevel=FASTEST, mtime=0)
        key = f"sales/{feed_id}/manifests/{number:08}-{hashlib.sha256(raw).hexdigest()[:16]}.json.gz"
        self._records.put(key, raw, "application/gzip")
        return key

    def manifest(self, key: str) -> Manifest:
        """A manifest."""
        return msgspec.json.decode(gzip.decompress(self._records.get(key).body), type=Manifest)

    def decide(self, decision: Decision) -> bool:
        """Write a decision down unless its number is taken; False where it is."""
        try:
            self._records.put(_decision(decision.feed_id, decision.number), canonical_json(decision), JSON, only_if_new=True)
        except ObjectExists:
            return False
        return True

    def decision(self, feed_id: str, number: int) -> Decision | None:
        """A decision, or None while nobody has made it."""
        try:
            body = self._records.get(_decision(feed_id, number)).body
        except ObjectMissing:
            return None
        return msgspec.json.decode(body, type=Decision)


def upload_key(which: Import) -> str:
    """Where an import's file arrives."""
    return f"{UPLOADS_PREFIX}{which.brand_id}/{which.import_id}"


def of_upload(key: str) -> tuple[str, str]:
    """Brand and import of an uploaded object's key. Raises `BadUpload`."""
    match key.removeprefix(UPLOADS_PREFIX).split("/"):
        case [brand_id, import_id]:
            return brand_id, import_id
        case _:
            raise BadUpload(f"{key!r} is no upload of an import.")


def chunks(body: bytes) -> Iterator[bytes]:
    """The bytes in pieces."""
    return (body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES))


def _key(kind: str, which: Import, number: int | None = None) -> str:
    name = "all" if number is None else f"{number:06}"
    return f"{kind}/{which.brand_id}/{which.import_id}/{name}.json"


def _decision(feed_id: str, number: int) -> str:
    return f"sales/{feed_id}/decisions/{number:08}.json"

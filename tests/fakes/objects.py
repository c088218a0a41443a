"""A bucket in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.adapters.objects import ObjectExists, ObjectMissing, StoredObject


@dataclass
class FakeBucket:
    """Implements `ObjectStore` as far as payouts and contracts use it."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(
        self,
        key: str,
        body: bytes,
        content_type: str,
        *,
        only_if_new: bool = False,
        only_if_etag: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        del content_type, only_if_etag, cache_control
        if only_if_new and key in self.objects:
            raise ObjectExists(f"There is an object {key} already.")
        self.objects[key] = body
        return str(hash(body))

    def get(self, key: str) -> StoredObject:
        if key not in self.objects:
            raise ObjectMissing(f"There is no object {key}.")
        return StoredObject(self.objects[key], str(hash(self.objects[key])))

    def size(self, key: str) -> int:
        return len(self.get(key).body)

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def download_url(self, key: str, filename: str, expires_seconds: int) -> str:
        assert key in self.objects
        return f"memory://{key}?as={filename}&for={expires_seconds}"

    def upload_url(self, key: str, size_bytes: int, content_type: str, expires_seconds: int) -> str:
        raise NotImplementedError((key, size_bytes, content_type, expires_seconds))

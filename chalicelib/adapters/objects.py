"""Objects in a bucket, with the two conditions that make them safe to share: only if new, only if unchanged."""

import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.core.errors import Conflict, NotFound

ONLY_IF_NEW = "*"
"""As If-None-Match: there must be no object under the key."""


class ObjectExists(Conflict):
    """Somebody wrote the object first."""


class ObjectChanged(Conflict):
    """The object is not the one that was read."""


class ObjectMissing(NotFound):
    """There is no object under this key."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The bytes of an object and the tag that changes with them."""

    body: bytes
    etag: str


class ObjectStore(Protocol):
    """A bucket, as far as features need it."""

    def put(  # each keyword is one S3 header
        self,
        key: str,
        body: bytes,
        content_type: str,
        *,
        only_if_new: bool = False,
        only_if_etag: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        """Store bytes and return the new etag. Raises `ObjectExists` or `ObjectChanged` when a condition does not hold."""
        ...

    def get(self, key: str) -> StoredObject:
        """Read an object. Raises `ObjectMissing`."""
        ...

    def size(self, key: str) -> int:
        """Length in bytes without reading it. Raises `ObjectMissing`."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys under a prefix, in order."""
        ...

    def upload_url(self, key: str, size_bytes: int, content_type: str, expires_seconds: int) -> str:
        """A URL that lets its holder PUT exactly this many bytes of this type to this key, once, until it expires.

        The PUT carries the type as Content-Type and `ONLY_IF_NEW` as If-None-Match: what has arrived is never replaced.
        """
        ...

    def download_url(self, key: str, filename: str, expires_seconds: int) -> str:
        """A URL that lets its holder download this object as a file of this name, until it expires."""
        ...


class S3Bucket:
    """An `ObjectStore` on S3."""

    def __init__(self, client: Any, bucket: str) -> None:  # noqa: ANN401  # boto3 has no types
        """`client` is a boto3 S3 client; `bucket` its bucket's name."""
        self._client = client
        self._bucket = bucket

    def put(  # each keyword is one S3 header
        self,
        key: str,
        body: bytes,
        content_type: str,
        *,
        only_if_new: bool = False,
        only_if_etag: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        """See `ObjectStore.put`."""
        headers: dict[str, str] = {}
        if only_if_new:
            headers["IfNoneMatch"] = ONLY_IF_NEW
        if only_if_etag is not None:
            headers["IfMatch"] = only_if_etag
        if cache_control is not None:
            headers["CacheControl"] = cache_control
        try:
            answer = self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, **headers)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"PreconditionFailed", "ConditionalRequestConflict"}:
                conflict = ObjectExists if only_if_new else ObjectChanged
                raise conflict(f"{key} was written by somebody else in the meantime.") from error
            raise
        return str(answer["ETag"])

    def get(self, key: str) -> StoredObject:
        """See `ObjectStore.get`."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            raise _missing_or(error, key) from error
        return StoredObject(answer["Body"].read(), str(answer["ETag"]))

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        try:
            return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])
        except ClientError as error:
            raise _missing_or(error, key) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """See `ObjectStore.keys`."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (str(entry["Key"]) for entry in page.get("Contents", []))

    def upload_url(self, key: str, size_bytes: int, content_type: str, expires_seconds: int) -> str:
        """See `ObjectStore.upload_url`: length, type and the condition are part of the signature."""
        parameters = {
            "Bucket": self._bucket,
            "Key": key,
            "ContentLength": size_bytes,
            "ContentType": content_type,
            "IfNoneMatch": ONLY_IF_NEW,
        }
        return str(self._client.generate_presigned_url("put_object", Params=parameters, ExpiresIn=expires_seconds))

    def download_url(self, key: str, filename: str, expires_seconds: int) -> str:
        """See `ObjectStore.download_url`."""
        parameters = {"Bucket": self._bucket, "Key": key, "ResponseContentDisposition": f'attachment; filename="{filename}"'}
        return str(self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=expires_seconds))

    def origin(self) -> str:
        """Scheme and host of this bucket's URLs, as a browser names them."""
        url = urllib.parse.urlsplit(self.upload_url("any", 0, "text/plain", 1))
        return f"{url.scheme}://{url.netloc}"


def _missing_or(error: ClientError, key: str) -> Exception:
    failure: Exception = error
    if error.response["Error"]["Code"] in {"NoSuchKey", "404", "NotFound"}:
        failure = ObjectMissing(f"There is no object {key}.")
    return failure

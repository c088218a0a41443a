"""The harness's own way to the engine, past the proxy: plain HTTP, since an SDK call costs more time than the engine takes for it."""

import http.client
import json
import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Any

from infra.place import REGION
from infra.processes import LOOPBACK

ITEMS_PER_BATCH = 25
MESSAGES_PER_RECEIVE = 10
IDLE_SECONDS = 1.0
S3_NAMES = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
Item = dict[str, Any]


class EngineRefused(RuntimeError):
    """The engine did not do what the harness asked; that is a failure of the harness."""


class Engine:
    """A connection to a local engine with the rights of the account's owner."""

    def __init__(self, port: int) -> None:
        """`port` on loopback."""
        self._port = port
        self._open: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def items(self, table: str) -> Iterator[Item]:
        """All items of a table as DynamoDB writes them."""
        asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        while True:
            answer = self._dynamodb("Scan", asked)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def write(self, table: str, *, put: Sequence[Item], delete: Sequence[tuple[str, str]]) -> None:
        """Put and delete items."""
        requests = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in delete]
        requests += [{"PutRequest": {"Item": item}} for item in put]
        for start in range(0, len(requests), ITEMS_PER_BATCH):
            self._dynamodb("BatchWriteItem", {"RequestItems": {table: requests[start : start + ITEMS_PER_BATCH]}})

    def etags(self, bucket: str) -> dict[str, str]:
        """Key and tag of every object; a bucket of the harness never holds a second page."""
        body = self._ask("GET", f"/{bucket}?list-type=2", b"", _signed("s3"))
        found = ET.fromstring(body)  # noqa: S314  # our own engine's answer
        listed = found.findall("s3:Contents", S3_NAMES)
        return {entry.findtext("s3:Key", "", S3_NAMES): entry.findtext("s3:ETag", "", S3_NAMES) for entry in listed}

    def object(self, bucket: str, key: str) -> bytes:
        """The bytes of an object."""
        return self._ask("GET", _path(bucket, key), b"", _signed("s3"))

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object, as a person's browser does with an upload."""
        self._ask("PUT", _path(bucket, key), body, _signed("s3"))

    def delete_object(self, bucket: str, key: str) -> None:
        """Delete an object."""
        self._ask("DELETE", _path(bucket, key), b"", _signed("s3"))

    def messages(self, queue_url: str) -> list[str]:
        """Take all messages out of a queue, as its poller does."""
        bodies: list[str] = []
        while True:
            asked = {"QueueUrl": queue_url, "MaxNumberOfMessages": MESSAGES_PER_RECEIVE, "WaitTimeSeconds": 0}
            received = self._sqs("ReceiveMessage", asked).get("Messages", [])
            if not received:
                return bodies
            bodies += [message["Body"] for message in received]
            entries = [{"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]} for place, message in enumerate(received)]
            self._sqs("DeleteMessageBatch", {"QueueUrl": queue_url, "Entries": entries})

    def _dynamodb(self, operation: str, content: dict[str, Any]) -> dict[str, Any]:
        return self._json("dynamodb", f"DynamoDB_20120810.{operation}", content)

    def _sqs(self, operation: str, content: dict[str, Any]) -> dict[str, Any]:
        return self._json("sqs", f"AmazonSQS.{operation}", content)

    def _json(self, service: str, target: str, content: dict[str, Any]) -> dict[str, Any]:
        headers = {**_signed(service), "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
        answer: dict[str, Any] = json.loads(self._ask("POST", "/", json.dumps(content).encode(), headers) or b"{}")
        return answer

    def _ask(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> bytes:
        connection = self._connection()
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        content = response.read()
        self._used_at = time.monotonic()
        if response.status >= 300:
            message = f"{method} {target} {headers.get('X-Amz-Target', '')}: {response.status} {content[:300]!r}"
            raise EngineRefused(message)
        return content

    def _connection(self) -> http.client.HTTPConnection:
        if self._open is None or time.monotonic() - self._used_at > IDLE_SECONDS:
            if self._open is not None:
                self._open.close()
            self._open = http.client.HTTPConnection(LOOPBACK, self._port, timeout=60)
        return self._open


def _signed(service: str) -> dict[str, str]:
    """The engine looks up whose key it is; it checks no signature."""
    credential = f"test/20300101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"}


def _path(bucket: str, key: str) -> str:
    return f"/{bucket}/{urllib.parse.quote(key)}"

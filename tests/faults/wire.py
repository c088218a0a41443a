"""What an outside call is on the wire: its name, what makes two requests the same, and how AWS or Stripe would refuse it.

A call is one logical request. What the SDK sends again for it carries the same invocation id, what our own code sends again has the
same fingerprint.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

AMZ_JSON = "application/x-amz-json-1.0"
PER_REQUEST_TOKENS = ("ClientRequestToken",)
"""What the SDK makes up anew for each call, so that it says nothing about whether two calls want the same."""
THROTTLED = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"})
"""What conflicts with nothing is told to slow down."""


class Way(StrEnum):
    """How a call fails."""

    NEVER = "never happened"
    LOST = "answer lost"
    CONFLICT = "conflicted"
    HEALED = "answer lost once"
    """The SDK's own retry meets what the first try has done."""

    PARTLY = "half of it happened, and no more"
    """Of a batch; whatever is asked of the same operation is refused until the invocation ends."""
    PARTLY_ONCE = "half of it happened at first"
    """Of a batch, whose rest goes through when it is asked for again; a transaction is refused once for its last item."""
    KILLED = "the process was killed before it"
    HELD = "the process was killed while it asked"
    """By SIGKILL, in a process of its own."""


THE_THREE_WAYS = (Way.NEVER, Way.LOST, Way.CONFLICT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived at the proxy. Header names are in lower case; `stripe` tells which of the two ports it came to."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    stripe: bool

    @property
    def service(self) -> str:
        """As AWS signs it (``dynamodb``, ``s3``, ``sqs``, ``secretsmanager``), or ``stripe``."""
        if self.stripe:
            return "stripe"
        credential = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
        return credential[3] if len(credential) > 3 else "unknown"

    @property
    def operation(self) -> str:
        """The API's own name of it, such as ``TransactWriteItems`` or ``POST /v1/transfers``."""
        if self.stripe:
            return f"{self.method} {urlsplit(self.target).path}"
        named = self.headers.get("x-amz-target", "").rpartition(".")[2]
        return named or _s3_operation(self.method, self.target)

    @property
    def is_write(self) -> bool:
        """Whether it may change anything."""
        if self.stripe or self.service == "s3":
            return self.method not in {"GET", "HEAD"}
        return not self.operation.startswith(("Get", "Query", "Scan", "BatchGet", "List", "Describe"))

    @property
    def invocation(self) -> str | None:
        """What the SDK's tries of one call have in common; None where each request is a call of its own."""
        return self.headers.get("amz-sdk-invocation-id")

    @property
    def fingerprint(self) -> str:
        """Equal for two requests that want the same."""
        parts = [self.method, self.target, self.headers.get("x-amz-target", ""), self.headers.get("idempotency-key", "")]
        return hashlib.sha256("\n".join(parts).encode() + self._wanted()).hexdigest()

    def _wanted(self) -> bytes:
        if not self.headers.get("content-type", "").startswith("application/x-amz-json"):
            return self.body
        content = json.loads(self.body or b"{}")
        for name in PER_REQUEST_TOKENS:
            content.pop(name, None)
        return json.dumps(content, sort_keys=True).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the program."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def conflict(request: Request, *, last: bool = False) -> Answer:
    """How this call is answered when others are in its way; that of a transaction in that of its first item, or its `last` one."""
    if request.service == "stripe":
        return _stripe_conflict(request)
    if request.service == "s3":
        return _s3_conflict(request)
    if request.operation == "BatchExecuteStatement":
        return _statements_conflict(request)
    return _json_conflict(request, last=last)


def _s3_operation(method: str, target: str) -> str:
    address = urlsplit(target)
    _, _, key = address.path.lstrip("/").partition("/")
    if method == "GET" and not key and "list-type" in parse_qs(address.query):
        return "ListObjectsV2"
    return {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(method, method)


def _stripe_conflict(request: Request) -> Answer:
    """Docs: Error codes. A key that is in use is 409, an object that another request holds is 429."""
    if request.method == "POST":
        status, code, kind = 409, "idempotency_key_in_use", "idempotency_error"
    else:
        status, code, kind = 429, "lock_timeout", "invalid_request_error"
    error = {"code": code, "type": kind, "message": "Another request is at work on this. Please try again later."}
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps({"error": error}).encode())


def _s3_conflict(request: Request) -> Answer:
    """Docs: S3 error responses. A conditional write beside another one is 409, anything else is told to slow down."""
    conditional = request.headers.keys() & {"if-none-match", "if-match"}
    status, code = (409, "ConditionalRequestConflict") if conditional else (503, "SlowDown")
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>Please try again.</Message></Error>'.encode()
    return Answer(status=status, headers=(("Content-Type", "application/xml"),), body=b"" if request.method == "HEAD" else body)


def _statements_conflict(request: Request) -> Answer:
    """A batch of statements is answered statement by statement (docs: DynamoDB API reference, BatchStatementError)."""
    error = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    body = json.dumps({"Responses": [{"Error": error} for _ in json.loads(request.body)["Statements"]]}).encode()
    return Answer(status=200, headers=(("Content-Type", AMZ_JSON),), body=body)


def _json_conflict(request: Request, *, last: bool) -> Answer:
    content: dict[str, Any] = {"message": "Please try again."}
    match request.service, request.operation:
        case "dynamodb", "TransactWriteItems":
            name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
            actions = len(json.loads(request.body)["TransactItems"])
            codes = ["None"] * actions
            codes[-1 if last else 0] = "TransactionConflict"
            content["CancellationReasons"] = [{"Code": code} for code in codes]
            content["message"] = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
        case "dynamodb", operation if operation in THROTTLED:
            name = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        case "dynamodb", _:
            name = "com.amazonaws.dynamodb.v20120810#TransactionConflictException"
        case "sqs", _:
            name = "com.amazonaws.sqs#RequestThrottled"
        case _:
            name = "ThrottlingException"
    return Answer(status=400, headers=(("Content-Type", AMZ_JSON),), body=json.dumps({"__type": name, **content}).encode())

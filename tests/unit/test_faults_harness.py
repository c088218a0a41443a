"""The fault harness's own judgement: what is one call, how each service says conflict, and what two stores have in common."""

import json
from typing import Any

import pytest

from tests.faults.lanes import Findings
from tests.faults.proxy import Switchboard
from tests.faults.snapshot import Snapshot, differences
from tests.faults.wire import Request, Way, conflict

ID_ONE, ID_TWO = "01qdg6y0m00000000000000001", "01qdg6y0m00000000000000002"


def aws(service: str, operation: str, content: dict[str, Any], invocation: str = "one") -> Request:
    """A request as the SDK signs it."""
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential=test/20300506/eu-west-2/{service}/aws4_request, Signature=0",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": f"API.{operation}",
        "amz-sdk-invocation-id": invocation,
    }
    return Request(method="POST", target="/", headers=headers, body=json.dumps(content).encode(), stripe=False)


def s3(method: str, target: str, **more: str) -> Request:
    """A request for an object."""
    headers = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20300506/eu-west-2/s3/aws4_request", **more}
    return Request(method=method, target=target, headers=headers, body=b"", stripe=False)


def kept(pk: str, text: str) -> Snapshot:
    """A store with one item."""
    return Snapshot(tables={"ledger": {(pk, "s"): {"pk": {"S": pk}, "text": {"S": text}}}}, objects={}, stripe=[])


def test_what_the_sdk_tries_again_is_the_same_call_and_what_our_code_tries_again_wants_the_same() -> None:
    first = aws("dynamodb", "TransactWriteItems", {"TransactItems": [1], "ClientRequestToken": "a"})
    ours = aws("dynamodb", "TransactWriteItems", {"TransactItems": [1], "ClientRequestToken": "b"}, "two")
    other = aws("dynamodb", "TransactWriteItems", {"TransactItems": [2], "ClientRequestToken": "a"}, "three")
    assert first.fingerprint == ours.fingerprint != other.fingerprint
    board = Switchboard()
    for request in (first, first, ours, other):
        board.verdict(request)
    assert [call["requests"] for call in board.calls] == [2, 1, 1]


@pytest.mark.parametrize(
    ("request_", "status", "word"),
    [
        (aws("dynamodb", "TransactWriteItems", {"TransactItems": [1, 2]}), 400, "TransactionConflict"),
        (aws("dynamodb", "PutItem", {}), 400, "TransactionConflictException"),
        (aws("dynamodb", "Query", {}), 400, "ProvisionedThroughputExceededException"),
        (aws("dynamodb", "BatchExecuteStatement", {"Statements": [1]}), 200, "TransactionConflict"),
        (aws("sqs", "SendMessageBatch", {}), 400, "RequestThrottled"),
        (aws("secretsmanager", "GetSecretValue", {}), 400, "ThrottlingException"),
        (s3("PUT", "/records/key"), 503, "SlowDown"),
        (s3("PUT", "/records/key", **{"if-none-match": "*"}), 409, "ConditionalRequestConflict"),
        (Request(method="POST", target="/v1/transfers", headers={}, body=b"", stripe=True), 409, "idempotency_key_in_use"),
        (Request(method="GET", target="/v1/balance", headers={}, body=b"", stripe=True), 429, "lock_timeout"),
    ],
)
def test_each_service_says_conflict_in_its_own_words(request_: Request, status: int, word: str) -> None:
    answer = conflict(request_)
    assert answer.status == status
    assert word in answer.body.decode()


def test_a_transaction_that_conflicts_has_a_reason_for_each_action() -> None:
    answer = json.loads(conflict(aws("dynamodb", "TransactWriteItems", {"TransactItems": [1, 2, 3]})).body)
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == ["TransactionConflict", "None", "None"]


def test_operations_are_called_as_the_sdk_calls_them() -> None:
    assert [each.operation for each in (s3("GET", "/records?list-type=2"), s3("GET", "/records/a"), s3("HEAD", "/records/a"))] == [
        "ListObjectsV2",
        "GetObject",
        "HeadObject",
    ]
    assert [s3("PUT", "/records/a").is_write, s3("GET", "/records/a").is_write] == [True, False]


def test_a_lost_answer_is_of_something_that_happened_once() -> None:
    board = Switchboard()
    board.begin(2, Way.LOST)
    first, second = aws("dynamodb", "GetItem", {"a": 1}, "one"), aws("dynamodb", "PutItem", {"a": 1}, "two")
    assert board.verdict(first).break_it is False
    tries = [board.verdict(each) for each in (second, second, aws("dynamodb", "PutItem", {"a": 1}, "three"))]
    assert [(each.forward, each.break_it) for each in tries] == [(True, True), (False, True), (False, True)]
    board.heal()
    assert board.verdict(second).break_it is False


def test_real_times_and_the_names_of_random_ids_make_no_difference_and_all_else_does() -> None:
    one = kept(f"x_{ID_ONE}", "at 2030-05-06T09:00:00Z for 1904288400, on 2011-01-03T12:00:00Z")
    two = kept(f"x_{ID_TWO}", "at 2030-05-06T09:01:01.5Z for 1904288461, on 2011-01-03T12:00:00Z")
    later = kept(f"x_{ID_TWO}", "at 2030-05-06T09:01:01.5Z for 1904288461, on 2011-01-04T12:00:00Z")
    assert differences(one.lines(), two.lines()) == []
    assert differences(one.lines(), later.lines()) != []


def test_something_twice_is_a_difference_though_its_id_is_random() -> None:
    twice = Snapshot(tables={"ledger": {(f"x_{each}", "s"): {"text": {"S": "a"}} for each in (ID_ONE, ID_TWO)}}, objects={}, stripe=[])
    once = Snapshot(tables={"ledger": {(f"x_{ID_TWO}", "s"): {"text": {"S": "a"}}}}, objects={}, stripe=[])
    assert differences(once.lines(), twice.lines()) != []


def test_it_holds_only_with_three_points_for_each_call_nothing_failed_and_each_mistake_found() -> None:
    findings = Findings(calls={"pay": 2}, workflows={"pay": 6})
    assert findings.hold(each_way=True)
    assert not Findings(calls={"pay": 2}, workflows={"pay": 5}).hold(each_way=True)
    assert not Findings(calls={"pay": 2}, workflows={"pay": 6}, mistakes=[{"caught": False}]).hold(each_way=True)
    findings.add({"kind": "point", "workflow": "pay", "what": "call 1", "problems": ["- something"], "words": []})
    assert not findings.hold(each_way=True)
    assert findings.report() == {
        "points": 7,
        "failed": 1,
        "calls_seen": 2,
        "mutations_caught": 0,
        "mutations": 0,
        "workflows": {"pay": 7},
    }

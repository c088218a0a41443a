"""The queues: each with a queue for what failed, and an alarm as soon as anything lies there."""

from collections.abc import Mapping
from typing import Final

from infra.template.cfn import Json, attribute, bucket_arn, ref, resource_name, sub

MAX_RECEIVES: Final = 5
KEPT_SECONDS: Final = 14 * 24 * 3600
VISIBILITY_TIMES_TIMEOUT: Final = 6
"""AWS's advice: a message stays hidden six times as long as its function may run."""
LOCAL_VISIBILITY_SECONDS: Final = 30
"""On this machine nobody waits twelve minutes to see a retry."""
STREAM_FAILURES: Final = "outbox-failures"

TIMEOUTS_SECONDS: Final[Mapping[str, int]] = {
    "imports": 300,
    "parts": 60,
    "work": 120,
    "payouts": 60,
    "plans": 900,
    "mail": 60,
    "probes": 120,
}
"""Each queue, with the time its function may take for one batch; 900 is all that a function gets."""


def _dead_letters(name: str) -> str:
    return resource_name("DeadLetters", name.replace("-", "_"))


def _queue(name: str, timeout_seconds: int) -> Json:
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "QueueName": sub(f"${{Prefix}}{name}"),
            "VisibilityTimeout": {"Fn::If": ["IsLocal", LOCAL_VISIBILITY_SECONDS, timeout_seconds * VISIBILITY_TIMES_TIMEOUT]},
            "MessageRetentionPeriod": KEPT_SECONDS,
            "SqsManagedSseEnabled": True,
            "RedrivePolicy": {"deadLetterTargetArn": attribute(_dead_letters(name), "Arn"), "maxReceiveCount": MAX_RECEIVES},
        },
    }


def _failures(name: str) -> Json:
    properties = {"QueueName": sub(f"${{Prefix}}{name}"), "MessageRetentionPeriod": KEPT_SECONDS, "SqsManagedSseEnabled": True}
    return {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}


def _alarm(queue_resource: str) -> Json:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": "Work failed for good and waits for a person: see the runbook, `redrive`.",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": attribute(queue_resource, "QueueName")}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["WatchesBudget", [ref("AlarmTopic")], ref("AWS::NoValue")]},
        },
    }


def _bucket_may_notify() -> Json:
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attribute(resource_name("Queue", "imports"), "Arn"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": sub(bucket_arn("imports"))},
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        },
    }
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [ref(resource_name("Queue", "imports"))], "PolicyDocument": document}}


def resources() -> dict[str, Json]:
    """Every queue, the queue of its failures, and its alarm."""
    made: dict[str, Json] = {"ImportsQueuePolicy": _bucket_may_notify()}
    for name, timeout_seconds in TIMEOUTS_SECONDS.items():
        made[resource_name("Queue", name)] = _queue(name, timeout_seconds)
        made[_dead_letters(name)] = _failures(f"{name}-dead")
        made[_dead_letters(name) + "Alarm"] = _alarm(_dead_letters(name))
    stream_failures = resource_name("Queue", STREAM_FAILURES.replace("-", "_"))
    return made | {stream_failures: _failures(STREAM_FAILURES), stream_failures + "Alarm": _alarm(stream_failures)}

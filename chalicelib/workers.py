"""The way of a message: outbox -> stream -> queue of its topic -> the one piece of work that the topic names.

Every piece of work is idempotent, so a message may come twice, late or out of order. What fails is reported alone and
comes again; after five times its queue's dead-letter queue keeps it.
"""

import logging
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.adapters.dynamo import OutboxItem, outbox_left_over
from chalicelib.adapters.failures import FAILURES_THAT_COME_AGAIN
from chalicelib.adapters.queues import TOPIC_QUEUES, Message, Queues
from chalicelib.core.clock import Clock, iso

UPLOAD = "sales.upload"
FORWARD_IS_LATE_AFTER = timedelta(minutes=2)
log = logging.getLogger("primetime.workers")
Work = Callable[[str], None]


class UnknownTopic(LookupError):
    """A message names work that this function does not do."""


def each_message(event: Mapping[str, Any], work: Callable[[str], None]) -> dict[str, list[dict[str, str]]]:
    """Do the work of each SQS record's body; the ones that failed are answered for SQS to bring again."""
    failed: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            work(record["body"])
        except FAILURES_THAT_COME_AGAIN:
            log.exception("message %s failed and comes again: %s", record["messageId"], record["body"][:300])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def each_step(*steps: Callable[[], object]) -> None:
    """Take every step, whatever became of the ones before; fails in the end if one did, with the first failure."""
    failures: list[Exception] = []
    for step in steps:
        try:
            step()
        except FAILURES_THAT_COME_AGAIN as failure:
            log.exception("a step of the schedule failed and comes again")
            failures.append(failure)
    if failures:
        raise failures[0]


def by_topic(table: Mapping[str, Work]) -> Work:
    """The work of a message body, by the topic it names. Raises `UnknownTopic`."""

    def work(body: str) -> None:
        message = msgspec.json.decode(body, type=Message)
        if message.topic not in table:
            raise UnknownTopic(message.topic)
        table[message.topic](message.key)

    return work


def uploaded_keys(body: str) -> Sequence[str]:
    """Object keys of a bucket notification (none for the test event that S3 sends when one is set up), or the key in a message of ours."""
    content = msgspec.json.decode(body)
    if content.get("topic") == UPLOAD:
        return [content["key"]]
    return [urllib.parse.unquote_plus(record["s3"]["object"]["key"]) for record in content.get("Records", [])]


def forward_outbox(event: Mapping[str, Any], queues: Queues) -> None:
    """Send each new outbox record to its topic's queue, then delete it. Fails as a whole, and may then send some again."""
    images = [record["dynamodb"]["NewImage"] for record in event["Records"] if record["eventName"] == "INSERT"]
    items = [
        OutboxItem(
            image["pk"]["S"], image["sk"]["S"], topic=image["topic"]["S"], key=image["key"]["S"], written_at=image["written_at"]["S"]
        )
        for image in images
    ]
    _forward(items, queues)


def redrive_outbox(queues: Queues, clock: Clock) -> int:
    """Send what a stream left behind for two minutes; returns how many there were."""
    late = list(outbox_left_over(iso(clock.real_now() - FORWARD_IS_LATE_AFTER)))
    _forward(late, queues)
    return len(late)


def _forward(items: Sequence[OutboxItem], queues: Queues) -> None:
    by_queue: dict[str, list[Message]] = {}
    for item in items:
        by_queue.setdefault(TOPIC_QUEUES[item.topic], []).append(Message(topic=item.topic, key=item.key))
    for queue, messages in by_queue.items():
        queues.send(queue, messages)
    with OutboxItem.batch_write() as batch:
        for item in items:
            batch.delete(item)

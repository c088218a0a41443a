"""Messages to our own queues: a topic and the key of the thing to work on, never the thing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from chalicelib.adapters.dynamo import in_batches

MAX_MESSAGES_PER_SEND = 10
MAX_SEND_ATTEMPTS = 3
DEAD_LETTERS = "-dead"
"""What the name of a queue's dead-letter queue ends with, as the template has it."""
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class Message(msgspec.Struct, frozen=True):
    """What travels: `topic` names the work, `key` the object."""

    topic: str
    key: str


class Queues(Protocol):
    """Where work is left for the workers."""

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Leave messages in a queue, named as in the settings."""
        ...

    def depths(self) -> "Depths":
        """How much waits where, about."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Depths:
    """By queue, how many messages wait or are being worked on, and how many were given up."""

    waiting: Mapping[str, int]
    given_up: Mapping[str, int]


class SqsQueues:
    """`Queues` on SQS."""

    def __init__(self, client: Any, urls: Mapping[str, str]) -> None:  # noqa: ANN401  # boto3 has no types
        """`urls` maps a queue's name in the settings to its URL."""
        self._client = client
        self._urls = urls

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Send in batches of ten; what SQS did not take is sent again, and raises `RuntimeError` when it still fails."""
        for batch in in_batches(messages, MAX_MESSAGES_PER_SEND):
            entries = [{"Id": str(place), "MessageBody": msgspec.json.encode(message).decode()} for place, message in enumerate(batch)]
            for _ in range(MAX_SEND_ATTEMPTS):
                failed = {
                    entry["Id"] for entry in self._client.send_message_batch(QueueUrl=self._urls[queue], Entries=entries).get("Failed", [])
                }
                entries = [entry for entry in entries if entry["Id"] in failed]
                if not entries:
                    break
            else:
                message = f"queue {queue} did not take {len(entries)} messages"
                raise RuntimeError(message)

    def depths(self) -> Depths:
        """What SQS says of each queue and of its dead-letter queue; it is about right, not exact."""
        return Depths(
            waiting={name: self._depth(url) for name, url in self._urls.items()},
            given_up={name: self._depth(url + DEAD_LETTERS) for name, url in self._urls.items()},
        )

    def _depth(self, url: str) -> int:
        counted = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))["Attributes"]
        return sum(int(counted[name]) for name in COUNTS)


TOPIC_QUEUES: Mapping[str, str] = {
    "sales.upload": "imports",
    "sales.part": "parts",
    "sales.link": "work",
    "sales.attribute": "work",
    "sales.fold": "work",
    "earnings.accrue": "work",
    "show.publish": "work",
    "links.measure": "work",
    "clock.advanced": "work",
    "offer.accepted": "work",
    "contract.signed": "work",
    "contract.amended": "work",
    "contract.rebooked": "work",
    "contract.funded": "work",
    "contract.file": "work",
    "matching.learn": "work",
    "host.changed": "work",
    "hosts.index": "work",
    "hosts.gather": "work",
    "hosts.pack": "work",
    "tax_invoices.issue": "work",
    "tax_invoices.make_out": "work",
    "reconciliation.compare": "work",
    "stripe_report.take_in": "work",
    "reconciliation.snapshot": "payouts",
    "payee.connect": "payouts",
    "settlement.send": "payouts",
    "deposit.checkout": "payouts",
    "deposit.look_up": "payouts",
    "prepaid.refund": "payouts",
    "stripe.event": "payouts",
    "planning.plan": "plans",
    "tenant.changed": "work",
    "notices.look": "work",
    "notices.send": "mail",
    "links.probe": "probes",
}
"""Which queue a topic's messages go to. A topic that is not here cannot be announced."""

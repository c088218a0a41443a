"""`python -m infra.redrive QUEUE [STAGE]`: bring the messages of a dead-letter queue back to their queue, on this machine or on AWS.

Each message is sent before it is deleted, so none can be lost; one may come twice, and every piece of work may be repeated.
What fails again returns here after five more times: mend the cause first.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.queues import DEAD_LETTERS
from infra.deploy import STAGES
from infra.place import STAGE, Place
from infra.template.queues import TIMEOUTS_SECONDS

MAX_MESSAGES: Final = 10_000
MESSAGES_AT_ONCE: Final = 10
HIDDEN_SECONDS: Final = 60
"""A message that was received and not brought back is seen again after this."""


class RedriveFailed(Exception):  # says what happened
    """Messages cannot be brought back; the message says why."""


def redrive(client: Any, url: str, limit: int = MAX_MESSAGES) -> int:  # noqa: ANN401  # boto3 has a type for each service
    """Bring at most `limit` messages back to the queue with this URL from its dead-letter queue; how many. Raises `RedriveFailed`."""
    brought = 0
    while brought < limit:
        received = client.receive_message(
            QueueUrl=url + DEAD_LETTERS,
            MaxNumberOfMessages=min(MESSAGES_AT_ONCE, limit - brought),
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        ).get("Messages", [])
        if not received:
            break
        _bring_back(client, url, received)
        brought += len(received)
    return brought


def _bring_back(client: Any, url: str, received: Sequence[Mapping[str, str]]) -> None:  # noqa: ANN401  # boto3 has a type for each service
    by_place = {str(place): message for place, message in enumerate(received)}
    sent = client.send_message_batch(
        QueueUrl=url, Entries=[{"Id": place, "MessageBody": message["Body"]} for place, message in by_place.items()]
    )
    gone = [{"Id": taken["Id"], "ReceiptHandle": by_place[taken["Id"]]["ReceiptHandle"]} for taken in sent.get("Successful", [])]
    kept = client.delete_message_batch(QueueUrl=url + DEAD_LETTERS, Entries=gone).get("Failed", []) if gone else []
    if len(gone) < len(received) or kept:
        message = (
            f"The queue did not take {len(received) - len(gone)} messages, and {len(kept)} were brought back but not deleted. Try again."
        )
        raise RedriveFailed(message)


def queue_url(queue: str, stage: str, state: Path | None = None) -> tuple[Any, str]:
    """A client of the stage's queues, and the URL of one of them. Raises `RedriveFailed`."""
    if queue not in TIMEOUTS_SECONDS:
        message = f"There is no queue {queue!r}. Say one of {', '.join(TIMEOUTS_SECONDS)}: make redrive QUEUE=work"
        raise RedriveFailed(message)
    if stage == STAGE:
        place = Place.from_environment(state)
        if not place.facts_file.exists():
            message = "There is no local stack. Start it with: make up"
            raise RedriveFailed(message)
        return place.client("sqs"), place.facts()["queues"][queue]
    file = STAGES / f"{stage}.json"
    if not file.exists():
        message = f"There is no stage {stage!r}: infra/stages/{stage}.json is missing."
        raise RedriveFailed(message)
    client = boto3.client("sqs")
    return client, client.get_queue_url(QueueName=json.loads(file.read_text())["Prefix"] + queue)["QueueUrl"]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.redrive", description=__doc__)
    parser.add_argument("queue", help=", ".join(TIMEOUTS_SECONDS))
    parser.add_argument("stage", nargs="?", default=STAGE, help="the local one unless given")
    parser.add_argument("--state", type=Path, help="directory of the local stack, .local unless given")
    asked = parser.parse_args()
    client, url = queue_url(asked.queue, asked.stage, asked.state)
    brought = redrive(client, url)
    rest = " There may be more: run it again." if brought == MAX_MESSAGES else ""
    print(f"{brought} messages brought back to {asked.queue} from {asked.queue}{DEAD_LETTERS}.{rest}")  # noqa: T201  # a command's answer


if __name__ == "__main__":
    try:
        main()
    except (RedriveFailed, ClientError, BotoCoreError) as failure:
        sys.exit(str(failure))

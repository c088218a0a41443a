"""Dead letters come back to their queue: all of them, none lost, and never without end."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.redrive import RedriveFailed, queue_url, redrive
from tests.conftest import REGION


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """A queue and its dead letters."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        client.create_queue(QueueName="t-work-dead")
        yield client, client.create_queue(QueueName="t-work")["QueueUrl"]


def fill(client: Any, url: str, count: int) -> list[str]:
    bodies = [json.dumps({"topic": "sales.fold", "key": f"shw_{number}"}) for number in range(count)]
    for body in bodies:
        client.send_message(QueueUrl=f"{url}-dead", MessageBody=body)
    return bodies


def waiting(client: Any, url: str) -> list[str]:
    found = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += [message["Body"] for message in messages]
    return sorted(found)


def test_every_dead_letter_comes_back_unchanged_and_is_dead_no_more(queues: tuple[Any, str]) -> None:
    client, url = queues
    bodies = fill(client, url, 23)
    assert redrive(client, url) == 23
    assert waiting(client, url) == sorted(bodies)
    assert waiting(client, f"{url}-dead") == []
    assert redrive(client, url) == 0


def test_a_run_is_bounded(queues: tuple[Any, str]) -> None:
    client, url = queues
    fill(client, url, 15)
    assert redrive(client, url, limit=12) == 12
    assert len(waiting(client, url)) == 12
    assert len(waiting(client, f"{url}-dead")) == 3


def test_what_the_queue_does_not_take_stays_a_dead_letter(queues: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    client, url = queues
    fill(client, url, 2)
    send = client.send_message_batch

    def one_only(*, QueueUrl: str, Entries: list[dict[str, str]]) -> Any:  # noqa: N803  # boto3's own names
        return send(QueueUrl=QueueUrl, Entries=Entries[:1]) | {"Failed": [{"Id": entry["Id"]} for entry in Entries[1:]]}

    monkeypatch.setattr(client, "send_message_batch", one_only)
    with pytest.raises(RedriveFailed, match="did not take 1 messages, and 0 were"):
        redrive(client, url)
    depth = client.get_queue_attributes(QueueUrl=f"{url}-dead", AttributeNames=["ApproximateNumberOfMessagesNotVisible"])["Attributes"]
    assert depth == {"ApproximateNumberOfMessagesNotVisible": "1"}


def test_a_queue_or_stage_that_does_not_exist_is_named() -> None:
    with pytest.raises(RedriveFailed, match="no queue 'wrok'"):
        queue_url("wrok", "local")
    with pytest.raises(RedriveFailed, match="no stage 'nowhere'"):
        queue_url("work", "nowhere")

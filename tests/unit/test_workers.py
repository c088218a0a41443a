"""A message reaches the work its topic names, comes again when that fails, and is never lost."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamo import Transaction, outbox_left_over
from chalicelib.adapters.queues import TOPIC_QUEUES, Depths, Message
from chalicelib.core.clock import iso
from chalicelib.workers import UPLOAD, by_topic, each_message, each_step, forward_outbox, redrive_outbox, uploaded_keys
from tests.conftest import StandingClock


class Sent:
    """Queues that remember."""

    def __init__(self) -> None:
        """Nothing sent yet."""
        self.messages: list[tuple[str, Message]] = []

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Remember."""
        self.messages += [(queue, message) for message in messages]

    def depths(self) -> Depths:
        """Nobody counts here."""
        raise NotImplementedError


def _record(message_id: str, topic: str, key: str) -> dict[str, str]:
    return {"messageId": message_id, "body": json.dumps({"topic": topic, "key": key})}


def test_only_the_messages_that_failed_come_again() -> None:
    done: list[str] = []

    def fold(key: str) -> None:
        if key == "bad":
            raise ValueError(key)
        done.append(key)

    event = {
        "Records": [
            _record("1", "sales.fold", "a"),
            _record("2", "sales.fold", "bad"),
            _record("3", "no.such", "x"),
            _record("4", "sales.fold", "b"),
        ]
    }
    assert each_message(event, by_topic({"sales.fold": fold})) == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert done == ["a", "b"]


def test_a_bucket_notification_names_its_keys_and_a_test_event_names_none() -> None:
    body = json.dumps({"Records": [{"s3": {"object": {"key": "uploads/a+b%2Cc.csv"}}}]})
    assert uploaded_keys(body) == ["uploads/a b,c.csv"]
    assert uploaded_keys(json.dumps({"Event": "s3:TestEvent"})) == []


def test_an_upload_that_the_schedule_announces_again_is_named_by_its_key() -> None:
    assert TOPIC_QUEUES[UPLOAD] == "imports"
    assert uploaded_keys(json.dumps({"topic": UPLOAD, "key": "uploads/a+b/c"})) == ["uploads/a+b/c"]


def test_a_step_of_the_schedule_that_fails_keeps_no_other_from_being_taken() -> None:
    taken: list[str] = []

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        each_step(lambda: taken.append("before"), fail, lambda: taken.append("after"))
    assert taken == ["before", "after"]
    each_step(lambda: taken.append("alone"))


@pytest.mark.usefixtures("tables")
def test_an_outbox_record_is_forwarded_once_and_deleted() -> None:
    Transaction().announce("sales.fold", "shw_1", "2011-01-01").announce("settlement.send", "stl_1", "2011-01-01").commit()
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {"NewImage": {name: {"S": getattr(item, name)} for name in ("pk", "sk", "topic", "key", "written_at")}},
        }
        for item in outbox_left_over("9999")
    ]
    sent = Sent()
    forward_outbox({"Records": [*records, {"eventName": "REMOVE", "dynamodb": {}}]}, sent)
    assert sorted(queue for queue, _ in sent.messages) == ["payouts", "work"]
    assert list(outbox_left_over("9999")) == []


@pytest.mark.usefixtures("tables")
def test_what_the_stream_left_behind_is_sent_by_the_schedule_after_a_while(clock: StandingClock) -> None:
    Transaction().announce("sales.fold", "shw_1", iso(clock.real_now())).commit()
    sent = Sent()
    assert redrive_outbox(sent, clock) == 0
    clock.advance(timedelta(minutes=3))
    assert redrive_outbox(sent, clock) == 1
    assert sent.messages == [("work", Message(topic="sales.fold", key="shw_1"))]
    assert redrive_outbox(sent, clock) == 0

"""The engine is stopped and started: data, uploads and sign-in survive, and the stream handlers do not go silent."""

import time
from collections.abc import Callable, Iterator

import pytest

from infra.place import PREFIX
from tests.stack import Stack

MAX_WAIT_SECONDS = 90
"""A busy machine starts functions slowly. The schedule is off meanwhile: what arrives came through the stream."""


def eventually(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def announce(stack: Stack, name: str) -> None:
    """Leave a message in the outbox whose work finds nothing to do."""
    item = {"pk": "outbox#restart", "sk": name, "topic": "clock.advanced", "key": name, "written_at": "2011-01-03T12:00:00Z"}
    stack.client("dynamodb").put_item(TableName=f"{PREFIX}outbox", Item={key: {"S": value} for key, value in item.items()})


def waiting(stack: Stack) -> int:
    found = stack.client("dynamodb").query(
        TableName=f"{PREFIX}outbox", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "outbox#restart"}}
    )
    return int(found["Count"])


@pytest.fixture
def _no_schedule(stack: Stack) -> Iterator[None]:
    """Switch the schedule off: only the stream can move the outbox then."""
    events = stack.client("events")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if "ScheduleExpression" in rule]
    assert rules
    for rule in rules:
        events.disable_rule(Name=rule)
    yield
    for rule in rules:
        stack.client("events").enable_rule(Name=rule)


@pytest.mark.usefixtures("_no_schedule")
def test_after_a_restart_the_outbox_still_flows(stack: Stack) -> None:
    for number in range(5):
        announce(stack, f"before-{number}")
    assert eventually(lambda: waiting(stack) == 0), "the outbox did not flow even before the restart"

    stack.restart_engine()
    announce(stack, "after")

    assert eventually(lambda: waiting(stack) == 0), "the stream reader went silent with the restart"


def test_after_a_restart_objects_and_people_are_still_there(stack: Stack) -> None:
    objects, people, pool = stack.client("s3"), stack.client("cognito-idp"), stack.facts["user_pool_id"]
    objects.put_object(Bucket=stack.facts["buckets"]["records"], Key="restart/kept.txt", Body=b"kept")
    people.admin_create_user(UserPoolId=pool, Username="kept@example.com", MessageAction="SUPPRESS")

    stack.restart_engine()

    assert objects.get_object(Bucket=stack.facts["buckets"]["records"], Key="restart/kept.txt")["Body"].read() == b"kept"
    assert people.admin_get_user(UserPoolId=pool, Username="kept@example.com")["Enabled"] is True

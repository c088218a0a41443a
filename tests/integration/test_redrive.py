"""A message that was given up comes back to its queue by the command, and its work is done."""

import json
import os
import subprocess
import sys
from typing import Any

from infra.place import ROOT
from infra.redrive import redrive
from tests.integration.test_engine_restart import eventually
from tests.stack import Stack


def depth(stack: Stack, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counted: dict[str, Any] = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(counted[name]) for name in names)


def test_dead_letters_are_brought_back_and_worked_off(stack: Stack) -> None:
    queues, url = stack.client("sqs"), stack.facts["queues"]["work"]
    for number in range(12):
        body = json.dumps({"topic": "clock.advanced", "key": f"redrive-{number}"})
        queues.send_message(QueueUrl=f"{url}-dead", MessageBody=body)

    assert redrive(queues, url) == 12

    assert depth(stack, f"{url}-dead") == 0
    assert eventually(lambda: depth(stack, url) == 0), "what came back was not worked off"
    assert depth(stack, f"{url}-dead") == 0


def test_the_command_says_how_many_it_brought_back(stack: Stack) -> None:
    queues, url = stack.client("sqs"), stack.facts["queues"]["work"]
    queues.send_message(QueueUrl=f"{url}-dead", MessageBody=json.dumps({"topic": "clock.advanced", "key": "redrive"}))
    ports = {"ENGINE_PORT": str(stack.place.engine_port), "PORT": str(stack.place.front_port), "STRIPE_PORT": str(stack.place.stripe_port)}

    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "infra.redrive", "work", "--state", str(stack.place.state)],
        cwd=ROOT,
        env=dict(os.environ) | ports,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1 messages brought back to work from work-dead.\n"
    assert eventually(lambda: depth(stack, url) + depth(stack, f"{url}-dead") == 0)

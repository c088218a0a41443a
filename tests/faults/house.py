"""The way of the work around the program, as AWS, Stripe and people play it: streams, queues, notices, clicks and the schedule.

Each piece of work is one invocation of a function. What fails comes again as it would in production: a message from its queue, a request
from the same client under the same Idempotency-Key, a notice from Stripe; a record of the stream does not, the schedule finds it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.core.access import Principal
from chalicelib.settings import QUEUE_NAMES
from tests.faults.engine import Engine
from tests.faults.hands import Hands, Work
from tests.faults.program import Call, Program
from tests.faults.snapshot import PREFIX, Keeper, Snapshot
from tests.faults.surroundings import Surroundings, queue_url

MAX_DELIVERIES = 5
"""After so many a message lies in its queue's dead-letter queue: nobody comes back to it by himself."""
COMES_AGAIN_AFTER = timedelta(seconds=61)
TAIL = (timedelta(minutes=3), timedelta(minutes=61))
"""After how long the schedule runs, once nothing is left to do: beyond the patience of the outbox, then beyond that of payments."""


class WorkFailed(RuntimeError):
    """A piece of work did not succeed, however often it came again."""


class Arrival(StrEnum):
    """In which order and how often messages and notices arrive."""

    AS_SENT = "as sent"
    TWICE = "each twice"
    LATE_AGAIN = "each once more, after everything else"
    NEWEST_FIRST = "newest first"


@dataclass(slots=True)
class Situation:
    """What is known outside the store: how far the workflow is, and what waits."""

    now: datetime
    drawn: int
    step: int = 0
    waiting: list[Work] = field(default_factory=list)
    later: list[Work] = field(default_factory=list)
    told: frozenset[str] = frozenset()
    notices: int = 0
    """How many of Stripe's events have been sent."""
    answers: dict[str, Any] = field(default_factory=dict)
    """What requests were answered, by path."""

    def copy(self) -> "Situation":
        """One that can go another way."""
        return replace(self, waiting=list(self.waiting), later=list(self.later), answers=dict(self.answers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything, right before an invocation; `calls` is how many calls the workflow has made so far."""

    calls: int
    situation: Situation
    snapshot: Snapshot
    lines: list[str] = field(default_factory=list)
    """The snapshot's canonical text."""


LEADS_TO: Mapping[str, Callable[[Call], bool]] = {
    "outbox": lambda call: call[1] == "TransactWriteItems",
    "queues": lambda call: call[0] == "sqs",
    "stripe": lambda call: call[1].startswith("POST "),
}
"""After which calls there may be something new in the outbox, in a queue, or among Stripe's events."""
Step = Callable[["House"], None]
"""What somebody does next: it leaves work in `situation.waiting`."""


class House:
    """Everything of one lane."""

    def __init__(self, around: Surroundings, program: Program) -> None:
        """`program` runs in this process, `around` in others."""
        self.around = around
        self.program = program
        self.hands = Hands(program)
        self.engine = Engine(around.place.engine_port)
        self.keeper = Keeper(self.engine, around.standin)
        self._looked = 0
        self._changed: set[str] = set()
        self.order = Arrival.AS_SENT
        self.situation = Situation(now=program.clockwork.now, drawn=0)
        self.heal_after: int | None = None
        """So many calls of the program's until the fault has struck."""
        self.strict = False
        """Nothing may have to come again."""
        self.instead: Callable[[Work], bool | None] | None = None
        """Does an invocation in another way (two at once); None leaves it to the house."""

    @property
    def faulty(self) -> bool:
        """Whether the fault of this point has not struck yet."""
        return self.heal_after is not None or self.program.dies_before is not None

    # state

    def take(self) -> tuple[Situation, Snapshot]:
        """Everything as it is now."""
        with self.program.harness_talks():
            return self.remembered(), self.keeper.take()

    def remembered(self) -> Situation:
        """The situation with the clock's."""
        self.situation.answers = self.hands.answers
        self.situation.now, self.situation.drawn = self.program.clockwork.now, self.program.clockwork.drawn
        return self.situation.copy()

    def put_back(self, situation: Situation, snapshot: Snapshot) -> None:
        """Go back to what was taken."""
        with self.program.harness_talks():
            self.keeper.put_back(snapshot)
            for name in QUEUE_NAMES:
                self.engine.messages(self._url(name))
        self.situation = situation.copy()
        self.hands.answers = dict(situation.answers)
        self.program.clockwork.now, self.program.clockwork.drawn = situation.now, situation.drawn

    # driving

    def count_anew(self) -> None:
        """Begin a new list of calls, here and at the proxy; whatever is anywhere may be new."""
        self.program.calls.clear()
        self.program.last_words.texts.clear()
        self._looked, self._changed = 0, set(LEADS_TO)
        with self.program.harness_talks():
            self.around.proxy.begin()

    def play(self, steps: Sequence[Step], watch: Callable[[Work], None] | None = None) -> None:
        """Take all steps, each when nothing is left to do; `watch` is told of each invocation before it. Raises `WorkFailed`."""
        while (work := self._next(steps)) is not None:
            if watch is not None:
                watch(work)
            self._invoke(work)
        if self.situation.later:
            self.situation.waiting, self.situation.later = self.situation.later, []
            self.play(())

    def pass_time(self) -> None:
        """Let the schedule do what is its to do."""
        for wait in TAIL:
            self.program.clockwork.pass_time(wait)
            self.situation.waiting.append(Work(kind="tick", body=""))
            self.play(())

    def ask(self, who: Principal, path: str, content: Mapping[str, Any] | None = None, *, method: str = "POST") -> None:
        """Have somebody's program send a request, under a key of its own."""
        body = "" if content is None else json.dumps(content)
        self.situation.waiting.append(Work(kind="request", body=body, path=path, method=method, who=who, key=f"key of {path}"))

    def message(self, queue: str, topic: str, key: str) -> None:
        """Leave a message, as if it came out of a queue."""
        self.situation.waiting.append(Work(kind=queue, body=json.dumps({"topic": topic, "key": key})))

    def forget_outbox(self) -> None:
        """Take what the outbox holds as told."""
        with self.program.harness_talks():
            items = [(item["pk"]["S"], item["sk"]["S"]) for item in self.engine.items(f"{PREFIX}outbox")]
            self.engine.write(f"{PREFIX}outbox", put=[], delete=items)

    def forget_notices(self) -> None:
        """Take all of Stripe's events as sent."""
        self.situation.notices = len(self._events())

    # what there is to do

    def _next(self, steps: Sequence[Step]) -> Work | None:
        if not self.situation.waiting:
            self._look_around()
        if not self.situation.waiting and self.situation.step < len(steps):
            self.situation.step += 1
            with self.program.harness_talks():
                steps[self.situation.step - 1](self)
            self._changed.add("stripe")
            found, self.situation.waiting = self.situation.waiting, []
            self._arrive(found)
            if not self.situation.waiting:
                return self._next(steps)
        return self.situation.waiting.pop(0) if self.situation.waiting else None

    def _look_around(self) -> None:
        """Records for the stream first, then messages, then Stripe's notices."""
        calls = self.program.calls[self._looked :]
        self._looked += len(calls)
        self._changed |= {place for place, leads_there in LEADS_TO.items() if any(leads_there(call) for call in calls)}
        found: list[Work] = []
        with self.program.harness_talks():
            for place, look in (("outbox", self._records), ("queues", self._messages), ("stripe", self._notices)):
                if not found and place in self._changed:
                    self._changed.remove(place)
                    found = look()
        self._arrive(found)

    def _arrive(self, found: list[Work]) -> None:
        match self.order:
            case Arrival.TWICE:
                found = [each for each in found for _ in range(2)]
            case Arrival.LATE_AGAIN:
                self.situation.later += [each for each in found if each.kind != "stream"]
            case Arrival.NEWEST_FIRST:
                found.reverse()
            case Arrival.AS_SENT:
                pass
        self.situation.waiting += found

    def _records(self) -> list[Work]:
        items = sorted(self.engine.items(f"{PREFIX}outbox"), key=lambda item: str(item["sk"]["S"]))
        new = [item for item in items if item["sk"]["S"] not in self.situation.told]
        self.situation.told |= {item["sk"]["S"] for item in new}
        records = [{"eventName": "INSERT", "dynamodb": {"NewImage": item}} for item in new]
        return [Work(kind="stream", body=json.dumps({"Records": records}))] if records else []

    def _messages(self) -> list[Work]:
        return [Work(kind=name, body=body) for name in QUEUE_NAMES for body in self.engine.messages(self._url(name))]

    def _notices(self) -> list[Work]:
        new = self._events()[self.situation.notices :]
        self.situation.notices += len(new)
        return [Work(kind="notice", body=json.dumps(event)) for event in new]

    def _events(self) -> list[dict[str, Any]]:
        with self.program.harness_talks():
            rows = self.around.standin.look("state")["rows"]
        return [{name: value for name, value in row.items() if name[0] != "_"} for kind, _, row in rows if kind == "event"]

    # doing it

    def _invoke(self, work: Work) -> None:
        done = None if self.instead is None else self.instead(work)
        if done is None:
            done = self.hands.perform(work)
        if self.heal_after is not None and len(self.program.calls) >= self.heal_after:
            self.heal_after = None
            with self.program.harness_talks():
                self.around.proxy.heal()
        if not done:
            if self.strict:
                message = f"{work.kind} {work.path}{work.body[:200]} failed although nothing disturbed it"
                raise WorkFailed(message)
            self._bring_again(work)

    def _bring_again(self, work: Work) -> None:
        if work.tries + 1 >= MAX_DELIVERIES:
            message = f"{work.kind} {work.path}{work.body[:200]} failed {MAX_DELIVERIES} times"
            raise WorkFailed(message)
        self.program.clockwork.pass_time(COMES_AGAIN_AFTER)
        again = replace(work, tries=work.tries + 1)
        if work.kind in QUEUE_NAMES:
            self.situation.waiting.append(again)
        else:
            self.situation.waiting.insert(0, again)

    def _url(self, queue: str) -> str:
        return queue_url(self.around.proxy, queue)

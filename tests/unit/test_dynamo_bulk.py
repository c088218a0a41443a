"""Conditional puts by the dozen, and records that leave out what is as always."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError
from pynamodb.exceptions import PutError

from chalicelib.adapters import dynamo, dynamo_bulk
from chalicelib.adapters.dynamo import Contention
from chalicelib.adapters.dynamo_bulk import CompactRecord, InsertRefused, PackedRecord, put_all_new, without_defaults
from chalicelib.adapters.dynamo_errors import REFUSED, code_of

pytestmark = pytest.mark.usefixtures("tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A fact with fields that hardly ever differ."""

    line_id: str
    note: str | None = None
    minor: int = 0


class NumberedItem(dynamo.OutboxItem):
    """An item of a table that there is."""


def items(numbers: Iterable[int], topic: str = "first") -> list[NumberedItem]:
    return [NumberedItem("numbered", f"{number:04}", topic=topic, key="k", written_at="now") for number in numbers]


def test_each_is_put_for_itself_and_what_is_there_stays() -> None:
    assert put_all_new(items(range(30))) == [True] * 30
    assert put_all_new(items(range(20, 60), topic="second")) == [False] * 10 + [True] * 30
    assert [item.topic for item in NumberedItem.under("numbered")] == ["first"] * 30 + ["second"] * 30
    assert put_all_new([]) == []


class Throttled:
    """A client of DynamoDB that lets every other statement through, a number of times."""

    def __init__(self, times: int, code: str) -> None:
        """`code` is what it answers for the others."""
        self.real: Any = dynamo.connection().client
        self.times, self.code, self.client = times, code, self
        self.asked: list[int] = []

    def batch_execute_statement(self, **asked: list[dict[str, Any]]) -> dict[str, Any]:
        """The second, the fourth and so on are refused."""
        statements = asked["Statements"]
        self.asked.append(len(statements))
        self.times -= 1
        answers = self.real.batch_execute_statement(Statements=statements[::2] if self.times >= 0 else statements)["Responses"]
        if self.times >= 0:
            for place in range(1, len(statements), 2):
                answers.insert(place, {"Error": {"Code": self.code, "Message": "not now"}})
        return {"Responses": answers}


def throttled(monkeypatch: pytest.MonkeyPatch, times: int, code: str) -> Throttled:
    client = Throttled(times, code)
    monkeypatch.setattr(dynamo_bulk, "FIRST_RETRY_SECONDS", 0)
    monkeypatch.setattr(dynamo_bulk, "connection", lambda: client)
    return client


def test_what_was_refused_for_want_of_room_is_sent_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    client = throttled(monkeypatch, 2, "ThrottlingError")
    assert put_all_new(items(range(20))) == [True] * 20
    assert client.asked == [20, 10, 5]
    assert len(list(NumberedItem.under("numbered"))) == 20


def test_no_room_for_too_long_is_contention(monkeypatch: pytest.MonkeyPatch) -> None:
    client = throttled(monkeypatch, 1_000, "ProvisionedThroughputExceeded")
    client.real = Nothing()
    with pytest.raises(Contention):
        put_all_new(items(range(2)))
    assert client.asked == [2] * dynamo_bulk.MAX_BATCH_ATTEMPTS


class Nothing:
    """Refuses what the client before it let through."""

    def batch_execute_statement(self, **_: Any) -> dict[str, Any]:
        """No room."""
        return {"Responses": [{"Error": {"Code": "RequestLimitExceeded"}}]}


def test_a_flat_no_is_an_error_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled(monkeypatch, 1, "ValidationError")
    with pytest.raises(InsertRefused, match="ValidationError: not now"):
        put_all_new(items(range(2)))


def test_compact_and_packed_records_come_back_as_they_were() -> None:
    compact, packed = CompactRecord(Sale), PackedRecord(tuple[Sale, ...])
    sales = (Sale(line_id="1", note="gift", minor=5), Sale(line_id="2"))
    assert compact.serialize(sales[1]) == '{"line_id":"2"}'
    assert compact.deserialize(compact.serialize(sales[0])) == sales[0]
    assert packed.deserialize(packed.serialize(sales)) == sales
    assert without_defaults(sales) == [{"line_id": "1", "note": "gift", "minor": 5}, {"line_id": "2"}]


def test_an_answer_that_never_came_has_no_code_and_hides_no_other_error() -> None:
    lost = HTTPClientError(error="the connection was closed")
    assert code_of(PutError("Failed to put item", lost)) == ""
    refused = ClientError({"Error": {"Code": REFUSED, "Message": ""}}, "PutItem")
    assert code_of(PutError("Failed to put item", refused)) == REFUSED

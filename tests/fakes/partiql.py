"""What moto lacks of PartiQL: an INSERT of an item that exists fails with DuplicateItem, and moto would replace the item.

Source: DynamoDB developer guide, "PartiQL insert statements for DynamoDB", and BatchStatementError in the API reference.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import DynamoDBBackend

from tests.bench.meter import inserted


def insert_as_dynamodb_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have moto's BatchExecuteStatement put each item unless its key exists."""
    monkeypatch.setattr(DynamoDBBackend, "batch_execute_statement", _batch)


def _batch(backend: DynamoDBBackend, statements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_one(backend, **inserted(statement)) for statement in statements]


def _one(backend: DynamoDBBackend, TableName: str, Item: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  # DynamoDB's names
    try:
        backend.put_item(TableName, Item, condition_expression="attribute_not_exists(pk)")
    except ConditionalCheckFailed:
        return {"TableName": TableName, "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
    return {"TableName": TableName}

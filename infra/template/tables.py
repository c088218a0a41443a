"""The tables: one for each aggregate, all with string keys `pk` and `sk`.

Adding a table is a line in `TABLES`; adding an index is a line in its `indexes`.
"""

from dataclasses import dataclass
from typing import Final

from infra.template.cfn import Json, resource_name, table_name

TTL_ATTRIBUTE: Final = "expires_at"
KEY_NAMES: Final = ("pk", "sk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A global secondary index over two string attributes, with all attributes projected."""

    name: str
    hash_key: str
    range_key: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what it has beyond its keys."""

    name: str
    expires: bool = False
    """Items carry `expires_at` in Unix seconds and vanish some time after it."""
    streams: bool = False
    local_only: bool = False
    indexes: tuple[Index, ...] = ()


TABLES: Final = (
    Table("directory"),
    Table("matching", expires=True),
    Table("bookings", expires=True),
    Table("contracts"),
    Table("history"),
    Table("planning"),
    Table("shows"),
    Table("imports"),
    Table("sale_lines"),
    Table("show_sales"),
    Table("ledger"),
    Table("payouts"),
    Table("endings"),
    Table("reconciliation"),
    Table("sessions", expires=True),
    Table("notices"),
    Table("outbox", streams=True),
    Table("clock", local_only=True),
)


def _key_schema(hash_key: str, range_key: str) -> Json:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _index(index: Index) -> Json:
    return {"IndexName": index.name, "KeySchema": _key_schema(index.hash_key, index.range_key), "Projection": {"ProjectionType": "ALL"}}


def _properties(table: Table) -> Json:
    key_names = dict.fromkeys([*KEY_NAMES, *(key for index in table.indexes for key in (index.hash_key, index.range_key))])
    properties: dict[str, Json] = {
        "TableName": table_name(table.name),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in key_names],
        "KeySchema": _key_schema(*KEY_NAMES),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": True,
        "SSESpecification": {"SSEEnabled": True},
    }
    if table.expires:
        properties["TimeToLiveSpecification"] = {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
    if table.streams:
        properties["StreamSpecification"] = {"StreamViewType": "NEW_IMAGE"}
    if table.indexes:
        properties["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    return properties


def _resource(table: Table) -> Json:
    kept = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": _properties(table)}
    return kept | ({"Condition": "IsLocal"} if table.local_only else {})


def resources() -> dict[str, Json]:
    """Every table as a resource."""
    return {resource_name("Table", table.name): _resource(table) for table in TABLES}

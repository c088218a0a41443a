"""The benchmark's own arithmetic: sizes and units as AWS counts them, medians, ratios, targets, and what hooks make of calls."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters import dynamo
from tests.bench import capacity
from tests.bench.exposure import gini
from tests.bench.figures import Figure, Target, larger, median, table, write
from tests.bench.meter import Meter, Tally
from tests.bench.reconciliation import WAYS, FullOuterJoin, OurRules, write_sides
from tests.bench.synthetic import agree, csv_file, sales_rows
from tests.conftest import REGION

OUTBOX = "test-outbox"
SMALL = {"pk": {"S": "a"}, "sk": {"S": "b"}, "text": {"S": "short"}}
LARGE = {"pk": {"S": "c"}, "sk": {"S": "d"}, "text": {"S": "x" * 1_500}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "pound"}, 5),
        ({"S": "£"}, 2),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-123"}, 4),
        ({"N": "1000"}, 2),
        ({"N": "10.5"}, 3),
        ({"B": b"abc"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 3 + 3),
        ({"M": {"name": {"S": "ab"}}}, 3 + 4 + 2 + 1),
    ],
)
def test_a_value_counts_for_as_many_bytes_as_aws_says(value: dict[str, Any], size: int) -> None:
    assert capacity.value_bytes(value) == size


@pytest.mark.parametrize(
    ("size", "plain", "in_a_transaction", "with_an_index"),
    [(0, 1, 2, 2), (1, 1, 2, 2), (1_024, 1, 2, 2), (1_025, 2, 4, 4), (5_000, 5, 10, 10)],
)
def test_a_write_costs_a_unit_for_each_kilobyte_begun(size: int, plain: int, in_a_transaction: int, with_an_index: int) -> None:
    assert capacity.write_units(size) == plain
    assert capacity.write_units(size, transactional=True) == in_a_transaction
    assert capacity.write_units(size, indexes=1) == with_an_index


@pytest.mark.parametrize(("size", "consistent", "other"), [(0, 1, 0.5), (4_096, 1, 0.5), (4_097, 2, 1)])
def test_a_read_costs_a_unit_for_four_kilobytes_begun_and_half_of_it_when_it_may_be_stale(size: int, consistent: int, other: float) -> None:
    assert capacity.read_units(size, consistent=True) == consistent
    assert capacity.read_units(size, consistent=False) == other


def test_names_of_attributes_count_too() -> None:
    assert capacity.item_bytes({"pk": {"S": "abc"}, "minor": {"N": "12"}}) == 2 + 3 + 5 + 2


def test_an_update_replaces_the_size_of_what_it_sets_and_keeps_the_rest() -> None:
    before = {"pk": 3, "record": 500, "state": 9}
    after = capacity.updated_bytes(before, "SET #0 = :0 ADD #1 :1", {"#0": "record", "#1": "done"}, {":0": {"S": "ab"}, ":1": {"N": "1"}})
    assert after == {"pk": 3, "record": 8, "state": 9, "done": 6}


@pytest.mark.parametrize(("measured", "middle"), [([3.0], 3.0), ([9.0, 1.0, 2.0], 2.0), ([4.0, 1.0, 2.0, 8.0], 3.0)])
def test_the_median_is_the_middle_of_what_was_measured(measured: list[float], middle: float) -> None:
    assert median(measured) == middle


def test_there_is_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        median([])


@pytest.mark.parametrize(
    ("value", "peer_value", "target", "ratio", "holds"),
    [
        (2.1, None, Target("<=", 2.1), None, True),
        (2.2, None, Target("<=", 2.1), None, False),
        (1.0, None, Target("=", 1), None, True),
        (2.0, None, Target("=", 1), None, False),
        (500.0, 100.0, Target(">=", 5, of="ratio"), 5.0, True),
        (499.0, 100.0, Target(">=", 5, of="ratio"), 4.99, False),
        (3.0, None, Target("<=", 3, of="ratio"), None, False),
        (7.0, None, None, None, None),
    ],
)
def test_a_figure_says_whether_its_target_holds(
    value: float, peer_value: float | None, target: Target | None, ratio: float | None, *, holds: bool | None
) -> None:
    figure = Figure(name="any", value=value, unit="s", peer=None if peer_value is None else "other", peer_value=peer_value, target=target)
    assert (figure.ratio, figure.holds) == (ratio, holds)


def test_of_two_counts_the_larger_one_is_the_figure_and_the_other_stands_beside_it() -> None:
    assert (larger("units", "u", (2.0, 3.0)).value, larger("units", "u", (2.0, 3.0)).peer) == (3.0, "ReturnConsumedCapacity")
    assert (larger("units", "u", (4.0, 3.0)).value, larger("units", "u", (4.0, 3.0)).peer) == (4.0, "AWS's sizing arithmetic")


def test_figures_are_written_with_all_their_fields_and_shown_in_a_table(tmp_path: Path) -> None:
    figures = [
        Figure(name="fast", value=10.0, unit="lines/s", peer="slow", peer_value=4.0, target=Target(">=", 5, of="ratio")),
        Figure(name="alone", value=1_234.56789, unit="MB"),
    ]
    write(tmp_path / "build" / "bench.json", figures)
    assert json.loads((tmp_path / "build" / "bench.json").read_text()) == [
        {
            "name": "fast", "value": 10.0, "unit": "lines/s", "peer": "slow", "peer_value": 4.0,
            "ratio": 2.5, "target": "ratio >= 5", "holds": False,
        },
        {
            "name": "alone", "value": 1_234.5679, "unit": "MB", "peer": None, "peer_value": None,
            "ratio": None, "target": None, "holds": None,
        },
    ]  # fmt: skip
    assert [line.split() for line in table(figures)[1:]] == [
        ["fast", "10.000", "lines/s", "slow", "4.000", "2.50", "ratio", ">=", "5", "NO"],
        ["alone", "1,235", "MB"],
    ]


@pytest.fixture
def client(tables: None) -> Any:  # noqa: ARG001 - the client is of its tables
    return boto3.session.Session().client("dynamodb", region_name=REGION)


@pytest.fixture
def tally(client: Any) -> Iterator[Tally]:
    meter = Meter("test-", {"outbox": 0})
    meter.watch(client)
    with meter.counting() as counted:
        yield counted


def test_each_write_is_sized_by_its_item_and_doubled_in_a_transaction(client: Any, tally: Tally) -> None:
    client.put_item(TableName=OUTBOX, Item=LARGE)
    client.transact_write_items(TransactItems=[{"Put": {"TableName": OUTBOX, "Item": SMALL}}])
    client.batch_write_item(RequestItems={OUTBOX: [{"PutRequest": {"Item": SMALL}}, {"PutRequest": {"Item": LARGE}}]})
    assert dict(tally.write_units) == {("outbox", "PutItem"): 2, ("outbox", "TransactWriteItems"): 2, ("outbox", "BatchWriteItem"): 3}
    assert tally.write_requests == 3


def test_what_is_overwritten_or_deleted_counts_with_the_size_it_had(client: Any, tally: Tally) -> None:
    client.put_item(TableName=OUTBOX, Item=LARGE)
    client.put_item(TableName=OUTBOX, Item={**LARGE, "text": {"S": "short"}})
    client.update_item(
        TableName=OUTBOX,
        Key={"pk": LARGE["pk"], "sk": LARGE["sk"]},
        UpdateExpression="SET #0 = :0",
        ExpressionAttributeNames={"#0": "text"},
        ExpressionAttributeValues={":0": {"S": "y" * 2_500}},
    )
    client.delete_item(TableName=OUTBOX, Key={"pk": LARGE["pk"], "sk": LARGE["sk"]})
    assert dict(tally.write_units) == {("outbox", "PutItem"): 4, ("outbox", "UpdateItem"): 3, ("outbox", "DeleteItem"): 3}


def test_a_failed_condition_costs_units_and_changes_nothing(client: Any, tally: Tally) -> None:
    client.put_item(TableName=OUTBOX, Item=SMALL)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(TableName=OUTBOX, Item={**SMALL, "text": LARGE["text"]}, ConditionExpression="attribute_not_exists(pk)")
    client.delete_item(TableName=OUTBOX, Key={"pk": SMALL["pk"], "sk": SMALL["sk"]})
    assert tally.failed_writes == 1
    assert tally.write_units["outbox", "PutItem"] == 1 + 2
    assert tally.write_units["outbox", "DeleteItem"] == 1


def test_reads_are_sized_by_what_is_found_and_nothing_found_costs_as_well(client: Any, tally: Tally) -> None:
    client.put_item(TableName=OUTBOX, Item=LARGE)
    keys = [{"pk": each["pk"], "sk": each["sk"]} for each in (SMALL, LARGE)]
    client.get_item(TableName=OUTBOX, Key=keys[0], ConsistentRead=True)
    client.batch_get_item(RequestItems={OUTBOX: {"Keys": keys, "ConsistentRead": True}})
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": LARGE["pk"]}}
    client.query(TableName=OUTBOX, **asked)
    assert dict(tally.read_units) == {("outbox", "GetItem"): 1, ("outbox", "BatchGetItem"): 2, ("outbox", "Query"): 0.5}


def test_the_products_own_writes_pass_the_meter(tables: None) -> None:  # noqa: ARG001 - the product writes into them
    meter = Meter("test-", {"outbox": 0})
    client = dynamo.connection().client
    meter.watch(client)
    try:
        with meter.counting() as counted:
            dynamo.Transaction().announce("sales.fold", "shw_1", "2011-01-03T12:00:00.000Z").commit()
    finally:
        meter.leave(client)
    assert dict(counted.write_units) == {("outbox", "TransactWriteItems"): 2}


def test_the_rules_and_duckdb_find_the_same_drifts_in_the_same_sides(tmp_path: Path) -> None:
    write_sides(tmp_path, 10_000 * len(WAYS), seed=1)
    found = OurRules(tmp_path).run()
    assert found == FullOuterJoin(tmp_path).run()
    assert found[0] >= len(WAYS)


def test_the_same_seed_makes_the_same_file_and_every_sale_belongs_to_a_show(tables: None) -> None:  # noqa: ARG001 - contracts are kept there
    airings = agree("seeded", 2)
    rows = sales_rows("seeded", airings, lines=200, seed=7)
    assert csv_file(rows) == csv_file(sales_rows("seeded", airings, lines=200, seed=7))
    assert rows != sales_rows("seeded", airings, lines=200, seed=8)
    skus = {sku for airing in airings for sku in airing.skus}
    assert {row.split(",")[4] for row in rows} <= skus
    assert [row.startswith("refund,") for row in rows].count(True) == 6


@pytest.mark.parametrize(("shown", "hosts", "expected"), [([3, 3, 3, 3], 4, 0.0), ([12], 4, 0.75), ([1, 3], 2, 0.25), ([1, 3], 4, 0.625)])
def test_the_gini_of_exposure_counts_hosts_that_are_never_shown(shown: list[int], hosts: int, expected: float) -> None:
    assert gini(shown, hosts) == pytest.approx(expected)
